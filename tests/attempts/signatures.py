"""Attempts on the signature, and on what was signed."""

import base64
import json
from datetime import datetime, timedelta

import rfc8785

from mendloop.adapters.signing.private import new_key, signed
from mendloop.errors import MendloopError
from mendloop.model.approval import NAMESPACE
from mendloop.model.ids import ProposalId
from mendloop.model.standing import STANDING
from tests.attempts.attempt import Ends, Entering
from tests.attempts.place import ANOTHER, BEFORE, OTHER, TERMS, Place

DESK, GATE = Ends.DESK, Ends.GATE


@Entering(DESK, "no signature of these bytes")
async def forged_signature(place: Place) -> str:
    """Make up the bytes of a signature around the public key of a person."""
    text = await place.manifest()
    lines = place.sign(text).splitlines()
    blob = bytearray(base64.b64decode("".join(lines[1:-1])))
    blob[-64:] = bytes(range(64))
    return await place.hand_in(
        text, "\n".join([lines[0], base64.b64encode(blob).decode(), lines[-1], ""])
    )


@Entering(DESK, "not in the form")
async def empty_signature(place: Place) -> str:
    """Hand in a manifest with no signature at all."""
    return await place.hand_in(await place.manifest(), "")


@Entering(DESK, "is not registered")
async def stranger_s_key(place: Place) -> str:
    """Sign with a key of one's own that nobody has registered."""
    text = await place.manifest()
    new_key(place.keys / "own", "", "ada")
    return await place.hand_in(text, signed(place.keys / "own", "", text.encode()))


@Entering(DESK, "for another purpose")
async def another_namespace(place: Place) -> str:
    """Use what a person's key has signed for another purpose, such as a commit."""
    text = await place.manifest()
    return await place.hand_in(text, place.sign(text, namespace="git"))


@Entering(DESK, "for another purpose")
async def standing_signature(place: Place) -> str:
    """Use a signature that was made for a standing approval."""
    text = await place.manifest()
    return await place.hand_in(text, place.sign(text, namespace=STANDING))


@Entering(DESK, "not in the canonical form")
async def other_whitespace(place: Place) -> str:
    """Lay the signed manifest out otherwise."""
    text = await place.manifest()
    return await place.hand_in(json.dumps(json.loads(text), indent=1), place.sign(text))


@Entering(DESK, "not in the canonical form")
async def other_order(place: Place) -> str:
    """Put the keys of the signed manifest into another order, which a person's key has signed."""
    said = json.loads(await place.manifest())
    text = json.dumps(dict(reversed(said.items())), separators=(",", ":"))
    return await place.hand_in(text, place.sign(text))


@Entering(DESK, "not in the canonical form")
async def key_named_twice(place: Place) -> str:
    """Name a key twice, so that one reader sees one value and another reader the other."""
    text = await place.manifest()
    twice = text.replace('{"', '{"tier":"auto","', 1)
    return await place.hand_in(twice, place.sign(twice))


@Entering(DESK, "no signature of these bytes")
async def changed_nonce(place: Place) -> str:
    """Change the nonce of a spent manifest, so that it looks like a new one."""
    text = await place.manifest()
    said = {**json.loads(text), "nonce": "0" * 32}
    return await place.hand_in(rfc8785.dumps(said).decode(), place.sign(text))


@Entering(DESK, "no signature of these bytes")
async def later_expiry(place: Place) -> str:
    """Let a signed manifest expire later."""
    text = await place.manifest()
    said = json.loads(text)
    later = (datetime.fromisoformat(said["expires"]) + timedelta(days=9)).isoformat()
    return await place.hand_in(rfc8785.dumps({**said, "expires": later}).decode(), place.sign(text))


@Entering(DESK, "otherwise than the records: tier")
async def lower_tier_in_the_manifest(place: Place) -> str:
    """Get a person to sign a manifest that calls the change harmless."""
    text = rfc8785.dumps({**json.loads(await place.manifest()), "tier": "auto"}).decode()
    return await place.hand_in(text, place.sign(text))


@Entering(DESK, "otherwise than the records")
async def manifest_for_another_change(place: Place) -> str:
    """Get a person to sign a manifest of one proposal with the digests of another."""
    other = json.loads(await place.manifest(place.another))
    text = rfc8785.dumps({**other, "proposal": place.proposal}).decode()
    return await place.hand_in(text, place.sign(text))


@Entering(DESK, "handed in before")
async def spent_manifest_again(place: Place) -> str:
    """Hand a manifest in again after its approval was used and the change was taken back."""
    text = await place.approve()
    signature = place.sign(text)
    async with place.house() as house:
        done = await house.loop.deployer.deploy(ProposalId(place.proposal))
        await house.loop.roller.rollback(deployment=done.id, reason="worse", by="agent")
    return await place.hand_in(text, signature)


@Entering(GATE, "needs the approval of a person")
async def approval_of_another_proposal(place: Place) -> str:
    """Deploy one change on the approval of another."""
    await place.approve(place.another)
    return await place.deploy()


@Entering(GATE, "needs the approval of a person")
async def approval_on_an_older_report(place: Place) -> str:
    """Test the change again after it was approved, and deploy on the old approval."""
    await place.approve()
    await place.tool_says("test_fix", proposal=place.proposal, modes=["static"])
    return await place.deploy()


@Entering(Ends.DOOR, "has changed since .* was proposed")
async def approval_on_another_base(place: Place) -> str:
    """Edit the file after the approval, so that the change lands on something else."""
    await place.approve()
    place.tool.write_text(ANOTHER, encoding="utf-8")
    said = await place.deploy()
    assert OTHER not in place.tool.read_text(encoding="utf-8")
    place.tool.write_text(BEFORE, encoding="utf-8")
    return said


@Entering(GATE, "needs the approval of a person")
async def approval_under_another_policy(place: Place) -> str:
    """Keep an approval until the policy is another one."""
    await place.approve()
    path = place.line.workspace / "mendloop.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + "\n[policy.limits]\nfiles = 7\n", encoding="utf-8"
    )
    return await place.deploy()


@Entering(GATE, "needs the approval of a person")
async def expired_approval(place: Place) -> str:
    """Keep an approval for longer than it is good, and push its expiry in the records."""
    await place.approve()
    place.sql("UPDATE approvals SET expires = 2000000000000000")
    return await place.deploy(later=timedelta(hours=25))


@Entering(DESK, "for another purpose")
async def standing_approval_by_an_approval_s_signature(place: Place) -> str:
    """Sign a standing approval as if it were an approval."""
    async with place.house() as house:
        text = await house.desk.granter.document(TERMS, lasts=timedelta(days=1))
        try:
            await house.desk.granter.give(text, place.sign(text, namespace=NAMESPACE))
        except MendloopError as error:
            return str(error)
    return "given"
