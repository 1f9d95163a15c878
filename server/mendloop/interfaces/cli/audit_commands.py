"""The audit log: read it, check it, take it along."""

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
from mendloop.interfaces.cli.shell import FAILED, Shell
from mendloop.model.audit import AuditEntry
from mendloop.store.audit import ChainCheck

commands: Final = typer.Typer()

_LAST: Final = 20
_PAGE: Final = 500


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
) -> None:
    """Show what was decided and done.

    Or check that nobody has changed the record of it, or take it along.
    """
    match action:
        case AuditAction.LIST:
            _list(shell)
        case AuditAction.VERIFY:
            _verify(shell)
        case AuditAction.EXPORT:
            _export(shell)


def _list(shell: Shell) -> None:
    async def read(house: House) -> tuple[AuditEntry, ...]:
        reader = house.loop.reader
        newest = (await reader.status()).overview.audit_seq
        return await reader.audit(after=max(0, newest - _LAST), limit=_LAST)

    entries = shell.work(lambda house, _: read(house))
    shell.tell(audit_document(entries, limit=len(entries) + 1), lambda: say(*audit_parts(entries)))


def _verify(shell: Shell) -> None:
    check = shell.work(lambda house, _: house.loop.reader.audit_check())
    shell.tell(asdict(check), lambda: say(_checked(check)))
    if check.broken_at is not None:
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


def _checked(check: ChainCheck) -> RenderableType:
    if check.broken_at is None:
        return head(f"{check.entries} entries, none was changed", f"head {check.head}")
    return head(
        f"broken at entry {check.broken_at}",
        f"{check.entries} entries before it are sound, up to {check.head}",
    )
