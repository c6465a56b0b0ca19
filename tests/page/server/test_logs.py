"""The server's log: a fault that repeats does not fill it, and is not lost in it."""

import ast
import io
import json
import logging
from collections.abc import Iterator

import pytest

from viz_app.page.server import logs
from viz_app.paths import PROJECT


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


def test_repeated_log_entry_is_written_a_few_times_then_counted(
    written: io.StringIO, clock: Clock
) -> None:
    for number in range(1_000):
        _fault(number)
    assert written.getvalue().count("Traceback") == logs.EACH
    _fault(7, KeyError)  # another one is still written
    assert "KeyError" in written.getvalue()
    clock.now += logs.MINUTE
    for number in range(1_000):
        _fault(number)
    assert written.getvalue().count("ValueError") == 2 * logs.EACH
    assert "run 0 failed (995 more like it were left out)\n" in written.getvalue()


def test_number_of_different_log_entries_is_limited(written: io.StringIO, clock: Clock) -> None:
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


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """The log in JSON."""
    monkeypatch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)
    out = io.StringIO()
    logs.bound(json=True, out=out)
    return out


def test_json_log_contains_no_visitor_text(lines: io.StringIO) -> None:
    secret = "loss = my_secret_program()"
    own, foreign = logging.getLogger("viz_app.test"), logging.getLogger("streamlit.test")
    try:
        raise KeyError(secret)
    except KeyError as problem:
        own.exception("run %s of %r took %d s: %s", 7, secret, 3, problem)
        own.error("%(number)s runs of %(text)s", {"number": 2, "text": secret})
        foreign.exception(f"Uncaught app execution: {secret}")
        foreign.error(problem)
    assert "secret" not in lines.getvalue()
    first, second, *others = map(json.loads, lines.getvalue().splitlines())
    assert first["message"] == "run 7 of … took 3 s: …"
    assert first["exception"] == "builtins.KeyError"
    assert first["frames"][-1].endswith("test_json_log_contains_no_visitor_text")
    assert (first["level"], first["logger"]) == ("ERROR", "viz_app.test")
    assert first["place"].startswith("test_logs:")
    assert second["message"] == "2 runs of …"
    assert [it.get("message", "") for it in others] == ["", ""]


def test_json_counts_what_is_left_out(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, written: io.StringIO
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)
    logs.bound(json=True, out=out)
    for minute in range(2):
        for number in range(20):
            _fault(number)
        assert len(out.getvalue().splitlines()) == (minute + 1) * logs.EACH
        clock.now += logs.MINUTE
    assert json.loads(out.getvalue().splitlines()[logs.EACH])["more"] == 20 - logs.EACH


def test_log_messages_are_constants() -> None:
    """Only then is a message before its parts are put in free of a visitor's words."""
    count = 0
    for path in (PROJECT / "viz_app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "_log":
                assert isinstance(node.args[0], ast.Constant), (path, node.lineno)
                count += 1
    assert count > 3


def test_invalid_log_format_is_reported() -> None:
    assert (logs.as_json({}), logs.as_json({logs.LOGS: "json"})) == (False, True)
    with pytest.raises(ValueError, match="VIZ_APP_LOGS is json or text"):
        logs.as_json({logs.LOGS: "xml"})
