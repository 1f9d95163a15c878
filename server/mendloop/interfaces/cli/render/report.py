"""A whole report, and a whole proposal: what a person reads before they decide."""

from collections.abc import Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from mendloop.app.views import FileTexts
from mendloop.core.governance.policy import Tier
from mendloop.core.stats.words import seconds as duration
from mendloop.interfaces.cli.render.console import facts, head, section, table
from mendloop.interfaces.cli.render.diff import diff
from mendloop.interfaces.cli.render.looks import numbers
from mendloop.interfaces.cli.render.words import counted, share, verdict_line, word
from mendloop.model.approval import Rejection
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report

_LEAVE: Final = {
    Tier.FREE: "which needs nobody's approval",
    Tier.AUTO: "which needs nobody's approval, within the limits",
    Tier.APPROVE: "which needs one person's approval",
    Tier.SECOND: "which needs the approval of two different people",
    Tier.NEVER: "which is not deployed, whoever approves it",
}

Parts = tuple[RenderableType | None, ...]


def proposal_parts(
    proposal: Proposal, files: Sequence[FileTexts], rejection: Rejection | None = None
) -> Parts:
    """What would change, why, and what reading it has shown."""
    return (
        head(proposal.id, ", ".join(proposal.targets)),
        facts(
            (
                ("made by", proposal.origin),
                ("at", proposal.at.isoformat(timespec="seconds")),
                ("incident", proposal.incident),
                ("kind", f"{proposal.kind}, {counted(proposal.changed_lines, 'line')}"),
                ("risks", ", ".join(sorted(each.replace("_", " ") for each in proposal.flags))),
                ("change", proposal.change),
                ("rationale", proposal.rationale),
                (
                    "rejected",
                    None if rejection is None else f"by {rejection.by}: {rejection.reason}",
                ),
            )
        ),
        *section(
            "found by reading",
            table(
                ("blocks", "rule", "where", "message"),
                (
                    (
                        "yes" if each.blocks else "no",
                        each.rule,
                        f"{each.path}:{each.line}",
                        each.message,
                    )
                    for each in proposal.findings
                ),
            ),
        ),
        *(part for file in files for part in (Text(""), diff(file))),
    )


def report_parts(report: Report | None) -> Parts:
    """Every check with its numbers, and every call that came out otherwise."""
    if report is None:
        return (Text(""), Text("not tested"))
    bound = share(report.regression_bound)
    return (
        *section(
            "checks",
            table(
                ("check", "verdict", "summary", "numbers"),
                (
                    (each.name, word(each.verdict), each.summary, numbers(each.numbers))
                    for each in report.checks
                ),
            ),
        ),
        *section(
            "calls that it answers otherwise",
            table(
                ("call", "wanted", "got", "why"),
                ((each.call, each.wanted, each.got, each.why) for each in report.disagreements),
            ),
        ),
        Text(""),
        facts(
            (
                (
                    "tested",
                    f"{report.at.isoformat(timespec='seconds')}, {duration(report.seconds)}",
                ),
                ("sandbox tier", report.tier),
                ("evidence", report.oracle),
                (
                    "bound",
                    bound and f"with 95 % confidence at most {bound} of such calls get worse",
                ),
            )
        ),
        verdict_line(report.verdict),
    )


def tier_parts(tier: Tier, reasons: Sequence[str]) -> Parts:
    """How much leave the change needs, and why."""
    line = Text.assemble(("tier: ", "bold"), word(tier), f", {_LEAVE[tier]}")
    return (line, facts((("because", "; ".join(reasons)),)))
