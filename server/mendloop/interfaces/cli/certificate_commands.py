"""Certificates of tests: print one, and check one."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import RenderableType

from mendloop.app.certificate import SubjectCheck, Verified
from mendloop.errors import InvalidInput
from mendloop.interfaces.cli.names import is_proposal
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.render.console import facts, head, say, section, table
from mendloop.interfaces.cli.shell import FAILED, Shell
from mendloop.model.certificate import MOST_BYTES

commands: Final = typer.Typer()


@command(commands, "verify")
def verify(
    shell: Shell,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A certificate, as `mendloop show PROPOSAL --certificate` prints it.",
        ),
    ],
) -> None:
    """Check a certificate of a test.

    Against itself, the audit log, the contents that are kept, and the files of the workspace. It
    ends with 1 where it is not, byte for byte, what was issued here.
    """
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 2)
    found = shell.work(lambda house, _: house.loop.validator.certifier.verify(content))
    document = {**asdict(found), "sound": found.sound}
    shell.tell(document, lambda: say(*_parts(found)))
    if not found.sound:
        raise typer.Exit(FAILED)


def show_certificate(shell: Shell, named: str) -> None:
    """Print the certificate of a proposal's newest test, to the byte, and a line end.

    Raises:
        InvalidInput: It is no proposal that is named.
        NotFound: There is none.
    """
    if not is_proposal(named):
        raise InvalidInput(
            f"{named} is no proposal.", hint="Name a proposal, such as p-0123abcd, for its test."
        )
    made = shell.work(lambda house, _: house.loop.validator.certifier.show(named))
    sys.stdout.write(made.decode() + "\n")


def _parts(found: Verified) -> tuple[RenderableType | None, ...]:
    said = "is what was issued here" if found.sound else "is not what was issued here"
    return (
        head(f"the certificate of {found.proposal}", said),
        facts(
            (
                ("because", "; ".join(found.faults)),
                ("digest", found.digest),
                ("verdict", found.verdict),
                ("audit entry", found.recorded),
                ("newest test", None if found.recorded is None else _yes(found.newest)),
            )
        ),
        *section(
            "files",
            table(
                ("path", "workspace", "content", "deployed as", "digest"), map(_row, found.subjects)
            ),
        ),
    )


def _row(subject: SubjectCheck) -> tuple[str | None, ...]:
    return (
        subject.path,
        _WORKSPACE[subject.workspace],
        subject.kept,
        subject.deployed,
        subject.digest,
    )


def _yes(is_so: bool) -> str:  # noqa: FBT001  a word for it
    return "yes" if is_so else "no, it was tested again"


_WORKSPACE: Final = {
    "new": "holds it",
    "base": "holds the version before",
    "other": "holds something else",
    "missing": "has no such file",
}
