"""Reads a change without running it: what kind it is, what is remarkable, what forbids it."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from mendloop.core.validate import gaming
from mendloop.core.validate.constants import Tuned, read_constant
from mendloop.core.validate.focus import focused
from mendloop.core.validate.kinds import kind_of
from mendloop.core.validate.powers import power_of
from mendloop.core.validate.surface import capabilities, signature, signatures
from mendloop.core.validate.texts import kind_of_text, read_text
from mendloop.core.validate.tree import functions, module, parsed
from mendloop.core.validate.wording import clean
from mendloop.model.proposal import ChangeKind, Flag, StaticFinding
from mendloop.model.target import Target, TargetKind
from mendloop.noun import dataclass

MOST_PAIRS: Final = 25_000_000
"""Files of more lines than this, one times the other, are compared at their ends only."""
_Flagged: TypeAlias = tuple[Flag, StaticFinding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What counts as large."""

    changed_lines: int
    """More lines than this are more than anybody reads at a glance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What reading a change to one file has shown."""

    kind: ChangeKind
    flags: frozenset[Flag]
    findings: tuple[StaticFinding, ...]
    changed_lines: int


def review(
    target: Target, old: str | None, new: str, *, sizes: Sizes, recorded: Collection[str] = ()
) -> Review:
    """Read one changed file.

    Args:
        target: What the file holds. For a file that holds no target, one of kind function with an
            empty selector.
        old: The file so far; ``None`` for a new one.
        new: The file as it would be.
        sizes: What counts as large.
        recorded: The canonical texts of the recorded calls that failed, to see whether the change
            knows them again.

    Returns:
        The kind of the change, its flags, and findings; no test can pass one that blocks.
    """
    lines = changed_lines(old or "", new)
    flags = set[Flag]()
    if old is None:
        flags.add(Flag.NEW_FILE)
    if lines > sizes.changed_lines:
        flags.add(Flag.LARGE)
    if target.side_effects:
        flags.add(Flag.SIDE_EFFECTS)
    tuned = read_constant(target, old or "", new) if target.kind is TargetKind.CONSTANT else None
    flagged = list(_surface(target, old, new))
    findings = [finding for _, finding in flagged]
    findings += gaming.findings(target, old, new, recorded=recorded) if _python(target) else ()
    findings += () if _python(target) else read_text(target.path, old, new)
    findings += tuned.findings if tuned else _unread(target, old)
    return Review(
        kind=_kind(target, old, new, tuned),
        flags=frozenset({*flags, *(flag for flag, _ in flagged), *(tuned.flags if tuned else ())}),
        findings=(*_must(target, new), *findings),
        changed_lines=lines,
    )


def changed_lines(old: str, new: str) -> int:
    """How many lines are added or taken away; of a replaced block the longer side counts."""
    before, after = _without_same_ends(old.splitlines(), new.splitlines())
    if len(before) * len(after) > MOST_PAIRS:
        return max(len(before), len(after))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return sum(
        max(old_end - old_start, new_end - new_start)
        for what, old_start, old_end, new_start, new_end in matcher.get_opcodes()
        if what != "equal"
    )


def _without_same_ends(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """What stands between the first and the last line that differ."""
    shorter = min(len(before), len(after))
    pairs = zip(before, after, strict=False)
    top = next((place for place, (one, two) in enumerate(pairs) if one != two), shorter)
    ends = zip(reversed(before[top:]), reversed(after[top:]), strict=False)
    rest = shorter - top
    bottom = next((place for place, (one, two) in enumerate(ends) if one != two), rest)
    return before[top : len(before) - bottom], after[top : len(after) - bottom]


def _kind(target: Target, old: str | None, new: str, tuned: Tuned | None) -> ChangeKind:
    if target.kind is TargetKind.CONSTANT and tuned is not None and tuned.alone:
        return ChangeKind.CONSTANT_TUNE
    return kind_of(old, new) if _python(target) else kind_of_text(target.path)


def _must(target: Target, new: str) -> Iterator[StaticFinding]:
    """What every Python file must keep: it parses, and the target is still there."""
    if not _python(target):
        return
    tree = parsed(new)
    if isinstance(tree, SyntaxError):
        message = f"It does not parse: {tree.msg}."
        yield _finding("parses", target, tree.lineno or 1, message, blocks=True)
    elif _named(target) and target.selector not in functions(tree):
        message = f"The function {target.selector} is gone."
        yield _finding("target_exists", target, 1, message, blocks=True)


def _surface(target: Target, old: str | None, new: str) -> Iterator[_Flagged]:
    """What callers see otherwise, and what the file reaches for that it did not before."""
    if not _python(target) or isinstance(parsed(new), SyntaxError):
        return
    before, after = module(old), module(new)
    had = capabilities(before)
    for name, line in sorted(capabilities(focused(old or "", new, target.selector)[1]).items()):
        if name not in had:
            message = f"It reaches for {name}, which it did not before."
            found = _finding("capability", target, line, message, blocks=False)
            yield Flag.NEW_CAPABILITY, replace(found, power=power_of(name).value)
    old_ones, new_ones = dict(signatures(before)), dict(signatures(after))
    if (mine := functions(before).get(target.selector)) is not None:
        old_ones[target.selector] = (signature(mine), mine.lineno)
    if (mine := functions(after).get(target.selector)) is not None:
        new_ones[target.selector] = (signature(mine), mine.lineno)
    for name, (was, _) in sorted(old_ones.items()):
        now, line = new_ones.get(name, ("gone", 1))
        if now != was:
            message = f"{name} was {was} and is {now}."
            yield Flag.SIGNATURE_CHANGED, _finding("signature", target, line, message, blocks=False)


def _unread(target: Target, old: str | None) -> tuple[StaticFinding, ...]:
    """That a constant is no plain value any more; not so for YAML, which is not read here."""
    if target.kind is not TargetKind.CONSTANT or target.path.endswith((".yaml", ".yml")):
        return ()
    message = f"The constant {target.selector} cannot be read in the file, nor its range be kept."
    blocks = target.range is not None or read_constant(target, old or "", old or "") is not None
    return (_finding("target_exists", target, 1, message, blocks=blocks),)


def _finding(rule: str, target: Target, line: int, message: str, *, blocks: bool) -> StaticFinding:
    return StaticFinding(
        rule=rule, message=clean(message), path=target.path, line=line, blocks=blocks
    )


def _named(target: Target) -> bool:
    return target.kind is TargetKind.FUNCTION and bool(target.selector)


def _python(target: Target) -> bool:
    return target.path.endswith(".py")
