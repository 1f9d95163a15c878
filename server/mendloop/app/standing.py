"""Whether somebody has let a change through beforehand."""

from datetime import datetime, timedelta
from typing import Final

from mendloop.app.believed import ADMITTED
from mendloop.app.ports import Signers
from mendloop.app.service import service
from mendloop.core.governance.decide import Request
from mendloop.core.governance.manifest import policy_digest
from mendloop.core.governance.policy import Policy
from mendloop.core.governance.standing import Grant, outside, read_grant, standing_id
from mendloop.model.standing import STANDING, StandingApproval, StandingUse
from mendloop.noun import dataclass
from mendloop.store.state import Tables

REVOKED: Final = "standing_revoked"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A standing approval as it is now."""

    given: StandingApproval
    by: str
    """Who has signed it, as the register has it now."""
    grant: Grant
    today: int
    """How often it was used within a day."""
    used: int

    @property
    def left(self) -> int:
        """How often it can still be used now."""
        terms = self.grant.terms
        return max(0, min(terms.per_day - self.today, terms.total - self.used))


@service
class StandingLeave:
    """Reads the standing approvals. What counts is a signature, and what the audit log tells."""

    signers: Signers
    policy: Policy

    async def covering(
        self, tables: Tables, request: Request, now: datetime
    ) -> StandingUse | tuple[str, ...]:
        """The one by which a change may go, or for each of them why it may not.

        Ask in the transaction that puts the use on record, so that no two take the last one.
        """
        reasons: list[str] = []
        for given in await tables.standings.live(now):
            found = await self.check(tables, given, now)
            if isinstance(found, str):
                reasons.append(f"{given.id}: {found}")
                continue
            terms = found.grant.terms
            if other := outside(terms, request, self.policy):
                reasons.append(f"{given.id}: {', '.join(other)}")
            elif not found.left:
                reasons.append(f"{given.id}: it is used up, for today or for good")
            elif (await tables.audit.verify()).broken_at is not None:
                # how often it was used is counted there
                reasons.append(f"{given.id}: the audit log was altered")
            else:
                return StandingUse(
                    id=given.id,
                    by=found.by,
                    today=found.today + 1,
                    used=found.used + 1,
                    terms=terms,
                )
        return tuple(reasons)

    async def check(self, tables: Tables, given: StandingApproval, now: datetime) -> InForce | str:
        """One of them, if it counts now; else why not."""
        grant = read_grant(given.text)
        if isinstance(grant, str) or standing_id(given.text) != given.id:
            return "it is not what was signed"
        signer = self.signers.signer(given.text.encode(), given.signature, STANDING)
        if isinstance(signer, str):
            return signer
        over = await self._over(tables, given, grant, now)
        if over is not None:
            return over
        return InForce(
            given=given,
            by=signer.name,
            grant=grant,
            today=await tables.audit.count(ADMITTED, "standing", given.id, since=now - _DAY),
            used=await tables.audit.count(ADMITTED, "standing", given.id, since=None),
        )

    async def _over(
        self, tables: Tables, given: StandingApproval, grant: Grant, now: datetime
    ) -> str | None:
        """Why it holds no more, whoever has signed it."""
        if grant.records != await tables.standings.records():
            return "it was given for other records"
        if grant.policy != policy_digest(self.policy):
            return "the policy has changed since"
        if not grant.at <= now < grant.expires:
            return "it has run out"
        # the row could be put back; the audit log could not, without showing
        if given.revoked or await tables.audit.newest(REVOKED, "standing", given.id) is not None:
            return "it was revoked"
        return None
