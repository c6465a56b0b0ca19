"""A program's text -> the line that affects a gradient.

The trace has little on operations that autograd does not follow, so the text is searched; it is
never run.
"""

import ast
import functools
import re
from collections.abc import Iterable
from typing import Final

from viz_app import notebook
from viz_app.model import Span

DETACHING: Final = frozenset({"detach", "data", "detach_copy"})
COPYING: Final = frozenset({"tensor", "as_tensor", "asarray", "from_numpy", "Tensor"})
CHOOSING: Final = frozenset(
    """
    argmax argmin argsort argwhere nonzero count_nonzero searchsorted bucketize multinomial
    gt lt ge le eq ne greater less greater_equal less_equal equal not_equal isnan isinf isfinite
    isclose allclose any all logical_and logical_or logical_not logical_xor signbit floor_divide
    bincount histc unique bernoulli one_hot max_indices
    """.split()
)
"""Calls whose result jumps: no small change of the input changes it a little."""

PLACING: Final = frozenset(
    """
    sort topk max min median nanmedian mode kthvalue cummax cummin msort
    max_pool1d max_pool2d max_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
    max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices
    """.split()
)
"""Calls that return integers in addition to their values: the positions of these."""

CASTING: Final = frozenset("long int short char byte to type type_as".split())
"""Calls that turn floating-point numbers into integers."""

_SWITCHES: Final = re.compile(r"no_grad|inference_mode|set_grad_enabled\(\s*(mode\s*=\s*)?False")

_NUMBERS: Final = frozenset({"item", "tolist", "numpy"})

