"""Moves: numbers only change their positions, are repeated, picked, put together or left out."""

from typing import Any, Final

from viz_app.knowledge.ops.operation import Row, distinct, row


def _move(grad_fn: str, equals: str, back: str, symbol: str, source: str, **more: Any) -> Row:
    return row(grad_fn, "x=self", equals, back, symbol=symbol, source=source, **more)


def _shape(grad_fn: str, symbol: str, source: str) -> Row:
    """The same numbers in the same order, in another shape."""
    return _move(grad_fn, "like(x, r)", "like(G, x)", symbol, source)


def _same(grad_fn: str, symbol: str, source: str) -> Row:
    """The same numbers in another tensor."""
    return _move(grad_fn, "x", "1", symbol, source)


def _unknown(grad_fn: str, symbol: str, source: str) -> Row:
    """An operation that has a sign and no formula: its numbers are shown."""
    return row(grad_fn, "x=self", symbol=symbol, source=source)


ROWS: Final[tuple[Row, ...]] = (
    # The shape
    _move("T", "T(x)", "T(G)", "ᵀ", "t"),
    _move("Transpose", "T(x)", "T(G)", "ᵀ", "transpose.int", when={"matrix": True}),
    _move("Transpose", "swap_dims(x, a=dim0, b=dim1)", "swap_dims(G, a=dim0, b=dim1)",
          "transpose", "transpose.int"),
    _move("Permute", "T(x)", "T(G)", "ᵀ", "permute", when={"matrix": True}),
    _move("Permute", "permute(x, d=dims)", "unpermute(G, d=dims)", "permute", "permute"),
    _shape("View", "view", "view"),
    _shape("UnsafeView", "view", "_unsafe_view"),
    _shape("ReshapeAlias", "view", "_reshape_alias"),
    _shape("Unsqueeze", "unsqueeze", "unsqueeze"),
    _shape("Squeeze", "squeeze", "squeeze"),
    _move("Flip", "flip(x, d=dims)", "flip(G, d=dims)", "flip", "flip"),
    _move("Roll", "roll(x, s=shifts, d=dims)", "unroll(G, s=shifts, d=dims)", "roll", "roll"),
    _move("Rot90", "rot90(x, k=k, d=dims)", "unrot90(G, k=k, d=dims)", "rot90", "rot90"),
    _move("PixelShuffle", "pixel_shuffle(x, f=upscale_factor)",
          "pixel_unshuffle(G, f=upscale_factor)", "pixel_shuffle", "pixel_shuffle"),
    _move("PixelUnshuffle", "pixel_unshuffle(x, f=downscale_factor)",
          "pixel_shuffle(G, f=downscale_factor)", "pixel_unshuffle", "pixel_unshuffle"),
    _move("AsStrided", "strided(x, n=size, s=stride, o=storage_offset)",
          "unstrided(G, x, n=size, s=stride, o=storage_offset)", "as_strided", "as_strided"),
    # Picking elements, and the windows and pieces of a tensor
    _move("Select", "select(x, d=dim, i=index)", "unselect(G, x, d=dim, i=index)", "[ ]",
          "select.int"),
    _move("Slice", "cut(x, d=dim, a=start, e=end, s=step)",
          "uncut(G, x, d=dim, a=start, e=end, s=step)", "[ : ]", "slice.Tensor"),
    _move("Index", "indexed(x, i=indices)", "unindexed(G, x, i=indices)", "[ ]", "index.Tensor"),
    _move("IndexSelect", "rows(x, i, d=dim)", "put_rows(G, x, i, d=dim)", "index_select",
          "index_select", extra="i=index"),
    _move("MaskedSelect", "chosen(x, m)", "unchosen(G, x, m)", "masked_select", "masked_select",
          extra="m=mask"),
    _move("Gather", "take_along(x, i, d=dim)", "put_along(G, x, i, d=dim)", "gather", "gather",
          extra="i=index"),
    _move("Take", "taken(x, i)", "untaken(G, x, i)", "take", "take", extra="i=index"),
    row("Embedding", "x=weight", "rows(x, i)",
        "put_embedding(G, x, i, p=padding_idx, f=scale_grad_by_freq)",
        extra="i=indices", symbol="embedding", source="embedding"),
    _move("Diagonal", "diagonal(x, o=offset, a=dim1, b=dim2)",
          "undiagonal(G, x, o=offset, a=dim1, b=dim2)", "diagonal", "diagonal"),
    _move("Unfold", "windows(x, d=dimension, n=size, s=step)",
          "unwindows(G, x, d=dimension, n=size, s=step)", "unfold", "unfold"),
    _move("Im2Col", "im2col(x, k=kernel_size, d=dilation, p=padding, s=stride)",
          "im2col_back(G, x, k=kernel_size, d=dilation, p=padding, s=stride)", "unfold", "im2col"),
    _unknown("Unbind", "unbind", "unbind.int"),
    _unknown("Split", "split", "split.Tensor"),
    _unknown("SplitWithSizes", "split", "split_with_sizes"),
    _unknown("UnsafeSplit", "split", "unsafe_split.Tensor"),
    _unknown("UnsafeSplitWithSizes", "split", "unsafe_split_with_sizes"),
    # Joining; elements that are left out or overwritten get zero
    _unknown("Cat", "cat", "cat"),
    _unknown("Stack", "stack", "stack"),
    _move("DiagEmbed", "diag_embed(x, o=offset, a=dim1, b=dim2)",
          "diag_embed_back(G, o=offset, a=dim1, b=dim2)", "diag_embed", "diag_embed"),
    _move("ConstantPadNd", "", "unpadded(G, d=pad)", "pad", "constant_pad_nd"),
    _move("Tril", "tril(x, d=diagonal)", "tril(G, d=diagonal)", "tril", "tril"),
    _move("Triu", "triu(x, d=diagonal)", "triu(G, d=diagonal)", "triu", "triu"),
    row("IndexPut", "x=self v=values", "put_at(x, v, i=indices, a=accumulate)",
        "without(G, i=indices, a=accumulate)", "indexed(G, i=indices)", symbol="index_put",
        source="index_put"),
    row("IndexCopy", "x=self v=source", "put_into(x, i, v, d=dim)", "zeroed_rows(G, i, d=dim)",
        "rows(G, i, d=dim)", extra="i=index", symbol="index_copy", source="index_copy"),
    row("IndexFill", "x=self v=value", "", "zeroed_rows(G, i, d=dim)",
        "sum(rows(G, i, d=dim))", extra="i=index", when={"index": distinct},
        symbol="index_fill", source="index_fill.int_Scalar"),
    row("IndexFill", "x=self v=value", "", "zeroed_rows(G, i, d=dim)",
        "sum(G) - sum(zeroed_rows(G, i, d=dim))", extra="i=index",
        symbol="index_fill", source="index_fill.int_Scalar"),
    row("Scatter", "x=self v=src", "scattered(x, i, v, d=dim)", "zeroed_along(G, i, d=dim)",
        "take_along(G, i, d=dim)", extra="i=index", symbol="scatter", source="scatter.src"),
    row("MaskedScatter", "x=self v=source", "filled_from(x, m, v)", "unless(m)",
        "filled_back(G, v, m)", extra="m=mask",
        symbol="masked_scatter", source="masked_scatter"),
    row("CopySlices", "x=self", symbol="[ ] =", code="setitem", source="CopySlices"),
    row("Where", "x=self y=other", "x if mask(c) else y", "mask(c)", "unless(c)",
        extra="c=condition", symbol="where", source="where.self"),
    row("MaxUnpool2D", "x=self", "unpooled(x, r, i)", "pooled(G, i)", extra="i=indices",
        symbol="max_unpool", source="max_unpool2d"),
    # Repeating: the gradients of the copies are added
    _move("Expand", "spread(x, r)", "gathered(G, x)", "expand", "expand"),
    _move("Repeat", "repeat(x, n=repeats)", "unrepeat(G, x, n=repeats)", "repeat", "repeat"),
    *(
        _move(f"{kind}Pad{rank}D", f"{word}(x, p=padding)", f"{word}_back(G, x, p=padding)", "pad",
              f"{kind.lower()}_pad{rank}d")
        for kind, word in (("Reflection", "reflected"), ("Replication", "replicated"))
        for rank in (1, 2, 3)
    ),
    _move("Col2Im", "im2col_back(x, r, k=kernel_size, d=dilation, p=padding, s=stride)",
          "im2col(G, k=kernel_size, d=dilation, p=padding, s=stride)", "fold", "col2im"),
    # Adding into places
    row("IndexAdd", "x=self v=source", "x + put_rows(alpha*v, x, i, d=dim)", "1",
        "alpha*rows(G, i, d=dim)", extra="i=index", defaults={"alpha": 1}, symbol="index_add",
        source="index_add"),
    row("ScatterAdd", "x=self v=src", "x + put_along(v, x, i, d=dim)", "1",
        "take_along(G, i, d=dim)", extra="i=index", symbol="scatter_add", source="scatter_add"),
    # The same numbers
    _same("Clone", "clone", "clone"),
    _move("ToCopy", "cast(x, d=kind)", "1", "to", "_to_copy"),
    _same("Alias", "alias", "alias"),
    # Nodes that autograd inserts: for a Function's results, for hooks on a layer
    _same("UndefinedGradBackward", "=", "UndefinedGrad"),
    _same("BackwardHookFunctionBackward", "hook", "torch.utils.hooks.BackwardHook"),
    row("CopyBackwards", "x=self v=src", "like(v, r)", "0", "like(G, v)", symbol="copy_",
        source="copy"),
)  # fmt: skip

TRANSPOSES: Final = {
    "T": True,
    "View": False,
    "UnsafeView": False,
    "ReshapeAlias": False,
    "Unsqueeze": False,
    "Squeeze": False,
}
"""Views that keep every number, in the same order or with rows and columns exchanged."""
