"""Files of lessons and programs, opened again by the programs that people open them with.

Two runs in each run of the tests, all lessons and thirty programs with `make exports`. HTML is
opened by Chromium (`tests/browser/test_standalone.py`), LaTeX by `make tex`.
"""

import ast
import io
import json
import os
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pygraphviz
import pypdfium2
import pytest
from nbclient import NotebookClient
from PIL import Image, ImageStat

from tests import traces
from tests.render.runs import OPENED, source
from viz_app.render import handout
from viz_app.render.exports import EXPORTS
from viz_app.render.subject import Subject


@cache
def subject(name: str) -> Subject:
    return Subject(traces.run(source(name)))


def made(name: str, form: str) -> bytes:
    return EXPORTS[form].make(subject(name))


def _drawn(image: Image.Image) -> bool:
    """True if the picture is not one colour."""
    return max(ImageStat.Stat(image.convert("L")).stddev) > 0


@pytest.mark.parametrize("name", OPENED)
@pytest.mark.parametrize("form", ["png", "gif", "webp"])
def test_pictures_are_decoded_whole(name: str, form: str) -> None:
    image = Image.open(io.BytesIO(made(name, form)))
    moves = form != "png" and bool(subject(name).backward)
    frames = getattr(image, "n_frames", 1)
    assert (frames > 1) == moves
    for frame in range(frames):
        image.seek(frame)
        image.load()
        assert _drawn(image)


@pytest.mark.parametrize("name", OPENED)
def test_svg_is_xml_with_the_names_of_the_graph(name: str) -> None:
    root = ElementTree.fromstring(made(name, "svg"))
    texts = {"".join(it.itertext()) for it in root.iter("{http://www.w3.org/2000/svg}text")}
    vertices = subject(name).scene.vertices
    assert bool(texts) == bool(vertices)


@pytest.mark.parametrize("name", OPENED)
def test_pages_of_the_handout_are_drawn_and_have_its_texts(name: str) -> None:
    document = pypdfium2.PdfDocument(made(name, "pdf"))
    written = []
    for page in document:
        assert _drawn(page.render(scale=0.5).to_pil())
        written.append(page.get_textpage().get_text_bounded())
    words = subject(name).words
    whole = " ".join("".join(written).split())
    assert words("file.handout") in whole
    asked = list(handout._rows(subject(name), subject(name).step))
    assert (words("file.answers") in whole) == bool(asked)


@pytest.mark.parametrize("name", OPENED)
def test_graphviz_lays_the_graph_out(name: str) -> None:
    graph = pygraphviz.AGraph(made(name, "dot").decode())
    graph.layout("dot")
    assert len(graph.nodes()) == len(subject(name).scene.vertices)
    assert all(node.attr["pos"] for node in graph.nodes())


@pytest.mark.parametrize("name", OPENED)
def test_mermaid_json_and_python_are_read(name: str) -> None:
    assert made(name, "mermaid").startswith(b"flowchart LR\n")
    document = json.loads(made(name, "json"), parse_constant=pytest.fail)
    assert document["trace"]["source"] == subject(name).trace.source
    ast.parse(made(name, "py"))


@pytest.mark.parametrize("name", OPENED)
def test_a_kernel_runs_the_notebook(name: str, tmp_path: Path) -> None:
    cells = nbformat.reads(made(name, "ipynb").decode(), as_version=4)
    nbformat.validate(cells)
    client = NotebookClient(
        cells, timeout=600, kernel_name="python3", allow_errors=True,
        resources={"metadata": {"path": str(tmp_path)}},
    )  # fmt: skip
    client.execute(env={**os.environ, "HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path)})
    failed = [it.ename for cell in cells.cells for it in cell.get("outputs", ())
              if it.output_type == "error"]  # fmt: skip
    error = subject(name).trace.error
    assert failed == ([] if error is None else [error.type])
