"""Attempts by whoever can write into the records: rows, blobs and the audit log."""

import json
from dataclasses import asdict, replace
from datetime import timedelta

from mendloop.model.ids import ProposalId, digest_of
from mendloop.model.proposal import ChangeKind
from mendloop.model.report import report_digest
from tests.attempts.attempt import Ends, Entering
from tests.attempts.place import BEFORE, OTHER, TERMS, Place

GATE = Ends.GATE
EVIL = BEFORE.replace("round(float(amount), 2)", "2 * float(amount)").encode()
NEEDS = "needs the approval of a person"


@Entering(GATE, NEEDS)
async def approval_row(place: Place) -> str:
    """Write the row of an approval, with the name of a person and no signature."""
    await _insert_approval(place, manifest="", signature="")
    return await place.deploy()


@Entering(GATE, NEEDS)
async def approval_row_with_a_borrowed_signature(place: Place) -> str:
    """Write the row of an approval with the signature that a person gave for another change."""
    text = await place.approve(place.another)
    await _insert_approval(place, manifest=f"{text} ", signature=place.sign(text))
    place.sql("UPDATE approvals SET proposal = ?", place.proposal)
    return await place.deploy()


@Entering(GATE, "was rolled back|" + NEEDS)
async def spent_approval_row_cleared(place: Place) -> str:
    """Mark a spent approval as not spent, wait for the cool-down to end, and deploy on it again."""

    await place.approve()
    async with place.house() as house:
        done = await house.loop.deployer.deploy(ProposalId(place.proposal))
        await house.loop.roller.rollback(deployment=done.id, reason="worse", by="agent")
    place.sql("UPDATE approvals SET spent_on = NULL")
    return await place.deploy(later=timedelta(hours=2))


@Entering(GATE, NEEDS)
async def kind_row(place: Place) -> str:
    """Call the change a mere repair in the records, which the policy lets through by itself."""
    place.sql("UPDATE proposals SET kind = 'behavior_fix', flags = '[]', changed_lines = 1")
    return await place.deploy()


@Entering(GATE, NEEDS)
async def kind_row_before_the_person_signs(place: Place) -> str:
    """Lower the kind first, get an approval for that, and put the kind back."""
    place.sql("UPDATE proposals SET kind = 'constant_tune', flags = '[]'")
    text = await place.manifest()
    assert json.loads(text)["tier"] == "approve"
    lower = text.replace('"tier":"approve"', '"tier":"auto"')
    assert "otherwise" in await place.hand_in(lower, place.sign(lower))
    return await place.deploy()


@Entering(GATE, "has not been tested")
async def files_row(place: Place) -> str:
    """Point an approved proposal at other bytes."""
    await place.approve()
    _put_blob(place, EVIL)
    files = [{"path": "tools/shop.py", "old": _digest(BEFORE.encode()), "new": _digest(EVIL)}]
    place.sql("UPDATE proposals SET files = ? WHERE id = ?", json.dumps(files), place.proposal)
    return await place.deploy()


@Entering(GATE, "has not been tested")
async def report_row(place: Place) -> str:
    """Write a report that says that an untested change has passed."""
    _copy_report(place, verdict="passed")
    return await place.deploy(place.untested)


@Entering(GATE, "has not been tested")
async def report_row_and_audit_entry(place: Place) -> str:
    """Write such a report, and edit the audit entry of another test so that it tells of it."""
    change = _copy_report(place, verdict="passed")
    place.sql("DROP TRIGGER audit_is_never_changed")
    place.sql(
        "UPDATE audit SET facts = json_set(facts, '$.proposal', ?, '$.change', ?)"
        " WHERE event = 'tested' AND json_extract(facts, '$.proposal') = ?",
        place.untested,
        change,
        place.proposal,
    )
    async with place.house() as house:
        assert (await house.loop.reader.audit_check()).broken_at is not None
    return await place.deploy(place.untested)


@Entering(Ends.DOOR, "damaged")
async def blob(place: Place) -> str:
    """Put other bytes under the digest of an approved content."""
    await place.approve()
    path = place.state / "blobs" / digest_of(OTHER.encode())
    path.chmod(0o600)
    path.write_bytes(EVIL)
    return await place.deploy()


