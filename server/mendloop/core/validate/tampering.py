"""Rule: a change mends its own file, and leaves the program around it alone.

patches   attributes of other modules, built-in functions, the target rebound
remembers state at the top of the module that outlives a call
exits     ends the process that calls it
lingers   has code run after the call, or around other code
"""

import ast
import builtins
from collections.abc import Iterator
from typing import Final

from mendloop.core.validate.ambient import resolved
from mendloop.core.validate.folding import bound_once
from mendloop.core.validate.site import Site, Subject, site
from mendloop.core.validate.tree import dotted, meaning, nodes, parameters, walk

_BUILTINS: Final = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_EXITS: Final = frozenset(
    {"sys.exit", "os._exit", "os.abort", "os.kill", "os.killpg", "exit", "quit", "SystemExit"}
)
_LATER: Final = frozenset(
    {
        "atexit.register", "weakref.finalize", "threading.Timer", "sys.addaudithook",
        "sys.setrecursionlimit", "sys.setswitchinterval", "threading.settrace",
        "threading.setprofile", "asyncio.set_event_loop_policy", "warnings.simplefilter",
        "warnings.filterwarnings", "faulthandler.enable", "gc.disable", "gc.freeze",
        "signal.signal", "signal.setitimer", "signal.alarm", "codecs.register",
        "codecs.register_error", "copyreg.pickle", "functools.singledispatch.register",
    }
)  # fmt: skip
"""What has an effect on code that runs after the call, or beside it."""
_CHANGES: Final = frozenset(
    [
        "add",
        "append",
        "appendleft",
        "extend",
        "insert",
        "update",
        "setdefault",
        "pop",
        "popitem",
        "remove",
        "discard",
        "clear",
        "__next__",
        "__setitem__",
        "rotate",
        "send",
        "sort",
        "subtract",
        "difference_update",
        "intersection_update",
        "symmetric_difference_update",
    ]
)
_CONTAINERS: Final = frozenset(
    [
        "dict",
        "list",
        "set",
        "bytearray",
        "collections.defaultdict",
        "collections.Counter",
        "collections.deque",
        "collections.OrderedDict",
        "enumerate",
        "iter",
        "itertools.chain",
        "itertools.count",
        "itertools.cycle",
        "map",
        "reversed",
        "weakref.WeakKeyDictionary",
        "weakref.WeakValueDictionary",
        "zip",
    ]
)


def patches(subject: Subject) -> Iterator[Site]:
    """Places that change what belongs to other code."""
    for node in walk(subject.tree):
        for target in _assigned(node):
            if name := _foreign(subject, target):
                yield site("patches", node, f"It changes {name}, which other code uses too.")
        yield from _from_outside(subject, node)
    yield from _rebound(subject)


def lingers(subject: Subject) -> Iterator[Site]:
    """Places that arrange for something after the call, or around other code."""
    known = bound_once(subject.tree)
    for node in walk(subject.tree):
        if isinstance(node, ast.Call):
            name = resolved(node.func, subject.imports, known)
            if name in _LATER:
                yield site("lingers", node, f"{name} has an effect after the call, on other code.")


def _from_outside(subject: Subject, node: ast.AST) -> Iterator[Site]:
    """A change to a module or class by a function that takes its name as a text."""
    owner: ast.expr | None
    match node:
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[what, *_]):
            owner = what
        case ast.Call(func=ast.Attribute(value=held, attr=attr)) if attr in _CHANGES:
            owner = _dictionary_of(held)
        case ast.Call(func=ast.Attribute(attr="__setattr__" | "__delattr__"), args=[what, *_]):
            owner = what
        case _:
            return
    if owner is None:
        return
    first = dotted(owner).partition(".")[0]
    stands_for = resolved(ast.Name(id=first), subject.imports, bound_once(subject.tree))
    if first in subject.imports or stands_for.partition(".")[0] in _modules(subject):
        yield site("patches", node, f"It changes {ast.unparse(owner)} from outside.")


def _dictionary_of(held: ast.expr) -> ast.expr | None:
    """The object whose own dictionary an expression is: ``vars(json)``, ``json.__dict__``."""
    match held:
        case ast.Call(func=ast.Name(id="vars"), args=[owner]):
            return owner
        case ast.Attribute(value=owner, attr="__dict__"):
            return owner
        case _:
            return None


def _modules(subject: Subject) -> frozenset[str]:
    """The modules that a file has at hand, also by their names."""
    return frozenset({*subject.imports.values(), "builtins", "__builtins__"})


