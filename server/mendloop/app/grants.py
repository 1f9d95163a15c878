"""Give leave beforehand, and take it back. Only the desk has this."""

import secrets
from datetime import timedelta
from typing import Final

from mendloop.app.ports import Clock, Signers
from mendloop.app.service import service
from mendloop.app.standing import REVOKED, InForce, StandingLeave
from mendloop.core.governance.manifest import policy_digest
from mendloop.core.governance.policy import Policy
from mendloop.core.governance.standing import Grant, grant_text, read_grant, standing_id
from mendloop.errors import Conflict, InvalidInput, Refused
from mendloop.model.ids import digest_of
from mendloop.model.standing import STANDING, StandingApproval, StandingId, Terms
from mendloop.store.state import State

_MAKE_ONE: Final = "Run `mendloop standing new` again: it makes a new one."


@service
class Granter:
    """Keeps the standing approvals."""

    state: State
    policy: Policy
    signers: Signers
    leave: StandingLeave
    clock: Clock

    async def document(self, terms: Terms, *, lasts: timedelta) -> str:
        """What a person signs to let changes of one sort through beforehand.

        Raises:
            InvalidInput: It would let nothing through, or be given for too long.
        """
        now = self.clock.now()
        async with self.state.reading() as tables:
            records = await tables.standings.records()
        text = grant_text(
            Grant(
                records=records,
                terms=terms,
                policy=policy_digest(self.policy),
                nonce=secrets.token_hex(16),
                at=now,
                expires=now + lasts,
            )
        )
        read = read_grant(text)
        if isinstance(read, str):
            raise InvalidInput(
                f"This is no standing approval: {read}.", hint="`mendloop standing new --help`."
            )
        return text

    async def give(self, text: str, signature: str) -> StandingApproval:
        """Let a signed document count.

        Raises:
            InvalidInput: It is no such document.
            Refused: Nobody whose signature counts for this has signed it.
            Conflict: It was handed in before, has run out, or is for other records or another
                policy.
        """
        grant = read_grant(text)
        if isinstance(grant, str):
            raise InvalidInput(f"This is no standing approval: {grant}.", hint=_MAKE_ONE)
        signer = self.signers.signer(text.encode(), signature, STANDING)
        if isinstance(signer, str):
            raise Refused(
                signer,
                hint="`mendloop keys` lists the keys that count; one that was registered for "
                "approvals only is let sign this, too, when it is removed and added again.",
            )
        given = StandingApproval(
            id=standing_id(text),
            by=signer.name,
            key=signer.key,
            policy=grant.policy,
            at=grant.at,
            expires=grant.expires,
            text=text,
            signature=signature,
        )
        now = self.clock.now()
        async with self.state.transaction() as tables:
            if any(known.id == given.id for known in await tables.standings.all()):
                raise Conflict("It was handed in before.", hint=_MAKE_ONE)
            found = await self.leave.check(tables, given, now)
            if isinstance(found, str):
                raise Conflict(f"It does not count: {found}.", hint=_MAKE_ONE)
            await tables.standings.add(given)
            await tables.audit.append(
                "standing_given",
                {
                    "standing": given.id,
                    "by": given.by,
                    "key": given.key,
                    "document": digest_of(text.encode()),
                    "expires": given.expires.isoformat(),
                },
                at=now,
            )
        return given

    async def revoke(self, wanted: StandingId, *, by: str, reason: str = "") -> StandingApproval:
        """Let one count no more. Anybody may: it only makes things stricter.

        Raises:
            NotFound: There is none of that name.
        """
        now = self.clock.now()
        async with self.state.transaction() as tables:
            known = await tables.standings.get(wanted)
            await tables.standings.revoke(known.id, at=now)
            await tables.audit.append(
                REVOKED, {"standing": known.id, "by": by, "reason": reason[:1000]}, at=now
            )
            return await tables.standings.get(wanted)

    async def all(self) -> tuple[tuple[StandingApproval, InForce | str], ...]:
        """Every one that was ever given, oldest first, and whether it counts now, or why not."""
        now = self.clock.now()
        async with self.state.reading() as tables:
            return tuple(
                [
                    (given, await self.leave.check(tables, given, now))
                    for given in await tables.standings.all()
                ]
            )
