import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mendloop.app.call import Called
from mendloop.app.ports import Ran
from mendloop.app.record import Recorded, RefusedRecord
from mendloop.app.views import FileTexts, Status
from mendloop.interfaces.answers.base import MOST_CHARACTERS, Answer
from mendloop.interfaces.answers.deploy import DeploymentAnswer, StopAnswer
from mendloop.interfaces.answers.detect import DetectAnswer
from mendloop.interfaces.answers.documents import deployment_document, diff, proposal_document
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.interfaces.answers.record import RecordAnswer, RunAnswer
from mendloop.interfaces.answers.repair import GenerateAnswer, ProposeAnswer
from mendloop.interfaces.answers.report import TestAnswer
from mendloop.interfaces.answers.status import StatusAnswer
from mendloop.interfaces.answers.text import block, clean, compact, shown
from mendloop.model.execution import Execution, Fault, Outcome
from mendloop.model.ids import DeploymentId, Digest, ExecutionId, IncidentId, ProposalId, TargetName
from mendloop.model.incident import IncidentKind
from mendloop.model.proposal import NO_FILE, FileChange
from mendloop.model.report import Verdict
from mendloop.model.stop import Stopped
from mendloop.model.value import Encoded
from mendloop.store.overview import ActiveWatch, OpenIncident, Overview, WaitingProposal
from tests.interfaces import nouns

AT = datetime(2026, 1, 1, tzinfo=UTC)
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)) | st.text(st.sampled_from(nouns.HOSTILE)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)  # fmt: skip


def unseen(text: str, *, but: str = "") -> set[str]:
    return {c for c in text if unicodedata.category(c) in UNSEEN and c not in but}


def called(result: Encoded = None, fault: Fault | None = None) -> Called:
    outcome = Outcome.OK if fault is None else Outcome.ERROR
    ran = Ran(result=result, fault=fault, timed_out=False, seconds=0.5, version=None)
    execution = Execution(
        id=ExecutionId("x-1"),
        target=TargetName("t"),
        at=AT,
        seconds=0.5,
        outcome=outcome,
        result=result,
        error=fault,
    )
    return Called(execution=execution, ran=ran)


def status(
    *,
    incidents: int = 0,
    proposals: tuple[tuple[str, Verdict | None], ...] = (),
    watches: int = 0,
    text: str = "t",
    stopped: Stopped | None = None,
) -> Status:
    overview = Overview(
        open_incidents=incidents,
        incidents=tuple(
            OpenIncident(
                id=IncidentId(f"i-{number}"),
                kind=IncidentKind.FAILING,
                target=TargetName(text),
                priority=1.0,
                summary=text,
            )
            for number in range(incidents)
        ),
        proposals=tuple(
            WaitingProposal(id=ProposalId(name), targets=(TargetName(text),), verdict=verdict)
            for name, verdict in proposals
        ),
        watches=tuple(
            ActiveWatch(
                deployment=DeploymentId("d-1"), target=TargetName(text), calls=1, summary=text
            )
            for _ in range(watches)
        ),
        stopped=stopped,
        audit_seq=1,
        audit_head=Digest("a" * 64),
        deployed_last_hour=0,
        deployed_last_day=0,
    )
    return Status(overview=overview, left={"deployments_per_hour": 1, "deployments_per_day": 2})


@given(nouns.texts, st.integers(1, 300))
def test_a_cleaned_text_is_one_line_in_which_everything_is_seen(text: str, most: int) -> None:
    got = clean(text, most)
    assert not unseen(got)
    assert "\u3164" not in got
    assert len(got) <= most + len("... (5000 characters in all)")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50))
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text, 50) == shown(text) == text


def test_what_was_left_out_is_counted() -> None:
    assert clean("x" * 100, 10) == "xxxxxxxxxx... (100 characters in all)"


@given(nouns.texts, st.integers(1, 300))
def test_a_block_holds_whole_lines_and_counts_the_others(text: str, most: int) -> None:
    got, left_out = block(text, most)
    assert len(got) <= most
    assert not unseen(got, but="\n\t")
    kept = len(text.split("\n")) - left_out
    assert kept == 0 or len(got.split("\n")) == kept


@given(values)
def test_compact_json_hides_nothing_and_loses_nothing(value: Any) -> None:
    text = compact(value)
    assert not unseen(text)
    assert json.loads(text) == value


def within_budget(answer: Answer) -> None:
    text = answer.text()
    assert len(text) <= MOST_CHARACTERS
    assert not unseen(text)
    assert text.encode()
    plain = answer.plain()
    assert json.loads(text) == plain
    assert plain["next"]


LARGE = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@LARGE
@given(nouns.detected)
def test_what_detect_says_is_small(noun: Any) -> None:
    within_budget(DetectAnswer.of(noun))


@LARGE
@given(nouns.diagnoses)
def test_what_investigate_says_is_small(noun: Any) -> None:
    within_budget(InvestigateAnswer.of(noun))


