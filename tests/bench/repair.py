"""What the search mends of faults that were planted or put in by hand, and how sure it is rightly.

    python -m tests.bench.repair [--faults N] [--seconds S] [--seed K] [--only planted|tools]

One core. Every fault goes through the real loop; the best proposal is then judged on inputs that
it has not seen, by the version without the fault. Times are those of the wall; beside them stands
the processor time of the server and its sandboxes, which other load on the machine does not
stretch. The exit code is 0.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import timedelta
from statistics import median
from typing import Final

import anyio

from mendloop.app.found import Standing
from tests.repair.cabinet import TOOLS, patient
from tests.repair.clinic import Outcome, treat
from tests.repair.crop import Patient, grow
from tests.repair.shelf import LIBRARIES

_FAULTS: Final = 100
_SECONDS: Final = 30.0
_WIDTH: Final = 22
_TARGET: Final = 2.0
"""Seconds from the question to the right change, tested."""


def main(words: Sequence[str]) -> None:
    """Mend, judge, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.repair")
    parser.add_argument("--faults", type=int, default=_FAULTS)
    parser.add_argument("--seconds", type=float, default=_SECONDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("planted", "tools"))
    parser.add_argument("--loud", action="store_true", help="tell of every fault")
    asked = parser.parse_args(words)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    anyio.run(_measured, asked)


async def _measured(asked: argparse.Namespace) -> None:
    budget = timedelta(seconds=asked.seconds)
    if asked.only != "tools":
        outcomes = [one async for one in _all(_planted(asked), budget, loud=asked.loud)]
        _tell(f"planted faults, seed {asked.seed}", outcomes, lambda one: one.patient.library)
        _table("by kind", outcomes, lambda one: one.patient.kind)
    if asked.only != "planted":
        outcomes = [one async for one in _all(_by_hand(asked), budget, loud=asked.loud)]
        _tell(
            f"tools with faults by hand, seed {asked.seed}", outcomes, lambda one: one.patient.kind
        )


async def _planted(asked: argparse.Namespace) -> AsyncIterator[Patient]:
    for place, library in enumerate(LIBRARIES):
        share = asked.faults // len(LIBRARIES) + (place < asked.faults % len(LIBRARIES))
        for one in await grow(library, share, asked.seed):
            yield one


async def _by_hand(asked: argparse.Namespace) -> AsyncIterator[Patient]:
    for tool in TOOLS:
        yield await patient(tool, asked.seed)


async def _all(
    patients: AsyncIterator[Patient], budget: timedelta, *, loud: bool
) -> AsyncIterator[Outcome]:
    async for one in patients:
        outcome = await treat(one, budget=budget)
        if loud:
            _say(_line(outcome))
        yield outcome


def _line(one: Outcome) -> str:
    made = "right" if one.first_right else "wrong" if one.found else "none"
    sure = one.made.proposals[0].standing.value if one.found else one.made.stopped.value
    name = f"{one.patient.library} {one.patient.function} ({one.patient.kind})"
    said = f"{name}: {made}, {sure}, {one.seconds:.1f} s, {one.made.tried} of {one.made.space}"
    return said if one.first_right else f"{said}\n    {one.patient.slip}\n    {one.shown}"


def _tell(title: str, outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> None:
    sure = [one for one in outcomes if _confirmed(one)]
    right = [one.seconds for one in outcomes if one.first_right]
    first = [seconds for one in outcomes for seconds in _searched(one)]
    cpu = [one.cpu for one in outcomes if one.first_right]
    whole = median(right) if right else 0
    _say(
        f"\n{title}: {len(outcomes)} faults\n"
        f"  a change that does what all known calls want   {_share(o.found for o in outcomes)}\n"
        f"  the right one ranked first                     {_share(o.first_right for o in outcomes)}\n"
        f"  right, of those called confirmed               {_share(o.first_right for o in sure)}\n"
        f"  a faulty line among the first three suspects   {_share(o.located for o in outcomes)}\n"
        f"  median time of the search to it                {median(first) if first else 0:.2f} s\n"
        f"  median time of all, whole tests included       {whole:.2f} s"
        f"  target under {_TARGET:g} s: {'met' if whole < _TARGET else 'NOT MET'}\n"
        f"  median processor time of that                  {median(cpu) if cpu else 0:.2f} s\n"
        f"  processor time of all faults                   {sum(one.cpu for one in outcomes):.0f} s"
    )
    _table("", outcomes, key)


def _table(title: str, outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> None:
    rows: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        rows[key(one)].append(one)
    _say(f"\n  {title:<{_WIDTH}} faults  found  right  confirmed  located")
    for name, some in sorted(rows.items()):
        sure = [one for one in some if _confirmed(one)]
        _say(
            f"  {name:<{_WIDTH}} {len(some):6} {sum(o.found for o in some):6}"
            f" {sum(o.first_right for o in some):6}"
            f" {sum(o.first_right for o in sure):6}/{len(sure):<3}"
            f" {sum(o.located for o in some):6}"
        )


def _searched(one: Outcome) -> list[float]:
    """The seconds to the first change, where the best one is right."""
    after = one.made.found_after
    return [] if after is None or not one.first_right else [after.total_seconds()]


def _confirmed(one: Outcome) -> bool:
    return one.found and one.made.proposals[0].standing is Standing.CONFIRMED


def _share(every: Iterable[bool]) -> str:
    some = list(every)
    return f"{sum(some) / len(some):6.1%} ({sum(some)} of {len(some)})" if some else "  none"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
