"""The faults of a lesson's ideas, by a run of its program."""

from viz_app.errors import failure
from viz_app.knowledge import claims, lessons
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text
from viz_app.model import Failure, Trace
from viz_app.picture import moments, scene
from viz_app.picture.payload import payload


def fault(asked: Lesson, trace: Trace, words: Text) -> Failure | None:
    """The first idea without its step, with a number that is not the run's, or whose question has
    another answer; None if there is none."""
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
