"""The shape of a function: what is left of its code when names and documentation are taken away.

What a function itself names (parameters, variables, its own name) is numbered in the order in which
it appears. What it takes from outside keeps its name, and stands for what that name is bound to in
its file: the helper's own shape, the import, the constant. So two functions that call different
helpers of one name differ, and constants count to the last digit and the type.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, cast

from mendloop.model.ids import digest_of

LEAST_PARTS: Final = 8
"""A body of fewer nodes is like many others, and no news."""
_DEEPEST: Final = 8
"""How far into helpers of helpers is looked."""

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def shapes(source: str, selectors: Iterable[str]) -> Mapping[str, str]:
    """The shapes of some functions of one file, as digests.

    Args:
        source: The file's text; untrusted, and only read.
        selectors: The functions' qualified names.

    Returns:
        By qualified name; without those that are not there, or too small to tell.
    """
    tree = _parsed(source)
    if tree is None:
        return {}
    file = _File(tree.body)
    found: dict[str, str] = {}
    for selector in selectors:
        function = _find(tree.body, selector.split("."))
        try:
            if function is not None and _parts(function) >= LEAST_PARTS:
                found[selector] = _digest(_Shape(file).of(function))
        except RecursionError:
            continue  # nested beyond reading; nobody has written it twice by hand
    return found


class _File:
    """What the names of a file stand for; each is looked into once."""

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self._bindings = _bindings(body)
        self._meanings: dict[str, str] = {}
        self._open: list[str] = []
        """The names that are being looked into, from the outermost on."""

    def meaning(self, name: str) -> str:
        """What a name is bound to in the file; nothing for one that is not, as for builtins."""
        bound = self._bindings.get(name)
        if bound is None or name in self._open or len(self._open) >= _DEEPEST:
            return ""
        if name not in self._meanings:
            self._open.append(name)
            try:
                self._meanings[name] = _digest(self._text(bound, name))
            finally:
                self._open.pop()
        return self._meanings[name]

    def _text(self, bound: ast.stmt, name: str) -> str:
        match bound:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return _Shape(self).of(bound)
            case ast.Import() | ast.ImportFrom():
                return _imported(bound, name)
            case _:
                return _Shape(self).node(bound)


class _Shape:
    """Writes one function down."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._numbers: dict[str, str] = {}

    def of(self, function: _Function) -> str:
        """The text of its parameters and body."""
        own = _own_names(function)
        self._numbers = {name: f"${place}" for place, name in enumerate(own)}
        arguments = function.args
        kinds = [
            f"{kind}:{','.join(self._name(each.arg) for each in parts)}"
            for kind, parts in (
                ("/", arguments.posonlyargs),
                ("", arguments.args),
                ("*", [arguments.vararg] if arguments.vararg else []),
                ("=", arguments.kwonlyargs),
                ("**", [arguments.kwarg] if arguments.kwarg else []),
            )
        ]
        defaults = [self.node(each) for each in (*arguments.defaults, *arguments.kw_defaults)]
        body = [self.node(each) for each in _body(function)]
        return f"{type(function).__name__}({kinds}{defaults}{body})"

    def node(self, node: object) -> str:
        """The text of a part of a tree."""
        match node:
            case ast.AST():
                return self._tree(node)
            case list():
                parts = cast("list[object]", node)
                return f"[{','.join(self.node(part) for part in parts)}]"
            case str() if node in self._numbers:
                return self._numbers[node]
            case _:
                return repr(node)

    def _tree(self, node: ast.AST) -> str:
        match node:
            case ast.Name(id=name):
                return self._name(name)
            case ast.Constant(value=value):
                return f"{type(value).__name__}:{value!r}"
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                inner = [self.node(each) for each in _body(node)]
                arguments = self.node(node.args)
                return f"{type(node).__name__}({self._name(node.name)}{arguments}{inner})"
            case ast.AnnAssign(target=target, value=value):
                # without a value it only says a type
                return "" if value is None else f"Assign([{self.node(target)}],{self.node(value)})"
            case _:
                return self._whole(node)

    def _whole(self, node: ast.AST) -> str:
        parts = [
            self._part(node, name, value)
            for name, value in ast.iter_fields(node)
            if name not in {"ctx", "type_comment", "annotation", "returns"}
        ]
        return f"{type(node).__name__}({','.join(parts)})"

    def _part(self, node: ast.AST, name: str, value: object) -> str:
        # what an attribute or a keyword is called is the business of somebody else's interface
        foreign = isinstance(node, ast.Attribute | ast.keyword) and name in {"attr", "arg"}
        return repr(value) if foreign else self.node(value)

    def _name(self, name: str) -> str:
        return self._numbers.get(name) or f"{name}<{self._file.meaning(name)}>"


def _own_names(function: _Function) -> Sequence[str]:
    """What a function names itself, in the order in which it appears."""
    outer = {
        name
        for node in ast.walk(function)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    # its own name means the function as a whole, so that a recursion is alike under any name
    names: dict[str, None] = {function.name: None}
    for node in _in_order(function):
        match node:
            case ast.arg(arg=name):
                names[name] = None
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names[name] = None
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                names[name] = None
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                names[name] = None
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names[name] = None
            case _:
                pass
    return [name for name in names if name not in outer]


def _in_order(node: ast.AST) -> Iterable[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        yield from _in_order(child)


def _body(function: _Function) -> Sequence[ast.stmt]:
    """Without the documentation."""
    first, *rest = function.body
    match first:
        case ast.Expr(value=ast.Constant(value=str())):
            return rest
        case _:
            return function.body


def _parts(function: _Function) -> int:
    contexts = ast.expr_context
    return sum(
        not isinstance(node, contexts)
        for statement in _body(function)
        for node in ast.walk(statement)
    )


def _bindings(body: Sequence[ast.stmt]) -> Mapping[str, ast.stmt]:
    """What each name of a file is bound to by the file itself; the last one counts."""
    found: dict[str, ast.stmt] = {}
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found[name] = statement
            case ast.ClassDef(name=name):
                found[name] = statement
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    found[(alias.asname or alias.name).partition(".")[0]] = statement
            case ast.Assign(targets=targets):
                found |= {each.id: statement for each in targets if isinstance(each, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = statement
            case _:
                pass
    return found


def _imported(statement: ast.Import | ast.ImportFrom, name: str) -> str:
    for alias in statement.names:
        if (alias.asname or alias.name).partition(".")[0] == name:
            module = statement.module if isinstance(statement, ast.ImportFrom) else None
            level = statement.level if isinstance(statement, ast.ImportFrom) else 0
            return f"import {level} {module or ''} {alias.name}"
    return "import"


def _find(body: Sequence[ast.stmt], names: Sequence[str]) -> _Function | None:
    first, *rest = names
    for statement in reversed(body):
        if isinstance(statement, _SCOPES) and statement.name == first:
            if rest:
                return _find(statement.body, rest)
            return None if isinstance(statement, ast.ClassDef) else statement
    return None


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _digest(text: str) -> str:
    return digest_of(text.encode("utf-8", "backslashreplace"))
