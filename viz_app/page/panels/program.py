"""The program's panel: the text, its error, and the component that edits it.

The component receives a text and marks and returns a text, whatever editor it contains.
"""

from collections.abc import Callable

import msgspec
import streamlit as st

from viz_app import browser
from viz_app.browser import Alert, BesideFile, Mark, ProgramData, Removed, RepairOffer, Wanted
from viz_app.edit import writing
from viz_app.edit.repairs import repairs
from viz_app.knowledge.text import Text, failed
from viz_app.knowledge.theme import THEMES
from viz_app.model import Failure, Span
from viz_app.page.server import editor, panel_scripts
from viz_app.page.visit.state import Run, visit

KEY = "program_panel"

_component = st.components.v2.component(
    "viz_program",
    html='<section class="viz-program"></section>',
    js=panel_scripts.panel("program/program.js"),
    isolate_styles=False,
)


def show(
    run: Run,
    words: Text,
    *,
    kept: str,
    alert: Alert | None,
    on_run: Callable[[], None],
    on_removed: Callable[[], None],
) -> None:
    """Draw the panel, with the visit's text and the outcome of its last `run`.

    The text replaces the visitor's view when its revision changes, and only then, except for what
    they typed since; a newly opened program replaces it completely. A new session restores what
    this tab had typed on top of `kept`, the text in the address. `alert` is made by `alert()`
    or `notice()`. `on_run` is called when the visitor asks to run a text: `wanted()`, `on_removed`
    when they remove a file beside it: `removed()`.
    """
    state = visit()
    error = run.failure.span if run.failure else None
    _component(
        key=KEY,
        data=panel_scripts.data(
            ProgramData(
                value=state.program,
                revision=state.revision,
                taken=state.taken,
                session=state.id,
                kept=kept,
                opened=state.opened,
                ran=run.source,
                run=run.number,
                read=run.seen is not None,
                marks=() if error is None else (_mark(error),),
                alert=alert,
                language=words.language,
                labels=words.table("page"),
                colours=_colours(),
                editor=editor.address(),
                meanings=editor.MEANINGS,
                files=tuple(
                    BesideFile(name, _size(len(content))) for name, content in state.beside.files
                ),
            )
        ),
        on_edit_change=on_run,
        on_removed_change=on_removed,
    )


def _size(count: int) -> str:
    """A number of bytes as people write it."""
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1_000:.0f} kB" if count < 999_500 else f"{count / 1_000_000:.1f} MB"


def removed() -> Removed:
    """The file that the visitor asked to remove. ValidationError as for `wanted`."""
    return msgspec.convert(dict(st.session_state[KEY]["removed"]), Removed)


def _mark(error: Span) -> Mark:
    return Mark(error.line, "error", browser.Span.of(error))


def _colours() -> dict[str, str]:
    """The text's colours: a number is coloured as a value, everything that is not Python's own as
    ink."""
    colours = THEMES["dark" if st.context.theme.type == "dark" else "light"]
    return {
        "keyword": colours.code_keyword,
        "string": colours.code_string,
        "number": colours.value,
        "comment": colours.muted,
    }


def wanted() -> Wanted:
    """The text that the visitor typed.

    ValidationError for data that our own panel does not send.
    """
    return msgspec.convert(dict(st.session_state[KEY]["edit"]), Wanted)


def notice(failure: Failure, words: Text) -> Alert:
    """An alert of one sentence, for a problem outside the program: a broken link."""
    return Alert(words(f"error.{failure.code}", **failure.params))


def alert(
    failure: Failure, source: str, words: Text, *, pictured: bool, refused: str = ""
) -> Alert:
    """The alert of a failure of the program `source`, with the edits that fix it.

    `refused` is the reason why a backward call could not begin, instead of a general hint.
    """
    hints = []
    if not refused and failure.hint is not None:
        hints.append(words(f"hint.{failure.hint}", **failure.params))
    if failure.forward_line is not None:
        hints.append(words("page.error_forward", line=failure.forward_line))
    explained = failure.code == "exception" and bool(failure.hint)
    return Alert(
        sentence=refused or ("" if explained else failed(failure, words)),
        place=words("page.error_at", line=failure.span.line, column=failure.span.column),
        message=f"{failure.type}: {failure.message}" if failure.message else "",
        hint=" ".join(hints),
        picture=words("page.so_far" if pictured else "page.stale"),
        repairs=tuple(
            RepairOffer(words(f"repair.{key}", name=name), writing.apply(source, edit))
            for key, name, edit in repairs(source, failure)
        ),
    )
