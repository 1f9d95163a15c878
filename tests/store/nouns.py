"""Nouns to keep: a plain one of each, to be varied with ``replace``, and a strategy for all."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from mendloop.model.approval import Approval, Rejection
from mendloop.model.deployment import (
    Deployment,
    DeploymentKind,
    Progress,
    Version,
    Watch,
    WatchState,
)
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
from mendloop.model.execution import Execution, Fault, Frame, Outcome, Source
from mendloop.model.ids import (
    DeploymentId,
    Digest,
    ExecutionId,
    IncidentId,
    ProposalId,
    TargetName,
    digest_of,
)
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.model.lesson import Lesson, LessonOutcome
from mendloop.model.proposal import ChangeKind, FileChange, Flag, Proposal, StaticFinding
from mendloop.model.report import Check, Disagreement, Report, Verdict
from mendloop.model.stop import Stopped
from mendloop.model.value import Encoded

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
QUOTE = TargetName("pricing.quote")
TAX = TargetName("pricing.tax")


def later(**by: float) -> datetime:
    return NOON + timedelta(**by)


def execution(name: str = "x-1", **fields: Any) -> Execution:
    given: dict[str, Any] = {
        "id": ExecutionId(name),
        "target": QUOTE,
        "at": NOON,
        "seconds": 0.25,
        "outcome": Outcome.OK,
        **fields,
    }
    return Execution(**given)


INCIDENT = Incident(
    id=IncidentId("i-1"),
    finding=Finding(
        kind=IncidentKind.FAILING,
        target=QUOTE,
        summary="12 of 40 calls fail",
        priority=3.5,
        numbers={"calls": 40.0, "failures": 12.0},
        fingerprints=("abc",),
    ),
    state=IncidentState.OPEN,
    opened=NOON,
    updated=NOON,
)
DIAGNOSIS = Diagnosis(
    target=QUOTE,
    incident=None,
    at=NOON,
    base=digest_of(b"base"),
    clusters=(),
    smallest=(),
    suspects=(),
    layer=Layer.CODE,
    confidence=0.8,
    why="it fails again in replay",
    replayed=5,
    reproduced=5,
    similar=(),
    source="def quote(): ...",
    first_line=10,
)
PROPOSAL = Proposal(
    id=ProposalId("p-1"),
    targets=(QUOTE,),
    files=(FileChange(path="tools/pricing.py", old=digest_of(b"old"), new=digest_of(b"new")),),
    kind=ChangeKind.BEHAVIOR_FIX,
    flags=frozenset({Flag.LARGE}),
    findings=(),
    origin="agent",
    rationale="it divides by zero",
    incident=None,
    at=NOON,
    changed_lines=3,
)
REPORT = Report(
    proposal=PROPOSAL.id,
    change=PROPOSAL.change,
    verdict=Verdict.PASSED,
    checks=(),
    disagreements=(),
    regression_bound=0.02,
    oracle="recorded",
    cases=digest_of(b"cases"),
    tier="B",
    at=NOON,
    seconds=2.5,
)
APPROVAL = Approval(
    proposal=PROPOSAL.id,
    change=PROPOSAL.change,
    report=digest_of(b"report"),
    by="anna",
    at=NOON,
    expires=later(hours=1),
    manifest="{}",
    signature="signed",
    key="SHA256:anna",
)
REJECTION = Rejection(proposal=PROPOSAL.id, by="anna", at=NOON, reason="too large")
DEPLOYMENT = Deployment(
    id=DeploymentId("d-1"),
    kind=DeploymentKind.DEPLOY,
    targets=(QUOTE,),
    files=PROPOSAL.files,
    proposal=PROPOSAL.id,
    undoes=None,
    progress=Progress.PREPARED,
    at=NOON,
    by="agent",
    reason="mends i-1",
)
WATCH = Watch(
    deployment=DEPLOYMENT.id,
    target=QUOTE,
    state=WatchState.WATCHING,
    started=NOON,
    version=digest_of(b"new"),
    baseline_calls=40,
    baseline_failures=12,
    calls=0,
    failures=0,
    cursor=0,
    evidence="{}",
    summary="0 calls so far",
)
VERSION = Version(
    number=1,
    target=QUOTE,
    path="tools/pricing.py",
    digest=digest_of(b"old"),
    parent=None,
    deployment=None,
    at=NOON,
    by="agent",
)
LESSON = Lesson(
    deployment=DEPLOYMENT.id,
    target=QUOTE,
    fingerprints=("abc",),
    origin="agent",
    outcome=LessonOutcome.HELPED,
    before=0.3,
    after=0.0,
    at=NOON,
)
STOPPED = Stopped(at=NOON, by="anna", reason="lunch")


TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
"""Lone surrogates and NUL are in it."""
TIMES = st.datetimes(timezones=st.just(UTC))
REALS = st.floats(allow_nan=False)
COUNTS = st.integers(-(2**63), 2**63 - 1)
ENCODED: st.SearchStrategy[Encoded] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXTS, part, max_size=3),
    max_leaves=6,
)
NUMBERS = st.dictionaries(TEXTS, REALS, max_size=3)
TARGETS = TEXTS.map(TargetName)
DIGESTS = TEXTS.map(Digest)
MAYBE_TEXT = st.none() | TEXTS


def some(part: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(part, max_size=2).map(tuple)


FAULTS = st.builds(
    Fault,
    type=TEXTS,
    message=TEXTS,
    frames=some(st.builds(Frame, file=TEXTS, line=st.integers(), function=TEXTS)),
)
EXECUTIONS = st.builds(
    Execution,
    id=TEXTS.map(ExecutionId),
    target=TARGETS,
    at=TIMES,
    seconds=REALS,
    outcome=st.sampled_from(Outcome),
    args=some(ENCODED),
    kwargs=st.dictionaries(TEXTS, ENCODED, max_size=2),
    result=ENCODED,
    error=st.none() | FAULTS,
    expected=ENCODED,
    caller=MAYBE_TEXT,
    session=MAYBE_TEXT,
    version=st.none() | DIGESTS,
    fingerprint=TEXTS,
    whole=st.booleans(),
    source=st.sampled_from(Source),
)
INCIDENTS = st.builds(
    Incident,
    id=TEXTS.map(IncidentId),
    finding=st.builds(
        Finding,
        kind=st.sampled_from(IncidentKind),
        target=TARGETS,
        summary=TEXTS,
        priority=REALS,
        numbers=NUMBERS,
        fingerprints=some(TEXTS),
        others=some(TARGETS),
        key=TEXTS,
    ),
    state=st.sampled_from(IncidentState),
    opened=TIMES,
    updated=TIMES,
    reopened=st.integers(0, 99),
    muted_until=st.none() | TIMES,
    muted_priority=REALS,
    ended=TEXTS | TEXTS.map("person {}".format),
)
AROUND = st.builds(
    Around,
    began=st.none() | TIMES,
    failing=st.integers(0, 99),
    passing=st.integers(0, 99),
    types=some(st.builds(TypeDifference, place=TEXTS, failing=TEXTS, passing=TEXTS)),
    parting=st.none()
    | st.builds(
        Parting,
        line=st.integers(),
        text=TEXTS,
        how=TEXTS,
        locals=some(st.builds(Local, name=TEXTS, failing=TEXTS, passing=TEXTS)),
        failing_call=st.none() | TEXTS.map(ExecutionId),
        passing_call=st.none() | TEXTS.map(ExecutionId),
    ),
    marks=some(
        st.builds(
            Mark,
            attribute=TEXTS,
            value=TEXTS,
            failing=st.integers(),
            calls=st.integers(),
            p=REALS,
        )
    ),
    shapes=some(
        st.builds(
            NewShape,
            place=TEXTS,
            shape=TEXTS,
            calls=st.integers(),
            failing=st.integers(),
            first=TIMES,
        )
    ),
    changes=some(
        st.builds(
            ChangeBefore,
            what=TEXTS,
            at=TIMES,
            told=TEXTS,
            ref=TEXTS,
            seconds_before=REALS,
            at_fault=st.booleans(),
        )
    ),
    unknown=some(TEXTS),
)
DIAGNOSES = st.builds(
    Diagnosis,
    target=TARGETS,
    incident=st.none() | TEXTS.map(IncidentId),
    at=TIMES,
    base=DIGESTS,
    clusters=some(
        st.builds(
            Cluster,
            fingerprint=TEXTS,
            calls=st.integers(),
            error=TEXTS,
            where=TEXTS,
            example=TEXTS.map(ExecutionId),
        )
    ),
    smallest=some(
        st.builds(
            SmallInput,
            fingerprint=TEXTS,
            call=TEXTS,
            from_execution=TEXTS.map(ExecutionId),
            reduced=st.booleans(),
        )
    ),
    suspects=some(
        st.builds(
            Suspect,
            line=st.integers(),
            score=REALS,
            text=TEXTS,
            failing=st.integers(),
            passing=st.integers(),
        )
    ),
    layer=st.sampled_from(Layer),
    confidence=REALS,
    why=TEXTS,
    replayed=st.integers(),
    reproduced=st.integers(),
    similar=some(st.builds(Similar, incident=TEXTS.map(IncidentId), target=TARGETS, outcome=TEXTS)),
    source=TEXTS,
    first_line=st.integers(),
    around=AROUND,
)
# Canonical JSON, of which the digest of a change is taken, has no lone surrogates.
FILES = some(
    st.builds(
        FileChange,
        path=st.text(max_size=8),
        old=st.none() | st.text(max_size=4).map(Digest),
        new=st.text(max_size=4).map(Digest),
    )
)
PROPOSALS = st.builds(
    Proposal,
    id=TEXTS.map(ProposalId),
    targets=some(TARGETS),
    files=FILES,
    kind=st.sampled_from(ChangeKind),
    flags=st.frozensets(st.sampled_from(Flag)),
    findings=some(
        st.builds(
            StaticFinding,
            rule=TEXTS,
            message=TEXTS,
            path=TEXTS,
            line=st.integers(),
            blocks=st.booleans(),
        )
    ),
    origin=TEXTS,
    rationale=TEXTS,
    incident=st.none() | TEXTS.map(IncidentId),
    at=TIMES,
    changed_lines=COUNTS,
)
REPORTS = st.builds(
    Report,
    proposal=TEXTS.map(ProposalId),
    change=DIGESTS,
    verdict=st.sampled_from(Verdict),
    checks=some(
        st.builds(
            Check,
            name=TEXTS,
            verdict=st.sampled_from(Verdict),
            summary=TEXTS,
            numbers=NUMBERS,
        )
    ),
    disagreements=some(st.builds(Disagreement, call=TEXTS, wanted=TEXTS, got=TEXTS, why=TEXTS)),
    regression_bound=st.none() | REALS,
    oracle=TEXTS,
    cases=DIGESTS,
    tier=TEXTS,
    at=TIMES,
    seconds=REALS,
)
APPROVALS = st.builds(
    Approval,
    proposal=TEXTS.map(ProposalId),
    change=DIGESTS,
    report=DIGESTS,
    by=TEXTS,
    at=TIMES,
    expires=st.just(datetime.max.replace(tzinfo=UTC)),
    manifest=TEXTS,
    signature=TEXTS,
    key=TEXTS,
)
REJECTIONS = st.builds(Rejection, proposal=TEXTS.map(ProposalId), by=TEXTS, at=TIMES, reason=TEXTS)
DEPLOYMENTS = st.builds(
    Deployment,
    id=TEXTS.map(DeploymentId),
    kind=st.sampled_from(DeploymentKind),
    targets=some(TARGETS),
    files=some(st.builds(FileChange, path=TEXTS, old=st.none() | DIGESTS, new=DIGESTS)),
    proposal=st.none() | TEXTS.map(ProposalId),
    undoes=st.none() | TEXTS.map(DeploymentId),
    progress=st.sampled_from(Progress),
    at=TIMES,
    by=TEXTS,
    reason=TEXTS,
    conflicts=some(TEXTS),
)
WATCHES = st.builds(
    Watch,
    deployment=TEXTS.map(DeploymentId),
    target=TARGETS,
    state=st.sampled_from(WatchState),
    started=TIMES,
    version=DIGESTS,
    baseline_calls=COUNTS,
    baseline_failures=COUNTS,
    calls=COUNTS,
    failures=COUNTS,
    cursor=COUNTS,
    evidence=TEXTS,
    summary=TEXTS,
)
VERSIONS = st.builds(
    Version,
    number=COUNTS,
    target=TARGETS,
    path=TEXTS,
    digest=DIGESTS,
    parent=st.none() | COUNTS,
    deployment=st.none() | TEXTS.map(DeploymentId),
    at=TIMES,
    by=TEXTS,
)
LESSONS = st.builds(
    Lesson,
    deployment=TEXTS.map(DeploymentId),
    target=TARGETS,
    fingerprints=some(TEXTS),
    origin=TEXTS,
    outcome=st.sampled_from(LessonOutcome),
    before=REALS,
    after=REALS,
    at=TIMES,
)
STOPS = st.builds(Stopped, at=TIMES, by=TEXTS, reason=TEXTS)
