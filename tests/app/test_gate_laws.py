"""Whatever any number of clients do, in whatever order and at the same time."""

from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mendloop.core.governance.policy import Limit
from mendloop.errors import MendloopError
from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.ids import ProposalId, TargetName, digest_of
from mendloop.model.proposal import ChangeKind, change_digest
from mendloop.model.report import Verdict
from mendloop.model.spend import Spending, Spent
from tests.app.rig import Rig, lay_out, rigged
from tests.conftest import HandClock
from tests.policies import BUDGET, POLICY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAUSE = timedelta(hours=3)
LAWS = replace(
    POLICY,
    limits=(Limit(most=4, per=HOUR), Limit(most=9, per=DAY)),
    target_limits=(Limit(most=2, per=HOUR), Limit(most=5, per=DAY)),
    cool_down=timedelta(minutes=30),
    budget=replace(
        BUDGET,
        cycles=(Limit(most=3, per=HOUR), Limit(most=7, per=DAY)),
        tests=Limit(most=2, per=HOUR),
        cpu=Limit(most=150, per=HOUR),
        target_failures=2,
        failures=3,
        pause=PAUSE,
    ),
)
PATHS = ("prompts/reply.md", "prompts/other.md")
NAMES = ("reply", "other")
COUNTING = {Progress.PREPARED, Progress.APPLYING, Progress.COMMITTED}


@dataclass(frozen=True)
class Propose:
    """One change to one text, which may need a person, and which may have failed its test."""

    which: int
    content: bytes
    kind: ChangeKind
    verdict: Verdict | None


@dataclass(frozen=True)
class Deploy:
    which: int


@dataclass(frozen=True)
class Approve:
    which: int
    by: str


@dataclass(frozen=True)
class RollBack:
    which: int


@dataclass(frozen=True)
class Try:
    """Propose what passes, deploy it, and take it back if it is worse."""

    propose: Propose
    worse: bool


@dataclass(frozen=True)
class Begin:
    what: Spending


@dataclass(frozen=True)
class Edit:
    """Somebody's own edit, outside the loop."""

    which: int
    content: bytes


Act: TypeAlias = Propose | Deploy | Approve | RollBack | Try | Begin | Edit

CONTENTS = st.sampled_from([b"one", b"two", b"three", b"four"])
WHICH = st.integers(0, 1)
KINDS = st.sampled_from([ChangeKind.BEHAVIOR_FIX, ChangeKind.FORMULA_CHANGE])
PROPOSALS = st.builds(
    Propose,
    WHICH,
    CONTENTS,
    KINDS,
    st.sampled_from([Verdict.PASSED, Verdict.PASSED, Verdict.PASSED, Verdict.FAILED, None]),
)
FIXES = st.builds(Propose, WHICH, CONTENTS, KINDS, st.just(Verdict.PASSED))
ACTS = st.one_of(
    PROPOSALS,
    st.builds(Try, FIXES, st.booleans()),
    st.builds(Try, FIXES, st.just(value=True)),
    st.builds(Deploy, st.integers(0, 5)),
    st.builds(Deploy, st.integers(0, 5)),
    st.builds(Approve, st.integers(0, 5), st.sampled_from(["anna", "ben"])),
    st.builds(RollBack, st.integers(0, 2)),
    st.builds(Begin, st.sampled_from([Spending.CYCLE, Spending.TEST, Spending.CPU])),
    st.builds(Edit, WHICH, CONTENTS),
)
ROUNDS = st.lists(
    st.tuples(st.lists(ACTS, min_size=2, max_size=6), st.sampled_from([0, 1, 31, 61, 181])),
    min_size=4,
    max_size=10,
)


