"""The memory that one child has written: the pages that a control group would charge to it alone.

The limits of `sandbox.py` bound the mappings and writes of a child apart from the pages that it
shares with the zygote. It can still write to each of those, and gets a copy of it. No limit of the
kernel counts these copies without privileges, so the zygote checks from time to time.
"""

import contextlib
import os
import time
from typing import BinaryIO

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

LOOK_SECONDS = 0.1
"""Seconds between two checks of a child: its limits bound what it writes in between."""
EFFORT = 10
"""Multiple of a check's duration until the next: counting page by page holds the child up."""


class Written:
    """The account of one child; created right after its fork.

    Where the app runs as root, the child soon belongs to another user. A container's root may then
    no longer open the second file, but can go on reading it.
    """

    def __init__(self, child: int) -> None:
        self._size = open(f"/proc/{child}/statm", "rb", buffering=0)  # noqa: SIM115  closed in close
        self._pages: BinaryIO | None = None
        with contextlib.suppress(OSError):
            self._pages = open(f"/proc/{child}/smaps_rollup", "rb", buffering=0)  # noqa: SIM115
        self._inherited = self._anonymous()
        self._next = 0.0

    def exceeds(self, most: int) -> bool:
        """True if the child has written more than `most` bytes."""
        try:
            anonymous = self._anonymous()
            if anonymous <= most or time.monotonic() < self._next:
                return False
            if self._pages is None:  # a lower bound of what it has written
                return anonymous - self._inherited > most
            began = time.monotonic()
            own = self._own()
            ended = time.monotonic()
            self._next = ended + EFFORT * (ended - began)
            return own > most
        except (OSError, IndexError):  # it has just ended
            return False

    def close(self) -> None:
        self._size.close()
        if self._pages is not None:
            self._pages.close()

    def _anonymous(self) -> int:
        """Bytes in memory that belong to no file, including those shared with the zygote."""
        self._size.seek(0)
        pages = self._size.read().split()
        return (int(pages[1]) - int(pages[2])) * PAGE

    def _own(self) -> int:
        """Bytes that were written and are shared with no other process."""
        assert self._pages is not None
        self._pages.seek(0)
        lines = self._pages.read().splitlines()
        return sum(
            int(line.split()[1]) * 1024
            for line in lines
            if line.startswith((b"Private_Dirty:", b"SwapPss:"))
        )
