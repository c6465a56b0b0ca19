"""Errors that a single edit of the program fixes, and that edit."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from viz_app import notebook
from viz_app.edit.writing import Edit, offsets, put
from viz_app.model import Failure, Span

MAKERS: Final = frozenset(
    ("tensor", "ones", "zeros", "rand", "randn", "full", "linspace", "eye", "arange")
)
"""Functions of torch that make a leaf."""
WHOLE: Final = frozenset(("arange",))
"""Makers whose result is of integers if their arguments are."""
OFFERED: Final = 3
"""Maximum number of repairs that are offered for one error."""

Repair = tuple[str, str, Edit]
"""The catalogue key of the fix ("repair.<key>"), the name that it concerns, the edit."""


def repairs(source: str, failure: Failure) -> tuple[Repair, ...]:
    """The edits each of which alone fixes an error, the likeliest first; empty if none is known."""
    find = _FINDERS.get(failure.hint or "")
    if find is None:
        return ()
    try:
        program = _Program(source, failure.span.line, failure.forward_line)
    except (SyntaxError, ValueError, RecursionError):
        return ()  # this is not the text that ran
    found = list(find(program))[:OFFERED]
    return tuple(repair for repair in found if _parses(source, repair[2]))


def cleared(source: str, line: int, names: Sequence[str]) -> Repair | None:
    """Clear the gradients before the backward call in a line: with the optimiser, if the text has
    one by then, or else those of these names; None if no line can be added there."""
    try:
        program = _Program(source, line)
    except (SyntaxError, ValueError, RecursionError):
        return None
    statement = program.statement(line)
    if statement is None or program.lines[line - 1][: statement.col_offset].strip():
        return None
    made = {
        target.id
        for node in ast.walk(program.tree)
        if isinstance(node, ast.Assign) and node.lineno < line
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    steps = (
        call.func.value for call in program.calls("step") if isinstance(call.func, ast.Attribute)
    )
    optimisers = dict.fromkeys(it.id for it in steps if isinstance(it, ast.Name) and it.id in made)
    if len(optimisers) == 1:
        new = f"{next(iter(optimisers))}.zero_grad()"
    elif names and all(name in made for name in names):
        new = " = ".join(f"{name}.grad" for name in names) + " = None"
    else:
        return None
    edit = program.before_statement(statement, new)
    return ("zero_grad", new, edit) if _parses(source, edit) else None


def _parses(source: str, edit: Edit) -> bool:
    start, end = offsets(source, edit.span)
    try:
        notebook.parsed(source[:start] + edit.new + source[end:])
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


class _Program:
    """A parsed text and the line at which it failed; `forward_line` is the failing step's own."""

    def __init__(self, source: str, line: int, forward_line: int | None = None) -> None:
        self.source = source
        self.forward_line = forward_line
        self.tree = notebook.parsed(source)
        self.lines = source.split("\n")
        self.line = line
        self.parents = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }

    def end(self, node: ast.expr | ast.stmt) -> int:
        """The position in the text after a node."""
        return self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._offset(node.lineno, node.col_offset)

    def _offset(self, line: int, column: int) -> int:
        """The offset of a column: ast counts bytes of UTF-8, the text is read in characters."""
        before = self.lines[line - 1].encode()[:column].decode()
        at = Span(line, len(before) + 1, line, len(before) + 1)
        return offsets(self.source, at)[0]

    def calls(self, *methods: str) -> list[ast.Call]:
        """The calls of methods or functions of these names, in the order of the text."""
        found = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in methods
        ]
        return sorted(found, key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))

    def at_fault(self, *methods: str) -> ast.Call | None:
        """The call of one of these methods on the line that failed."""
        return next(
            (it for it in self.calls(*methods) if it.lineno <= self.line <= (it.end_lineno or 0)),
            None,
        )

    def statement(self, line: int) -> ast.stmt | None:
        """The innermost statement on a line."""
        found = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
        ]
        return max(found, key=lambda node: (node.lineno, node.col_offset), default=None)

    def insert(self, at: int, text: str) -> Edit:
        return put(self.source, at, at, text, "repair")

    def before_method(self, call: ast.Call, text: str) -> Edit:
        """Insert text between a method and the object that it is called on."""
        assert isinstance(call.func, ast.Attribute)
        at = self.source.rindex(".", self.end(call.func.value), self.end(call.func))
        return self.insert(at, text)

    def argument(self, call: ast.Call, text: str) -> Edit:
        """One more keyword argument."""
        close = self.end(call) - 1
        given = self.source[self.end(call.func) : close].rstrip()
        joint = "" if given.endswith("(") else " " if given.endswith(",") else ", "
        return self.insert(close, joint + text)

    def before_statement(self, statement: ast.stmt, text: str) -> Edit:
        """One more line before a statement that begins its line."""
        return self.insert(self.start(statement), f"{text}\n{' ' * statement.col_offset}")


def _sum(program: _Program) -> Iterator[Repair]:
    call = program.at_fault("backward")
    if call is not None and not call.args and not any(k.arg == "gradient" for k in call.keywords):
        yield "sum", "", program.before_method(call, ".sum()")


