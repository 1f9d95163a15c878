"""A workspace with a tested change that needs a person, and what an agent has at hand there."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import anyio
from mcp import Client
from mcp_types import TextContent

from mendloop.adapters.signing.private import new_key, signed
from mendloop.adapters.signing.signers import SignersFile
from mendloop.bootstrap import House, open_house
from mendloop.errors import MendloopError
from mendloop.interfaces.mcp.server import build_server
from mendloop.model.approval import NAMESPACE
from mendloop.model.audit import AuditEntry
from mendloop.model.ids import ProposalId
from mendloop.model.proposal import ChangeKind, Flag
from mendloop.model.report import Verdict
from mendloop.model.standing import STANDING, StandingApproval, Terms
from tests.conftest import HandClock
from tests.interfaces.cli.conftest import GOOD, SHOP, Line, calls, make_shop, propose

TOOL: Final = "tools/shop.py"
BEFORE: Final = SHOP


def _with(name: str) -> str:
    """The mended tool, with one more parameter: for its new signature it needs a person."""
    mended = SHOP.replace("float(amount)", f'float(amount.replace({name}, ""))')
    return mended.replace("price(text)", f'price(text, {name}=",")')


OTHER: Final = _with("comma")
ANOTHER: Final = _with("mark")
THIRD: Final = _with("sign")
TERMS: Final = Terms(
    kinds=(ChangeKind.BEHAVIOR_FIX,),
    targets=("shop.price",),
    paths=(TOOL,),
    flags=(Flag.SIGNATURE_CHANGED,),
    changed_lines=9,
    verdict=Verdict.PASSED,
    oracle="recorded",
    per_day=1,
    total=1,
)
_PATIENCE: Final = 60


@dataclass(frozen=True)
class Place:
    """Where one attempt is made."""

    line: Line
    proposal: str
    """A change of a signature, which has passed its test and which nobody has approved."""
    another: str
    """One like it."""
    untested: str
    """One that was never tested."""
    behaviour: str
    """A tested change that the shipped policy lets through by itself."""
    keys: Path
    """The private keys of people; what an agent has not got."""

    @property
    def tool(self) -> Path:
        """The file that is to be changed."""
        return self.line.workspace / TOOL

    @property
    def state(self) -> Path:
        """The folder of the records."""
        return self.line.settings.state

    @asynccontextmanager
    async def house(
        self, *, later: timedelta = timedelta(), line: Line | None = None
    ) -> AsyncGenerator[House]:
        """The loop and the desk, now or later."""
        clock = None
        if later:
            clock = HandClock()
            async with open_house(self.line.settings) as now:
                clock.forward(
                    seconds=(now.loop.deployer.clock.now() - clock.now() + later).total_seconds()
                )
        async with open_house((line or self.line).settings, clock=clock) as opened:
            yield opened

    async def tool_says(self, tool: str, *, later: timedelta = timedelta(), **given: Any) -> str:
        """What an agent is answered over MCP."""
        async with self.house(later=later) as house, Client(build_server(house.loop)) as client:
            first = (await client.call_tool(tool, given)).content[0]
        assert isinstance(first, TextContent)
        return first.text

    async def deploy(self, wanted: str = "", *, later: timedelta = timedelta()) -> str:
        """What an agent is answered that asks to deploy."""
        return await self.tool_says("deploy_fix", later=later, proposal=wanted or self.proposal)

    async def manifest(self, wanted: str = "") -> str:
        """What a person would sign."""
        async with self.house() as house:
            return await house.desk.approver.manifest(ProposalId(wanted or self.proposal))

    def sign(self, text: str, *, by: str = "ada", namespace: str = NAMESPACE) -> str:
        """The signature of a person, whose key is made and registered at the first time."""
        path = self.key(by)
        return signed(path, "", text.encode(), namespace)

    def key(self, by: str, *, named: str | None = None) -> Path:
        """The private key of a person, made and registered at the first time."""
        path = self.keys / by
        if not path.exists():
            SignersFile(self.line.settings.signers).add(named or by, new_key(path, "", by))
        return path

    async def hand_in(self, text: str, signature: str) -> str:
        """What the desk answers to a manifest and a signature."""
        async with self.house() as house:
            try:
                return f"approved by {(await house.desk.approver.approve(text, signature)).by}"
            except MendloopError as error:
                return f"{error.message} {error.hint}"

    async def approve(self, wanted: str = "", *, by: str = "ada") -> str:
        """A person approves; returns the manifest."""
        text = await self.manifest(wanted)
        said = await self.hand_in(text, self.sign(text, by=by))
        assert said.startswith("approved"), said
        return text

    async def stand(self, terms: Terms = TERMS) -> StandingApproval:
        """A person lets changes of a sort through."""
        async with self.house() as house:
            text = await house.desk.granter.document(terms, lasts=timedelta(days=1))
            return await house.desk.granter.give(text, self.sign(text, namespace=STANDING))

    def sql(self, statement: str, *values: object) -> None:
        """Write into the records, as whoever can write the file could."""
        with closing(sqlite3.connect(self.state / "state.db")) as database, database:
            database.execute(statement, values)

    def ask(self, query: str, *values: object) -> list[Any]:
        """Read the records."""
        with closing(sqlite3.connect(self.state / "state.db")) as database:
            return database.execute(query, values).fetchall()

    async def audited(self) -> list[AuditEntry]:
        """The audit log."""
        async with self.house() as house:
            return list(await house.loop.reader.audit(limit=1000))

    async def run(
        self, *words: str, env: Mapping[str, str] | None = None, data: Path | None = None
    ) -> str:
        """Type a command in a shell of the agent's, and get all that it prints."""
        outside = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CLAUDE", "MENDLOOP_", "XDG_")) and name != "AI_AGENT"
        }
        where = ["--workspace", str(self.line.workspace)]
        where += [] if data is None else ["--data", str(data)]
        done = await anyio.run_process(
            [sys.executable, "-m", "mendloop", *words, *where],
            check=False,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            env={**outside, "NO_COLOR": "1", "COLUMNS": "300", **(env or {})},
        )
        return done.stdout.decode()


def first_place(folder: Path) -> Place:
    """Made once; nobody changes it."""
    line = make_shop(folder)
    known = "".join(json.dumps(each) + "\n" for each in calls())
    line.done("import", "jsonl", str(line.file("calls.jsonl", known)))
    tested = [propose(line, "shop.price", text) for text in (OTHER, ANOTHER)]
    behaviour = propose(line, "shop.price", GOOD)
    for each in (*tested, behaviour):
        line.done("test", each)
    untested = propose(line, "shop.price", THIRD)
    return Place(
        line=line,
        proposal=tested[0],
        another=tested[1],
        untested=untested,
        behaviour=behaviour,
        keys=folder / "keys",
    )


def copied(first: Place, folder: Path) -> Place:
    """A copy, to try things in."""
    line = Line(folder / "shop", folder / "data")
    shutil.copytree(first.line.workspace, line.workspace)
    # the state folder is named after the path of the workspace
    shutil.copytree(first.line.settings.state, line.settings.state, dirs_exist_ok=True)
    return replace(first, line=line, keys=folder / "keys")
