"""`python -m viz_app.workers.worker WORK`: makes pictures, one job after the other.

WORK is its budget as JSON. Jobs come on standard input and answers go to standard output. It limits
its own memory and processor time, so a job that takes too much ends it and nothing else; the pool
keeps the wall-clock limit.
"""

import gc
import math
import os
import sys

import msgspec

from viz_app import memory
from viz_app.knowledge import lessons, text
from viz_app.limits import Work
from viz_app.picture.layout import placement
from viz_app.workers import frames
from viz_app.workers.jobs import Job
from viz_app.workers.make import make

if sys.platform != "win32":
    import resource

READY = b"ready"
SPENT = 3
"""Exit code of a worker that had no memory left."""
GARBAGE = 10_000
"""Number of new objects that triggers a search for garbage among the youngest. A picture makes
hardly any, and by default searching took a tenth of its time, for long traces a quarter; with ten
times this number the garbage of 200 pictures outweighed all that the process keeps."""


def main() -> None:
    """Serve jobs while they come: at most `Work.jobs`, and none after one that needed much
    memory."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library's output must not mix with the answers
    decode = msgspec.msgpack.Decoder(Job).decode
    work = msgspec.json.decode(sys.argv[1], type=Work)
    for language in text.languages():
        text.load(language)
    lessons.load()
    placement.warm_up()
    collect_little()
    _confine(work.memory_bytes)
    most = _resident() + work.kept_bytes
    frames.write(answers, READY)
    for count in range(1, work.jobs + 1):
        body = frames.read(sys.stdin.buffer)
        if body is None:
            return
        _allow(work.cpu_seconds)
        made = make(decode(body))
        last = count == work.jobs or _kept_more_than(most)
        frames.write(answers, msgspec.msgpack.encode(msgspec.structs.replace(made, last=last)))
        if last:
            return


def collect_little() -> None:
    """Collect garbage less often, and never search the objects that exist already."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)


def _confine(memory_bytes: int) -> None:
    """Limit this process's writable memory from now on, and leave no core dump."""
    if sys.platform == "linux":
        pages = int(open("/proc/self/statm").read().split()[5])  # noqa: SIM115  data and stack
        most = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: int) -> None:
    """Have the kernel end this process once a job has used this much processor time."""
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = math.ceil(used.ru_utime + used.ru_stime) + seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _kept_more_than(most: int) -> bool:
    """True if this process keeps more bytes, without counting garbage.

    Garbage is collected only where it could change the answer: doing so for each picture would cost
    more time than the memory is worth.
    """
    if _resident() <= most:
        return False
    gc.collect()
    memory.give_back()
    return _resident() > most


def _resident() -> int:
    """The number of bytes this process has in memory; its maximum so far where the system does not
    give the present number.

    Linux counts that from the start of the process that started this one, which is larger.
    """
    if sys.platform == "win32":
        return 0
    if sys.platform == "linux":
        pages = int(open("/proc/self/statm").read().split()[1])  # noqa: SIM115
        return pages * resource.getpagesize()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    try:
        main()
    except MemoryError:
        os._exit(SPENT)
