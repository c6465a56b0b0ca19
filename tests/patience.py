"""Waiting for events and states: no test asserts seconds, none sleeps until something is over."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

PATIENCE_SECONDS = 180.0
"""Maximum wait for something that must come: a busy machine delays it, only a fault prevents it."""

PATIENCE_MS = PATIENCE_SECONDS * 1000
"""The same for a browser."""

T = TypeVar("T")


def until(look: Callable[[], T]) -> T:
    """The first true result. TimeoutError if there never is one.

    It looks less often the longer it waits, which leaves the processor to what it waits for.
    """
    began = time.monotonic()
    while not (found := look()):
        waited = time.monotonic() - began
        if waited > PATIENCE_SECONDS:
            raise TimeoutError(f"never: {look}")
        time.sleep(0.002 + waited / 20)
    return found


def beside(call: Callable[[], T]) -> Callable[[], T]:
    """Start a call in a thread; calling the returned function waits for its result, or raises.

    The thread is a daemon: a call that never ends fails its test, and holds up nothing else.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as problem:  # noqa: BLE001  raised where the result is waited for
            future.set_exception(problem)

    threading.Thread(target=work, daemon=True).start()
    return lambda: future.result(PATIENCE_SECONDS)
