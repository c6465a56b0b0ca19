"""Memory in large pages, which make forks of a process cheap.

`reserve` comes before everything that is imported, `collapse` after it.
"""

import ctypes
import sys

LARGE = 2**21
"""Bytes of a large page, where they have this size."""
RESERVED = 128
"""Megabytes of Python's small objects once torch and what it imports are here."""
ARENA = 2**20
"""Bytes that Python takes from the system at once for small objects."""
SMALL = 512
"""Bytes of the largest object that Python places there."""
_kept: list[bytes] = []
"""One small object in each reserved arena: Python returns an empty one to the system."""
MADV_COLLAPSE = 25
"""Linux 6.1 and later; an older kernel refuses it, and forks stay as slow as before."""


def reserve() -> None:
    """Let Python take the arenas of its small objects now, in one piece.

    Taken as the imports need them, they would lie between the libraries that are loaded meanwhile,
    and `collapse` would find too few whole large pages.
    """
    each = ARENA // SMALL
    objects = [b""] * (RESERVED * each)  # growing, it would move on the way
    for place in range(len(objects)):
        objects[place] = bytes(SMALL - sys.getsizeof(b""))
    _kept.extend(objects[:: each // 2])


def collapse() -> None:
    """Move the pages that this process has written into large pages.

    A fork copies one entry per page: 120 instead of 60,000, and the kernel splits a large page only
    where a child writes to it. New mappings of a child have pages of the usual size.
    """
    libc = ctypes.CDLL(None)
    with open("/proc/self/maps") as maps:
        regions = [line.split() for line in maps]
    for place, rights, _, _, file, *_ in regions:
        if rights != "rw-p" or file != "0":
            continue
        first, end = (int(address, 16) for address in place.split("-"))
        for page in range(-(-first // LARGE) * LARGE, end // LARGE * LARGE, LARGE):
            libc.madvise(ctypes.c_void_p(page), ctypes.c_size_t(LARGE), MADV_COLLAPSE)
