"""The what-if comparison: the values and gradients of two runs, compared."""

from collections.abc import Sequence

from tests import traces
from viz_app.browser import Compared
from viz_app.picture import whatif


def _row(rows: Sequence[Compared], name: str) -> tuple[list[str], list[str], bool]:
    (row,) = [row for row in rows if row.name == name]
    value, grad = ([pair.before.text, pair.after.text] for pair in (row.value, row.grad))
    return value, grad, row.value.changed or row.grad.changed


def test_leaves_and_result_are_compared() -> None:
    after = traces.run(traces.FAN_OUT.replace("tensor(3.", "tensor(7."))
    rows = whatif.rows(traces.run(traces.FAN_OUT), after)
    assert [row.name for row in rows] == ["x", "y", "z"]
    assert _row(rows, "x") == (["3", "7"], ["37", "85"], True)
    assert _row(rows, "y") == (["2", "2"], ["45", "245"], True)
    # z = (x*y) * (x + x*y) + x
    assert _row(rows, "z") == (["57", "301"], ["1", "1"], True)


def test_same_program_shows_no_change() -> None:
    trace = traces.run(traces.NETWORK)
    rows = whatif.rows(trace, trace)
    assert len(rows) == 5
    assert not any(pair.changed for row in rows for pair in (row.value, row.grad))


def test_tensors_on_one_side_only_and_failed_runs_are_empty() -> None:
    before = traces.run(traces.SEED)
    after = traces.run(traces.SEED.replace("b = a + 1", "w = torch.ones(2, requires_grad=True)\n"
                                           "b = a + w"))  # fmt: skip
    rows = whatif.rows(before, after)
    assert [row.name for row in rows] == ["a", "obj", "w"]
    assert _row(rows, "w")[0] == ["", "[1, 1]"]
    assert _row(whatif.rows(before, None), "a") == (["[2, 3]", ""], ["[6, 8]", ""], True)


def test_updated_leaf_is_listed_once_with_its_gradient() -> None:
    rows = whatif.rows(traces.run(traces.SQUARE), traces.run(traces.SQUARE))
    assert [row.name for row in rows].count("x") == 1
    assert all(row.grad.before.text for row in rows)
