"""The output of a run: printed text, echoed expressions and warnings, in order."""

from collections import deque
from typing import Literal

from viz_app.browser import Printed
from viz_app.model import Trace

PIECES = 1_000
"""Maximum number of pieces; output that alternates more often is continued in the last one."""

Stream = Literal["out", "err"]


def printed(trace: Trace) -> tuple[Printed, ...]:
    """The prints, echoes and warnings of a run, interleaved.

    Each echo, and each text written to stderr, starts on a new line.
    """
    pieces: list[tuple[list[str], Stream]] = []
    start = 0

    def end_line() -> None:
        if pieces and not pieces[-1][0][-1].endswith("\n"):
            pieces[-1][0].append("\n")

    def add(text: str, stream: Stream) -> None:
        if text and not (pieces and (pieces[-1][1] == stream or len(pieces) == PIECES)):
            end_line()
            pieces.append(([], stream))
        if text:
            pieces[-1][0].append(text)

    def prints(end: int) -> None:
        nonlocal start
        add(trace.stdout[start:end], "out")
        start = end

    errors = deque(trace.stderr)
    for place, echo in enumerate(trace.echo):
        while errors and errors[0].echoes <= place:
            prints(errors[0].offset)
            add(errors.popleft().text, "err")
        prints(echo.offset)
        end_line()
        add(f"{echo.text}\n", "out")
    for error in errors:
        prints(error.offset)
        add(error.text, "err")
    prints(len(trace.stdout))
    joined = [("".join(texts), stream) for texts, stream in pieces]
    if joined:
        joined[-1] = (joined[-1][0].rstrip("\n"), joined[-1][1])
    return tuple(Printed(text, stream) for text, stream in joined if text)
