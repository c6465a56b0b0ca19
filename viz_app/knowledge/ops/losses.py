"""Losses, with PyTorch's default reduction: the mean over `<n>` elements (`n`: of a batch)."""

from typing import Final

from viz_app.knowledge.ops.operation import Operation, Partial, pair

_ERROR: Final = "(<0> - <1>)"

ROWS: Final = (
    Operation(
        "MseLoss",
        "scale",
        "mse",
        rf"\frac{{1}}{{<n>}} \sum {_ERROR}^{{2}}",
        (
            Partial(rf"\frac{{2}}{{<n>}}{_ERROR}", "× 2(<0> − <1>)/<n>"),
            Partial(r"\frac{2}{<n>}(<1> - <0>)", "× 2(<1> − <0>)/<n>"),
        ),
        "mse_loss",
    ),
    pair(
        "SmoothL1Loss",
        "smooth_l1",
        rf"\frac{{1}}{{<n>}} \sum \operatorname{{smooth}}_{{\beta}}{_ERROR}",
        Partial(
            r"\frac{1}{<n>} \operatorname{clamp}\left(\frac{<0> - <1>}{\beta}, -1, 1\right)",
            "× clamp((<0> − <1>)/β, ±1)/<n>",
        ),
        Partial(
            r"\frac{1}{<n>} \operatorname{clamp}\left(\frac{<1> - <0>}{\beta}, -1, 1\right)",
            "× clamp((<1> − <0>)/β, ±1)/<n>",
        ),
        source="smooth_l1_loss",
    ),
    pair(
        "HuberLoss",
        "huber",
        rf"\frac{{1}}{{<n>}} \sum \operatorname{{huber}}_{{\delta}}{_ERROR}",
        Partial(
            r"\frac{1}{<n>} \operatorname{clamp}(<0> - <1>, -\delta, \delta)",
            "× clamp(<0> − <1>, ±δ)/<n>",
        ),
        Partial(
            r"\frac{1}{<n>} \operatorname{clamp}(<1> - <0>, -\delta, \delta)",
            "× clamp(<1> − <0>, ±δ)/<n>",
        ),
        source="huber_loss",
    ),
    pair(
        "NllLoss",
        "nll",
        r"-\frac{1}{n} \sum_{i} <0>_{i, y_i}",
        Partial(r"-\frac{1}{n} [j = y_i]", "× (−[j = yᵢ]/n)"),
        role="gate",
        source="nll_loss_forward",
    ),
    pair(
        "NllLoss2D",
        "nll",
        r"-\frac{1}{n} \sum_{i} <0>_{i, y_i}",
        Partial(r"-\frac{1}{n} [j = y_i]", "× (−[j = yᵢ]/n)"),
        role="gate",
        source="nll_loss2d_forward",
    ),
    pair(
        "BinaryCrossEntropy",
        "bce",
        r"-\frac{1}{<n>} \sum <1> \ln <0> + (1 - <1>) \ln(1 - <0>)",
        Partial(
            r"\frac{1}{<n>} \cdot \frac{<0> - <1>}{<0> (1 - <0>)}",
            "× (<0> − <1>)/(<n>·<0>(1 − <0>))",
        ),
        domain=(0.1, 0.9),
        source="binary_cross_entropy",
    ),
    pair(
        "BinaryCrossEntropyWithLogits",
        "bce",
        r"\frac{1}{<n>} \sum \operatorname{bce}(\sigma(<0>), <1>)",
        Partial(r"\frac{1}{<n>}(\sigma(<0>) - <1>)", "× (σ(<0>) − <1>)/<n>"),
        source="binary_cross_entropy_with_logits",
    ),
    pair(
        "SoftMarginLoss",
        "soft_margin",
        r"\frac{1}{<n>} \sum \ln(1 + e^{-y <0>})",
        Partial(r"-\frac{1}{<n>} y \, \sigma(-y <0>)", "× (−y·σ(−y<0>)/<n>)"),
        source="soft_margin_loss",
    ),
)
