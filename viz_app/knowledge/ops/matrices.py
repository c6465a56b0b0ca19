"""Products, inverses and factors of matrices; layers that are such products."""

from typing import Final

from viz_app.knowledge.ops.operation import Row, complex_numbers, given, nothing, row


def _has_bias(sizes: object) -> bool:
    """A test for the sizes of a convolution's bias, (0,) if it has none."""
    return isinstance(sizes, tuple) and sizes != (0,)


_ADDED: Final = {"beta": 1, "alpha": 1}


def _normalised(grad_fn: str, source: str, symbol: str, over: str, when: dict[str, object]) -> Row:
    """A norm layer: `z` are the normalised numbers, `s` one over their deviation, as saved by the
    layer; `w` and `b` scale and shift. The gradient is G·w without its mean and its part along z
    (Ioffe and Szegedy 2015, and Ba et al. 2016)."""
    return row(
        grad_fn, "x=input w=weight b=bias", f"normalised(x, w, b, m, s, d={over})",
        f"normalised_back(G, x, w, m, s, d={over})",
        f"like(normalised_weight(G, x, m, s, d={over}), w)",
        f"like(normalised_bias(G, d={over}), b)",
        extra="m=result1 s=result2", when=when, symbol=symbol, source=source,
    )  # fmt: skip


def _attention(scaled: str, hidden: str, when: dict[str, object]) -> Row:
    """Attention as one node: the weights are the softmax of the scaled scores of `hidden` form."""
    weights = f"softmax({hidden.format(scaled.format('q @ T(k)'))}, d=-1)"
    scores = f"each({weights}, G @ T(v) - sum(G*r, d=-1, k=True))"
    return row(
        "ScaledDotProductFlashAttentionForCpu", "q=query k=key v=value", f"{weights} @ v",
        scaled.format(f"{scores} @ k"), scaled.format(f"T({scores}) @ q"), f"T({weights}) @ G",
        extra="m=attn_mask" if when["attn_mask"] is given else "",
        when={"dropout_p": 0.0, **when}, symbol="attention",
        source="_scaled_dot_product_flash_attention_for_cpu",
    )  # fmt: skip


def _upsampled(kind: str, mode: str, rank: int) -> Row:
    """An interpolation in this number of dimensions; `output_size` and a factor for each, if
    factors were given, are settings of the node."""
    scales = {1: ("scales",), 2: ("scales_h", "scales_w"), 3: ("scales_d", "scales_h", "scales_w")}
    corners = "0" if mode.startswith("nearest") else "align_corners"
    given = f"o=output_size, a={corners}, " + ", ".join(f"{one}={one}" for one in scales[rank])
    return row(
        f"Upsample{kind}", "x=self", f"{mode}(x, {given})", f"{mode}_back(G, x, {given})",
        symbol="upsample", source=f"upsample_{kind.lower()}",
    )  # fmt: skip


def _triangular(half: str, left: bool, unit: bool) -> Row:
    """The solution of a system whose matrix is one half of x, with ones on its diagonal if it is
    `unit`."""
    diagonal = {"tril": "-1", "triu": "1"}[half] if unit else "0"
    a = f"({'eye_like(x) + ' if unit else ''}{half}(x, d={diagonal}))"
    equals, right = ("inv({}) @ y", "invT({}) @ G") if left else ("y @ inv({})", "G @ invT({})")
    pair = f"({right.format(a)}) @ T(r)" if left else f"T(r) @ ({right.format(a)})"
    return row(
        "LinalgSolveTriangular", "x=self y=B", equals.format(a), f"-{half}({pair}, d={diagonal})",
        right.format(a), when={"upper": half == "triu", "left": left, "unitriangular": unit},
        symbol="solve", source="linalg_solve_triangular",
    )  # fmt: skip