@dataclass
class World:
    """Two servers on one workspace, and what the test knows without asking them."""

    rigs: Sequence[Rig]
    clock: HandClock
    proposals: list[ProposalId] = field(default_factory=list[ProposalId])
    begun: list[tuple[Spending, Spent]] = field(default_factory=list[tuple[Spending, Spent]])

    async def act(self, number: int, act: Act) -> None:
        """Do one thing at one of the servers, which may refuse it."""
        rig = self.rigs[number % 2]
        with suppress(MendloopError):
            match act:
                case Begin(what=what):
                    await self._begin(rig, what)
                case Edit(which=which, content=content):
                    (rig.root / PATHS[which]).write_bytes(content)
                case RollBack(which=which):
                    await self._take_back(rig, which)
                case Propose():
                    await self._propose(rig, act)
                case Try():
                    await self._try(rig, act)
                case Deploy() | Approve() if self.proposals:
                    await self._further(rig, act)
                case _:
                    pass

    async def _further(self, rig: Rig, act: Deploy | Approve) -> None:
        wanted = self.proposals[-1 - act.which % len(self.proposals)]
        if isinstance(act, Approve):
            await rig.approve(wanted, by=act.by)
        else:
            await rig.deployer.deploy(wanted)

    async def _try(self, rig: Rig, act: Try) -> None:
        made = await self._propose(rig, act.propose)
        if act.propose.kind is ChangeKind.FORMULA_CHANGE:
            await rig.approve(made, by="anna")
        done = await rig.deployer.deploy(made)
        if act.worse:
            await rig.roller.rollback(deployment=done.id, reason="worse", by="ben")

    async def _begin(self, rig: Rig, what: Spending) -> None:
        amount = 1
        if what is Spending.TEST:
            await rig.budgets.begin_test("p")
        elif what is Spending.CPU:
            amount = (await rig.budgets.grant()).milliseconds
        else:
            seen = await rig.budgets.look()
            async with rig.state.transaction() as tables:
                if await rig.budgets.begin_cycle(tables, seen, name="p") is not None:
                    return
        self.begun.append((what, Spent(self.clock.now(), amount)))

    async def _propose(self, rig: Rig, act: Propose) -> ProposalId:
        tested = {} if act.verdict is None else {"verdict": act.verdict}
        changes = {PATHS[act.which]: act.content}
        made = await rig.propose(changes, targets=(NAMES[act.which],), tested=tested, kind=act.kind)
        self.proposals.append(made)
        return made

    async def _take_back(self, rig: Rig, which: int) -> None:
        done = [
            each
            for each in await rig.deployments()
            if each.kind is DeploymentKind.DEPLOY and each.progress is Progress.COMMITTED
        ]
        if done:
            wanted = done[-1 - which % len(done)]
            await rig.roller.rollback(deployment=wanted.id, reason="worse", by="anna")


@given(rounds=ROUNDS)
@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
)
@pytest.mark.promise("gate/limits-hold")
@pytest.mark.promise("limits/nothing-begun-beyond")
@pytest.mark.promise("limits/failures-open-a-circuit")
@pytest.mark.promise("approve/single-use")
@pytest.mark.promise("deploy/tested-bytes-are-deployed-bytes")
def test_no_clients_in_no_order_do_what_must_not_be_done(
    rounds: list[tuple[list[Act], int]],
) -> None:
    anyio.run(_played, rounds)


async def _played(rounds: list[tuple[list[Act], int]]) -> None:
    clock = HandClock()
    memory = Path("/dev/shm")  # noqa: S108  no disk has to be waited for
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        lay_out(Path(folder))
        root = Path(folder) / "workspace"
        (root / PATHS[1]).write_bytes(b"Other.\n")
        manifest = (root / "mendloop.toml").read_text(encoding="utf-8")
        more = f'{manifest}\n[targets.other]\nsource = "{PATHS[1]}"\n'
        (root / "mendloop.toml").write_text(more, encoding="utf-8")
        async with AsyncExitStack() as stack:
            rigs = [
                await stack.enter_async_context(rigged(Path(folder), clock, policy=LAWS))
                for _ in range(2)
            ]
            world = World(rigs=rigs, clock=clock)
            for acts, minutes in rounds:
                await _round(world, acts)
                clock.forward(minutes=minutes)


async def _round(world: World, acts: Sequence[Act]) -> None:
    rig = world.rigs[0]
    before = await rig.deployments()
    now = world.clock.now()
    async with anyio.create_task_group() as tasks:
        for number, act in enumerate(acts):
            tasks.start_soon(world.act, number, act)
    after = await rig.deployments()
    _no_open_circuit_was_passed(before, after[len(before) :], now)
    _no_limit_was_passed(after)
    _no_target_was_touched_too_soon(after)
    await _what_was_tested_and_approved_was_deployed(rig, after)
    _no_more_was_begun(world)


