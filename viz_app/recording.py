"""`viz_app.record()`, `viz_app.show(f, *inputs)`, `%load_ext viz_app` and `%%autodiff`.

They record code in the process that runs it. The resulting recording displays itself in a notebook,
where the picture plays without the kernel, and can be saved as a file.
"""

import html
import inspect
import linecache
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from viz_app import kernel, transcript
from viz_app.engine.program.guest import LOOP_COUNTER, Guest, provide
from viz_app.export import document
from viz_app.model import Trace
from viz_app.render.document import UnbuiltError
from viz_app.render.document import page as page_of
from viz_app.render.exports import EXPORTS
from viz_app.render.still import drawn
from viz_app.render.subject import Subject

HEIGHT = 660
"""Height in pixels of the picture in a notebook."""


class Recording:
    """A recorded run; as the last line of a cell it displays itself.

    `lang` is the language, `theme` one of light, dark and print, `step` the step at which the
    picture opens.
    """

    def __init__(self, lang: str = "en", theme: str = "light", step: int | None = None) -> None:
        self._look = (lang, theme, step)
        self._recorded: Trace | None = None

    @property
    def recorded(self) -> Trace:
        """The run. RuntimeError before the recording has ended."""
        if self._recorded is None:
            raise RuntimeError("nothing is recorded yet: the `with` block must end first")
        return self._recorded

    @cached_property
    def trace(self) -> dict[str, Any]:
        """The trace, as `viz-app trace --json` prints it."""
        found: dict[str, Any] = document(self.recorded)
        return found

    @cached_property
    def _subject(self) -> Subject:
        return self._drawn()

    def _drawn(self, requests: Sequence[str] = ()) -> Subject:
        return Subject(self.recorded, *self._look, requests=requests)

    @cached_property
    def _picture(self) -> str:
        return kernel.offer(self._drawn)

    def save(self, path: str | Path) -> None:
        """Write a file; its extension is one of the formats of `viz-app render`."""
        form = Path(path).suffix.removeprefix(".")
        if form not in EXPORTS:
            raise ValueError(f"a file ends in one of {', '.join(EXPORTS)}, not {form!r}")
        export = EXPORTS[form]
        if missing := export.missing():
            raise ImportError(f"this needs {' and '.join(missing)}: pip install 'viz-app[files]'")
        Path(path).write_bytes(export.make(self._subject))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        if self._recorded is None:
            return {"text/plain": repr(self)}
        shown = _shown(self._subject, self._picture)
        return {"text/html": shown, "text/plain": self._story()}

    def _story(self) -> str:
        words = self._subject.words
        story = transcript.document(self.recorded, words, words.language)
        return "\n".join(transcript.lines(story, words))

    def __repr__(self) -> str:
        if self._recorded is None:
            return "<a recording that has not ended>"
        trace = self._recorded
        return f"<recording: {len(trace.nodes)} nodes, {len(trace.steps)} backward steps>"


def _shown(subject: Subject, picture: str) -> str:
    """The moving picture in an iframe, and a still one for places where no script runs.

    `picture` is its number in this kernel.
    """
    svg = b64encode(drawn(subject, subject.step).encode()).decode()
    frames = subject.scene.frames
    caption = html.escape(subject.caption(frames[subject.step])) if frames else ""
    still = f'<img alt="{caption}" style="max-width:100%" src="data:image/svg+xml;base64,{svg}">'
    try:
        page = page_of(subject, picture).decode()
    except UnbuiltError:  # an installation without Node: the picture does not move
        return still
    title = html.escape(subject.words("page.title"))
    return (
        f'<iframe title="{title}" sandbox="allow-scripts" srcdoc="{html.escape(page)}" '
        f'style="width:100%;height:{HEIGHT}px;border:0"></iframe>'
        f"<details><summary>{subject.words('file.still')}</summary>{still}</details>"
    )


