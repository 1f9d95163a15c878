"""Mend what several targets share: the helper at fault, or the twin of what was mended already."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from mendloop.app.found import Generated, GeneratedFix, Standing, StopReason, nothing
from mendloop.app.goal import Goal, Goals, goals_of
from mendloop.app.ports import Progress, SandboxSession
from mendloop.app.propose import Why
from mendloop.app.replay import calls
from mendloop.app.search import Means
from mendloop.app.service import service
from mendloop.app.subject import Subject
from mendloop.app.twins import Twin, Twins
from mendloop.core.investigate.source import extent
from mendloop.core.validate.wants import deliberate
from mendloop.model.execution import Fault
from mendloop.model.incident import IncidentKind
from mendloop.model.observation import NotLoaded
from mendloop.model.report import Verdict
from mendloop.model.target import Manifest, Target
from mendloop.noun import dataclass

SHARED: Final = "shared"
_FRAME: Final = "frame "
_MOST_KEPT: Final = 2
_CASES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """A function that several targets fail in."""

    path: str
    name: str
    lines: tuple[int, ...]
    """Where their failures were raised in it."""
    errors: tuple[tuple[str, str, int], ...]


@service
class SharedSearch:
    """The strategy for faults that several targets share."""

    means: Means
    twins: Twins

    async def run(self, subject: Subject, budget: timedelta, progress: Progress) -> Generated:
        """Search for one change that mends all targets of an incident, or carry a proven one over.

        Args:
            subject: A target, and the incident that brought it up.
            budget: How long changes are tried; a test that has begun is finished.
            progress: Told of each change tried.

        Raises:
            Unavailable: The sandbox lacks a layer; nothing was run.
        """
        manifest = self.means.workspace.manifest()
        members = _members(manifest, subject)
        if not members:
            note = "No function among its targets can be called again."
            return nothing(subject.target.name, StopReason.NO_ORACLE, note)
        helper = await self._helper(subject, members)
        twins = await self.twins.of(manifest, subject.target)
        if helper is None and not twins:
            note = "Its targets share no helper at fault, and no twin of it was mended before."
            return nothing(subject.target.name, StopReason.SPACE_EXHAUSTED, note)
        async with self.means.replayer.session() as session:
            hunt = _Hunt(self.means, session, subject, members, progress)
            fixes = [fix for twin in twins if (fix := await hunt.carried(twin)) is not None]
            if helper is not None and not fixes:
                return await hunt.mended(helper, budget)
        return _answer(subject, fixes, len(twins))

    async def _helper(self, subject: Subject, members: Sequence[Target]) -> Helper | None:
        """The helper that an incident names, as a function of the workspace."""
        incident = subject.incident
        key = "" if incident is None else incident.finding.key
        if incident is None or incident.finding.kind is not IncidentKind.CORRELATED:
            return None
        named, _, function = key.removeprefix(_FRAME).rpartition(":")
        if not key.startswith(_FRAME) or not function:
            return None
        tree = self.means.workspace.tree()
        path = next((one for one in sorted(tree) if one == named or one.endswith(f"/{named}")), "")
        if not path or extent(tree[path].decode(errors="replace"), function) is None:
            return None
        errors = [
            (fault.type, fault.message, frame.line)
            for member in members
            for call in await self.means.replayer.failing(member, _CASES)
            if (fault := call.error) is not None
            for frame in fault.frames[-1:]
            if frame.function == function and path.endswith(frame.file.lstrip("/"))
        ]
        return Helper(
            path=path,
            name=function,
            lines=tuple(dict.fromkeys(line for _, _, line in errors)),
            errors=tuple(dict.fromkeys(errors)),
        )


@dataclass(frozen=True, slots=True)
class _Hunt:
    """One search, in a sandbox that is up."""

    means: Means
    session: SandboxSession
    subject: Subject
    members: Sequence[Target]
    progress: Progress

    async def carried(self, twin: Twin) -> GeneratedFix | None:
        """Test a change that was carried over."""
        path = self.subject.target.path
        return await self._tested({path: twin.content}, twin.told, "twin", [self.subject.target])

    async def mended(self, helper: Helper, budget: timedelta) -> Generated:
        """Try changes of a helper on the calls of all its users."""
        from mendloop.core.repair.generate import Space  # noqa: PLC0415  libcst loads with the work
        from mendloop.core.repair.recipe import Hints  # noqa: PLC0415

        source = self.means.workspace.read(helper.path).decode(errors="replace")
        hints = Hints(function=helper.name, suspects=helper.lines, errors=helper.errors)
        space = Space(source, helper.name, hints)
        goals = [(member, await self._goals(member)) for member in self.members]
        ends = self.means.clock.now() + budget
        fixes: list[GeneratedFix] = []
        tried = 0
        late = False
        for candidate in space.usual():
            late = self.means.clock.now() >= ends
            if late or len(fixes) >= _MOST_KEPT:
                break
            tried += 1
            await self.progress(tried, space.size, candidate.description)
            overlay = {helper.path: candidate.source.encode()}
            if not await self._mends(overlay, goals):
                continue
            origin = f"recipe:{candidate.recipe}"
            fix = await self._tested(overlay, candidate.description, origin, self.members)
            fixes += [] if fix is None else [fix]
        known = all(each.known for _, each in goals if each.bad)
        return _answer(self.subject, fixes, tried, space.size, late=late, known=known)

    async def _goals(self, member: Target) -> Goals:
        replayer = self.means.replayer
        cases = await replayer.cases(member, most=_CASES, modes=("replay", "synthetic"))
        runs = [
            await self.session.observe(
                replayer.program(member), calls(some), limits=replayer.limits(member)
            )
            for some in (cases, cases[::-1])
        ]
        return goals_of(cases, runs, member.float_tolerance)

    async def _mends(
        self, overlay: Mapping[str, bytes], goals: Sequence[tuple[Target, Goals]]
    ) -> bool:
        """Whether all calls of all users come out as is wanted; the telling ones are made first."""
        if not any(goal.bad for _, goal in goals):
            return False
        first = [(member, goal.telling) for member, goal in goals]
        rest = [(member, goal.rest) for member, goal in goals]
        for member, wanted in (*first, *rest):
            if wanted and not await self._met(overlay, member, wanted):
                return False
        return True

    async def _met(
        self, overlay: Mapping[str, bytes], member: Target, wanted: Sequence[Goal]
    ) -> bool:
        replayer = self.means.replayer
        run = await self.session.observe(
            replayer.program(member, overlay),
            [goal.case.case for goal in wanted],
            limits=replayer.limits(member, tuple(goal.before for goal in wanted)),
        )
        if isinstance(run, NotLoaded):
            return False

        def on_purpose(fault: Fault) -> bool:
            path, content = next(iter(overlay.items()))
            return deliberate(path, content.decode(errors="replace")).clear(fault)

        return all(goal.met(one.seen, on_purpose) for goal, one in zip(wanted, run, strict=True))

    async def _tested(
        self,
        overlay: Mapping[str, bytes],
        told: str,
        origin: str,
        targets: Sequence[Target],
    ) -> GeneratedFix | None:
        """Give a change a whole test on the calls of all its users; keep it unless it fails."""
        proposer, validator = self.means.proposer, self.means.validator
        incident = self.subject.incident
        why = Why(rationale=told, origin=origin, incident=incident.id if incident else None)
        draft = await proposer.draft(targets[0], overlay, why)
        names = (*(one.name for one in targets), *draft.proposal.targets)
        draft = replace(
            draft, proposal=replace(draft.proposal, targets=tuple(dict.fromkeys(names)))
        )
        await validator.budgets.begin_test(draft.proposal.id)
        report = await validator.assess(self.session, draft.proposal, draft.contents.new)
        if report.verdict in {Verdict.FAILED, Verdict.BROKEN}:
            return None
        kept = await proposer.keep(draft)
        report = await validator.keep(replace(report, proposal=kept.proposal.id))
        tier = proposer.tier(kept.proposal, report)[0]
        note = f"{told}; {Standing.PLAUSIBLE}"
        return GeneratedFix(proposal=kept.proposal, report=report, tier=tier, note=note)


def applies(subject: Subject) -> bool:
    """Whether an incident is of several targets that share a fault."""
    incident = subject.incident
    return incident is not None and incident.finding.kind is IncidentKind.CORRELATED


def _members(manifest: Manifest, subject: Subject) -> list[Target]:
    incident = subject.incident
    shared = applies(subject) and incident is not None
    names = incident.finding.targets if shared and incident else ()
    found = [manifest.targets[name] for name in names if name in manifest.targets]
    return [one for one in found or [subject.target] if one.replayable]


def _answer(
    subject: Subject,
    fixes: Sequence[GeneratedFix],
    tried: int,
    space: int = 0,
    *,
    late: bool = False,
    known: bool = False,
) -> Generated:
    """What a search has come to.

    Args:
        subject: What it was for.
        fixes: What it found, each tested.
        tried: How many changes it tried.
        space: Of how many.
        late: Whether the time ended it.
        known: Whether right answers were known for failing calls of every target.
    """
    passed = sum(fix.report.verdict is Verdict.PASSED for fix in fixes)
    ordered = sorted(fixes, key=lambda fix: fix.report.verdict is not Verdict.PASSED)
    if passed or (fixes and known):
        stopped = StopReason.FOUND
    elif fixes:
        stopped = StopReason.NO_ORACLE
    else:
        stopped = StopReason.TIME_SPENT if late else StopReason.SPACE_EXHAUSTED
    return Generated(
        target=subject.target.name,
        proposals=tuple(ordered),
        tried=tried,
        space=max(space, tried),
        stopped=stopped,
        note=f"{len(fixes)} found, {passed} of them passed every check; tried {tried} of"
        f" {max(space, tried)} changes to what several targets share.",
    )
