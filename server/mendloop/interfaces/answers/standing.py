"""Standing approvals, for a model or a person to read."""

from typing import Any

from mendloop.app.standing import InForce
from mendloop.interfaces.answers.base import name
from mendloop.model.standing import Terms


def standing_document(found: InForce) -> dict[str, Any]:
    """One that is in force, and how much of it is left."""
    return {
        "id": found.given.id,
        "by": name(found.by),
        **terms_document(found.grant.terms),
        "used_today": found.today,
        "used": found.used,
        "left_now": found.left,
        "expires": found.grant.expires.isoformat(),
    }


def terms_document(terms: Terms) -> dict[str, Any]:
    """Which changes it lets through."""
    return {
        "kinds": [kind.value for kind in terms.kinds],
        "targets": [*terms.targets],
        "paths": [*terms.paths],
        "flags": [flag.value for flag in terms.flags],
        "changed_lines": terms.changed_lines,
        "verdict": terms.verdict.value,
        "oracle": terms.oracle,
        "per_day": terms.per_day,
        "total": terms.total,
    }


def terms_text(terms: Terms) -> str:
    """The same in a line."""
    flagged = f", flagged {', '.join(terms.flags)}" if terms.flags else ""
    return (
        f"{', '.join(terms.kinds)} of {', '.join(terms.targets)} in {', '.join(terms.paths)}"
        f"{flagged}; at most {terms.changed_lines} lines; its test at least {terms.verdict}, on at "
        f"least {terms.oracle}; {terms.per_day} a day, {terms.total} in all"
    )
