"""Rule: code does not look up what it was recorded with, or carry it where nobody reads.

reads_records  the files of a workspace in which recorded or declared answers may stand
hides_data     texts that are no data to a reader: a docstring, the source, a name
"""

import ast
from collections.abc import Iterator
from typing import Final

from mendloop.core.validate.ambient import resolved
from mendloop.core.validate.folding import bound_once, spelled
from mendloop.core.validate.site import Site, Subject, site
from mendloop.core.validate.tree import walk

_SEARCHES: Final = frozenset({"rglob", "iglob", "scandir", "iterdir", "listdir"})
_SEARCHING: Final = frozenset({"os.walk", "os.scandir", "os.listdir", "glob.glob", "glob.iglob"})
_RECORDS: Final = (".jsonl", "mendloop", "history.db", "state.db", "conftest", "expected")
"""What the files are called in which answers stand."""
_SOURCES: Final = frozenset(
    {
        "inspect.getsource", "inspect.getsourcelines", "inspect.getdoc", "inspect.getcomments",
        "linecache.getline", "linecache.getlines", "tokenize.open",
    }
)  # fmt: skip


def reads_records(subject: Subject) -> Iterator[Site]:
    """Places that look for recorded answers on the disk."""
    known = bound_once(subject.tree)
    for node in walk(subject.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in _SEARCHES:
                yield site("reads_records", node, f"It searches folders, by {attr}.")
            case ast.Call(func=func) if resolved(func, subject.imports, known) in _SEARCHING:
                yield site("reads_records", node, "It searches folders.")
            case ast.Constant(value=str()) | ast.BinOp(op=ast.Add()) | ast.Call():
                text = (spelled(node, known) or "").lower()
                named = next((part for part in _RECORDS if part in text), "")
                if named and _names_file(text, named):
                    yield site("reads_records", node, f"It names a file of records: {text[:60]}.")
            case _:
                pass


def hides_data(subject: Subject) -> Iterator[Site]:
    """Places that read what is written for people as if it were data."""
    known = bound_once(subject.tree)
    for node in walk(subject.tree):
        match node:
            case ast.Attribute(attr="__doc__", ctx=ast.Load()) | ast.Name(id="__doc__"):
                yield site("hides_data", node, "It reads a docstring as data.")
            case ast.Attribute(attr="__annotations__" | "co_consts" | "co_code" | "co_names"):
                yield site("hides_data", node, "It reads its own code as data.")
            case ast.Call(func=func) if resolved(func, subject.imports, known) in _SOURCES:
                yield site("hides_data", node, "It reads its own source as data.")
            case _:
                pass


def _names_file(text: str, named: str) -> bool:
    """Whether a text is the name of a file rather than a sentence that happens to hold one."""
    if " " in text or "\n" in text:
        return False
    return named.startswith(".") or "." in text or "/" in text
