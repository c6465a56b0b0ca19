"""Rows: a long flat picture is wrapped as text is, each row as it was; others stay as they are."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import traces
from tests.examples import examples
from tests.picture.layout.test_placement import LONG
from viz_app.knowledge import lessons
from viz_app.picture import scene
from viz_app.picture.layout import rows

HIGH = 130.0
BESIDE = rows.LANE * (3 * rows.PASSING - 2)
"""Pixels of the maximum number of lines beside the rows, less one."""
EACH = pytest.mark.parametrize("width", rows.WIDTHS, ids=[str(it.row) for it in rows.WIDTHS])


def _chain(
    widths: list[float], over: list[tuple[int, int]]
) -> tuple[rows.Placed, list[tuple[float, float]], list[rows.Line]]:
    """Boxes next to each other, each linked to the next, and lines `over` some of them."""
    lefts = [*itertools.accumulate(widths, lambda left, width: left + width + 20, initial=0.0)]
    places = tuple((left + w / 2, 200.0) for left, w in zip(lefts, widths, strict=False))
    lines = [rows.Line(k, k + 1, False) for k in range(len(widths) - 1)]
    routes: list[tuple[rows.Point, ...]] = [
        ((lefts[k] + widths[k], 200.0), (lefts[k + 1], 200.0)) for k in range(len(lines))
    ]
    for k, (source, target) in enumerate(over):
        high = 120.0 - 10 * k
        start, end = lefts[source] + widths[source], lefts[target]
        lines.append(rows.Line(source, target, False))
        routes.append(((start, 200.0), (start + 5, high), (end - 5, high), (end, 200.0)))
    placed = rows.Placed(places, tuple(routes), lefts[-1] - 20, 300.0)
    return placed, [(w, HIGH) for w in widths], lines


WIDTHS = st.lists(st.floats(40, 300).map(round).map(float), min_size=12, max_size=40)


@examples(60)
@given(
    WIDTHS,
    st.lists(st.tuples(st.integers(0, 5), st.integers(7, 11)), max_size=2),
    st.sampled_from(rows.WIDTHS),
)
def test_rows_hold_the_same_boxes_without_overlap(
    widths: list[float], over: list[tuple[int, int]], width: rows.Width
) -> None:
    placed, rooms, lines = _chain(widths, over)
    found = rows.wrap(placed, rooms, lines, width)
    if found is placed:
        return
    assert found.width <= width.row + BESIDE
    boxes = list(zip(found.places, rooms, strict=True))
    for ((x, y), (w, h)), ((u, v), (s, t)) in itertools.combinations(boxes, 2):
        assert max(abs(x - u) - (w + s) / 2, abs(y - v) - (h + t) / 2) > 0
    for (x, y), (w, h) in boxes:
        assert w / 2 <= x <= found.width - w / 2
        assert h / 2 - 0.1 <= y <= found.height - h / 2 + 0.1
    for place, (line, route) in enumerate(zip(lines, found.routes, strict=True)):
        (x, y), (u, v) = found.places[line.source], found.places[line.target]
        assert math.dist(route[0], (x + rooms[line.source][0] / 2, y)) < 0.3
        assert math.dist(route[-1], (u - rooms[line.target][0] / 2, v)) < 0.3
        assert (place in found.turned) == (y != v)
        assert all(0 <= a <= found.width and 0 <= b <= found.height for a, b in route)
        if place in found.turned:  # its bends between the rows enter no box
            for a, b in route:
                assert not any(
                    abs(a - p) < w / 2 - 1 and abs(b - q) < h / 2 - 1 for (p, q), (w, h) in boxes
                )


@EACH
def test_a_row_is_as_full_as_the_next(width: rows.Width) -> None:
    placed, rooms, lines = _chain([100.0] * 30, [])
    found = rows.wrap(placed, rooms, lines, width)
    sizes = [len(list(each)) for _, each in itertools.groupby(y for _, y in found.places)]
    assert sum(sizes) == 30
    assert max(sizes) - min(sizes) <= 1
    assert found.width <= width.row
    # It has as many boxes as fit, if the last row is to be as full.
    fit = (width.row - 2 * rows.MARGIN) // 120
    assert len(sizes) <= math.ceil(30 / fit)


@pytest.mark.parametrize(
    ("row", "found"),
    [(0, 500), (499, 500), (500, 500), (869, 500), (932, 932), (1100, 1080), (9999, 1440)],
)
def test_rows_fit_their_frame(row: int, found: int) -> None:
    assert rows.nearest(row).row == found


def test_rows_are_used_on_a_phone_but_not_on_a_projector() -> None:
    placed, rooms, lines = _chain([100.0] * 13, [])
    assert rows.wrap(placed, rooms, lines, rows.PROJECTOR) is placed
    found = rows.wrap(placed, rooms, lines, rows.PHONE)
    assert found.width <= rows.PHONE.row
    assert len({y for _, y in found.places}) == 5


def test_a_part_too_long_for_a_row_is_one_of_its_own_where_that_is_allowed() -> None:
    placed, rooms, lines = _chain([1000.0, *[100.0] * 40], [])
    assert rows.wrap(placed, rooms, lines) is placed
    found = rows.wrap(placed, rooms, lines, longer=True)
    assert [y for _, y in found.places].count(found.places[0][1]) == 1
    assert len({y for _, y in found.places}) > 3


def test_in_a_narrow_frame_a_picture_too_wide_to_be_seen_is_always_in_rows() -> None:
    """Even in rows so high that they are no larger when all are in view."""
    placed, rooms, lines = _chain([300.0] * 14, [])
    high = [(width, 400.0) for width, _ in rooms]
    found = rows.wrap(placed, high, lines, rows.PHONE)
    assert rows.scale(placed, rows.PHONE) < rows.LOST
    assert rows.scale(found, rows.PHONE) < rows.GAIN * rows.scale(placed, rows.PHONE)
    assert len({y for _, y in found.places}) == 14
    few, rooms, lines = _chain([300.0] * 8, [])
    assert rows.wrap(few, [(width, 400.0) for width, _ in rooms], lines, rows.PHONE) is few


def test_a_result_stays_next_to_its_operation() -> None:
    placed, rooms, lines = _chain([100.0] * 30, [])
    tied = [rows.Line(it.source, it.target, it.source % 2 == 0) for it in lines]
    found = rows.wrap(placed, rooms, tied)
    assert found.turned
    assert all(not tied[place].tied for place in found.turned)


def test_picture_with_many_crossing_lines_is_not_cut_into_rows() -> None:
    placed, rooms, lines = _chain([100.0] * 30, [(0, 29), (1, 29), (2, 29)])
    assert rows.wrap(placed, rooms, lines) is placed


def test_a_high_picture_is_not_wrapped() -> None:
    placed, rooms, lines = _chain([100.0] * 16, [])
    high = [(w, 900.0) for w, _ in rooms]
    assert rows.wrap(placed, high, lines) is placed


@pytest.mark.parametrize("name", [*lessons.load(), *sorted(traces.PROGRAMS)])
def test_picture_that_fits_keeps_the_layout_of_dot(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = lessons.load()
    trace = traces.run(every[name].program if name in every else traces.PROGRAMS[name])
    found = scene.build(trace)
    monkeypatch.setattr(rows, "wrap", lambda placed, *_, **__: placed)
    plain = scene.build(trace)
    fits = plain.width <= 1279  # readable in a frame of 949 pixels
    if fits:
        assert found == plain
    wrapped = any(link.bends for link in found.links)
    assert wrapped == (found != plain)
    assert not wrapped or (
        found.width <= rows.PROJECTOR.row + BESIDE and found.height > plain.height
    )


@EACH
@pytest.mark.parametrize("name", LONG)
def test_long_program_in_rows_is_larger(
    name: str, width: rows.Width, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = traces.run(LONG[name])
    found = scene.build(trace, width=width)
    monkeypatch.setattr(rows, "wrap", lambda placed, *_, **__: placed)
    plain = scene.build(trace)
    # In a narrow frame a row may end where a line would be too long, and be as long as a step.
    assert any(link.bends or (width.reach and link.stub) for link in found.links)
    inner = max(width.row - 2 * rows.MARGIN, width.reach[0] if width.reach else 0)
    longest = inner + 2 * rows.MARGIN + BESIDE
    if any(link.connector for link in found.links):  # a part of it may be in one row
        longest = max(longest, width.strip)
    assert found.width <= longest

    def scale(of: scene.Scene) -> float:
        return min(width.view[0] / of.width, width.view[1] / of.height)

    assert scale(found) > rows.GAIN * scale(plain)
