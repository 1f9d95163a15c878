"""The life of incidents, in a real store."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mendloop.app.incidents import Keeper, Kept
from mendloop.core.detect.life import Identity, identity
from mendloop.core.detect.rule import Rule
from mendloop.errors import Conflict, InvalidInput, NotFound
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import DeploymentId, ExecutionId, IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.store.history import History
from mendloop.store.state import State
from tests.conftest import HandClock

pytestmark = pytest.mark.anyio
RULE = Rule(success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5)
QUOTE = TargetName("pricing.quote")


@dataclass
class Counted:
    """New names, counted up."""

    given: int = 0

    def new(self, prefix: str) -> str:
        self.given += 1
        return f"{prefix}-{self.given}"


@asynccontextmanager
async def keeping(folder: Path, clock: HandClock) -> AsyncGenerator[Keeper]:
    async with (
        State.open(folder / "state.db") as state,
        History.open(folder / "history.db") as history,
    ):
        yield Keeper(state=state, history=history, clock=clock, ids=Counted(), rule=RULE)


@pytest.fixture
async def keeper(tmp_path: Path, clock: HandClock) -> AsyncGenerator[Keeper]:
    async with keeping(tmp_path, clock) as opened:
        yield opened


def finding(
    kind: IncidentKind = IncidentKind.FAILING, target: str = QUOTE, priority: float = 10.0
) -> Finding:
    return Finding(kind=kind, target=TargetName(target), summary="s", priority=priority, numbers={})


def recovered(_: Incident) -> str:
    return "recovered"


def nobody_can_say(_: Incident) -> str:
    return ""


async def events(keeper: Keeper) -> list[str]:
    async with keeper.state.reading() as tables:
        return [entry.event for entry in await tables.audit.page(after=0, limit=100)]


async def fails(keeper: Keeper, clock: HandClock, **fields: Any) -> None:
    call = Execution(
        id=ExecutionId(f"x-{clock.now().timestamp()}"),
        target=QUOTE,
        at=clock.now(),
        seconds=0.1,
        outcome=Outcome.ERROR,
        fingerprint="abc",
    )
    await keeper.history.add([replace(call, **fields)])


async def only(kept: Kept) -> Incident:
    [incident] = kept.live
    return incident


async def test_one_problem_is_one_incident_until_it_ends(keeper: Keeper, clock: HandClock) -> None:
    first = await only(await keeper.keep([finding()], recovered))
    clock.forward(hours=1)
    second = await only(await keeper.keep([finding(priority=12)], recovered))
    assert (second.id, second.finding.priority, second.opened) == (first.id, 12, first.opened)
    over = await keeper.keep([], recovered)
    assert (over.live, over.resolved) == ((), 1)
    assert await events(keeper) == ["incident_opened", "incident_resolved"]


async def test_where_nobody_can_say_it_stays_open(keeper: Keeper) -> None:
    first = await only(await keeper.keep([finding()], recovered))
    kept = await keeper.keep([], nobody_can_say)
    assert (kept.live, kept.resolved) == ((first,), 0)


async def test_what_comes_back_within_a_day_is_reopened_and_later_it_is_new(
    keeper: Keeper, clock: HandClock
) -> None:
    first = await only(await keeper.keep([finding()], recovered))
    await keeper.keep([], recovered)
    clock.forward(hours=24)
    back = await only(await keeper.keep([finding()], recovered))
    assert (back.id, back.reopened, back.opened) == (first.id, 1, first.opened)
    await keeper.keep([], recovered)
    clock.forward(hours=25)
    anew = await only(await keeper.keep([finding()], recovered))
    assert (anew.id != first.id, anew.reopened) == (True, 0)
    assert (await events(keeper))[2] == "incident_reopened"


async def test_what_a_person_has_ended_comes_back_with_new_failures_only(
    keeper: Keeper, clock: HandClock
) -> None:
    await fails(keeper, clock)
    clock.forward(hours=1)
    first = await only(await keeper.keep([finding()], recovered))
    done = await keeper.resolve(first.id, "restarted it", by="anna")
    assert (done.state, done.ended) == (IncidentState.RESOLVED, "person anna: restarted it")
    clock.forward(hours=1)
    assert (await keeper.keep([finding()], recovered)).live == ()
    clock.forward(hours=100)  # the day within which others come back is long over
    assert (await keeper.keep([finding()], recovered)).live == ()
    await fails(keeper, clock, outcome=Outcome.OK, fingerprint="")
    assert (await keeper.keep([finding()], recovered)).live == ()
    await fails(keeper, clock, id=ExecutionId("x-again"))
    back = await only(await keeper.keep([finding()], recovered))
    assert (back.id, back.reopened, back.ended) == (first.id, 1, "")


async def test_what_recurs_comes_back_with_the_same_error_only(
    keeper: Keeper, clock: HandClock
) -> None:
    error = replace(finding(IncidentKind.RECURRING), key="abc", fingerprints=("abc",))
    first = await only(await keeper.keep([error], recovered))
    await keeper.resolve(first.id, "so", by="anna")
    clock.forward(hours=1)
    await fails(keeper, clock, fingerprint="other")
    assert (await keeper.keep([error], recovered)).live == ()
    await fails(keeper, clock, id=ExecutionId("x-again"))
    assert (await only(await keeper.keep([error], recovered))).id == first.id


async def test_slowness_that_a_person_has_ended_comes_back_when_newer_calls_are_slow(
    keeper: Keeper, clock: HandClock
) -> None:
    slow = replace(finding(IncidentKind.SLOW), numbers={"baseline_seconds": 0.1})
    first = await only(await keeper.keep([slow], recovered))
    await keeper.resolve(first.id, "a bigger machine", by="anna")
    clock.forward(hours=1)
    for number in range(5):
        await fails(
            keeper, clock, id=ExecutionId(f"fast-{number}"), outcome=Outcome.OK, fingerprint=""
        )
    assert (await keeper.keep([slow], recovered)).live == ()
    clock.forward(hours=1)
    for number in range(6):
        await fails(
            keeper, clock, id=ExecutionId(f"slow-{number}"), outcome=Outcome.OK, fingerprint="",
            seconds=0.3,
        )  # fmt: skip
    assert (await only(await keeper.keep([slow], recovered))).reopened == 1


async def test_a_duplicate_that_a_person_has_ended_does_not_come_back(
    keeper: Keeper, clock: HandClock
) -> None:
    twice = replace(finding(IncidentKind.DUPLICATE), key="code 1")
    first = await only(await keeper.keep([twice], recovered))
    await keeper.resolve(first.id, "on purpose", by="anna")
    clock.forward(hours=500)
    await fails(keeper, clock)
    assert (await keeper.keep([twice], recovered)).live == ()


async def test_a_muted_one_is_known_and_not_open(keeper: Keeper, clock: HandClock) -> None:
    first = await only(await keeper.keep([finding()], recovered))
    until = clock.now() + timedelta(days=7)
    quiet = await keeper.mute(first.id, until=until, by="anna")
    assert (quiet.state, quiet.muted_until) == (IncidentState.MUTED, until)
    kept = await keeper.keep([finding()], recovered)
    assert [each.state for each in kept.live] == [IncidentState.MUTED]
    clock.forward(days=7)
    kept = await keeper.keep([finding()], recovered)
    assert [each.state for each in kept.live] == [IncidentState.OPEN]
    assert await events(keeper) == ["incident_opened", "incident_muted", "incident_unmuted"]


async def test_a_person_can_hear_of_it_again(keeper: Keeper) -> None:
    first = await only(await keeper.keep([finding()], recovered))
    with pytest.raises(Conflict, match="is not muted"):
        await keeper.unmute(first.id, by="anna")
    await keeper.mute(first.id, until=None, by="anna")
    loud = await keeper.unmute(first.id, by="anna")
    assert (loud.state, loud.muted_priority) == (IncidentState.OPEN, 0)


async def test_what_cannot_be_is_refused(keeper: Keeper, clock: HandClock) -> None:
    first = await only(await keeper.keep([finding()], recovered))
    with pytest.raises(InvalidInput, match="is over already"):
        await keeper.mute(first.id, until=clock.now(), by="anna")
    with pytest.raises(InvalidInput, match="without a reason"):
        await keeper.resolve(first.id, " \0", by="anna")
    with pytest.raises(NotFound):
        await keeper.mute(IncidentId("i-99"), until=None, by="anna")
    await keeper.resolve(first.id, "so \ud800", by="anna")
    with pytest.raises(Conflict, match="has ended"):
        await keeper.resolve(first.id, "so", by="anna")
    with pytest.raises(Conflict, match="has ended"):
        await keeper.mute(first.id, until=None, by="anna")
    with pytest.raises(Conflict, match="has ended"):
        await keeper.unmute(first.id, by="anna")


async def test_a_deployment_that_helped_ends_what_it_mended_and_names_itself(
    keeper: Keeper, clock: HandClock
) -> None:
    kinds = (IncidentKind.FAILING, IncidentKind.DEGRADED, IncidentKind.SLOW, IncidentKind.UNUSED)
    found = [*(finding(kind) for kind in kinds), finding(target="pricing.tax")]
    kept = await keeper.keep(found, recovered)
    muted = next(each for each in kept.live if each.finding.kind is IncidentKind.DEGRADED)
    await keeper.mute(muted.id, until=None, by="anna")
    async with keeper.state.transaction() as tables:
        await keeper.resolved_by(tables, DeploymentId("d-1"), QUOTE)
    async with keeper.state.reading() as tables:
        live = await tables.incidents.live()
        ended = await tables.incidents.ended(since=clock.now())
    assert {each.ended for each in ended} == {"deployment d-1"}
    assert {each.finding.kind for each in ended} == {IncidentKind.FAILING, IncidentKind.DEGRADED}
    assert {(each.finding.kind, each.finding.target) for each in live} == {
        (IncidentKind.SLOW, QUOTE), (IncidentKind.UNUSED, QUOTE), (IncidentKind.FAILING, "pricing.tax"),
    }  # fmt: skip


async def test_an_outage_that_grows_keeps_its_incident(keeper: Keeper) -> None:
    def outage(first: float, last: float, *targets: str) -> Finding:
        return replace(
            finding(IncidentKind.CORRELATED, targets[0]),
            others=tuple(TargetName(name) for name in targets[1:]),
            key=f"abc@{int(first)}",
            fingerprints=("abc",),
            numbers={"since": first, "until": last},
        )

    first = await only(await keeper.keep([outage(6_000, 9_000, "b", "c")], recovered))
    grown = await only(await keeper.keep([outage(5_700, 9_300, "a", "b", "c")], recovered))
    assert grown.id == first.id
    assert grown.finding.targets == ("a", "b", "c")
    two = [outage(5_700, 6_600, "a", "b"), outage(90_000, 90_300, "a", "b")]
    kept = await keeper.keep(two, recovered)
    assert len(kept.live) == 2
    assert first.id in {each.id for each in kept.live}


Problem: TypeAlias = tuple[IncidentKind, str, str]
PROBLEMS: tuple[Problem, ...] = (
    (IncidentKind.FAILING, "a", ""),
    (IncidentKind.FAILING, "b", ""),
    (IncidentKind.RECURRING, "a", "abc"),
    (IncidentKind.CORRELATED, "a", "frame x"),
    (IncidentKind.CORRELATED, "b", "frame x"),  # the same one, with another first target
)


@dataclass(frozen=True)
class Look:
    """Detection finds these problems."""

    found: frozenset[Problem]
    priority: float


@dataclass(frozen=True)
class Act:
    """A person does something to one of the incidents on record."""

    what: str
    chosen: int


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    hours: int


LOOKS = st.builds(
    Look,
    found=st.frozensets(st.sampled_from(PROBLEMS)),
    priority=st.sampled_from([1.0, 10.0, 25.0]),
)
ACTS = st.builds(
    Act,
    what=st.sampled_from(["mute", "mute for", "unmute", "resolve"]),
    chosen=st.integers(0, 3),
)
LIVES = st.lists(
    LOOKS | LOOKS | ACTS | st.builds(Wait, hours=st.sampled_from([1, 23, 25])), max_size=14
)


@dataclass
class Believed:
    """What must be so, as far as a simple observer can tell."""

    lasting: dict[Identity, IncidentId] = field(default_factory=dict[Identity, IncidentId])
    """The incident of each problem that was found by every look since it began."""

    async def check(self, keeper: Keeper) -> None:
        async with keeper.state.reading() as tables:
            live = await tables.incidents.live()
            ended = await tables.incidents.page(state=IncidentState.RESOLVED, limit=100)
        names = [identity(incident.finding) for incident in live]
        assert len(names) == len(set(names)), "two incidents of one problem"
        assert not {each.id for each in live} & {each.id for each in ended}
        here = {identity(incident.finding): incident.id for incident in live}
        assert {name: here.get(name) for name in self.lasting} == self.lasting
        assert all(not incident.ended for incident in live)
        assert all(incident.ended for incident in ended)


async def act(keeper: Keeper, what: str, chosen: int, believed: Believed) -> None:
    async with keeper.state.reading() as tables:
        page = await tables.incidents.page(limit=4)
    if chosen >= len(page):
        return
    incident = page[chosen]
    try:
        match what:
            case "mute":
                await keeper.mute(incident.id, until=None, by="p")
            case "mute for":
                until = keeper.clock.now() + timedelta(hours=30)
                await keeper.mute(incident.id, until=until, by="p")
            case "unmute":
                await keeper.unmute(incident.id, by="p")
            case _:
                await keeper.resolve(incident.id, "done", by="p")
                believed.lasting.pop(identity(incident.finding), None)
    except Conflict:
        pass  # not now; nothing must have changed


async def look(
    keeper: Keeper, found: frozenset[Problem], priority: float, believed: Believed
) -> None:
    findings = [
        replace(finding(kind, target, priority), key=key, fingerprints=("abc",))
        for kind, target, key in sorted(found)
    ]
    kept = await keeper.keep(findings, recovered)
    here = {identity(incident.finding): incident.id for incident in kept.live}
    seen = {identity(each) for each in findings}
    assert here.keys() <= seen
    before = believed.lasting
    believed.lasting = {name: before.get(name, here[name]) for name in seen if name in here}


@pytest.mark.promise("detect/one-incident-for-one-problem")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives=LIVES)
async def test_whatever_happens_a_problem_has_one_incident_for_as_long_as_it_lasts(
    tmp_path_factory: pytest.TempPathFactory, lives: list[Look | Act | Wait]
) -> None:
    clock = HandClock()
    async with keeping(tmp_path_factory.mktemp("life"), clock) as keeper:
        believed = Believed()
        for step in lives:
            match step:
                case Look(found=found, priority=priority):
                    await look(keeper, found, priority, believed)
                case Act(what=what, chosen=chosen):
                    await act(keeper, what, chosen, believed)
                case Wait(hours=hours):
                    clock.forward(hours=hours)
            await believed.check(keeper)
