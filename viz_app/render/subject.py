"""The run that becomes a file, with what several formats need of it, made once."""

from functools import cached_property

from viz_app import browser
from viz_app.knowledge import theme as themes
from viz_app.knowledge.text import Text, load
from viz_app.knowledge.theme import Theme
from viz_app.model import Frame, Trace
from viz_app.picture import scene
from viz_app.picture.drawing import figure
from viz_app.picture.drawing.figure import Figure
from viz_app.picture.payload import payload
from viz_app.picture.scene import Scene
from viz_app.picture.words import sentence


class Subject:
    """A trace, and the step, language and theme in which it is wanted.

    Without a step, the one of the end. A step beyond the last raises IndexError.
    """

    def __init__(
        self, trace: Trace, language: str = "en", theme: str = "light", step: int | None = None
    ) -> None:
        self.trace = trace
        self.words: Text = load(language)
        self.theme: Theme = themes.ON_PAPER_TOO[theme]
        self.scene: Scene = scene.build(trace)
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
        """All that the page's stage is given."""
        return payload(self.scene, self.words, self.theme.name)

    def gradients(self, step: int) -> dict[int, str]:
        """The gradient that each box has at a step, as the page's table writes it."""
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

    def said(self, frame: Frame) -> str:
        """The sentence of a step."""
        return sentence.plain(frame.message, self.words)

    @property
    def backward(self) -> tuple[Frame, ...]:
        """The frames of the backward pass in which the step lies, or else of the first one."""
        frames = self.scene.frames
        passes = [it.pass_number for it in frames if it.phase in BACKWARD]
        if not passes:
            return ()
        wanted = frames[self.step].pass_number
        chosen = wanted if wanted in passes else passes[0]
        return tuple(it for it in frames if it.phase in BACKWARD and it.pass_number == chosen)


BACKWARD = ("backward", "sum", "accumulate", "stopped")
"""Phases of the frames of a backward pass."""
