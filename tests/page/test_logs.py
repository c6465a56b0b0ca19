"""The server's log: a fault that repeats does not fill it, and is not lost in it."""

import io
import logging
from collections.abc import Iterator

import pytest

from viz_app.page.server import logs


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Collect the entries of a logger of this test."""
    logger, text = logging.getLogger("viz_test_logs"), io.StringIO()
    handler = logging.StreamHandler(text)
    logger.addHandler(handler)
    logger.propagate = False
    yield text
    logger.removeHandler(handler)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)
    monkeypatch.setattr(logs, "Bound", lambda bound=logs.Bound: bound(clock))
    logs.bound()
    return clock


def _fault(number: int, kind: type[Exception] = ValueError) -> None:
    try:
        raise kind(f"fault {number}")
    except kind:
        logging.getLogger("viz_test_logs").exception("run %s failed", number)


def test_a_fault_that_repeats_is_written_a_few_times_and_counted(
    written: io.StringIO, clock: Clock
) -> None:
    for number in range(1_000):
        _fault(number)
    assert written.getvalue().count("Traceback") == logs.EACH
    _fault(7, KeyError)  # another one is seen beside it
    assert "KeyError" in written.getvalue()
    clock.now += logs.MINUTE
    for number in range(1_000):
        _fault(number)
    assert written.getvalue().count("ValueError") == 2 * logs.EACH
    assert "run 0 failed (995 more like it were left out)\n" in written.getvalue()


def test_many_different_entries_are_bounded_as_well(written: io.StringIO, clock: Clock) -> None:
    logger = logging.getLogger("viz_test_logs")
    for number in range(1_000):
        record = logger.makeRecord("a", logging.ERROR, f"file{number}.py", number, "x", (), None)
        logger.handle(record)
    assert written.getvalue().count("\n") == logs.ALL


def test_a_long_entry_is_cut(written: io.StringIO, clock: Clock) -> None:
    logging.getLogger("viz_test_logs").error("%s", "x" * 10**6)
    try:
        raise ValueError("y" * 10**6 + "the end")
    except ValueError:
        logging.getLogger("viz_test_logs").exception("failed")
    assert len(written.getvalue()) < 3 * logs.LONGEST
    assert written.getvalue().endswith("the end\n")
