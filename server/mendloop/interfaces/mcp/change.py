"""The tools that make, test, deploy and take back changes, and the one that stops it all."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult
from pydantic import Field

from mendloop.app.actor import actor
from mendloop.app.loop import Loop
from mendloop.interfaces.answers.arguments import FileEdit, NewFile
from mendloop.interfaces.answers.deploy import DeploymentAnswer, StopAnswer
from mendloop.interfaces.answers.repair import GenerateAnswer, ProposeAnswer
from mendloop.interfaces.answers.report import TestAnswer
from mendloop.interfaces.calls import change
from mendloop.interfaces.mcp.look import IncidentId, TargetName
from mendloop.interfaces.mcp.progress import Reporting
from mendloop.interfaces.mcp.reply import reply
from mendloop.interfaces.mcp.sdk import Updates
from mendloop.interfaces.mcp.touched import touched
from mendloop.noun import dataclass

Proposal = Annotated[str, Field(max_length=100, description="From propose_fix or generate_fix.")]
Reason = Annotated[str, Field(min_length=1, max_length=1000, description="For the audit log.")]
Files = Annotated[list[NewFile] | None, Field(max_length=50, description="Whole new contents, or")]
Edits = Annotated[
    list[FileEdit] | None,
    Field(max_length=200, description="texts to replace, each of which occurs once, or"),
]
Diff = Annotated[
    str | None, Field(max_length=1_000_000, description="a unified diff. Exactly one of the three.")
]
Strategy = Literal["revert", "tune", "recipes", "shared"]
Mode = Literal["static", "unit", "replay", "synthetic", "generated", "performance"]


@dataclass(frozen=True, slots=True)
class Changing:
    """What the loop does to files, through the gate."""

    loop: Loop
    updates: Updates

    async def generate_fix(
        self,
        context: Context[Any, Any],
        incident: IncidentId = None,
        target: TargetName = None,
        strategy: Annotated[
            Strategy | None, Field(description="All by default, the cheapest first.")
        ] = None,
    ) -> Annotated[CallToolResult, GenerateAnswer]:
        """Search for a fix without a model.

        Known repairs, small changes to suspicious lines, and values of constants, each tested on
        the recorded calls before it is offered; best first. Use it after investigate; then read the
        change itself in mendloop://proposals/{id} before you deploy it. No file is touched. Name
        either `incident` or `target`. May take a minute.
        """
        answer = await change.generate_fix(
            self.loop,
            incident=incident,
            target=target,
            strategy=strategy,
            progress=Reporting(context),
        )
        await self.updates.publish(touched(answer))
        return reply(answer)

    async def propose_fix(
        self,
        rationale: Annotated[
            str,
            Field(min_length=1, max_length=4000, description="The cause, and why this mends it."),
        ],
        target: TargetName = None,
        incident: IncidentId = None,
        files: Files = None,
        edits: Edits = None,
        diff: Diff = None,
    ) -> Annotated[CallToolResult, ProposeAnswer]:
        """Hand in a change of your own.

        Exactly one of `files`, `edits` or `diff`, for a `target` or an `incident`. Nothing is run
        and no file is touched. Answers with the kind of change, the leave that it will need (free,
        auto, approve: one person, second: two, never), and what reading it has shown. Findings that
        block must go before test_fix can pass. The same change twice gives the same proposal.
        """
        wanted = change.Wanted(files=files, edits=edits, diff=diff)
        answer = await change.propose_fix(
            self.loop, wanted, rationale=rationale, target=target, incident=incident
        )
        await self.updates.publish(touched(answer))
        return reply(answer)

    async def test_fix(
        self,
        context: Context[Any, Any],
        proposal: Proposal,
        modes: Annotated[
            list[Mode] | None,
            Field(max_length=6, description="All by default; only a test of all can pass."),
        ] = None,
    ) -> Annotated[CallToolResult, TestAnswer]:
        """Test a proposal in a sandbox: its tests, recorded, declared and made-up calls.

        Failing calls must be mended, passing ones must keep their answers, and the code must not
        have been fitted to the test. `inconclusive` means that the evidence could not tell, never
        that all is well. What was tested is what is deployed, byte for byte. May take minutes.
        """
        answer = await change.test_fix(
            self.loop, proposal=proposal, modes=modes, progress=Reporting(context)
        )
        await self.updates.publish(touched(answer))
        return reply(answer)

    async def deploy_fix(
        self, context: Context[Any, Any], proposal: Proposal
    ) -> Annotated[CallToolResult, DeploymentAnswer]:
        """Put a tested proposal in place, within the policy.

        The old bytes are kept, every later call is watched, and the change is taken back by itself
        when it has made things worse. Where the policy asks for a person, this refuses and says
        what the person must run; no tool can give that approval. Tell the person, and wait.
        """
        answer = await change.deploy_fix(
            self.loop, proposal=proposal, by=actor(), progress=Reporting(context)
        )
        await self.updates.publish(touched(answer, *answer.targets))
        return reply(answer)

    async def rollback(
        self,
        reason: Reason,
        deployment: Annotated[str | None, Field(max_length=100)] = None,
        target: TargetName = None,
        version: Annotated[
            int | None, Field(ge=1, description="Of the target; the one before by default.")
        ] = None,
    ) -> Annotated[CallToolResult, DeploymentAnswer]:
        """Take a deployment back, or bring back an earlier version of a target, byte for byte.

        Needs no approval, and works while everything is stopped. A file that somebody has edited
        since is left alone and named. Name either `deployment` or `target`.
        """
        answer = await change.rollback(
            self.loop,
            reason=reason,
            deployment=deployment,
            target=target,
            version=version,
            by=actor(),
        )
        await self.updates.publish(touched(answer, *answer.targets))
        return reply(answer)

    async def stop(self, reason: Reason) -> Annotated[CallToolResult, StopAnswer]:
        """Emergency stop: nothing is deployed, by anybody, until a person resumes at the desk.

        Looking, testing and rollback still work. Use it when changes do harm that you cannot
        explain.
        """
        answer = await change.stop(self.loop, reason=reason, by=actor())
        await self.updates.publish(touched(answer))
        return reply(answer)
