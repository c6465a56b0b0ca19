"""The workers that make pictures: what they give, and what comes of it when one ends."""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Queue
from typing import Any

import msgspec
import pytest

from tests import traces
from tests.patience import PATIENCE_SECONDS
from viz_app.engine.client import Recorded
from viz_app.errors import VizError
from viz_app.knowledge import lessons, text
from viz_app.limits import Work
from viz_app.render.exports import EXPORTS
from viz_app.render.subject import Subject
from viz_app.workers.jobs import (
    Compare,
    Draw,
    Look,
    Made,
    Picture,
    Preview,
    Save,
    Survey,
    Unpack,
)
from viz_app.workers.pool import Pool, Watch

pytestmark = pytest.mark.usefixtures("bundled")

LOOK = Look((), "en", "light", explained=True)
WORDS = text.load("en")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(2, Work(wall_seconds=PATIENCE_SECONDS))
    yield made
    made.close()


@pytest.fixture(scope="module")
def other() -> Iterator[Pool]:
    """Workers that share nothing with those of `pool`."""
    made = Pool(1, Work(wall_seconds=PATIENCE_SECONDS))
    yield made
    made.close()


def _draw(pool: Pool, program: str = traces.SEED, **look: Any) -> Picture:
    return pool.draw(Draw(traces.recorded(program), msgspec.structs.replace(LOOK, **look)))


def test_worker_imports_no_torch_or_streamlit_and_page_no_layout() -> None:
    for room, without in (
        ("viz_app.workers.worker", {"torch", "streamlit"}),
        ("viz_app.page.screen", {"torch", "networkx", "pygraphviz", "latex2mathml"}),
    ):
        check = f"import sys, {room}; print({without!r} & set(sys.modules))"
        ran = subprocess.run([sys.executable, "-W", "ignore", "-c", check], capture_output=True)
        assert ran.stdout.decode().strip() == "set()"


def test_picture_has_everything_the_page_needs(pool: Pool) -> None:
    picture = _draw(pool)
    trace = traces.run(traces.SEED)
    assert picture.degree == "whole"
    assert picture.source == trace.source
    assert picture.inputs == trace.inputs
    assert [call.span for call in picture.calls] == [call.span for call in trace.calls]
    stage, explained = json.loads(picture.stage), json.loads(picture.explain)
    assert stage["note"] == ""
    assert stage["vertices"][0]["name"] == "a"
    assert explained["rules"]
    assert explained["contour"]["names"] == ["a[0]", "a[1]"]
    folded = json.loads(_draw(pool, explained=False).explain)
    assert "steps" not in folded


@pytest.mark.parametrize("name", list(traces.PROGRAMS))
def test_same_run_same_bytes_in_any_worker(pool: Pool, other: Pool, name: str) -> None:
    program = traces.PROGRAMS[name]
    assert _draw(pool, program) == _draw(other, program)


def test_a_contour_plot_takes_axes_then_heights(pool: Pool) -> None:
    recorded = traces.recorded(traces.SEED)
    base = json.loads(_draw(pool).explain)["contour"]["base"]
    job = Survey(recorded, "en", 0, 1, base)
    axes = pool.do(job).axes
    assert axes is not None
    drawn = pool.do(msgspec.structs.replace(job, heights=(1.0,) * 169))
    assert json.loads(drawn.body)["asked"] == [0, 1]
    for wrong in ({"x": 1}, {"y": 9}, {"base": "other"}, {"x": -1}):
        assert pool.do(msgspec.structs.replace(job, **wrong)).axes is None


def test_two_runs_are_compared(pool: Pool) -> None:
    before = traces.recorded(traces.SEED)
    rows = json.loads(pool.do(Compare(before, traces.recorded(traces.FAN_OUT))).body)
    assert [row["name"] for row in rows][:2] == ["a", "obj"]
    assert json.loads(pool.do(Compare(before, None)).body)


