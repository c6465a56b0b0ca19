"""Operations on whole tensors: reductions, matrix products, losses, selections, moves."""

from typing import Final

from viz_app.knowledge.ops.operation import Operation, Partial, infix, move, unary

ROWS: Final = (
    # Reductions
    unary("Sum", "sum", r"\sum <0>", Partial("1", "× 1"), role="spread", source="sum"),
    unary(
        "Mean",
        "mean",
        r"\frac{1}{<n>} \sum <0>",
        Partial(r"\frac{1}{<n>}", "÷ <n>"),
        role="spread",
        source="mean",
    ),
    unary(
        "Max",
        "max",
        r"\max <0>",
        Partial(r"[<0> = <r>]", "× [<0> = <r>]"),
        role="gate",
        source="max",
    ),
    unary(
        "Min",
        "min",
        r"\min <0>",
        Partial(r"[<0> = <r>]", "× [<0> = <r>]"),
        role="gate",
        source="min",
    ),
    unary(
        "Var",
        "var",
        r"\operatorname{var} <0>",
        Partial(r"\frac{2}{N - 1}(<0> - \overline{<0>})", "× 2(<0> − mean)/(N − 1)"),
        source="var.correction",
    ),
    unary(
        "Norm",
        "norm",
        r"\lVert <0> \rVert",
        Partial(r"\frac{<0>}{<r>}", "× <0>/<r>"),
        source="norm",
    ),
    unary(
        "LinalgVectorNorm",
        "norm",
        r"\lVert <0> \rVert",
        Partial(r"\frac{<0>}{<r>}", "× <0>/<r>"),
        source="linalg_vector_norm",
    ),
    # Products of matrices
    infix(
        "Mm",
        "mix",
        "@",
        "<0> <1>",
        Partial(r"\cdot\, <1>^{\top}", "· <1>ᵀ"),
        Partial(r"<0>^{\top} \cdot", "<0>ᵀ ·"),
        source="mm",
    ),
    infix(
        "Mv",
        "mix",
        "@",
        "<0> <1>",
        Partial(r"\cdot\, <1>^{\top}", "· <1>ᵀ"),
        Partial(r"<0>^{\top} \cdot", "<0>ᵀ ·"),
        source="mv",
    ),
    infix(
        "Bmm",
        "mix",
        "@",
        "<0> <1>",
        Partial(r"\cdot\, <1>^{\top}", "· <1>ᵀ"),
        Partial(r"<0>^{\top} \cdot", "<0>ᵀ ·"),
        source="bmm",
    ),
    infix(
        "Dot",
        "mix",
        "·",
        r"<0>^{\top} <1>",
        Partial("<1>", "× <1>"),
        Partial("<0>", "× <0>"),
        source="dot",
    ),
    Operation(
        "Addmm",
        "mix",
        "linear",
        "<0> + <1> <2>",
        (
            Partial("1", "× 1"),
            Partial(r"\cdot\, <2>^{\top}", "· <2>ᵀ"),
            Partial(r"<1>^{\top} \cdot", "<1>ᵀ ·"),
        ),
        "addmm",
    ),
    Operation("Convolution", "mix", "conv", r"<0> \star <1>", (), "convolution"),
    Operation("Embedding", "move", "embedding", "<0>", (), "embedding"),
    Operation(
        "NativeLayerNorm", "mix", "layer_norm", r"\operatorname{norm}(<0>)", (), "native_layer_norm"
    ),
    Operation(
        "NativeBatchNorm", "mix", "batch_norm", r"\operatorname{norm}(<0>)", (), "native_batch_norm"
    ),
    Operation("NativeDropout", "gate", "dropout", "m <0>", (), "native_dropout"),
    # Losses (mean over <n> elements, PyTorch's default reduction)
    Operation(
        "MseLoss",
        "scale",
        "mse",
        r"\frac{1}{<n>} \sum (<0> - <1>)^{2}",
        (
            Partial(r"\frac{2}{<n>}(<0> - <1>)", "× 2(<0> − <1>)/<n>"),
            Partial(r"\frac{2}{<n>}(<1> - <0>)", "× 2(<1> − <0>)/<n>"),
        ),
        "mse_loss",
    ),
    Operation(
        "L1Loss",
        "scale",
        "l1",
        r"\frac{1}{<n>} \sum \left|<0> - <1>\right|",
        (Partial(r"\frac{1}{<n>} \operatorname{sgn}(<0> - <1>)", "× sgn/<n>"),),
        "l1_loss",
    ),
    Operation("NllLoss", "gate", "nll", r"-\frac{1}{<n>} \sum <0>_{y}", (), "nll_loss_forward"),
    Operation(
        "BinaryCrossEntropy", "scale", "bce", r"\operatorname{bce}(<0>)", (), "binary_cross_entropy"
    ),
    Operation(
        "BinaryCrossEntropyWithLogits",
        "scale",
        "bce",
        r"\operatorname{bce}(\sigma(<0>))",
        (),
        "binary_cross_entropy_with_logits",
    ),
    # Selections
    Operation("Where", "gate", "where", r"\operatorname{where}(<0>, <1>)", (), "where.self"),
    infix("Maximum", "gate", "max", r"\max(<0>, <1>)", source="maximum"),
    infix("Minimum", "gate", "min", r"\min(<0>, <1>)", source="minimum"),
    # Moves
    move("T", "ᵀ", "t", r"<0>^{\top}"),
    move("Transpose", "ᵀ", "transpose.int", r"<0>^{\top}"),
    move("Permute", "permute", "permute"),
    move("View", "view", "view"),
    move("UnsafeView", "view", "_unsafe_view"),
    move("ReshapeAlias", "reshape", "_reshape_alias"),
    move("Unsqueeze", "unsqueeze", "unsqueeze"),
    move("Squeeze", "squeeze", "squeeze"),
    move("Select", "[ ]", "select.int"),
    move("Slice", "[ : ]", "slice.Tensor"),
    move("Index", "[ ]", "index.Tensor"),
    move("Gather", "gather", "gather"),
    move("Cat", "cat", "cat"),
    move("Stack", "stack", "stack"),
    move("Split", "split", "split.Tensor"),
    move("Unbind", "unbind", "unbind.int"),
    move("Flip", "flip", "flip"),
    Operation("Expand", "spread", "expand", "<0>", (), "expand"),
    unary(
        "Clone", "clone", "<0>", Partial("1", "× 1", lambda x, r: 1.0), role="copy", source="clone"
    ),
    unary("ToCopy", "to", "<0>", Partial("1", "× 1"), role="copy", source="_to_copy"),
)
