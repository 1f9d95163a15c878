import asyncio
import sqlite3
from pathlib import Path

import anyio
import pytest

from mendloop.errors import Unavailable
from mendloop.store import sqlite
from mendloop.store.state import State
from tests.store.nouns import INCIDENT, NOON, PROPOSAL, REPORT, STOPPED

pytestmark = pytest.mark.anyio


async def stopped(state: State) -> bool:
    async with state.reading() as tables:
        return await tables.stop.current() is not None


async def test_what_a_transaction_wrote_is_kept(tmp_path: Path) -> None:
    async with State.open(tmp_path / "state.db") as state, state.transaction() as tables:
        await tables.stop.set(STOPPED)
    async with State.open(tmp_path / "state.db") as state:
        assert await stopped(state)


@pytest.mark.promise("store/all-or-nothing")
async def test_a_transaction_that_raises_leaves_nothing(state: State) -> None:
    with pytest.raises(ZeroDivisionError):
        async with state.transaction() as tables:
            await tables.stop.set(STOPPED)
            await tables.audit.append("stopped", {}, at=NOON)
            raise ZeroDivisionError
    async with state.reading() as tables:
        assert await tables.stop.current() is None
        assert (await tables.audit.head())[0] == 0


@pytest.mark.promise("store/all-or-nothing")
async def test_a_transaction_that_is_cancelled_leaves_nothing_and_lets_go(state: State) -> None:
    written = anyio.Event()

    async def write() -> None:
        async with state.transaction() as tables:
            await tables.stop.set(STOPPED)
            written.set()
            await anyio.sleep_forever()

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(write)
            await written.wait()
            group.cancel_scope.cancel()
        assert not await stopped(state)
        async with state.transaction() as tables:
            await tables.stop.set(STOPPED)
    assert await stopped(state)


@pytest.mark.promise("store/all-or-nothing")
@pytest.mark.parametrize("steps", range(12))
async def test_a_cancellation_at_any_step_leaves_all_or_nothing(state: State, steps: int) -> None:
    ended: list[bool] = []

    async def write() -> None:
        async with state.transaction() as tables:
            await tables.stop.set(STOPPED)
            await tables.incidents.add(INCIDENT)
        ended.append(True)

    task = asyncio.create_task(write())
    for _ in range(steps):
        await anyio.lowlevel.checkpoint()
    task.cancel()
    await asyncio.wait([task])
    async with state.transaction() as tables:  # also shows that the lock was let go
        stop = await tables.stop.current()
        incidents = await tables.incidents.page(limit=9)
    assert (stop, incidents) in ((None, ()), (STOPPED, (INCIDENT,)))
    assert incidents or not ended


async def test_a_reference_to_nothing_is_found_at_the_commit_and_leaves_nothing(
    state: State,
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        async with state.transaction() as tables:
            await tables.stop.set(STOPPED)
            await tables.reports.add(REPORT)
    assert not await stopped(state)
    async with state.transaction() as tables:
        await tables.reports.add(REPORT)
        await tables.proposals.add(PROPOSAL)


async def test_transactions_of_one_process_follow_one_another(state: State) -> None:
    async def append() -> None:
        async with state.transaction() as tables:
            await tables.audit.append("noted", {}, at=NOON)

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(append)
    async with state.reading() as tables:
        assert (await tables.audit.verify()).entries == 10


async def test_a_reader_does_not_wait_for_a_writer_and_sees_what_was_committed(
    state: State,
) -> None:
    with anyio.fail_after(5):
        async with state.transaction() as tables:
            await tables.stop.set(STOPPED)
            assert not await stopped(state)
            assert (await state.overview(hour_ago=NOON, day_ago=NOON)).stopped is None
        assert await stopped(state)


async def test_several_readers_do_not_wait_for_each_other(state: State) -> None:
    with anyio.fail_after(5):
        async with state.reading() as one, state.reading() as other:
            assert await one.stop.current() is None
            assert await other.stop.current() is None


async def test_a_block_of_reading_cannot_write(state: State) -> None:
    with pytest.raises(Unavailable, match="readonly"):
        async with state.reading() as tables:
            await tables.stop.set(STOPPED)


async def test_tables_are_of_no_use_after_their_transaction(state: State) -> None:
    async with state.transaction() as tables:
        pass
    async with state.reading() as read:
        pass
    for ended in (tables, read):
        with pytest.raises(RuntimeError, match="has ended"):
            await ended.stop.current()


async def test_a_second_writer_is_told_what_is_the_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 0.1)
    path = tmp_path / "state.db"
    async with State.open(path) as one, State.open(path) as other:
        async with one.transaction():
            with pytest.raises(Unavailable, match="Another process is writing") as caught:
                async with other.transaction():
                    pass
        assert "Try again" in caught.value.hint
        async with other.transaction() as tables:
            await tables.stop.set(STOPPED)


async def test_a_commit_that_must_wait_too_long_for_a_reader_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 0.1)
    path = tmp_path / "state.db"
    async with State.open(path) as one, State.open(path) as other:
        async with other.reading() as read:
            assert await read.stop.current() is None
            with pytest.raises(Unavailable, match="Another process"):
                async with one.transaction() as tables:
                    await tables.stop.set(STOPPED)
        assert not await stopped(one)
