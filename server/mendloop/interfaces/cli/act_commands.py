"""The twins of the tools that change something: in the workspace, or in the history."""

import os
from typing import Annotated, Final

import typer

from mendloop.interfaces.answers.arguments import Label
from mendloop.interfaces.calls import change, note
from mendloop.interfaces.cli.loop_commands import ProposalArgument
from mendloop.interfaces.cli.names import is_deployment
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.person import actor
from mendloop.interfaces.cli.render import changes, notes
from mendloop.interfaces.cli.shell import FAILED, Shell
from mendloop.interfaces.cli.sources import json_object, json_value, records
from mendloop.model.execution import Outcome

commands: Final = typer.Typer()

ReasonOption = Annotated[str, typer.Option(metavar="TEXT", help="Goes into the audit log.")]


@command(commands, "deploy")
def deploy(shell: Shell, proposal: ProposalArgument) -> None:
    """Put a tested change in place.

    Every call is judged from then on; it is taken back when it got worse.
    """
    answer = shell.work(
        lambda house, progress: change.deploy_fix(
            house.loop, proposal=proposal, by=actor(os.environ), progress=progress
        )
    )
    shell.answer(answer, changes.deployed)


@command(commands, "rollback")
def rollback(
    shell: Shell,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="A deployment (d-...), or a target's name.")
    ],
    reason: ReasonOption,
    version: Annotated[
        int | None,
        typer.Option(
            "--to", "--version", min=1, metavar="N", help="Bring this version of a target back."
        ),
    ] = None,
) -> None:
    """Take a deployment back.

    With --to bring back an earlier version of a target. What one change has changed together goes
    back together. Where later deployments have changed the same files, nothing goes back: a
    proposal is made instead, which takes this one alone back and has to be tested. No limit and no
    stop holds a rollback up.
    """
    named = is_deployment(subject)
    answer = shell.work(
        lambda house, _: change.rollback(
            house.loop,
            reason=reason,
            deployment=subject if named else None,
            target=None if named else subject,
            version=version,
            by=actor(os.environ),
        )
    )
    shell.answer(answer, changes.deployed)


@command(commands, "run")
def run(
    shell: Shell,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A function.")],
    args: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS", help="Positional arguments, each as JSON; -- before -1."),
    ] = None,
    kwargs: Annotated[
        str, typer.Option(metavar="JSON", help="Keyword arguments, as one JSON object.")
    ] = "{}",
) -> None:
    """Call a tool, and record the call.

    It runs as it is deployed, with your own rights. Ends with 1 where the tool fails.
    """
    positional = [json_value(each, "ARGS") for each in args or ()]
    named = json_object(kwargs, "--kwargs")
    answer = shell.work(
        lambda house, _: note.run_tool(
            house.loop, target=target, args=positional, kwargs=named, caller=actor(os.environ)
        )
    )
    shell.answer(answer, notes.ran)
    if answer.outcome is not Outcome.OK:
        raise typer.Exit(FAILED)


@command(commands, "record")
def record(
    shell: Shell,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON or JSON Lines; - is standard input.")
    ] = "-",
) -> None:
    """Keep records of calls made elsewhere.

    Ends with 1 where none of them could be read.
    """
    executions = records(file)
    answer = shell.work(lambda house, _: note.record_execution(house.loop, executions=executions))
    shell.answer(answer, notes.recorded)
    if answer.refused and not answer.ids:
        raise typer.Exit(FAILED)


@command(commands, "label")
def label(
    shell: Shell,
    execution: Annotated[str, typer.Argument(metavar="EXECUTION", help="Such as x-7k3f9q2m.")],
    expected: Annotated[
        str | None, typer.Option(metavar="JSON", help="The right result, where it is known.")
    ] = None,
) -> None:
    """Say that a recorded result was wrong."""
    known = {} if expected is None else {"expected": json_value(expected, "--expected")}
    wrong = Label.model_validate({"execution": execution, **known})
    answer = shell.work(lambda house, _: note.record_execution(house.loop, label=wrong))
    shell.answer(answer, notes.recorded)


@command(commands, "stop")
def stop(shell: Shell, reason: ReasonOption) -> None:
    """Stop all changes until a person resumes.

    Rollback still works.
    """
    answer = shell.work(
        lambda house, _: change.stop(house.loop, reason=reason, by=actor(os.environ))
    )
    shell.answer(answer, changes.stopped)
