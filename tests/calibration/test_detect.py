"""How many findings are false, and how many troubles are found, beside the rules of thumb."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from mendloop.core.detect.outage import outages
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.sweep import slowdowns, sweep
from mendloop.core.detect.verdicts import Outage, Verdicts
from tests.calibration.figures import say
from tests.calibration.fleet import NOW, SINCE, Fleet, Trouble, fleet
from tests.calibration.rising import Rising, rising

TOOLS = 5_000
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)
RISING = 4_000
FDR = 0.05
RULE = Rule(success_below=0.9, confidence=0.99, least_calls=5, recent_share=0.25, slow_factor=1.5)
DAY = 86_400

Places = set[tuple[int, int]]
"""Tools by seed and place."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is true of a fleet, what was found, and what rules of thumb say."""

    fleet: Fleet
    outages: tuple[Outage, ...]
    verdicts: Verdicts
    plain: dict[str, frozenset[int]]


@cache
def judged(seed: int) -> Judged:
    made = fleet(TOOLS, seed)
    together = outages(made.cells, now=NOW, rule=RULE)
    seen = sweep(made.heads, RULE, now=NOW, since=SINCE, outages=together)
    latencies = {place: made.latencies[place] for place in seen.look_at}
    verdicts = slowdowns(seen, latencies, RULE, now=NOW, since=SINCE)
    return Judged(made, together, verdicts, rules_of_thumb(made))


def rules_of_thumb(made: Fleet) -> dict[str, frozenset[int]]:
    calls, tools = made.calls, len(made.names)
    first = np.searchsorted(calls.target, np.arange(tools + 1))
    said: dict[str, set[int]] = {}
    for place in range(tools):
        of = slice(int(first[place]), int(first[place + 1]))
        failed, seconds, at = calls.failed[of], calls.seconds[of], calls.at[of]
        when = at[failed]
        cut = failed.size * 4 // 5
        rises = float(failed[cut:].mean()) - float(failed[:cut].mean())
        rules = {
            "success < 70 %": float(failed.mean()) > 0.3,
            "> 3 failures in 24 h": bool((when[3:] - when[:-3] <= DAY).any()),
            "10 points worse": rises > 0.1,
            "mean 1.5 times": float(seconds[cut:].mean()) > 1.5 * float(seconds[:cut].mean()),
        }
        for name, holds in rules.items():
            said.setdefault(name, set()).update({place} if holds else ())
    return {name: frozenset(places) for name, places in said.items()}


def every(*kinds: str) -> Places:
    return {(seed, place) for seed in SEEDS for place in judged(seed).fleet.of(*kinds)}


def failing_truly() -> Places:
    return {(seed, place) for seed in SEEDS for place in judged(seed).fleet.failing}


def found(kind: str) -> Places:
    verdicts = ((seed, getattr(judged(seed).verdicts, kind)) for seed in SEEDS)
    return {(seed, each.target) for seed, some in verdicts for each in some}


def plain(name: str) -> Places:
    return {(seed, place) for seed in SEEDS for place in judged(seed).plain[name]}


def told(name: str, said: Places, true: Places) -> tuple[float, float]:
    """The share of findings that are false, and the share of troubles that were found."""
    false = len(said - true) / max(len(said), 1)
    recall = len(said & true) / len(true)
    say(f"{name}: {len(said)} found, {false:.4f} of them false, recall {recall:.4f}")
    return false, recall


def test_failing_targets_are_found_with_few_false_findings() -> None:
    true = failing_truly()
    false, recall = told("failing", found("failing"), true)
    rules = [told(f"  {name}", plain(name), true) for name in ("success < 70 %",)]
    rules.append(told("  > 3 failures in 24 h", plain("> 3 failures in 24 h"), true))
    assert false <= FDR
    assert false < min(wrong for wrong, _ in rules)
    assert recall >= 0.85


def test_rarely_used_targets_that_fail_are_found() -> None:
    rare = every("rare failing")
    recall = len(found("failing") & rare) / len(rare)
    say(f"failing and rarely used: recall {recall:.4f} of {len(rare)}")
    assert recall >= 0.90


def test_degraded_targets_are_found_with_few_false_findings() -> None:
    true = every("degraded")
    false, recall = told("degraded", found("degraded"), true)
    wrong, _ = told("  10 points worse", plain("10 points worse"), true)
    assert false <= FDR < wrong
    assert recall >= 0.72


