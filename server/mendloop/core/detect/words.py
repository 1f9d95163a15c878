"""A verdict as a person reads it: what, since when, how sure, how many calls it hurts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from mendloop.core.detect.verdicts import Degraded, Failing, Forecast, Outage, Slow, Verdict
from mendloop.core.stats.words import calls, percent
from mendloop.core.stats.words import seconds as duration
from mendloop.model.execution import Tally
from mendloop.model.ids import TargetName
from mendloop.model.incident import Finding, IncidentKind
from mendloop.model.rollup import KindCount

_MOST_KINDS: Final = 10
_MOST_NAMED: Final = 3
_LONGEST_NAME: Final = 40
"""Characters; a name comes from what was recorded."""
_WHOLE: Final = 10
"""From so many calls on nobody counts parts of one."""
_OWN_NAMES: Final = frozenset({"wrong answers", "timeouts", "errors", "failures"})
"""Of failures that raised nothing, or whose exception has no name."""
_IN_A_NAME: Final = frozenset("_.:/-")
"""Beside letters and digits; anything else in a target's name is not repeated."""
_SECONDS_A_DAY: Final = 86_400.0
_SHORTEST: Final = 3_600.0


def finding(verdict: Verdict, name: TargetName, kinds: Sequence[KindCount]) -> Finding:
    """One target's verdict in words.

    Args:
        verdict: What was found.
        name: The target's.
        kinds: Of its failures since the verdict's time, most frequent first.
    """
    match verdict:
        case Failing():
            return _failing(verdict, name, kinds)
        case Degraded():
            return _degraded(verdict, name, kinds)
        case Slow():
            return _slow(verdict, name)
        case Forecast():
            return _forecast(verdict, name, kinds)


def outage_finding(outage: Outage, kinds: Sequence[KindCount]) -> Finding:
    """Targets that failed together, in words.

    Args:
        outage: What was found.
        kinds: Of the failures, where their names are known.
    """
    members, failures = len(outage.members), sum(outage.failures)
    some = ", ".join(_short(name) for name in outage.members[:_MOST_NAMED])
    more = f" and {members - _MOST_NAMED} more" if members > _MOST_NAMED else ""
    known = [
        named(kind.name, kind.fingerprint)
        for kind in kinds
        if kind.fingerprint == outage.fingerprint
    ]
    what = f" with {known[0]}" if known else ""
    until = "still" if outage.open else f"until {_minute(outage.stop)}"
    span = max(outage.stop - outage.start, _SHORTEST)
    hurt = failures * _SECONDS_A_DAY / max(span, _SECONDS_A_DAY)
    return Finding(
        kind=IncidentKind.CORRELATED,
        target=outage.members[0],
        others=outage.members[1:],
        key=f"{outage.fingerprint} {outage.start}",
        summary=f"{members} targets failed together{what} ({some}{more}), since"
        f" {_minute(outage.start)}, {until}; {_calls_hurt(hurt, outage.probability)}.",
        priority=hurt * outage.probability,
        numbers={
            "targets": float(members),
            "failures": float(failures),
            "since": float(outage.start),
            "until": float(outage.stop),
            "p_value": outage.p_value,
            "probability": outage.probability,
            "hurt_a_day": hurt,
        },
        fingerprints=(outage.fingerprint,) if outage.fingerprint else (),
    )


