"""The contour plot: the heights are the program's, the lines are at their levels, the arrow is the
negative gradient, the path is that of the training."""

import math
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from tests import traces
from tests.patience import PATIENCE_SECONDS
from viz_app.engine import client, wire
from viz_app.engine.program import survey
from viz_app.errors import VizError
from viz_app.knowledge import text
from viz_app.limits import SURVEY
from viz_app.measured import SIDES, Axis
from viz_app.model import Trace
from viz_app.paths import PROJECT
from viz_app.picture.explain import contour
from viz_app.picture.explain.contour import Element
from viz_app.picture.words.notation import Reading

REGRESSION = """
x = torch.tensor([0., 1., 2., 3.])
y = 2 * x + 1
w = torch.tensor(-0.5, requires_grad=True)
b = torch.tensor(4., requires_grad=True)
optimiser = torch.optim.SGD([w, b], lr=0.09)
for turn in range(8):
    optimiser.zero_grad()
    loss = ((w * x + b - y) ** 2).mean()
    loss.backward()
    optimiser.step()
"""
LOGARITHM = """
p = torch.tensor([0.5, 2.], requires_grad=True)
z = p[0].log() * p[1]
z.backward()
"""
N = SIDES[0]
ENOUGH = msgspec.structs.replace(
    SURVEY, wall_seconds=PATIENCE_SECONDS, cpu_seconds=int(PATIENCE_SECONDS)
)


def chosen(trace: Trace) -> tuple[Element, Element]:
    first, second = contour.elements(Reading(trace))[:2]
    return first, second


def measured(trace: Trace) -> tuple[Axis, Axis, tuple[float, ...]]:
    x, y = contour.axes(Reading(trace), *chosen(trace))
    return x, y, client.survey(trace.source, x, y, limits=ENOUGH)


def drawn(trace: Trace, language: str = "en") -> contour.JSON:
    words = text.load(language)
    return contour.draw(Reading(trace), *chosen(trace), measured(trace)[2], words)


# ---- what is measured


def test_contour_of_the_first_lesson_over_both_elements() -> None:
    x, y, heights = measured(traces.run(traces.SEED))
    assert (x.element, y.element) == (0, 1)
    for row in range(N):
        for column in range(N):
            one = x.low + (x.high - x.low) * column / (N - 1)
            other = y.low + (y.high - y.low) * row / (N - 1)
            value = (one + 1) ** 2 + (other + 1) ** 2
            assert heights[row * N + column] == pytest.approx(value, rel=1e-9)


