"""The audit log: read it, check it, take it along."""

import re
from collections.abc import AsyncGenerator
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Final

import typer
from rich.console import RenderableType

from mendloop.app.read import Reader
from mendloop.bootstrap import House
from mendloop.interfaces.answers.documents import audit_document
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.render.console import head, say
from mendloop.interfaces.cli.render.records import audit_parts
from mendloop.interfaces.cli.render.words import counted
from mendloop.interfaces.cli.shell import FAILED, Shell
from mendloop.model.audit import AuditEntry, Noted
from mendloop.model.ids import Digest
from mendloop.store.audit import ChainCheck

commands: Final = typer.Typer()

_LAST: Final = 20
_PAGE: Final = 500
_NOTED: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})", re.ASCII)


class AuditAction(StrEnum):
    """What to do with the log."""

    LIST = "list"
    VERIFY = "verify"
    EXPORT = "export"


@command(commands, "audit")
def audit(
    shell: Shell,
    action: Annotated[
        AuditAction,
        typer.Argument(
            help="list: the newest entries. verify: recompute the whole chain; ends with 1 where "
            "it is broken. export: every entry as JSON Lines."
        ),
    ] = AuditAction.LIST,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="SEQ:DIGEST",
            help="verify: an entry that was noted elsewhere, such as the head of an earlier "
            "`status`; shows what was cut off or written anew.",
        ),
    ] = None,
) -> None:
    """Show what was decided and done.

    Or check that nobody has changed the record of it, or take it along.
    """
    match action:
        case AuditAction.LIST:
            _list(shell)
        case AuditAction.VERIFY:
            _verify(shell, None if expect is None else _noted(expect))
        case AuditAction.EXPORT:
            _export(shell)


def _list(shell: Shell) -> None:
    async def read(house: House) -> tuple[AuditEntry, ...]:
        reader = house.loop.reader
        newest = (await reader.status()).overview.audit_seq
        return await reader.audit(after=max(0, newest - _LAST), limit=_LAST)

    entries = shell.work(lambda house, _: read(house))
    shell.tell(audit_document(entries, limit=len(entries) + 1), lambda: say(*audit_parts(entries)))


def _verify(shell: Shell, expect: Noted | None) -> None:
    check = shell.work(lambda house, _: house.loop.reader.audit_check(expect))
    shell.tell(asdict(check), lambda: say(_checked(check)))
    if not check.sound:
        raise typer.Exit(FAILED)


def _export(shell: Shell) -> None:
    async def write(house: House) -> None:
        async for entry in _entries(house.loop.reader):
            shell.line(audit_document([entry], limit=2)["entries"][0])

    shell.work(lambda house, _: write(house))


async def _entries(reader: Reader) -> AsyncGenerator[AuditEntry]:
    after = 0
    while page := await reader.audit(after=after, limit=_PAGE):
        for entry in page:
            yield entry
        after = page[-1].seq


def _noted(text: str) -> Noted:
    found = _NOTED.fullmatch(text)
    if found is None:
        raise typer.BadParameter(
            "--expect is an entry's number and its whole digest, as `mendloop status` shows the "
            "head: 12:5f0…"
        )
    return Noted(seq=int(found[1]), digest=Digest(found[2]))


def _checked(check: ChainCheck) -> RenderableType:
    if check.noted is False and check.broken_at is None:
        return head(
            "the entry that was noted is not there",
            f"the chain of {_entries_of(check)} was cut off or written anew, or the number is "
            f"another entry's; head {check.entries}:{check.head}",
        )
    if check.broken_at is None:
        return head(f"{_entries_of(check)}, none was changed", f"head {check.entries}:{check.head}")
    return head(
        f"broken at entry {check.broken_at}",
        f"{_entries_of(check)} before it: sound, up to {check.head}",
    )


def _entries_of(check: ChainCheck) -> str:
    return counted(check.entries, "entry", "entries")
