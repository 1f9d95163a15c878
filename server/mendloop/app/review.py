"""Read a change to several files, without running it."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from mendloop.app.changes import Contents
from mendloop.core.validate.review import Review, Sizes, review
from mendloop.core.validate.tree import functions, parsed
from mendloop.model.ids import TargetName
from mendloop.model.proposal import Flag, StaticFinding
from mendloop.model.target import Manifest, Target, TargetKind
from mendloop.noun import dataclass

UNREADABLE: Final = frozenset({"parses", "target_exists"})
"""The rules by which nothing can be made of a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What reading a change has shown."""

    review: Review
    targets: tuple[TargetName, ...]
    """What it is meant for first, then every other function whose own text it changes."""
    unreadable: StaticFinding | None
    """Why nothing can be made of it: it does not parse, or the target is gone."""


def reviewed(
    manifest: Manifest,
    primary: Target,
    contents: Contents,
    *,
    most_lines: int,
    recorded: Collection[str],
) -> Reviewed:
    """Read every file of a change, the one that holds the target first."""
    paths = sorted(contents.new, key=lambda path: (path != primary.path, path))
    reviews = [
        review(
            _target_in(manifest, primary, path),
            _text(contents.old[path]),
            contents.new[path].decode(errors="replace"),
            sizes=Sizes(changed_lines=most_lines),
            recorded=recorded if path == primary.path else (),
        )
        for path in paths
    ]
    flags = frozenset(flag for each in reviews for flag in each.flags)
    if len(paths) > 1:
        flags |= {Flag.SEVERAL_FILES}
    findings = tuple(finding for each in reviews for finding in each.findings)
    whole = replace(
        reviews[0],
        flags=flags,
        findings=findings,
        changed_lines=sum(each.changed_lines for each in reviews),
    )
    return Reviewed(
        review=whole,
        targets=(primary.name, *_also_changed(manifest, primary, contents)),
        unreadable=next((each for each in findings if each.rule in UNREADABLE), None),
    )


def _target_in(manifest: Manifest, primary: Target, path: str) -> Target:
    if path == primary.path:
        return primary
    here = [target for target in manifest.targets.values() if target.path == path]
    if here:
        return here[0]
    return Target(name=TargetName(path), kind=TargetKind.FUNCTION, path=path)


def _also_changed(
    manifest: Manifest, primary: Target, contents: Contents
) -> tuple[TargetName, ...]:
    return tuple(
        target.name
        for target in manifest.targets.values()
        if target.kind is TargetKind.FUNCTION
        and target.name != primary.name
        and target.path in contents.new
        and _body(target, contents.old[target.path]) != _body(target, contents.new[target.path])
    )


def _body(target: Target, data: bytes | None) -> str:
    """The text of one function; empty where it is not to be found."""
    text = _text(data) or ""
    tree = parsed(text)
    if isinstance(tree, SyntaxError) or target.selector not in (known := functions(tree)):
        return ""
    node = known[target.selector]
    return "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode(errors="replace")
