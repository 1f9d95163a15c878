"""Do several targets that fail share the code at fault?"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from mendloop.core.detect.words import several
from mendloop.model.execution import Frame
from mendloop.model.ids import TargetName
from mendloop.model.incident import Finding, IncidentKind
from mendloop.noun import dataclass

_TOGETHER: Final = 3_600.0
"""Seconds between the beginnings of troubles that are taken for one."""
_MOST_NAMED: Final = 3
_PARTS: Final = 2
"""Of an absolute path, the last ones are told: the others are the machine's."""
_PLAIN: Final = re.compile(r"[\w./@+-]{1,120}:[\w.<>]{1,80}")
"""A frame is what a stranger has recorded: it is told of only where it reads like one."""
_FOREIGN: Final = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|lib/python\d)|^<|/lib/\w+\.py$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A target in trouble, and where its code lies."""

    finding: Finding
    path: str = ""
    """The file of its source; empty where that is not known."""
    function: str = ""
    """Its own name in that file."""
    frame: str = ""
    """The innermost frame of the user's own code in its failures, as ``file:function``."""


def shared(flagged: Sequence[Flagged]) -> tuple[Finding, ...]:
    """One finding for each frame or file that several targets in trouble have in common.

    A frame counts where it is a helper's, and not the function of a target alone. A file counts
    where the troubles have begun within an hour of each other: that two functions of one file are
    at fault is no news by itself.
    """
    frames: dict[str, list[Flagged]] = defaultdict(list)
    paths: dict[str, list[Flagged]] = defaultdict(list)
    for each in flagged:
        if each.frame and not _own(each):
            frames[each.frame].append(each)
        if each.path and "since" in each.finding.numbers:
            paths[each.path].append(each)
    found: list[Finding] = []
    told: set[frozenset[TargetName]] = set()
    for frame, members in sorted(frames.items()):
        found += _finding(members, f"frame {frame}", f"in {frame}", told)
    for path, members in sorted(paths.items()):
        for group in _together(members):
            found += _finding(group, f"file {path}", f"in {path}", told)
    return tuple(found)


def innermost(frames: Sequence[Frame]) -> str:
    """The last frame of the user's own code, as ``file:function``; empty where there is none."""
    for frame in reversed(frames):
        file = frame.file.replace("\\", "/")
        if not _FOREIGN.search(file):
            absolute = file.startswith("/") or ":" in file
            told = "/".join(file.split("/")[-_PARTS:]) if absolute else file
            place = f"{told}:{frame.function}"
            return place if _PLAIN.fullmatch(place) else ""
    return ""


def _own(each: Flagged) -> bool:
    file, _, function = each.frame.rpartition(":")
    same = each.path.endswith(file) or file.endswith(each.path)
    return function.rpartition(".")[2] == each.function.rpartition(".")[2] and same


def _together(members: Sequence[Flagged]) -> Iterable[Sequence[Flagged]]:
    """The largest group of a file whose troubles began at about the same time."""
    order = sorted(members, key=lambda each: each.finding.numbers["since"])
    groups: list[list[Flagged]] = []
    for each in order:
        since = each.finding.numbers["since"]
        if groups and since - groups[-1][0].finding.numbers["since"] <= _TOGETHER:
            groups[-1].append(each)
        else:
            groups.append([each])
    return [max(groups, key=len)] if groups else []


def _finding(
    members: Sequence[Flagged], key: str, where: str, told: set[frozenset[TargetName]]
) -> list[Finding]:
    names = sorted({each.finding.target for each in members})
    group = frozenset(names)
    if len(names) < 2 or any(group <= other for other in told):  # noqa: PLR2004  several
        return []
    told.add(group)
    worst: dict[TargetName, float] = {}
    for each in members:
        target = each.finding.target
        worst[target] = max(worst.get(target, 0.0), each.finding.priority)
    kinds = dict.fromkeys(kind for each in members for kind in each.finding.fingerprints)
    listed = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return [
        Finding(
            kind=IncidentKind.CORRELATED,
            target=names[0],
            others=tuple(names[1:]),
            key=key,
            summary=f"{len(names)} targets fail {where}: {listed}{more}; look there first."
            f" Together {several(sum(worst.values()))} calls hurt a day.",
            priority=sum(worst.values()),
            numbers={"targets": float(len(names))},
            fingerprints=tuple(kinds)[:10],
        )
    ]
