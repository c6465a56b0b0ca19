"""Job -> Made: the stages of the picture, composed for the page. Pure functions of data."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from viz_app import browser
from viz_app.edit import repairs, rows, writing
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.knowledge import claims, goals, lessons, text
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text
from viz_app.model import Failure, Trace
from viz_app.picture import lesson_faults, moments, printed, scene, whatif
from viz_app.picture.explain import contour
from viz_app.picture.explain.panel import absent, explain
from viz_app.picture.layout import cards
from viz_app.picture.layout.cards import Extent
from viz_app.picture.layout.rows import nearest
from viz_app.picture.payload import payload
from viz_app.picture.scene import Scene
from viz_app.picture.story import grad_life, refused
from viz_app.picture.words import notation, sentence
from viz_app.picture.words.notation import Reading
from viz_app.render.exports import EXPORTS
from viz_app.render.subject import Subject
from viz_app.workers.jobs import (
    DEGREES,
    Compare,
    Degree,
    Draw,
    Job,
    Made,
    Picture,
    Preview,
    Save,
    Shown,
    Survey,
    Unpack,
)

SENT = 8_000_000
"""Maximum bytes of all that is sent for a picture: a slow line needs seconds for it even
compressed."""
SHORT = 400
"""Maximum number of nodes of a program that is run completely with each choice of an operation."""

JSON = dict[str, Any]

_encode = msgspec.json.Encoder().encode
_extents = msgspec.msgpack.Decoder(dict[int, Extent])


def make(job: Job) -> Made:
    """Do a job. The failure of a run without a trace is in `Made.failure`, as is a lesson's."""
    try:
        match job:
            case Draw():
                return Made(picture=draw(job))
            case Survey():
                return survey(job)
            case Compare():
                return Made(body=compare(job))
            case Save():
                return Made(body=save(job))
            case Preview():
                return Made(failure=preview(job))
            case Unpack():
                return Made(lessons=tuple(lessons.opened_course(job.name, job.data)))
    except VizError as error:
        return Made(failure=error.failure)


def draw(job: Draw) -> Picture:
    """The picture of a run, cruder than requested if it is too large. VizError if there is none."""
    trace = client.opened(job.run)
    for degree in DEGREES[DEGREES.index(job.degree) :]:
        picture = _drawn(trace, job, degree)
        if sent(picture) <= SENT:
            break
    return picture


def sent(picture: Picture) -> int:
    """The number of bytes that go to the browser for a picture, before they are compressed."""
    return sum(map(len, (picture.stage, picture.explain, picture.input_rows, picture.call_rows,
                         picture.call_marks, picture.printed)))  # fmt: skip


def _drawn(trace: Trace, job: Draw, degree: Degree) -> Picture:
    words = text.load(job.look.language)
    shown = trace if degree != "bare" else _bare(trace)
    before = _extents.decode(job.before) if job.before else None
    crude = degree != "whole"
    built = scene.build(
        shown,
        job.look.groups,
        before,
        chosen_pass=job.run.chosen_pass,
        width=nearest(job.look.row),
        crude=crude,
    )
    body = payload(built, words, job.look.theme)
    if crude:
        body.note = words(f"stage.{degree}")
    if body.drawn == job.drawn:
        body.figure = msgspec.UNSET
    explained = absent(words) if crude else explain(built, words, whole=job.look.explained)
    if job.look.explained and not crude:
        explained["contour"] = _choice(built.reading)
        if (repair := _clears(built.reading, words)) is not None:
            explained["life"]["repair"] = repair
    return Picture(
        source=trace.source,
        error=trace.error,
        degree=degree,
        inputs=trace.inputs,
        calls=tuple(msgspec.structs.replace(call, nodes=()) for call in trace.calls),
        short=len(trace.nodes) <= SHORT,
        shows=_shows(job.look.lesson, built, body, words),
        verdict=None if job.look.lesson is None else goals.verdict(job.look.lesson, trace),
        stage=_encode(body),
        explain=_encode(explained),
        input_rows=_encode(rows.inputs(trace)),
        call_rows=_encode(rows.calls(trace)),
        call_marks=_encode(rows.marks(trace)),
        printed=_encode(printed.printed(trace)),
        extents=msgspec.msgpack.encode(cards.extents(built.faces)),
        refused=_refused(built, words),
    )


