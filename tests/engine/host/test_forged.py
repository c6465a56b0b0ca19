"""Forged answers: each is refused, or is drawn without an error, at a cost in line with its
size."""

import struct
import tracemalloc
from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from tests import forging
from viz_app.engine import wire
from viz_app.engine.host import validate
from viz_app.engine.weight import DENSEST, weight
from viz_app.errors import VizError
from viz_app.limits import Limits

LIMITS = Limits()
SMALLER = Limits(result_memory=LIMITS.result_memory // 10)
"""The weight grows with the answer: a tenth of the limit refuses a tenth of the size."""
SOURCE = "x = 1\n"
pack = msgspec.msgpack.encode


@pytest.fixture(scope="module")
def honest() -> list[tuple[str, bytes]]:
    return forging.honest()


def test_real_answers_agree_with_themselves(honest: list[tuple[str, bytes]]) -> None:
    assert len(honest) == len(forging.PROGRAMS)
    assert all(forging.agrees(source, body) for source, body in honest)


@pytest.mark.parametrize("part", range(8))
def test_forged_answer_is_refused_or_drawn(honest: list[tuple[str, bytes]], part: int) -> None:
    refused = 0
    for seed in range(part * 40, part * 40 + 40):
        source, body = forging.forged(seed, honest)
        try:
            forging.shown(source, body)
        except VizError:
            refused += 1
    assert 0 < refused < 40


def test_input_that_is_not_an_expression_is_refused(honest: list[tuple[str, bytes]]) -> None:
    source, body = honest[0]
    said = validate.answer(body, LIMITS)
    assert said.trace is not None
    first = next(it for it in said.trace.inputs if it.kind == "number")
    cut = replace(first, span=replace(said.trace.calls[0].span, end_column=first.span.column))
    forged = replace(said, trace=replace(said.trace, inputs=(cut,)))
    with pytest.raises(VizError, match="forged") as refused:
        forging.shown(source, pack(forged))
    assert refused.value.failure.type == "input.span"


def _array(data: bytes, count: int, shape: object, dtype: str) -> bytes:
    head = b"\x83" + pack("shape") + pack(shape) + pack("dtype") + pack(dtype) + pack("data")
    return head + b"\xdd" + struct.pack(">I", count) + data


def _trace(**fields: bytes) -> bytes:
    """A trace with some fields already packed."""
    plain = {
        "version": 1, "source": SOURCE, "stdout": "", "echo": [], "error": None, "truncated": None,
        "variables": [], "nodes": [], "edges": [], "passes": [], "steps": [],
    }  # fmt: skip
    packed = {key: pack(value) for key, value in plain.items()} | fields
    body = b"".join(pack(key) + value for key, value in packed.items())
    return b"\x81" + pack("trace") + b"\xde" + struct.pack(">H", len(packed)) + body


def _variable(value: bytes) -> bytes:
    fields = {"name": "x", "requires_grad": False, "is_leaf": True, "grad_fn": None,
              "grad": None, "node": None}  # fmt: skip
    body = b"".join(pack(key) + pack(it) for key, it in fields.items()) + pack("value") + value
    return b"\x91" + b"\x87" + body


def _pairs(count: int) -> bytes:
    return _trace(variables=_variable(_array(b"\x92\x01\x01" * count, count, [count], "complex")))


def _small(count: int) -> bytes:
    return _trace(variables=_variable(_array(b"\x01" * count, count, [count], "torch.float32")))


def _slopes(count: int) -> bytes:
    head = b"\x91\x83" + pack("node") + pack(0) + pack("kinks") + pack([]) + pack("slopes")
    return _trace(checks=head + b"\xdd" + struct.pack(">I", count) + b"\x01" * count)


def _nones(count: int) -> bytes:
    return _trace(measurable=b"\xdd" + struct.pack(">I", count) + b"\xc0" * count)


def _names(count: int) -> bytes:
    one = pack({"text": ""})
    return _trace(nodes=b"\xdd" + struct.pack(">I", count) + one * count)


def _spans(count: int) -> bytes:
    head = b"\x91\x85" + pack("form") + pack("infix") + pack("op") + pack("+") + pack("span")
    head += pack([1, 1, 1, 2]) + pack("nodes") + pack([0]) + pack("operands")
    return _trace(calls=head + b"\xdd" + struct.pack(">I", count) + b"\x94\x01\x01\x01\x02" * count)


def _letters(count: int) -> bytes:
    return _trace(stdout=pack("x" * (3 * count) + "\U0001f9ee"))


def _params(count: int) -> bytes:
    entries = b"".join(b"\xa4" + struct.pack(">I", n & 0x7F7F7F7F) + b"\x01" for n in range(count))
    head = pack("code") + pack("exception") + pack("type") + pack("") + pack("message") + pack("")
    head += pack("span") + pack([1, 1, 1, 1]) + pack("params") + b"\xdf" + struct.pack(">I", count)
    return b"\x81" + pack("failure") + b"\x85" + head + entries


DENSE = [_pairs, _small, _slopes, _nones, _names, _spans, _letters, _params]


@pytest.mark.parametrize("make", DENSE, ids=lambda make: make.__name__[1:])
def test_dense_answer_is_refused(make: Callable[[int], bytes]) -> None:
    body = make(60_000)
    tracemalloc.start()
    try:
        with pytest.raises(VizError, match="forged"):
            validate.trace(body, SOURCE, LIMITS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(body) * (DENSEST + 1)


@pytest.mark.parametrize("make", DENSE, ids=lambda make: make.__name__[1:])
def test_large_dense_answer_is_refused_before_it_is_decoded(make: Callable[[int], bytes]) -> None:
    """The refusal is by weight: the answer would become more than the limit, or is short after
    all."""
    body = make(200_000)
    found = weight(body, Limits(result_memory=1))
    with pytest.raises(VizError) as refused:
        validate.trace(body, SOURCE, SMALLER)
    heavy = found > SMALLER.result_memory and len(body) * DENSEST > SMALLER.result_memory
    assert (refused.value.failure.type == "weight") == heavy
    assert heavy or found <= SMALLER.result_memory


@pytest.mark.parametrize("make", [_pairs, _small, _slopes, _nones, _spans, _letters])
def test_weight_is_an_upper_bound(make: Callable[[int], bytes]) -> None:
    body = make(20_000)
    tracemalloc.start()
    kept = msgspec.msgpack.decode(body, type=wire.Answer)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept is not None
    assert held <= weight(body, Limits(result_memory=1))
    assert held <= len(body) * DENSEST


@pytest.mark.parametrize("head", [b"\xdd", b"\xdf", b"\xdb"])
def test_announced_parts_that_are_not_there_weigh_too_much(head: bytes) -> None:
    body = b"\x91" * 1_000 + head + b"\xff\xff\xff\xff" + b"\x01" * 5_000_000
    with pytest.raises(VizError, match="forged"):
        validate.trace(body, SOURCE, LIMITS)


@pytest.mark.parametrize("shape", [[2**62, 0], [0, 2**63 - 1], [300_000, 0], [0]])
def test_empty_tensor_of_any_shape_is_ordinary(shape: list[int]) -> None:
    body = _trace(variables=_variable(_array(b"", 0, shape, "torch.float32")))
    assert validate.trace(body, SOURCE, LIMITS).variables[0].value.data == ()
    forging.shown(SOURCE, body)


@pytest.mark.parametrize(
    ("code", "hint", "params"),
    [
        ("no_such_code", None, {}),
        ("engine_missing", None, {"reason": "x"}),
        ("limit_wall", None, {}),
        ("exception", "no_such_hint", {}),
        ("exception", "matmul", {"left": "1x2"}),
    ],
)
def test_failure_without_a_sentence_is_refused(
    code: str, hint: str | None, params: dict[str, str]
) -> None:
    body = {"code": code, "type": "x", "message": "", "span": [1, 1, 1, 1],
            "hint": hint, "params": params}  # fmt: skip
    tried = {"shapes": [], "error": body}
    for answer in (_trace(error=pack(body)), pack({"failure": body})):
        with pytest.raises(VizError) as refused:
            validate.trace(answer, SOURCE, LIMITS)
        assert refused.value.failure.code == "forged"
    with pytest.raises(VizError, match="forged"):
        validate.tried(pack({"tried": [tried]}), (SOURCE,), LIMITS)


def test_forged_trials_and_heights_are_refused() -> None:
    for shape in ([-1], [2**62, 2**62], [1] * 65):
        with pytest.raises(VizError, match="forged"):
            validate.tried(pack({"tried": [{"shapes": [shape], "error": None}]}), (SOURCE,), LIMITS)
    for found in (pack({"tried": [{"shapes": [], "error": None}] * 2}), b"", b"\xc0"):
        with pytest.raises(VizError, match="forged"):
            validate.tried(found, (SOURCE,), LIMITS)
    assert validate.heights(pack({"heights": [1.0] * 121}), SOURCE, LIMITS) == (1.0,) * 121
    for heights in ([1.0], [1.0] * 122, ["x"] * 121):
        with pytest.raises(VizError, match="forged"):
            validate.heights(pack({"heights": heights}), SOURCE, LIMITS)
