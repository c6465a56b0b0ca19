"""The JavaScript's types are those of the data sent to the browser."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from tests import traces
from viz_app import browser
from viz_app.knowledge import text
from viz_app.measured import SIDES
from viz_app.model import Trace
from viz_app.paths import PROJECT
from viz_app.picture import scene
from viz_app.picture.explain import contour, panel
from viz_app.picture.payload import payload
from viz_app.picture.words.notation import Reading

ENGLISH = text.load("en")


def test_javascript_types_match_the_structs() -> None:
    made = subprocess.run(
        [sys.executable, "npm.py", "--silent", "run", "types"],
        cwd=PROJECT,
        input=browser.schema(),
        capture_output=True,
        check=True,
    ).stdout
    assert (PROJECT / "assets/browser.d.ts").read_bytes() == made, "make types"


def _holds(sent: Any, of: Any) -> None:
    """A struct has all that is sent, under the same names, and of the same types."""
    body = msgspec.json.encode(sent)
    found = msgspec.json.decode(body, type=of)
    assert msgspec.json.decode(msgspec.json.encode(found)) == msgspec.json.decode(body)


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
def test_payload_of_a_program_matches_its_structs(name: str) -> None:
    trace = traces.run(traces.PROGRAMS[name])
    built = scene.build(trace)
    _holds(payload(built, ENGLISH), browser.Picture)
    for whole in (True, False):
        _holds(panel.explain(built, ENGLISH, whole=whole), browser.Explained)
    _holds(panel.absent(ENGLISH), browser.Explained)


def _plot(trace: Trace, heights: list[float]) -> Any:
    reading = Reading(trace)
    x, y = contour.elements(reading)[:2]
    return contour.draw(reading, x, y, heights, ENGLISH)


def test_contour_plot_matches_its_struct() -> None:
    trace = traces.run(traces.SEED)
    side = min(SIDES)
    bowl = [float(x * x + y * y) for y in range(side) for x in range(side)]
    _holds(_plot(trace, bowl), browser.Plot)
    _holds(_plot(trace, []), browser.NoPlot)
