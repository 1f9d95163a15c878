import hashlib
import sqlite3
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mendloop.app import approve
from mendloop.app.actor import acting, actor, is_machine
from mendloop.app.doorkeeper import Doorkeeper
from mendloop.app.tokens import TokenMaker
from mendloop.core.governance.roles import EVERYTHING, LEAVES, Leave, least
from mendloop.errors import Conflict, InvalidInput, NotFound
from mendloop.model.token import Role
from mendloop.store.state import State
from tests.conftest import HandClock

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
async def state(tmp_path: Path) -> AsyncGenerator[State]:
    async with State.open(tmp_path / "state.db") as opened:
        yield opened


@pytest.fixture
def maker(state: State, clock: HandClock) -> TokenMaker:
    return TokenMaker(state=state, clock=clock)


@pytest.fixture
def door(state: State, clock: HandClock) -> Doorkeeper:
    return Doorkeeper(state=state, clock=clock)


async def test_a_token_is_known_again_until_it_runs_out(
    maker: TokenMaker, door: Doorkeeper, clock: HandClock
) -> None:
    token, secret = await maker.new("ci-bot", Role.AGENT, lasts=DAY, by="ann")
    known = await door.bearer(secret)
    assert known is not None
    assert (known.name, known.role, known.bearer) == ("ci-bot", Role.AGENT, "agent:ci-bot")
    clock.forward(seconds=DAY.total_seconds() - 1)
    assert await door.bearer(secret) is not None
    assert await door.gone([token.digest]) == frozenset()
    clock.forward(seconds=1)
    assert await door.bearer(secret) is None
    assert await door.gone([token.digest]) == {token.digest}


@pytest.mark.promise("http/tokens-are-not-kept")
async def test_of_a_token_nothing_is_kept_that_opens_anything(
    maker: TokenMaker, state: State, tmp_path: Path
) -> None:
    token, secret = await maker.new("ci-bot", Role.OPERATOR, lasts=None, by="ann")
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert len(secret) >= 43 + len("mendloop_")
    assert secret not in repr(token)
    assert secret.removeprefix("mendloop_").encode() not in (tmp_path / "state.db").read_bytes()
    async with state.reading() as tables:
        entries = await tables.audit.page(after=0, limit=9)
    assert secret not in repr(entries)
    assert token.digest not in repr(entries)


async def test_no_two_secrets_are_alike(maker: TokenMaker) -> None:
    made = {(await maker.new(f"n{n}", Role.VIEWER, lasts=None, by="a"))[1] for n in range(20)}
    assert len(made) == 20


async def test_making_and_revoking_are_on_record_with_who_did_it(
    maker: TokenMaker, state: State
) -> None:
    await maker.new("ci-bot", Role.AGENT, lasts=DAY, resource="https://x.example/mcp", by="ann")
    await maker.revoke("ci-bot", by="bob")
    async with state.reading() as tables:
        made, revoked = await tables.audit.page(after=0, limit=9)
    assert (made.event, revoked.event) == ("token_made", "token_revoked")
    assert made.facts == {
        "name": "ci-bot",
        "role": "agent",
        "expires": "2026-01-02T00:00:00+00:00",
        "resource": "https://x.example/mcp",
        "by": "ann",
    }
    assert revoked.facts == {"name": "ci-bot", "role": "agent", "by": "bob"}


@pytest.mark.promise("http/revoked-at-once")
async def test_a_revoked_token_counts_no_more_and_its_name_is_free(
    maker: TokenMaker, door: Doorkeeper
) -> None:
    old, secret = await maker.new("ci-bot", Role.AGENT, lasts=None, by="ann")
    with pytest.raises(Conflict, match="a token ci-bot already"):
        await maker.new("ci-bot", Role.AGENT, lasts=None, by="ann")
    await maker.revoke("ci-bot", by="ann")
    assert await door.bearer(secret) is None
    assert await door.gone([old.digest]) == {old.digest}
    with pytest.raises(NotFound, match="no token 'ci-bot' that could be revoked"):
        await maker.revoke("ci-bot", by="ann")
    _, second = await maker.new("ci-bot", Role.VIEWER, lasts=None, by="ann")
    assert second != secret
    assert len(await maker.all()) == 2


