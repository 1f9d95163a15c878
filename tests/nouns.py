"""The nouns of the loop, of whatever leaves: those that can be kept, or those that must be shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

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
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.model.proposal import ChangeKind, FileChange, Flag, Proposal, StaticFinding
from mendloop.model.report import Check, Disagreement, Report, Verdict

Made = st.SearchStrategy[Any]


@dataclass(frozen=True, kw_only=True)
class Leaves:
    """What a noun is made of."""

    text: Made
    target: Made
    id: Made
    digest: Made
    time: Made
    real: Made
    share: Made
    """Between 0 and 1, where that counts."""
    seconds: Made
    count: Made
    integer: Made
    """As a count, but where it is kept within JSON."""
    figures: Made
    file: Made
    """The change of one file, in a proposal."""
    some: Callable[[Made], Made]


def incidents(of: Leaves, **instead: Made) -> st.SearchStrategy[Incident]:
    finding = st.builds(
        Finding,
        kind=st.sampled_from(IncidentKind),
        target=of.target,
        summary=of.text,
        priority=instead.pop("priority", of.real),
        numbers=of.figures,
        fingerprints=of.some(of.text),
        others=of.some(of.target),
        key=of.text,
    )
    usual: dict[str, Made] = {
        "id": of.id,
        "finding": finding,
        "state": st.sampled_from(IncidentState),
        "opened": of.time,
        "updated": of.time,
        "reopened": of.count,
        "muted_until": st.none() | of.time,
        "muted_priority": of.real,
        "ended": of.text | of.text.map("person {}".format),
    }
    return st.builds(Incident, **usual | instead)


def arounds(of: Leaves) -> st.SearchStrategy[Around]:
    return st.builds(
        Around,
        began=st.none() | of.time,
        failing=of.integer,
        passing=of.integer,
        types=of.some(st.builds(TypeDifference, place=of.text, failing=of.text, passing=of.text)),
        parting=st.none() | _partings(of),
        marks=of.some(
            st.builds(
                Mark,
                attribute=of.text,
                value=of.text,
                failing=of.integer,
                calls=of.integer,
                p=of.share,
            )
        ),
        shapes=of.some(
            st.builds(
                NewShape,
                place=of.text,
                shape=of.text,
                calls=of.integer,
                failing=of.integer,
                first=of.time,
            )
        ),
        changes=of.some(
            st.builds(
                ChangeBefore,
                what=st.sampled_from(["version", "deployment", "commit", "dependencies"]) | of.text,
                at=of.time,
                told=of.text,
                ref=of.text,
                seconds_before=of.seconds,
                at_fault=st.booleans(),
            )
        ),
        unknown=of.some(of.text),
    )


def _partings(of: Leaves) -> st.SearchStrategy[Parting]:
    return st.builds(
        Parting,
        line=of.integer,
        text=of.text,
        how=of.text,
        locals=of.some(st.builds(Local, name=of.text, failing=of.text, passing=of.text)),
        failing_call=st.none() | of.id,
        passing_call=st.none() | of.id,
    )


def diagnoses(of: Leaves) -> st.SearchStrategy[Diagnosis]:
    return st.builds(
        Diagnosis,
        target=of.target,
        incident=st.none() | of.id,
        at=of.time,
        base=of.digest,
        clusters=of.some(
            st.builds(
                Cluster,
                fingerprint=of.text,
                calls=of.integer,
                error=of.text,
                where=of.text,
                example=of.id,
            )
        ),
        smallest=of.some(
            st.builds(
                SmallInput,
                fingerprint=of.text,
                call=of.text,
                from_execution=of.id,
                reduced=st.booleans(),
            )
        ),
        suspects=of.some(
            st.builds(
                Suspect,
                line=of.integer,
                score=of.real,
                text=of.text,
                failing=of.integer,
                passing=of.integer,
            )
        ),
        layer=st.sampled_from(Layer),
        confidence=of.share,
        why=of.text,
        replayed=of.integer,
        reproduced=of.integer,
        similar=of.some(
            st.builds(Similar, incident=of.id, target=of.target, outcome=of.text, fix=of.text)
        ),
        source=of.text,
        first_line=of.integer,
        around=arounds(of),
    )


def proposals(of: Leaves) -> st.SearchStrategy[Proposal]:
    return st.builds(
        Proposal,
        id=of.id,
        targets=of.some(of.target),
        files=of.some(of.file),
        kind=st.sampled_from(ChangeKind),
        flags=st.frozensets(st.sampled_from(Flag)),
        findings=of.some(
            st.builds(
                StaticFinding,
                rule=of.text,
                message=of.text,
                path=of.text,
                line=of.integer,
                blocks=st.booleans(),
            )
        ),
        origin=of.text,
        rationale=of.text,
        incident=st.none() | of.id,
        at=of.time,
        changed_lines=of.count,
    )


def reports(of: Leaves) -> st.SearchStrategy[Report]:
    return st.builds(
        Report,
        proposal=of.id,
        change=of.digest,
        verdict=st.sampled_from(Verdict),
        checks=of.some(
            st.builds(
                Check,
                name=of.text,
                verdict=st.sampled_from(Verdict),
                summary=of.text,
                numbers=of.figures,
            )
        ),
        disagreements=of.some(
            st.builds(Disagreement, call=of.text, wanted=of.text, got=of.text, why=of.text)
        ),
        regression_bound=st.none() | of.share,
        oracle=of.text,
        cases=of.digest,
        tier=of.text,
        at=of.time,
        seconds=of.seconds,
    )


def deployments(of: Leaves, file: st.SearchStrategy[FileChange]) -> st.SearchStrategy[Deployment]:
    return st.builds(
        Deployment,
        id=of.id,
        kind=st.sampled_from(DeploymentKind),
        targets=of.some(of.target),
        files=of.some(file),
        proposal=st.none() | of.id,
        undoes=st.none() | of.id,
        progress=st.sampled_from(Progress),
        at=of.time,
        by=of.text,
        reason=of.text,
        conflicts=of.some(of.text),
    )
