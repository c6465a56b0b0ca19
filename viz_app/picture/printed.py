"""The output of a run: printed text, echoed expressions and warnings, in order."""

from typing import Literal

from viz_app.browser import Printed
from viz_app.model import Trace

Stream = Literal["out", "err"]


def printed(trace: Trace) -> tuple[Printed, ...]:
    """The prints, echoes and warnings of a run, interleaved.

    Each echo, and each text written to stderr, starts on a new line.
    """
    pieces: list[tuple[str, Stream]] = []
    start = 0

    def add(text: str, stream: Stream) -> None:
        if pieces and pieces[-1][1] == stream:
            text = pieces.pop()[0] + text
        elif pieces and text and not pieces[-1][0].endswith("\n"):
            pieces[-1] = (pieces[-1][0] + "\n", pieces[-1][1])
        if text:
            pieces.append((text, stream))

    def prints(end: int) -> None:
        nonlocal start
        add(trace.stdout[start:end], "out")
        start = end

    asides = list(trace.stderr)
    for place, echo in enumerate(trace.echo):
        while asides and asides[0].echoes <= place:
            prints(asides[0].offset)
            add(asides.pop(0).text, "err")
        prints(echo.offset)
        if pieces and not pieces[-1][0].endswith("\n"):
            add("\n", pieces[-1][1])
        add(f"{echo.text}\n", "out")
    for aside in asides:
        prints(aside.offset)
        add(aside.text, "err")
    prints(len(trace.stdout))
    if pieces:
        pieces[-1] = (pieces[-1][0].rstrip("\n"), pieces[-1][1])
    return tuple(Printed(text, stream) for text, stream in pieces if text)
