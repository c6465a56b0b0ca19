"""The frame of a backward call that could not begin: its root requires no gradient."""

from collections.abc import Iterator

from viz_app.model import Frame, Message, Pass, Word
from viz_app.picture.words import formula
from viz_app.picture.words.notation import Reading


def reason(reading: Reading, root: int, line: str = "") -> Message:
    """The reason why no backward pass begins at a tensor, with the line of the call if given."""
    asking, names = reading.made_from(root)
    key = "cut_off" if asking else "unfollowed" if names else "unfollowed_alone"
    label = Word(reading.label(root), "name")
    return Message(f"caption.{key}", {"line": Word(line), "name": label, "from": names})


def frames(reading: Reading, of: Pass, index: int) -> Iterator[Frame]:
    """The frame of a call that was refused, else none."""
    if of.refused is None:
        return
    yield Frame(
        index=index,
        phase="refused",
        nodes=(of.refused,),
        edges=(),
        span=of.span,
        message=reason(reading, of.refused, reading.line(of.span)),
        formula=formula.forward(reading, reading.nodes[of.refused]),
        pass_number=of.number,
        starts=True,
    )
