"""The nouns that answers are made of, at their largest and most hostile."""

from datetime import UTC, datetime
from typing import Final, TypeVar

from hypothesis import strategies as st

from mendloop.app.detect import Detected
from mendloop.app.found import Generated, GeneratedFix, StopReason
from mendloop.app.propose import Proposed
from mendloop.core.governance.policy import Tier
from mendloop.model.deployment import Deployment, DeploymentKind, Progress
from mendloop.model.diagnosis import (
    Around,
    ChangeBefore,
    Cluster,
    Diagnosis,
    Layer,
    Local,
    Mark,
    NewShape,
    Parting,
    Similar,
    SmallInput,
    Suspect,
    TypeDifference,
)
from mendloop.model.ids import DeploymentId, Digest, ExecutionId, IncidentId, ProposalId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.model.proposal import ChangeKind, FileChange, Flag, Proposal, StaticFinding
from mendloop.model.report import Check, Disagreement, Report, Verdict

T = TypeVar("T")
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST: Final = Digest("a" * 64)
HOSTILE: Final = '\u202e\u200b\x00\x1b"\\\n\U000e0041\ud800\u3164é漢😀 ignore this'


def _long(text: str, times: int) -> str:
    return (text * times)[:5_000]


texts = st.builds(
    _long,
    st.text(st.sampled_from(HOSTILE), max_size=30) | st.text(max_size=30),
    st.integers(0, 500),
)
numbers = st.floats() | st.integers(-(10**6), 10**6).map(float)
figures = st.dictionaries(texts.map(lambda text: text[:40]), numbers, max_size=15)
counts = st.integers(0, 10**6)


paths = texts.map(lambda text: text.encode(errors="replace").decode())


def many(of: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """Up to four, and more by repetition, which is cheaper to make."""

    def repeated(few: list[T], times: int) -> tuple[T, ...]:
        return tuple(few * times)

    return st.builds(repeated, st.lists(of, max_size=4), st.integers(1, 6))


names = st.text(st.sampled_from("ab.é漢😀"), min_size=1).map(
    lambda text: TargetName((text * 50)[:200])
)
"""Names hold no hidden character and have at most 200; the reader of records sees to that."""

incidents = st.builds(
    Incident,
    id=st.just(IncidentId("i-7k3f9q2m")),
    finding=st.builds(
        Finding,
        kind=st.sampled_from(IncidentKind),
        target=names,
        summary=texts,
        priority=st.floats(0, 1e6),
        numbers=figures,
        others=many(names),
    ),
    state=st.just(IncidentState.OPEN),
    opened=st.just(AT),
    updated=st.just(AT),
    reopened=counts,
)
detected = st.builds(
    Detected,
    incidents=many(incidents),
    targets=counts,
    calls=counts,
    resolved=counts,
    muted=counts,
)
calls = st.none() | st.just(ExecutionId("x-7k3f9q2m"))
arounds = st.builds(
    Around,
    began=st.none() | st.just(AT),
    failing=counts,
    passing=counts,
    types=many(st.builds(TypeDifference, place=texts, failing=texts, passing=texts)),
    parting=st.none()
    | st.builds(
        Parting,
        line=counts,
        text=texts,
        how=texts,
        locals=many(st.builds(Local, name=texts, failing=texts, passing=texts)),
        failing_call=calls,
        passing_call=calls,
    ),
    marks=many(
        st.builds(
            Mark, attribute=texts, value=texts, failing=counts, calls=counts, p=st.floats(0, 1)
        )
    ),
    shapes=many(
        st.builds(
            NewShape, place=texts, shape=texts, calls=counts, failing=counts, first=st.just(AT)
        )
    ),
    changes=many(
        st.builds(
            ChangeBefore,
            what=st.sampled_from(["version", "deployment", "commit", "dependencies"]),
            at=st.just(AT),
            told=texts,
            ref=texts,
            seconds_before=st.floats(-1e6, 1e6),
            at_fault=st.booleans(),
        )
    ),
    unknown=many(texts),
)
diagnoses = st.builds(
    Diagnosis,
    target=names,
    incident=st.none() | st.just(IncidentId("i-7k3f9q2m")),
    at=st.just(AT),
    base=st.just(DIGEST),
    clusters=many(
        st.builds(
            Cluster,
            fingerprint=texts,
            calls=counts,
            error=texts,
            where=texts,
            example=st.just(ExecutionId("x-7k3f9q2m")),
        )
    ),
    smallest=many(
        st.builds(
            SmallInput,
            fingerprint=texts,
            call=texts,
            from_execution=st.just(ExecutionId("x-7k3f9q2m")),
            reduced=st.booleans(),
        )
    ),
    suspects=many(
        st.builds(Suspect, line=counts, score=numbers, text=texts, failing=counts, passing=counts)
    ),
    layer=st.sampled_from(Layer),
    confidence=st.floats(0, 1),
    why=texts,
    replayed=counts,
    reproduced=counts,
    similar=many(
        st.builds(Similar, incident=st.just(IncidentId("i-1")), target=names, outcome=texts)
    ),
    source=texts,
    first_line=counts,
    around=arounds,
)
proposals = st.builds(
    Proposal,
    id=st.just(ProposalId("p-7k3f9q2m")),
    targets=many(names),
    files=many(st.builds(FileChange, path=paths, old=st.just(DIGEST), new=st.just(DIGEST))),
    kind=st.sampled_from(ChangeKind),
    flags=st.frozensets(st.sampled_from(Flag)),
    findings=many(
        st.builds(
            StaticFinding, rule=texts, message=texts, path=paths, line=counts, blocks=st.booleans()
        )
    ),
    origin=texts,
    rationale=texts,
    incident=st.none(),
    at=st.just(AT),
    changed_lines=counts,
)
proposed = st.builds(
    Proposed,
    proposal=proposals,
    tier=st.sampled_from(Tier),
    reasons=many(texts),
    known=st.booleans(),
)
reports = st.builds(
    Report,
    proposal=st.just(ProposalId("p-7k3f9q2m")),
    change=st.just(DIGEST),
    verdict=st.sampled_from(Verdict),
    checks=many(
        st.builds(
            Check, name=texts, verdict=st.sampled_from(Verdict), summary=texts, numbers=figures
        )
    ),
    disagreements=many(st.builds(Disagreement, call=texts, wanted=texts, got=texts, why=texts)),
    regression_bound=st.none() | st.floats(0, 1),
    oracle=texts,
    cases=st.just(DIGEST),
    tier=texts,
    at=st.just(AT),
    seconds=st.floats(0, 1e4),
)
generated = st.builds(
    Generated,
    target=names,
    proposals=many(
        st.builds(
            GeneratedFix,
            proposal=proposals,
            report=reports,
            tier=st.sampled_from(Tier),
            note=texts,
        )
    ),
    tried=counts,
    space=counts,
    stopped=st.sampled_from(StopReason),
    note=texts,
)
deployments = st.builds(
    Deployment,
    id=st.just(DeploymentId("d-7k3f9q2m")),
    kind=st.sampled_from(DeploymentKind),
    targets=many(names),
    files=many(st.builds(FileChange, path=paths, old=st.just(DIGEST), new=st.just(DIGEST))),
    proposal=st.none() | st.just(ProposalId("p-7k3f9q2m")),
    undoes=st.none(),
    progress=st.sampled_from(Progress),
    at=st.just(AT),
    by=texts,
    reason=texts,
    conflicts=many(texts),
)
