"""Rule: code does not look whether it is being tested.

What asks who called, from which file, under which environment or at what time, and answers by it,
can behave in a test and not afterwards.
"""

import ast
from collections.abc import Iterator
from typing import Final

from mendloop.core.validate.site import Site, Subject, site
from mendloop.core.validate.tree import meaning, nodes

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
_IN_TESTS: Final = frozenset(
    {
        "os.environ", "os.getenv", "os.getcwd", "os.getpid", "os.getppid", "os.getuid",
        "os.geteuid", "os.getlogin", "os.uname", "platform.node", "socket.gethostname",
        "getpass.getuser", "sys.path", "sys.executable", "sys.flags", "sys.stdin", "sys.prefix",
        "__file__",
    }
)  # fmt: skip
"""What a tool may use, but not to choose its answer by."""
_CLOCKS: Final = frozenset(
    {
        "time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow",
        "datetime.datetime.today", "datetime.date.today", "datetime.now", "datetime.utcnow",
        "date.today",
    }
)  # fmt: skip
_TEST_NAMES: Final = ("PYTEST", "UNITTEST", "MENDLOOP", "SANDBOX", "CI", "TESTING", "TEST")


def senses_test(subject: Subject) -> Iterator[Site]:
    """Places that tell a test from real use."""
    environment = _reads_environment(subject)
    for node in ast.walk(_without_main(subject.tree)):
        if isinstance(node, ast.Attribute | ast.Name):
            name = meaning(node, subject.imports)
            if name in _NEVER:
                yield site("senses_test", node, f"It reads {name}, by which a test can be told.")
        match node:
            case ast.If(test=test, body=body, orelse=orelse) if _leaves([*body, *orelse]):
                yield from _chosen(subject, test)
            case ast.IfExp(test=test):
                yield from _chosen(subject, test)
            case ast.Constant(value=str(text)) if environment and _names_test(text):
                yield site("senses_test", node, f"It asks the environment for {text}.")
            case _:
                pass


def _chosen(subject: Subject, test: ast.expr) -> Iterator[Site]:
    """What an answer is chosen by."""
    read = {
        meaning(part, subject.imports)
        for part in ast.walk(test)
        if isinstance(part, ast.Attribute | ast.Name)
    }
    for name in sorted(read & _IN_TESTS):
        yield site("senses_test", test, f"It chooses its answer by {name}.")
    clock = read & _CLOCKS
    if clock and _fixed_but_for_clock(subject, test):
        yield site(
            "senses_test", test, f"It chooses its answer by {min(clock)} and a fixed moment."
        )


def _fixed_but_for_clock(subject: Subject, test: ast.expr) -> bool:
    """Whether a test reads nothing but a clock: an argument or a deadline makes it honest."""
    plain = [part for part in ast.walk(test) if isinstance(part, ast.Name)]
    return all(part.id in subject.imports for part in plain)


def _leaves(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Return) for part in body for node in (part, *nodes(part)))


def _names_test(text: str) -> bool:
    """Whether a text is named like an environment variable that only tests set."""
    return text.isupper() and any(name in text.split("_") for name in _TEST_NAMES)


def _reads_environment(subject: Subject) -> bool:
    return any(
        meaning(node, subject.imports) in {"os.environ", "os.getenv"}
        for node in ast.walk(subject.tree)
        if isinstance(node, ast.Attribute | ast.Name)
    )


def _without_main(tree: ast.Module) -> ast.Module:
    """A module without what it does when it is run as a program."""
    return ast.Module(body=[part for part in tree.body if not _is_main(part)], type_ignores=[])


def _is_main(statement: ast.stmt) -> bool:
    match statement:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case _:
            return False
