"""The scenes of the demo. Each does something real, and checks what it says."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from mendloop.interfaces.cli.demo.agent import Agent
from mendloop.interfaces.cli.demo.script import Part, Script
from mendloop.interfaces.cli.demo.stage import Stage
from mendloop.noun import dataclass

_SHOWN = 3
_TELLING = frozenset({"still_right", "mended", "expected"})


@dataclass(slots=True)
class Mended:
    """What became of one target, for the table at the end."""

    before: float
    after: float
    calls: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What every scene has at hand."""

    script: Script
    stage: Stage
    agent: Agent
    folder: Path
    results: dict[str, Mended] = field(default_factory=dict[str, Mended])

    def note(self, target: str, watch: Mapping[str, Any], outcome: str) -> None:
        """Keep what the monitor has counted, for the table at the end."""
        self.results[target] = Mended(
            before=watch["before"]["failures"] / max(1, watch["before"]["calls"]),
            after=watch["since"]["failures"] / max(1, watch["since"]["calls"]),
            calls=watch["since"]["calls"],
            outcome=outcome,
        )

    def file(self, path: str) -> str:
        """A file of the workspace, as it stands on the disk."""
        return (self.folder / "workspace" / path).read_text(encoding="utf-8")

    def desk(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one command as the person would, in a process of its own."""
        return subprocess.run(  # noqa: S603  our own program, with fixed words
            [
                sys.executable, "-m", "mendloop", *command,
                "--workspace", str(self.folder / "workspace"),
                "--data", str(self.folder / "data"),
            ],
            capture_output=True,
            text=True, encoding="utf-8",
            check=False,
            env=person_environment(),
        )  # fmt: skip


def person_environment() -> dict[str, str]:
    """The environment of a person's terminal: without what an agent leaves in it."""
    marks = ("CLAUDE", "AI_AGENT", "ANTHROPIC")
    return {name: value for name, value in os.environ.items() if not name.startswith(marks)}


async def find(play: Play) -> dict[str, dict[str, Any]]:
    """Detect: what fails, with the numbers behind it."""
    play.stage.heading("detect: which tools fail, and how sure is that?")
    found = await play.agent.call("detect")
    incidents = {each["targets"][0]: each for each in reversed(found["incidents"])}
    play.stage.table(
        ("incident", "target", "what"),
        [(each["id"], each["targets"][0], each["summary"]) for each in found["incidents"]],
    )
    play.stage.check(
        f"{found['calls']} calls of {found['targets']} targets were looked at",
        holds=bool(incidents),
    )
    play.stage.check(
        "the healthy tools are not accused",
        holds=not any(name in incidents for name in play.script.healthy),
    )
    return incidents


async def understand(play: Play, incident: str) -> None:
    """Investigate: clusters, the smallest input, the suspect line."""
    play.stage.heading("investigate: why does it fail?")
    with play.stage.busy("investigating") as bar:
        cause = await play.agent.call("investigate", incident=incident, bar=bar)
    for each in cause["clusters"][:_SHOWN]:
        play.stage.line(f"{each['calls']} times {each['recorded_error']} at {each['where']}")
    for each in cause["smallest_inputs"][:1]:
        play.stage.line(f"smallest failing input: {each['recorded_call']}")
    for each in cause["suspects"][:_SHOWN]:
        play.stage.line(
            f"suspect line {each['line']} ({each['score']:.2f}): {each['code'].strip()}"
        )
    play.stage.check(
        f"{cause['reproduced']} of {cause['replayed']} failures happen again in the sandbox; "
        f"layer: {cause['layer']}",
        holds=cause["reproduced"] > 0,
    )


async def generate(play: Play, target: str, live: str) -> None:
    """Mend one target without a model, deploy, and watch it on real calls."""
    play.stage.heading(f"generate_fix: mend {target} without any model")
    with play.stage.busy(target) as bar:
        made = await play.agent.call("generate_fix", target=target, bar=bar)
    play.stage.line(made["note"])
    passed = [each for each in made["proposals"] if each["verdict"] == "passed"]
    play.stage.check(f"{len(passed)} changes pass the replay of its history", holds=bool(passed))
    await _show(play, passed[0]["proposal"])
    deployment = await deploy(play, passed[0]["proposal"])
    await accepted(play, target, live, deployment)


async def propose(play: Play, part: Part) -> str:
    """Hand a change of the agent's in, and test it; returns the proposal's id."""
    proposed = await play.agent.call(
        "propose_fix", target=part.target, edits=list(part.edits), rationale=part.rationale
    )
    play.stage.line(f'the agent: "{part.rationale}"')
    await _show(play, proposed["proposal"])
    return str(proposed["proposal"])


async def tried(play: Play, proposal: str) -> Any:
    """Test a proposal, and say how it did."""
    with play.stage.busy("testing") as bar:
        report = await play.agent.call("test_fix", proposal=proposal, bar=bar)
    wanted = report["verdict"]
    telling = [each for each in report["checks"] if each["verdict"] == wanted]
    # of a pass, what the change does for the calls says more than that it loads
    for each in sorted(telling, key=lambda each: each["name"] not in _TELLING)[:_SHOWN]:
        play.stage.line(f"{each['name']}: {each['summary']}")
    return report


async def deploy(play: Play, proposal: str) -> str:
    """Deploy a proposal that the gate lets through; returns the deployment's id."""
    done = await play.agent.call("deploy_fix", proposal=proposal)
    play.stage.check(
        f"deployed as {done['deployment']}: {', '.join(each['path'] for each in done['files'])}",
        holds=done["progress"] == "committed",
    )
    return str(done["deployment"])


async def accepted(play: Play, target: str, live: str, deployment: str) -> None:
    """Make further real calls, until the monitor says that the change is healthy."""
    failures, calls = await call_live(play, target, live)
    watch = (await play.agent.read(f"mendloop://deployments/{deployment}"))["watches"][0]
    play.stage.line(f"the monitor: {watch['summary']}")
    play.stage.check(
        f"of {calls} further calls {failures} failed, and the change is accepted",
        holds=failures == 0 and watch["state"] == "healthy",
    )
    play.note(target, watch, "accepted")


async def call_live(play: Play, target: str, live: str) -> tuple[int, int]:
    """Call the tool as its users do; a reviewer labels the answers that are wrong."""
    failures = 0
    batch = play.script.live[live]
    with play.stage.busy(f"calling {target}") as bar:
        for number, call in enumerate(batch, start=1):
            await bar(number, len(batch), "")
            ran = await play.agent.call(
                "run_tool", target=call.target, args=call.args, kwargs=call.kwargs
            )
            if ran["outcome"] != "ok":
                failures += 1
            elif ran["result"] != call.expected:
                failures += 1
                label = {"execution": ran["execution"], "expected": call.expected}
                await play.agent.call("record_execution", label=label)
    return failures, len(batch)


async def refuses_cheat(play: Play, part: Part) -> None:
    """A change that games the check does not pass, and is not deployed."""
    play.stage.heading(f"a cheating fix for {part.target}: it {part.expect}")
    proposal = await propose(play, part)
    report = await tried(play, proposal)
    play.stage.check("it does not pass", holds=report["verdict"] == "failed")
    said = await play.agent.refused("deploy_fix", proposal=proposal)
    play.stage.line(f"deploy_fix: {said}")
    play.stage.check("and the gate does not let it through", holds=bool(said))


async def needs_person(play: Play, part: Part) -> None:
    """A change that needs a person waits for one, and an agent cannot be that person."""
    play.stage.heading(f"a change that needs a person: {part.target}")
    before = play.file(part.edits[0]["path"])
    proposal = await propose(play, part)
    report = await tried(play, proposal)
    said = await play.agent.refused("deploy_fix", proposal=proposal)
    play.stage.line(f"deploy_fix: {said}")
    play.stage.check(
        f"its test is {report['verdict']}; without a person it is refused",
        holds=said is not None and "mendloop approve" in said,
    )
    play.stage.check(
        "the server has no tool that approves",
        holds=not any("approve" in name for name in await play.agent.tools()),
    )
    play.stage.check("nothing has changed", holds=play.file(part.edits[0]["path"]) == before)
    key = str(play.folder / "approval_key")
    desk = play.desk("approve", proposal, "--yes", "--key", key)
    play.stage.check("nor can anybody without a key", holds=desk.returncode != 0)
    play.desk("keys", "new", "--key", key, "--name", "demo", "--no-passphrase")
    play.stage.line("at the desk: mendloop keys new  (the demo's own, without a passphrase)")
    desk = play.desk("approve", proposal, "--yes", "--key", key)
    play.stage.line(f"at the desk: mendloop approve {proposal}")
    play.stage.check("a person approves it there with a key", holds=desk.returncode == 0)
    await deploy(play, proposal)


async def taken_back(play: Play, part: Part) -> None:
    """A change that passes its tests and does worse on live calls is rolled back by itself."""
    play.stage.heading(f"a tempting fix for {part.target}: it {part.expect}")
    path = part.edits[0]["path"]
    before = play.file(path)
    proposal = await propose(play, part)
    report = await tried(play, proposal)
    play.stage.check("it passes all that was recorded", holds=report["verdict"] == "passed")
    deployment = await deploy(play, proposal)
    play.stage.check("its bytes are in place", holds=play.file(path) != before)
    failures, calls = await call_live(play, part.target, part.live or "")
    watched = await play.agent.read(f"mendloop://deployments/{deployment}")
    watch = watched["watches"][0]
    play.stage.line(f"{failures} of {calls} further calls failed")
    play.stage.line(f"the monitor: {watch['summary']}")
    play.stage.check(
        "the monitor has taken it back by itself", holds=watch["state"] == "rolled_back"
    )
    play.stage.check("the old bytes are back, every one", holds=play.file(path) == before)
    play.note(part.target, watch, "taken back")


async def mends(play: Play, part: Part) -> None:
    """A good change of the agent's: tested, deployed, watched, accepted."""
    play.stage.heading(f"propose_fix: the agent mends {part.target}")
    proposal = await propose(play, part)
    report = await tried(play, proposal)
    play.stage.check("it passes", holds=report["verdict"] == "passed")
    deployment = await deploy(play, proposal)
    await accepted(play, part.target, part.live or "", deployment)


async def _show(play: Play, proposal: str) -> None:
    """The diff of a proposal, as its resource has it."""
    shown = await play.agent.read(f"mendloop://proposals/{proposal}")
    for file in shown["files"]:
        play.stage.diff(file["diff"])
