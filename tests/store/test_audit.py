import json
import shutil
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.model.audit import GENESIS, Noted, link
from mendloop.store.audit import ChainCheck
from mendloop.store.state import State
from tests.store.nouns import NOON, later

pytestmark = pytest.mark.anyio

ENTRIES = 5


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A file with five entries, closed."""
    async with State.open(tmp_path / "state.db") as state, state.transaction() as tables:
        for number in range(ENTRIES):
            await tables.audit.append("noted", {"number": number}, at=later(minutes=number))
    return tmp_path / "state.db"


def tamper(path: Path, *statements: str) -> None:
    """Change the file behind the program's back, as somebody may who can write it."""
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER audit_is_never_changed")
    connection.execute("DROP TRIGGER audit_is_never_cut")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


async def checked(path: Path, expect: Noted | None = None) -> ChainCheck:
    async with State.open(path) as state, state.reading() as tables:
        return await tables.audit.verify(expect)


async def test_an_empty_chain_is_sound(state: State) -> None:
    async with state.reading() as tables:
        assert await tables.audit.head() == (0, GENESIS)
        assert await tables.audit.verify() == ChainCheck(entries=0, broken_at=None, head=GENESIS)


async def test_each_entry_is_chained_to_the_one_before(path: Path) -> None:
    async with State.open(path) as state, state.reading() as tables:
        entries = await tables.audit.page(after=0, limit=99)
        assert await tables.audit.page(after=2, limit=2) == entries[2:4]
        assert await tables.audit.head() == (ENTRIES, entries[-1].digest)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries] == [
        GENESIS,
        *[entry.digest for entry in entries[:-1]],
    ]
    assert entries[1].digest == link(
        seq=2,
        at=later(minutes=1),
        event="noted",
        facts={"number": 1},
        previous=entries[0].digest,
    )
    assert await checked(path) == ChainCheck(
        entries=ENTRIES, broken_at=None, head=entries[-1].digest
    )


async def test_a_long_chain_is_checked_page_by_page(state: State) -> None:
    async with state.transaction() as tables:
        for number in range(450):
            await tables.audit.append("noted", {"number": number}, at=NOON)
        _, digest = await tables.audit.head()
        assert await tables.audit.verify() == ChainCheck(entries=450, broken_at=None, head=digest)


async def test_a_time_of_another_zone_is_chained_in_utc(state: State) -> None:
    at = datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    async with state.transaction() as tables:
        entry = await tables.audit.append("noted", {}, at=at)
        assert entry.at.isoformat() == NOON.isoformat()
        assert (await tables.audit.verify()).broken_at is None


async def test_what_canonical_json_cannot_hold_has_a_stand_in(state: State) -> None:
    async with state.transaction() as tables:
        entry = await tables.audit.append(
            "\udc80", {"a": [2**60, -(2**53), True], "b": {"\ud800": float("-inf")}}, at=NOON
        )
    assert entry.event == "\\udc80"
    assert entry.facts == {
        "a": [{"$i": str(2**60)}, {"$i": str(-(2**53))}, True],
        "b": {"\\ud800": {"$f": "-inf"}},
    }