class _Record(Recording):
    """The context manager; see `record`."""

    _guest: Guest
    _frame: FrameType

    def __enter__(self) -> Recording:
        frame = inspect.currentframe()
        assert frame is not None
        assert frame.f_back is not None
        self._frame = frame.f_back
        name = self._frame.f_code.co_filename
        self._guest = Guest(_text(name), name, _namespace(self._frame))
        self._guest.__enter__()
        self._guest.follow(self._frame.f_code)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._guest.__exit__(kind, error, traceback)
        self._recorded = self._guest.trace(_namespace(self._frame), error)
        del self._guest, self._frame


def record(lang: str = "en", theme: str = "light", step: int | None = None) -> _Record:
    """Record what torch does in a `with` block: `with viz_app.record() as run: ...`, then `run`."""
    return _Record(lang, theme, step)


def show(
    f: Callable[..., Any], *inputs: Any, lang: str = "en", theme: str = "light", **named: Any
) -> Recording:
    """Record a call of a function or module.

    A result that is a single number is differentiated by every leaf that requires a gradient, like
    `torch.autograd.grad`: no `.grad` changes.
    """
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    name = _file(f) or frame.f_back.f_code.co_filename
    given = _arguments(f, inputs, named)
    around = {**given, **_namespace(frame.f_back), **given}  # its own names for them come first
    run = Recording(lang, theme)
    guest = Guest(_text(name), name, around)
    error: BaseException | None = None
    try:
        with guest:
            guest.differentiate(f(*inputs, **named))
    except BaseException as problem:
        error = problem
        raise
    finally:
        run._recorded = guest.trace(around, error)
    return run


def _file(f: Any) -> str | None:
    """The file of a function's text; None for torch's own, which no learner wrote."""
    if type(f).__module__.startswith("torch.") or f"{getattr(f, '__module__', '')}.".startswith(
        "torch."
    ):
        return None
    code = getattr(inspect.unwrap(getattr(f, "forward", f)), "__code__", None)
    return None if code is None else str(code.co_filename)


def _arguments(f: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> Mapping[str, Any]:
    """The names under which a function receives its inputs."""
    try:
        return inspect.signature(getattr(f, "forward", f)).bind(*inputs, **named).arguments
    except (TypeError, ValueError):  # one of torch's own has none
        return {}


def _namespace(frame: FrameType) -> dict[str, Any]:
    return {**frame.f_globals, **frame.f_locals}


def _text(filename: str) -> str:
    """The text of a file or a notebook's cell; "" if nobody kept it."""
    return "".join(linecache.getlines(filename))


# ---- IPython ------------------------------------------------------------------------------------


def load(shell: Any) -> None:
    """Add `%%autodiff` to an IPython shell: `%load_ext viz_app`."""

    def autodiff(line: str, cell: str) -> None:
        """Run the cell and show what autograd did.

        The line may give the language: `%%autodiff ko`.
        """
        text = shell.transform_cell(cell)
        name = shell.compile.cache(text, shell.execution_count, raw_code=cell)
        run = Recording(line.strip() or "en")
        guest = Guest(text, name, shell.user_ns)
        if not guest.source:
            compile(text, name, "exec")  # the user's SyntaxError
        error: BaseException | None = None
        try:
            with guest:
                guest.run()
        except BaseException as problem:
            error = problem
            raise
        finally:
            run._recorded = guest.trace(shell.user_ns, error)
            sys.modules["IPython.display"].display(run)

    shell.register_magic_function(autodiff, "cell", "autodiff")
    provide()
    shell.events.register("pre_run_cell", partial(_chosen, shell))


def _chosen(shell: Any, cell: Any) -> None:
    """Let a cell that may record be transformed, and no other: a shell with any transformer goes
    through each tree."""
    if LOOP_COUNTER in shell.ast_transformers:
        shell.ast_transformers.remove(LOOP_COUNTER)
    if "record" in (cell.raw_cell or ""):
        shell.ast_transformers.append(LOOP_COUNTER)
