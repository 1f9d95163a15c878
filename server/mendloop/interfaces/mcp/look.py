"""The tools that look. They change nothing of the user's, and keep notes of what they saw."""

from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult
from pydantic import Field

from mendloop.app.loop import Loop
from mendloop.interfaces.answers.detect import DetectAnswer
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.interfaces.answers.status import StatusAnswer
from mendloop.interfaces.calls import look
from mendloop.interfaces.calls.probed import Probed
from mendloop.interfaces.mcp.progress import Reporting
from mendloop.interfaces.mcp.reply import reply
from mendloop.interfaces.mcp.sdk import Updates
from mendloop.interfaces.mcp.touched import touched
from mendloop.noun import dataclass

IncidentId = Annotated[str | None, Field(max_length=100, description="From detect.")]
TargetName = Annotated[
    str | None, Field(max_length=200, description="Such as pricing.quote; see mendloop://targets.")
]
Hours = Annotated[
    float | None,
    Field(gt=0, le=24 * 366, description="How far back to look; a week by default."),
]


@dataclass(frozen=True, slots=True)
class Looking:
    """What a read-only server offers."""

    loop: Loop
    updates: Updates
    probed: Probed

    async def status(self) -> Annotated[CallToolResult, StatusAnswer]:
        """Say how things stand, and what to do next.

        Open incidents, proposals that wait, deployments under watch, how many more the limits
        allow, whether all is stopped. Call this first, and whenever you are unsure where an
        improvement stands.
        """
        return reply(await look.status(self.loop, self.probed))

    async def detect(
        self, target: TargetName = None, window_hours: Hours = None
    ) -> Annotated[CallToolResult, DetectAnswer]:
        """Find the tools that fail, fail more often than before, or have grown slow.

        From their recorded calls; most urgent first, with the numbers behind each finding. Calls
        before the last deployment of a target do not count, because they say nothing of the version
        in force. Too few calls are no finding and no recovery. Looks at every target, or at one.
        """
        answer = await look.detect(self.loop, target=target, window_hours=window_hours)
        await self.updates.publish(touched(answer))
        return reply(answer)

    async def investigate(
        self,
        context: Context[Any, Any],
        incident: IncidentId = None,
        target: TargetName = None,
    ) -> Annotated[CallToolResult, InvestigateAnswer]:
        """Find the likely cause of an incident.

        Makes recorded failures again in a sandbox first, and says so where that fails. Then: kinds
        of failure, the smallest inputs that still fail, suspicious lines, where failing and passing
        runs part, what changed before, what sets failures apart, the layer at fault and how sure,
        earlier incidents like it, and the source as it stands. Your files are
        not touched. Name either `incident` or `target`. May take up to a minute.
        """
        answer = await look.investigate(
            self.loop, incident=incident, target=target, progress=Reporting(context)
        )
        await self.updates.publish(touched(answer))
        return reply(answer)
