"""Moves: numbers only change their places, are repeated, picked, put together or left out."""

from typing import Final

from viz_app.knowledge.ops.operation import Operation, Partial, Role, move, unary


def _kept(grad_fn: str, symbol: str, source: str, latex: str = "<0>") -> Operation:
    """The same numbers in another tensor: the derivative is 1."""
    same = Partial("1", "× 1", lambda x, r: 1.0)
    return unary(grad_fn, symbol, latex, same, role="copy", source=source)


def _gate(
    grad_fn: str, symbol: str, source: str, latex: str = "", role: Role = "gate"
) -> Operation:
    return Operation(grad_fn, role, symbol, latex, (), source)


ROWS: Final = (
    # The shape
    move("T", "ᵀ", "t", r"<0>^{\top}"),
    move("Transpose", "ᵀ", "transpose.int", r"<0>^{\top}"),
    move("Permute", "permute", "permute"),
    move("View", "view", "view"),
    move("UnsafeView", "view", "_unsafe_view"),
    move("Unsqueeze", "unsqueeze", "unsqueeze"),
    move("Squeeze", "squeeze", "squeeze"),
    move("Flip", "flip", "flip"),
    move("Roll", "roll", "roll"),
    move("Rot90", "rot90", "rot90"),
    move("PixelShuffle", "pixel_shuffle", "pixel_shuffle"),
    move("AsStrided", "as_strided", "as_strided"),
    # Picking elements, and the windows and pieces of a tensor
    move("Select", "[ ]", "select.int"),
    move("Slice", "[ : ]", "slice.Tensor"),
    move("Index", "[ ]", "index.Tensor"),
    move("IndexSelect", "index_select", "index_select"),
    move("MaskedSelect", "masked_select", "masked_select"),
    move("Gather", "gather", "gather"),
    move("Take", "take", "take"),
    move("Embedding", "embedding", "embedding"),
    move("Sort", "sort", "sort.stable"),
    move("Diagonal", "diagonal", "diagonal"),
    move("Unfold", "unfold", "unfold"),
    move("Im2Col", "unfold", "im2col"),
    move("Unbind", "unbind", "unbind.int"),
    move("Split", "split", "split.Tensor"),
    move("SplitWithSizes", "split", "split_with_sizes"),
    # Putting together; what is left out or overwritten gets zero
    move("Cat", "cat", "cat"),
    move("Stack", "stack", "stack"),
    move("DiagEmbed", "diag_embed", "diag_embed"),
    move("ConstantPadNd", "pad", "constant_pad_nd"),
    move("Tril", "tril", "tril"),
    move("Triu", "triu", "triu"),
    move("IndexPut", "index_put", "index_put"),
    move("IndexCopy", "index_copy", "index_copy"),
    move("IndexFill", "index_fill", "index_fill.int_Scalar"),
    move("Scatter", "scatter", "scatter.src"),
    move("MaskedScatter", "masked_scatter", "masked_scatter"),
    move("CopySlices", "[ ] =", "CopySlices"),
    _gate("Where", "where", "where.self", r"\operatorname{where}(<0>, <1>)"),
    # Repeating: the gradients of the copies are added
    _gate("Expand", "expand", "expand", role="spread"),
    _gate("Repeat", "repeat", "repeat", role="spread"),
    _gate("ReflectionPad2D", "pad", "reflection_pad2d", role="spread"),
    _gate("ReplicationPad2D", "pad", "replication_pad2d", role="spread"),
    _gate("Col2Im", "fold", "col2im", role="move"),
    # Adding into places
    _gate("IndexAdd", "index_add", "index_add", role="move"),
    _gate("ScatterAdd", "scatter_add", "scatter_add", role="move"),
    # The same numbers
    _kept("Clone", "clone", "clone"),
    _kept("ToCopy", "to", "_to_copy"),
    _kept("Alias", "alias", "alias"),
)

TURNS: Final = {
    "T": True,
    "Transpose": True,
    "View": False,
    "UnsafeView": False,
    "Unsqueeze": False,
    "Squeeze": False,
}
"""Views that keep every number, in the same order or with rows and columns exchanged."""