def _clears(reading: Reading, words: Text) -> browser.RepairOffer | None:
    """The edit that mends a forgotten `zero_grad`."""
    source = reading.trace.source
    found = grad_life.forgotten(reading)
    if found is None or (repair := repairs.cleared(source, *found)) is None:
        return None
    key, name, edit = repair
    return browser.RepairOffer(words(f"repair.{key}", name=name), writing.apply(source, edit))


def _refused(built: Scene, words: Text) -> str:
    error, passes = built.trace.error, built.trace.passes
    if error is None or error.hint != "no_grad_fn" or not passes:
        return ""
    last = passes[-1]
    if last.refused is None or last.span is None or last.span.line != error.span.line:
        return ""
    return sentence.plain(refused.reason(built.reading, last.refused), words)


def _shows(
    lesson: Lesson | None, built: Scene, body: browser.Picture, words: Text
) -> tuple[Shown, ...]:
    """The places of a lesson's ideas in a version of its program."""
    if lesson is None or not lessons.belongs(lesson.program, built.trace.source):
        return ()
    trace, language = built.trace, words.language
    folded = {
        group.name: group.id for group in built.groups.values() if group.id not in built.unfolded
    }

    def holds(translations: Mapping[str, str]) -> bool:
        return not translations or claims.holds(lessons.words(translations, language), trace)

    return tuple(
        Shown(
            step=moments.step(idea, built),
            unfold=folded.get(notation.indexed(idea.unfold), ""),
            holds=holds(idea.text),
            answer_holds=holds(idea.answer),
            asks=bool(idea.asks) and moments.asked(idea, built, body) is not None,
        )
        for idea in lesson.ideas
    )


def _bare(trace: Trace) -> Trace:
    """A trace without its graph."""
    return msgspec.structs.replace(
        trace, variables=(), nodes=(), edges=(), passes=(), steps=(), truncated=None,
        checks=(), curves=(), writes=(), measurable=(),
    )  # fmt: skip


def _choice(reading: Reading, asked: Sequence[int] = (), drawn: Any = None) -> JSON:
    trace = reading.trace
    return {
        "names": [one.name for one in contour.elements(reading)],
        "base": contour.identity(trace),
        "asked": list(asked) or None,
        "drawn": drawn,
    }


def survey(job: Survey) -> Made:
    """The axes of a contour plot, or the plot itself; neither for elements that do not exist."""
    trace = client.opened(job.run)
    reading = Reading(trace)
    found = contour.elements(reading)
    known = range(len(found))
    if job.base != contour.identity(trace) or job.x == job.y:
        return Made()
    if job.x not in known or job.y not in known:
        return Made()
    x, y = found[job.x], found[job.y]
    if job.heights is None:
        return Made(axes=contour.axes(reading, x, y))
    words: Text = text.load(job.language)
    drawn = contour.draw(reading, x, y, job.heights, words)
    return Made(body=_encode(_choice(reading, (job.x, job.y), drawn)))


def save(job: Save) -> bytes:
    """A file of a run; at its end where the picture has no such step."""
    trace = client.opened(job.run)
    try:
        subject = Subject(trace, job.language, job.theme, job.step, job.run.chosen_pass)
    except IndexError:
        subject = Subject(trace, job.language, job.theme, chosen_pass=job.run.chosen_pass)
    return EXPORTS[job.form].make(subject)


def preview(job: Preview) -> Failure | None:
    """The first fault of a lesson, None if it is as it should be."""
    solved, predicted = (
        None if run is None else client.opened(run) for run in (job.solved, job.predicted)
    )
    words = text.load(job.language)
    return lesson_faults.fault(job.lesson, client.opened(job.run), solved, predicted, words)


def compare(job: Compare) -> bytes:
    """The rows of "what if"."""
    after = None if job.after is None else client.opened(job.after)
    return _encode(whatif.rows(client.opened(job.before), after))
