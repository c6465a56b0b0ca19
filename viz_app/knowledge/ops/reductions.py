"""Reductions: many elements become one, or a running total."""

import math
from typing import Any, Final

from viz_app.knowledge.ops.operation import POSITIVE, Row, among, given, nothing, row, vanishing


def _over(grad_fn: str, equals: str, *slots: str, **more: Any) -> Row:
    """A reduction of `x` over the dimensions `dim`, all of them if none is set."""
    found: dict[str, Any] = {
        "defaults": {"dim": None},
        "reduces": True,
        "source": grad_fn.lower(),
        **more,
    }
    return row(grad_fn, "x=self", equals, *slots, **found)


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


def _norms(grad_fn: str, order: str, source: str) -> tuple[Row, ...]:
    """A norm of vectors by its order, which the node keeps under the name `order`."""

    def of(slope: str, **when: object) -> Row:
        return _over(
            grad_fn, f"norm(x, p={order}, d=dim)", slope, when=when, symbol="norm", source=source
        )

    return (
        of("x/r if r > 0 else 0", **{order: among(2, 2.0), "result": vanishing}),
        of("x/r", **{order: among(2, 2.0)}),
        of("sgn(x)", **{order: among(1, 1.0)}),
        of(
            "sgn(x)*attains(abs(x), r)/sum(attains(abs(x), r), d=dim, k=True)",
            **{order: among(math.inf, -math.inf)},
        ),
        of("0", **{order: among(0, 0.0)}),
        of(f"sgn(x)*abs(x)**({order} - 1)/r**({order} - 1)"),
    )


ROWS: Final[tuple[Row, ...]] = (
    _over("Sum", "sum(x, d=dim)", "1"),
    _over("Nansum", "nansum(x, d=dim)", "number(x)"),
    _over("Mean", "1/n*sum(x, d=dim)", "1/n"),
    *_chosen("Max", "amax(x, d=dim)", "max", "max"),
    *_chosen("Min", "amin(x, d=dim)", "min", "min"),
    _over("Amax", "amax(x, d=dim)", "(x == r)/sum(x == r, d=dim, k=True)"),
    _over("Amin", "amin(x, d=dim)", "(x == r)/sum(x == r, d=dim, k=True)"),
    row(
        "Aminmax", "x=self", "amin(x, d=dim)",
        "wide(G, x, d=dim)*(x == wide(r, x, d=dim))/sum(x == wide(r, x, d=dim), d=dim, k=True)"
        " + wide(G1, x, d=dim)*(x == wide(r1, x, d=dim))"
        "/sum(x == wide(r1, x, d=dim), d=dim, k=True)",
        defaults={"dim": None}, symbol="aminmax", source="aminmax",
    ),
    *_chosen("Median", "median(x)", "median", "median"),
    *_chosen("Nanmedian", "nanmedian(x)", "nanmedian", "nanmedian"),
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
    row(
        "VarMean", "x=self", "var(x, d=dim, c=correction)",
        "2*wide(G, x, d=dim)*(x - mean(x, d=dim, k=True))/free(n, c=correction)"
        " + wide(G1, x, d=dim)/n",
        defaults={"dim": None}, symbol="var_mean", source="var_mean.correction",
    ),
    row(
        "StdMean", "x=self", "std(x, d=dim, c=correction)",
        "wide(G, x, d=dim)*(x - mean(x, d=dim, k=True))"
        "/(free(n, c=correction)*wide(r, x, d=dim)) + wide(G1, x, d=dim)/n",
        defaults={"dim": None}, symbol="std_mean", source="std_mean.correction",
    ),
    *_norms("LinalgVectorNorm", "ord", "linalg_vector_norm"),
    *_norms("Norm", "p", "norm.ScalarOpt_dim"),
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
        "SafeSoftmax", "x=self", "softmax(x, d=dim) if amax(x, d=dim, k=True) > -1e999 else 0",
        "r*(G - sum(G*r, d=dim, k=True))", when={"result": vanishing},
        symbol="softmax", source="_safe_softmax",
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
