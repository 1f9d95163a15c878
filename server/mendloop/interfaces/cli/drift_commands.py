"""What a person does about files that were changed outside the loop."""

import os
from typing import Annotated, Final

import typer

from mendloop.errors import Refused
from mendloop.interfaces.answers.deploy import DeploymentAnswer
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.person import account, actor
from mendloop.interfaces.cli.render import changes, drifts
from mendloop.interfaces.cli.shell import Shell

commands: Final = typer.Typer()

TargetsArgument = Annotated[
    list[str], typer.Argument(metavar="TARGET...", help="Names of targets; each file goes whole.")
]


@command(commands, "adopt")
def adopt(shell: Shell, targets: TargetsArgument) -> None:
    """Keep an edit that was made outside the loop.

    The file stays as it is and becomes a new version of every target in it, by `person`. Watches
    over what stood there before end, and decide nothing.
    """
    _refuse_agents()
    done = shell.work(lambda house, _: house.desk.accepter.adopt(targets, by=account()))
    shell.tell({"adopted": drifts.adopted_document(done)}, lambda: drifts.adopted(done))


@command(commands, "restore")
def restore(
    shell: Shell,
    targets: TargetsArgument,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Goes into the audit log.")
    ] = "changed outside the loop",
) -> None:
    """Undo an edit that was made outside the loop.

    The file gets back the bytes that the loop knows, all files or none, on record as a rollback.
    The edit is kept as a version: `mendloop versions TARGET`.
    """
    _refuse_agents()
    done = shell.work(
        lambda house, _: house.desk.accepter.restore(targets, reason=reason, by=account())
    )
    answer = DeploymentAnswer.of(done)
    kept = f"The edit is kept: `mendloop versions {targets[0]}`."
    shell.answer(answer.model_copy(update={"next": kept}), changes.deployed)


def _refuse_agents() -> None:
    """Refuse where the environment says that an agent runs this.

    Raises:
        Refused: It says so.
    """
    if actor(os.environ) == "agent":
        raise Refused(
            "An agent runs this, and whether an edit made outside the loop stays is a person's "
            "decision.",
            hint="Ask a person to run the command in a terminal of their own.",
        )
