"""The graph, the chain rules and each step as LaTeX that compiles as it is.

pdflatex needs amsmath and TikZ, and kotex for Korean. A program's own text is escaped character by
character; characters that the fonts lack are written by their number.
"""

import re
from collections.abc import Iterator
from typing import Final

from viz_app.export import safe
from viz_app.model import Frame
from viz_app.picture.explain import chain_rule, panel
from viz_app.picture.words import formula as formulas
from viz_app.picture.words import pass_start
from viz_app.render import graph
from viz_app.render.subject import Subject

_SPECIAL: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", "-": "{-}",
}  # fmt: skip
_SYMBOLS: Final = {
    "∂": r"\partial", "∇": r"\nabla", "·": r"\cdot", "×": r"\times", "÷": r"\div", "√": r"\surd",
    "∑": r"\sum", "Σ": r"\Sigma", "⊙": r"\odot", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    "≈": r"\approx", "→": r"\to", "←": r"\leftarrow", "−": "-", "‖": r"\|", "∞": r"\infty",
    "…": r"\dots", "⋅": r"\cdot", "∈": r"\in", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil",
    "⌉": r"\rceil", "∘": r"\circ", "⊗": r"\otimes", "∗": "*",
    "✂": r"\times", "▸": r"\triangleright",
    "ᵀ": "^{T}", "ᴴ": "^{H}", "⁻": "^{-}", "¹": "^{1}", "ⁿ": "^{n}", "½": r"\tfrac12",
    **{raised: f"^{{{at}}}" for at, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{low: f"_{{{at}}}" for at, low in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{letter: rf"\{name}" for letter, name in zip(
        "αβγδεζηθικλμνξπρστυφχψω",
        "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma "
        "tau upsilon varphi chi psi omega".split(), strict=True)},
}  # fmt: skip
_HANGUL: Final = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def document(subject: Subject) -> bytes:
    """The whole document."""
    words = subject.words
    body = "\n".join(_body(subject))
    korean = "\\usepackage{kotex}\n" if _HANGUL.search(body) else ""
    theme = subject.theme
    colours = "".join(
        f"\\definecolor{{{name}}}{{HTML}}{{{colour[1:].upper()}}}\n"
        for name, colour in (
            ("value", theme.value), ("gradient", theme.gradient), ("leaf", theme.leaf_text),
            ("edge", theme.edge), ("ink", theme.ink), ("paper", theme.paper),
        )
    )  # fmt: skip
    return (
        "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n"
        "\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}\n"
        "\\usepackage{amsmath,amssymb}\n\\usepackage[margin=2cm]{geometry}\n\\usepackage{tikz}\n"
        f"{korean}{colours}\\pagecolor{{paper}}\n\\setlength{{\\parindent}}{{0pt}}\n"
        "\\raggedright\n\\begin{document}\n\\color{ink}\n"
        f"\\section*{{{text(words('page.title'))}}}\n{body}\n\\end{{document}}\n"
    ).encode()


def text(source: str) -> str:
    """Any text as LaTeX."""
    return "".join(map(_character, safe(source)))


def _character(one: str) -> str:
    if one in _SPECIAL:
        return _SPECIAL[one]
    if one in _SYMBOLS:
        return rf"\ensuremath{{{_SYMBOLS[one]}}}"
    if one.isascii() or _HANGUL.match(one) or "\xa1" <= one <= "\u017e":
        return one
    return rf"\texttt{{U+{ord(one):04X}}}"


def formula(latex: str) -> str:
    """A formula of ours, whose names may have any letters."""
    return "".join(it if it.isascii() else _character(it) for it in latex)


def _body(subject: Subject) -> Iterator[str]:
    words = subject.words
    for line in subject.trace.source.rstrip().split("\n"):
        # Spaces at the beginning of a line have a meaning in Python.
        indent = len(line) - len(line.lstrip())
        written = text(line.strip()).replace(" ", "\\ ")
        yield f"\\texttt{{{'~' * indent}{written}}}\\\\"
    yield "\\bigskip\n"
    yield from _picture(subject)
    rules = list(_rules(subject))
    if rules:
        yield f"\\subsection*{{{text(words('explain.tab_rule'))}}}"
    yield from rules
    yield "\\begin{enumerate}\n\\setcounter{enumi}{-1}"
    for frame in subject.scene.frames:
        yield f"\\item {text(subject.caption(frame))}"
        yield from (f"\\[ {line} \\]" for line in lines(frame))
    yield "\\item[] \\end{enumerate}"


def lines(frame: Frame) -> Iterator[str]:
    """The formula of a step, line by line."""
    row: list[str] = []
    for piece in (*frame.formula, None):
        if piece is not None and piece.latex:
            row.append(formula(piece.latex))
        elif row:
            yield " ".join(row)
            row = []


def _rules(subject: Subject) -> Iterator[str]:
    """The chain rule of each leaf: the product of each path, by names and by values."""
    reading = subject.scene.reading
    for of in subject.trace.passes:
        start = pass_start.start(reading, of)
        for rule in chain_rule.rules(reading, of)[: panel.RULES]:
            root = start.at(rule.root)
            first = [formulas.name(root.symbol)] if root is not None and not root.plain else []
            left = formulas.partial(start.name, reading.label(rule.leaf))
            ways = [list(_factors(path, subject)) for path in rule.paths]
            rows = [
                " + ".join(r" \cdot ".join([*first, *(it[which] for it in way)]) for way in ways)
                for which in (0, 1)
            ]
            total = panel.totals(rule, reading)["total"]
            rows = [formula(it) for it in dict.fromkeys(rows) if it]
            rows += [rf"\text{{{text(total)}}}"] if total else []
            if rows:
                equal = "\\\\ &= ".join(rows)
                yield f"\\begin{{align*}} {formula(left)} &= {equal} \\end{{align*}}"


def _factors(path: chain_rule.Path, subject: Subject) -> Iterator[tuple[str, str]]:
    """Each factor as a fraction of differentials, and as its local derivative."""
    reading = subject.scene.reading
    for one in path.factors:
        edge = subject.trace.edges[one.edge]
        partial = formulas.partial(
            reading.label(edge.target), reading.label(edge.source, edge.output)
        )
        local = formulas.factor(reading, reading.nodes[edge.target], edge.slot or 0)
        if local is None:
            yield partial, partial
        else:
            latex, *_ = formulas.alone(local.latex)
            yield partial, formulas.bracketed(latex, local.loose)


def _picture(subject: Subject) -> Iterator[str]:
    """The graph in TikZ, at most as wide as the page."""
    yield "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%"
    yield "\\begin{tikzpicture}[x=0.75pt,y=-0.75pt,font=\\ttfamily\\small,"
    yield "  card/.style={draw=edge,rounded corners=4pt,align=center,minimum height=1.6cm},"
    yield "  leaf/.style={card,draw=leaf,thick}, disc/.style={draw=edge,circle,align=center}]"
    for box in graph.boxes(subject):
        vertex = subject.scene.vertices[box.index]
        style = {"disc": "disc", "leaf": "leaf", "parameter": "leaf"}.get(box.style, "card")
        name, *rest = box.lines or ("",)
        tones = ["value", "gradient"]
        if style == "disc":
            body = text(name)
        else:
            body = r" \\ ".join((
                rf"\textbf{{{text(name)}}}",
                *(rf"\textcolor{{{tone}}}{{{text(it)}}}"
                  for tone, it in zip(tones, rest, strict=False)),
            ))  # fmt: skip
        yield f"\\node[{style}] (v{box.index}) at ({vertex.x:g},{vertex.y:g}) {{{body}}};"
        if style == "disc" and rest:
            yield (
                f"\\node[above,font=\\sffamily\\footnotesize,text=edge] at (v{box.index}.north) "
                f"{{{text(rest[0])}}};"
            )
    for source, target, loose in graph.arrows(subject):
        yield f"\\draw[->,edge{',dashed' if loose else ''}] (v{source}) -- (v{target});"
    yield "\\end{tikzpicture}}"
