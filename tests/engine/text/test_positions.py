"""Spans: each operation is where a reader of the program would point."""

import pytest

from viz_app.engine import client
from viz_app.model import Span

CASES = {
    "y = a + torch.exp(b)": {"exp": "torch.exp(b)", "add": "a + torch.exp(b)"},
    "y = (a * b).sum() - b.mean()": {
        "mul": "a * b",
        "sum": "(a * b).sum()",
        "mean": "b.mean()",
        "sub": "(a * b).sum() - b.mean()",
    },
    "y = -torch.relu(a)": {"relu": "torch.relu(a)", "neg": "-torch.relu(a)"},
    "y = 2 * (a\n     .exp()\n     .sum())": {
        "exp": "a\n     .exp()",
        "sum": "a\n     .exp()\n     .sum()",
        "mul": "2 * (a\n     .exp()\n     .sum())",
    },
    "c = a.clone(); c[0] = b[1]": {"clone": "a.clone()", "setitem": "c[0] = b[1]"},
    "값 = a * 2; 둘 = 값 + torch.sin(값)": {"sin": "torch.sin(값)", "add": "값 + torch.sin(값)"},
    "y = a @ b ** 2 if True else a.exp()": {"pow": "b ** 2", "matmul": "a @ b ** 2"},
    "y = [t.exp() for t in (a, b)][0].T": {"exp": "t.exp()"},
}


def words(source: str, span: Span) -> str:
    lines = source.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


@pytest.mark.parametrize("text", list(CASES))
def test_operation_span_is_where_it_is_written(text: str) -> None:
    source = "a = torch.ones(3, requires_grad=True)\nb = torch.ones(3, requires_grad=True)\n" + text
    trace = client.run(source)
    assert trace.error is None
    found = {node.op: words(source, node.span) for node in trace.nodes if node.op and node.span}
    assert {op: found.get(op) for op in CASES[text]} == CASES[text]
