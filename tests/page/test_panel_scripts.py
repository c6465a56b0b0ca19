"""ES modules become one script: each once, behind what it imports."""

import re
from pathlib import Path

import pytest

from viz_app.page.server import panel_scripts
from viz_app.page.server.panel_scripts import bundle
from viz_app.paths import ASSETS


def test_each_module_once_behind_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/base.js").write_text("export const one = 1;\n")
    (tmp_path / "left.js").write_text(
        'import { one } from "./shared/base.js";\nexport function l() {}\n'
    )
    (tmp_path / "main.js").write_text(
        'import { one } from "./shared/base.js";\nimport { l } from "./left.js";\n'
        "export default function () { l(one); }\n"
    )
    text = bundle(tmp_path / "main.js")
    assert text.split() == (
        "const one = 1; function l() {} export default function () { l(one); }".split()
    )


def test_a_module_that_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text('import { x } from "./none.js";\n')
    with pytest.raises(FileNotFoundError):
        bundle(tmp_path / "main.js")


@pytest.mark.parametrize("name", panel_scripts.PANELS)
def test_no_two_modules_of_a_component_have_a_name_in_common(name: str) -> None:
    text = bundle(ASSETS / name)
    names = re.findall(r"^(?:const|let|function|class) (\w+)", text, re.MULTILINE)
    names += [
        each.strip()
        for several in re.findall(r"^(?:const|let) ([\w, ]+?);", text, re.MULTILINE)
        for each in several.split(",")[1:]
    ]
    assert sorted(names) == sorted(set(names))


def test_no_style_asks_the_whole_page() -> None:
    # With `:root:has(...)` the browser searches the picture's thousands of elements at each step.
    for style in ASSETS.glob("*/*.css"):
        text = re.sub(r"/\*.*?\*/", "", style.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"(:root|html|body|\.viz-root|\.viz-program)\S*:has\(", text), style
