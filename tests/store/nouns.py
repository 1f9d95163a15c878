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
    Diagnosis,
    Layer,
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
from mendloop.model.proposal import ChangeKind, FileChange, Flag, Proposal
from mendloop.model.report import Report, Verdict
from mendloop.model.stop import Stopped
from mendloop.model.value import Encoded
from tests import nouns

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


def some(part: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
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
LEAVES = nouns.Leaves(
    text=TEXTS,
    target=TARGETS,
    id=TEXTS,
    digest=DIGESTS,
    time=TIMES,
    real=REALS,
    share=REALS,
    seconds=REALS,
    count=COUNTS,
    integer=st.integers(),
    figures=NUMBERS,
    # Canonical JSON, of which the digest of a change is taken, has no lone surrogates.
    file=st.builds(
        FileChange,
        path=st.text(max_size=8),
        old=st.none() | st.text(max_size=4).map(Digest),
        new=st.text(max_size=4).map(Digest),
    ),
    some=some,
)
INCIDENTS = nouns.incidents(LEAVES)
DIAGNOSES = nouns.diagnoses(LEAVES)
PROPOSALS = nouns.proposals(LEAVES)
REPORTS = nouns.reports(LEAVES)
DEPLOYMENTS = nouns.deployments(
    LEAVES, st.builds(FileChange, path=TEXTS, old=st.none() | DIGESTS, new=DIGESTS)
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
