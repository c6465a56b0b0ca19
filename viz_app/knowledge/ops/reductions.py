"""Reductions: many elements become one, or a running total."""

from typing import Final

from viz_app.knowledge.ops.operation import POSITIVE, Operation, Partial, Role, unary

_WINNER: Final = Partial(r"[<0> = <r>]", "× [<0> = <r>]")


def _chosen(grad_fn: str, symbol: str, latex: str, source: str) -> Operation:
    """A reduction that picks elements: the gradient goes to those that were picked."""
    return unary(grad_fn, symbol, latex, _WINNER, role="gate", source=source)


_NORM: Final = Partial(r"\frac{<0>}{<r>}", "× <0>/<r>")
_PRODUCT: Final = Partial(r"\frac{<r>}{<0>}", "× <r>/<0>")
_SPREAD: Role = "spread"

ROWS: Final = (
    unary("Sum", "sum", r"\sum <0>", Partial("1", "× 1"), role=_SPREAD, source="sum"),
    unary("Nansum", "nansum", r"\sum <0>", Partial("1", "× 1"), role=_SPREAD, source="nansum"),
    unary(
        "Mean",
        "mean",
        r"\frac{1}{<n>} \sum <0>",
        Partial(r"\frac{1}{<n>}", "÷ <n>"),
        role=_SPREAD,
        source="mean",
    ),
    _chosen("Max", "max", r"\max <0>", "max"),
    _chosen("Min", "min", r"\min <0>", "min"),
    _chosen("Amax", "amax", r"\max <0>", "amax"),
    _chosen("Amin", "amin", r"\min <0>", "amin"),
    _chosen("Aminmax", "aminmax", r"(\min <0>, \max <0>)", "aminmax"),
    _chosen("Median", "median", r"\operatorname{median} <0>", "median"),
    _chosen("Mode", "mode", r"\operatorname{mode} <0>", "mode"),
    _chosen("Kthvalue", "kthvalue", r"<0>_{(k)}", "kthvalue"),
    _chosen("Topk", "topk", r"\operatorname{top}_{k} <0>", "topk"),
    _chosen("Cummax", "cummax", r"\max_{j \le i} <0>_{j}", "cummax"),
    _chosen("Cummin", "cummin", r"\min_{j \le i} <0>_{j}", "cummin"),
    unary("Prod", "prod", r"\prod <0>", _PRODUCT, role="mix", domain=POSITIVE, source="prod"),
    unary(
        "Var",
        "var",
        r"\operatorname{var} <0>",
        Partial(r"\frac{2}{N - 1}(<0> - \overline{<0>})", "× 2(<0> − mean)/(N − 1)"),
        source="var.correction",
    ),
    unary(
        "Std",
        "std",
        r"\sqrt{\operatorname{var} <0>}",
        Partial(r"\frac{<0> - \overline{<0>}}{(N - 1) <r>}", "× (<0> − mean)/((N − 1)<r>)"),
        source="std.correction",
    ),
    unary(
        "LinalgVectorNorm",
        "norm",
        r"\lVert <0> \rVert",
        _NORM,
        source="linalg_vector_norm",
    ),
    Operation(
        "Dist",
        "scale",
        "dist",
        r"\lVert <0> - <1> \rVert",
        (
            Partial(r"\frac{<0> - <1>}{<r>}", "× (<0> − <1>)/<r>"),
            Partial(r"\frac{<1> - <0>}{<r>}", "× (<1> − <0>)/<r>"),
        ),
        "dist",
    ),
    unary(
        "Logsumexp",
        "logsumexp",
        r"\ln \sum e^{<0>}",
        Partial(r"e^{<0> - <r>}", "× exp(<0> − <r>)"),
        role="mix",
        source="logsumexp",
    ),
    unary(
        "Cumsum",
        "cumsum",
        r"\sum_{j \le i} <0>_{j}",
        Partial(r"[j \le i]", "× [j ≤ i]"),
        role="mix",
        source="cumsum",
    ),
    unary(
        "Cumprod",
        "cumprod",
        r"\prod_{j \le i} <0>_{j}",
        Partial(r"\frac{<r>_{i}}{<0>_{j}} [j \le i]", "× <r>ᵢ/<0>ⱼ [j ≤ i]"),
        role="mix",
        domain=POSITIVE,
        source="cumprod",
    ),
    unary(
        "Logcumsumexp",
        "logcumsumexp",
        r"\ln \sum_{j \le i} e^{<0>_{j}}",
        Partial(r"e^{<0>_{j} - <r>_{i}} [j \le i]", "× exp(<0>ⱼ − <r>ᵢ) [j ≤ i]"),
        role="mix",
        source="logcumsumexp",
    ),
    unary(
        "Softmax",
        "softmax",
        r"\operatorname{softmax}(<0>)",
        Partial(r"\operatorname{diag}(<r>) - <r> <r>^{\top}", "× (diag <r> − <r><r>ᵀ)"),
        role="mix",
        source="_softmax",
    ),
    unary(
        "LogSoftmax",
        "log_softmax",
        r"\ln \operatorname{softmax}(<0>)",
        Partial(r"I - \mathbf{1} e^{<r>\top}", "× (I − 1 e^<r>ᵀ)"),
        role="mix",
        source="_log_softmax",
    ),
    unary(
        "Trace",
        "trace",
        r"\operatorname{tr} <0>",
        Partial("I", "× I"),
        role=_SPREAD,
        source="trace",
    ),
)
