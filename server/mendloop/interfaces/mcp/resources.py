"""The resources: everything that an answer leaves out, as JSON."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from mcp.server import MCPServer

from mendloop.app.read import Reader
from mendloop.app.survey import Surveyor
from mendloop.errors import InvalidInput, NotFound
from mendloop.interfaces.answers import documents
from mendloop.interfaces.answers.standing import standing_document
from mendloop.interfaces.answers.stats import stats_document
from mendloop.interfaces.answers.status import StatusAnswer
from mendloop.interfaces.answers.text import compact
from mendloop.interfaces.calls.probed import Probed
from mendloop.interfaces.mcp.boundary import reading
from mendloop.model.execution import Outcome
from mendloop.noun import dataclass
from mendloop.policy_file import write_policy

_JSON: Final = "application/json"
_SVG: Final = "image/svg+xml"
_WEEK: Final = timedelta(days=7)
_EXECUTIONS: Final = 20
_ENTRIES: Final = 50

_Read = Callable[..., Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Reads one resource each. Every method may raise what its reader raises."""

    reader: Reader
    surveyor: Surveyor
    probed: Probed

    async def status(self) -> str:
        """How things stand: what the tool `status` says."""
        with reading("mendloop://status"):
            tier = await self.probed.tier()
            return StatusAnswer.of(await self.reader.status(), tier).text()

    async def policy(self) -> str:
        """What the loop may do on its own: tiers by kind of change, lifts, limits, never."""
        with reading("mendloop://policy"):
            standing = [standing_document(each) for each in await self.reader.standing()]
            return compact({**write_policy(self.reader.policy), "standing": standing})

    async def targets(self) -> str:
        """Every target that is declared or was recorded, with its calls and failures."""
        with reading("mendloop://targets"):
            views = await self.reader.targets()
            return compact({"targets": [documents.target_document(view) for view in views]})

    async def target(self, target: str) -> str:
        """One target: what is declared of it, and its record in numbers."""
        with reading(f"mendloop://targets/{target}"):
            return compact(documents.target_document(await self.reader.target(target)))

    async def executions(
        self, target: str, outcome: str = "", since: str = "", cursor: str = ""
    ) -> str:
        """Calls of one target in a line each, newest first; outcome: ok, error, timeout, wrong."""
        with reading(f"mendloop://targets/{target}/executions"):
            await self.reader.target(target)
            rows = await self.reader.executions(
                target,
                outcomes=None if not outcome else [_outcome(outcome)],
                since=None if not since else _time(since),
                before=None if not cursor else _number(cursor),
                limit=_EXECUTIONS,
            )
            asked = {"outcome": outcome, "since": since}
            return compact(
                documents.executions_document(target, rows, limit=_EXECUTIONS, asked=asked)
            )

    async def stats(self, target: str) -> str:
        """One target's last 7 days in numbers: calls, failures, durations, kinds, over time."""
        with reading(f"mendloop://targets/{target}/stats"):
            known = (await self.reader.target(target)).name
            return compact(stats_document(await self.surveyor.stats(known, window=_WEEK)))

    async def chart(self, target: str) -> str:
        """One target's last 7 days as a picture (SVG): calls and failures over time."""
        with reading(f"mendloop://targets/{target}/chart"):
            from mendloop.interfaces.web.charts import (  # noqa: PLC0415  Jinja loads with it
                bars_svg,
            )

            known = (await self.reader.target(target)).name
            stats = await self.surveyor.stats(known, window=_WEEK)
            title = f"{stats.target}: {stats.calls} calls, {stats.failures} failed in 7 days"
            return bars_svg(stats.bars, stats.width, title=title)

    async def versions(self, target: str) -> str:
        """Every version of one target, newest first; rollback takes their numbers."""
        with reading(f"mendloop://targets/{target}/versions"):
            await self.reader.target(target)
            view = await self.reader.versions_view(target)
            return compact(documents.versions_document(target, view))

    async def execution(self, id: str) -> str:  # noqa: A002  the contract's own name
        """One call, whole: arguments, result or error, times, version."""
        with reading(f"mendloop://executions/{id}"):
            return compact(documents.execution_document(await self.reader.execution(id)))

    async def incident(self, id: str) -> str:  # noqa: A002
        """One incident, with the newest diagnosis of its target and all proposals for it."""
        with reading(f"mendloop://incidents/{id}"):
            incident, diagnosis = await self.reader.incident(id)
            proposed = await self.reader.attempts(id)
            return compact(documents.incident_document(incident, diagnosis, proposed))

    async def proposal(self, id: str) -> str:  # noqa: A002
        """One proposal, with its rationale, its findings and its change as a diff."""
        with reading(f"mendloop://proposals/{id}"):
            proposal, files = await self.reader.proposal(id)
            rejection = await self.reader.rejection(id)
            return compact(documents.proposal_document(proposal, files, rejection))

    async def report(self, id: str) -> str:  # noqa: A002
        """The newest test of one proposal, whole."""
        with reading(f"mendloop://proposals/{id}/report"):
            report = await self.reader.report(id)
            if report is None:
                raise NotFound(f"{id} was not tested yet.", hint="Call test_fix.")
            return compact(documents.report_document(report))

    async def deployment(self, id: str) -> str:  # noqa: A002
        """One deployment, with its watches and its change as a diff."""
        with reading(f"mendloop://deployments/{id}"):
            return compact(documents.deployment_document(*await self.reader.deployment(id)))

    async def audit(self, cursor: str = "") -> str:
        """The append-only log of what was decided and done, oldest first."""
        with reading("mendloop://audit"):
            after = 0 if not cursor else _number(cursor)
            entries = await self.reader.audit(after=after, limit=_ENTRIES)
            return compact(documents.audit_document(entries, limit=_ENTRIES))


