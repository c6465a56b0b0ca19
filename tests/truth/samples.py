"""The sample inputs of PyTorch's own table of operations, each as a run with its trace."""

import contextlib
import io
import math
import warnings
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from unittest import mock

import numpy as np
import torch
from torch.testing._internal import common_utils
from torch.testing._internal.common_methods_invocations import op_db

from viz_app.engine.program import execute
from viz_app.limits import Limits
from viz_app.model import Trace

SOURCE: Final = """
result = op(*args, **kwargs)
roots = differentiable(result)
torch.autograd.backward(roots, [uneven(root) for root in roots])
"""
DTYPES: Final = (torch.float64, torch.float32, torch.complex128)
LARGEST: Final = 64
"""Elements of the largest tensor of a sample."""
OPERATIONS: Final[list[Any]] = [op for op in op_db if op.supports_autograd]


class Sample(NamedTuple):
    """One operation on one of its sample inputs: its name, and what the engine recorded."""

    name: str
    trace: Trace


def leaves(value: Any) -> list[torch.Tensor]:
    """The tensors among operands or results, in their order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [tensor for part in value for tensor in leaves(part)]
    return []


def differentiable(value: Any) -> list[torch.Tensor]:
    """The tensors of a result that a backward can start from."""
    return [one for one in leaves(value) if one.requires_grad]


def uneven(root: torch.Tensor) -> torch.Tensor:
    """A gradient to start from whose numbers all differ: a mistake in any place shows."""
    weights = torch.linspace(0.5, 1.5, max(1, root.numel()), dtype=torch.float64)
    if root.is_complex():
        weights = torch.complex(weights, weights.flip(0) - 0.7)
    return weights[: root.numel()].to(root.dtype).reshape(root.shape)


def _small(sample: Any) -> bool:
    given = leaves((sample.input, sample.args, sample.kwargs))
    strided = all(one.layout is torch.strided and not one.is_nested for one in given)
    return (
        strided
        and any(one.requires_grad for one in given)
        and all(one.numel() <= LARGEST for one in given)
    )


def runs(op: Any, dtype: torch.dtype, most: int | None = None) -> Iterator[Sample]:
    """The runs of one operation in one dtype; those that plain PyTorch refuses are left out."""
    if dtype not in op.supported_backward_dtypes("cpu"):
        return
    torch.manual_seed(0)
    np.random.seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn = list(op.sample_inputs("cpu", dtype, requires_grad=True))
    except Exception:  # noqa: BLE001 - PyTorch's own table can't give its samples here
        return
    small = [one for one in drawn if _small(one)]
    if most is not None and len(small) > most:
        step = math.ceil(len(small) / most)
        small = small[::step]
    for place, sample in enumerate(small):
        space = {
            "torch": torch, "op": op.op, "differentiable": differentiable, "uneven": uneven,
            "args": [sample.input, *sample.args], "kwargs": dict(sample.kwargs),
        }  # fmt: skip
        torch.manual_seed(0)
        np.random.seed(0)
        # PyTorch reads the source of every caller to find a unittest of its own: there is none.
        with (
            mock.patch.object(common_utils, "extract_test_fn", return_value=None),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            trace = execute.run(SOURCE, Limits(), namespace=space)
        if trace.error is None and trace.steps:
            yield Sample(f"{op.formatted_name} {str(dtype)[6:]} {place}", trace)
