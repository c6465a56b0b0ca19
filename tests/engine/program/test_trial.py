"""The possible changes of an operation are tried in the child: shapes, failures, limits."""

import msgspec
import pytest

from tests import traces
from tests.patience import PATIENCE_SECONDS
from viz_app.engine import client, wire
from viz_app.engine.host import validate
from viz_app.errors import VizError
from viz_app.limits import TRIAL
from viz_app.model import Failure, Span, Tried

LEAF = "가 = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\n"


def _try(
    source: str, at: str, *others: str, whole: bool = True, seconds: float = PATIENCE_SECONDS
) -> tuple[Tried, ...]:
    """The results of other expressions in the place of the call that is written `at`."""
    start = source.index(at)
    line, column = source.count("\n", 0, start) + 1, start - source.rfind("\n", 0, start)
    span = Span(line, column, line, column + len(at))
    texts = tuple(source[:start] + other + source[start + len(at) :] for other in others)
    limits = msgspec.structs.replace(TRIAL, wall_seconds=seconds)
    return client.try_out(source, span, texts, whole=whole, limits=limits)


def test_trial_gives_the_result_shape_or_the_failure() -> None:
    source = LEAF + "나 = (가 ** 2).sum()  # ∇\n나.backward()\n"
    kept, reduced, wrong, pair = _try(
        source, "가 ** 2", "가.exp()", "가.mean()", "가 @ torch.ones(3)", "가.max(dim=0)"
    )
    assert (kept.shapes, kept.error) == (((2, 2),), None)
    assert (reduced.shapes, reduced.error) == (((),), None)
    assert wrong.shapes == ()
    assert wrong.error is not None
    assert (wrong.error.type, wrong.error.span.line) == ("RuntimeError", 2)
    assert pair.shapes == ((2,), (2,))
    assert pair.error is not None  # a pair has no sum()


def test_trial_reports_programs_that_stop_later() -> None:
    source = LEAF + "b = 가.sum()\nb.backward()\n"
    (whole,) = _try(source, "가.sum()", "가.exp()")
    assert whole.shapes == ((2, 2),)
    assert whole.error is not None
    assert whole.error.span.line == 3
    (first,) = _try(source, "가.sum()", "가.exp()", whole=False)
    assert (first.shapes, first.error) == (((2, 2),), None)


def test_operation_in_a_loop_is_tried_by_its_first_result() -> None:
    source = (
        LEAF + "def f(x):\n    return [each * 2 for each in x]\n"
        "for _ in range(3):\n    f(가)[0].sum().backward()\n"
    )
    assert _try(source, "each * 2", "each.sum()") == (Tried(((),), None),)


def test_trial_of_a_statement_reports_the_changed_tensor() -> None:
    source = LEAF + "b = 가 * 1\nfor _ in range(2):\n    b *= 3\nb.sum().backward()\n"
    more, wrong, gone = _try(source, "b *= 3", "b += 3", "b @= torch.ones(3)", "pass")
    assert more == Tried(((2, 2),), None)
    assert wrong.shapes == ()
    assert wrong.error is not None
    assert gone == Tried((), None)


def test_one_trial_does_not_affect_the_next() -> None:
    source = LEAF + "torch.set_default_dtype(torch.float64)\nb = torch.rand(2) + 가\n"
    first, second = _try(source, "torch.rand(2) + 가", *["torch.rand(2) @ 가"] * 2)
    assert first.error is not None
    assert first == second


@pytest.mark.parametrize("endless", ["while True: pass", "import time; time.sleep(60)"])
def test_trials_finished_in_time_are_reported(endless: str) -> None:
    source = LEAF + f"b = 가 + 1\nif b.dim() == 0:\n    {endless}\n"
    tried = _try(source, "가 + 1", "가 * 2", "가.sum()", "가 - 1", seconds=2.0)
    assert tried == (Tried(((2, 2),), None),)


def test_crash_yields_no_trial_results() -> None:
    source = LEAF + "b = 가 + 1\n"
    crash = "torch.div(torch.tensor([-2**63]), -1, rounding_mode='trunc')"
    assert _try(source, "가 + 1", "가 * 2", crash) == ()
    assert traces.run(source).error is None


def test_a_text_that_does_not_parse_is_refused() -> None:
    with pytest.raises(VizError):
        _try(LEAF + "b = 가 + 1\n", "가 + 1", "가 +")


@pytest.mark.parametrize(
    "tried",
    [
        Tried(((-1,),), None),
        Tried(((2**63,),), None),
        Tried(((1,) * 65,), None),
        Tried(((),) * 65, None),
        Tried((), Failure("exception", "E", "", Span(9, 1, 9, 1))),
    ],
)
def test_impossible_trial_answer_is_refused(tried: Tried) -> None:
    can_be = Tried(((2, 2),), None)
    answers = [msgspec.msgpack.encode(wire.Answer(tried=(one,))) for one in (can_be, tried)]
    assert validate.tried(answers[0], ("a",), TRIAL) == (can_be,)
    with pytest.raises(VizError, match="forged"):
        validate.tried(answers[1], ("a",), TRIAL)


def test_trial_request_is_distinguished_from_a_run_request() -> None:
    for sent in (wire.Request("a", TRIAL), wire.Trial("a", Span(1, 1, 1, 2), ("b",), True, TRIAL)):
        data = msgspec.msgpack.encode(sent)
        assert msgspec.msgpack.decode(data, type=wire.Request | wire.Trial) == sent