@Entering(GATE, "was rejected by", slow=True)
async def rejection_row_removed(place: Place) -> str:
    """Take away the row by which an approved change was turned down."""

    await place.approve()
    async with place.house() as house:
        await house.desk.approver.reject(ProposalId(place.proposal), by="ada", reason="no")
    place.sql("DELETE FROM rejections")
    return await place.deploy()


@Entering(GATE, NEEDS)
async def standing_row(place: Place) -> str:
    """Write a standing approval that nobody has signed."""
    given = asdict(await place.stand())
    place.sql(
        "UPDATE standings SET text = replace(text, 'shop.price', '*'), signature = ?",
        given["signature"],
    )
    return await place.deploy()


@Entering(GATE, NEEDS)
async def standing_row_not_revoked(place: Place) -> str:
    """Clear the mark that a standing approval was revoked."""
    given = await place.stand()
    async with place.house() as house:
        await house.desk.granter.revoke(given.id, by="ada")
    place.sql("UPDATE standings SET revoked = NULL")
    return await place.deploy()


@Entering(GATE, NEEDS)
async def standing_approval_of_other_records(place: Place) -> str:
    """Bring a standing approval over from another workspace of the same person."""
    await place.stand()
    place.sql("UPDATE records SET name = lower(hex(randomblob(16)))")
    return await place.deploy()


@Entering(GATE, NEEDS)
async def standing_approval_under_another_policy(place: Place) -> str:
    """Use a standing approval after the policy has changed."""
    await place.stand()
    path = place.line.workspace / "mendloop.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + "\n[policy.limits]\nfiles = 7\n", encoding="utf-8"
    )
    return await place.deploy()


@Entering(GATE, NEEDS)
async def standing_approval_for_something_else(place: Place) -> str:
    """Use standing approvals of another target, other files, other kinds, fewer lines or risks."""

    await place.stand(replace(TERMS, targets=("shop.total", "SHOP.*")))
    await place.stand(replace(TERMS, flags=()))
    await place.stand(replace(TERMS, changed_lines=1))
    await place.stand(replace(TERMS, kinds=(ChangeKind.FORMULA_CHANGE,)))
    await place.stand(replace(TERMS, paths=("tools/*.toml", "../tools/shop.py", "Tools/**")))
    return await place.deploy()


@Entering(GATE, NEEDS)
async def audit_entry_of_a_use_removed(place: Place) -> str:
    """Use a standing approval up, and take the entries of that out of the audit log."""
    await place.stand()
    assert "committed" in await place.deploy(place.another)
    async with place.house() as house:
        done = (await house.loop.reader.deployments())[0]
        await house.loop.roller.rollback(deployment=done.id, reason="worse", by="agent")
    place.sql("DROP TRIGGER audit_is_never_cut")
    place.sql("DELETE FROM audit WHERE event IN ('deploy_admitted', 'rollback_admitted')")
    return await place.deploy(later=timedelta(hours=2))


async def _insert_approval(place: Place, *, manifest: str, signature: str) -> None:
    change, report = await _digests(place)
    place.sql(
        "INSERT INTO approvals (proposal, change, report, author, at, expires, manifest, signature,"
        " signer) VALUES (?, ?, ?, 'ada', 1, 2000000000000000, ?, ?, 'SHA256:x')",
        place.proposal,
        change,
        report,
        manifest,
        signature,
    )


async def _digests(place: Place) -> tuple[str, str]:
    async with place.house() as house:
        report = await house.loop.reader.report(place.proposal)
    assert report is not None
    return report.change, report_digest(report)


def _copy_report(place: Place, *, verdict: str) -> str:
    [(change,)] = place.ask("SELECT change FROM proposals WHERE id = ?", place.untested)
    [(body,)] = place.ask("SELECT body FROM reports WHERE proposal = ?", place.proposal)
    place.sql(
        "INSERT INTO reports (proposal, verdict, body) VALUES (?, ?, ?)",
        place.untested,
        verdict,
        json.dumps({**json.loads(body), "change": change}),
    )
    return str(change)


def _put_blob(place: Place, content: bytes) -> None:
    (place.state / "blobs" / _digest(content)).write_bytes(content)


def _digest(content: bytes) -> str:
    return digest_of(content)
