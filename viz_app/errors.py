"""The project's only exception. It carries a `Failure`: a code, a span, parameters; no prose."""

from viz_app.model import Failure, Span


class VizError(Exception):
    """A text that gave no Trace: it did not parse, or the engine could not run it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


def failure(
    code: str, *, line: int = 1, column: int = 1, type: str = "", **params: str | int | float
) -> Failure:
    """A Failure at one place of the text (from 1), for accidents that have no span of their own."""
    span = Span(line, column, line, column)
    return Failure(code=code, type=type or code, message="", span=span, params=params)