ROWS: Final[tuple[Row, ...]] = (
    row("Mm", "x=self y=mat2", "x @ y", "G @ T(y)", "T(x) @ G",
        symbol="@", infix=True, source="mm"),
    row("Mv", "x=self y=vec", "x @ y", "outer(G, y)", "T(x) @ G",
        symbol="@", infix=True, source="mv"),
    row("Bmm", "x=self y=mat2", "x @ y", "G @ T(y)", "T(x) @ G",
        symbol="@", infix=True, source="bmm"),
    row("Dot", "x=self y=tensor", "inner(x, y)", "G*y", "G*x",
        symbol="·", infix=True, source="dot"),
    row("Vdot", "x=self y=other", "inner(conj(x), y)", "conj(G)*conj(y)", "G*conj(x)",
        symbol="·", infix=True, source="vdot"),
    row("Addmm", "b=self x=mat1 y=mat2", "beta*b + alpha*(x @ y)", "beta", "alpha*(G @ T(y))",
        "alpha*(T(x) @ G)", defaults=_ADDED, symbol="linear", source="addmm"),
    row("Addmv", "b=self x=mat y=vec", "beta*b + alpha*(x @ y)", "beta", "alpha*outer(G, y)",
        "alpha*(T(x) @ G)", defaults=_ADDED, source="addmv"),
    row("Baddbmm", "b=self x=batch1 y=batch2", "beta*b + alpha*(x @ y)", "beta",
        "alpha*(G @ T(y))", "alpha*(T(x) @ G)", defaults=_ADDED, source="baddbmm"),
    row("Addbmm", "b=self x=batch1 y=batch2", "beta*b + alpha*sum(x @ y, d=0)", "beta",
        "alpha*(G @ T(y))", "alpha*(T(x) @ G)", defaults=_ADDED, source="addbmm"),
    row("Addr", "b=self x=vec1 y=vec2", "beta*b + alpha*outer(x, y)", "beta", "alpha*(G @ y)",
        "alpha*(T(G) @ x)", defaults=_ADDED, source="addr"),
    row("LinalgInvEx", "x=self", "inv(x)", "-(T(r) @ G @ T(r))", extra="r=inverse", symbol="inv",
        source="linalg_inv_ex"),
    row("LinalgDet", "x=A", "det(x)", "each_matrix(G*r)*invT(x)", symbol="det",
        source="_linalg_det"),
    row("LinalgSlogdet", "x=A", "sgn(det(x))",
        "each_matrix(G1 - turned(imag(conj(G)*conj(r))))*invT(x)", others={"logabsdet": ""},
        when={"sign": complex_numbers}, symbol="slogdet", source="_linalg_slogdet"),
    row("LinalgSlogdet", "x=A", "sgn(det(x))", "each_matrix(G1)*invT(x)",
        others={"logabsdet": "logabsdet(x)"}, symbol="slogdet", source="_linalg_slogdet"),
    row("LinalgSolveEx", "x=A y=B", "inv(x) @ y", "-outer_or(invT(x) @ G, r)", "invT(x) @ G",
        symbol="solve", source="_linalg_solve_ex"),
    *(
        _triangular(half, left, unit)
        for half in ("tril", "triu") for left in (True, False) for unit in (True, False)
    ),
    row("LinalgCholeskyEx", "x=self", "cholesky(x)", "cholesky_back(G, r, conj(r))",
        symbol="cholesky", when={"upper": False}, source="linalg_cholesky_ex"),
    row("LinalgCholeskyEx", "x=self", "T(conj(cholesky(x)))",
        "cholesky_back(conj(T(G)), conj(T(r)), T(r))",
        symbol="cholesky", when={"upper": True}, source="linalg_cholesky_ex"),
    row("LinalgEigh", "x=A", "eigvalsh(x)", "v @ diag(G) @ T(conj(v))", extra="v=eigenvectors",
        others={"eigenvectors": ""},
        symbol="eigh", source="_linalg_eigh"),
    row("LinalgSvd", "x=A", "", "conj(u) @ diag(G1) @ conj(v)", extra="u=U v=Vh",
        others={"S": "svdvals(x)", "Vh": ""}, symbol="svd",
        source="_linalg_svd"),
    row("LinalgCross", "x=self y=other", "cross(x, y, d=dim)", "cross(y, G, d=dim)",
        "cross(G, x, d=dim)", symbol="cross", source="linalg_cross"),
    row("LinalgMatrixExp", "x=self", "matrix_exp(x)", "matrix_exp_back(G, x)",
        symbol="matrix_exp", source="linalg_matrix_exp"),
    row("Cdist", "x=x1 y=x2", "cdist(x, y, p=p)", "cdist_back(G, x, y, r, p=p)",
        "cdist_back(T(G), y, x, T(r), p=p)", symbol="cdist", source="_cdist_forward"),
    row("Trilinear", "x=i1 y=i2 z=i3",
        "trilinear(x, y, z, a=expand1, b=expand2, c=expand3, s=sumdim)",
        "trilinear_back(G, y, z, a=expand1, b=expand2, c=expand3, s=sumdim)",
        "trilinear_back(G, x, z, b=expand2, a=expand1, c=expand3, s=sumdim)",
        "trilinear_back(G, x, y, c=expand3, a=expand1, b=expand2, s=sumdim)",
        symbol="trilinear", source="_trilinear"),
    # Layers
    row("Convolution", "x=input k=weight b=bias",
        "conv(x, k, b, s=stride, p=padding, d=dilation, g=groups)",
        "conv_input(G, x, k, s=stride, p=padding, d=dilation, g=groups)",
        "conv_weight(G, x, k, s=stride, p=padding, d=dilation, g=groups)",
        "conv_bias(G, k)", when={"transposed": False, "bias_sym_sizes_opt": _has_bias},
        symbol="conv", source="convolution"),
    row("Convolution", "x=input k=weight b=bias",
        "conv_plain(x, k, s=stride, p=padding, d=dilation, g=groups)",
        "conv_input(G, x, k, s=stride, p=padding, d=dilation, g=groups)",
        "conv_weight(G, x, k, s=stride, p=padding, d=dilation, g=groups)",
        "", when={"transposed": False}, symbol="conv",
        source="convolution"),
    *(
        row("Convolution", "x=input k=weight b=bias",
            f"{name}, s=stride, p=padding, o=output_padding, d=dilation, g=groups)",
            "conv_plain(G, k, s=stride, p=padding, d=dilation, g=groups)",
            "conv_weight(x, G, k, s=stride, p=padding, d=dilation, g=groups)",
            "conv_bias(G, k)", when={"transposed": True, **when}, symbol="conv_transpose",
            source="convolution")
        for name, when in (
            ("conv_transposed_bias(x, k, b", {"bias_sym_sizes_opt": _has_bias}),
            ("conv_transposed(x, k", {}),
        )
    ),
    _normalised("NativeLayerNorm", "native_layer_norm", "layer_norm", "normalized_shape", {}),
    row("NativeBatchNorm", "x=input w=weight b=bias",
        "affine((x - channels(mean, x))/sqrt(channels(var, x) + eps), w, b)",
        "G*scale_of(w, x)/sqrt(channels(var, x) + eps)",
        "like(channel_sum(G*(x - channels(mean, x))/sqrt(channels(var, x) + eps)), w)",
        "like(channel_sum(G), b)", extra="mean=running_mean var=running_var",
        when={"training": False}, symbol="batch_norm", source="native_batch_norm"),
    row("NativeBatchNorm", "x=input w=weight b=bias", "batch_normalised(x, w, b, m, s)",
        "batch_normalised_back(G, x, w, m, s)", "like(batch_normalised_weight(G, x, m, s), w)",
        "like(channel_sum(G), b)", extra="m=result1 s=result2", when={"training": True},
        symbol="batch_norm", source="native_batch_norm"),
    row("NativeGroupNorm", "x=input w=weight b=bias",
        "group_normalised(x, w, b, m, s, g=group)", "group_normalised_back(G, x, w, m, s, g=group)",
        "like(group_normalised_weight(G, x, m, s, g=group), w)", "like(channel_sum(G), b)",
        extra="m=result1 s=result2", symbol="group_norm", source="native_group_norm"),
    row("AvgPool2D", "x=self",
        "avg_pool(x, k=kernel_size, s=stride, p=padding, c=ceil_mode, i=count_include_pad, "
        "v=divisor_override)",
        "avg_pool_back(G, x, k=kernel_size, s=stride, p=padding, c=ceil_mode, "
        "i=count_include_pad, v=divisor_override)",
        symbol="avg_pool", source="avg_pool2d"),
    row("AdaptiveAvgPool2D", "x=self", "adaptive_avg(x, r)", "adaptive_avg_back(G, x)",
        symbol="avg_pool", source="_adaptive_avg_pool2d"),
    row("MaxPool2DWithIndices", "x=self",
        "max_pool(x, k=kernel_size, s=stride, p=padding, d=dilation, c=ceil_mode)", "",
        when={"result1": nothing}, symbol="max_pool", source="max_pool2d_with_indices"),
    row("MaxPool2DWithIndices", "x=self", "pooled(x, i)", "pooled_back(G, x, i)",
        extra="i=result1", symbol="max_pool", source="max_pool2d_with_indices"),
    row("AdaptiveMaxPool2D", "x=self", "pooled(x, i)", "pooled_back(G, x, i)",
        extra="i=result1", symbol="max_pool", source="adaptive_max_pool2d"),
    *(_upsampled(f"Nearest{rank}D", "nearest", rank) for rank in (1, 2, 3)),
    *(_upsampled(f"NearestExact{rank}D", "nearest_exact", rank) for rank in (1, 2, 3)),
    _upsampled("Linear1D", "linear", 1), _upsampled("Bilinear2D", "linear", 2),
    _upsampled("Trilinear3D", "linear", 3), _upsampled("Bicubic2D", "cubic", 2),
    row("GridSampler2D", "x=input y=grid", "", "", symbol="grid_sample", source="grid_sampler_2d"),
    *(
        _attention(scaled, hidden, {"scale": scale, "is_causal": causal, "attn_mask": mask})
        for scaled, scale in (("({})/sqrt(width)", nothing), ("scale*({})", given))
        for hidden, causal, mask in (
            ("{}", False, nothing), ("causal({})", True, nothing), ("{} + m", False, given),
        )
    ),
    # Transforms
    row("FftR2C", "x=self", "rfft(x, d=dim, n=normalization, h=onesided)",
        "rfft_back(G, x, d=dim, n=normalization, h=onesided)", symbol="fft", source="_fft_r2c"),
    row("FftC2R", "x=self", "irfft(x, r, d=dim, n=normalization)",
        "irfft_back(G, d=dim, n=normalization)", symbol="irfft", source="_fft_c2r"),
    row("FftC2C", "x=self", "fft(x, d=dim, n=normalization, a=forward)",
        "fft_back(G, d=dim, n=normalization, a=forward)", symbol="fft", source="_fft_c2c"),
)  # fmt: skip
