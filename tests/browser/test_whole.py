"""At each step: no box of the step is cut, no text is on another, the caption is whole."""

import pytest
from playwright.sync_api import expect

from tests.browser import whole
from tests.browser.conftest import OpenPage
from tests.browser.whole import DESK, FRAME, PHONE, PROJECTOR, View

LESSONS = (
    "gradient-calculation", "fan-out", "two-layer-mlp", "convolution", "lstm-gate", "attention",
    "clipped-value", "optimizer",
)  # fmt: skip
VIEWS = ((DESK, PHONE), (PROJECTOR,), (FRAME,))
"""The views of one opened page; each program has one of these, in turn."""

EACH = [
    pytest.param(name, VIEWS[place % len(VIEWS)], id=name)
    for place, name in enumerate((*LESSONS, *whole.PROGRAMS[:12]))
] + [pytest.param("chain-in-rows", views, id=f"chain-{views[0].width}") for views in VIEWS]


@pytest.mark.parametrize(("name", "views"), EACH)
def test_each_step_is_whole(open_page: OpenPage, name: str, views: tuple[View, ...]) -> None:
    first = views[0]
    page = open_page(
        f"{whole.query(name)}{first.more}",
        width=first.width,
        height=first.height,
        reduced_motion="reduce",
        ready=False,
    )
    state = "error" if name.startswith("errors") else "ready"
    expect(page.get_by_role("region", name="Computation graph")).to_have_attribute(
        "data-state", state
    )
    for view in views:
        found = whole.measure(page, view)
        assert found["steps"] > 3
        # In a folded loop a step is one box, or none where a gradient is only set to None.
        assert found["boxes"] > found["steps"] / 2
        assert found["texts"] > found["steps"]
        assert (found["cut"], found["overlap"], found["caption"]) == ({}, {}, {}), view
