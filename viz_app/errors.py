"""The one exception of the house. It carries a `Failure`: a code, a span, parameters; no prose."""

from viz_app.model import Failure, Span


class VizError(Exception):
    """A text that gave no Trace: it did not parse, or what ran it came to an end.

    `partial` holds the Trace of what was recorded before that, when there is one.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


def failure(
    code: str, *, line: int = 1, column: int = 1, type: str = "", **params: str | int | float
) -> Failure:
    """A Failure at one place of the text (from 1), for accidents that have no span of their own."""
    return Failure(
        code=code, type=type or code, message="", span=Span(line, column, line, column), params=params
    )
