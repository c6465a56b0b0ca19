"""The return of unused memory to the system."""

import ctypes
import sys


def give_back() -> None:
    """Return pages without objects to the system; glibc keeps them otherwise."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
        if trim is not None:
            trim(0)