def test_curve_is_the_middle_cut_of_its_contour() -> None:
    trace = traces.run(traces.FAN_OUT)
    _, y, heights = measured(trace)
    row = heights[N // 2 * N : (N // 2 + 1) * N]
    assert row[N // 2] == pytest.approx(trace.curves[0].y[10])
    assert y.low < 2 < y.high


def test_missing_value_is_nan() -> None:
    x, _, heights = measured(traces.run(LOGARITHM))
    for column, height in enumerate(heights[:N]):
        one = x.low + (x.high - x.low) * column / (N - 1)
        assert math.isnan(height) == (one < 0)


@pytest.mark.parametrize(
    "program",
    [
        "import time\na = torch.ones(2, requires_grad=True)\n"
        "(a * (time.time_ns() % 10**9)).sum().backward()\n",
        "a = torch.ones(2, requires_grad=True)\n",
        "a = torch.ones(2, requires_grad=True)\n(a * torch.ones(3, 2).numpy()[9]).sum().backward()",
    ],
)
def test_unmeasurable_program_gives_no_heights(program: str) -> None:
    assert client.survey(program, Axis(0, 0, 0.0, 1.0), Axis(0, 1, 0.0, 1.0)) == ()


@pytest.mark.parametrize(
    "axis", [Axis(7, 0, 0.0, 1.0), Axis(0, 2, 0.0, 1.0), Axis(0, -1, 0.0, 1.0)]
)
def test_missing_element_gives_no_contour(axis: Axis) -> None:
    assert client.survey(traces.SEED, Axis(0, 0, 0.0, 1.0), axis) == ()


def test_program_cannot_catch_the_end_of_measuring_and_an_endless_one_is_abandoned() -> None:
    swallows = traces.SEED.replace(
        "obj.backward()",
        "try:\n    obj.backward()\nexcept BaseException:\n    pass\nwhile True: pass",
    )
    axes = Axis(0, 0, 0.0, 1.0), Axis(0, 1, 0.0, 1.0)
    assert len(client.survey(swallows, *axes, limits=ENOUGH)) == N * N
    limits = msgspec.structs.replace(SURVEY, wall_seconds=0.5)
    endless = f"while True: pass\n{traces.SEED}"
    assert client.survey(endless, *axes, limits=limits) == ()


def test_a_text_that_does_not_parse_is_refused() -> None:
    with pytest.raises(VizError):
        client.survey("a = (", Axis(0, 0, 0.0, 1.0), Axis(0, 1, 0.0, 1.0))


def test_a_slow_program_gets_fewer_points(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = wire.Survey(traces.SEED, Axis(0, 0, 0.0, 1.0), Axis(0, 1, 0.0, 1.0), SURVEY)
    for cost, side in ((0.001, SIDES[0]), (0.01, SIDES[1]), (0.1, 0)):
        clock = iter([0.0, cost])
        monkeypatch.setattr(survey, "thread_time", clock.__next__)
        assert len(survey.survey(asked)) == side * side


EXAMPLES = sorted((PROJECT / "tests" / "programs").glob("*.py"))[::9]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_elements_are_found_again_in_a_measuring_run(path: Path) -> None:
    """The measured run ends earlier; its leaves are the same nodes."""
    try:
        trace = traces.run(path.read_text("utf-8"))
    except VizError:
        return
    reading = Reading(trace)
    found = contour.elements(reading)
    if len(found) < 2:
        return
    pair = found[0], found[-1]
    axes = contour.axes(reading, *pair)
    heights = client.survey(trace.source, *axes, limits=ENOUGH)
    assert heights
    drawn = contour.draw(reading, *pair, heights, text.load("en"))
    # The leaves that a function transform makes for itself are no numbers of the program.
    assert drawn.get("text") or ("torch.func" in trace.source and drawn["why"])


# ---- lines


def bowl(column: float, row: float) -> float:
    return (column - 9.3) ** 2 + 2 * (row - 10.2) ** 2


BOWL = [bowl(column, row) for row in range(N) for column in range(N)]


@pytest.mark.parametrize("level", [3.0, 20.0, 90.0, 200.0])
def test_a_line_lies_at_its_level(level: float) -> None:
    runs = contour.Grid(BOWL, N).lines(level)
    assert runs
    for run in runs:
        for column, row in run:
            assert bowl(column, row) == pytest.approx(level, abs=0.6)
            assert 0 <= column <= N - 1
            assert 0 <= row <= N - 1
        for one, other in pairwise(run):
            assert math.dist(one, other) < 1.5


@pytest.mark.parametrize("level", [3.0, 20.0, 90.0])
def test_region_has_the_area_above_its_level(level: float) -> None:
    """The whole square without the ellipse around the lowest point."""
    area = 0.0
    for loop in contour.Grid(BOWL, N).regions(level):
        ring = [*loop, loop[0]]
        area += sum(a[0] * b[1] - a[1] * b[0] for a, b in pairwise(ring)) / 2
    hole = math.pi * level / math.sqrt(2)
    if level < 90:  # the largest ellipse is cut by no border, yet is coarse
        assert abs(area) == pytest.approx((N - 1) ** 2 - hole, abs=2)
    assert abs(area) < (N - 1) ** 2


def test_a_region_ends_where_there_is_no_value() -> None:
    heights = [math.nan if column < 5 else 1.0 for _ in range(N) for column in range(N)]
    [loop] = contour.Grid(heights, N).regions(0.0)
    assert min(column for column, _ in loop) == 5
    assert contour.Grid(heights, N).lines(0.0) == ()


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0.0, 4.0, (0, 1, 2, 3, 4)),
        (-0.31, 0.29, (-0.2, 0, 0.2)),
        (3e7, 5e7, (3e7, 3.5e7, 4e7, 4.5e7, 5e7)),
        (1.0, 1.0, ()),
        (0.0, math.inf, ()),
    ],
)
def test_ticks_are_round(low: float, high: float, found: tuple[float, ...]) -> None:
    assert contour.steps(low, high, 5) == pytest.approx(found)