@LARGE
@given(nouns.generated)
def test_what_generate_fix_says_is_small(noun: Any) -> None:
    within_budget(GenerateAnswer.of(noun))


@LARGE
@given(nouns.proposed)
def test_what_propose_fix_says_is_small(noun: Any) -> None:
    within_budget(ProposeAnswer.of(noun))


@LARGE
@given(nouns.reports)
def test_what_test_fix_says_is_small(noun: Any) -> None:
    within_budget(TestAnswer.of(noun))


@LARGE
@given(nouns.deployments)
def test_what_deploy_fix_and_rollback_say_is_small(noun: Any) -> None:
    within_budget(DeploymentAnswer.of(noun))


@LARGE
@given(nouns.texts)
def test_what_status_and_stop_say_is_small(text: str) -> None:
    stopped = Stopped(at=AT, by=text, reason=text)
    waiting = tuple((f"p-{number}", None) for number in range(10))
    full = status(incidents=10, proposals=waiting, watches=50, text=text, stopped=stopped)
    within_budget(StatusAnswer.of(full, "A"))
    within_budget(StopAnswer.of(stopped))


@LARGE
@given(values | nouns.texts, nouns.texts)
def test_what_run_tool_says_is_small(result: Any, message: str) -> None:
    within_budget(RunAnswer.of(called(result)))
    within_budget(RunAnswer.of(called(fault=Fault(type=message, message=message))))


def test_what_record_execution_says_is_small() -> None:
    recorded = Recorded(
        ids=tuple(ExecutionId(f"x-{'y' * 90}{number}") for number in range(500)),
        new=500,
        refused=tuple(RefusedRecord(position=n, reason="r" * 999) for n in range(500)),
    )
    within_budget(RecordAnswer.of(recorded, None))


def test_a_list_that_is_cut_says_how_much_is_missing() -> None:
    got = RecordAnswer.of(Recorded(ids=(ExecutionId("x"),) * 100, new=0, refused=()), None)
    assert (len(got.ids), got.ids_left_out) == (60, 40)


@pytest.mark.parametrize("result", [None, 0, "", [], {"a": None}, "line\nline"])
def test_a_tools_result_comes_as_it_was_even_where_it_is_nothing(result: Encoded) -> None:
    assert RunAnswer.of(called(result)).plain()["result"] == result


def test_a_call_that_raised_has_no_result() -> None:
    plain = RunAnswer.of(called(fault=Fault(type="E", message="m"))).plain()
    assert "result" not in plain
    assert plain["error"] == {"type": "E", "recorded_message": "m"}


def test_a_result_that_is_too_long_leads_to_the_record() -> None:
    got = RunAnswer.of(called("y" * 10_000))
    assert got.links() == ("mendloop://executions/x-1",)
    assert "result" not in got.plain()
    assert got.recorded_result_start is not None


@pytest.mark.parametrize(
    ("given_status", "told"),
    [
        (status(), "detect()"),
        (status(incidents=2), "investigate(incident='i-0')"),
        (status(incidents=1, watches=1), "detect()"),  # what was deployed may have mended it
        (status(incidents=1, proposals=(("p-1", None),)), "test_fix(proposal='p-1')"),
        (status(proposals=(("p-1", Verdict.PASSED),)), "deploy_fix(proposal='p-1')"),
        (status(incidents=1, proposals=(("p-1", Verdict.FAILED),)), "detect()"),
        (status(proposals=(("p-1", Verdict.INCONCLUSIVE),)), "Ask a person about p-1"),
        (status(stopped=Stopped(at=AT, by="b", reason="r")), "Ask a person to run `mendloop res"),
    ],
)
def test_status_names_the_call_that_follows(given_status: Status, told: str) -> None:
    assert StatusAnswer.of(given_status, "B").next.startswith(told)


def test_only_what_is_there_is_said() -> None:
    plain = StatusAnswer.of(status(), "B").plain()
    assert not {"stopped", "watches_left_out"} & set(plain)


@pytest.mark.parametrize(
    ("before", "after", "old", "new", "told"),
    [
        ("a\n", "b\n", "1", "2", "--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-a\n+b\n"),
        ("", "b\n", None, "2", "--- /dev/null\n+++ b/f.py\n@@ -0,0 +1 @@\n+b\n"),
        ("a\n", "", "1", NO_FILE, "--- a/f.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"),
        (
            "a",
            "a\n",
            "1",
            "2",
            "--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n",
        ),
    ],
)
def test_a_diff_is_one_that_patch_understands(
    before: str, after: str, old: str | None, new: str, told: str
) -> None:
    file = FileChange(path="f.py", old=None if old is None else Digest(old), new=Digest(new))
    assert diff(FileTexts(file=file, before=before, after=after)) == told


@LARGE
@given(nouns.proposals, nouns.deployments)
def test_a_document_is_json_in_which_everything_is_seen(proposal: Any, deployment: Any) -> None:
    for document in (proposal_document(proposal, ()), deployment_document(deployment, (), ())):
        assert not unseen(compact(document))