async def test_the_door_is_closed_from_the_first_token_on_for_ever(
    maker: TokenMaker, door: Doorkeeper
) -> None:
    assert not await door.closed()
    await maker.new("ci-bot", Role.AGENT, lasts=timedelta(0), by="ann")
    await maker.revoke("ci-bot", by="ann")
    assert await door.closed()


@pytest.mark.parametrize("statement", ["DELETE FROM tokens", "UPDATE tokens SET revoked = NULL"])
async def test_the_database_itself_gives_no_token_back(
    maker: TokenMaker, tmp_path: Path, statement: str
) -> None:
    await maker.new("ci-bot", Role.AGENT, lasts=None, by="ann")
    await maker.revoke("ci-bot", by="ann")
    connection = sqlite3.connect(tmp_path / "state.db")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()


async def test_the_last_use_is_a_day_and_is_written_once_a_day(
    maker: TokenMaker, door: Doorkeeper, clock: HandClock
) -> None:
    _, secret = await maker.new("ci-bot", Role.AGENT, lasts=None, by="ann")
    seen: list[datetime | None] = [(await maker.all())[0].used]
    for hours in (15, 2, 10):
        clock.forward(hours=hours)
        assert await door.bearer(secret) is not None
        seen.append((await maker.all())[0].used)
    first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert seen == [None, first, first, second]


@pytest.mark.parametrize("name", ["", "CI", "a b", "-a", "a" * 64, "a:b", "a\n", "é", "../x"])
async def test_a_name_that_would_read_badly_in_the_records_is_refused(
    maker: TokenMaker, name: str
) -> None:
    with pytest.raises(InvalidInput, match="cannot name a token"):
        await maker.new(name, Role.AGENT, lasts=None, by="ann")


@pytest.mark.parametrize(
    "url",
    ["x", "mend.example/mcp", "ftp://x/", "https://", "https://a@x/", "https://x/?q", "http://x/#f",
     "http://x y/", "http://x:99999/", "http://[::1/"],
)  # fmt: skip
async def test_a_server_that_has_no_such_url_is_refused(maker: TokenMaker, url: str) -> None:
    with pytest.raises(InvalidInput, match="names no server"):
        await maker.new("a", Role.AGENT, lasts=None, resource=url, by="ann")


async def test_no_other_text_is_taken_for_a_token(maker: TokenMaker, door: Doorkeeper) -> None:
    token, secret = await maker.new("ci-bot", Role.AGENT, lasts=None, by="ann")
    near = [secret[:-1], f"{secret}x", secret.upper(), secret.removeprefix("mendloop_")]
    for text in ("", "\0", "\ud800", "%", "' OR 1=1 --", "ci-bot", token.digest, *near):
        assert await door.bearer(text) is None


def test_each_role_may_what_the_one_before_may_and_nothing_is_approving() -> None:
    assert LEAVES[Role.VIEWER] < LEAVES[Role.AGENT] < LEAVES[Role.OPERATOR] == EVERYTHING
    assert not any("approv" in leave for leave in Leave)
    assert [least(leave) for leave in Leave] == [Role.VIEWER, Role.AGENT, Role.OPERATOR]


@pytest.mark.promise("approval/no-token-is-a-person")
@pytest.mark.parametrize("by", ["agent", "monitor", "agent:ci-bot", "operator:x", "VIEWER:x"])
def test_the_bearer_of_a_token_is_no_person(by: str) -> None:
    assert is_machine(by)
    with pytest.raises(InvalidInput, match="no person's name"):
        vars(approve)["_person"](by)


@pytest.mark.parametrize("by", ["ann", "operator", "viewer", "agents", "uid 7"])
def test_an_account_is_a_person(by: str) -> None:
    assert not is_machine(by)


def test_who_acts_is_the_innermost_and_then_the_one_before() -> None:
    assert actor() == "agent"
    with acting("agent:a"):
        with acting("agent:b"):
            assert actor() == "agent:b"
        assert actor() == "agent:a"
    assert actor() == "agent"
