"""What a person signs: a change and all that speaks for it, in digests.

Canonical JSON (RFC 8785), so that one manifest has one text and the bytes can be made again.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

import rfc8785

from mendloop.core.governance.policy import Asks, Budget, Policy, Tier
from mendloop.model.approval import NAMESPACE
from mendloop.model.ids import Digest, ProposalId, digest_of
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report, report_digest
from mendloop.noun import dataclass

LONGEST: Final = 256 * 1024
"""Bytes of a manifest."""
_OWN: Final = ("nonce", "at", "expires")
"""What is each manifest's own; all else must be as the records have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What is each manifest's own."""

    nonce: str
    """A random text, so that no two manifests are the same."""
    at: datetime
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One manifest, as it was read."""

    text: str
    proposal: ProposalId
    change: Digest
    report: Digest
    stamp: Stamp


def policy_digest(policy: Policy) -> Digest:
    """The digest of all that a policy says."""
    said = {
        "tiers": {kind.value: tier.value for kind, tier in policy.tiers.items()},
        "lifts": {flag.value: tier.value for flag, tier in policy.lifts.items()},
        "evidence": [policy.inconclusive.value, policy.weak_oracle.value],
        "never": [*policy.never],
        "limits": [
            [limit.most, int(limit.per.total_seconds())]
            for limit in (*policy.limits, *policy.target_limits)
        ],
        "sizes": [policy.most_changed_lines, policy.most_files],
        "seconds": [
            int(policy.cool_down.total_seconds()),
            int(policy.approval_lasts.total_seconds()),
        ],
        "asks": _asks(policy.asks),
        "budget": _budget(policy.budget),
    }
    return digest_of(b"mendloop-policy/1\n" + rfc8785.dumps(cast("Any", said)))


def _asks(asks: Asks) -> dict[str, Any]:
    return {
        "paths": {glob: tier.value for glob, tier in asks.paths.items()},
        "targets": {glob: tier.value for glob, tier in asks.targets.items()},
        "effects": {effect.value: tier.value for effect, tier in asks.effects.items()},
        "powers": {power.value: tier.value for power, tier in asks.powers.items()},
        "oracles": {oracle: tier.value for oracle, tier in asks.oracles.items()},
        "evidence": [asks.left_out.value, asks.wide_bound.value, asks.bound_above],
    }


def _budget(budget: Budget) -> dict[str, Any]:
    limits = (*budget.cycles, budget.tests, budget.cpu, budget.tokens)
    return {
        "limits": [[limit.most, int(limit.per.total_seconds())] for limit in limits],
        "sizes": [budget.disk_mb, budget.memory_mb, budget.rollouts],
        "circuit": [
            budget.target_failures,
            budget.failures,
            int(budget.pause.total_seconds()),
        ],
    }


def manifest_text(
    proposal: Proposal, report: Report, tier: Tier, policy: Policy, stamp: Stamp
) -> str:
    """The text to be signed."""
    said = {**_said(proposal, report, tier, policy), "nonce": stamp.nonce}
    said |= {"at": stamp.at.isoformat(), "expires": stamp.expires.isoformat()}
    return rfc8785.dumps(cast("Any", said)).decode()


def read_manifest(text: str) -> Manifest | str:
    """Read a manifest, or say what is wrong with it."""
    if len(text.encode(errors="replace")) > LONGEST:
        return "it is too long"
    try:
        said = json.loads(text)
        if not isinstance(said, dict) or rfc8785.dumps(cast("Any", said)).decode() != text:
            return "it is not in the canonical form in which it was written"
        fields = cast("dict[str, Any]", said)
        if fields.get("type") != NAMESPACE:
            return "it is of another type"
        at, expires = (datetime.fromisoformat(fields[name]) for name in ("at", "expires"))
        names = [fields[name] for name in ("proposal", "change", "report", "nonce")]
    except (ValueError, KeyError, TypeError, RecursionError, rfc8785.CanonicalizationError):
        return "it cannot be read"
    if at.tzinfo is None or expires.tzinfo is None or not all(isinstance(n, str) for n in names):
        return "it cannot be read"
    proposal, change, report, nonce = names
    return Manifest(
        text=text,
        proposal=ProposalId(proposal),
        change=Digest(change),
        report=Digest(report),
        stamp=Stamp(nonce=nonce, at=at, expires=expires),
    )


def differences(
    manifest: Manifest, proposal: Proposal, report: Report, tier: Tier, policy: Policy
) -> Sequence[str]:
    """What a manifest says otherwise than the records now do; nothing where all holds."""
    told = cast("dict[str, Any]", json.loads(manifest.text))
    now = _said(proposal, report, tier, policy)
    return sorted(
        name
        for name in {*told, *now} - {*_OWN}
        if name not in told or name not in now or told[name] != now[name]
    )


def _said(proposal: Proposal, report: Report, tier: Tier, policy: Policy) -> dict[str, Any]:
    return {
        "type": NAMESPACE,
        "proposal": proposal.id,
        "change": proposal.change,
        "files": [
            {"path": file.path, "old": file.old or "", "new": file.new} for file in proposal.files
        ],
        "targets": [*proposal.targets],
        "report": report_digest(report),
        "verdict": report.verdict.value,
        "oracle": report.oracle,
        "cases": report.cases,
        "sandbox": report.tier,
        "tier": tier.value,
        "policy": policy_digest(policy),
    }
