"""Property tests of edits: generated programs, every control; the text parses and comes back."""

import ast
import itertools
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.traces import UNMEASURED
from viz_app import edit
from viz_app.edit import Edit
from viz_app.engine import client

NAMES = st.sampled_from(["a", "b", "가중치", "é"])
NUMBERS = st.sampled_from(["2", "3.", "0.5", "1e-1", "(-2)", "-1."])


def _bigger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, parts, st.sampled_from(["+", "-", "*", "/"]), parts),
        st.builds("({} {} {})".format, parts, st.sampled_from(["+", "-", "*"]), parts),
        st.builds("({})**2".format, parts),
        st.builds("({}).{}()".format, parts, st.sampled_from(["exp", "tanh", "sum", "mean"])),
        st.builds("torch.{}({})".format, st.sampled_from(["sin", "sigmoid", "sum"]), parts),
        st.builds("-{}".format, parts),
        st.builds("({} +\n   {})".format, parts, parts),
    )


EXPRESSIONS = st.recursive(NAMES | NUMBERS, _bigger, max_leaves=8)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Leaves under several names and one expression of them, with any ends of lines."""
    lines = [
        f"{name} = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)"
        for name in ("a", "b", "가중치", "é")
    ]
    text = "\n".join(
        [*lines, f"y = {draw(EXPRESSIONS)} + a  # ∇", "y *= 3", "y.sum().backward()", ""]
    )
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def _edits(source: str, typed: str) -> Iterator[Edit]:
    """Every edit that the controls offer for a program."""
    trace = client.run(source, UNMEASURED)
    for it in trace.inputs:
        if it.kind == "flag":
            yield edit.set_flag(source, it.span, not it.value.data[0])
        elif it.kind == "matrix":
            yield edit.set_element(source, it.span, (1, 0), typed)
            yield edit.resize(source, it.span, (3, 1))
        else:
            yield edit.set_number(source, it.span, typed)
    for call in trace.calls:
        for to in edit.choices(call):
            yield edit.change(source, call, to)
        yield edit.remove(source, call, 0)
        if call.form == "augmented":
            continue
        yield edit.wrap(source, call.span, "exp")
        yield edit.step_after(source, call, "tanh")
        yield edit.remove(source, call, len(call.operands) - 1)
        if len(call.operands) > 1:
            yield edit.swap(source, call)


@examples(20)
@given(programs(), st.sampled_from(["5", "-5", "2.5", "1e-3"]))
def test_each_edit_parses_changes_only_its_span_and_can_be_undone(source: str, typed: str) -> None:
    for done in _edits(source, typed):
        after = edit.apply(source, done)
        ast.parse(after)
        first, last = edit.offsets(source, done.span)
        assert source[first:last] == done.old
        assert after[:first] == source[:first]
        assert after[len(after) - len(source) + last :] == source[last:]
        assert edit.apply(after, edit.undo(done)) == source


@examples(20)
@given(programs())
def test_a_changed_operator_keeps_its_operands(source: str) -> None:
    infix = [call for call in client.run(source, UNMEASURED).calls if call.form == "infix"]
    for call, to in itertools.product(infix, edit.INFIX):
        after = edit.apply(source, edit.change(source, call, to))
        operands = [source[slice(*edit.offsets(source, it))] for it in call.operands]
        left, right = (ast.dump(ast.parse(f"({it})")) for it in operands)
        pairs = {
            (ast.dump(_module(it.left)), type(it.op), ast.dump(_module(it.right)))
            for it in ast.walk(ast.parse(after))
            if isinstance(it, ast.BinOp)
        }
        operator = ast.parse(f"x {to} y", mode="eval").body
        assert isinstance(operator, ast.BinOp)
        assert (left, type(operator.op), right) in pairs


def _module(expression: ast.expr) -> ast.Module:
    return ast.Module([ast.Expr(expression)], [])