_OPERATORS: Final = {
    ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class Lines:
    """Searches in one program's text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.split("\n")

    @functools.cached_property
    def _tree(self) -> tuple[ast.AST, ...]:
        try:
            return tuple(ast.walk(notebook.parsed(self.source)))
        except (SyntaxError, ValueError, RecursionError):
            return ()  # the program ran, so this is only a text too deep for this process

    def assigned(self, name: str) -> int | None:
        """The line that last binds a name."""
        return self._bound.get(name)

    @functools.cached_property
    def _bound(self) -> dict[str, int]:
        bound: dict[str, int] = {}
        for node in self._tree:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound[node.id] = max(node.lineno, bound.get(node.id, 0))
        return bound

    def switched_off(self, line: int) -> int | None:
        """The line of the `no_grad` around a line, or of the switch before it."""
        inner: list[int] = []
        for node in self._tree:
            if isinstance(node, ast.With | ast.FunctionDef):
                heads = (
                    [item.context_expr for item in node.items]
                    if isinstance(node, ast.With)
                    else node.decorator_list
                )
                inside = node.lineno <= line <= (node.end_lineno or node.lineno)
                if inside and any(_SWITCHES.search(ast.unparse(head)) for head in heads):
                    inner.append(heads[0].lineno)
            elif isinstance(node, ast.Expr) and node.lineno <= line:
                text = ast.unparse(node)
                if "set_grad_enabled" in text and _SWITCHES.search(text):
                    inner.append(node.lineno)
        return max(inner, default=None)

    def text(self, span: Span) -> str:
        """A section of the program, in whole lines."""
        return "\n".join(self.lines[span.line - 1 : span.end_line])

    def hooked(self) -> int | None:
        """The only line that registers a hook."""
        lines = [
            n for n, text in enumerate(self.lines, 1) if re.search(r"\.register_\w*hook", text)
        ]
        return lines[0] if len(lines) == 1 else None

    def asked_off(self, name: str | None) -> int | None:
        """The line that switches `requires_grad` of a name off; None: of any parameter."""
        of = r"(?<![\w.])" + re.escape(name) if name is not None else ""
        off = re.compile(rf"{of}\.requires_grad(_\(\s*(requires_grad\s*=\s*)?False|\s*=\s*False)")
        return max((number for number, text in self._asking if off.search(text)), default=None)

    @functools.cached_property
    def _asking(self) -> tuple[tuple[int, str], ...]:
        """The lines, with their numbers, that contain `requires_grad`."""
        return tuple((n, text) for n, text in enumerate(self.lines, 1) if "requires_grad" in text)

    def chosen_from(self, labels: Iterable[str]) -> tuple[int, str] | None:
        """The line that compares one of these tensors or takes its largest element, and the
        operator or call that does so."""
        names = set(labels)
        return next(((line, how) for line, how, about in self._choices if about & names), None)

    @functools.cached_property
    def _choices(self) -> tuple[tuple[int, str, frozenset[str]], ...]:
        """Line, operator or call, and the names compared or searched, for each choice."""
        found = []
        for node in self._used:
            about: Iterable[ast.AST] = ()
            how = None
            if isinstance(node, ast.Compare):
                how, about = _OPERATORS.get(type(node.ops[0])), (node.left, *node.comparators)
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in CHOOSING
            ):
                how, about = node.func.attr, (node.func.value, *node.args)
            if how is not None and isinstance(node, ast.expr):
                names = frozenset(one.id for one in about if isinstance(one, ast.Name))
                found.append((node.lineno, how, names))
        return tuple(found)

    def as_number(self, labels: Iterable[str]) -> int | None:
        """The line that converts one of these tensors to a plain number."""
        names = set(labels)
        return next((line for line, about in self._taken if about & names), None)

    @functools.cached_property
    def _taken(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """The line and names of each call that converts something to a plain number."""
        found = []
        for node in self._used:
            if not isinstance(node, ast.Call):
                continue
            func = node.func
            taken: Iterable[ast.expr] = ()
            if isinstance(func, ast.Attribute) and func.attr in _NUMBERS:
                taken = (func.value,)
            elif isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
                taken = node.args if func.value.id in ("np", "numpy", "math") else ()
            elif isinstance(func, ast.Name) and func.id in ("float", "int"):
                taken = node.args
            parts = (part for one in taken for part in ast.walk(one))
            names = frozenset(part.id for part in parts if isinstance(part, ast.Name))
            found.append((node.lineno, names))
        return tuple(found)

    @functools.cached_property
    def _used(self) -> tuple[ast.AST, ...]:
        """The text without statements that only look: prints and lists of past values."""
        looks = {
            id(part)
            for node in self._tree
            if isinstance(node, ast.Call)
            and (
                (isinstance(node.func, ast.Name) and node.func.id == "print")
                or (isinstance(node.func, ast.Attribute) and node.func.attr == "append")
            )
            for part in ast.walk(node)
        }
        return tuple(node for node in self._tree if id(node) not in looks)

    def used_unseen(self, name: str) -> tuple[int, str] | None:
        """The first line that computes with a name, and the call there that autograd can't follow.

        The call is empty if the line does not show it. Accesses such as `name.grad` do not count as
        uses.
        """
        for node in self._uses.get(name, ()):
            parts = list(ast.walk(node))
            text = ast.unparse(node)
            if re.match(
                rf"print\(|{re.escape(name)}\.(grad|requires_grad|retain|register|zero)", text
            ):
                continue
            called = [
                one.func.attr
                for one in parts
                if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
            ]
            known = [call for call in called if call in DETACHING | COPYING]
            return node.lineno, known[0] if known else ""
        return None

    @functools.cached_property
    def _uses(self) -> dict[str, list[ast.expr]]:
        """The expressions computed with each name, by line."""
        found: dict[str, list[ast.expr]] = {}
        for node in sorted(self._tree, key=lambda one: getattr(one, "lineno", 0)):
            if isinstance(node, ast.Call | ast.BinOp | ast.Compare | ast.Subscript):
                names = {one.id: None for one in ast.walk(node) if isinstance(one, ast.Name)}
                for name in names:
                    found.setdefault(name, []).append(node)
        return found

    @functools.cached_property
    def _assignments(self) -> dict[int, list[ast.Assign]]:
        """The assignments that begin on each line."""
        found: dict[int, list[ast.Assign]] = {}
        for node in self._tree:
            if isinstance(node, ast.Assign):
                found.setdefault(node.lineno, []).append(node)
        return found

    def made_from(self, name: str, asking: Iterable[str]) -> tuple[int, str] | None:
        """The line that last binds a name, and the call there that cuts one of `asking` off."""
        line, names = self.assigned(name), set(asking)
        for node in self._assignments.get(line or 0, ()):
            for one in ast.walk(node.value):
                func = one.func if isinstance(one, ast.Call) else one
                if not isinstance(func, ast.Attribute) or func.attr not in DETACHING | COPYING:
                    continue
                if any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(one)):
                    return node.lineno, func.attr
        return None

    def asked_late(self, name: str, asking: Iterable[str]) -> tuple[str, int] | None:
        """The name among `asking` that this one was computed from before `requires_grad` was
        switched on, and the line of that switch.

        Also through other names that were computed too early themselves.
        """
        names, seen, walk = set(asking), {name}, [name]
        for one in walk:
            line = self.assigned(one)
            made = self._assignments.get(line or 0, ())
            used = {
                part.id for n in made for part in ast.walk(n.value) if isinstance(part, ast.Name)
            }
            for other in sorted(used & names):
                asked = self._asked_on(other)
                if asked is not None and line is not None and asked > line:
                    return other, asked
            fresh = sorted(used - names - seen)
            seen.update(fresh)
            walk += fresh
        return None

    def _asked_on(self, name: str) -> int | None:
        """The first line that switches `requires_grad` of a name on after it was made."""
        on = re.compile(
            rf"(?<![\w.]){re.escape(name)}\.requires_grad"
            r"(_\(\s*((requires_grad\s*=\s*)?True)?\s*\)|\s*=\s*True)"
        )
        return next((n for n, text in self._asking if on.search(text)), None)

    def overwritten(self, after: int, before: int) -> int | None:
        """The only line between two that changes something in place."""
        lines = {
            node.lineno
            for node in self._tree
            if isinstance(node, ast.AugAssign)
            or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript))
            or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and re.fullmatch(r"[a-z]\w*[a-z0-9]_|step", node.func.attr)
            )
        }
        between = [line for line in lines if after <= line < before]
        return between[0] if len(between) == 1 else None
