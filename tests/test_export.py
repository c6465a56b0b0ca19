"""The JSON of a trace is strict and complete; the terminal's table keeps its columns."""

import json
import math

import pytest

from viz_app.export import _rows, array, brief, document, message, safe, shorten, to_json, width
from viz_app.knowledge.text import load
from viz_app.model import Array, Failure, Number, Span, Trace


def _array(*data: Number, shape: tuple[int, ...] | None = None) -> Array:
    return Array((len(data),) if shape is None else shape, "torch.float32", data)


EMPTY = Trace(1, "", "", (), None, None, (), (), (), (), ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (_array(1.5, shape=()), 1.5),
        (_array(1.0, 2.0), [1.0, 2.0]),
        (_array(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, shape=(2, 3)), [[1, 2, 3], [4, 5, 6]]),
        (_array(1.0, 2.0, shape=(2, 1, 1)), [[[1.0]], [[2.0]]]),
        (_array(shape=(0,)), []),
        (_array(shape=(2, 0)), [[], []]),
        (_array(shape=(0, 3)), []),
        (_array(shape=(10**9, 0)), []),
        (_array(math.nan, math.inf, -math.inf), ["nan", "inf", "-inf"]),
        (_array((1.0, math.nan)), [{"re": 1.0, "im": "nan"}]),
        (_array(True, False), [True, False]),
    ],
)
def test_an_array_is_nested_lists(value: Array | None, expected: object) -> None:
    assert array(value) == expected


def test_a_large_array_is_its_head_and_statistics() -> None:
    value = Array((2000,), "torch.float32", (1.0,), True, -1.0, math.inf, None, 2.0, 3, 4)
    assert array(value) == {
        "head": [1.0], "shape": [2000], "min": -1.0, "max": "inf", "mean": None, "norm": 2.0,
        "nan": 3, "inf": 4,
    }  # fmt: skip


def test_numbers_round_trip_exactly() -> None:
    numbers = (0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 0.30000001192092896, -0.0)
    assert tuple(json.loads(json.dumps(array(_array(*numbers))))) == numbers


def test_the_document_has_the_contracts_fields_and_no_lone_surrogate() -> None:
    trace = Trace(1, "", "a\ud800b", (), None, None, (), (), (), (), ())
    text = to_json(trace)
    assert {"version", "source", "stdout", "echo", "error", "truncated", "variables", "nodes",
            "backward"} <= set(document(trace))  # fmt: skip
    assert json.loads(text.encode("utf-8"))["stdout"] == "a?b"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_failure_of_the_engine_has_a_sentence(language: str) -> None:
    params: dict[str, str | int | float] = {
        "limit": 10, "most": 1, "bytes": 2, "megabytes": 3, "signal": 4, "reason": "r",
        "missing": "open", "lines": 5, "kept": 6, "nodes": 7,
    }  # fmt: skip
    words = load(language)
    for code in (
        "exception", "syntax", "too_deep", "too_long", "too_many_lines", "encoding",
        "limit_wall", "limit_cpu",
        "limit_memory", "limit_result", "limit_result_curve",
        "limit_nodes", "limit_printed", "limit_passes", "crash",
        "crash_fpe", "crash_segv", "crash_abort", "killed", "vanished", "forged", "engine_died",
        "engine_missing", "sandbox_missing", "internal",
    ):  # fmt: skip
        assert words(f"error.{code}", **params)
    problem = Failure("limit_wall", "LimitReached", "", Span(1, 1, 1, 1), None, {"limit": 7})
    assert "7" in message(problem)


def test_columns_fit_wide_characters() -> None:
    head, _, *rows = _rows(("name", "value"), [("기울기", "1"), ("a", "2")])
    assert {width(line[:-1]) for line in rows} == {width(head) - len("value")}
    assert width("기울기") == 6
    assert shorten("기울기", 5) == "기울…"
    assert width("e\u0301") == 1


def test_terminal_control_characters_are_removed() -> None:
    assert safe("a\x1b[31m\u202eb\u2028c") == "a [31m b c"
    (_, _, row) = _rows(("name",), [("a\x1b[2J\nb",)])
    assert row == "a [2J b"


def test_brief_form_uses_pytorchs_notation() -> None:
    assert brief(_array(6.0, 8.0)) == "[6., 8.]"
    assert brief(_array(0.5, math.nan)) == "[0.5, nan]"
