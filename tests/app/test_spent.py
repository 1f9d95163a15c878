import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.adapters.sandbox.linux import LinuxSandbox
from mendloop.app.metered import MeteredSandbox
from mendloop.app.ports import Limits, Program
from mendloop.core.governance.policy import Limit
from mendloop.core.governance.tokens import TOKENS
from mendloop.errors import Refused
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import ExecutionId
from mendloop.model.observation import Case
from mendloop.model.spend import Spending, Spent
from tests.app.rig import Rig, lay_out, rigged
from tests.conftest import HandClock
from tests.policies import BUDGET, POLICY

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TIGHT = replace(
    POLICY,
    budget=replace(
        BUDGET,
        cycles=(Limit(most=3, per=HOUR), Limit(most=5, per=DAY)),
        tests=Limit(most=2, per=HOUR),
        cpu=Limit(most=100, per=HOUR),
        tokens=Limit(most=1000, per=DAY),
        disk_mb=3,
    ),
)


async def begin(rig: Rig, what: Spending) -> int:
    """Begin one, and give how much that is; 0 where it is refused."""
    match what:
        case Spending.CYCLE:
            seen = await rig.budgets.look()
            async with rig.state.transaction() as tables:
                over = await rig.budgets.begin_cycle(tables, seen, name="p-1")
            return 0 if over else 1
        case Spending.TEST:
            try:
                await rig.budgets.begin_test("p-1")
            except Refused:
                return 0
            return 1
        case _:
            try:
                return (await rig.budgets.grant()).milliseconds
            except Refused:
                return 0


async def refusal(rig: Rig) -> Refused:
    with pytest.raises(Refused) as refused:
        await rig.budgets.begin_test("p-1")
    assert (await rig.audited())[-1].facts["reason_refused"] == refused.value.message
    return refused.value


async def report_tokens(rig: Rig, name: str, amount: object, clock: HandClock) -> None:
    await rig.history.add(
        [
            Execution(
                id=ExecutionId(name),
                target=TOKENS,
                at=clock.now(),
                seconds=0,
                outcome=Outcome.OK,
                result=amount,  # type: ignore[arg-type]
            )
        ]
    )


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.sampled_from([Spending.CYCLE, Spending.TEST, Spending.CPU]),
            st.sampled_from([0, 0, 1, 29, 30, 60, 61]),
        ),
        min_size=10,
        max_size=40,
    )
)
@settings(max_examples=15, deadline=None)
@pytest.mark.promise("limits/nothing-begun-beyond")
def test_no_order_of_clients_begins_more_than_a_limit_allows(
    steps: list[tuple[int, Spending, int]],
) -> None:
    async def play() -> None:
        clock = HandClock()
        memory = Path("/dev/shm")  # noqa: S108  no disk has to be waited for
        with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
            lay_out(Path(folder))
            async with (
                rigged(Path(folder), clock, policy=TIGHT) as one,
                rigged(Path(folder), clock, policy=TIGHT) as other,
            ):
                begun: list[tuple[Spending, float, int]] = []
                for who, what, minutes in steps:
                    clock.forward(minutes=minutes)
                    amount = await begin((one, other)[who], what)
                    begun.append((what, clock.now().timestamp(), amount))
                    hour, day = (
                        sum(
                            each
                            for sort, at, each in begun
                            if sort is what and begun[-1][1] - at <= span
                        )
                        for span in (3600, 86400)
                    )
                    most = {Spending.CYCLE: 3, Spending.TEST: 2, Spending.CPU: 100_000}[what]
                    assert hour <= most
                    assert what is not Spending.CYCLE or day <= 5

    anyio.run(play)


