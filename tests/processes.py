"""An engine's zygote and its children, as the system lists them."""

import contextlib
from pathlib import Path

from tests.patience import until
from tests.traces import UNMEASURED
from viz_app.engine.client import Engine
from viz_app.engine.host.zygote_client import Zygote
from viz_app.engine.process import sandbox

SEED = "a = torch.tensor([2., 3.], requires_grad=True)\n(2 * (a + 1) ** 2).mean().backward()\n"


def works(engine: Engine) -> None:
    """Assert that an engine still runs a program, with the right result."""
    trace = engine.run(SEED, UNMEASURED)
    assert trace.error is None
    (a,) = (it for it in trace.variables if it.name == "a")
    assert a.grad is not None
    assert a.grad.data == (6.0, 8.0)


def zygote(engine: Engine) -> int:
    """The id of an engine's zygote, which has been started."""
    assert isinstance(engine._zygote, Zygote)
    return engine._zygote.process.pid


def served(address: str) -> int:
    """The id of the zygote of the app that serves an address. StopIteration if there is none."""
    port = address.rpartition(":")[2].encode()
    commands = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it is just gone
            commands[process] = (process / "cmdline").read_bytes().split(b"\0")
    server = next(it for it, words in commands.items() if port in words)
    listed = (it.read_text().split() for it in server.glob("task/*/children"))
    children = [Path("/proc", child) for some in listed for child in some]
    return next(
        int(it.name) for it in children if b"viz_app.engine.process" in commands.get(it, ())
    )


def _children(zygote: int) -> dict[int, bytes]:
    found = {}
    for child in Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split():
        try:
            found[int(child)] = Path(f"/proc/{child}/comm").read_bytes().strip()
        except (FileNotFoundError, ProcessLookupError):  # it is just gone
            continue
    return found


def running(zygote: int) -> list[int]:
    """Children that run a program: all but the spare one that waits for the next."""
    return [child for child, name in _children(zygote).items() if name != sandbox.SPARE]


def state(process: int) -> str:
    """The kernel's letter for a process's state: S asleep, Z dead; "" if it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def dead(process: int) -> bool:
    """True if a process has ended, though its parent may have yet to read its status."""
    return state(process) in ("", "Z", "X")


def sealed(process: int) -> bool:
    """True if a process is behind its last wall, and so about to run a program or running it."""
    try:
        return "Seccomp:\t2" in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def settle(zygote: int) -> None:
    """Wait until the zygote has only its spare child and sleeps.

    TimeoutError if a program runs on. A spare that was just forked has no name of its own yet, so
    looking once is not enough.
    """
    until(lambda: not running(zygote) and state(zygote) == "S")


def waits(child: int) -> bool:
    """True if a spare child still waits for its run."""
    try:
        return Path(f"/proc/{child}/comm").read_bytes().strip() == sandbox.SPARE
    except (FileNotFoundError, ProcessLookupError):  # it is just gone
        return False


def spare(zygote: int) -> int:
    """The spare child that waits, once it exists."""
    return until(lambda: [it for it, name in _children(zygote).items() if name == sandbox.SPARE])[0]
