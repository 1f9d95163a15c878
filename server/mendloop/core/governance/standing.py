"""What a standing approval says, and whether it covers a change.

It is for the tier ``approve`` alone: what needs two people, or is never done, no one can let
through beforehand.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, cast

import rfc8785

from mendloop.core.governance.decide import Request, flags_of, tier_of
from mendloop.core.governance.globs import named_by, within
from mendloop.core.governance.policy import Policy, Tier
from mendloop.model.ids import Digest, digest_of
from mendloop.model.proposal import ChangeKind, Flag
from mendloop.model.report import Verdict
from mendloop.model.standing import STANDING, StandingId, Terms
from mendloop.noun import dataclass

LASTS: Final = timedelta(days=90)
"""A standing approval is given for at most so long: what nobody renews should end."""
LONGEST: Final = 64 * 1024
"""Bytes of a document."""
STRENGTHS: Final = ("expected", "recorded", "invariant", "no_crash", "structure", "none")
"""What can carry a verdict, the strongest first."""
_VERDICTS: Final = (Verdict.PASSED, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One document, as it was read."""

    records: str
    """The name of the records for which it was given: it counts in no others."""
    terms: Terms
    policy: Digest
    nonce: str
    at: datetime
    expires: datetime


def grant_text(grant: Grant) -> str:
    """The text to be signed, in canonical form (RFC 8785)."""
    terms = grant.terms
    said = {
        "type": STANDING,
        "records": grant.records,
        "kinds": [kind.value for kind in terms.kinds],
        "targets": [*terms.targets],
        "paths": [*terms.paths],
        "flags": [flag.value for flag in terms.flags],
        "changed_lines": terms.changed_lines,
        "verdict": terms.verdict.value,
        "oracle": terms.oracle,
        "per_day": terms.per_day,
        "total": terms.total,
        "policy": grant.policy,
        "nonce": grant.nonce,
        "at": grant.at.isoformat(),
        "expires": grant.expires.isoformat(),
    }
    return rfc8785.dumps(cast("Any", said)).decode()


def standing_id(text: str) -> StandingId:
    """The name of a document, which is the beginning of its digest."""
    return StandingId(f"s-{digest_of(text.encode(errors='replace'))[:10]}")


def read_grant(text: str) -> Grant | str:
    """Read a document, or say what is wrong with it."""
    if len(text.encode(errors="replace")) > LONGEST:
        return "it is too long"
    try:
        said = cast("dict[str, Any]", json.loads(text))
        grant = Grant(
            records=str(said["records"]),
            terms=_terms(said),
            policy=Digest(str(said["policy"])),
            nonce=str(said["nonce"]),
            at=datetime.fromisoformat(said["at"]),
            expires=datetime.fromisoformat(said["expires"]),
        )
        # what is not written exactly so says more, or otherwise, than was read
        if grant_text(grant) != text:
            return "it is not in the canonical form in which it was written"
    except (ValueError, KeyError, TypeError, RecursionError, rfc8785.CanonicalizationError):
        return "it cannot be read"
    if grant.at.tzinfo is None or grant.expires.tzinfo is None:
        return "it cannot be read"
    wrong = next(_wrong(grant), None)
    return grant if wrong is None else wrong


def outside(terms: Terms, request: Request, policy: Policy) -> tuple[str, ...]:
    """Why a change is not one of those that were let through; nothing where it is."""
    return tuple(_outside(terms, request, policy))


def _outside(terms: Terms, request: Request, policy: Policy) -> Iterator[str]:
    tier, _ = tier_of(request, policy)
    more = flags_of(request, policy) - {*terms.flags}
    holds = {
        f"its tier is {tier}": tier is Tier.APPROVE,
        f"it is a {request.kind}": request.kind in terms.kinds,
        "its targets": _all(named_by(name, terms.targets) for name in request.targets),
        "its files": _all(within(path, terms.paths) for path in request.paths),
        f"it is flagged {', '.join(sorted(more))}": not more,
        f"it changes {request.changed_lines} lines": request.changed_lines <= terms.changed_lines,
        "its test": request.verdict in {Verdict.PASSED, terms.verdict},
        f"only {request.oracle} speaks for it": _rank(request.oracle) <= _rank(terms.oracle),
    }
    return (reason for reason, held in holds.items() if not held)


def _all(held: Iterable[bool]) -> bool:
    """Whether there is something, and all of it holds."""
    seen = [*held]
    return bool(seen) and all(seen)


def _rank(oracle: str) -> int:
    return STRENGTHS.index(oracle) if oracle in STRENGTHS else len(STRENGTHS)


def _terms(said: dict[str, Any]) -> Terms:
    return Terms(
        kinds=tuple(ChangeKind(kind) for kind in said["kinds"]),
        targets=_texts(said["targets"]),
        paths=_texts(said["paths"]),
        flags=tuple(Flag(flag) for flag in said["flags"]),
        changed_lines=_count(said["changed_lines"]),
        verdict=Verdict(said["verdict"]),
        oracle=str(said["oracle"]),
        per_day=_count(said["per_day"]),
        total=_count(said["total"]),
    )


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(str(each) for each in cast("list[object]", value))


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _wrong(grant: Grant) -> Iterator[str]:
    """What makes a document say nothing, or too much."""
    terms = grant.terms
    for name, named in (("kind", terms.kinds), ("target", terms.targets), ("path", terms.paths)):
        if not named:
            yield f"it names no {name}"
    if min(terms.changed_lines, terms.per_day, terms.total) < 1:
        yield "one of its limits is none"
    if terms.verdict not in _VERDICTS:
        yield "it lets through what did not pass"
    if terms.oracle not in STRENGTHS:
        yield f"there is no evidence called {terms.oracle[:40]}"
    if not grant.at < grant.expires <= grant.at + LASTS:
        yield f"it must end, within {LASTS.days} days"