@pytest.mark.parametrize("statement", ["UPDATE audit SET event = 'x'", "DELETE FROM audit"])
async def test_the_database_itself_refuses_to_change_the_audit(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


@pytest.mark.promise("audit/tampering-shows")
@pytest.mark.parametrize(
    ("broken_at", "statements"),
    [
        (3, ["UPDATE audit SET event = 'other' WHERE seq = 3"]),
        (3, ["UPDATE audit SET at = at + 1 WHERE seq = 3"]),
        (3, ["UPDATE audit SET facts = '{\"number\":9}' WHERE seq = 3"]),
        (3, ["UPDATE audit SET facts = 'nonsense' WHERE seq = 3"]),
        (3, ["UPDATE audit SET facts = '[]' WHERE seq = 3"]),
        (3, ["UPDATE audit SET at = 9223372036854775807 WHERE seq = 3"]),
        (3, ["UPDATE audit SET digest = previous WHERE seq = 3"]),
        (3, ["UPDATE audit SET previous = digest WHERE seq = 3"]),
        (1, ["UPDATE audit SET event = 'other' WHERE seq = 1"]),
        (5, ["UPDATE audit SET event = 'other' WHERE seq = 5"]),
        (3, ["DELETE FROM audit WHERE seq = 3"]),
        (1, ["DELETE FROM audit WHERE seq = 1"]),
        (
            2,
            [
                "UPDATE audit SET seq = 99 WHERE seq = 2",
                "UPDATE audit SET seq = 2 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 99",
            ],
        ),
        (
            3,
            [
                "DELETE FROM audit WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 4",
                "UPDATE audit SET seq = 4 WHERE seq = 5",
            ],
        ),
        (5, ["DELETE FROM audit WHERE seq = 5"]),
        (3, ["DELETE FROM audit WHERE seq >= 3"]),
        (1, ["DELETE FROM audit"]),
        (1, ["DELETE FROM audit_head"]),
        (5, ["UPDATE audit_head SET seq = 4"]),
        (6, ["UPDATE audit_head SET digest = 'other'"]),
        (
            6,
            ["INSERT INTO audit SELECT 6, at, event, facts, digest, digest FROM audit LIMIT 1"],
        ),
    ],
)
async def test_every_change_of_the_chain_is_found(
    path: Path, broken_at: int, statements: list[str]
) -> None:
    assert (await checked(path)).broken_at is None
    tamper(path, *statements)
    assert (await checked(path)).broken_at == broken_at


@pytest.mark.promise("audit/tampering-shows")
async def test_a_chain_that_was_rewritten_has_another_head(path: Path) -> None:
    """Who rewrites all of it is found by a copy of the head that was kept elsewhere."""
    async with State.open(path) as state, state.reading() as tables:
        _, noted = await tables.audit.head()
        entries = await tables.audit.page(after=0, limit=99)
    previous = GENESIS
    statements: list[str] = []
    for entry in entries:
        digest = link(
            seq=entry.seq, at=entry.at, event="other", facts=entry.facts, previous=previous
        )
        statements.append(
            f"UPDATE audit SET event = 'other', previous = '{previous}', digest = '{digest}'"  # noqa: S608
            f" WHERE seq = {entry.seq}"
        )
        previous = digest
    tamper(path, *statements, f"UPDATE audit_head SET digest = '{previous}'")  # noqa: S608
    check = await checked(path)
    assert check.broken_at is None
    assert check.head != noted


async def noted(path: Path, seq: int) -> Noted:
    """What somebody has written down of an entry."""
    async with State.open(path) as state, state.reading() as tables:
        entries = await tables.audit.page(after=0, limit=99)
    return Noted(seq=seq, digest=GENESIS if not seq else entries[seq - 1].digest)


@pytest.mark.promise("audit/a-noted-head-shows-what-was-cut")
@pytest.mark.parametrize("seq", range(ENTRIES + 1))
async def test_an_entry_that_was_noted_is_found_again(path: Path, seq: int) -> None:
    check = await checked(path, await noted(path, seq))
    assert (check.noted, check.sound, check.entries) == (True, True, ENTRIES)


@pytest.mark.promise("audit/a-noted-head-shows-what-was-cut")
@pytest.mark.parametrize("left", range(ENTRIES))
async def test_a_tail_that_was_cut_off_with_its_head_is_found_by_what_was_noted(
    path: Path, left: int
) -> None:
    """The attack that the file alone cannot show: fewer entries, and a head that goes with them."""
    known, kept = await noted(path, ENTRIES), await noted(path, left)
    tamper(
        path,
        f"DELETE FROM audit WHERE seq > {left}",  # noqa: S608
        f"UPDATE audit_head SET seq = {left}, digest = '{kept.digest}'",  # noqa: S608
    )
    assert (await checked(path)).sound
    check = await checked(path, known)
    assert (check.broken_at, check.noted, check.sound) == (None, False, False)
    assert (await checked(path, kept)).sound


ATTACKS = (
    "DELETE FROM audit WHERE seq = {a}",
    "DELETE FROM audit WHERE seq > {a}",
    "DELETE FROM audit WHERE seq < {a}",
    "UPDATE audit SET seq = -1 WHERE seq = {a}",
    "UPDATE audit SET seq = {a} WHERE seq = -1",
    "UPDATE audit SET facts = (SELECT facts FROM audit WHERE seq = {b}) WHERE seq = {a} AND {b} IN (SELECT seq FROM audit)",
    "UPDATE audit SET digest = upper(digest) WHERE seq = {a}",
    "UPDATE audit SET previous = (SELECT digest FROM audit WHERE seq = {b}) WHERE seq = {a} AND {b} IN (SELECT seq FROM audit)",
    "UPDATE audit SET facts = replace(facts, ':', ': ') WHERE seq = {a}",
    "INSERT OR IGNORE INTO audit SELECT {a}, at, event, facts, previous, digest FROM audit WHERE seq = {b}",
    "UPDATE audit_head SET seq = {a}, digest = coalesce((SELECT digest FROM audit WHERE seq = {a}), digest)",
    "DELETE FROM audit_head",
)
NUMBERS = st.integers(0, ENTRIES + 1)
STEPS = st.lists(st.tuples(st.sampled_from(ATTACKS), NUMBERS, NUMBERS), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with five entries."""
    file = tmp_path_factory.mktemp("audit") / "state.db"

    async def fill() -> None:
        async with State.open(file) as state, state.transaction() as tables:
            for number in range(ENTRIES):
                await tables.audit.append("noted", {"number": number}, at=later(minutes=number))

    anyio.run(fill)
    return file


@given(steps=STEPS)
@settings(max_examples=60)
@pytest.mark.promise("audit/a-noted-head-shows-what-was-cut")
def test_whatever_is_done_to_the_rows_is_found_or_has_changed_nothing(
    five: Path, steps: list[tuple[str, int, int]]
) -> None:
    file = five.with_name("tried.db")
    shutil.copyfile(five, file)
    known = anyio.run(noted, file, ENTRIES)
    same = attacked(file, [step.format(a=a, b=b) for step, a, b in steps])
    if same is not None:
        check = anyio.run(checked, file, known)
        assert check.sound is same
        assert check.broken_at is not None or check.noted is same


def attacked(path: Path, statements: list[str]) -> bool | None:
    """Do it, and say whether what was recorded reads as before; nothing where SQLite refuses it."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("DROP TRIGGER IF EXISTS audit_is_never_changed")
        connection.execute("DROP TRIGGER IF EXISTS audit_is_never_cut")
        before = recorded(connection)
        for statement in statements:
            connection.execute(statement)
        after = recorded(connection)
        connection.commit()
    except sqlite3.IntegrityError:
        connection.rollback()
        return None
    finally:
        connection.close()
    return before == after


def recorded(connection: sqlite3.Connection) -> object:
    """The entries by what they say, and the head."""
    rows = connection.execute(
        "SELECT seq, at, event, facts, previous, digest FROM audit ORDER BY seq"
    )
    said = [(*row[:3], json.loads(row[3]), *row[4:]) for row in rows]
    return said, connection.execute("SELECT seq, digest FROM audit_head").fetchall()
