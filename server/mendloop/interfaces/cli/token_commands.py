"""Who may speak to a server over HTTP."""

import os
import re
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

import typer

from mendloop.bootstrap import House, wall_clock
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.person import account, refuse_agents
from mendloop.interfaces.cli.render.console import head, say
from mendloop.interfaces.cli.shell import Shell
from mendloop.model.token import Role, Token

commands: Final = typer.Typer()

_LASTS: Final = re.compile(r"([1-9][0-9]{0,3})([hdw])", re.ASCII)
_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}
_NEVER: Final = "never"


class TokenAction(StrEnum):
    """What to do with the tokens."""

    LIST = "list"
    NEW = "new"
    REVOKE = "revoke"


@command(commands, "tokens")
def tokens(
    shell: Shell,
    action: Annotated[
        TokenAction,
        typer.Argument(
            help="list: every token that was made. new: make one; it is shown once. revoke: let "
            "one open nothing any more, at once, in every server."
        ),
    ] = TokenAction.LIST,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="By which the records know its bearer: ci-bot."),
    ] = None,
    role: Annotated[
        Role | None,
        typer.Option(
            help="new: viewer looks; agent has every tool of the loop; operator hands in "
            "telemetry too. None approves."
        ),
    ] = None,
    expires: Annotated[
        str, typer.Option(metavar="TIME", help="new: how long it is good: 12h, 90d, 26w, never.")
    ] = "90d",
    resource: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="new: only at the server of this URL; by default at any of the workspace.",
        ),
    ] = "",
) -> None:
    """Say who may speak to a server over HTTP, or change that.

    Once a token was ever made for a workspace, its servers let nobody in without one.
    """
    match action:
        case TokenAction.LIST:
            _list(shell)
        case TokenAction.NEW:
            if role is None:
                raise typer.BadParameter("name a role with --role: viewer, agent or operator")
            _new(shell, _wanted(name), role, _lasts(expires), resource)
        case TokenAction.REVOKE:
            _revoke(shell, _wanted(name))


def _list(shell: Shell) -> None:
    async def read(house: House) -> tuple[Token, ...]:
        return await house.desk.tokens.all()

    known = shell.work(lambda house, _: read(house))
    now = wall_clock().now()
    in_force = sum(each.in_force(now) for each in known)
    shell.tell(
        {"tokens": [_told(each) | {"in_force": each.in_force(now)} for each in known]},
        lambda: say(
            head(f"{in_force} tokens in force", f"of {len(known)} ever made")
            if known
            else head("no tokens", "make one with `mendloop tokens new NAME --role agent`"),
            *(head(f"  {each.name}", _line(each)) for each in known),
        ),
    )


def _new(shell: Shell, name: str, role: Role, lasts: timedelta | None, resource: str) -> None:
    refuse_agents(os.environ)
    token, secret = shell.work(
        lambda house, _: house.desk.tokens.new(
            name, role, lasts=lasts, resource=resource, by=account()
        )
    )
    shell.tell(
        _told(token) | {"token": secret},
        lambda: say(
            head(f"made {token.name}", _line(token)),
            head(secret, "shown this once; send it as `Authorization: Bearer …`"),
        ),
    )


def _revoke(shell: Shell, name: str) -> None:
    refuse_agents(os.environ)
    token = shell.work(lambda house, _: house.desk.tokens.revoke(name, by=account()))
    shell.tell(
        {"name": token.name, "role": token.role.value, "revoked": True},
        lambda: say(head(f"revoked {token.name}", "it opens nothing any more, in any server")),
    )


def _told(token: Token) -> dict[str, object]:
    """All that is kept of it but its digest, which is nobody's business."""
    return {key: value for key, value in asdict(token).items() if key != "digest"}


def _line(token: Token) -> str:
    parts = [token.role.value]
    if token.revoked is not None:
        parts.append(f"revoked {token.revoked:%Y-%m-%d}")
    else:
        parts.append("for ever" if token.expires is None else f"until {token.expires:%Y-%m-%d}")
    parts.append("never used" if token.used is None else f"last used {token.used:%Y-%m-%d}")
    if token.resource:
        parts.append(f"at {token.resource}")
    return ", ".join(parts)


def _lasts(text: str) -> timedelta | None:
    if text == _NEVER:
        return None
    found = _LASTS.fullmatch(text)
    if found is None:
        raise typer.BadParameter("name a time for --expires like 12h, 90d, 26w, or never")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _wanted(name: str | None) -> str:
    if name is None:
        raise typer.BadParameter("name the token")
    return name
