"""Losses, each for the three values of `reduction`: autograd keeps it as 0, 1 or 2."""

from typing import Any, Final

from viz_app.knowledge.ops.operation import FRACTION, Row, given, nothing, row

NONE, MEAN, SUM = 0, 1, 2
_PAIR: Final = "x=self t=target"


def _loss(
    grad_fn: str, each: str, *partials: str, operands: str = _PAIR, **more: Any
) -> tuple[Row, ...]:
    """A loss computed per element, and then left so, averaged or summed."""
    when = more.pop("when", {})
    return (
        row(grad_fn, operands, each, *partials, when={**when, "reduction": NONE}, **more),
        row(
            grad_fn, operands, f"1/n*sum({each})", *[f"({one})/n" for one in partials],
            when={**when, "reduction": MEAN}, **more,
        ),
        row(
            grad_fn, operands, f"sum({each})", *partials,
            when={**when, "reduction": SUM}, **more,
        ),
    )  # fmt: skip


def _nll(grad_fn: str, source: str) -> tuple[Row, ...]:
    """The negative log likelihood; the mean divides by the weights that count, `total_weight`."""
    found = []
    for weight in (False, True):
        picked = "pick(x, t, i=ignore_index)"
        place = "one_hot(t, x, i=ignore_index)"
        if weight:
            picked = f"weigh(w, t, i=ignore_index)*{picked}"
            place = f"weigh_classes(w, x)*{place}"
        extra = "t=target" + (" w=weight" if weight else "")
        base: dict[str, Any] = {"symbol": "nll", "source": source}
        tests = {"weight": given if weight else nothing}
        found += [
            row(grad_fn, "x=self", f"-{picked}", f"-classes(G, x)*{place}",
                extra=extra, when={**tests, "reduction": NONE}, **base),
            row(grad_fn, "x=self", f"-1/total*sum({picked})", f"-G/total*{place}",
                extra=f"{extra} total=total_weight", when={**tests, "reduction": MEAN}, **base),
            row(grad_fn, "x=self", f"-sum({picked})", f"-G*{place}",
                extra=extra, when={**tests, "reduction": SUM}, **base),
        ]  # fmt: skip
    return tuple(found)


def _bce() -> tuple[Row, ...]:
    each = "-(t*ln(x) + (1 - t)*ln(1 - x))"
    slope = "(x - t)/(x*(1 - x))"
    other = "ln(1 - x) - ln(x)"
    base: dict[str, Any] = {
        "domain": FRACTION, "symbol": "bce", "source": "binary_cross_entropy",
    }  # fmt: skip
    return (
        *_loss("BinaryCrossEntropy", each, slope, other, when={"weight": nothing}, **base),
        *_loss(
            "BinaryCrossEntropy", f"w*({each})", f"w*{slope}", f"w*({other})",
            when={"weight": given}, extra="w=weight", **base,
        ),
    )  # fmt: skip


def _bce_with_logits() -> tuple[Row, ...]:
    found: list[Row] = []
    for positive in (False, True):
        p = "p*" if positive else ""
        each = f"-({p}t*ln(sigma(x)) + (1 - t)*ln(1 - sigma(x)))"
        slope = "sigma(x) - t" if not positive else "(1 - t)*sigma(x) - p*t*(1 - sigma(x))"
        other = "-x" if not positive else "ln(1 - sigma(x)) - p*ln(sigma(x))"
        for weight in (False, True):
            extra = " ".join(
                name for name, used in (("p=pos_weight", positive), ("w=weight", weight)) if used
            )
            when = {
                "pos_weight": given if positive else nothing,
                "weight": given if weight else nothing,
            }
            found += _loss(
                "BinaryCrossEntropyWithLogits",
                f"w*({each})" if weight else each,
                f"w*({slope})" if weight else slope,
                f"w*({other})" if weight else other,
                when=when, extra=extra, symbol="bce",
                source="binary_cross_entropy_with_logits",
            )  # fmt: skip
    return tuple(found)


def _multi_margin() -> tuple[Row, ...]:
    """The margin loss of several classes; the mean is over the samples."""
    base: dict[str, Any] = {"symbol": "multi_margin", "source": "multi_margin_loss"}
    found: list[Row] = []
    for weight in (False, True):
        share = "weigh(w, t, i=-1)*" if weight else ""
        each = f"{share}multi_margin(x, t, m=margin, p=p)"
        when = {"weight": given if weight else nothing}
        extra = "t=target w=weight" if weight else "t=target"
        for reduction, equals, arrived in (
            (NONE, each, f"{share}G"),
            (MEAN, f"sum({each})/count(t)", f"{share}G/count(t)"),
            (SUM, f"sum({each})", f"{share}G"),
        ):
            found.append(
                row("MultiMarginLoss", "x=self", equals,
                    f"multi_margin_back({arrived}, x, t, m=margin, p=p)", extra=extra,
                    when={**when, "reduction": reduction}, **base)
            )  # fmt: skip
    return tuple(found)


_WAY: Final = "(x - t)"

ROWS: Final[tuple[Row, ...]] = (
    *_loss("MseLoss", "(x - t)**2", "2*(x - t)", "2*(t - x)", symbol="mse", source="mse_loss"),
    *_loss(
        "SmoothL1Loss",
        "(x - t)**2/(2*beta) if abs(x - t) < beta else abs(x - t) - beta/2",
        "clamp((x - t)/beta, -1, 1)", "clamp((t - x)/beta, -1, 1)",
        symbol="smooth_l1", source="smooth_l1_loss",
    ),
    *_loss(
        "HuberLoss",
        "(x - t)**2/2 if abs(x - t) <= delta else delta*(abs(x - t) - delta/2)",
        "clamp(x - t, -delta, delta)", "clamp(t - x, -delta, delta)",
        symbol="huber", source="huber_loss",
    ),
    *_loss("SoftMarginLoss", "softplus(-t*x)", "-t*sigma(-t*x)",
           symbol="soft_margin", source="soft_margin_loss"),
    *_multi_margin(),
    *_nll("NllLoss", "nll_loss_forward"),
    *_nll("NllLoss2D", "nll_loss2d_forward"),
    *_bce(),
    *_bce_with_logits(),
)  # fmt: skip
