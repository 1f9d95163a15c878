"""What a person says of an incident: hear no more of it, hear of it again, it has ended."""

import os
import re
from datetime import timedelta
from typing import Annotated, Final

import typer

from mendloop.bootstrap import House
from mendloop.errors import Refused
from mendloop.interfaces.answers.documents import incident_document
from mendloop.interfaces.cli.act_commands import ReasonOption
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.person import account, actor
from mendloop.interfaces.cli.render.console import head, say
from mendloop.interfaces.cli.shell import Shell
from mendloop.model.ids import IncidentId
from mendloop.model.incident import Incident

commands: Final = typer.Typer()

IncidentArgument = Annotated[str, typer.Argument(metavar="INCIDENT", help="Such as i-7k3f9q2m.")]
_SPAN: Final = re.compile(r"([0-9]{1,4})([mhdw])")
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def _span(text: str) -> timedelta:
    """A length of time such as ``7d``."""
    found = _SPAN.fullmatch(text)
    span = timedelta() if found is None else int(found[1]) * _UNITS[found[2]]
    if not span:
        raise typer.BadParameter(f"{text!r} is no time such as 45m, 12h, 7d or 2w")
    return span


@command(commands, "mute")
def mute(
    shell: Shell,
    incident: IncidentArgument,
    span: Annotated[
        timedelta | None,
        typer.Option(
            "--for",
            parser=_span,
            metavar="TIME",
            help="Such as 45m, 12h, 7d or 2w; by default for as long as it lasts.",
        ),
    ] = None,
) -> None:
    """Hear no more of an incident.

    It is still known, and is heard of again when its time is over or its priority has doubled.
    """
    _refuse_agents()

    async def work(house: House) -> Incident:
        until = None if span is None else house.keeper.clock.now() + span
        return await house.keeper.mute(IncidentId(incident), until=until, by=account())

    done = shell.work(lambda house, _: work(house))
    until = done.muted_until
    how = "for as long as it lasts" if until is None else f"until {until:%Y-%m-%d %H:%M} UTC"
    _tell(shell, done, "muted", how)


@command(commands, "unmute")
def unmute(shell: Shell, incident: IncidentArgument) -> None:
    """Hear of an incident again."""
    _refuse_agents()
    done = shell.work(lambda house, _: house.keeper.unmute(IncidentId(incident), by=account()))
    _tell(shell, done, "heard of again", f"by {account()}")


@command(commands, "resolve")
def resolve(shell: Shell, incident: IncidentArgument, reason: ReasonOption) -> None:
    """Say that an incident has ended.

    It comes back only where newer calls show it again.
    """
    _refuse_agents()
    done = shell.work(
        lambda house, _: house.keeper.resolve(IncidentId(incident), reason, by=account())
    )
    _tell(shell, done, "ended", f"by {account()}")


def _tell(shell: Shell, incident: Incident, what: str, how: str) -> None:
    shell.tell(
        incident_document(incident, None),
        lambda: say(head(f"{what} {incident.id}", how, incident.finding.summary)),
    )


def _refuse_agents() -> None:
    """Refuse where the environment says that an agent runs this.

    Raises:
        Refused: It says so: what a person hears of is not for an agent to say.
    """
    if actor(os.environ) == "agent":
        raise Refused(
            "An agent runs this, and what a person hears of is for a person to say.",
            hint="Ask a person to run the command in a terminal of their own.",
        )
