"""Any bytes give a Trace or a VizError, at every entry point; `make fuzz` tries longer."""

import base64
import json
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import fuzz
from tests.examples import examples
from viz_app.engine import wire
from viz_app.engine.client import Engine
from viz_app.engine.host import validate
from viz_app.errors import VizError
from viz_app.export import to_json, to_table
from viz_app.knowledge import text
from viz_app.limits import Limits
from viz_app.model import Trace
from viz_app.picture import scene
from viz_app.picture.payload import payload

SEED = "a = torch.tensor([2., 3.], requires_grad=True)\n(2 * (a + 1) ** 2).mean().backward()\n"


@pytest.fixture(scope="module")
def honest(engine: Engine) -> bytes:
    return msgspec.msgpack.encode(wire.Answer(trace=engine.run(SEED)))


@examples(200)
@given(st.binary(max_size=400))
def test_any_bytes_as_an_answer_are_refused_or_valid(data: bytes) -> None:
    fuzz.answer(data)


@examples(200)
@given(data=st.data())
def test_damaged_answer_is_refused_or_drawable(honest: bytes, data: st.DataObject) -> None:
    """An answer that still passes as a trace can be drawn and exported without an error."""
    damaged = bytearray(honest)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        how = data.draw(st.sampled_from(["change", "remove", "insert", "cut"]))
        if how == "change":
            damaged[at] = data.draw(st.integers(0, 255))
        elif how == "remove":
            del damaged[at]
        elif how == "insert":
            damaged[at:at] = data.draw(st.binary(min_size=1, max_size=8))
        else:
            del damaged[max(at, 1) :]
    try:
        trace = validate.trace(bytes(damaged), SEED, Limits())
    except VizError:
        return
    assert isinstance(trace, Trace)
    json.loads(to_json(trace))
    to_table(trace)
    payload(scene.build(trace), text.load("en"))


@examples(200)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(zlib.compress)))
def test_any_link_gives_settings_or_a_viz_error(data: bytes) -> None:
    fuzz.link(data)
    fuzz.link(base64.urlsafe_b64encode(data).rstrip(b"="))


@examples(200)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["cells", "cell_type", "source", "nbformat", "x"]), inner
                )
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_notebook_gives_a_program_or_a_viz_error(data: bytes) -> None:
    fuzz.opened(data)


@examples(40)
@given(data=st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)))
def test_any_program_gives_a_trace_or_a_viz_error(engine: Engine, data: bytes) -> None:
    target = fuzz.Text()
    target.engine = engine
    target(data)
