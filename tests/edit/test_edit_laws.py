"""Property tests of edits: generated programs, every control; the text parses and comes back."""

import ast
from collections.abc import Callable

from hypothesis import assume, given
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


def _edits(draw: st.DrawFn, source: str) -> Edit:
    trace = client.run(source, UNMEASURED)
    typed = draw(st.sampled_from(["5", "-5", "2.5", "1e-3"]))
    many: list[Callable[[], Edit]] = []
    for it in trace.inputs:
        if it.kind == "flag":
            many.append(lambda it=it: edit.set_flag(source, it.span, not it.value.data[0]))  # type: ignore[misc]
        elif it.kind == "matrix":
            many.append(lambda it=it: edit.set_element(source, it.span, (1, 0), typed))  # type: ignore[misc]
            many.append(lambda it=it: edit.resize(source, it.span, (3, 1)))  # type: ignore[misc]
        else:
            many.append(lambda it=it: edit.set_number(source, it.span, typed))  # type: ignore[misc]
    for call in trace.calls:
        for to in edit.choices(call):
            many.append(lambda call=call, to=to: edit.change(source, call, to))  # type: ignore[misc]
        many.append(lambda call=call: edit.remove(source, call, 0))  # type: ignore[misc]
        if call.form == "augmented":
            continue
        many.append(lambda call=call: edit.wrap(source, call.span, "exp"))  # type: ignore[misc]
        many.append(lambda call=call: edit.step_after(source, call, "tanh"))  # type: ignore[misc]
        many.append(lambda call=call: edit.remove(source, call, len(call.operands) - 1))  # type: ignore[misc]
        if len(call.operands) > 1:
            many.append(lambda call=call: edit.swap(source, call))  # type: ignore[misc]
    return draw(st.sampled_from(many))()


@examples(50)
@given(st.data())
def test_each_edit_parses_changes_only_its_span_and_can_be_undone(data: st.DataObject) -> None:
    source = data.draw(programs())
    done = data.draw(st.composite(lambda draw: _edits(draw, source))())
    after = edit.apply(source, done)
    ast.parse(after)
    first, last = edit.offsets(source, done.span)
    assert source[first:last] == done.old
    assert after[:first] == source[:first]
    assert after[len(after) - len(source) + last :] == source[last:]
    assert edit.apply(after, edit.undo(done)) == source


@examples(50)
@given(st.data())
def test_a_changed_operator_keeps_its_operands(data: st.DataObject) -> None:
    source = data.draw(programs())
    infix = [call for call in client.run(source, UNMEASURED).calls if call.form == "infix"]
    assume(infix)
    call = data.draw(st.sampled_from(infix))
    to = data.draw(st.sampled_from(edit.INFIX))
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
