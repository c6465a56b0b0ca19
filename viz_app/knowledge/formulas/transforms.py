"""Fourier transforms and casts.

Autograd has three transforms: of complex numbers, of real ones, and back to real ones. They are
written by the names of PyTorch's functions, with their `norm`.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from viz_app.knowledge.formulas.expression import FUNCTIONS, SHAPES, Function, Numbers, Text

Dims = Sequence[int]

_AHEAD: Final = ("backward", "ortho", "forward")
"""The `norm` of a forward transform by autograd's number for its division: none, by the root, by
the count. For an inverse transform the order is reversed."""


def _norm(normalization: int, ahead: bool) -> Any:
    return _AHEAD[normalization] if ahead else _AHEAD[2 - normalization]


def _complex(x: Numbers, dims: Dims, normalization: int, ahead: bool) -> Numbers:
    if not dims:
        return np.asarray(x, dtype=np.complex128)
    work = np.fft.fftn if ahead else np.fft.ifftn
    return work(x, axes=tuple(dims), norm=_norm(normalization, ahead))


def _complex_back(g: Numbers, dims: Dims, normalization: int, ahead: bool) -> Numbers:
    return _complex(g, dims, normalization, not ahead)


def _real(x: Numbers, dims: Dims, normalization: int, half: bool) -> Numbers:
    if not half:
        return _complex(x, dims, normalization, True)
    return np.fft.rfftn(x, axes=tuple(dims), norm=_norm(normalization, True))


def _real_back(g: Numbers, x: Numbers, dims: Dims, normalization: int, half: bool) -> Numbers:
    g = np.asarray(g)
    if half:  # the half that was left out gets nothing
        wide = [(0, 0)] * g.ndim
        wide[dims[-1]] = (0, np.shape(x)[dims[-1]] - g.shape[dims[-1]])
        g = np.pad(g, wide)
    return _complex(g, dims, normalization, False)


def _to_real(x: Numbers, like: Numbers, dims: Dims, normalization: int) -> Numbers:
    sizes = [np.shape(like)[one] for one in dims]
    return np.fft.irfftn(x, s=sizes, axes=tuple(dims), norm=_norm(normalization, False))


def _to_real_back(g: Numbers, dims: Dims, normalization: int) -> Numbers:
    """The adjoint of `irfft`: numbers of the half that represent two of the whole count twice."""
    found = np.asarray(_real(g, dims, normalization, True))
    last = dims[-1]
    twice: list[Any] = [slice(None)] * found.ndim
    twice[last] = slice(1, 1 + np.shape(g)[last] - found.shape[last])
    found[tuple(twice)] *= 2
    return found


def _said(dims: Dims, norm: str) -> str:
    over = f", dim={dims[0] if len(dims) == 1 else tuple(dims)}" if dims else ""
    return f"{over}{'' if norm == 'backward' else f', norm={norm}'}"


def _named(name: str, dims: Dims) -> str:
    return name if len(dims) == 1 else f"{name}n"


def _text(name: str, x: Text, dims: Dims, norm: str, latex: bool, raised: str = "") -> str:
    word = _named(name, dims)
    if not latex:
        return f"{word}{raised}({x.text}{_said(dims, norm)})"
    power = r"^{\mathsf{H}}" if raised else ""
    under = "" if norm == "backward" else rf"_{{\text{{{norm}}}}}"
    return rf"\operatorname{{{word}}}{power}{under}({x.text})"


def _complex_text(latex: bool, back: bool) -> Any:
    def write(x: Text, dims: Dims, normalization: int, ahead: bool) -> Text:
        ahead = ahead != back
        norm = _norm(normalization, ahead)
        return Text(_text("fft" if ahead else "ifft", x, dims, norm, latex))

    return write


def _real_text(latex: bool) -> Any:
    def write(x: Text, dims: Dims, normalization: int, half: bool) -> Text:
        norm = _norm(normalization, True)
        return Text(_text("rfft" if half else "fft", x, dims, norm, latex))

    return write


def _real_back_text(latex: bool) -> Any:
    def write(g: Text, x: Text, dims: Dims, normalization: int, half: bool) -> Text:
        padded = Text(rf"\operatorname{{pad}}({g.text})" if latex else f"pad({g.text})")
        inner = padded if half else g
        return Text(_text("ifft", inner, dims, _norm(normalization, False), latex))

    return write


def _to_real_text(latex: bool, back: bool) -> Any:
    def write(x: Text, *rest: Any) -> Text:
        dims, normalization = rest[-2:]
        norm = _norm(normalization, False)
        return Text(_text("irfft", x, dims, norm, latex, "ᴴ" if back else ""))

    return write


FUNCTIONS["fft"] = Function(_complex, _complex_text(True, False), _complex_text(False, False))
FUNCTIONS["fft_back"] = Function(
    _complex_back, _complex_text(True, True), _complex_text(False, True)
)
FUNCTIONS["rfft"] = Function(_real, _real_text(True), _real_text(False))
FUNCTIONS["rfft_back"] = Function(_real_back, _real_back_text(True), _real_back_text(False))
FUNCTIONS["irfft"] = Function(_to_real, _to_real_text(True, False), _to_real_text(False, False))
FUNCTIONS["irfft_back"] = Function(
    _to_real_back, _to_real_text(True, True), _to_real_text(False, True)
)
SHAPES["irfft"] = SHAPES["rfft_back"] = 1

# ---- casts -------------------------------------------------------------------------------------

_KEPT: Final[dict[str, Any]] = {
    "float16": np.float16, "complex32": np.float16, "float32": np.float32,
    "complex64": np.float32, "bfloat16": np.float32,
}  # fmt: skip
"""The numpy type with the digits of a dtype, by the dtype's name; other dtypes keep all digits."""


def _brain(x: Numbers) -> Numbers:
    """Rounded to the 8 bits of bfloat16, to even where two are as near."""
    bits = np.asarray(x, dtype=np.float32).view(np.uint32)
    even = (bits >> np.uint32(16)) & np.uint32(1)
    rounded = (bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32)


def _digits(x: Numbers, kind: str) -> Numbers:
    short = np.asarray(x).astype(_KEPT.get(kind, np.float64))
    return np.asarray(_brain(short) if kind == "bfloat16" else short, dtype=np.float64)


def _cast(x: Numbers, kind: str) -> Numbers:
    if not kind.startswith("complex"):
        return _digits(np.real(x), kind)
    return _digits(np.real(x), kind) + 1j * _digits(np.imag(x), kind)


FUNCTIONS["cast"] = Function(
    _cast,
    lambda x, kind: Text(rf"\operatorname{{{kind}}}({x.text})"),
    lambda x, kind: Text(f"{kind}({x.text})"),
    True,
)
