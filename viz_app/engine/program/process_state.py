"""The process settings that a program may read or change, saved and restored around a run."""

import contextlib
import os
import sys
from collections.abc import Iterator

import torch

PROGRAM = "program.py"
"""The program's name for itself, in `sys.argv[0]`."""


@contextlib.contextmanager
def everything_as_it_was() -> Iterator[None]:
    """Restore the process settings that a program may change, for runs inside a test.

    The program sees an empty command line, so that its `parse_args()` finds no arguments of ours.
    """
    arguments, sys.argv = sys.argv, [PROGRAM]
    dtype, grad = torch.get_default_dtype(), torch.is_grad_enabled()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    anomaly, environment = torch.is_anomaly_enabled(), dict(os.environ)
    try:
        yield
    finally:
        sys.argv = arguments
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        torch.set_anomaly_enabled(anomaly)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
