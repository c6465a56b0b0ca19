"""The graph for other tools: DOT, which Graphviz draws, and Mermaid, which Markdown pages draw.

A program's names and numbers reach both as text: each has its own notation for any character.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from viz_app.export import safe
from viz_app.render.subject import Subject


class Box(msgspec.Struct, frozen=True):
    """A box of the picture: its lines of text and its style (a kind of card, or a disc)."""

    index: int
    lines: tuple[str, ...]
    style: str


def boxes(subject: Subject) -> Iterator[Box]:
    """The boxes, each with name, value and its gradient at the subject's step."""
    gradients = subject.gradients(subject.step)
    for vertex in subject.scene.vertices:
        drawn, face = subject.picture.vertices[vertex.index], subject.scene.faces[vertex.index]
        if vertex.kind == "disc":
            lines = face.name, drawn.grad_fn
        else:
            gradient = gradients.get(vertex.index)
            lines = drawn.name, drawn.value, *((f"∇ {gradient}",) if gradient else ())
        style = "disc" if vertex.kind == "disc" else face.style
        yield Box(vertex.index, tuple(safe(it) for it in lines if it), style)


def arrows(subject: Subject) -> Iterator[tuple[int, int, bool]]:
    """The lines between boxes: from, to, and True if no gradient can go there."""
    for link in subject.scene.links:
        yield link.source, link.target, link.kind in ("cut", "replaces")


def dot(subject: Subject) -> bytes:
    """The graph in Graphviz's language, laid out from left to right."""
    theme = subject.theme
    lines = {"leaf": theme.leaf, "parameter": theme.leaf, "disc": theme.edge}
    items = [
        f'  v{it.index} [label="{_quoted(it.lines)}"'
        f", shape={'ellipse' if it.style == 'disc' else 'box'}"
        f', color="{lines.get(it.style, theme.card_line)}"];'
        for it in boxes(subject)
    ]
    items += [
        f"  v{source} -> v{target}{' [style=dashed]' if loose else ''};"
        for source, target, loose in arrows(subject)
    ]
    head = (
        "digraph autograd {", "  rankdir=LR;",
        f'  node [style="rounded,filled", fillcolor="{theme.card}", fontcolor="{theme.ink}", '
        'fontname="monospace"];',
        f'  edge [color="{theme.edge}"];',
    )  # fmt: skip
    return "\n".join((*head, *items, "}\n")).encode()


def _quoted(lines: tuple[str, ...]) -> str:
    return "\\n".join(it.replace("\\", "\\\\").replace('"', '\\"') for it in lines)


_PLAIN: Final = re.compile(r"[^\w .,+=()\[\]-]", re.ASCII)


def mermaid(subject: Subject) -> bytes:
    """The graph as a Mermaid flowchart."""
    lines = ["flowchart LR"]
    for it in boxes(subject):
        text = "<br>".join(_PLAIN.sub(lambda one: f"#{ord(one[0])};", line) for line in it.lines)
        start, end = ("([", "])") if it.style == "disc" else ("[", "]")
        lines.append(f'  v{it.index}{start}"{text}"{end}')
    lines += [
        f"  v{source} {'-.->' if loose else '-->'} v{target}"
        for source, target, loose in arrows(subject)
    ]
    leaves = [f"v{it.index}" for it in boxes(subject) if it.style in ("leaf", "parameter")]
    if leaves:
        lines.append(f"  classDef leaf stroke:{subject.theme.leaf},stroke-width:2px")
        lines.append(f"  class {','.join(leaves)} leaf")
    return ("\n".join(lines) + "\n").encode()
