"""Each panel is served as a bundle of the current modules, or as the modules themselves."""

import hashlib
import json
import posixpath
import re
from pathlib import Path

import pytest

from viz_app.page.server import panel_scripts
from viz_app.page.server.panel_scripts import scripts
from viz_app.paths import ASSETS

PANELS = ("page/one.js", "stage/stage.js")


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """Panels of two lines, with a module that they share, bundled."""
    stamp = {}
    (tmp_path / "page").mkdir()
    for sheet in ("page", "panels"):
        (tmp_path / f"page/{sheet}.css").write_text(f".{sheet} {{}}")
    for name in ("page/shared.js", *PANELS):
        module = tmp_path / name
        module.parent.mkdir(exist_ok=True)
        module.write_text(f'import "../page/shared.js";\nexport default "{name}";\n')
        stamp[f"assets/{name}"] = hashlib.sha256(module.read_bytes()).hexdigest()
        if name not in PANELS:
            continue
        bundle = tmp_path / "build/panels" / name
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_text(f'export default "bundled {name}";\n')
    (tmp_path / "build/sources.json").write_text(json.dumps(stamp))
    return tmp_path


def test_bundles_of_the_present_modules_are_served(assets: Path) -> None:
    found = scripts(assets)
    assert set(found) == set(PANELS)
    assert all(text.startswith(b'export default "bundled') for text in found.values())


def test_a_module_that_was_changed_since_is_served_itself(assets: Path) -> None:
    module = assets / "page/shared.js"
    module.write_text("export const other = 1;\n")
    found = scripts(assets)
    assert set(found) == {*PANELS, "page/shared.js"}
    assert found["page/shared.js"] == module.read_bytes()
    assert b"bundled" not in b"".join(found.values())


def test_a_new_module_is_served(assets: Path) -> None:
    (assets / "page/new.js").write_text("export const more = 1;\n")
    assert "page/new.js" in scripts(assets)


def test_without_a_build_the_modules_are_served(assets: Path) -> None:
    (assets / "build/sources.json").unlink()
    assert "page/shared.js" in scripts(assets)


def test_panel_modules_import_only_served_modules(tmp_path: Path) -> None:
    modules = {
        file.relative_to(ASSETS).as_posix(): file.read_text("utf-8")
        for file in ASSETS.rglob("*.js")
        if "build" not in file.relative_to(ASSETS).parts
    }
    reached: set[str] = set()
    ahead = [name for name, module in modules.items() if "\nexport default" in module]
    assert len(ahead) >= 11
    while ahead:
        name = ahead.pop()
        if name in reached:
            continue
        reached.add(name)
        for imported in re.findall(
            r'^(?:import|export .* from) [^=]*"([^"]+)";$', modules[name], re.M
        ):
            assert imported.startswith("."), f"{name} imports {imported}: no browser finds that"
            ahead.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), imported)))
    assert "page/element.js" in reached


def test_changed_script_has_another_address(assets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def address() -> str:
        panel_scripts._files.cache_clear()
        found = re.search(
            r'"(vendor/panels/\w+/stage/stage\.js)"', panel_scripts.panel("stage/stage.js")
        )
        assert found
        return found[1]

    monkeypatch.setattr(panel_scripts, "ASSETS", assets)
    before = address()
    assert before == address()
    (assets / "page/shared.js").write_text("export const other = 1;\n")
    changed = address()
    assert before != changed
    (assets / "page/panels.css").write_text(".other {}")
    assert changed != address()
    panel_scripts._files.cache_clear()


def test_no_style_selects_over_the_whole_page() -> None:
    # With `:root:has(...)` the browser searches the picture's thousands of elements at each step.
    for style in ASSETS.glob("*/*.css"):
        text = re.sub(r"/\*.*?\*/", "", style.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"(:root|html|body|\.viz-root|\.viz-program)\S*:has\(", text), style