# ---- the plot


def test_the_seeds_arrow_is_the_negative_gradient() -> None:
    plot = drawn(traces.run(traces.SEED))
    (x, y), (tip_x, tip_y) = plot["point"], plot["arrow"]
    assert plot["names"] == ["a[0]", "a[1]"]
    assert "negative gradient (-6, -8)" in " ".join(plot["text"])
    # To the left and down (pixels grow downwards), at right angles to the lines: one scale.
    assert (tip_x - x) / (tip_y - y) == pytest.approx(-6 / 8, abs=0.01)
    assert "scale" not in " ".join(plot["text"])


def test_very_different_axes_have_separate_scales() -> None:
    program = "a = torch.tensor([100., 0.1], requires_grad=True)\n(a ** 2).sum().backward()\n"
    trace = traces.run(program)
    x, y = contour.axes(Reading(trace), *chosen(trace))
    assert x.high - x.low == pytest.approx(200)
    assert y.high - y.low == pytest.approx(2)
    assert "Each axis has its own scale" in " ".join(drawn(trace)["text"])


def test_training_path_is_drawn() -> None:
    trace = traces.run(REGRESSION)
    way = contour.path(Reading(trace), *chosen(trace))
    w, b = -0.5, 4.0
    expected = [(w, b)]
    for _ in range(8):
        errors = [(w * x + b - (2 * x + 1)) for x in range(4)]
        w -= 0.09 * sum(2 * e * x for x, e in enumerate(errors)) / 4
        b -= 0.09 * sum(2 * e for e in errors) / 4
        expected.append((w, b))
    assert len(way) == len(expected)
    for ours, theirs in zip(way, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)
    plot = drawn(trace)
    left, top, width, height = plot["inner"].values()
    assert len(plot["way"]) == 9
    reached = [(each["number"], each["place"]) for each in plot["reached"]]
    assert reached == [(number, number - 1) for number in range(1, len(trace.passes) + 1)]
    assert all(left < x < left + width and top < y < top + height for x, y in plot["way"])
    assert "values changed 8 ×" in " ".join(plot["text"])


def test_without_training_there_is_no_training_path() -> None:
    assert drawn(traces.run(traces.SEED))["way"] == []


def test_contour_labels_are_apart_and_inside_the_plot() -> None:
    for trace in (traces.run(traces.SEED), traces.run(REGRESSION), traces.run(LOGARITHM)):
        plot = drawn(trace)
        left, top, width, height = plot["inner"].values()
        places = [(label["x"], label["y"]) for label in plot["labels"]]
        assert places
        assert all(left < x < left + width and top < y < top + height for x, y in places)
        assert all(
            math.dist(one, other) > contour.ROOM
            for place, one in enumerate(places)
            for other in [*places[:place], plot["point"], *plot["way"]]
        )


def test_nothing_is_drawn_without_a_value() -> None:
    plot = drawn(traces.run(LOGARITHM))
    numbers = re.findall(r"([\d.]+),[\d.]+", plot["defined"])
    zero = next(tick["at"] for tick in plot["ticks"][0] if tick["text"] == "0")
    assert min(map(float, numbers)) >= zero - 1


@pytest.mark.parametrize("language", text.languages())
@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
def test_every_program_has_a_contour_plot_or_a_reason(name: str, language: str) -> None:
    trace = traces.run(traces.PROGRAMS[name])
    if len(contour.elements(Reading(trace))) > 1:
        plot = drawn(trace, language)
        assert plot.get("text") or plot.get("why")
        msgspec.json.encode(plot)


def test_missing_measurement_is_reported() -> None:
    trace = traces.run(traces.SEED)
    plot = contour.draw(Reading(trace), *chosen(trace), (), text.load("en"))
    assert "can't be measured" in plot["why"]
