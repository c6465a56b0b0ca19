"""The places in the text where torch's own layers were made, so that they can be changed there.

A layer's operations are located where the network is called (`net(x)`); the editable text is the
call that made it (`nn.ReLU()`), in a Sequential, in a class, or in a list.
"""

from collections.abc import Iterable

from viz_app.engine.record import torch_patches
from viz_app.engine.record.notes import Note
from viz_app.engine.text.positions import Places
from viz_app.model import Span


def layers(notes: Iterable[Note], places: Places) -> dict[Span, list[Note]]:
    """The nodes of the layers that were made at each span, if torch's own code ran them."""
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
