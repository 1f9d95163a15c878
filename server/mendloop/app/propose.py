"""Stage 4, from an agent: take a change in, and say what it is before anything runs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mendloop.app.actor import actor
from mendloop.app.changes import Change, Changes, Contents
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Blobs, Clock, Ids, Workspace
from mendloop.app.service import service
from mendloop.app.spent import Budgets
from mendloop.app.targets import effects_of, find_target
from mendloop.app.texts import texts_read
from mendloop.core.governance.decide import Request, tier_of
from mendloop.core.governance.policy import Policy, Tier
from mendloop.errors import InvalidInput, Refused
from mendloop.model.execution import FAILED
from mendloop.model.ids import Digest, IncidentId, ProposalId, TargetName, digest_of
from mendloop.model.proposal import FileChange, Proposal
from mendloop.model.report import Report
from mendloop.model.target import Manifest, Target
from mendloop.model.value import call_text
from mendloop.noun import dataclass
from mendloop.store.history import History
from mendloop.store.state import State

_MOST_BYTES: Final = 512 * 1024
_MOST_RATIONALE: Final = 4_000
_FAILURES_READ: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Who proposes a change, what for, and why."""

    rationale: str
    origin: str = "agent"
    incident: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A change that was read, and is not yet on record."""

    proposal: Proposal
    contents: Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A proposal, and the leave that it will need if its test passes."""

    proposal: Proposal
    tier: Tier
    reasons: tuple[str, ...]
    known: bool
    """Whether the same change had been proposed before, and that proposal is answered."""


