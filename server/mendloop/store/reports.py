"""Reports: every test of every proposal."""

from dataclasses import asdict
from typing import Any

from mendloop.model.ids import Digest, ProposalId
from mendloop.model.report import Check, Disagreement, Report, Verdict
from mendloop.noun import dataclass
from mendloop.store.columns import get_json, get_text, get_time, put_json, put_text, put_time
from mendloop.store.sqlite import Parameter, Row, Statements


@dataclass(frozen=True, slots=True)
class Reports:
    """The table of reports."""

    statements: Statements

    async def add(self, report: Report) -> None:
        """Keep one more."""
        await self.statements.fetch(
            "INSERT INTO reports (proposal, verdict, body) VALUES (?, ?, ?)", *_row(report)
        )

    async def latest(self, proposal: ProposalId) -> Report | None:
        """The last one on a proposal, if it was ever tested."""
        row = await self.statements.first(
            "SELECT proposal, verdict, body FROM reports WHERE proposal = ?"
            " ORDER BY seq DESC LIMIT 1",
            put_text(proposal),
        )
        return None if row is None else _report(row)


def _row(report: Report) -> tuple[Parameter, ...]:
    body = {
        "change": report.change,
        "checks": [_put_check(check) for check in report.checks],
        "disagreements": [asdict(part) for part in report.disagreements],
        "regression_bound": report.regression_bound,
        "oracle": report.oracle,
        "cases": report.cases,
        "tier": report.tier,
        "at": put_time(report.at),
        "seconds": report.seconds,
    }
    return put_text(report.proposal), report.verdict.value, put_json(body)


def _report(row: Row) -> Report:
    proposal, verdict, kept = row
    body: dict[str, Any] = get_json(kept)
    return Report(
        proposal=ProposalId(get_text(proposal)),
        change=Digest(body["change"]),
        verdict=Verdict(verdict),
        checks=tuple(_get_check(part) for part in body["checks"]),
        disagreements=tuple(Disagreement(**part) for part in body["disagreements"]),
        regression_bound=body["regression_bound"],
        oracle=body["oracle"],
        cases=Digest(body["cases"]),
        tier=body["tier"],
        at=get_time(body["at"]),
        seconds=body["seconds"],
    )


def _put_check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "verdict": check.verdict.value,
        "summary": check.summary,
        "numbers": dict(check.numbers),
    }


def _get_check(part: dict[str, Any]) -> Check:
    return Check(
        name=part["name"],
        verdict=Verdict(part["verdict"]),
        summary=part["summary"],
        numbers=part["numbers"],
    )