@pytest.mark.parametrize(
    ("find", "put", "code"),
    [
        ("", "", None),
        ('of = "y"', 'of = "z"', "preview_place"),
        ("y = 9 carries", "y = 8 carries", "preview_number"),
        ("asks = [6]", "asks = [7]", "preview_asks"),
        ("number = 10 }", "number = 6 }", "preview_met"),
        ("number = 10 }", "number = 11 }", "preview_unmet"),
        ("number = 9.06,", "number = 9.07,", "preview_choice"),
    ],
)
def test_a_lesson_is_checked(pool: Pool, find: str, put: str, code: str | None) -> None:
    written = (lessons.FOLDER / "slope.toml").read_text("utf-8").replace(find, put, 1)
    lesson = lessons.read("slope.toml", written.encode())
    runs = [None if it is None else traces.recorded(it) for it in lessons.programs(lesson)]
    before, solved, predicted = runs
    assert before is not None
    job = Preview(before, solved, predicted, lesson, "en")
    if code is None:
        assert pool.do(job) == Made()
    else:
        with pytest.raises(VizError) as refused:
            pool.do(job)
        assert refused.value.failure.code == code


def test_a_zip_file_is_unpacked_by_a_worker(pool: Pool) -> None:
    written = (lessons.FOLDER / "slope.toml").read_text("utf-8")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("mine.toml", written)
    [(lesson, text)] = pool.do(Unpack("c.zip", made.getvalue())).lessons
    assert lesson == lessons.read("mine.toml", written.encode())
    assert text == written
    with pytest.raises(VizError) as refused:
        pool.do(Unpack("c.zip", b"PK"))
    assert refused.value.failure.code == "lesson_file"


def test_impossible_answers_of_a_child_are_refused(pool: Pool) -> None:
    for body in (b"", b"\xff" * 100, traces.recorded(traces.FAN_OUT).body):
        with pytest.raises(VizError) as refused:
            pool.draw(Draw(Recorded(traces.SEED, body), LOOK))
        assert refused.value.failure.code == "forged"


STAGES = {
    "opening": "viz_app.engine.client.opened",
    "graph": "viz_app.picture.layout.graph.build",
    "folding": "viz_app.picture.layout.folding.tree",
    "story": "viz_app.picture.story.story.frames",
    "faces": "viz_app.picture.layout.cards.faces",
    "layout": "viz_app.picture.layout.placement.lay_out",
    "figure": "viz_app.picture.drawing.figure.draw",
    "explanations": "viz_app.workers.make.explain",
    "payload": "viz_app.workers.make.payload",
}
ENDS = {
    "killed": "os.kill(os.getpid(), 9)",
    "out of time": "[0 for _ in iter(int, 1)]",
    "out of memory": "bytearray(2**40)",
    "a fault of ours": "{}['a fault of ours']",
}


FAILING = f"""
import json, os, pathlib, sys
from viz_app.workers import make, worker
plan, draw, degree = pathlib.Path(sys.argv.pop(1)), make.draw, None
def noting(job):
    global degree
    degree = job.degree if job.look.explained else None
    return draw(job)
def fails(stage, original):
    def failing(*given, **named):
        planned, end, degrees = json.loads(plan.read_text())
        if planned == stage and degree in degrees:
            exec(end)
        return original(*given, **named)
    return failing
make.draw = noting
for stage, whole in {STAGES!r}.items():
    place, _, name = whole.rpartition('.')
    setattr(sys.modules[place], name, fails(stage, getattr(sys.modules[place], name)))
try:
    worker.main()
except MemoryError:
    os._exit(worker.SPENT)
"""
"""A worker that ends as the file that it is given says: at one stage of pictures of some degrees,
where the explanations are open."""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Pool]]:
    """Sets the stage, the end and the degrees, and returns the workers."""
    plan = tmp_path_factory.mktemp("failing") / "plan.json"
    command = [sys.executable, "-c", FAILING, str(plan)]
    pool = Pool(2, Work(cpu_seconds=1, wall_seconds=PATIENCE_SECONDS), command)

    def planned(stage: str, end: str, *degrees: str) -> Pool:
        plan.write_text(json.dumps([stage, ENDS[end], degrees]))
        return pool

    yield planned
    pool.close()


@pytest.mark.parametrize("stage", STAGES)
def test_worker_killed_at_any_stage_gives_an_overview_with_a_notice(
    failing: Callable[..., Pool], stage: str
) -> None:
    picture = _draw(failing(stage, "killed", "whole"), traces.NETWORK)
    shown, explained = json.loads(picture.stage), json.loads(picture.explain)
    assert picture.degree == "crude"
    assert shown["note"] == WORDS("stage.crude")
    assert explained["absent"] == WORDS("explain.absent")
    assert "group" in [box["kind"] for box in shown["vertices"]]
    assert picture.inputs == traces.run(traces.NETWORK).inputs


