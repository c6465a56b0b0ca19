"""Every format of a run: it opens again, has the page's text, and keeps hostile texts texts."""

import base64
import hashlib
import html
import io
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pygraphviz
import pytest
from PIL import Image

from tests import traces
from viz_app import notebook
from viz_app.knowledge.theme import SANS
from viz_app.model import Trace
from viz_app.render import still, tex
from viz_app.render.exports import EXPORTS
from viz_app.render.subject import Subject

pytestmark = pytest.mark.usefixtures("bundled")

HOSTILE = Path(__file__).with_name("hostile.txt").read_text("utf-8")
PROGRAMS = {
    "seed": traces.SEED,
    "hostile": HOSTILE,
    "nothing": "print('no tensor')",
    "no backward": "x = torch.ones(3, requires_grad=True)\ny = x * 2",
    "stopped": "x = torch.ones(3, requires_grad=True)\ny = x.sum()\ny.backward()\n1 / 0",
}


def trace(name: str) -> Trace:
    return traces.run(PROGRAMS[name])


@cache
def made(name: str, form: str, language: str = "en", step: int | None = None) -> bytes:
    return EXPORTS[form].make(Subject(trace(name), language, "light", step))


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("form", EXPORTS)
def test_every_run_can_be_exported_in_every_format(name: str, form: str) -> None:
    assert made(name, form)


@pytest.mark.parametrize("form", EXPORTS)
def test_the_same_run_gives_the_same_bytes(form: str) -> None:
    again = EXPORTS[form].make(Subject(trace("seed")))
    assert made("seed", form) == again


@pytest.mark.parametrize("theme", ["dark", "print"])
@pytest.mark.parametrize("form", EXPORTS)
def test_exports_work_in_each_theme_and_in_korean(form: str, theme: str) -> None:
    assert EXPORTS[form].make(Subject(trace("seed"), "ko", theme, 3))


def test_step_out_of_range_is_refused() -> None:
    with pytest.raises(IndexError, match="9"):
        Subject(trace("seed"), step=10)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts.append(data)


@pytest.mark.parametrize("name", ["seed", "hostile"])
def test_html_has_only_our_elements_and_requests_nothing(name: str) -> None:
    body = made(name, "html").decode()
    page = _Tags()
    page.feed(body)
    tags = [tag for tag, _ in page.tags]
    assert set(tags) <= {
        "html", "head", "meta", "title", "style", "body", "div", "ol", "p", "pre", "section",
        "script",
    }  # fmt: skip
    held, script = page.scripts
    assert tags.count("script") == 2
    assert json.loads(held)["source"].startswith(PROGRAMS[name].split("\n")[0])
    assert not [attrs for _, attrs in page.tags if {"src", "href"} & set(attrs)]
    (policy,) = [str(it["content"]) for _, it in page.tags if "http-equiv" in it]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_files_of_the_first_lesson_are_small() -> None:
    assert len(made("seed", "html")) < 300_000
    assert len(made("seed", "gif")) < 1_000_000
    assert len(made("seed", "webp")) < 1_000_000


def test_svg_escapes_texts() -> None:
    root = ElementTree.fromstring(made("seed", "svg", step=7))
    said = ["".join(it.itertext()) for it in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a", "[2, 3]", "** 2", "∇ [6, 8]", "× 2b"} <= set(said)
    assert any("PowBackward0 receives" in it for it in said)


def test_svg_of_a_hostile_program_has_no_other_elements() -> None:
    root = ElementTree.fromstring(made("hostile", "svg"))
    names = {it.tag.removeprefix("{http://www.w3.org/2000/svg}") for it in root.iter()}
    assert names == {"svg", "title", "rect", "g", "path", "text", "tspan"}
    attributes = {name for it in root.iter() for name in it.attrib}
    assert not [name for name in attributes if name.startswith("on") or "href" in name]


def test_png_is_the_picture() -> None:
    image = Image.open(io.BytesIO(made("seed", "png", step=7)))
    root = ElementTree.fromstring(made("seed", "svg", step=7))
    assert image.size == (2 * float(root.get("width", 0)), 2 * float(root.get("height", 0)))
    colours = image.convert("RGB").getcolors(2**20)
    assert colours is not None
    # Leaves' green and gradients' vermillion are there.
    assert {(0, 158, 115), (196, 78, 0)} <= {colour for _, colour in colours}


def test_a_character_that_a_font_lacks_leaves_the_rest_of_its_line_bold() -> None:
    def left(more: str) -> bytes:
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="40">'
            f'<text class="one-font" font-family="{html.escape(SANS)}" font-size="20" y="30">'
            f'<tspan font-weight="bold">grad</tspan>{more}</text></svg>'
        )
        return Image.open(io.BytesIO(still.pixels(svg, 300))).crop((0, 0, 90, 80)).tobytes()

    assert left(" of aᵀ₂") == left(" of a")


