"""Records, as they are kept."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple

import typer
from rich.text import Text

from mendloop.app.views import FileTexts
from mendloop.bootstrap import House
from mendloop.errors import InvalidInput, NotFound
from mendloop.interfaces.answers import documents
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.interfaces.cli.certificate_commands import show_certificate
from mendloop.interfaces.cli.names import is_deployment, is_incident, is_proposal
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.render import looks, records
from mendloop.interfaces.cli.render.console import say
from mendloop.interfaces.cli.render.diff import diff as diff_text
from mendloop.interfaces.cli.render.report import proposal_parts, report_parts
from mendloop.interfaces.cli.shell import Shell
from mendloop.model.deployment import Version
from mendloop.model.execution import Outcome
from mendloop.model.proposal import NO_FILE, FileChange

commands: Final = typer.Typer()

TargetArgument = Annotated[str, typer.Argument(metavar="TARGET", help="The name of a target.")]


class _Shown(NamedTuple):
    """One record: as JSON, and as a person reads it."""

    document: documents.Document
    show: Callable[[], None]


def _moment(text: str) -> datetime:
    """A time; without a zone it is UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no time such as 2026-11-21T01:19") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@command(commands, "history")
def history(
    shell: Shell,
    target: TargetArgument,
    outcome: Annotated[list[Outcome] | None, typer.Option(help="Only these.")] = None,
    since: Annotated[
        datetime | None, typer.Option(parser=_moment, metavar="TIME", help="ISO 8601; UTC.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
) -> None:
    """List a target's calls, newest first."""

    async def read(house: House) -> _Shown:
        reader = house.loop.reader
        name = (await reader.target(target)).name
        rows = await reader.executions(name, outcomes=outcome or None, since=since, limit=limit)
        asked = {
            "outcome": ",".join(outcome or ()),
            "since": "" if since is None else since.isoformat(),
        }
        return _Shown(
            documents.executions_document(name, rows, limit=limit, asked=asked),
            lambda: say(*records.history_parts(rows)),
        )

    _show(shell, read)


@command(commands, "show")
def show(
    shell: Shell,
    named: Annotated[
        str,
        typer.Argument(metavar="ID", help="Of an incident, proposal, deployment or execution."),
    ],
    certificate: Annotated[  # noqa: FBT002  Typer makes a flag of it
        bool,
        typer.Option("--certificate", help="Of a proposal: print what its newest test certifies."),
    ] = False,
) -> None:
    """Show one record, whole."""
    if certificate:
        show_certificate(shell, named)
        return
    kinds = ((is_incident, _incident), (is_proposal, _proposal), (is_deployment, _deployment))
    read = next((read for fits, read in kinds if fits(named)), _execution)
    _show(shell, lambda house: read(house, named))


@command(commands, "diff")
def diff(
    shell: Shell,
    named: Annotated[
        str, typer.Argument(metavar="ID", help="A proposal, a deployment, or a target's name.")
    ],
    first: Annotated[
        int | None, typer.Argument(metavar="A", help="Of a target: one version, and")
    ] = None,
    second: Annotated[int | None, typer.Argument(metavar="B", help="another.")] = None,
    before: Annotated[int | None, typer.Option("--from", help="The same as A.")] = None,
    after: Annotated[int | None, typer.Option("--to", help="The same as B.")] = None,
) -> None:
    """Show what was changed.

    By a proposal, by a deployment, or between two versions of a target:
    `mendloop diff TARGET 1 3`.
    """
    before = first if before is None else before
    after = second if after is None else after
    versions = None if before is None or after is None else (before, after)
    if (before is None) != (after is None):
        raise typer.BadParameter("two versions belong together, as in `diff TARGET 1 3`")
    if versions is None and not (is_proposal(named) or is_deployment(named)):
        raise typer.BadParameter(
            f"{named!r} is no proposal and no deployment. Of a target name two versions too, as in "
            "`diff TARGET 1 3`"
        )

    async def read(house: House) -> _Shown:
        files = await _files(house, named, versions)
        return _Shown(
            {
                "id": named,
                "files": [
                    {
                        "path": each.file.path,
                        "old": each.file.old,
                        "new": each.file.new,
                        "diff": documents.diff(each),
                    }
                    for each in files
                ],
            },
            lambda: say(*(_difference(each) for each in files)),
        )

    _show(shell, read)


@command(commands, "versions")
def versions(shell: Shell, target: TargetArgument) -> None:
    """List a target's versions, newest first.

    With their parents, authors, deployments and reports; says which of them is in place, and
    whether somebody has changed the file outside the loop.
    """

    async def read(house: House) -> _Shown:
        name = (await house.loop.reader.target(target)).name
        view = await house.loop.reader.versions_view(name)
        return _Shown(
            documents.versions_document(name, view),
            lambda: say(*records.versions_parts(name, view)),
        )

    _show(shell, read)


def _show(shell: Shell, read: Callable[[House], Awaitable[_Shown]]) -> None:
    shown = shell.work(lambda house, _: read(house))
    shell.tell(shown.document, shown.show)


async def _incident(house: House, named: str) -> _Shown:
    incident, diagnosis = await house.loop.reader.incident(named)
    proposed = await house.loop.reader.attempts(named)

    def show() -> None:
        say(*records.incident_parts(incident))
        if diagnosis is not None:
            say("")
            looks.investigated(InvestigateAnswer.of(diagnosis))

    return _Shown(documents.incident_document(incident, diagnosis, proposed), show)


async def _proposal(house: House, named: str) -> _Shown:
    proposal, files = await house.loop.reader.proposal(named)
    report = await house.loop.reader.report(named)
    rejection = await house.loop.reader.rejection(named)
    document: dict[str, Any] = documents.proposal_document(proposal, files, rejection)
    document["report"] = None if report is None else documents.report_document(report)
    return _Shown(
        document,
        lambda: say(*proposal_parts(proposal, files, rejection), *report_parts(report)),
    )


async def _deployment(house: House, named: str) -> _Shown:
    deployment, watches, files = await house.loop.reader.deployment(named)
    return _Shown(
        documents.deployment_document(deployment, watches, files),
        lambda: say(*records.deployment_parts(deployment, watches, files)),
    )


async def _execution(house: House, named: str) -> _Shown:
    execution = await house.loop.reader.execution(named)
    return _Shown(
        documents.execution_document(execution), lambda: say(*records.execution_parts(execution))
    )


def _difference(file: FileTexts) -> Text:
    if file.file.old == file.file.new:
        return Text(f"{file.file.path}: the two are the same, byte for byte")
    return diff_text(file)


async def _files(
    house: House, named: str, versions: tuple[int, int] | None
) -> tuple[FileTexts, ...]:
    """The texts to compare.

    Raises:
        NotFound: There is no such proposal, deployment, target or version.
        InvalidInput: The two versions are of different files.
    """
    reader = house.loop.reader
    if versions is None and is_proposal(named):
        return (await reader.proposal(named))[1]
    if versions is None:
        return (await reader.deployment(named))[2]
    found = {each.number: each for each in await reader.versions(named)}
    old, new = (_version(found, named, number) for number in versions)
    if old.path != new.path:
        raise InvalidInput(
            f"Version {old.number} is {old.path}, and version {new.number} is {new.path}.",
            hint=f"`mendloop versions {named}` lists the file of each.",
        )
    change = FileChange(path=old.path, old=old.digest, new=new.digest)
    return (FileTexts(file=change, before=_text(house, old), after=_text(house, new)),)


def _version(found: dict[int, Version], target: str, number: int) -> Version:
    if number not in found:
        raise NotFound(
            f"{target} has no version {number}.",
            hint=f"`mendloop versions {target}` lists those that there are.",
        )
    return found[number]


def _text(house: House, version: Version) -> str:
    if version.digest == NO_FILE:
        return ""
    return house.loop.reader.blobs.get(version.digest).decode(errors="replace")
