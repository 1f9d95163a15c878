"""Attempts with programs of their own: a shell, another account, a second server, the network."""

import json
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import anyio
import httpx2
import pytest

from mendloop.adapters.signing.private import new_key
from mendloop.adapters.signing.signers import SignersFile
from tests.attempts.attempt import Ends, Entering
from tests.attempts.place import Place, copied
from tests.escape.servers import SOMEBODY, SYSTEM_PYTHON
from tests.interfaces.mcp.test_http import HEADERS, OPENING, TOKEN, serving

DOOR, GATE = Ends.DOOR, Ends.GATE
NEEDS = "needs the approval of a person"
_TRY = """
import json, os, sqlite3, sys
place = json.load(sys.stdin)
got = []
def fresh(name):
    path = place["own"] + "/" + name
    open(path, "w").close()
    return path
def attempt(name, act):
    try:
        act()
    except (OSError, sqlite3.Error):
        return
    got.append(name)
def rows():
    database = sqlite3.connect(place["state"] + "/state.db")
    database.execute("UPDATE proposals SET kind = 'constant_tune'")
    database.commit()
attempt("the key is read", lambda: open(place["key"]).read())
attempt("the register is written", lambda: open(place["register"], "a"))
attempt("the register is replaced", lambda: os.rename(fresh("a"), place["register"]))
attempt("the records are read", lambda: open(place["state"] + "/state.db", "rb").read(1))
attempt("the records are written", rows)
attempt("the records are listed", lambda: os.listdir(place["state"]))
attempt("a blob is written", lambda: open(place["state"] + "/blobs/x", "w"))
attempt("the tool is written", lambda: open(place["tool"], "w"))
attempt("the tool is replaced", lambda: os.rename(fresh("b"), place["tool"]))
attempt("the manifest is written", lambda: open(place["manifest"], "a"))
print(json.dumps([os.getuid(), got]))
"""


@Entering(Ends.DESK, "an agent runs this", slow=True)
async def approve_as_an_agent(place: Place) -> str:
    """Run `mendloop approve --yes` as an agent's shell does, with a key that would count at hand."""
    return await place.run(
        "approve", place.proposal, "--yes", data=place.line.data,
        env={"CLAUDECODE": "1", "MENDLOOP_APPROVAL_KEY": str(place.key("ada"))},
    )  # fmt: skip


@Entering(Ends.DESK, "There is no key", slow=True)
async def approve_without_the_mark(place: Place) -> str:
    """Take the mark of an agent out of the environment, and have no key."""
    place.key("ada")
    return await place.run("approve", place.proposal, "--yes", data=place.line.data)


@Entering(Ends.DESK, "There is no terminal", slow=True)
async def approve_with_a_key_under_a_passphrase(place: Place) -> str:
    """Use the key of a person that is under a passphrase."""

    path = place.keys / "ada"
    SignersFile(place.line.settings.signers).add("ada", new_key(path, "open sesame", "ada"))
    return await place.run(
        "approve", place.proposal, "--yes", "--key", str(path), data=place.line.data
    )


@Entering(Ends.DESK, "an agent runs this", slow=True)
async def standing_approval_as_an_agent(place: Place) -> str:
    """Run `mendloop standing new` as an agent's shell does."""
    terms = place.line.file("terms.toml", 'kinds = ["behavior_fix"]\ntargets=["*"]\npaths=["**"]')
    return await place.run(
        "standing", "new", str(terms), "--yes", "--key", str(place.key("ada")),
        data=place.line.data, env={"AI_AGENT": "1"},
    )  # fmt: skip


