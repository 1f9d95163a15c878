"""Everything hostile is held in every tier."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import anyio
import pytest

from mendloop.adapters.sandbox.linux import LinuxSession
from tests.escape import hostile, plain
from tests.escape.held import held
from tests.escape.told import Told, tried

pytestmark = pytest.mark.anyio

Attack = Callable[[str], Awaitable[None]]


def _of(*kinds: str) -> Iterable[str]:
    return sorted(name for name in hostile.ALL if name.partition("/")[0] in kinds)


def _held(name: str, told: Told) -> bool:
    return held(hostile.ALL[name], told.plain())


@pytest.fixture
def attack(
    session: LinuxSession, place: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> Attack:
    """Make one attempt, and see that nothing came of it."""

    async def made(name: str) -> None:
        folder = Path(str(place["folder"]))
        before = plain.look(folder)
        attempt = hostile.ALL[name]
        told = await tried(session, attempt.source, place, writes=attempt.writes)
        assert _held(name, told), told
        assert plain.look(folder) == before
        assert capfd.readouterr() == ("", "")

    return made


@pytest.mark.promise("sandbox/no-secrets")
@pytest.mark.promise("sandbox/no-environment")
@pytest.mark.parametrize("name", _of("secrets"))
async def test_nothing_outside_can_be_read_or_listed(attack: Attack, name: str) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/no-network")
@pytest.mark.parametrize("name", _of("network"))
async def test_no_socket_of_any_kind_reaches_anybody(attack: Attack, name: str) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/no-writes")
@pytest.mark.parametrize("name", _of("writes"))
async def test_nothing_can_be_written_changed_or_removed(attack: Attack, name: str) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/what-was-loaded-stays")
@pytest.mark.parametrize("name", _of("races"))
async def test_what_was_looked_at_cannot_be_changed_afterwards(attack: Attack, name: str) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/no-processes")
@pytest.mark.parametrize("name", _of("processes"))
async def test_no_process_can_be_started_touched_or_asked_for_more(
    attack: Attack, name: str
) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/no-exhaustion")
@pytest.mark.parametrize("name", sorted(set(_of("exhaustion")) - hostile.ENDLESS))
async def test_what_takes_too_much_is_stopped_and_blamed(attack: Attack, name: str) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/no-exhaustion")
async def test_what_never_ends_is_ended_from_outside_and_blamed(
    session: LinuxSession, place: dict[str, Any]
) -> None:
    all_told: dict[str, Told] = {}

    async def one(name: str) -> None:
        all_told[name] = await tried(session, hostile.ALL[name].source, place)

    async with anyio.create_task_group() as at_once:
        for name in hostile.ENDLESS:
            at_once.start_soon(one, name)
    assert [told for name, told in all_told.items() if not _held(name, told)] == []
    assert all_told.keys() == hostile.ENDLESS


@pytest.mark.promise("sandbox/no-forged-verdict")
@pytest.mark.parametrize("name", _of("forging"))
async def test_nothing_said_inside_is_a_verdict(attack: Attack, name: str) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/no-processes")
@pytest.mark.parametrize("name", _of("newer"))
async def test_no_newer_call_of_the_kernel_leads_round_the_rules(attack: Attack, name: str) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/no-forged-verdict")
@pytest.mark.parametrize("name", sorted(set(_of("lies")) - hostile.ENDLESS))
async def test_no_lie_of_a_result_and_nothing_after_the_call_is_believed(
    attack: Attack, name: str
) -> None:
    await attack(name)


@pytest.mark.promise("sandbox/bounded-output")
@pytest.mark.parametrize("name", _of("output"))
async def test_whatever_is_said_is_bounded_and_reaches_no_terminal(
    attack: Attack, name: str
) -> None:
    await attack(name)