def several(number: float) -> str:
    """How many calls in about so many words: ``379``, ``2.5``, never ``3.8e+02``."""
    return f"{number:.0f}" if number >= _WHOLE else f"{number:.2g}"


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The most urgent first; equals by target and kind, so that the order is always the same."""
    return tuple(
        sorted(findings, key=lambda found: (-found.priority, found.target, found.kind.value))
    )


def named(name: str, fingerprint: str) -> str:
    """What a kind of failure is called in a sentence of the server's own.

    The name of an exception's type is what a stranger has recorded: where it is no plain
    identifier, the fingerprint, which the server has made, stands for it.
    """
    last = name.rpartition(".")[2]
    plain = last.isascii() and last.isidentifier() and len(last) <= _LONGEST_NAME
    if name in _OWN_NAMES or plain:
        return last
    return f"kind {_plain(fingerprint)}"


def sure(probability: float) -> str:
    """How sure, such as ``99.8 % sure``; never 100 %."""
    return f"{percent(min(probability, 1 - 1e-12))} sure"


def _failing(verdict: Failing, name: TargetName, kinds: Sequence[KindCount]) -> Finding:
    now = verdict.now
    spread = f"{100 * verdict.low:.0f}-{100 * verdict.high:.0f} %"
    since = f", since {_minute(verdict.since)}" if verdict.changed else ""
    numbers = {
        **_counted(now),
        "rate_low": verdict.low,
        "rate_high": verdict.high,
    }
    if verdict.changed:
        numbers["since"] = float(verdict.since)
    said = f"Fails {percent(now.rate)} of {calls(now.calls)} ({spread}){since}{_mostly(kinds)}"
    return _finding(verdict, IncidentKind.FAILING, name, said, numbers, kinds)


def _degraded(verdict: Degraded, name: TargetName, kinds: Sequence[KindCount]) -> Finding:
    before, now = verdict.before, verdict.now
    said = (
        f"Fails {percent(now.rate)} of the last {calls(now.calls)}, {percent(before.rate)} of"
        f" the {before.calls} before; since {_minute(verdict.since)}{_mostly(kinds)}"
    )
    whole = Tally(calls=before.calls + now.calls, failures=before.failures + now.failures)
    numbers = {
        **_counted(whole),
        "baseline_calls": float(before.calls),
        "baseline_rate": before.rate,
        "recent_calls": float(now.calls),
        "recent_rate": now.rate,
        "recent_rate_low": verdict.low,
        "recent_rate_high": verdict.high,
        "since": float(verdict.since),
    }
    return _finding(verdict, IncidentKind.DEGRADED, name, said, numbers, kinds)


def _slow(verdict: Slow, name: TargetName) -> Finding:
    what = "for the slowest tenth" if verdict.tail else "in the middle"
    said = (
        f"Takes {duration(verdict.now)} {what} of the last {calls(verdict.calls_now)},"
        f" {duration(verdict.before)} before: {verdict.ratio:.1f} times as long;"
        f" since {_minute(verdict.since)}"
    )
    numbers = {
        "calls": float(verdict.calls_before + verdict.calls_now),
        "recent_calls": float(verdict.calls_now),
        "baseline_seconds": verdict.before,
        "recent_seconds": verdict.now,
        "ratio": verdict.ratio,
        "since": float(verdict.since),
    }
    return _finding(verdict, IncidentKind.SLOW, name, said, numbers, ())


def _forecast(verdict: Forecast, name: TargetName, kinds: Sequence[KindCount]) -> Finding:
    said = (
        f"Fails {percent(verdict.rate)} now and more every day since {_minute(verdict.since)}:"
        f" {percent(verdict.rate_then)} in {verdict.days:.3g} days, too many from about"
        f" {_minute(verdict.crosses)}{_mostly(kinds)}"
    )
    numbers = {
        **_counted(verdict.calls),
        "rate_now": verdict.rate,
        "rate_then": verdict.rate_then,
        "days": verdict.days,
        "crosses": float(verdict.crosses),
        "since": float(verdict.since),
    }
    return _finding(verdict, IncidentKind.FORECAST, name, said, numbers, kinds)


def _finding(
    verdict: Verdict,
    kind: IncidentKind,
    name: TargetName,
    said: str,
    numbers: Mapping[str, float],
    kinds: Sequence[KindCount],
) -> Finding:
    return Finding(
        kind=kind,
        target=name,
        summary=f"{said}; {_calls_hurt(verdict.hurt, verdict.probability)}.",
        priority=max(verdict.hurt, 0.0) * verdict.probability,
        numbers={
            **numbers,
            "probability": verdict.probability,
            "hurt_a_day": verdict.hurt,
        },
        fingerprints=tuple(each.fingerprint for each in kinds[:_MOST_KINDS] if each.fingerprint),
    )


def _counted(tally: Tally) -> dict[str, float]:
    return {
        "calls": float(tally.calls),
        "failures": float(tally.failures),
        "rate": tally.rate,
    }


def _calls_hurt(hurt: float, probability: float) -> str:
    return f"{sure(probability)}; {_a_day(hurt)} a day"


def _a_day(hurt: float) -> str:
    if hurt < 1:
        return "under 1 call hurt"
    number = f"{hurt:.2g}" if hurt < 10 else f"{hurt:.0f}"  # noqa: PLR2004  two digits say enough
    return f"{number} call{'' if number == '1' else 's'} hurt"


def _mostly(kinds: Sequence[KindCount]) -> str:
    """What the failures mostly are, by name."""
    total = sum(kind.failures for kind in kinds)
    if not total:
        return ""
    most: dict[str, int] = {}
    for kind in kinds:
        name = named(kind.name, kind.fingerprint)
        most[name] = most.get(name, 0) + kind.failures
    name, count = min(most.items(), key=lambda item: (-item[1], item[0]))
    if count == total:
        return f"; always {name}"
    return f"; {percent(count / total)} of it {name}"


def _short(name: str) -> str:
    plain = _plain(name)
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME - 1]}…"


def _plain(name: str) -> str:
    some = name[: _LONGEST_NAME + 1]
    return "".join(each if each.isalnum() or each in _IN_A_NAME else "?" for each in some)


def _minute(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