def test_slow_targets_are_found_with_few_false_findings() -> None:
    true = every("slow")
    false, recall = told("slow", found("slow"), true)
    wrong, _ = told("  mean 1.5 times", plain("mean 1.5 times"), true)
    assert false <= FDR < wrong
    assert recall >= 0.70


def test_what_has_recovered_or_was_hit_by_an_outage_is_not_called_degraded() -> None:
    degraded = found("degraded")
    recovered, hit = every("recovered"), hit_by_outages() - every("degraded")
    shares = [len(degraded & some) / len(some) for some in (recovered, hit, recovered | hit)]
    say(
        f"called degraded: recovered {shares[0]:.4f} of {len(recovered)},"
        f" members of an outage {shares[1]:.4f} of {len(hit)}, together {shares[2]:.4f}"
    )
    assert shares[2] <= 0.01
    assert shares[1] <= 0.01
    assert shares[0] <= 0.03


def hit_by_outages() -> Places:
    places: Places = set()
    for seed in SEEDS:
        made = judged(seed).fleet
        number = {name: place for place, name in enumerate(made.names)}
        members = {name for trouble in made.outages for name in trouble.members}
        places |= {(seed, number[name]) for name in members}
    return places


def alike(one: Trouble, other: Outage) -> float:
    """How much of their members two outages of one time share (Jaccard's index)."""
    if other.start >= one.stop or other.stop <= one.start:
        return 0.0
    members = frozenset(other.members)
    return len(members & one.members) / len(members | one.members)


def test_outages_are_found_with_their_members() -> None:
    real = [
        (trouble, judged(seed).outages) for seed in SEEDS for trouble in judged(seed).fleet.outages
    ]
    best = [max((alike(one, each) for each in some), default=0.0) for one, some in real]
    said = [(each, judged(seed).fleet.outages) for seed in SEEDS for each in judged(seed).outages]
    false = sum(max((alike(one, each) for one in some), default=0.0) < 0.5 for each, some in said)
    recall = float(np.mean([share >= 0.5 for share in best]))
    say(
        f"outages: {len(said)} found, {false / len(said):.4f} of them false,"
        f" recall {recall:.4f} of {len(real)}, members shared {np.mean(best):.4f}"
    )
    assert false / len(said) <= FDR
    assert recall >= 0.95


@cache
def forecasts(seed: int) -> tuple[Rising, Verdicts]:
    made = rising(RISING, seed)
    return made, sweep(made.heads, RULE, now=NOW, since=SINCE).verdicts


def straight_line(made: Rising) -> Iterator[int]:
    """The tools whose daily failure rates, on a straight line, will be above what is allowed."""
    first = np.searchsorted(made.calls.target, np.arange(len(made.kind) + 1))
    for place in range(len(made.kind)):
        of = slice(int(first[place]), int(first[place + 1]))
        days = (made.calls.at[of] - SINCE.timestamp()) / DAY
        failed = made.calls.failed[of].astype(np.float64)
        slope, level = (float(each) for each in np.polyfit(days, failed, 1))
        if level + 7 * slope <= 0.1 < level + 14 * slope:
            yield place


def test_forecasts_come_true() -> None:
    fleets = [(seed, *forecasts(seed)) for seed in SEEDS]
    true: Places = {(seed, place) for seed, made, _ in fleets for place in made.crossing}
    false, recall = told("forecast", of_all(fleets), true)
    lines = {(seed, place) for seed, made, _ in fleets for place in straight_line(made)}
    wrong, _ = told("  straight line", lines, true)
    assert false <= FDR < wrong
    assert recall >= 0.015


def of_all(fleets: Iterable[tuple[int, Rising, Verdicts]]) -> Places:
    return {(seed, each.target) for seed, _, verdicts in fleets for each in verdicts.forecast}


def test_no_forecast_is_made_for_a_fleet_whose_rates_stay() -> None:
    fleets = [judged(seed).verdicts.forecast for seed in SEEDS]
    many = sum(map(len, fleets))
    say(f"forecasts among {TOOLS * len(SEEDS)} tools whose rates do not rise: {many}")
    assert many <= len(SEEDS)
