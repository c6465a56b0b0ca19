"""The server's answers to probes, and its end: not ready first, then no connections."""

import asyncio

import pytest

from viz_app.page.server import health
from viz_app.page.server.health import State


def _drained(seconds: float, *, hurried_after: int | None = None) -> tuple[list[str], float]:
    """The states seen while it waited, and the seconds it waited."""
    state, seen, slept = State(), [], 0.0
    state.warm()

    async def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds
        seen.append(state.name)

    asyncio.run(state.drain(seconds, lambda: len(seen) == hurried_after, sleep))
    return seen, slept


def test_server_is_not_ready_while_it_drains() -> None:
    seen, slept = _drained(3)
    assert set(seen) == {"draining"}
    assert slept == pytest.approx(3)
    assert _drained(0) == ([], 0)
    assert _drained(3_600, hurried_after=2)[1] == pytest.approx(2 * health.LOOK_SECONDS)


def test_engine_that_warms_up_late_does_not_end_draining() -> None:
    state = State()
    asyncio.run(state.drain(0, lambda: False))
    state.warm()
    assert state.name == "draining"


@pytest.mark.parametrize("given", ["", "-1", "soon", "9999", "٣"])
def test_invalid_drain_time_is_reported(given: str) -> None:
    assert health.drain_seconds({}) == 0
    assert health.drain_seconds({health.DRAIN: "25"}) == 25
    with pytest.raises(ValueError, match="VIZ_APP_DRAIN_SECONDS is a whole number"):
        health.drain_seconds({health.DRAIN: given})
