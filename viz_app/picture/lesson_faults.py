"""The faults of a lesson, by the runs of its programs."""

from viz_app.errors import failure
from viz_app.knowledge import claims, goals, lessons
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text
from viz_app.model import Failure, Trace
from viz_app.picture import moments, scene
from viz_app.picture.payload import payload


def fault(
    asked: Lesson, before: Trace, solved: Trace | None, predicted: Trace | None, words: Text
) -> Failure | None:
    """The first fault of a lesson by the runs of its `lessons.programs`, None if there is none."""
    return _of_exercise(asked, before, solved, predicted) or _of_ideas(asked, before, words)


def _of_exercise(
    asked: Lesson, before: Trace, solved: Trace | None, predicted: Trace | None
) -> Failure | None:
    """The goal must be open at first and reached by the solution, and of a prediction's choices the
    run must show exactly the right one."""
    if before.error is not None:
        return failure("preview_stopped")
    if solved is not None:
        at_first, at_last = goals.verdict(asked, before), goals.verdict(asked, solved)
        if at_first is None or at_first.standing != "open":
            return failure("preview_met")
        if at_last is None or at_last.standing != "reached":
            return failure("preview_unmet")
    if asked.predict is not None:
        trace = before if predicted is None else predicted
        for choice in asked.predict.choices:
            shown = all(goals.outcome(one, trace).holds for one in choice.shows)
            if choice.shows and shown != choice.right:
                return failure("preview_choice")
    return None


def _of_ideas(asked: Lesson, trace: Trace, words: Text) -> Failure | None:
    """An idea without its step, with a number that is not the run's, or whose question has another
    answer."""
    if not asked.ideas:
        return None
    built = scene.build(trace)
    drawn = payload(built, words) if any(idea.asks for idea in asked.ideas) else None
    for count, idea in enumerate(asked.ideas, 1):
        placed = idea.at is not None or idea.moment is not None
        if placed and moments.step(idea, built) is None:
            return failure("preview_place", number=count)
        for sentence in (*idea.text.values(), *idea.answer.values()):
            if not claims.holds(sentence, trace):
                return failure("preview_number", number=count, sentence=sentence)
        if drawn is not None and idea.asks:
            found = moments.asked(idea, built, drawn)
            if found is None or not lessons.same(found, idea.asks):
                return failure("preview_asks")
    return None
