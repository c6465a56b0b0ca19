"""The output of a run: prints, echoes and warnings in their order."""

import msgspec

from viz_app.browser import Printed
from viz_app.model import Echo, StderrText, Trace
from viz_app.picture.printed import PIECES, printed


def _trace(stdout: str, echo: tuple[Echo, ...], stderr: tuple[StderrText, ...]) -> Trace:
    empty = Trace.empty("1\n", None)
    return msgspec.structs.replace(empty, stdout=stdout, echo=echo, stderr=stderr)


def test_echoes_and_warnings_stand_between_the_prints_on_lines_of_their_own() -> None:
    trace = _trace(
        "one\ntwo",
        (Echo(1, "tensor(1.)", 4), Echo(1, "tensor(2.)", 7)),
        (StderrText("odd\n", 4, 1), StderrText("late", 7, 2)),
    )
    assert printed(trace) == (
        Printed("one\ntensor(1.)\n", "out"),
        Printed("odd\n", "err"),
        Printed("two\ntensor(2.)\n", "out"),
        Printed("late", "err"),
    )


def test_any_number_of_empty_echoes_and_warnings_is_joined() -> None:
    many = 50_000
    trace = _trace("x", (Echo(1, "", 0),) * many, (StderrText("", 0, many),) * many)
    assert printed(trace) == (Printed("\n" * many + "x", "out"),)


def test_streams_that_alternate_more_often_than_anybody_reads_are_joined() -> None:
    trace = _trace("y" * 5_000, (), tuple(StderrText("x", at, 0) for at in range(5_000)))
    found = printed(trace)
    assert len(found) == PIECES
    assert sum(len(piece.text.replace("\n", "")) for piece in found) == 10_000
