"""Reductions: many elements become one, or a running total."""

import math
from typing import Final

from viz_app.knowledge.ops.operation import POSITIVE, Row, among, given, nothing, row, vanishing


def _over(grad_fn: str, equals: str, *slots: str, **more: object) -> Row:
    """A reduction of `x` over the dimensions `dim`, all of them if none is set."""
    found = {"defaults": {"dim": None}, "reduces": True, "source": grad_fn.lower(), **more}
    return row(grad_fn, "x=self", equals, *slots, **found)  # type: ignore[arg-type]


def _chosen(grad_fn: str, equals: str, source: str, symbol: str) -> tuple[Row, Row]:
    """A reduction that picks elements: along a dimension it saves their positions (`indices`); over
    all of them, tied elements share the gradient."""
    return (
        row(
            grad_fn, "x=self", "take_along(x, i, d=dim)", "put_along(G, x, i, d=dim)",
            extra="i=indices", when={"indices": given}, symbol=symbol, source=source,
        ),
        _over(
            grad_fn, equals, "(x == r)/sum(x == r, d=dim, k=True)", when={"indices": nothing},
            symbol=symbol, source=source,
        ),
    )  # fmt: skip


_NORM: Final = {"symbol": "norm", "source": "linalg_vector_norm"}

ROWS: Final[tuple[Row, ...]] = (
    _over("Sum", "sum(x, d=dim)", "1"),
    _over("Nansum", "nansum(x, d=dim)", "number(x)"),
    _over("Mean", "1/n*sum(x, d=dim)", "1/n"),
    *_chosen("Max", "amax(x, d=dim)", "max", "max"),
    *_chosen("Min", "amin(x, d=dim)", "min", "min"),
    _over("Amax", "amax(x, d=dim)", "(x == r)/sum(x == r, d=dim, k=True)"),
    _over("Amin", "amin(x, d=dim)", "(x == r)/sum(x == r, d=dim, k=True)"),
    row("Aminmax", "x=self", "amin(x, d=dim)", defaults={"dim": None}, symbol="aminmax",
        source="aminmax"),
    *_chosen("Median", "", "median", "median"),
    *_chosen("Nanmedian", "", "nanmedian", "nanmedian"),
    *_chosen("Mode", "", "mode", "mode"),
    *_chosen("Kthvalue", "", "kthvalue", "kthvalue"),
    *_chosen("Topk", "", "topk", "topk"),
    *_chosen("Sort", "", "sort", "sort"),
    *_chosen("Cummax", "", "cummax", "cummax"),
    *_chosen("Cummin", "", "cummin", "cummin"),
    _over("Prod", "prod(x, d=dim)", "others(x, d=dim)", symbol="prod", when={"self": vanishing}),
    _over("Prod", "prod(x, d=dim)", "r/x", symbol="prod", domain=POSITIVE),
    _over(
        "Var", "var(x, d=dim, c=correction)",
        "2*(x - mean(x, d=dim, k=True))/free(n, c=correction)",
        symbol="var", source="var.correction",
    ),
    _over(
        "Std", "std(x, d=dim, c=correction)",
        "(x - mean(x, d=dim, k=True))/(free(n, c=correction)*r)",
        symbol="std", source="std.correction",
    ),
    _over(
        "LinalgVectorNorm", "norm(x, p=ord, d=dim)", "x/r if r > 0 else 0",
        when={"ord": among(2, 2.0), "result": vanishing}, **_NORM,
    ),
    _over(
        "LinalgVectorNorm", "norm(x, p=ord, d=dim)", "x/r",
        when={"ord": among(2, 2.0)}, **_NORM,
    ),
    _over(
        "LinalgVectorNorm", "norm(x, p=ord, d=dim)", "sgn(x)",
        when={"ord": among(1, 1.0)}, **_NORM,
    ),
    _over(
        "LinalgVectorNorm", "norm(x, p=ord, d=dim)",
        "sgn(x)*(abs(x) == r)/sum(abs(x) == r, d=dim, k=True)",
        when={"ord": among(math.inf, -math.inf)}, **_NORM,
    ),
    _over("LinalgVectorNorm", "norm(x, p=ord, d=dim)", "0", when={"ord": among(0, 0.0)}, **_NORM),
    _over(
        "LinalgVectorNorm", "norm(x, p=ord, d=dim)", "sgn(x)*abs(x)**(ord - 1)/r**(ord - 1)",
        **_NORM,
    ),
    row(
        "Dist", "x=self y=other", "norm(x - y, p=p)", "(x - y)/r", "(y - x)/r",
        when={"p": among(2, 2.0)}, symbol="dist", source="dist",
    ),
    row(
        "Dist", "x=self y=other", "norm(x - y, p=p)",
        "sgn(x - y)*abs(x - y)**(p - 1)/r**(p - 1)", "sgn(y - x)*abs(x - y)**(p - 1)/r**(p - 1)",
        symbol="dist", source="dist",
    ),
    _over("Logsumexp", "logsumexp(x, d=dim)", "exp(x - r)", symbol="logsumexp"),
    row(
        "Cumsum", "x=self", "cumsum(x, d=dim)", "cumsum_back(G, d=dim)",
        symbol="cumsum", source="cumsum",
    ),
    row(
        "Cumprod", "x=self", "cumprod(x, d=dim)", "cumprod_back(G, x, d=dim)",
        symbol="cumprod", when={"self": vanishing}, source="cumprod",
    ),
    row(
        "Cumprod", "x=self", "cumprod(x, d=dim)", "cumsum_back(G*r, d=dim)/x",
        symbol="cumprod", domain=POSITIVE, source="cumprod",
    ),
    row(
        "Logcumsumexp", "x=self", "logcumsumexp(x, d=dim)",
        "exp(x)*cumsum_back(G*exp(-r), d=dim)", symbol="logcumsumexp", source="logcumsumexp",
    ),
    row(
        "Softmax", "x=self", "softmax(x, d=dim)", "r*(G - sum(G*r, d=dim, k=True))",
        symbol="softmax", source="_softmax",
    ),
    row(
        "SafeSoftmax", "x=self", "softmax(x, d=dim)", "r*(G - sum(G*r, d=dim, k=True))",
        symbol="softmax", source="_safe_softmax",
    ),
    row(
        "LogSoftmax", "x=self", "log_softmax(x, d=dim)", "G - exp(r)*sum(G, d=dim, k=True)",
        symbol="log_softmax", source="_log_softmax",
    ),
    row("Trace", "x=self", "tr(x)", "G*eye_like(x)", symbol="trace", source="trace"),
)  # fmt: skip
