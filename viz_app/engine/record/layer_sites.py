"""Where in the text each of torch's own layers was made, so that it can be changed there.

What a layer does is placed where the network is called (`net(x)`); what can be changed is the
call that made it (`nn.ReLU()`), in a Sequential, in a class, or in a list.
"""

from collections.abc import Iterable

from viz_app.engine.record import torch_patches
from viz_app.engine.record.notes import Note
from viz_app.engine.text.positions import Places
from viz_app.model import Span


def layers(notes: Iterable[Note], places: Places) -> dict[Span, list[Note]]:
    """What the layers did that were made at each span, where torch's own code did it."""
    found: dict[Span, list[Note]] = {}
    for note in notes:
        kind, what, _ = note.scope[-1] if note.scope else ("", None, 0)
        made = (
            torch_patches.made.get(what)
            if what is not None and kind == "module" and torch_patches.is_torchs(what)
            else None
        )
        if made is not None:
            found.setdefault(places.site_at(*made).span, []).append(note)
    return found
