"""Labels of tensors as parts of formulas: escaped in LaTeX, in brackets where they need them."""

import re
from functools import lru_cache

_SPECIAL = {
    "\\": "∖", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": "ˆ", "~": "˜",
}  # fmt: skip

_MODULE = re.compile(r"^(fft|linalg|special)_(?=.)")
"""The prefix of a function's internal name that denotes its module."""

STRENGTH = {
    **dict.fromkeys(("<", ">", "<=", ">=", "==", "!=", "&", "|", "^"), 0),
    **dict.fromkeys(("+", "-", "−"), 1),
    **dict.fromkeys(("*", "×", "/", "÷", "//", "%", "@"), 2),
    "**": 4,
}
SIGN, ATOM = 3, 5
"""Binding strengths of Python's operators: a sign binds less than a power, a name or a call
most."""
_TOKEN = re.compile(
    r"""(['"]).*?\1 | \*\* | // | [<>=!]= | [-+−*×/÷%@<>&|^()\[\]{}] | [\w.\ ]+ | .""",
    re.DOTALL | re.VERBOSE,
)


@lru_cache(maxsize=4_096)
def name(label: str) -> str:
    """A label as upright LaTeX text, escaped; numbers stay numbers."""
    if re.fullmatch(r"-?\d+(\.\d+)?", label):
        return label
    return r"\text{" + "".join(_SPECIAL.get(c, c) for c in label) + "}"


def function(op: str) -> str:
    """A function's name as a program writes it: `linalg.inv` for torch's own `linalg_inv`."""
    return _MODULE.sub(r"\1.", op.strip("_"))


@lru_cache(maxsize=4_096)
def operator(word: str) -> str:
    """A function's name in LaTeX, escaped."""
    return r"\operatorname{" + "".join(_SPECIAL.get(c, c) for c in word) + "}"


@lru_cache(maxsize=4_096)
def grouped(label: str) -> str:
    """A label as a single factor: an expression gets brackets."""
    return (
        label
        if re.fullmatch(r"[\w.ᵀ]+|[\w.]+\([^()]*\)|[\w.]+(\[[^\[\]]*\][\w.ᵀ]*)+", label)
        else f"({label})"
    )


def ratio(root: str, of: str) -> str:
    """∂root/∂of; ∇of in a pass whose gradients are those of no root (`pass_start.Start`)."""
    return f"∂{grouped(root)}/∂{grouped(of)}" if root else f"∇{grouped(of)}"


def bracketed(label: str, least: int) -> str:
    """An operand, in brackets if it binds less than `least`."""
    return label if strength(label) >= least else f"({label})"


def strength(label: str) -> int:
    """The binding strength of an expression: that of its weakest open operator."""
    found, depth, before = ATOM, 0, ""
    for token in (match.group() for match in _TOKEN.finditer(label)):
        if token in ("(", "[", "{"):
            depth += 1
        elif token in (")", "]", "}"):
            depth -= 1
        elif depth == 0 and token in STRENGTH:
            sign = not before or before in STRENGTH
            # 1e-05 is a number.
            if token in "+-" and re.search(r"(^|[^\w.])[\d.]+e$", before):
                continue
            found = min(found, SIGN if sign else STRENGTH[token])
        before = token.strip() or before
    return found
