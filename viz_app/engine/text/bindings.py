"""The places where a text reads a value written in it: names, parameters, attributes, loops.

From the parsed text alone, so a name represents everything ever bound to it in its scope, and a
method or attribute everything of that name: the result is where a value may arrive.
"""

import ast
from collections.abc import Iterable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Reads = dict[str, list[ast.AST]]


class Bindings:
    """The parents, names and functions of a program, found once."""

    def __init__(self, tree: ast.Module) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self._tree = tree
        self._bound: dict[ast.AST, set[str]] = {tree: set()}
        self._uses: dict[tuple[ast.AST, str], list[ast.AST]] = {}
        self._attributes: _Reads = {}
        self._functions: dict[str, list[tuple[Function, int]]] = {}
        self._records: set[str] = set()
        names: list[ast.Name] = []
        walk: list[ast.AST] = [tree]
        while walk:
            node = walk.pop()
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
                walk.append(child)
            if isinstance(node, ast.Name):
                names.append(node)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                self._attributes.setdefault(node.attr, []).append(node)
            elif isinstance(node, Function):
                self._bound[node] = {it.arg for it in _all(node.args)}
                self._name_function(node)
            elif isinstance(node, ast.ClassDef) and not _initialiser(node):
                self._records.add(node.name)
        for name in names:
            if isinstance(name.ctx, ast.Store):
                self._bound[self.function(name)].add(name.id)
        for name in names:
            if isinstance(name.ctx, ast.Load):
                scope = self.function(name)
                while scope is not tree and name.id not in self._bound[scope]:
                    scope = self.function(scope)
                self._uses.setdefault((scope, name.id), []).append(name)

    def _name_function(self, node: Function) -> None:
        """Note the name by which a function is called, and the number of its implicit arguments."""
        up = self.parents[node]
        if isinstance(node, ast.Lambda):
            for target in targets(up):
                self._functions.setdefault(target.id, []).append((node, 0))
        elif isinstance(up, ast.ClassDef):
            static = any(isinstance(it, ast.Name) and it.id == "staticmethod"
                         for it in node.decorator_list)  # fmt: skip
            name = up.name if node.name == "__init__" else node.name
            self._functions.setdefault(name, []).append((node, 0 if static else 1))
        else:
            self._functions.setdefault(node.name, []).append((node, 0))

    def function(self, node: ast.AST) -> ast.AST:
        """The function around a piece of the tree, or the whole program."""
        up = self.parents.get(node, self._tree)
        while up not in self._bound:
            up = self.parents.get(up, self._tree)
        return up

    def readers(self, piece: ast.AST, part: ast.AST) -> Iterator[ast.AST]:
        """The places where the value of `part`, a child of `piece`, is read by a name from
        `piece`."""
        if isinstance(piece, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            yield from self._stored(_all_targets(piece))
            if isinstance(self.parents.get(piece), ast.ClassDef):
                for target in targets(piece):
                    yield from self._attributes.get(target.id, ())
        elif isinstance(piece, ast.Tuple):
            yield from self._stored(self._unpacked(piece, part))
        elif isinstance(piece, ast.For | ast.AsyncFor | ast.comprehension) and part is piece.iter:
            yield from self._stored([piece.target])
        elif isinstance(piece, ast.arguments):
            name = _defaulted(piece, part)
            yield from self._uses.get((self.parents[piece], name), ())
        elif isinstance(piece, ast.Call):
            for function, name in self._parameters(piece, part):
                yield from self._uses.get((function, name), ())
            if called(piece) in self._records and isinstance(part, ast.keyword):
                yield from self._attributes.get(part.arg or "", ())

    def steered(self, piece: ast.AST, part: ast.AST) -> Iterator[ast.AST]:
        """Every piece whose execution and repetition `part`, a child of `piece`, controls."""
        if isinstance(piece, ast.IfExp) and part is piece.test:
            for branch in (piece.body, piece.orelse):
                yield from ast.walk(branch)
        elif isinstance(piece, ast.For | ast.AsyncFor | ast.While | ast.If):
            decides = piece.iter if isinstance(piece, ast.For | ast.AsyncFor) else piece.test
            if part is decides:
                for statement in (*piece.body, *piece.orelse):
                    yield from ast.walk(statement)

    def parameter(self, call: ast.Call, argument: ast.AST) -> str:
        """The name that a function of the program gives to an argument of a call, or ""."""
        return next((name for _, name in self._parameters(call, argument)), "")

    def name(self, piece: ast.AST, part: ast.AST) -> str:
        """The name, or the attribute, that `piece` gives to the value of `part`, or ""."""
        if isinstance(piece, ast.arguments):
            return _defaulted(piece, part)
        if isinstance(piece, ast.For | ast.AsyncFor | ast.comprehension) and part is piece.iter:
            return _named(piece.target)
        return next(filter(None, map(_named, _all_targets(piece))), "")

    def unpacked_name(self, pair: ast.AST, part: ast.AST) -> str:
        """The name that `part` of a tuple gets, as `k` for `2.` in `lr, k = 0.1, 2.`, or ""."""
        return next(filter(None, map(_named, self._unpacked(pair, part))), "")

    def _parameters(self, call: ast.Call, argument: ast.AST) -> Iterator[tuple[Function, str]]:
        for function, shift in self._functions.get(called(call), ()):
            plain = [*function.args.posonlyargs, *function.args.args]
            if isinstance(argument, ast.keyword):
                names = [it.arg for it in _all(function.args) if it.arg == argument.arg]
            elif argument in call.args:
                place = call.args.index(argument) + shift
                names = [it.arg for it in plain[place : place + 1]]
            else:
                continue
            yield from ((function, name) for name in names)

    def _stored(self, found: Iterable[ast.expr]) -> Iterator[ast.AST]:
        for target in found:
            if isinstance(target, ast.Name):
                yield from self._uses.get((self.function(target), target.id), ())
            elif isinstance(target, ast.Attribute):
                yield from self._attributes.get(target.attr, ())
            elif isinstance(target, ast.Tuple | ast.List):
                yield from self._stored(target.elts)
            elif isinstance(target, ast.Starred):
                yield from self._stored([target.value])

    def _unpacked(self, pair: ast.AST, part: ast.AST) -> Iterator[ast.expr]:
        """The targets of a tuple's items in `lr, k = 0.1, 2.`.

        The whole pair's names come with the assignment.
        """
        up = self.parents.get(pair)
        if not (
            isinstance(up, ast.Assign)
            and isinstance(pair, ast.Tuple)
            and isinstance(part, ast.expr)
        ):
            return
        for names in up.targets:
            if isinstance(names, ast.Tuple) and len(names.elts) == len(pair.elts):
                yield names.elts[pair.elts.index(part)]


def targets(statement: ast.AST) -> Iterator[ast.Name]:
    """The plain names that a statement binds to one value."""
    yield from (it for it in _all_targets(statement) if isinstance(it, ast.Name))


def _named(target: ast.expr) -> str:
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def called(node: ast.AST) -> str:
    """The last part of the name that a call calls."""
    func = node.func if isinstance(node, ast.Call) else None
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""


def _all_targets(statement: ast.AST) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign | ast.NamedExpr) else []


def _all(arguments: ast.arguments) -> list[ast.arg]:
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*plain, *(it for it in (arguments.vararg, arguments.kwarg) if it is not None)]


def _defaulted(arguments: ast.arguments, default: ast.AST) -> str:
    """The name of the parameter that a default is for."""
    plain = [*arguments.posonlyargs, *arguments.args]
    late = plain[len(plain) - len(arguments.defaults) :]
    pairs = [
        *zip(late, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return next((name.arg for name, value in pairs if value is default), "")


def _initialiser(node: ast.ClassDef) -> bool:
    return any(isinstance(it, ast.FunctionDef) and it.name == "__init__" for it in node.body)
