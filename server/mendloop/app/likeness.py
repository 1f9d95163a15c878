"""Find the targets that do the same: by their code, and by their answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Workspace
from mendloop.core.detect.duplicate import Answers, same_answers, same_code
from mendloop.core.detect.shape import shapes
from mendloop.errors import InvalidInput, NotFound
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import Digest, TargetName, digest_of
from mendloop.model.incident import Finding
from mendloop.model.rollup import Heads
from mendloop.model.target import Manifest, Target, TargetKind
from mendloop.model.value import call_text, canonical
from mendloop.noun import dataclass
from mendloop.store.history import History

_MOST_TARGETS: Final = 200
"""Whose answers are compared: the ones that were called last."""
_MOST_ANSWERS: Final = 100
_AGAIN: Final = timedelta(hours=1)
"""How long a comparison of answers is good for: it reads calls, and code does not change alone."""
_ENDED: Final = frozenset({Outcome.OK, Outcome.WRONG, Outcome.ERROR})

Shapes = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """What was compared, and what is alike."""

    findings: tuple[Finding, ...]
    code: frozenset[TargetName]
    """Targets whose code was read."""
    answers: frozenset[TargetName]
    """Targets whose answers were read."""


class Likeness:
    """Compares targets. Remembers what it has read of files that did not change."""

    def __init__(self, history: History, workspace: Workspace) -> None:
        """Compare the targets of one workspace."""
        self._history = history
        self._workspace = workspace
        self._files: dict[str, tuple[Digest, tuple[str, ...], Shapes]] = {}
        self._answers: tuple[datetime, frozenset[TargetName], tuple[Finding, ...]] | None = None

    async def look(self, manifest: Manifest, heads: Heads, *, now: datetime) -> Alike:
        """Compare the functions that are declared."""
        found = await anyio.to_thread.run_sync(self._code, manifest)
        same = same_code({name: shape for name, shape in found.items() if shape})
        read, answers = await self._same_answers(manifest, heads, same, now)
        return Alike(findings=(*same, *answers), code=frozenset(found), answers=read)

    def _code(self, manifest: Manifest) -> Mapping[TargetName, str]:
        """The shape of each function; empty where it is too small, or cannot be read."""
        of_path: dict[str, list[Target]] = {}
        for target in manifest.targets.values():
            if target.kind is TargetKind.FUNCTION:
                of_path.setdefault(target.path, []).append(target)
        self._files = {path: known for path, known in self._files.items() if path in of_path}
        return {
            target.name: found.get(target.selector, "")
            for path, targets in of_path.items()
            for found in [self._shapes(path, tuple(sorted(each.selector for each in targets)))]
            for target in targets
        }

    def _shapes(self, path: str, selectors: tuple[str, ...]) -> Shapes:
        try:
            content = self._workspace.read(path)
        except (InvalidInput, NotFound):
            return {}  # it is like no other; that it is gone is said of the target itself
        digest = digest_of(content)
        known = self._files.get(path)
        if known is not None and known[:2] == (digest, selectors):
            return known[2]
        found = shapes(content.decode(errors="replace"), selectors)
        self._files[path] = (digest, selectors, found)
        return found

    async def _same_answers(
        self, manifest: Manifest, heads: Heads, same: Sequence[Finding], now: datetime
    ) -> tuple[frozenset[TargetName], tuple[Finding, ...]]:
        called = sorted(zip(heads.last, heads.names, strict=True), reverse=True)
        names = [
            name
            for _, name in called
            if name in manifest.targets and manifest.targets[name].replayable
        ][:_MOST_TARGETS]
        wanted = frozenset(names)
        if self._answers is not None and self._answers[1] == wanted:
            at, _, findings = self._answers
            if now - at < _AGAIN:
                return wanted, findings
        answers = {name: await self._given(name) for name in names}
        together = [found.targets for found in same]
        findings = await anyio.to_thread.run_sync(same_answers, answers, together)
        self._answers = (now, wanted, findings)
        return wanted, findings

    async def _given(self, name: TargetName) -> Answers:
        rows = await self._history.distinct(name, outcomes=_ENDED, limit=_MOST_ANSWERS)
        return {call_text(each.args, each.kwargs): _answer(each) for each in rows}


def _answer(execution: Execution) -> str:
    if execution.error is not None:
        return f"raised {execution.error.type}"
    return canonical(execution.result)
