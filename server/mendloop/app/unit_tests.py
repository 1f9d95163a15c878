"""Run the project's own tests that reach a change, on both versions, in the sandbox."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Limits, Program, SandboxSession
from mendloop.app.replay import Replayer
from mendloop.app.service import service
from mendloop.core.validate.asserted import asserted
from mendloop.core.validate.cases import TestCase
from mendloop.core.validate.harness import SOURCE, case_of, free_name
from mendloop.core.validate.reach import Reach, belongs_to_tests, import_root, reaching
from mendloop.core.validate.units import Outcomes, Units, compared, file_seen, unlike
from mendloop.model.ids import TargetName
from mendloop.model.observation import Case, NotLoaded
from mendloop.model.target import Target
from mendloop.noun import dataclass

MOST_FILES: Final = 20
_FILE: Final = timedelta(seconds=20)
"""For one test file."""
_PASS: Final = timedelta(seconds=60)
"""For one pass over all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is run, and beside what."""

    cases: Sequence[Case]
    base: Mapping[str, bytes]
    """Files that stand beside the tree on both versions: the harness, and what is kept from it."""
    changed: Mapping[str, bytes]
    harness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRun:
    """What was seen of the tests, and the answers that those which newly pass state."""

    units: Units
    stated: Mapping[TargetName, tuple[TestCase, ...]] = field(
        default_factory=dict[TargetName, tuple[TestCase, ...]]
    )
    """By target."""


@service
class UnitTests:
    """Runs tests. It judges nothing."""

    replayer: Replayer

    async def run(
        self,
        session: SandboxSession,
        targets: Sequence[Target],
        overlay: Mapping[str, bytes],
    ) -> UnitRun:
        """Run the tests that reach some targets or the changed files, once on each version.

        Files in which the two versions differ are run again on both. The tests, and what decides
        how they run, are those of the workspace as it stands: what a change makes of them does not
        count.

        Args:
            session: A sandbox that holds the workspace as it stands.
            targets: The functions that the change is meant for.
            overlay: The changed files.
        """
        tree = await anyio.to_thread.run_sync(self.replayer.workspace.tree)
        reach = await anyio.to_thread.run_sync(_reach, tree, targets, overlay)
        kept = _kept_old(targets, overlay)
        units = Units(files=reach.files, reaching=reach.reaching, kept_old=kept)
        if not reach.files:
            return UnitRun(units=units)
        plan = self._plan(tree, targets, overlay, reach)
        units = await self._both(session, plan, units)
        if not units.unavailable and (again := unlike(units)):
            few = replace(plan, cases=[case for case in plan.cases if case.id in again])
            units = await self._both(session, few, units)
        newly = set(compared(units).newly)
        return UnitRun(units=units, stated=_stated(tree, targets, reach.files, newly))

    def _plan(
        self,
        tree: Mapping[str, bytes],
        targets: Sequence[Target],
        overlay: Mapping[str, bytes],
        reach: Reach,
    ) -> _Plan:
        modules = _modules(targets, overlay)
        roots = tuple(dict.fromkeys(("", *(import_root(tree, path) for path in modules))))
        harness = free_name({*tree, *overlay})
        hidden = {path: tree[path] for path in self.replayer.hidden() if path in tree}
        return _Plan(
            cases=[case_of(path, roots, modules) for path in reach.files],
            base={**hidden, harness: SOURCE.encode()},
            changed={
                path: content
                for path, content in overlay.items()
                if path not in _kept_old(targets, overlay)
            },
            harness=harness,
        )

    async def _both(self, session: SandboxSession, plan: _Plan, units: Units) -> Units:
        """One more pass on each version."""
        base = await self._pass(session, plan, plan.base)
        if isinstance(base, str):
            return replace(units, unavailable=base)
        changed = await self._pass(session, plan, {**plan.changed, **plan.base})
        if isinstance(changed, str):
            return replace(units, unavailable=changed)
        return replace(units, base=(*units.base, base), candidate=(*units.candidate, changed))

    async def _pass(
        self,
        session: SandboxSession,
        plan: _Plan,
        overlay: Mapping[str, bytes],
    ) -> Outcomes | str:
        """What each file told, or why none could be run."""
        program = Program(overlay=overlay, path=plan.harness, function="run", writes_files=True)
        limits = Limits(
            case_timeout=_FILE, total_timeout=_PASS, memory_bytes=self.replayer.memory_bytes
        )
        run = await session.observe(program, plan.cases, limits=limits, chunk=1)
        if not isinstance(run, NotLoaded):
            return {one.case: file_seen(one) for one in run}
        if run.fault.type == "ModuleNotFoundError":
            return (
                f"Not available: {len(plan.cases)} test files reach it, and the workspace's"
                " interpreter has no pytest. Install it there, or name another interpreter with"
                " `python` in mendloop.toml."
            )
        return f"Not available: pytest does not start in the sandbox: {run.fault.type}."


def _reach(
    tree: Mapping[str, bytes], targets: Sequence[Target], overlay: Mapping[str, bytes]
) -> Reach:
    names = {target.selector.rpartition(".")[2] for target in targets}
    return reaching(tree, _modules(targets, overlay), names, most=MOST_FILES)


def _modules(targets: Sequence[Target], overlay: Collection[str]) -> tuple[str, ...]:
    """The Python files that a change is about."""
    changed = [path for path in overlay if path.endswith(".py") and not belongs_to_tests(path)]
    return tuple(dict.fromkeys((*(target.path for target in targets), *changed)))


def _kept_old(targets: Sequence[Target], overlay: Collection[str]) -> tuple[str, ...]:
    """What the change makes of the tests: never of a target, whatever its name."""
    own = {target.path for target in targets}
    return tuple(path for path in overlay if belongs_to_tests(path) and path not in own)


def _stated(
    tree: Mapping[str, bytes],
    targets: Sequence[Target],
    files: Sequence[str],
    newly: Collection[str],
) -> Mapping[TargetName, tuple[TestCase, ...]]:
    """The answers stated by the tests that newly pass."""
    bare = {node.partition("[")[0] for node in newly}
    texts = {path: tree[path].decode(errors="replace") for path in files} if bare else {}
    return {
        target.name: tuple(
            case
            for path, text in texts.items()
            for case in asserted(path, text, target)
            if case.parent in bare
        )
        for target in targets
    }
