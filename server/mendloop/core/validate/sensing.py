"""Rule: code does not look whether it is being tested.

What asks who called, from which file, under which environment or at what time, and answers by it,
can behave in a test and not afterwards.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from mendloop.core.validate.ambient import CLOCKS, PLACES, Ambient, resolved
from mendloop.core.validate.folding import bound_once
from mendloop.core.validate.site import Site, Subject, site
from mendloop.core.validate.tree import meaning, nodes, walk

_NEVER: Final = frozenset(
    {
        "sys._getframe", "sys._current_frames", "sys.argv", "sys.orig_argv", "sys.modules",
        "sys.gettrace", "sys.settrace", "sys.getprofile", "sys.setprofile", "sys.monitoring",
        "inspect.stack", "inspect.currentframe", "inspect.trace", "inspect.getouterframes",
        "inspect.getframeinfo", "traceback.extract_stack", "traceback.walk_stack",
        "traceback.format_stack", "gc.get_objects", "gc.get_referrers",
    }
)  # fmt: skip
"""What tells of the caller or the program around, and of nothing that a tool needs."""
_FRAMES: Final = frozenset(
    {
        "f_back", "f_code", "f_globals", "f_locals", "f_lineno", "f_trace", "tb_frame", "gi_frame",
        "cr_frame", "ag_frame",
    }
)  # fmt: skip
"""Attributes by which the caller is reached from whatever is at hand."""
_TEST_NAMES: Final = ("PYTEST", "UNITTEST", "MENDLOOP", "SANDBOX", "CI", "TESTING", "TEST")


def senses_test(subject: Subject) -> Iterator[Site]:
    """Places that tell a test from real use."""
    tree = _without_main(subject.tree)
    environment = _reads_environment(subject)
    known, world = bound_once(subject.tree), Ambient(tree)
    for node in walk(tree):
        yield from _frames(subject, node, known)
        match node:
            case ast.Compare() if _by_clock(subject, world, node):
                yield site("senses_test", node, "It compares the time with a fixed moment.")
            case ast.If(test=test, body=body, orelse=orelse) if _turns([*body, *orelse]):
                yield from _chosen(world, test)
            case ast.IfExp(test=test) | ast.While(test=test):
                yield from _chosen(world, test)
            case ast.BoolOp(op=ast.And(), values=[ast.Compare() as test, *_]):
                yield from _chosen(world, test)
            case ast.Subscript(slice=key):
                yield from _chosen(world, key, tests_only=True)
            case ast.Constant(value=str(text)) if environment and _names_test(text):
                yield site("senses_test", node, f"It asks the environment for {text}.")
            case _:
                pass


def _frames(subject: Subject, node: ast.AST, known: Mapping[str, ast.expr]) -> Iterator[Site]:
    """A look at the caller, or at the program around."""
    match node:
        case ast.Attribute(attr=attr) if attr in _FRAMES:
            yield site("senses_test", node, f"It reads {attr}, by which a test can be told.")
        case ast.Attribute() | ast.Name() | ast.Call():
            name = resolved(node, subject.imports, known)
            if name in _NEVER:
                yield site("senses_test", node, f"It reads {name}, by which a test can be told.")
        case _:
            pass


def _chosen(world: Ambient, test: ast.expr, *, tests_only: bool = False) -> Iterator[Site]:
    """What an answer is chosen by."""
    read = world.within(test)
    if tests_only and not any(isinstance(part, ast.Compare) for part in walk(test)):
        return
    for name in sorted(read & PLACES):
        yield site("senses_test", test, f"It chooses its answer by {name}.")


def _by_clock(subject: Subject, world: Ambient, test: ast.Compare) -> bool:
    """Whether a test reads nothing but a clock: an argument or a time that has passed is honest."""
    if not world.within(test) & CLOCKS:
        return False
    for part in walk(test):
        match part:
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                if world.within(left) & CLOCKS and world.within(right) & CLOCKS:
                    return False
            case _:
                pass
    plain = [part for part in walk(test) if isinstance(part, ast.Name)]
    return all(part.id in subject.imports or world.within(part) for part in plain)


def _turns(body: list[ast.stmt]) -> bool:
    """Whether a branch settles something: an answer, a name, an error."""
    settles = ast.Return | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Raise | ast.FunctionDef
    return any(isinstance(node, settles) for part in body for node in (part, *nodes(part)))


def _names_test(text: str) -> bool:
    """Whether a text is named like an environment variable that only tests set."""
    return text.isupper() and any(name in text.split("_") for name in _TEST_NAMES)


def _reads_environment(subject: Subject) -> bool:
    return any(
        meaning(node, subject.imports) in {"os.environ", "os.getenv"}
        for node in walk(subject.tree)
        if isinstance(node, ast.Attribute | ast.Name)
    )


def _without_main(tree: ast.Module) -> ast.Module:
    """A module without what it does when it is run as a program."""
    return ast.Module(body=[part for part in tree.body if not _is_main(part)], type_ignores=[])


def _is_main(statement: ast.stmt) -> bool:
    match statement:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id="__name__"), comparators=[ast.Constant(value="__main__")]
            )
        ):
            return True
        case _:
            return False
