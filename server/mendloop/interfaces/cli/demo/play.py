"""The demo, from a broken tool to a table of before and after."""

import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from mendloop.bootstrap import wall_clock
from mendloop.errors import InvalidInput
from mendloop.interfaces.cli.demo import scenes
from mendloop.interfaces.cli.demo.agent import ToolRefused, agent_on
from mendloop.interfaces.cli.demo.scenes import Play
from mendloop.interfaces.cli.demo.script import lay_out, shipped_script
from mendloop.interfaces.cli.demo.stage import Stage, StepFailed
from mendloop.interfaces.cli.render.console import say, text


async def demo(keep: Path | None) -> bool:
    """Play the whole loop; say whether every step did what it says.

    Args:
        keep: Where everything is left to look at; by default a folder that goes away.

    Raises:
        InvalidInput: The folder to keep things in holds something already.
        Unavailable: The demo's data is not there.
    """
    started = time.monotonic()
    script, stage = shipped_script(), Stage()
    with _folder(keep) as folder:
        recorded = lay_out(script, folder, wall_clock().now())
        say(Text("Mendloop, played by a real client against a real server", "bold"))
        stage.line(f"workspace: {len(script.faulty)} faulty tools, {recorded} recorded executions")
        async with agent_on(folder / "workspace", folder / "data") as agent:
            play = Play(script=script, stage=stage, agent=agent, folder=folder)
            # caught in here: the client's task groups would wrap it up
            try:
                await _scenes(play)
            except (StepFailed, ToolRefused) as failed:
                say(Text("The demo has failed: ", "bold red").append_text(text(failed)))
                return False
        seconds = time.monotonic() - started
        say(Text(""), Text(f"All {stage.checked} checks hold, in {seconds:.0f} s.", "bold green"))
        if keep is not None:
            say(
                Text(
                    f"Everything is in {folder}: try `mendloop status --workspace "
                    f"{folder / 'workspace'} --data {folder / 'data'}`."
                )
            )
    return True


async def _scenes(play: Play) -> None:
    """In order; deployments count against the limits of an hour, so that there are six."""
    parts = play.script.parts
    play.stage.heading("record: the history of the last ten days comes in")
    brought = play.desk("import", "jsonl", str(play.folder / "history.jsonl"))
    said = brought.stdout.strip().splitlines()
    play.stage.check(said[0] if said else brought.stderr, holds=brought.returncode == 0)
    incidents = await scenes.find(play)
    await scenes.understand(play, incidents["calc.average"]["id"])
    await scenes.generate(play, "calc.average", "average")
    await scenes.generate(play, "pricing.quote", "quote")
    await scenes.generate(play, "retry.limit", "delay")
    await scenes.mends(play, parts["month-end-december"])
    await scenes.refuses_cheat(play, parts["quote-table"])
    await scenes.needs_person(play, parts["reply-refunds"])
    await scenes.taken_back(play, parts["split-bill-sign"])
    await _epilogue(play)


async def _epilogue(play: Play) -> None:
    """Before and after, and the whole record of it checked."""
    play.stage.heading("before and after")
    play.stage.table(
        ("target", "failing before", "failing after", "calls watched", "change"),
        [
            (target, f"{row.before:.1%}", f"{row.after:.1%}", row.calls, row.outcome)
            for target, row in play.results.items()
        ],
    )
    status = await play.agent.call("status")
    audit = play.desk("audit", "verify")
    play.stage.line(audit.stdout.strip())
    play.stage.check("the audit log is whole, from the first entry on", holds=audit.returncode == 0)
    watched = [each["target"] for each in status["watches"]]
    play.stage.check(
        "every change has been judged; the prompt, which nobody has used yet, is still watched",
        holds=watched == ["prompts.reply"],
    )


@contextmanager
def _folder(keep: Path | None) -> Generator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="mendloop-demo-") as passing:
            yield Path(passing)
        return
    folder = keep.expanduser().absolute()
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInput(f"{folder} is not empty.", hint="Name a folder that does not exist yet.")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
