"""Carry a change of one function over to its twin: the same code under other names.

The names and statements of the first are matched with those of the second by walking both trees
side by side; then what was changed in the first is changed in the second, in its own words. The
documentation of the second stays, and so do its comments where nothing is changed.
"""

import ast
import io
import tokenize
from collections.abc import Mapping
from difflib import SequenceMatcher
from textwrap import dedent, indent

from mendloop.core.repair.refusal import DoesNotApply


def carried(before: str, after: str, twin: str) -> str | DoesNotApply:
    """The twin with the same change made.

    Args:
        before: The first function's text before its change.
        after: Its text now.
        twin: The second function's text.
    """
    names = _names(dedent(before), dedent(twin))
    if names is None:
        return DoesNotApply(
            "The two functions are not the same but for their names.",
            "Propose a change to the function itself.",
        )
    old = _renamed(dedent(before), names).splitlines(keepends=True)
    new = _renamed(dedent(after), names).splitlines(keepends=True)
    own = dedent(twin).splitlines(keepends=True)
    places = _places(dedent(before), dedent(twin)) | {len(old): len(own)}
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for what, first, last, start, stop in reversed(matcher.get_opcodes()):
        if what == "equal":
            continue
        if first not in places or last not in places:
            return DoesNotApply(
                "The change does not begin and end with whole statements.",
                "Propose a change to the function itself.",
            )
        own[places[first] : places[last]] = new[start:stop]
    margin = twin[: len(twin) - len(twin.lstrip(" \t"))]
    return indent("".join(own), margin)


def _places(first: str, second: str) -> dict[int, int]:
    """The line of each statement of the first function in the second, counted from 0."""
    one, two = ast.parse(first).body[0], ast.parse(second).body[0]
    _undocumented(one)
    _undocumented(two)
    pairs = zip(ast.walk(one), ast.walk(two), strict=False)
    return {
        mine.lineno - 1: theirs.lineno - 1
        for mine, theirs in pairs
        if isinstance(mine, ast.stmt) and isinstance(theirs, ast.stmt)
    }


def _names(first: str, second: str) -> Mapping[str, str] | None:
    """What each name of the first function is called in the second."""
    try:
        one, two = ast.parse(first).body[0], ast.parse(second).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return None
    found: dict[str, str] = {}
    pairs = zip(_spelled(one), _spelled(two), strict=False)
    for mine, theirs in pairs:
        if mine is None or theirs is None:
            if mine is not theirs:
                return None
        elif found.setdefault(mine, theirs) != theirs:
            return None
    # two names of the first must not become one
    return found if len(set(found.values())) == len(found) else None


def _spelled(function: ast.stmt) -> list[str | None]:
    """Every name in the order of the tree, and nothing for a node of another sort."""
    _undocumented(function)
    spelled: list[str | None] = []
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                spelled.append(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                spelled.append(name)
            case _:
                spelled.append(None)
    return spelled


def _undocumented(function: ast.stmt) -> None:
    match function:
        case ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str())), *rest]) if rest:
            function.body = rest
        case _:
            pass


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with names written otherwise; attributes, keywords of calls and texts stay."""
    lines = text.splitlines(keepends=True)
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in {tokenize.COMMENT, tokenize.NL}
    ]
    changes: list[tuple[int, int, int, str]] = []
    depth, heading, previous = 0, True, ""
    for token, following in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        depth += (token.string in "([{") - (token.string in ")]}") if token.string else 0
        heading = heading and not (token.string == ":" and depth == 0)
        keyword = following.string == "=" and depth > 0 and not heading
        known = token.type == tokenize.NAME and token.string in names
        if known and previous != "." and not keyword:
            row, start = token.start
            changes.append((row - 1, start, token.end[1], names[token.string]))
        previous = token.string
    for row, start, stop, name in reversed(changes):
        lines[row] = lines[row][:start] + name + lines[row][stop:]
    return "".join(lines)