@Entering(GATE, NEEDS, slow=True)
async def environment(place: Place) -> str:
    """Set everything that an environment can set before a server of one's own is started."""
    lax = {
        "MENDLOOP_PROFILE": "aggressive",
        "MENDLOOP_LIFTS__SIGNATURE_CHANGED": "free",
        "MENDLOOP_POLICY__LIFTS__SIGNATURE_CHANGED": "free",
        "MENDLOOP_LIMITS__DEPLOYMENTS_PER_DAY": "1000",
        "MENDLOOP_MCP__REQUIRE_PERSON": "false",
        "MENDLOOP_SIGNERS": "/dev/null",
        "MENDLOOP_APPROVAL_KEY": "/dev/null",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    return await place.run("deploy", place.proposal, data=place.line.data, env=lax)


@Entering(DOOR, "no proposal", slow=True)
async def home_elsewhere(place: Place) -> str:
    """Let a server of one's own look for its records and keys in another home."""
    home = place.keys / "home"
    home.mkdir(parents=True)
    places = {"HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    return await place.run("deploy", place.proposal, env=places)


@Entering(DOOR, "no proposal", slow=True)
async def records_elsewhere(place: Place) -> str:
    """Start a second server on the same workspace with other records."""
    return await place.run("deploy", place.proposal, data=place.keys / "own")


@Entering(Ends.ONCE, "committed", slow=True)
async def two_at_once(place: Place) -> str:
    """Race two processes that deploy on one approval."""
    await place.approve()
    said: list[str] = []

    async def deploy() -> None:
        said.append(await place.run("deploy", place.proposal, data=place.line.data, env={}))

    async with anyio.create_task_group() as both:
        both.start_soon(deploy)
        both.start_soon(deploy)
    assert sum("committed" in each for each in said) == 1, said
    return " ".join(said)


@Entering(Ends.ONCE, "needs the approval")
async def standing_approval_beyond_its_number(place: Place) -> str:
    """Deploy more changes by a standing approval than it lets through."""
    await place.stand()
    first = await place.deploy(place.another)
    assert "standing approval s-" in first, first
    async with place.house() as house:
        done = (await house.loop.reader.deployments())[0]
        await house.loop.roller.rollback(deployment=done.id, reason="worse", by="agent")

    return await place.deploy(later=timedelta(hours=3))


@Entering(GATE, "needs the approval of 2")
async def standing_approval_where_two_are_needed(place: Place) -> str:
    """Use a standing approval, and one person's, for what needs two people."""
    _two_people(place)
    await place.stand()
    await place.approve()
    return await place.deploy()


@Entering(GATE, "needs the approval of 2")
async def two_keys_of_one_person(place: Place) -> str:
    """Approve with two keys of one person what needs two people."""
    _two_people(place)
    await place.approve(by="ada")
    place.key("laptop", named="Ada")
    text = await place.manifest()
    await place.hand_in(text, place.sign(text, by="laptop"))
    return await place.deploy()


@Entering(DOOR, "401 421|401 403")
async def web_page_and_no_token(place: Place) -> str:
    """Reach the HTTP face without its token, and by the name of another host."""
    async with place.house() as house, httpx2.AsyncClient() as web:
        async with serving(house, token=TOKEN) as url:
            without = await web.post(url, json=OPENING, headers=HEADERS)
        async with serving(house) as url:
            other = await web.post(url, json=OPENING, headers={**HEADERS, "host": "evil.example"})
    return f"{without.status_code} {other.status_code}"


@Entering(GATE, NEEDS, slow=True)
async def version_control(place: Place) -> str:
    """Name programs in the workspace's git configuration and in the environment of git."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    evil = place.keys / "evil"
    evil.parent.mkdir(parents=True, exist_ok=True)
    evil.write_text(f"#!/bin/sh\necho evil > {place.tool}\n", encoding="utf-8")
    evil.chmod(0o755)
    root = place.line.workspace
    for words in (
        ("init", "-q"), ("config", "core.fsmonitor", str(evil)), ("config", "diff.external", str(evil)),
        ("config", "core.pager", str(evil)), ("config", "core.hooksPath", str(evil.parent)),
    ):  # fmt: skip
        await anyio.run_process(["git", *words], cwd=root)
    env = {"GIT_EXTERNAL_DIFF": str(evil), "GIT_PAGER": str(evil), "GIT_SSH_COMMAND": str(evil)}
    await place.run("investigate", "shop.price", data=place.line.data, env=env)
    return await place.run("deploy", place.proposal, data=place.line.data, env=env)


@Entering(Ends.NOTHING, r"61000, \[\]", slow=True)
async def another_account(place: Place) -> str:
    """From another account: read the key; write the register, the records, a blob and the tool."""
    if os.getuid() != 0 or not SYSTEM_PYTHON.exists():
        pytest.skip("only root can be somebody else")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)  # whatever is not reached must be so by its own mode
    try:
        there, owned = (copied(place, folder / name) for name in ("there", "owned"))
        _, by_owner = await _tried(owned, os.getuid())
        assert len(by_owner) == _TRY.count("\nattempt("), by_owner
        before = there.tool.read_bytes()
        said = await _tried(there, SOMEBODY)
        assert there.tool.read_bytes() == before
    finally:
        shutil.rmtree(folder)
    return json.dumps(said)


async def _tried(place: Place, user: int) -> tuple[int, list[str]]:
    """What an account gets of what there is to be had."""
    own = place.keys.parent / "open"
    own.mkdir()
    own.chmod(0o777)
    given = {
        "key": str(place.key("ada")),
        "register": str(place.line.settings.signers),
        "state": str(place.state),
        "tool": str(place.tool),
        "manifest": str(place.line.workspace / "mendloop.toml"),
        "own": str(own),
    }
    done = await anyio.run_process(
        [str(SYSTEM_PYTHON), "-I", "-c", _TRY],
        input=json.dumps(given).encode(),
        cwd="/",
        user=user,
        group=user,
        extra_groups=[],
        env={},
    )
    found: tuple[int, list[str]] = json.loads(done.stdout)
    return found


def _two_people(place: Place) -> None:
    path = place.line.workspace / "mendloop.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[policy.lifts]\nsignature_changed = "second"\n',
        encoding="utf-8",
    )
