"""Two thousand runs: do descriptors, processes and memory stay as they were?

    python -m bench.soak [RUNS]

One run in ten is no seed but a loop, a crash, garbage or a text that does not parse. Prints what
this process and the zygote hold at the start and after each tenth.
"""

import os
import resource
import sys
import time
from pathlib import Path

from viz_app.engine.children import Zygote
from viz_app.engine.client import Engine
from viz_app.errors import VizError
from viz_app.limits import Limits

SEED = "a = torch.tensor([2., 3.], requires_grad=True)\n(2 * (a + 1) ** 2).mean().backward()\n"
ODD = (
    "while True: pass",
    "import ctypes; ctypes.string_at(0)",
    "import os; os.write(3, b'garbage and more')",
    "def f(:",
    "import os; os._exit(0)",
    "kept = [torch.ones(2**22) for _ in range(1000)]",
)
LIMITS = Limits(wall_seconds=0.2, cpu_seconds=2)


def held(pid: int) -> str:
    """Descriptors, children and resident megabytes of a process."""
    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    children = len(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    size = pages * resource.getpagesize() / 2**20
    return f"{descriptors:4} descriptors {children:3} children {size:8.1f} MB"


def main(count: int) -> None:
    engine = Engine("auto")
    engine.start()
    for _ in range(20):
        engine.run(SEED)
    for number in range(count + 1):
        if number % max(count // 10, 1) == 0:
            time.sleep(0.2)  # the last child is being buried
            assert isinstance(engine._zygote, Zygote)
            zygote = engine._zygote.process.pid
            print(f"{number:6}  page {held(os.getpid())}   zygote {held(zygote)}", flush=True)
        try:
            if number % 10 == 9:
                engine.run(ODD[number // 10 % len(ODD)], LIMITS)
            else:
                engine.run(SEED)
        except VizError:  # some are meant to be refused
            continue
    engine.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
