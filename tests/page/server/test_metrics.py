"""The counts for Prometheus: true, and without a visitor's words."""

import asyncio
import os
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request

from viz_app.engine import client
from viz_app.engine.client import Engine
from viz_app.errors import VizError
from viz_app.limits import Quota, Visitor
from viz_app.page.server import metrics


def _values() -> dict[tuple[str, ...], float]:
    """Each sample's value, by its name and the values of its labels."""
    answer = asyncio.run(metrics._answer(Request({"type": "http", "headers": []})))
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(bytes(answer.body).decode())
        for sample in family.samples
    }


def test_runs_are_counted_by_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine("auto", Quota(a_minute_each=2))
    client.start()
    monkeypatch.setattr(engine, "_zygote", client._engine._zygote)  # to start one takes seconds
    engine.observe(metrics.note)
    before = _values()

    def more(*name: str) -> float:
        return _values().get(name, 0.0) - before.get(name, 0.0)

    visitor = Visitor("a", "192.0.2.1")
    engine.record("secret_name = 1", visitor=visitor)
    engine.record("import os\nos.abort()", visitor=visitor)
    with pytest.raises(VizError):
        engine.record("secret_name = 3", visitor=visitor)
    assert more("viz_runs_total", "answered") == 1
    ends = {name[1] for name in _values() if name[0] == "viz_runs_total"}
    assert sum(more("viz_runs_total", end) for end in ends) == 2
    assert more("viz_run_seconds_count") == 2
    assert more("viz_refused_total", "limit_rate") == 1
    assert more("viz_wait_seconds_count") == 3
    text = repr(_values())
    assert "secret_name" not in text
    assert "192.0.2.1" not in text
    assert all(re.fullmatch(r"[a-z_]+", end) for end in ends)


def test_a_gauge_is_read_on_request_and_may_be_replaced() -> None:
    numbers = iter((3.0, 4.0))
    metrics.gauge("viz_test", "A test.", lambda: next(numbers))
    assert [_values()[("viz_test",)], _values()[("viz_test",)]] == [3, 4]
    metrics.gauge("viz_test", "A test.", lambda: 9)
    assert _values()[("viz_test",)] == 9


def test_memory_metric_covers_the_running_processes() -> None:
    own = metrics.resident([os.getpid()])
    assert own > 2**20
    assert metrics.resident([os.getpid(), 2**30]) == pytest.approx(own, rel=0.2)