def _detach(program: _Program) -> Iterator[Repair]:
    call = program.at_fault("numpy")
    if call is not None:
        yield "detach", "", program.before_method(call, ".detach()")


def _retain(program: _Program) -> Iterator[Repair]:
    """Keep the tensors that the pass before the failing one frees; in a loop that may be the same
    call."""
    calls = program.calls("backward", "grad")
    failed = program.at_fault("backward", "grad")
    if failed is None:
        return
    turned = any(
        isinstance(parent, ast.For | ast.While) for parent in _above(failed, program.parents)
    )
    earlier = calls[: calls.index(failed)]
    first = failed if turned or not earlier else earlier[-1]
    if not any(keyword.arg == "retain_graph" for keyword in first.keywords):
        yield "retain", "", program.argument(first, "retain_graph=True")


def _above(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while (above := parents.get(node)) is not None:
        yield above
        node = above


def _leaf_written(program: _Program) -> Iterator[Repair]:
    """Put a training step under no_grad; otherwise make the change to a copy."""
    statement = program.statement(program.line)
    name = _written(statement)
    if statement is None or name is None:
        return
    text = program.source[program.start(statement) : program.end(statement)]
    if ".grad" in text:
        indent = " " * statement.col_offset
        new = f"with torch.no_grad():\n{indent}    " + text.replace("\n", "\n    ")
        edit = put(program.source, program.start(statement), program.end(statement), new, "repair")
        yield "no_grad", name, edit
    else:
        yield "clone", name, program.before_statement(statement, f"{name} = {name}.clone()")


def _saved_written(program: _Program) -> Iterator[Repair]:
    """Copy the tensor that is written to in place, after the line that saved it."""
    saved = program.statement(program.forward_line or 0)
    if saved is None:
        return
    names = {node.id for node in ast.walk(saved) if isinstance(node, ast.Name)}
    last = program.line
    writes = sorted(
        (
            node
            for node in ast.walk(program.tree)
            if isinstance(node, ast.stmt)
            and saved.lineno < node.lineno <= last
            and _written(node) in names
        ),
        key=lambda node: node.lineno,
    )
    for node in writes:
        name = _written(node)
        yield "clone", name or "", program.before_statement(node, f"{name} = {name}.clone()")


def _written(statement: ast.stmt | None) -> str | None:
    """The name of the tensor that a statement writes to in place."""
    target: ast.expr | None = None
    if isinstance(statement, ast.AugAssign):
        target = statement.target
    elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        target = statement.targets[0]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        func = statement.value.func
        if isinstance(func, ast.Attribute) and func.attr.endswith("_"):
            target = func.value
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def _asked(program: _Program) -> Iterator[Repair]:
    """Make a leaf require a gradient, if the failing tensor was made from it."""
    failed = program.statement(program.line)
    if failed is None:
        return
    wanted = {node.id for node in ast.walk(failed) if isinstance(node, ast.Name)}
    found: list[tuple[str, ast.Call]] = []
    assigns = [node for node in ast.walk(program.tree) if isinstance(node, ast.Assign)]
    for node in sorted(assigns, key=lambda node: node.lineno, reverse=True):
        names = {each.id for target in node.targets for each in ast.walk(target)
                 if isinstance(each, ast.Name)}  # fmt: skip
        if node.lineno > program.line or not names & wanted:
            continue
        wanted |= {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
        if len(names) == 1 and isinstance(node.value, ast.Call) and _makes(node.value):
            found.append((names.pop(), node.value))
    for name, call in reversed(found):
        if any(keyword.arg == "requires_grad" for keyword in call.keywords):
            return  # the history was cut elsewhere
        flag = "requires_grad=True"
        yield "requires_grad", name, program.argument(call, _float(call) + flag)


def _makes(call: ast.Call) -> bool:
    func = call.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr in MAKERS
        and isinstance(func.value, ast.Name)
        and func.value.id == "torch"
    )


def _float(call: ast.Call) -> str:
    """The dtype that a leaf made of integers needs."""
    given = {keyword.arg for keyword in call.keywords}
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    whole = name in WHOLE or (name == "tensor" and _integers([*call.args, *call.keywords]))
    return "dtype=torch.float, " if whole and "dtype" not in given else ""


def _integers(nodes: Sequence[ast.AST]) -> bool:
    numbers = [
        each.value
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, int | float)
    ]
    return bool(numbers) and all(isinstance(number, int) for number in numbers)


def _decimal(program: _Program) -> Iterator[Repair]:
    call = program.at_fault(*MAKERS)
    if call is not None and not any(keyword.arg == "dtype" for keyword in call.keywords):
        yield "float", "", program.argument(call, "dtype=torch.float")


_FINDERS: Final = {
    "not_scalar": _sum,
    "numpy_grad": _detach,
    "backward_twice": _retain,
    "inplace_leaf": _leaf_written,
    "saved_modified": _saved_written,
    "no_grad_fn": _asked,
    "input_no_grad": _asked,
    "integer_grad": _decimal,
}
