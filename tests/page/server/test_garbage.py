"""Garbage is collected on a timer."""

import asyncio
import gc
import mmap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit import config

from viz_app import memory
from viz_app.page.server import garbage


class StoppedError(Exception):
    pass


def test_garbage_is_collected_repeatedly_in_a_small_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    rests: list[float] = []

    def collect() -> None:
        nonlocal now
        now += len(rests)  # it takes longer from time to time

    async def sleep(seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 4:
            raise StoppedError

    monkeypatch.setattr(gc, "collect", collect)
    with ThreadPoolExecutor() as thread, pytest.raises(StoppedError):
        thread.submit(asyncio.run, garbage.collect(sleep, lambda: now)).result()
    assert rests == [20, 50, 100, 150]


@pytest.mark.parametrize("host", [None, True, False])
def test_streamlits_own_collection_is_off_unless_the_host_asks_for_it(
    host: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "set_threshold", lambda _: None)
    option = config.get_config_options()[garbage.AFTER_RERUN]
    before = option.value, option.where_defined
    if host is None:  # as where `.streamlit/config.toml` is not read
        option.set_value(True, option.DEFAULT_DEFINITION)
    else:
        option.set_value(host, "environment variable")
    garbage.spare()
    assert config.get_option(garbage.AFTER_RERUN) is bool(host)
    option.set_value(*before)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells what is resident")
def test_memory_that_was_freed_goes_back_to_the_system() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

    many = [bytes(1_000) for _ in range(100_000)]
    last = many[-1]  # at the heap's end: it keeps the rest from shrinking by itself
    del many
    before = resident()
    memory.give_back()
    assert resident() < before - 50_000_000
    assert last == bytes(1_000)