def test_only_lines_without_korean_are_drawn_in_one_font() -> None:
    captions = [
        re.findall(r'<text[^>]* xml:space="preserve"( class="one-font")?>[^<]*<tspan', svg)
        for svg in (still.drawn(Subject(trace("seed"), it), 7) for it in ("en", "ko"))
    ]
    assert captions[0]
    assert all(captions[0])
    assert captions[1]
    assert not any(captions[1])


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_a_chip_moves_along_each_arc_of_the_backward_pass(form: str) -> None:
    image = Image.open(io.BytesIO(made("seed", form)))
    frames = getattr(image, "n_frames", 1)
    assert frames > 5 * 4  # four operations send; their chips take several pictures each
    image.seek(0)
    assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    seen = set()
    for frame in range(frames):
        image.seek(frame)
        seen.add(hashlib.sha256(image.convert("RGB").tobytes()).digest())
    assert len(seen) > 20


def test_animation_without_a_backward_pass_is_the_last_step() -> None:
    assert getattr(Image.open(io.BytesIO(made("no backward", "gif"))), "n_frames", 1) == 1


@pytest.mark.parametrize("name", ["seed", "hostile"])
def test_pdf_has_the_worksheet_and_its_answers_on_a_page_each(name: str) -> None:
    body = made(name, "pdf")
    assert body.startswith(b"%PDF-")
    pages = [len(re.findall(rb"/Type\s*/Page\b", body))]
    without = len(re.findall(rb"/Type\s*/Page\b", made("no backward", "pdf")))
    assert pages[0] >= without + 2
    assert b"/JavaScript" not in body


@pytest.mark.parametrize("name", ["seed", "hostile"])
def test_graphviz_reads_the_graph_and_its_labels(name: str) -> None:
    graph = pygraphviz.AGraph(made(name, "dot").decode())
    subject = Subject(trace(name))
    assert len(graph.nodes()) == len(subject.scene.vertices)
    assert len(graph.edges()) == len(subject.scene.links)
    assert set(graph.get_node("v0").attr) == {"label", "shape", "color"}


@pytest.mark.parametrize("name", ["seed", "hostile"])
def test_mermaid_has_a_line_per_box_and_arrow(name: str) -> None:
    head, *lines = made(name, "mermaid").decode().splitlines()
    assert head == "flowchart LR"
    box = r'  v\d+(\["[^"<>]*(<br>[^"<>]*)*"\]|\(\["[^"<>]*(<br>[^"<>]*)*"\]\))'
    rest = r"  v\d+ -\.?->? ?v\d+|  v\d+ -+> v\d+|  v\d+ -\.-> v\d+|  class(Def)? [\w,:#\- ]+"
    assert [line for line in lines if not re.fullmatch(f"{box}|{rest}", line)] == []


def test_tex_writes_every_character_as_itself() -> None:
    special = "\\{}$&#_%^~<>|\"'`-"
    written = tex.text(special)
    for one in "$&#_%{}":
        assert re.search(rf"(?<!\\)\{one}", written.replace("{}", "").replace("{-}", "")) is None
    assert tex.text("기울기 é 🙂") == "기울기 é \\texttt{U+1F642}"
    body = made("hostile", "tex").decode()
    assert body.count("\\end{document}") == 1
    assert "\\input" not in body
    assert "\\usepackage{kotex}" in body
    assert "\\usepackage{kotex}" not in made("seed", "tex").decode()


def test_the_program_is_the_text_that_ran() -> None:
    assert made("seed", "py").decode() == traces.SEED


def test_notebook_cells_round_trip() -> None:
    text = "# %%\nimport torch\nx = torch.ones(1)\n# %%\n\nx\n\n# %%\nx * 2\n"
    cells = json.loads(notebook.of(text))["cells"]
    assert ["".join(it["source"]) for it in cells] == [
        "import torch\nx = torch.ones(1)",
        "x",
        "x * 2",
    ]
    assert notebook.program(notebook.of(notebook.program(notebook.of(text)))) == (
        "# %%\nimport torch\nx = torch.ones(1)\n# %%\nx\n# %%\nx * 2\n"
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_notebook_has_torch_as_the_program_had(name: str) -> None:
    document = json.loads(made(name, "ipynb"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    first = "".join(document["cells"][0]["source"])
    assert first.startswith("import torch")


def test_json_has_trace_and_story() -> None:
    document = json.loads(made("seed", "json"), parse_constant=pytest.fail)
    assert document["trace"]["variables"]["a"]["grad"] == [6.0, 8.0]
    assert document["story"]["chain_rules"][0]["total"] == "[6, 8]"