def remembers(subject: Subject) -> Iterator[Site]:
    """Places where a function keeps something for its next call."""
    kept, top = _kept(subject), _top(subject)
    for name, function in subject.functions.items():
        shared = _shared_defaults(function)
        hidden = set(parameters(function)) - shared
        for node in nodes(function):
            if isinstance(node, ast.Global):
                message = f"{name} sets {', '.join(node.names)} for later calls."
                yield site("remembers", node, message)
            elif held := _changed(node) & ((kept | top | shared) - hidden):
                yield site(
                    "remembers",
                    node,
                    f"{name} keeps something in {min(held)} for later calls. To save work, use"
                    " functools.lru_cache.",
                )


def exits(subject: Subject) -> Iterator[Site]:
    """Places where the process is ended rather than the call."""
    for name, function in subject.functions.items():
        if name.rpartition(".")[2] == "main":
            continue
        for node in nodes(function):
            match node:
                case ast.Call(func=called) if meaning(called, subject.imports) in _EXITS:
                    yield site("exits", node, f"{name} ends the whole process.")
                case ast.Raise(exc=ast.Name(id="SystemExit" | "KeyboardInterrupt")):
                    yield site("exits", node, f"{name} ends the whole process.")
                case _:
                    pass


def _changed(node: ast.AST) -> set[str]:
    """The names whose content a statement or call changes, without binding them anew."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in _CHANGES:
            return {_container(owner)}
        case ast.Call(func=ast.Name(id="next" | "setattr"), args=[owner, *_]):
            return {_container(owner)}
        case _:
            held = [target for target in _assigned(node) if not isinstance(target, ast.Name)]
            return {_container(target) for target in held}


def _assigned(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return [target]
        case _:
            return []


def _foreign(subject: Subject, target: ast.expr) -> str:
    """The name of what is assigned to, where it belongs to an imported module or class."""
    match target:
        case ast.Attribute(attr="__class__" | "__bases__"):
            return f"the class of {ast.unparse(target.value)}"
        case ast.Attribute(value=owner):
            first = dotted(owner).partition(".")[0]
        case ast.Subscript(
            value=ast.Call(func=ast.Name(id="globals" | "vars" | "locals" as name), args=[])
        ):
            return f"{name}()"
        case ast.Subscript(value=ast.Attribute(attr="__dict__" | "modules") as owner):
            first = dotted(owner).partition(".")[0]
        case ast.Subscript(value=ast.Call(func=ast.Name(id="vars"), args=[owner])):
            first = dotted(owner).partition(".")[0]
        case _:
            return ""
    if first == "__builtins__":
        return first
    stands_for = subject.imports.get(first, "")
    last = stands_for.rpartition(".")[2]
    foreign = bool(stands_for) and ("." not in stands_for or last[:1].isupper() or last == first)
    return (dotted(target) or first) if foreign else ""


def _rebound(subject: Subject) -> Iterator[Site]:
    """The target, or a built-in function, bound to something else at the top of the module."""
    defined = 0
    for node in subject.tree.body:
        names = [target.id for target in _assigned(node) if isinstance(target, ast.Name)]
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names = [name]
            case _:
                pass
        for name in names:
            defined += name == subject.selector
            if name == subject.selector and (defined > 1 or isinstance(node, ast.Assign)):
                yield site("patches", node, f"{name} is bound a second time.")
            elif name in _BUILTINS and _callable(node):
                yield site("patches", node, f"{name} is a built-in function, and is bound anew.")


def _callable(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Assign(value=ast.Lambda()):
            return True
        case _:
            return False


def _kept(subject: Subject) -> set[str]:
    """The names at the top of the module that hold something that can change."""
    return {
        target.id
        for node in subject.tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and _mutable(subject, node.value)
        for target in _assigned(node)
        if isinstance(target, ast.Name)
    }


def _mutable(subject: Subject, value: ast.expr | None) -> bool:
    match value:
        case ast.Dict() | ast.List() | ast.Set() | ast.DictComp() | ast.ListComp() | ast.SetComp():
            return True
        case ast.GeneratorExp():
            return True
        case ast.Call(func=called):
            name = meaning(called, subject.imports)
            return name in _CONTAINERS
        case _:
            return False


def _top(subject: Subject) -> set[str]:
    """The functions and classes of the module: attributes set on them outlive a call as well."""
    return {
        node.name
        for node in subject.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def _shared_defaults(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Parameters whose default is one list or dict for all calls."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    defaults = zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True)
    keyed = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    mutable = ast.Dict | ast.List | ast.Set
    return {arg.arg for arg, value in (*defaults, *keyed) if isinstance(value, mutable)}


def _container(target: ast.expr) -> str:
    """``a`` of ``a[key]``, ``a[key][other]`` and ``a[key].b``."""
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""