@pytest.mark.promise("limits/nothing-begun-beyond")
async def test_of_two_servers_at_once_one_gets_the_last_and_a_restart_forgets_nothing(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    got: list[int] = []

    async def one_more(rig: Rig) -> None:
        got.append(await begin(rig, Spending.TEST))

    async with (
        rigged(tmp_path, clock, policy=TIGHT) as one,
        rigged(tmp_path, clock, policy=TIGHT) as other,
        anyio.create_task_group() as tasks,
    ):
        for number in range(6):
            tasks.start_soon(one_more, (one, other)[number % 2])
    assert sum(got) == 2
    async with rigged(tmp_path, clock, policy=TIGHT) as again:
        assert await begin(again, Spending.TEST) == 0


async def test_a_refusal_names_the_limit_the_use_the_time_and_what_a_person_can_do(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    async with rigged(tmp_path, clock, policy=TIGHT) as rig:
        await rig.budgets.begin_test("p-1")
        free = clock.now() + timedelta(minutes=60, seconds=1)
        clock.forward(minutes=10)
        await rig.budgets.begin_test("p-1")
        told = await refusal(rig)
        assert told.message == (
            "2 tests of candidates within 60 min are used, and 2 are allowed (`tests_per_hour`)."
        )
        assert f"It is free again at {free:%Y-%m-%d %H:%M:%S} UTC." in told.hint
        assert "A person can raise `tests_per_hour`" in told.hint
        clock.forward(seconds=(free - clock.now()).total_seconds())
        await rig.budgets.begin_test("p-1")
        await refusal(rig)


@pytest.mark.promise("limits/reported-tokens-count")
async def test_tokens_that_clients_report_are_counted_once_and_end_the_work_of_the_day(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    async with (
        rigged(tmp_path, clock, policy=TIGHT) as one,
        rigged(tmp_path, clock, policy=TIGHT) as other,
    ):
        await report_tokens(one, "n-1", 600, clock)
        for odd in (-5, True, "900", None, 10**12):
            await report_tokens(one, f"n-{odd}", odd, clock)
        seen = [await one.budgets.look(), await other.budgets.look()]
        for rig, looked in zip((one, other), seen, strict=True):
            async with rig.state.transaction() as tables:
                assert await rig.budgets.begin_cycle(tables, looked, name="p-1") is None
        await report_tokens(other, "n-2", 400, clock)
        told = await refusal(one)
        assert "1000 tokens within 24 h are used, and 1000 are allowed" in told.message
        with pytest.raises(Refused, match="tokens_per_day"):
            await other.budgets.check_search()
        assert await begin(other, Spending.CYCLE) == 0
        clock.forward(hours=24, seconds=1)
        await one.budgets.begin_test("p-1")


async def test_a_full_state_folder_refuses_and_names_maintain(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    async with rigged(tmp_path, clock, policy=TIGHT) as rig:
        await rig.budgets.begin_test("p-1")
        big = rig.blobs.put(b"x" * 3 * 1024 * 1024)
        told = await refusal(rig)
        assert "(`disk_mb`)" in told.message
        assert "mendloop maintain" in told.hint
        (tmp_path / "state" / "blobs" / big).unlink()
        await rig.budgets.begin_test("p-1")


async def test_what_was_not_used_of_granted_time_is_given_back(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    async with rigged(tmp_path, clock, policy=TIGHT) as rig:
        first, second = await rig.budgets.grant(), await rig.budgets.grant()
        assert (first.milliseconds, second.milliseconds) == (60_000, 40_000)
        with pytest.raises(Refused, match="100 CPU seconds of sandboxes within 60 min are used"):
            await rig.budgets.grant()
        await rig.budgets.settle([first, second], 70_500)
        assert (await rig.budgets.grant()).milliseconds == 29_500
        await rig.budgets.settle([first, second], 900_000)
        async with rig.state.reading() as tables:
            spent = await tables.spent.since(Spending.CPU, clock.now() - HOUR)
        assert sum(each.amount for each in spent) == 900_000 + 29_500


@pytest.mark.promise("limits/nothing-begun-beyond")
async def test_a_sandbox_has_its_time_on_record_and_gets_none_that_is_not_left(
    tmp_path: Path, clock: HandClock
) -> None:
    lay_out(tmp_path)
    source = b"def work(n):\n    return sum(range(n))\n"
    async with rigged(tmp_path, clock, policy=TIGHT) as rig:
        sandbox = MeteredSandbox(inner=LinuxSandbox(), budgets=rig.budgets)
        async with sandbox.open({"m.py": source}, python=sys.executable) as session:
            run = await session.observe(
                Program(overlay={}, path="m.py", function="work"),
                [Case(id="1", args=(10,))],
                limits=Limits(),
            )
        assert isinstance(run, tuple)
        async with rig.state.reading() as tables:
            [used] = await tables.spent.since(Spending.CPU, clock.now() - HOUR)
        assert 0 < used.amount < 60_000
        async with rig.state.transaction() as tables:
            await tables.spent.add(Spending.CPU, Spent(clock.now(), 100_000), name="")
        with pytest.raises(Refused, match="cpu_seconds_per_hour"):
            async with sandbox.open({"m.py": source}, python=sys.executable):
                pass
