"""Where a target has gone that is declared elsewhere, or under another name, by now."""

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from mendloop.core.validate.tree import functions, parsed
from mendloop.model.ids import Digest, TargetName, digest_of
from mendloop.model.target import Manifest, Target
from mendloop.noun import dataclass

_SAME: Final = ("renamed", "same bytes", "same function")


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A target as it was when the loop last changed it."""

    name: TargetName
    path: str
    selector: str
    content: bytes | None
    """``None`` where it is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A target that lives elsewhere, or goes by another name."""

    old: TargetName
    new: TargetName
    path: str
    """Where it lives now."""
    digest: Digest
    """What the file there holds."""
    how: str
    """``renamed``, ``same bytes``, ``same function``, or ``declared there`` with other content."""


def moved(
    olds: Sequence[Old], manifest: Manifest, present: Callable[[str], bytes | None]
) -> tuple[Moved, ...]:
    """The targets that have gone elsewhere. A doubtful one has not: two could be meant.

    Args:
        olds: The targets that have versions.
        manifest: What is declared now.
        present: The content of a file; ``None`` where there is none.
    """
    names = {old.name for old in olds}
    free = [target for target in manifest.targets.values() if target.name not in names]
    found: list[Moved] = []
    for old in olds:
        declared = manifest.targets.get(old.name)
        if declared is None:
            found += _renamed(old, free, present)
        elif declared.path != old.path:
            content = present(declared.path)
            if content is not None:
                how = _how(old, declared, content) or "declared there"
                found.append(_moved(old, declared, content, how))
    taken = [each.new for each in found]
    return tuple(each for each in found if taken.count(each.new) == 1)


def _renamed(
    old: Old, free: Sequence[Target], present: Callable[[str], bytes | None]
) -> Iterator[Moved]:
    """The one target that it is now; nothing where there is none, or more than one."""
    like = [
        _moved(old, target, content, how)
        for target in free
        if (content := present(target.path)) is not None
        if (how := _how(old, target, content))
    ]
    for how in _SAME:
        best = [each for each in like if each.how == how]
        if best:
            if len(best) == 1:
                yield best[0]
            return


def _moved(old: Old, target: Target, content: bytes, how: str) -> Moved:
    return Moved(
        old=old.name, new=target.name, path=target.path, digest=digest_of(content), how=how
    )


def _how(old: Old, target: Target, content: bytes) -> str:
    """What makes them the same; empty where nothing does."""
    if (old.path, old.selector) == (target.path, target.selector):
        return "renamed"
    if old.selector != target.selector or old.content is None:
        return ""
    if old.content == content:
        return "same bytes"
    before = _function(old.content, old.selector)
    return "same function" if before and before == _function(content, old.selector) else ""


def _function(content: bytes, name: str) -> str:
    """The code of one function, without how it is laid out; empty where it is not to be found."""
    tree = parsed(content.decode(errors="replace"))
    if isinstance(tree, SyntaxError):
        return ""
    node = functions(tree).get(name)
    return "" if node is None else ast.dump(node)