def _no_limit_was_passed(deployments: Sequence[Deployment]) -> None:
    made = [
        each
        for each in deployments
        if each.kind is DeploymentKind.DEPLOY and each.progress in COUNTING
    ]
    for limits, names in ((LAWS.limits, (None,)), (LAWS.target_limits, NAMES)):
        for name in names:
            times = [each.at for each in made if name is None or TargetName(name) in each.targets]
            for limit in limits:
                assert _most_within(times, limit.per) <= limit.most


def _most_within(times: Sequence[datetime], span: timedelta) -> int:
    return max((sum(at - span <= each <= at for each in times) for at in times), default=0)


def _no_target_was_touched_too_soon(deployments: Sequence[Deployment]) -> None:
    for number, each in enumerate(deployments):
        if each.kind is not DeploymentKind.ROLLBACK or each.progress is not Progress.COMMITTED:
            continue
        for later in deployments[number + 1 :]:
            if later.kind is DeploymentKind.DEPLOY and set(later.targets) & set(each.targets):
                assert later.at >= each.at + LAWS.cool_down


def _no_open_circuit_was_passed(
    before: Sequence[Deployment], new: Sequence[Deployment], now: datetime
) -> None:
    """Nobody judges these deployments well, so each is a failure or says nothing."""
    back = {
        each.undoes: each.at
        for each in before
        if each.kind is DeploymentKind.ROLLBACK and each.progress is Progress.COMMITTED
    }
    for name, most in ((None, LAWS.budget.failures), *((n, 2) for n in NAMES)):
        mine = [
            each
            for each in before
            if each.kind is DeploymentKind.DEPLOY and (name is None or name in each.targets)
        ]
        failed = [back[each.id] for each in mine if each.id in back]
        failed += [each.at for each in mine if each.progress is Progress.UNDONE]
        begun = [
            each
            for each in new
            if each.kind is DeploymentKind.DEPLOY and (name is None or name in each.targets)
        ]
        if len(failed) >= most:
            opened = max(failed)
            tried = [each.at for each in mine if each.at > opened]
            if now < max([opened, *tried]) + PAUSE:
                assert not begun
            else:
                assert len([each for each in begun if each.progress in COUNTING]) <= 1


async def _what_was_tested_and_approved_was_deployed(
    rig: Rig, deployments: Sequence[Deployment]
) -> None:
    spent: list[str] = []
    async with rig.state.reading() as tables:
        for each in deployments:
            if each.proposal is None:
                continue
            proposal = await tables.proposals.get(each.proposal)
            report = await tables.reports.latest(each.proposal)
            assert report is not None
            assert report.verdict is Verdict.PASSED
            assert report.change == change_digest(each.files) == proposal.change
            rows = await tables.approvals.statements.fetch(
                "SELECT manifest, change FROM approvals WHERE spent_on = ?", each.id
            )
            spent += [manifest for manifest, _ in rows]
            assert all(change == proposal.change for _, change in rows)
            if proposal.kind is ChangeKind.FORMULA_CHANGE:
                assert rows
    assert len(spent) == len(set(spent))
    done = [each for each in deployments if each.progress is Progress.COMMITTED]
    for path in PATHS:
        news = [file.new for each in done for file in each.files if file.path == path]
        known = {digest_of(content) for content in (b"one", b"two", b"three", b"four")}
        known |= {digest_of(b"Answer briefly.\n"), digest_of(b"Other.\n")}
        assert set(news) <= known


def _no_more_was_begun(world: World) -> None:
    spent = {what: [each for sort, each in world.begun if sort is what] for what in Spending}
    budget = LAWS.budget
    for limit in budget.cycles:
        assert _most_spent(spent[Spending.CYCLE], limit.per) <= limit.most
    assert _most_spent(spent[Spending.TEST], HOUR) <= budget.tests.most
    assert _most_spent(spent[Spending.CPU], HOUR) <= budget.cpu.most * 1000


def _most_spent(spent: Sequence[Spent], span: timedelta) -> int:
    return max(
        (
            sum(each.amount for each in spent if last.at - span <= each.at <= last.at)
            for last in spent
        ),
        default=0,
    )
