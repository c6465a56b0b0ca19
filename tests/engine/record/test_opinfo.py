"""PyTorch's own table of operations: one test for each that is differentiable on a CPU.

Every `grad_fn` there must be recorded with its values, gradients and contributions, bit for bit; no
table of ours decides what can be shown. Runs in this process, because the samples are live tensors.
Samples that plain PyTorch itself can't run on float64 are counted and skipped.
"""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch.testing._internal import common_utils
from torch.testing._internal.common_methods_invocations import op_db

from tests import compare, observe
from tests.truth.samples import leaves
from viz_app.engine.program import execute
from viz_app.limits import Limits

SOURCE = """
result = op(*args, **kwargs)
roots = differentiable(result)
torch.autograd.backward(roots, [torch.ones_like(root) for root in roots])
"""

LIMITS = Limits(curves=1)
"""Nothing here looks at the points of a curve: one suffices to see that a rerun changes nothing."""

TABLE: list[Any] = op_db
OPERATIONS = [
    op for op in TABLE if op.supports_autograd and torch.float64 in op.supported_dtypes("cpu")
]

skipped: list[str] = []
compared: list[str] = []


def differentiable(value: Any) -> list[torch.Tensor]:
    """The tensors in a result that a backward can start from."""
    if isinstance(value, torch.Tensor):
        return [value] if value.requires_grad else []
    if isinstance(value, tuple | list):
        return [tensor for part in value for tensor in differentiable(part)]
    return []


def seed() -> None:
    """Reset all random generators; `torch.manual_seed` also notes the stack for each kind of
    device."""
    torch.default_generator.manual_seed(0)
    np.random.seed(0)


def names(op: Any) -> dict[str, Any]:
    """Fresh operands of an operation's first sample, as the names the program finds."""
    seed()
    sample = next(
        sample
        for sample in op.sample_inputs("cpu", torch.float64, requires_grad=True)
        if any(leaf.requires_grad for leaf in leaves((sample.input, sample.args, sample.kwargs)))
    )
    return {
        "torch": torch,
        "op": op.op,
        "differentiable": differentiable,
        "args": [sample.input, *sample.args],
        "kwargs": dict(sample.kwargs),
    }


def gradients(given: dict[str, Any]) -> list[Any]:
    return [leaf.grad for leaf in leaves([given["args"], given["kwargs"]]) if leaf.is_leaf]


def seen_of(gradient: Any) -> Any:
    return None if gradient is None else observe.array(gradient)


@pytest.fixture(autouse=True)
def _no_unittest(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch reads the source of every caller to find a unittest of its own: there is none."""
    monkeypatch.setattr(common_utils, "extract_test_fn", lambda: None)


@pytest.fixture(autouse=True)
def _one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.formatted_name)
def test_operation_is_recorded_as_plain_pytorch_ran_it(op: Any) -> None:
    plain = None
    passes: list[observe.Seen] = []
    undo = observe.listen(passes)
    try:
        plain = names(op)
        seed()
        exec(SOURCE, plain)
    except Exception as error:  # noqa: BLE001 - whatever plain PyTorch says to its own sample
        skipped.append(op.formatted_name)
        pytest.skip(f"plain PyTorch: {type(error).__name__}: {error}")
    finally:
        undo()
    ours = names(op)
    trace = execute.run(SOURCE, LIMITS, namespace=copy.copy(ours))
    assert trace.error is None
    mine, theirs = gradients(ours), gradients(plain)
    assert repr([seen_of(grad) for grad in mine]) == repr([seen_of(grad) for grad in theirs])
    observed = {"passes": passes}
    assert compare.backward(trace, observed) == []
    assert compare.conservation(trace, observed) == []
    assert compare.well_formed(trace) == []
    compared.append(op.formatted_name)


def test_nearly_all_operations_were_compared() -> None:
    """This runs last. Run alone it has nothing to judge, and is skipped."""
    if not compared:
        pytest.skip("no operation was run before this test")
    assert len(OPERATIONS) > 500
    share = len(compared) / (len(compared) + len(skipped))
    assert share >= 0.9, f"{len(skipped)} skipped: {skipped}"
