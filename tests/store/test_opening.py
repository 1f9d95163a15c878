import sqlite3
import stat
from pathlib import Path

import anyio
import pytest

from mendloop.errors import Unavailable
from mendloop.store import sqlite
from mendloop.store.history import History
from mendloop.store.state import State
from tests.store.nouns import NOON

pytestmark = pytest.mark.anyio


def recorded(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute("SELECT name FROM migrations ORDER BY name")]
    connection.close()
    return names


def use(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the migrations from another folder than that of the package."""

    def found(_: str) -> Path:
        return package

    monkeypatch.setattr("mendloop.store.migrate.files", found)


async def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    async with State.open(folder / "state.db"), History.open(folder / "history.db"):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes) >= {"state.db", "history.db"}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(State, ("delete", 3, 1)), (History, ("wal", 1, 0))],
    ids=["state", "history"],
)
async def test_every_connection_is_as_durable_as_its_file_asks(
    tmp_path: Path, kind: type[State | History], expected: tuple[str, int, int]
) -> None:
    async with kind.open(tmp_path / "file.db") as opened, opened.database.transaction() as writing:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        rows = [await writing.fetch(f"PRAGMA {pragma}") for pragma in pragmas]
        assert tuple(row[0][0] for row in rows) == expected


async def test_a_file_that_is_opened_again_is_not_migrated_again(tmp_path: Path) -> None:
    for _ in range(2):
        async with State.open(tmp_path / "state.db"), History.open(tmp_path / "history.db"):
            pass
    assert recorded(tmp_path / "state.db") == [
        "0001_state.sql",
        "0002_incidents.sql",
        "0003_signatures.sql",
        "0004_limits.sql",
        "0005_standing.sql",
        "0006_drift.sql",
        "0007_commits.sql",
        "0008_tokens.sql",
    ]
    assert recorded(tmp_path / "history.db") == ["0001_history.sql", "0002_rollups.sql"]


@pytest.mark.parametrize("kind", [State, History])
async def test_servers_that_start_at_once_do_not_collide(
    tmp_path: Path, kind: type[State | History]
) -> None:
    opened = 0

    async def start() -> None:
        nonlocal opened
        async with kind.open(tmp_path / "file.db"):
            opened += 1

    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(start)
    assert opened == 6
    assert recorded(tmp_path / "file.db")[0].startswith("0001_")


async def test_a_migration_that_fails_leaves_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    (package / "migrations" / "state").mkdir(parents=True)
    (package / "migrations" / "state" / "0001_first.sql").write_text(
        "CREATE TABLE first (a TEXT) STRICT;\nINSERT INTO nowhere VALUES (1);\n", encoding="utf-8"
    )
    use(package, monkeypatch)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        async with State.open(tmp_path / "state.db"):
            pass
    connection = sqlite3.connect(tmp_path / "state.db")
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == []
    connection.close()


async def test_later_migrations_are_applied_to_what_is_there_in_the_order_of_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "package" / "migrations" / "state"
    folder.mkdir(parents=True)
    (folder / "0001_first.sql").write_text(
        "-- ends in a comment\nCREATE TABLE first (a TEXT) STRICT;\n"
        "CREATE TRIGGER two AFTER INSERT ON first\nBEGIN\n  SELECT 1;\n  SELECT 2;\nEND;\n-- so\n",
        encoding="utf-8",
    )
    use(tmp_path / "package", monkeypatch)
    path = tmp_path / "state.db"
    async with State.open(path) as state, state.database.transaction() as statements:
        await statements.fetch("INSERT INTO first VALUES ('kept; so')")
    (folder / "0003_third.sql").write_text(
        "INSERT INTO first (a) SELECT b FROM first;", encoding="utf-8"
    )
    (folder / "0002_second.sql").write_text(
        "ALTER TABLE first ADD b TEXT\nDEFAULT 'x';", encoding="utf-8"
    )
    async with State.open(path) as state:
        rows = await state.database.glance("SELECT a FROM first")
    assert rows == [("kept; so",), ("x",)]
    assert recorded(path) == [
        "0001_first.sql",
        "0002_second.sql",
        "0003_third.sql",
    ]


async def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    async with State.open(path) as state, state.database.transaction() as statements:
        await statements.fetch("INSERT INTO migrations VALUES ('0099_tomorrow.sql')")
    with pytest.raises(
        Unavailable, match=r"newer version of Mendloop \(0099_tomorrow\.sql"
    ) as caught:
        async with State.open(path):
            pass
    assert "Install that version" in caught.value.hint


async def test_the_history_is_not_taken_for_the_state(tmp_path: Path) -> None:
    async with History.open(tmp_path / "history.db"):
        pass
    with pytest.raises(Unavailable, match=r"0001_history\.sql"):
        async with State.open(tmp_path / "history.db"):
            pass


async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="another program"):
        async with State.open(path):
            pass
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"dear diary, " * 100)
    with pytest.raises(Unavailable, match="is damaged, or is no SQLite database") as caught:
        async with State.open(path):
            pass
    assert "sound copy" in caught.value.hint
    assert path.read_bytes() == b"dear diary, " * 100


async def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    async with State.open(path) as state, state.transaction() as tables:
        for _ in range(100):
            await tables.audit.append("noted", {"text": "x" * 400}, at=NOON)
    content = bytearray(path.read_bytes())
    content[100:] = content[100:4096] + b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(Unavailable, match="damaged"):
        async with State.open(path) as state, state.reading() as tables:
            await tables.audit.verify()


async def test_a_path_that_cannot_be_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file" / "state.db", tmp_path):
        with pytest.raises(Unavailable) as caught:
            async with State.open(path):
                pass
        assert "folder" in caught.value.hint


async def test_a_journal_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "history.db-wal").mkdir()
    with pytest.raises(Unavailable, match="cannot be read or written"):
        async with History.open(tmp_path / "history.db"):
            pass


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
@pytest.mark.parametrize("kind", [State, History])
async def test_a_file_that_somebody_holds_for_too_long_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[State | History], lock: str
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 0.1)
    holder = sqlite3.connect(tmp_path / "file.db", isolation_level=None)
    holder.execute(f"BEGIN {lock}")
    with pytest.raises(Unavailable, match="Another process is writing"):
        async with kind.open(tmp_path / "file.db"):
            pass
    holder.close()
    async with kind.open(tmp_path / "file.db"):
        pass


async def test_a_file_without_a_rightful_journal_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # for the empty file of this name
    with pytest.raises(Unavailable, match="journal mode wal, but with memory only") as caught:
        async with History.open(Path(":memory:")):
            pass
    assert "local disk" in caught.value.hint


async def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    async with History.open(tmp_path / "history.db") as history:
        with pytest.raises(Unavailable, match="full"):
            async with history.database.transaction() as statements:
                await statements.fetch("PRAGMA max_page_count = 10")
                await statements.fetch("CREATE TABLE large (a BLOB)")
                await statements.fetch("INSERT INTO large VALUES (zeroblob(1000000))")
        assert await history.last_seq() == 0
        assert await history.database.glance(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'large'"
        ) == [(0,)]
