"""Calls that autograd splits into several nodes, each with a formula of its own.

A row is chosen by the name of the called function and by its arguments, never by the last node that
autograd happened to make. Definitions are those of PyTorch's documentation of the function;
`source` names it.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from viz_app.knowledge.formulas import Expression, parse
from viz_app.knowledge.ops.operation import given, holds, nothing


class CallRow(msgspec.Struct, frozen=True):
    """One function's result, in terms of its own arguments.

    `signature` are the names of its arguments in their order, with the defaults of those left out;
    `equals` is its result and `sends` its total gradient to each of its tensors, from the upstream
    gradient `G` of its result `r`. `when` are arguments that must have these values.
    """

    name: str
    signature: tuple[tuple[str, Any], ...]
    equals: Expression | None
    sends: tuple[tuple[str, Expression], ...] = ()
    when: tuple[tuple[str, Any], ...] = ()
    source: str = ""

    def fits(self, arguments: Mapping[str, Any]) -> bool:
        """True if the call's arguments are those that this row is about."""
        return holds(self.when, arguments)


_REQUIRED: Final = "required"


def _call(
    names: str,
    signature: str,
    equals: str,
    source: str,
    sends: Mapping[str, str] | None = None,
    when: Mapping[str, Any] | None = None,
    **defaults: Any,
) -> tuple[CallRow, ...]:
    """Rows for the names of a function; `defaults` are the values of optional arguments, some of
    which can be passed by keyword only."""
    written = dict.fromkeys((*signature.split(), *defaults))
    order = tuple((name, defaults.get(name, _REQUIRED)) for name in written)
    tree = parse(equals) if equals else None
    sent = tuple((name, parse(text)) for name, text in (sends or {}).items())
    conditions = tuple((when or {}).items())
    return tuple(
        CallRow(
            name,
            order,
            tree,
            sent,
            conditions,
            source if source.startswith("torch.") else f"torch.nn.functional.{source}",
        )
        for name in names.split()
    )


def _whole(value: Any) -> bool:
    """A test for an argument that holds class numbers."""
    return getattr(value, "kind", None) == "int"


def _shares(value: Any) -> bool:
    """A test for an argument that holds class probabilities."""
    return getattr(value, "kind", None) == "float"


def _signs(value: Any) -> bool:
    """A test for an argument of which each element is 1 or −1."""
    return all(one in (1, -1) for one in getattr(getattr(value, "array", None), "data", ()))


def _number(value: Any) -> bool:
    """A test for a plain number, or none."""
    return value is None or isinstance(value, int | float)


_REDUCED: Final = {
    "none": "{}",
    "mean": "1/n*sum({})",
    "sum": "sum({})",
}


def _loss(name: str, each: str, signature: str, when: Mapping[str, Any] | None = None,
          **defaults: Any) -> tuple[CallRow, ...]:  # fmt: skip
    """A loss computed per element, for each value of `reduction`."""
    return tuple(
        row
        for reduction, form in _REDUCED.items()
        for row in _call(
            name, f"{signature} reduction", form.format(each), name,
            when={**(when or {}), "reduction": reduction}, reduction="mean", **defaults,
        )
    )  # fmt: skip


_CE: Final = "input target weight size_average ignore_index reduce reduction label_smoothing"
_CE_DEFAULTS: Final[dict[str, Any]] = {
    "weight": None, "size_average": None, "ignore_index": -100, "reduce": None,
    "reduction": "mean", "label_smoothing": 0.0,
}  # fmt: skip


def _cross_entropy() -> tuple[CallRow, ...]:
    logp = "log_softmax(input, d=1)"
    index = f"pick({logp}, target, i=ignore_index)"
    hot = "one_hot(target, input, i=ignore_index)"
    p = "softmax(input, d=1)"
    plain: dict[str, Any] = {"weight": nothing, "label_smoothing": 0.0}
    found: list[CallRow] = []
    for reduction, form in (("none", "-{}"), ("mean", "-1/counted*sum({})"),
                            ("sum", "-sum({})")):  # fmt: skip
        for ignored in (False, True):
            sent = f"({p} - {hot})"
            if ignored:
                sent += "*counts(target, input, i=ignore_index)"
            slope = {
                "none": f"classes(G, input)*{sent}",
                "mean": f"G*{sent}/counted",
                "sum": f"G*{sent}",
            }[reduction]
            found += _call(
                "cross_entropy", _CE, form.format(index), "cross_entropy", {"input": slope},
                {**plain, "reduction": reduction, "target": _whole, "ignored": ignored},
                **_CE_DEFAULTS,
            )  # fmt: skip
        total = {"none": "-sum(target*{}, d=1)", "mean": "-1/rows*sum(target*{})",
                 "sum": "-sum(target*{})"}[reduction]  # fmt: skip
        found += _call(
            "cross_entropy", _CE, total.format(logp), "cross_entropy",
            {"input": f"G*({p}*sum(target, d=1, k=True) - target)/rows"}
            if reduction == "mean" else {},
            {**plain, "reduction": reduction, "target": _shares}, **_CE_DEFAULTS,
        )  # fmt: skip
        found += _call(
            "cross_entropy", _CE,
            "smoothed(input, target, i=ignore_index, e=label_smoothing, r=reduction)",
            "cross_entropy", {},
            {"weight": nothing, "reduction": reduction, "target": _whole}, **_CE_DEFAULTS,
        )  # fmt: skip
    return tuple(found)