def add_resources(
    server: MCPServer[Any], reader: Reader, surveyor: Surveyor, probed: Probed
) -> None:
    """Register all resources, in the order in which a client sees them."""
    shelf = Shelf(reader, surveyor, probed)
    table: tuple[tuple[str, str, _Read], ...] = (
        ("mendloop://status", "Status", shelf.status),
        ("mendloop://policy", "Policy", shelf.policy),
        ("mendloop://targets", "Targets", shelf.targets),
        ("mendloop://targets/{target}", "Target", shelf.target),
        (
            "mendloop://targets/{target}/executions{?outcome,since,cursor}",
            "Executions of a target",
            shelf.executions,
        ),
        ("mendloop://targets/{target}/stats", "Statistics of a target", shelf.stats),
        ("mendloop://targets/{target}/chart", "Chart of a target", shelf.chart),
        ("mendloop://targets/{target}/versions", "Versions of a target", shelf.versions),
        ("mendloop://executions/{id}", "Execution", shelf.execution),
        ("mendloop://incidents/{id}", "Incident", shelf.incident),
        ("mendloop://proposals/{id}", "Proposal", shelf.proposal),
        ("mendloop://proposals/{id}/report", "Report on a proposal", shelf.report),
        ("mendloop://deployments/{id}", "Deployment", shelf.deployment),
        ("mendloop://audit{?cursor}", "Audit log", shelf.audit),
    )
    for uri, title, read in table:
        form = _SVG if uri.endswith("/chart") else _JSON
        server.resource(uri, title=title, mime_type=form, description=read.__doc__)(read)


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text)
    except ValueError as error:
        raise InvalidInput(
            f"There is no outcome {text[:50]!r}.", hint=f"Known: {', '.join(Outcome)}."
        ) from error


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"{text[:50]!r} is no time.", hint="Write it as 2026-11-21T01:19:16Z."
        ) from error
    if at.tzinfo is None:
        raise InvalidInput(f"{text[:50]!r} has no time zone.", hint="End it with Z for UTC.")
    return at


def _number(text: str) -> int:
    longest = 18
    if text.isascii() and text.isdigit() and len(text) <= longest:
        return int(text)
    raise InvalidInput(f"{text[:50]!r} is no cursor.", hint="Take the one of the page before.")
