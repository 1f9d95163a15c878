"""Bring records in and out, and keep the history at a size."""

import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from mendloop.bootstrap import House
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.render import keeping
from mendloop.interfaces.cli.shell import FAILED, Shell
from mendloop.model.rollup import Quarantined

commands: Final = typer.Typer()


class ImportFormat(StrEnum):
    """The formats that can be read."""

    JSONL = "jsonl"
    TRANSCRIPT = "transcript"
    OTLP = "otlp"


@command(commands, "import")
def import_(
    shell: Shell,
    format_: Annotated[
        ImportFormat,
        typer.Argument(
            metavar="FORMAT",
            help="jsonl: execution records; transcript: sessions of Claude Code; otlp: traces and "
            "logs of OpenTelemetry, as JSON or protobuf.",
        ),
    ],
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The file; of transcripts, a folder too.")
    ],
) -> None:
    """Bring a file of executions in.

    A second time changes nothing, and an import that was killed is begun again in the same way.
    Ends with 1 where no line could be read.
    """
    brought = shell.work(
        lambda house, progress: house.importer.bring(path, form=format_.value, progress=progress)
    )
    shell.tell(asdict(brought), lambda: keeping.brought(brought))
    if not brought.new and brought.refused and brought.refused >= brought.read:
        raise typer.Exit(FAILED)


@command(commands, "export")
def export(
    shell: Shell,
    target: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this one; may be repeated.")
    ] = None,
) -> None:
    """Print the executions as JSON Lines: what `import jsonl` reads.

    Secrets were taken out when they were recorded.
    """

    async def write(house: House) -> int:
        count = 0
        async for line in house.exporter.lines(target or None):
            sys.stdout.buffer.write(line)
            count += 1
        sys.stdout.buffer.flush()
        return count

    shell.work(lambda house, _: write(house))


@command(commands, "maintain")
def maintain(
    shell: Shell,
    dry_run: Annotated[  # noqa: FBT002  Typer makes a flag of it
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
) -> None:
    """Tidy up, and bring workspace, records and kept contents back into step.

    Takes in what recorders have left, and lets go of calls that are too old or too many; failures,
    labelled calls and replayable examples of every target stay. Targets that have come, moved or
    gone are noted, lost contents brought back from the files, and contents let go of that nothing
    names. The bytes of a version, of a file in force or of a proposal never are. A server does
    this by itself every six hours.
    """
    done = shell.work(lambda house, _: house.maintainer.maintain(dry_run=dry_run))
    shell.tell(asdict(done), lambda: keeping.maintained(done))


@command(commands, "quarantine")
def quarantine(
    shell: Shell,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
) -> None:
    """List records that could not be read, newest first, and why."""

    async def read(house: House) -> tuple[Quarantined, ...]:
        return tuple(each for _, each in await house.maintainer.history.quarantine(limit=limit))

    found = shell.work(lambda house, _: read(house))
    shell.tell([asdict(each) for each in found], lambda: keeping.quarantined(found))
