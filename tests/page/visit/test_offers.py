"""The offers for an operation: tried in the child, each does what it claims."""

import functools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.patience import PATIENCE_SECONDS
from tests.traces import UNMEASURED
from viz_app import edit
from viz_app.edit import Offer
from viz_app.engine import client
from viz_app.knowledge import lessons, text
from viz_app.limits import TRIAL
from viz_app.model import Trace, Tried
from viz_app.page.visit import operations

PATIENT = msgspec.structs.replace(TRIAL, wall_seconds=PATIENCE_SECONDS, cpu_seconds=60)
LEAF = "a = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\n"


def _offers(expression: str) -> dict[tuple[str, str, int], str]:
    """Each offer for the outermost operation of an expression, and the text it would write."""
    source = f"{LEAF}b = {expression}\n"
    trace = client.run(source)
    (call,) = [it for it in trace.calls if (it.span.column, it.span.end_line) == (5, 2)][-1:]
    offers = edit.offers(source, call)
    after = [edit.apply(source, each.edit) for each in offers]
    kinds = [(each.kind, each.to, each.keep) for each in offers]
    return {
        kind: text.removeprefix(f"{LEAF}b = ")[:-1] for kind, text in zip(kinds, after, strict=True)
    }


@pytest.mark.parametrize(
    ("expression", "kind", "after"),
    [
        ("a + 1", ("swap", "", 0), "1 + a"),
        ("a + 1", ("remove", "", 1), "1"),
        ("2 * a", ("change", "exp", 0), "a.exp()"),
        ("a * 2", ("step", "softplus", 0), "torch.nn.functional.softplus(a * 2)"),
        ("a * 2", ("wrap", "sum", 0), "torch.sum(a * 2)"),
        ("torch.matmul(a, a + 1)", ("change", "maximum", 0), "torch.maximum(a, a + 1)"),
        ("a.mul(a)", ("change", "sub", 0), "a.sub(a)"),
        ("(a + 1).mul(a)", ("change", "div", 0), "(a + 1).div(a)"),
        ("torch.nn.functional.mse_loss(a, a.detach(), reduction='sum')",
         ("change", "l1_loss", 0),
         "torch.nn.functional.l1_loss(a, a.detach(), reduction='sum')"),
    ],
)  # fmt: skip
def test_offers_and_their_notation(expression: str, kind: tuple[str, str, int], after: str) -> None:
    assert _offers(expression)[kind] == after


def test_changes_without_effect_are_not_offered() -> None:
    assert ("change", "+", 0) not in _offers("a + 1")
    assert ("swap", "", 0) not in _offers("a * a")
    assert ("swap", "", 0) not in _offers("a.exp()")


@functools.cache
def _lesson(slug: str) -> tuple[Trace, list[tuple[tuple[Offer, ...], tuple[Tried, ...]]]]:
    trace = client.run(lessons.load()[slug].program)
    found = []
    for call in trace.calls:
        offers = edit.offers(trace.source, call)
        texts = tuple(edit.apply(trace.source, each.edit) for each in offers)
        tried = client.try_out(trace.source, call.span, texts, whole=True, limits=PATIENT)
        found.append((offers, tried))
    return trace, found


@pytest.mark.parametrize("slug", ["gradient-calculation", "fan-out", "two-layer-mlp"])
@examples(20)
@given(data=st.data())
def test_each_offered_change_of_a_lesson_runs_as_it_was_tried(
    slug: str, data: st.DataObject
) -> None:
    trace, tried = _lesson(slug)
    offers, outcomes = data.draw(st.sampled_from(tried))
    assert len(offers) == len(outcomes)
    place = data.draw(st.integers(0, len(offers) - 1))
    after = client.run(edit.apply(trace.source, offers[place].edit), UNMEASURED)
    outcome = outcomes[place]
    if outcome.error is None:
        assert after.error is None
    else:
        assert after.error is not None
        assert after.error.span.line == outcome.error.span.line
    if offers[place].to == "Identity":  # which makes nothing that is recorded
        return
    shapes = {it.shape for node in after.nodes for it in node.values if it is not None}
    assert set(outcome.shapes) <= shapes


@pytest.mark.parametrize("slug", ["gradient-calculation", "fan-out", "two-layer-mlp"])
def test_a_step_and_a_wrap_are_the_same_operation(slug: str) -> None:
    _, tried = _lesson(slug)
    for offers, outcomes in tried:
        by_kind = {
            (offer.kind, offer.to): (outcome.shapes, outcome.error and outcome.error.span.line)
            for offer, outcome in zip(offers, outcomes, strict=True)
        }
        steps = [to for kind, to in by_kind if kind == "step"]
        assert steps
        for to in steps:  # a layer is never wrapped
            assert by_kind["step", to] == by_kind.get(("wrap", to), by_kind["step", to])


@pytest.mark.parametrize("slug", ["gradient-calculation", "fan-out", "two-layer-mlp"])
def test_each_operation_of_a_lesson_has_something_that_fits(slug: str) -> None:
    _, tried = _lesson(slug)
    assert tried
    for _, outcomes in tried:
        assert sum(outcome.error is None for outcome in outcomes) > 5


def test_choice_lists_the_operations_that_fit() -> None:
    trace = client.run(f"{LEAF}b = (a + 1).sum()\nb.backward()\n")
    found = operations.tries(trace, 1, whole=True)
    assert found.complete
    shown = operations.choices(found, text.load("en"), trace.calls[1]).kinds
    labels = {kind: [each.label for each in each_kind] for kind, each_kind in shown.items()}
    assert labels["change"][:5] == ["mean", "prod", "max", "min", "norm"]  # these let it run on
    assert {each.shape for each in shown["change"][:5]} == {"()"}
    assert labels["remove"] == ["a + 1"]
    (exp,) = [each for each in shown["change"] if each.to == "exp"]
    assert exp.stops is not None
    assert exp.stops.mark == "stops in line 3"
    assert exp.shape == "(2, 2)"
    assert "RuntimeError" in exp.stops.why
    assert "swap" not in shown


def test_trial_of_a_long_program_ends_at_the_operation() -> None:
    trace = client.run(f"{LEAF}b = a.sum()\nb.backward()\n")
    found = operations.tries(trace, 0, whole=False)
    assert found.complete
    assert all(tried.error is None for _, tried in found.offers)
