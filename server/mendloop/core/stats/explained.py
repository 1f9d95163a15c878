"""Pulses without the failures that have an explanation: they say nothing of the targets."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mendloop.core.stats.arrays import FloatArray, IntArray, floats, integers, running
from mendloop.core.stats.pulses import Pulses, firsts
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True)
class Explained:
    """Failures of some targets within one stretch of time."""

    targets: tuple[int, ...]
    failures: tuple[int, ...]
    """Of each."""
    start: int
    stop: int
    """Seconds since 1970; exclusive."""


def without(pulses: Pulses, explained: Sequence[Explained]) -> Pulses:
    """The pulses less these failures, as if those calls had not been made."""
    calls, failures = pulses.calls.copy(), pulses.failures.copy()
    for each in explained:
        targets = integers(each.targets)
        rows, of = _within(pulses, targets, each.start, each.stop)
        taken = _taken(failures[rows], of, floats(each.failures))
        failures[rows] -= taken
        calls[rows] -= taken
    return replace(pulses, calls=calls, failures=failures)


def _within(pulses: Pulses, targets: IntArray, start: int, stop: int) -> tuple[IntArray, IntArray]:
    """The buckets of some targets that touch a stretch of time, and whose each is."""
    sizes = pulses.first[targets + 1] - pulses.first[targets]
    of = np.repeat(np.arange(targets.size), sizes)
    begin = firsts(of, targets.size)[:-1]
    rows = np.arange(of.size) - begin[of] + pulses.first[targets][of]
    touching = (pulses.start[rows] < stop) & (pulses.start[rows] + pulses.width[rows] > start)
    return rows[touching], of[touching]


def _taken(present: FloatArray, of: IntArray, wanted: FloatArray) -> FloatArray:
    """From each target's buckets as much as is there, the oldest first, until it is enough."""
    sums = running(present)
    before = sums[:-1] - sums[firsts(of, wanted.size)[:-1]][of]
    return floats(np.clip(wanted[of] - before, 0.0, present))
