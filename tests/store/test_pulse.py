from collections import defaultdict
from struct import calcsize, iter_unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.model.pulse import (
    ENTRY,
    KEPT,
    LATENCY,
    Call,
    add,
    add_latencies,
    cut,
    minute,
    newest,
    pack_bins,
    tallied,
    unpack_bins,
)
from mendloop.model.sketch import index
from tests.pulses import fold, unfold

DAY = 86400
TIMES = st.one_of(
    st.integers(1_700_000_000, 1_700_000_000 + 7200),
    st.integers(1_700_000_000, 1_700_000_000 + 900 * DAY),
    st.integers(-(10**11), 10**12),
)
CALLS = st.tuples(TIMES, st.booleans(), st.sampled_from([0.0, -1.0, 0.001, 0.02, 1.0, 30.0]))
MANY = st.lists(CALLS, max_size=60)


def by_definition(calls: list[Call]) -> list[tuple[int, ...]]:
    """The pulse of calls, straight from the rule."""
    if not calls:
        return []
    now = max(minute(at) for at, _, _ in calls)
    buckets: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for at, failed, seconds in calls:
        here = minute(at)
        level = next(k for k in range(64) if (now >> k) - (here >> k) < KEPT)
        log = index(seconds) if not failed and seconds > 0 else None
        tally = buckets[(here >> level << level) * 60, level]
        new = [1, failed, log is not None, log or 0, (log or 0) ** 2]
        buckets[(here >> level << level) * 60, level] = [
            a + b for a, b in zip(tally, new, strict=True)
        ]
    return sorted((*key, *tally) for key, tally in buckets.items())


def latencies_by_definition(calls: list[Call]) -> list[tuple[int, ...]]:
    now = max((minute(at) for at, _, _ in calls), default=0)
    counts: dict[tuple[int, int, int], int] = defaultdict(int)
    for at, failed, seconds in calls:
        if not failed and seconds > 0:
            here = minute(at)
            level = next(k for k in range(64) if (now >> k) - (here >> k) < KEPT)
            counts[(here >> level << level) * 60, level, index(seconds) >> 2] += 1
    return sorted((*key, count) for key, count in counts.items())


def fold_both(pulse: bytes, latencies: bytes, calls: list[Call]) -> tuple[bytes, bytes]:
    tallies, bins = tallied(calls)
    before = newest(pulse)
    pulse = add(pulse, tallies)
    return pulse, add_latencies(latencies, bins, before=before, now=newest(pulse))


@given(batches=st.lists(MANY, max_size=5), order=st.data())
def test_a_pulse_is_a_function_of_the_calls_whatever_their_order_and_batches(
    batches: list[list[Call]], order: st.DataObject
) -> None:
    pulse = latencies = b""
    for batch in batches:
        pulse, latencies = fold_both(pulse, latencies, batch)
    calls = [call for batch in batches for call in batch]
    assert list(iter_unpack(ENTRY, pulse)) == by_definition(calls)
    assert list(iter_unpack(LATENCY, latencies)) == latencies_by_definition(calls)
    calls = order.draw(st.permutations(calls))
    assert fold(fold(b"", calls[::2]), calls[1::2]) == pulse


@given(calls=MANY, more=MANY)
def test_calls_taken_out_leave_what_the_others_would_have_given(
    calls: list[Call], more: list[Call]
) -> None:
    # as long as the newest minute stays
    last = (max((at for at, _, _ in [*calls, *more]), default=0), True, 0.0)
    assert unfold(fold(b"", [last, *calls, *more]), more) == fold(b"", [last, *calls])


@given(calls=MANY, at=TIMES, seconds=st.sampled_from([0.0, 0.02, 1.0]))
def test_a_call_that_turns_out_wrong_moves_within_its_bucket(
    calls: list[Call], at: int, seconds: float
) -> None:
    before = fold(b"", [*calls, (at, False, seconds)])
    after = fold(b"", [*calls, (at, True, seconds)])
    assert unfold(fold(before, [(at, True, seconds)]), [(at, False, seconds)]) == after


@given(calls=st.lists(CALLS, min_size=1, max_size=60), gone=MANY)
def test_when_the_newest_calls_go_the_newer_part_is_folded_anew(
    calls: list[Call], gone: list[Call]
) -> None:
    pulse, latencies = fold_both(b"", b"", [*calls, *gone])
    top = newest(pulse)
    less = {key: -count for key, count in tallied(gone)[1].items()}
    pulse, latencies = (
        unfold(pulse, gone),
        add_latencies(latencies, less, before=top, now=top),
    )
    now = max(minute(at) for at, _, _ in calls)
    pulse, latencies, start = cut(pulse, latencies, before=top, now=now)
    tallies, bins = tallied([call for call in calls if minute(call[0]) * 60 >= start])
    latencies = add_latencies(latencies, bins, before=newest(pulse), now=now)
    assert (add(pulse, tallies), latencies) == fold_both(b"", b"", calls)


@given(calls=MANY, more=MANY)
def test_loose_entries_are_merged_later_to_the_same(calls: list[Call], more: list[Call]) -> None:
    pulse, latencies = fold_both(b"", b"", calls)
    before = newest(pulse)
    now = newest(fold(pulse, more))
    loose = b"".join(pack_bins(tallied([call])[1]) for call in more)
    _, together = fold_both(pulse, latencies, more)
    assert add_latencies(latencies, unpack_bins(loose), before=before, now=now) == together


def test_five_years_of_calls_take_some_seventy_buckets() -> None:
    start = 1_600_000_000
    calls = [(start + hour * 3600, False, 0.01) for hour in range(5 * 365 * 24)]
    calls += [(calls[-1][0] - minutes * 60, False, 0.01) for minutes in range(500)]
    entries = len(fold(b"", calls)) // calcsize(ENTRY)
    assert 60 <= entries <= 75
    levels = [entry[1] for entry in iter_unpack(ENTRY, fold(b"", calls))]
    assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize(("form", "size"), [(ENTRY, 33), (LATENCY, 11)])
def test_entries_have_no_gaps(form: str, size: int) -> None:
    assert calcsize(form) == size


def test_no_calls_are_no_bytes() -> None:
    assert fold(b"", []) == b""
    assert newest(b"") == -1
    assert unfold(fold(b"", [(60, False, 1.0)]), [(60, False, 1.0)]) == b""