_STIRLING: Final = "(target*ln(target) - target + 1/2*ln(2*pi()*target) if target > 1 else 0)"
_COSINE: Final = (
    "sum(input1*input2, d=-1)/sqrt(dot(sum(input1**2, d=-1) + 1e-12, sum(input2**2, d=-1) + 1e-12))"
)

CALLS: Final[tuple[CallRow, ...]] = (
    *_cross_entropy(),
    *_call("normalize", "input p dim eps out",
           "input/max2(norm(input, p=p, d=dim, k=True), eps)", "normalize",
           p=2.0, dim=1, eps=1e-12, out=None),
    *_call("softsign", "input", "input/(1 + abs(input))", "softsign"),
    *_call("tanhshrink", "input", "input - tanh(input)", "tanhshrink"),
    *_call("softmin", "input dim _stacklevel dtype", "softmax(-input, d=dim)", "softmin",
           when={"dtype": nothing},
           _stacklevel=3, dtype=None),
    *_call("float_power", "input exponent", "input**exponent", "float_power"),
    *_call("square", "input", "input**2", "square"),
    *_call("rms_norm", "input normalized_shape weight eps",
           "weight*input/sqrt(mean(input**2, d=last, k=True) + eps)", "rms_norm",
           when={"weight": given, "eps": given}, weight=None, eps=None),
    *_call("rms_norm", "input normalized_shape weight eps",
           "input/sqrt(mean(input**2, d=last, k=True) + eps)", "rms_norm",
           when={"weight": nothing, "eps": given}, weight=None, eps=None),
    *_call("rms_norm", "input normalized_shape weight eps",
           "weight*input/sqrt(mean(input**2, d=last, k=True) + epsilon)", "rms_norm",
           when={"weight": given, "eps": nothing}, weight=None, eps=None),
    *_call("rms_norm", "input normalized_shape weight eps",
           "input/sqrt(mean(input**2, d=last, k=True) + epsilon)", "rms_norm",
           when={"weight": nothing, "eps": nothing}, weight=None, eps=None),
    *_call("linear", "input weight bias", "input @ T(weight) + bias", "linear",
           when={"bias": given}, bias=None),
    *_call("linear", "input weight bias", "input @ T(weight)", "linear",
           when={"bias": nothing}, bias=None),
    *_call("scaled_dot_product_attention",
           "query key value attn_mask dropout_p is_causal scale enable_gqa",
           "softmax(query @ T(key)/sqrt(width), d=-1) @ value",
           "scaled_dot_product_attention",
           when={"attn_mask": nothing, "dropout_p": 0.0, "is_causal": False, "scale": nothing,
                 "enable_gqa": False},
           attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False),
    *_call("scaled_dot_product_attention",
           "query key value attn_mask dropout_p is_causal scale enable_gqa",
           "softmax(causal(query @ T(key)/sqrt(width)), d=-1) @ value",
           "scaled_dot_product_attention",
           when={"attn_mask": nothing, "dropout_p": 0.0, "is_causal": True, "scale": nothing,
                 "enable_gqa": False},
           attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False),
    *_call("scaled_dot_product_attention",
           "query key value attn_mask dropout_p is_causal scale enable_gqa",
           "softmax(masked(query @ T(key)/sqrt(width), attn_mask), d=-1) @ value",
           "scaled_dot_product_attention",
           when={"attn_mask": given, "dropout_p": 0.0, "is_causal": False, "scale": nothing,
                 "enable_gqa": False},
           attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False),
    *_loss("l1_loss", "abs(input - target)", "input target size_average reduce",
           size_average=None, reduce=None),
    *_loss("mse_loss", "(input - target)**2", "input target size_average reduce",
           size_average=None, reduce=None),
    *_loss("kl_div", "xlogy(target, target) - target*input",
           "input target size_average reduce", when={"log_target": False},
           size_average=None, reduce=None, log_target=False),
    *_loss("kl_div", "exp(target)*(target - input)", "input target size_average reduce",
           when={"log_target": True}, size_average=None, reduce=None, log_target=False),
    *_call("kl_div", "input target size_average reduce reduction log_target",
           "1/batch*sum(xlogy(target, target) - target*input)", "kl_div",
           when={"log_target": False, "reduction": "batchmean"},
           size_average=None, reduce=None, reduction="mean", log_target=False),
    *_call("kl_div", "input target size_average reduce reduction log_target",
           "1/batch*sum(exp(target)*(target - input))", "kl_div",
           when={"log_target": True, "reduction": "batchmean"},
           size_average=None, reduce=None, reduction="mean", log_target=False),
    *_loss("hinge_embedding_loss",
           "input if target == 1 else max2(0, margin - input)",
           "input target margin size_average reduce", when={"target": _signs},
           margin=1.0, size_average=None, reduce=None),
    *_loss("hinge_embedding_loss",
           "(input if target != -1 else 0) + (max2(0, margin - input) if target != 1 else 0)",
           "input target margin size_average reduce", margin=1.0, size_average=None, reduce=None),
    *_loss("margin_ranking_loss", "max2(0, -target*(input1 - input2) + margin)",
           "input1 input2 target margin size_average reduce",
           margin=0, size_average=None, reduce=None),
    *_loss("poisson_nll_loss", "exp(input) - target*input",
           "input target log_input full size_average eps reduce",
           when={"log_input": True, "full": False},
           log_input=True, full=False, size_average=None, eps=1e-8, reduce=None),
    *_loss("poisson_nll_loss", "input - target*ln(input + eps)",
           "input target log_input full size_average eps reduce",
           when={"log_input": False, "full": False},
           log_input=True, full=False, size_average=None, eps=1e-8, reduce=None),
    *_loss("poisson_nll_loss", f"exp(input) - target*input + {_STIRLING}",
           "input target log_input full size_average eps reduce",
           when={"log_input": True, "full": True},
           log_input=True, full=False, size_average=None, eps=1e-8, reduce=None),
    *_loss("poisson_nll_loss", f"input - target*ln(input + eps) + {_STIRLING}",
           "input target log_input full size_average eps reduce",
           when={"log_input": False, "full": True},
           log_input=True, full=False, size_average=None, eps=1e-8, reduce=None),
    *_loss("cosine_embedding_loss",
           f"1 - {_COSINE} if target == 1 else max2(0, {_COSINE} - margin)",
           "input1 input2 target margin size_average reduce",
           margin=0.0, size_average=None, reduce=None),
    *_loss("gaussian_nll_loss", "1/2*(ln(max2(var, eps)) + (input - target)**2/max2(var, eps))",
           "input target var full eps", when={"full": False}, full=False, eps=1e-6),
    *_loss("triplet_margin_loss",
           "max2(0, apart(anchor, positive, p=p, e=eps) - apart(anchor, negative, p=p, e=eps) "
           "+ margin)",
           "anchor positive negative margin p eps swap size_average reduce",
           when={"swap": False}, margin=1.0, p=2, eps=1e-6, swap=False,
           size_average=None, reduce=None),
    *_call("cosine_similarity", "x1 x2 dim eps",
           "sum(x1*x2, d=dim)/dot(max2(norm(x1, p=2, d=dim), eps), "
           "max2(norm(x2, p=2, d=dim), eps))", "cosine_similarity", dim=1, eps=1e-8),
    *_call("pairwise_distance", "x1 x2 p eps keepdim", "apart(x1, x2, p=p, e=eps)",
           "pairwise_distance", p=2.0, eps=1e-6, keepdim=False),
    *_call("logit", "input eps", "ln(input/(1 - input))", "logit", when={"eps": nothing}, eps=None),
    *_call("masked_fill", "input mask value", "value if mask(mask) else input",
           "torch.Tensor.masked_fill"),
    *_call("topk", "input k dim largest sorted", "top(input, k=k, d=dim)", "torch.topk",
           when={"largest": True}, dim=-1, largest=True, sorted=True),
    *_call("pad", "input pad mode value", "padded(input, p=pad, v=value)", "pad",
           when={"mode": "constant", "value": _number}, mode="constant", value=0),
    *_call("constant_pad_nd", "input pad value", "padded(input, p=pad, v=value)",
           "torch.constant_pad_nd", when={"value": _number}, value=0),
    *_call("index_fill", "input dim index value", "filled(input, index, value, d=dim)",
           "torch.index_fill"),
    *_call("threshold", "input threshold value inplace",
           "input if input > threshold else value", "threshold", inplace=False),
    *_call("nan_to_num", "input nan posinf neginf",
           "nan_to_num(input, n=nan, p=posinf, m=neginf)", "torch.nan_to_num",
           nan=0.0, posinf=None, neginf=None),
    *_call("logdet", "A", "ln(det(A))", "torch.logdet"),
    *_call("round", "input decimals", "round(input, d=decimals)", "torch.round", decimals=0),
    *_call("ndtr special_ndtr", "input", "Phi(input)", "torch.special.ndtr"),
    *_call("linalg_svdvals svdvals", "A driver", "svdvals(A)", "torch.linalg.svdvals",
           driver=None),
    *_call("linalg_eigvalsh eigvalsh linalg_eigh eigh", "A UPLO", "eigvalsh(A, h=UPLO)",
           "torch.linalg.eigvalsh", UPLO="L"),
    *_call("std_mean var_mean", "input", "", "var_mean"),
)  # fmt: skip
