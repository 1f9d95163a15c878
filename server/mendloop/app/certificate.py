"""Write a certificate of each test, and check one later against all that is at hand."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, cast

import rfc8785

from mendloop import __version__
from mendloop.app.ports import Blobs, Workspace
from mendloop.core.governance.policy import Policy
from mendloop.errors import InvalidInput, NotFound, Unavailable
from mendloop.model.audit import AuditEntry
from mendloop.model.certificate import Certified, NoCertificate, certificate, read_certificate
from mendloop.model.deployment import Progress
from mendloop.model.ids import DeploymentId, Digest, ProposalId, digest_of
from mendloop.model.proposal import FileChange
from mendloop.model.report import Report
from mendloop.noun import dataclass
from mendloop.store.state import State, Tables

TESTED: Final = "tested"
_PAGE: Final = 500
_DEPLOYMENTS: Final = 200


class Standing(StrEnum):
    """What a file of the workspace holds now."""

    NEW = "new"
    """What the certificate speaks of."""
    BASE = "base"
    """What was there before the change."""
    OTHER = "other"
    MISSING = "missing"


class Keeping(StrEnum):
    """Whether the tested content is still kept."""

    KEPT = "kept"
    GONE = "gone"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectCheck:
    """One file of a certificate."""

    path: str
    digest: Digest
    workspace: Standing
    kept: Keeping
    deployed: DeploymentId | None
    """The newest deployment that put exactly this content in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What checking a certificate has shown."""

    proposal: ProposalId
    verdict: str
    digest: Digest
    faults: tuple[str, ...]
    """Why it is not what was issued; empty where it is."""
    recorded: int | None
    """The number of the audit entry that bears its digest."""
    newest: bool
    """Whether no later test of the proposal has another certificate."""
    subjects: tuple[SubjectCheck, ...]

    @property
    def sound(self) -> bool:
        """Whether it is, byte for byte, a certificate that was issued here."""
        return not self.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Certifier:
    """Issues certificates, finds them again and checks them."""

    state: State
    workspace: Workspace
    blobs: Blobs
    policy: Policy

    async def issue(self, report: Report) -> Digest:
        """Write the certificate of a report, and keep it by its digest.

        Raises:
            NotFound: The proposal is not on record.
            Unavailable: The disk is full, read-only or failing.
        """
        async with self.state.reading() as tables:
            proposal = await tables.proposals.get(report.proposal)
        made = certificate(proposal, report, policy=policy_digest(self.policy), version=__version__)
        return self.blobs.put(made)

    async def show(self, wanted: str) -> bytes:
        """The certificate of a proposal's newest test.

        Raises:
            NotFound: There is no such proposal, or it was not tested.
            Unavailable: What is kept is damaged.
        """
        async with self.state.reading() as tables:
            proposal = await tables.proposals.get(ProposalId(wanted))
            async for entry in _newest_first(tables):
                if _certifies(entry) and entry.facts.get("proposal") == proposal.id:
                    return self.blobs.get(Digest(str(entry.facts["certificate"])))
        raise NotFound(
            f"No certificate was issued for {proposal.id}.",
            hint=f"Test it first: `mendloop test {proposal.id}`, or the tool test_fix.",
        )

    async def verify(self, content: bytes) -> Verified:
        """Check a certificate against itself, the audit log, what is kept, and the workspace.

        Raises:
            InvalidInput: It is no certificate at all.
        """
        match read_certificate(content):
            case NoCertificate(reason=reason):
                raise InvalidInput(
                    f"This is no change certificate: {reason}.",
                    hint="Name a file that `mendloop show PROPOSAL --certificate` has written.",
                )
            case Certified() as read:
                return await self._verified(read)

    async def _verified(self, read: Certified) -> Verified:
        async with self.state.reading() as tables:
            faults = list(read.faults)
            entry, newest = await self._entry(tables, read)
            chain = await tables.audit.verify()
            if entry is None:
                faults.append("the audit log names no test with this certificate")
            elif chain.broken_at is not None and chain.broken_at <= entry.seq:
                faults.append(f"the audit log was changed at entry {chain.broken_at}")
            subjects = [await self._subject(tables, file) for file in read.files]
        return Verified(
            proposal=read.proposal,
            verdict=read.verdict,
            digest=read.digest,
            faults=tuple(faults),
            recorded=None if entry is None else entry.seq,
            newest=newest,
            subjects=tuple(subjects),
        )

    async def _entry(self, tables: Tables, read: Certified) -> tuple[AuditEntry | None, bool]:
        """The audit entry of a certificate, and whether it is the proposal's newest."""
        newest = True
        async for entry in _newest_first(tables):
            if not _certifies(entry) or entry.facts.get("proposal") != read.proposal:
                continue
            if entry.facts["certificate"] == read.digest:
                return entry, newest
            newest = False
        return None, False

    async def _subject(self, tables: Tables, file: FileChange) -> SubjectCheck:
        return SubjectCheck(
            path=file.path,
            digest=file.new,
            workspace=self._in_workspace(file),
            kept=self._kept(file.new),
            deployed=await _deployed(tables, file),
        )

    def _in_workspace(self, file: FileChange) -> Standing:
        try:
            now = self.workspace.digest(file.path)
        except (InvalidInput, NotFound, Unavailable):
            return Standing.MISSING  # a path that leads out of the workspace is none of its files
        if now is None:
            return Standing.MISSING
        return {file.old: Standing.BASE, file.new: Standing.NEW}.get(now, Standing.OTHER)

    def _kept(self, digest: Digest) -> Keeping:
        try:
            self.blobs.get(digest)
        except NotFound:
            return Keeping.GONE
        except Unavailable:
            return Keeping.DAMAGED
        return Keeping.KEPT


def policy_digest(policy: Policy) -> Digest:
    """The digest of a policy, over canonical JSON of all that it says."""
    return digest_of(b"mendloop-policy/1\n" + rfc8785.dumps(_plain(policy)))


def _plain(value: Any) -> Any:
    """A value of the policy as JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    match value:
        case Mapping():
            said = cast("Mapping[object, object]", value)
            return {str(key): _plain(part) for key, part in said.items()}
        case tuple():
            return [_plain(part) for part in cast("tuple[object, ...]", value)]
        case timedelta():
            return value.total_seconds()
        case StrEnum():
            return value.value
        case _:
            return value


def _certifies(entry: AuditEntry) -> bool:
    return entry.event == TESTED and isinstance(entry.facts.get("certificate"), str)


async def _newest_first(tables: Tables) -> AsyncGenerator[AuditEntry]:
    last, _ = await tables.audit.head()
    while last > 0:
        first = max(0, last - _PAGE)
        page = await tables.audit.page(after=first, limit=last - first)
        for entry in reversed(page):
            yield entry
        last = first


async def _deployed(tables: Tables, file: FileChange) -> DeploymentId | None:
    for deployment in await tables.deployments.page(limit=_DEPLOYMENTS):
        put = any(each.path == file.path and each.new == file.new for each in deployment.files)
        if put and deployment.progress is Progress.COMMITTED:
            return deployment.id
    return None
