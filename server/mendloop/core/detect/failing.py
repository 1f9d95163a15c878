"""Which targets fail too often?"""

from mendloop.core.detect.fleet import LEAST_FAILURES, Fleet
from mendloop.core.detect.rule import Rule
from mendloop.core.detect.verdicts import Failing
from mendloop.core.stats.discovery import CARE, discoveries, guarded
from mendloop.core.stats.proportions import intervals, lowers
from mendloop.model.execution import Tally


def failing(fleet: Fleet, rule: Rule) -> tuple[Failing, ...]:
    """The targets that now fail more often than ``success_below`` allows.

    The rates of the fleet say how common such targets are, and of the findings at most ``fdr`` are
    expected to be false. A fleet of fewer than 30 targets says too little: there the exact lower
    bound of the rate must lie above what is allowed as well, so that a target that is just good
    enough is called failing with a probability of at most 1 - ``confidence``. One failed call
    alone never is failing, whatever the fleet is like.
    """
    now, allowed = fleet.present, 1 - rule.success_below
    # of too few calls in the present, those of the whole window cannot say more
    fit = (now.calls >= max(rule.least_calls, LEAST_FAILURES)) & (now.failures >= LEAST_FAILURES)
    fit &= now.failures > allowed * now.calls
    if fleet.small:
        fit &= lowers(now.failures, now.calls, confidence=rule.confidence) > allowed
    reported = discoveries(guarded(now.false, fit), fdr=CARE * rule.fdr) & fit
    low, high = intervals(now.failures[reported], now.calls[reported])
    return tuple(
        Failing(
            target=target,
            probability=1 - false,
            now=Tally(calls=int(calls), failures=int(failures)),
            low=least,
            high=most,
            since=since,
            changed=changed,
            hurt=fleet.a_day(failures, since),
        )
        for target, false, calls, failures, least, most, since, changed in zip(
            reported.nonzero()[0].tolist(),
            now.false[reported].tolist(),
            now.calls[reported].tolist(),
            now.failures[reported].tolist(),
            low.tolist(),
            high.tolist(),
            fleet.pulses.start[now.bucket[reported]].tolist(),
            now.changed[reported].tolist(),
            strict=True,
        )
    )
