"""What is not stopped where an agent runs as the person: each is shown to be so.

SECURITY.md says so in words, and what helps: another account, a register that root keeps, a
security key that has to be touched.
"""

from dataclasses import replace
from datetime import timedelta

from mendloop.app.believed import report_facts
from mendloop.app.certificate import TESTED
from mendloop.model.ids import ProposalId
from mendloop.model.report import Verdict
from tests.attempts.attempt import Ends, Entering
from tests.attempts.place import BEFORE, OTHER, Place

THROUGH = Ends.THROUGH


@Entering(THROUGH)
async def edit_of_the_file(place: Place) -> str:
    """Edit the tool itself, and ask nobody."""
    place.tool.write_text(OTHER, encoding="utf-8")
    return "edited"


@Entering(THROUGH, "approved by ada")
async def key_of_its_own_registered(place: Place) -> str:
    """Add a key of one's own to a register that the same account keeps, by any name."""
    place.key("own", named="ada")
    text = await place.manifest()
    said = await place.hand_in(text, place.sign(text, by="own"))
    await place.deploy()
    return said


@Entering(THROUGH, "committed", slow=True)
async def key_without_a_passphrase(place: Place) -> str:
    """Sign with a person's key that has no passphrase and can be read."""
    key = place.key("ada")
    await place.run(
        "approve", place.proposal, "--yes", "--key", str(key), data=place.line.data, env={}
    )
    return await place.deploy()


@Entering(THROUGH, "committed", slow=True)
async def records_rewritten_with_their_chain(place: Place) -> str:
    """Write a report and the audit entry that goes with it, for a change that needs no person."""
    said = await place.tool_says(
        "propose_fix",
        target="shop.price",
        files=[{"path": "tools/shop.py", "content": _WORSE}],
        rationale="why not",
    )
    wanted = next(word for word in said.split('"') if word.startswith("p-"))
    async with place.house() as house:
        state = house.desk.approver.state
        async with state.transaction() as tables:
            proposal = await tables.proposals.get(ProposalId(wanted))
            known = await tables.reports.latest(ProposalId(place.proposal))
            assert known is not None
            forged = replace(
                known, proposal=proposal.id, change=proposal.change, verdict=Verdict.PASSED,
                oracle="expected",
            )  # fmt: skip
            await tables.reports.add(forged)
            await tables.audit.append(TESTED, report_facts(forged), at=forged.at)
    return await place.deploy(wanted)


@Entering(THROUGH, "committed", slow=True)
async def both_marks_of_a_spent_approval_removed(place: Place) -> str:
    """Take out of the records and of the audit log that an approval was used."""
    await place.approve()
    async with place.house() as house:
        done = await house.loop.deployer.deploy(ProposalId(place.proposal))
        await house.loop.roller.rollback(deployment=done.id, reason="worse", by="agent")
    place.sql("UPDATE approvals SET spent_on = NULL")
    place.sql("DROP TRIGGER audit_is_never_cut")
    place.sql("DELETE FROM audit WHERE event = 'deploy_admitted'")
    async with place.house() as house:
        assert (await house.loop.reader.audit_check()).broken_at is not None
    return await place.deploy(later=timedelta(hours=2))


@Entering(THROUGH)
async def tool_that_writes(place: Place) -> str:
    """Call a tool of the person's that writes wherever it is told, through run_tool."""
    (place.line.workspace / "tools/save.py").write_text(
        "def save(path, text):\n    open(path, 'w', encoding='utf-8').write(text)\n",
        encoding="utf-8",
    )
    manifest = place.line.workspace / "mendloop.toml"
    manifest.write_text(
        manifest.read_text(encoding="utf-8") + '\n[targets.save]\nsource = "tools/save.py:save"\n',
        encoding="utf-8",
    )
    return await place.tool_says("run_tool", target="save", args=[str(place.tool), OTHER])


@Entering(THROUGH, "committed", slow=True)
async def stricter_wish_taken_out(place: Place) -> str:
    """Take out of mendloop.toml what made the workspace stricter than the shipped policy."""
    manifest = place.line.workspace / "mendloop.toml"
    kept = manifest.read_text(encoding="utf-8")
    manifest.write_text(kept + '\n[policy.tiers]\nbehavior_fix = "approve"\n', encoding="utf-8")
    wanted = place.behaviour
    assert "needs the approval" in await place.deploy(wanted)
    manifest.write_text(kept, encoding="utf-8")
    return await place.deploy(wanted)


_WORSE = BEFORE.replace("amount = text.strip()", "amount = text.strip() or '0'")
