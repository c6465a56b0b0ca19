"""A formula's LaTeX as MathML, which browsers draw without help."""

import functools
import html
import re

from latex2mathml.converter import convert

_SIGN = re.compile(
    r"(<mo[^<>]*>(?:\[|&#x00028;|\(|&#x0002C;|,|&#x0003D;|=|&#x000B7;)</mo>)<mo>(&#x02212;)</mo>"
)
"""A minus after another operator: it is a number's sign, and is set close to the number."""

_APPLIED = re.compile(
    r"(<mi>(?:arc)?(?:sinh?|cosh?|tanh?|ln|log|exp)</mi>)(?=<m(?:i|n|sub|sup|subsup|frac|row)>)"
)
"""A function in front of an argument without brackets, from which a thin space parts it."""

_OPERATOR = re.compile(r"\\operatorname\{((?:[^{}\\]|\\.)*(?:[^{}\\A-Za-z]|\\.)(?:[^{}\\]|\\.)*)\}")
"""A function's name with more than letters, which latex2mathml would take apart: `linalg.cond`."""


@functools.lru_cache(maxsize=4096)
def mathml(latex: str) -> str:
    """A formula's MathML. Raises what latex2mathml raises for LaTeX it can't read."""
    texts: list[str] = []

    def keep(found: re.Match[str]) -> str:
        text = re.sub(r"\\(.)", r"\1", found[1])
        # A browser drops a space at either end.
        texts.append(html.escape(re.sub(r"^ | $", "\u00a0", text)))
        return rf"\text{{name{len(texts) - 1}}}"

    # latex2mathml handles no escapes inside \text and escapes nothing: names are inserted
    # afterwards.
    named = _OPERATOR.sub(r"\\text{\1}", latex)
    source = str(convert(re.sub(r"\\text\{((?:[^{}\\]|\\.)*)\}", keep, named)))
    source = _SIGN.sub(r'\1<mo form="prefix">\2</mo>', source)
    source = _APPLIED.sub(r'\1<mspace width="0.167em"></mspace>', source)
    return re.sub(
        r"<mtext>name(\d+)</mtext>", lambda found: f"<mtext>{texts[int(found[1])]}</mtext>", source
    )
