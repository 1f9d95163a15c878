"""What a person lets through beforehand."""

import os
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mendloop.app.standing import InForce
from mendloop.bootstrap import House
from mendloop.errors import Refused
from mendloop.interfaces.answers.standing import standing_document, terms_text
from mendloop.interfaces.cli.desk_commands import write_unsigned
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.person import actor, asked, refuse_agents, refuse_without_terminal
from mendloop.interfaces.cli.render.console import head, say
from mendloop.interfaces.cli.shell import Shell
from mendloop.interfaces.cli.signing import KeyOption, key_path, read_text, signature
from mendloop.interfaces.cli.standing_terms import TermsFile, read_terms
from mendloop.model.standing import STANDING, StandingApproval, StandingId
from mendloop.noun import dataclass

commands: Final = typer.Typer()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What ``new`` was asked for."""

    file: TermsFile
    yes: bool


class StandingAction(StrEnum):
    """What to do with the standing approvals."""

    LIST = "list"
    NEW = "new"
    ADD = "add"
    REVOKE = "revoke"


@command(commands, "standing")
def standing(
    shell: Shell,
    action: Annotated[
        StandingAction,
        typer.Argument(
            help="list: what was let through beforehand. new: let changes of one sort through, "
            "within limits. add: the same, signed elsewhere. revoke: let one count no more."
        ),
    ] = StandingAction.LIST,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT",
            help="new: a TOML file of the terms. add: the document that was signed, with its "
            "signature beside it (.sig). revoke: which one, such as s-3f9c01ab72.",
        ),
    ] = None,
    yes: Annotated[  # noqa: FBT002  Typer makes a flag of it
        bool, typer.Option("--yes", help="new: ask nothing: it has been read and decided.")
    ] = False,
    key: KeyOption = None,
    document: Annotated[
        Path | None,
        typer.Option(
            "--document",
            metavar="FILE",
            help="new: sign nothing: write what is to be signed to this file, for `ssh-keygen -Y "
            "sign -n mendloop-standing/1 -f KEY FILE`.",
        ),
    ] = None,
) -> None:
    """Let changes of one sort through beforehand, list what was, or take it back.

    They then deploy without an approval each, though the policy asks for a person; never where it
    asks for two, or says never. The document is signed with your key and bound to the policy.
    """
    match action:
        case StandingAction.LIST:
            _list(shell)
        case StandingAction.NEW:
            wish = _Wish(file=read_terms(_path(what, "the file of the terms")), yes=yes)
            _new(shell, wish, key_path(key), document)
        case StandingAction.ADD:
            _add(shell, _path(what, "the document that was signed"))
        case StandingAction.REVOKE:
            _revoke(shell, what)


def _list(shell: Shell) -> None:
    given = shell.work(lambda house, _: house.desk.granter.all())

    def show() -> None:
        if not given:
            say(head("no standing approvals", "`mendloop standing new` gives one"))
        for each, found in given:
            say(head(each.id, f"by {each.by}, until {each.expires:%Y-%m-%d}"))
            if isinstance(found, InForce):
                used = f"used {found.used}, {found.left} left now"
                say(f"  {terms_text(found.grant.terms)}", f"  in force; {used}")
            else:
                say(f"  does not count: {found}")

    shell.tell({"standing": [_entry(each, found) for each, found in given]}, show)


def _entry(each: StandingApproval, found: InForce | str) -> dict[str, Any]:
    if isinstance(found, InForce):
        return {**standing_document(found), "in_force": True}
    return {"id": each.id, "by": each.by, "in_force": False, "why": found}


def _new(shell: Shell, wish: _Wish, key: Path, path: Path | None) -> None:
    refuse_agents(os.environ)
    if shell.as_json and not wish.yes:
        raise typer.BadParameter("--json asks nothing, so that it needs --yes")
    if not wish.yes:
        refuse_without_terminal()
    file = wish.file
    text = shell.work(lambda house, _: house.desk.granter.document(file.terms, lasts=file.lasts))
    if not shell.as_json:
        say(head("let through beforehand", terms_text(file.terms)))
    if not wish.yes and not asked(f"Let these be deployed for {file.days} days?"):
        raise Refused("Nothing was let through.", hint="Each such change asks for an approval.")
    if path is not None:
        write_unsigned(shell, text, path, (STANDING, f"mendloop standing add {path}"))
        return

    async def give(house: House) -> StandingApproval:
        return await house.desk.granter.give(text, signature(house, key, text, STANDING))

    _tell(shell, shell.work(lambda house, _: give(house)), "in force")


def _add(shell: Shell, path: Path) -> None:
    refuse_agents(os.environ)
    text = read_text(path, "what was signed")
    made = read_text(path.with_name(f"{path.name}.sig"), "the signature")
    _tell(shell, shell.work(lambda house, _: house.desk.granter.give(text, made)), "in force")


def _path(what: str | None, which: str) -> Path:
    if what is None:
        raise typer.BadParameter(f"name {which}")
    return Path(what)


def _revoke(shell: Shell, what: str | None) -> None:
    if what is None:
        raise typer.BadParameter("name which one: `mendloop standing` lists them")
    # anybody may: it only makes things stricter
    revoked = shell.work(
        lambda house, _: house.desk.granter.revoke(StandingId(what), by=actor(os.environ))
    )
    _tell(shell, revoked, "revoked")


def _tell(shell: Shell, given: StandingApproval, done: str) -> None:
    until = f"by {given.by}, until {given.expires:%Y-%m-%d}"
    shell.tell(asdict(given), lambda: say(head(f"{given.id} {done}", until)))