@service
class Proposer:
    """Takes changes in. Nothing is run, and no file of the workspace is touched."""

    state: State
    history: History
    workspace: Workspace
    changes: Changes
    blobs: Blobs
    policy: Policy
    budgets: Budgets
    clock: Clock
    ids: Ids
    observer: Observer = SILENT

    @observed(Act.PROPOSE)
    async def propose(self, change: Change, why: Why, *, target: str | None = None) -> Proposed:
        """Take one change in.

        Args:
            change: Whole files, edits, or a unified diff.
            why: Who proposes it, and for which incident.
            target: What it changes; by default what the incident is about.

        Raises:
            InvalidInput: It does not apply, does not parse, changes nothing, leaves the workspace,
                or touches what is no target.
            NotFound: There is no such target or incident.
            Refused: A limit has no room for another cycle now.
        """
        manifest = self.workspace.manifest()
        primary = find_target(manifest, await self._target_name(target, why.incident))
        new = self.changes.contents(change)
        old = {path: self.changes.before(path) for path in new}
        self._check(manifest, primary, Contents(old=old, new=new))
        return await self.keep(await self.draft(primary, new, why))

    async def draft(self, target: Target, new: Mapping[str, bytes], why: Why) -> Draft:
        """Read a change, and say what it is.

        Raises:
            InvalidInput: It does not parse, or the target is gone.
        """
        from mendloop.app.review import reviewed  # noqa: PLC0415  the reviewer loads with the work

        changed = {path: data for path, data in new.items() if self.changes.before(path) != data}
        contents = Contents(old={path: self.changes.before(path) for path in changed}, new=changed)
        failing = await self.history.distinct(target.name, outcomes=FAILED, limit=_FAILURES_READ)
        seen = reviewed(
            self.workspace.manifest(),
            target,
            contents,
            most_lines=self.policy.most_changed_lines,
            recorded=[call_text(one.args, one.kwargs) for one in failing],
        )
        read = texts_read(self.workspace, self.workspace.manifest(), contents)
        broken = seen.unreadable or next((one for one in read if one.rule == "parses"), None)
        if broken is not None:
            raise InvalidInput(
                f"{broken.path}, line {broken.line}: {broken.message}",
                hint="Mend the change and propose it again.",
            )
        proposal = Proposal(
            id=ProposalId(self.ids.new("p")),
            targets=seen.targets,
            files=tuple(
                FileChange(path=path, old=_digest(contents.old[path]), new=digest_of(data))
                for path, data in sorted(changed.items())
            ),
            kind=seen.review.kind,
            flags=seen.review.flags,
            findings=(*seen.review.findings, *read),
            origin=why.origin,
            rationale=why.rationale[:_MOST_RATIONALE],
            incident=IncidentId(why.incident) if why.incident else None,
            at=self.clock.now(),
            changed_lines=seen.review.changed_lines,
        )
        return Draft(proposal=proposal, contents=contents)

    async def keep(self, draft: Draft) -> Proposed:
        """Put a draft on record, unless the very same change is there already.

        To accept one begins an improvement cycle.

        Raises:
            Refused: A limit has no room for another cycle now.
        """
        proposal = draft.proposal
        for data in (*draft.contents.new.values(), *draft.contents.old.values()):
            if data is not None:
                self.blobs.put(data)
        proposal = replace(proposal, effects=effects_of(self.workspace.manifest(), proposal))
        seen = await self.budgets.look()
        over = None
        async with self.state.transaction() as tables:
            known = await tables.proposals.same_change(proposal.change)
            if known is None:
                over = await self.budgets.begin_cycle(tables, seen, name=proposal.id)
            if known is None and over is None:
                await tables.proposals.add(proposal)
                await tables.audit.append(
                    "proposed",
                    {
                        "proposal": proposal.id,
                        "change": proposal.change,
                        "kind": proposal.kind.value,
                        "origin": proposal.origin,
                        "by": actor(),
                    },
                    at=proposal.at,
                )
        if over is not None:
            raise Refused(over.reason, hint=over.hint)
        tier, reasons = self.tier(known or proposal, None)
        return Proposed(
            proposal=known or proposal, tier=tier, reasons=reasons, known=known is not None
        )

    def tier(self, proposal: Proposal, report: Report | None) -> tuple[Tier, tuple[str, ...]]:
        """The leave that a proposal needs; before it was tested, the least that it can need."""
        request = Request.hoped(proposal) if report is None else Request.on(proposal, report)
        own = tuple(path for path in request.paths if self.workspace.is_own(path))
        return tier_of(replace(request, own=own), self.policy)

    async def _target_name(self, target: str | None, incident: str | None) -> TargetName:
        if incident is not None:
            async with self.state.reading() as tables:
                found = await tables.incidents.get(IncidentId(incident))
            return TargetName(target or found.finding.target)
        if target is None:
            raise InvalidInput(
                "Neither a target nor an incident is named.",
                hint="Pass `target` (see mendloop://targets) or `incident` (see detect).",
            )
        return TargetName(target)

    def _check(self, manifest: Manifest, primary: Target, contents: Contents) -> None:
        known = {target.path for target in manifest.targets.values()}
        for path, data in contents.new.items():
            if contents.old[path] is not None and path not in known:
                raise InvalidInput(
                    f"{path} belongs to no target.",
                    hint=f"Declare a target in it in mendloop.toml, or change {primary.path} only.",
                )
            if len(data) > _MOST_BYTES:
                raise InvalidInput(
                    f"{path} would have {len(data)} bytes; {_MOST_BYTES} is the most.",
                    hint="Propose a smaller change.",
                )
        if len(contents.new) > self.policy.most_files:
            raise InvalidInput(
                f"The change touches {len(contents.new)} files; {self.policy.most_files} is the "
                "most.",
                hint="Split it into several proposals.",
            )
        if all(contents.old[path] == data for path, data in contents.new.items()):
            raise InvalidInput("The change changes nothing.", hint="Propose other content.")
        if primary.path not in contents.new:
            raise InvalidInput(
                f"The change does not touch {primary.path}, where {primary.name} lives.",
                hint="Name the target whose file you change.",
            )


def _digest(data: bytes | None) -> Digest | None:
    return None if data is None else digest_of(data)
