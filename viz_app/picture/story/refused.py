"""The frame of a backward call that could not begin: its root requires no gradient."""

from collections.abc import Iterator

from viz_app.model import Frame, Message, Pass, Word
from viz_app.picture.words.notation import Reading


def frames(reading: Reading, of: Pass, index: int) -> Iterator[Frame]:
    """The frame of a call that was refused, else none."""
    if of.refused is None:
        return
    asking, names = reading.made_from(of.refused)
    key = "cut_off" if asking else "unfollowed" if names else "unfollowed_alone"
    line, name = Word(reading.line(of.span)), Word(reading.label(of.refused), "name")
    yield Frame(
        index=index,
        phase="refused",
        nodes=(of.refused,),
        edges=(),
        span=of.span,
        message=Message(f"caption.{key}", {"line": line, "name": name, "from": names}),
        formula=(),
        pass_number=of.number,
        starts=True,
    )
