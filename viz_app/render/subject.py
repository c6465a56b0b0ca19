"""The run that becomes a file, with the data that several formats need, made once."""

from collections.abc import Sequence
from functools import cached_property

from viz_app import browser
from viz_app.knowledge import theme as themes
from viz_app.knowledge.text import Text, load
from viz_app.knowledge.theme import Theme
from viz_app.model import BACKWARD, Frame, Trace
from viz_app.picture import scene
from viz_app.picture.drawing import figure
from viz_app.picture.drawing.figure import Figure
from viz_app.picture.payload import payload
from viz_app.picture.scene import Scene
from viz_app.picture.words import sentence


class Subject:
    """A trace, with the requested step, language and theme, the backward pass that was chosen, and
    the groups to open and fold (`scene.build`).

    Without a step, the last one. A step beyond the last raises IndexError.
    """

    def __init__(
        self,
        trace: Trace,
        language: str = "en",
        theme: str = "light",
        step: int | None = None,
        chosen_pass: int | None = None,
        requests: Sequence[str] = (),
    ) -> None:
        self.trace = trace
        self.words: Text = load(language)
        self.theme: Theme = themes.ON_PAPER_TOO[theme]
        self.scene: Scene = scene.build(trace, requests, chosen_pass=chosen_pass)
        last = max(0, len(self.scene.frames) - 1)
        if step is not None and not 0 <= step <= last:
            raise IndexError(last)
        self.asked = step
        self.step = last if step is None else step

    @cached_property
    def figure(self) -> Figure:
        """The drawing of all steps."""
        return figure.draw(self.scene, self.theme, self.words)

    @cached_property
    def picture(self) -> browser.Picture:
        """The complete data of the page's stage."""
        return payload(self.scene, self.words, self.theme.name)

    def gradients(self, step: int) -> dict[int, str]:
        """The gradient of each box at a step, as text like in the page's table."""
        table = self.picture.gradients
        columns = (table.vertex, table.first, table.last, table.text)
        return {
            vertex: text
            for vertex, first, last, text in zip(*columns, strict=True)
            if first <= step < last
        }

    @property
    def tones(self) -> dict[str, str]:
        """The colours of a sentence's tones that have one of their own."""
        theme = self.theme
        return {
            "value": theme.value,
            "gradient": theme.gradient,
            "leaf": theme.leaf_text,
            "muted": theme.muted,
        }

    def caption(self, frame: Frame) -> str:
        """The sentence of a step."""
        return sentence.plain(frame.message, self.words)

    @property
    def backward(self) -> tuple[Frame, ...]:
        """The frames of the backward pass that contains the requested step, or else of the one
        with the most of them: a pass inside a folded group is a single frame."""
        frames = self.scene.frames
        passes = [it.pass_number for it in frames if it.phase in BACKWARD]
        if not passes:
            return ()
        wanted = None if self.asked is None else frames[self.asked].pass_number
        chosen = wanted if wanted in passes else max(passes, key=passes.count)
        return tuple(it for it in frames if it.phase in BACKWARD and it.pass_number == chosen)
