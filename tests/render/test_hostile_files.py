"""Every program that attacks the wall, as a file: no script of its own, nothing that asks anybody.

A few in each run of the tests, all of `tests/hostile` with `make exports`.
"""

import ctypes
import json
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import msgspec
import pypdfium2
import pytest

from tests.engine.process.test_hostile import PROGRAMS, QUICK
from tests.render.runs import WHOLE
from viz_app import recording
from viz_app.engine import client
from viz_app.engine.process import sandbox
from viz_app.errors import VizError
from viz_app.model import Trace
from viz_app.render.exports import EXPORTS
from viz_app.render.subject import Subject

pytestmark = [
    pytest.mark.usefixtures("bundled"),
    pytest.mark.skipif(not sandbox.LINUX, reason="the wall is Linux's"),
]

TEXTS = {name: text for name, text, _ in PROGRAMS}
OPENED = sorted(TEXTS) if WHOLE else sorted(TEXTS)[:: len(TEXTS) // 6]
MARKUP = "\nprint('</script><script>hit=1</script><img src=x onerror=hit=1>')\n"
LIMITS = msgspec.structs.replace(QUICK, wall_seconds=2.0)


@cache
def subject(name: str) -> Subject:
    """The record of an attack that prints markup first."""
    source = MARKUP + TEXTS[name]
    try:
        return Subject(client.run(source, LIMITS))
    except VizError as error:
        return Subject(Trace.empty(source, error.failure))


class _Elements(HTMLParser):
    """The elements and attributes of a page, its scripts, and the pages in its frames."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str] = []
        self.framed: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        self.framed += [value for name, value in attrs if name == "srcdoc" and value]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts.append(data)


def _is_ours(page: str) -> None:
    """Two scripts, its data and ours; the content policy forbids every request."""
    found = _Elements(page)
    assert found.names.count("script") == 2
    held, _ = found.scripts
    json.loads(held)
    names = {name for name, _ in found.attributes}
    assert not {it for it in names if it.startswith("on")} | (names & {"src", "href", "srcdoc"})
    assert any(name == "content" and "default-src 'none'" in (value or "")
               for name, value in found.attributes)  # fmt: skip


@pytest.mark.parametrize("name", OPENED)
def test_a_page_has_no_script_of_a_program(name: str) -> None:
    _is_ours(EXPORTS["html"].make(subject(name)).decode())


@pytest.mark.parametrize("name", OPENED)
def test_a_picture_has_no_other_elements(name: str) -> None:
    root = ElementTree.fromstring(EXPORTS["svg"].make(subject(name)))
    names = {it.tag.removeprefix("{http://www.w3.org/2000/svg}") for it in root.iter()}
    assert names <= {"svg", "title", "rect", "g", "path", "text", "tspan"}
    attributes = {name for it in root.iter() for name in it.attrib}
    assert not [it for it in attributes if it.startswith("on") or "href" in it]


@pytest.mark.parametrize("name", OPENED)
def test_handout_contains_no_scripts_or_links(name: str) -> None:
    document = pypdfium2.PdfDocument(EXPORTS["pdf"].make(subject(name)))
    assert pypdfium2.raw.FPDFDoc_GetJavaScriptActionCount(document) == 0
    assert pypdfium2.raw.FPDFDoc_GetAttachmentCount(document) == 0
    for page in document:
        link = pypdfium2.raw.FPDF_LINK()
        assert not pypdfium2.raw.FPDFLink_Enumerate(page, ctypes.c_int(0), link)
        page.render(scale=0.2)


@pytest.mark.parametrize("name", OPENED)
def test_a_notebooks_picture_keeps_its_page_in_a_sandbox(name: str) -> None:
    shown = _Elements(recording._shown(subject(name), "1"))
    assert shown.names == ["iframe", "details", "summary", "img"]
    assert ("sandbox", "allow-scripts") in shown.attributes
    assert not [it for it, _ in shown.attributes if it.startswith("on")]
    (page,) = shown.framed
    _is_ours(page)