@pytest.mark.parametrize("end", ENDS)
def test_visitor_gets_an_overview_however_a_worker_ends(
    failing: Callable[..., Pool], end: str
) -> None:
    assert _draw(failing("layout", end, "whole")).degree == "crude"


def test_output_is_shown_if_even_the_overview_fails(
    failing: Callable[..., Pool],
) -> None:
    program = traces.SEED + "print(7)"
    picture = _draw(failing("story", "killed", "whole", "crude"), program)
    assert picture.degree == "bare"
    assert json.loads(picture.stage)["note"] == WORDS("stage.bare")
    assert json.loads(picture.stage)["vertices"] == []
    assert json.loads(picture.printed) == [{"text": "7", "stream": "out"}]


def test_message_is_shown_if_no_picture_can_be_made(failing: Callable[..., Pool]) -> None:
    with pytest.raises(VizError) as problem:
        _draw(failing("opening", "killed", "whole", "crude", "bare"))
    assert WORDS(f"error.{problem.value.failure.code}")


def test_worker_killed_while_idle_costs_no_picture(pool: Pool) -> None:
    pool.start()
    for _ in range(3):
        for pid in pool.pids():
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # it is gone without notice
        assert _draw(pool).degree == "whole"
    assert len(pool.pids()) == 3


def test_worker_that_ends_blocks_nobody_else(failing: Callable[..., Pool]) -> None:
    """One program ends its workers again and again; the pictures of others stay whole."""
    pool = failing("explanations", "killed", "whole")
    with ThreadPoolExecutor(4) as threads:
        bad = [threads.submit(_draw, pool) for _ in range(4)]
        good = [threads.submit(_draw, pool, traces.FAN_OUT, explained=False) for _ in range(4)]
    assert {each.result().degree for each in bad} == {"crude"}
    assert {each.result().degree for each in good} <= {"whole"}
    assert len(pool.pids()) <= pool.size


def test_worn_out_worker_is_replaced() -> None:
    pool = Pool(1, Work(jobs=2, wall_seconds=PATIENCE_SECONDS))
    try:
        seen = []
        for _ in range(5):
            _draw(pool)
            seen += pool.pids()
        assert len(set(seen)) == 3
        assert all(_gone(pid) for pid in set(seen) - set(pool.pids()))
    finally:
        pool.close()


def test_next_job_does_not_wait_for_a_replacement() -> None:
    """A replacement takes half a second to start, while two other workers are ready."""
    pool = Pool(2, Work(jobs=2, wall_seconds=PATIENCE_SECONDS))
    try:
        pool.start()
        first = pool.pids()
        for _ in range(2):
            _draw(pool)
        (fresh,) = set(pool.pids()) - set(first)
        _draw(pool)
        assert pool.pids()[0] == fresh  # it has not been used: the workers used last come last
        assert len(set(pool.pids()) - set(first)) == 1
    finally:
        pool.close()


def test_worker_that_retains_memory_is_replaced_whatever_the_page_process_uses() -> None:
    large = b"1" * 2**28
    long = """x = torch.tensor(1., requires_grad=True)
y = x
for k in range(3000):
    y = y * 1.001
y.backward()
"""
    made = Pool(1, Work(wall_seconds=PATIENCE_SECONDS))
    try:
        made.start()
        first = set(made.pids())
        for _ in range(3):
            _draw(made)
        assert set(made.pids()) == first
        _draw(made, long)
        assert len(first - set(made.pids())) == 1
        assert large
    finally:
        made.close()


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("form", EXPORTS)
def test_a_worker_makes_a_file_of_each_format(pool: Pool, form: str) -> None:
    run = traces.recorded(traces.SEED)
    made = [pool.do(Save(run, form, "en", "light", step)).body for step in (3, 10_000)]
    assert made[1] == EXPORTS[form].make(Subject(traces.run(traces.SEED)))
    if form in ("svg", "png"):
        assert made[0] != made[1]


def test_watch_is_in_time_for_a_shorter_block_and_after_others() -> None:
    watch, called = Watch(), Queue[str]()
    with watch.at_most(3_600, partial(called.put, "long")):
        for name in ("short", "next"):
            with watch.at_most(0.001, partial(called.put, name)):
                assert called.get(timeout=PATIENCE_SECONDS) == name
    with watch.at_most(3_600, partial(called.put, "late")):
        pass
    with watch.at_most(0.001, partial(called.put, "last")):
        assert called.get(timeout=PATIENCE_SECONDS) == "last"
    assert called.empty()
