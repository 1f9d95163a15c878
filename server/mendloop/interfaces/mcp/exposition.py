"""Numbers as Prometheus reads them: the text exposition format, version 0.0.4.

Source: Prometheus documentation, "Exposition formats", section "Text-based format". Of it only
counters and gauges are written, whose names and labels are ours.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from mendloop.app.counting import Reading
from mendloop.noun import dataclass

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Samples = Iterable[tuple[Mapping[str, str], float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric, with a sample for each set of labels."""

    name: str
    kind: Literal["counter", "gauge"]
    about: str
    samples: Samples


def exposition(reading: Reading) -> str:
    """All numbers, as text."""
    return "".join(line for family in families(reading) for line in _lines(family))


def families(reading: Reading) -> Iterator[Family]:
    """Every metric there is."""
    tallies = reading.tallies
    yield _counter(
        "mendloop_actions_total",
        "Actions of the loop by how they ended.",
        [
            ({"action": each.action, "outcome": each.outcome}, each.times)
            for each in tallies.actions
        ],
    )
    yield _counter(
        "mendloop_actions_seconds_total",
        "Time that these actions took together.",
        [
            ({"action": each.action, "outcome": each.outcome}, each.took.total_seconds())
            for each in tallies.actions
        ],
    )
    yield from _recorded(reading)
    yield _gauge(
        "mendloop_incidents", "Incidents by state.", _with(tallies.incidents, "state", {"open": 0})
    )
    yield _gauge(
        "mendloop_watches",
        "Watches over deployments by state.",
        _with(tallies.watches, "state", {"watching": 0}),
    )
    yield _gauge(
        "mendloop_stopped",
        "1 while everything is stopped, until a person resumes.",
        [({}, int(tallies.stopped))],
    )


def _recorded(reading: Reading) -> Iterator[Family]:
    """What the audit and the tables hold, to the last one."""
    tallies = reading.tallies
    yield _counter(
        "mendloop_audit_entries_total", "Entries of the audit by event.", _summed(tallies.audited)
    )
    yield _counter(
        "mendloop_refusals_total",
        "What the gate refused, by the code of why.",
        [({"code": code}, count) for _, code, count in tallies.audited if code],
    )
    for name, verb, about in (
        ("mendloop_deployments_total", "deploy", "Deployments by what became of them."),
        ("mendloop_rollbacks_total", "rollback", "Rollbacks by what became of them."),
        ("mendloop_git_total", "git", "Commits of deployments: made, or left."),
    ):
        yield _counter(name, about, _of(verb, tallies.audited))
    yield _counter(
        "mendloop_tests_total",
        "Tests of proposals by verdict.",
        _with(tallies.reports, "verdict", {"passed": 0}),
    )
    yield _counter(
        "mendloop_executions_total",
        "Calls of tools that were recorded.",
        [({}, reading.executions)],
    )


def _counter(name: str, about: str, samples: Samples) -> Family:
    return Family(name=name, kind="counter", about=about, samples=samples)


def _gauge(name: str, about: str, samples: Samples) -> Family:
    return Family(name=name, kind="gauge", about=about, samples=samples)


def _with(
    found: Iterable[tuple[str, int]], label: str, usual: Mapping[str, int]
) -> list[tuple[dict[str, str], float]]:
    """Samples by one label; what is usual is there even before it happened first."""
    return [({label: value}, count) for value, count in sorted({**usual, **dict(found)}.items())]


def _summed(audited: Iterable[tuple[str, str, int]]) -> list[tuple[dict[str, str], float]]:
    counts: dict[str, int] = {}
    for event, _, count in audited:
        counts[event] = counts.get(event, 0) + count
    return [({"event": event}, count) for event, count in sorted(counts.items())]


def _of(verb: str, audited: Iterable[tuple[str, str, int]]) -> list[tuple[dict[str, str], float]]:
    """What became of one thing, by the events that begin with its verb."""
    return [
        ({"result": labels["event"].removeprefix(f"{verb}_")}, count)
        for labels, count in _summed(audited)
        if labels["event"].startswith(f"{verb}_")
    ]


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.about}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for labels, value in family.samples:
        pairs = ",".join(f'{name}="{text.translate(_ESCAPES)}"' for name, text in labels.items())
        yield f"{family.name}{{{pairs}}} {value}\n" if pairs else f"{family.name} {value}\n"
