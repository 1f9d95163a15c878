from pathlib import Path

import pytest

from mendloop.app.changes import TextEdit, WholeFile
from mendloop.app.propose import Why
from mendloop.bootstrap import House
from mendloop.errors import InvalidInput
from mendloop.model.proposal import ChangeKind
from mendloop.model.report import Report, Verdict
from tests.loop.conftest import MANIFEST

pytestmark = pytest.mark.anyio
EVALUATION = """import pathlib
import sys

text = (pathlib.Path(__file__).parent.parent / sys.argv[1]).read_text()
print("words that help:")
print("score:", sum(word in text for word in ("kindly", "briefly", "source")))
"""
MORE = """
[targets."steps"]
source = "protocols/steps.yaml"
schema_file = "protocols/steps.schema.json"
evaluate = "python evals/words.py protocols/steps.yaml"
"""
SCHEMA = '{"type": "object", "required": ["steps"], "properties": {"steps": {"type": "array"}}}'


@pytest.fixture(autouse=True)
def texts(workspace: Path) -> None:
    manifest = MANIFEST.replace(
        'source = "prompts/reply.md"',
        'source = "prompts/reply.md"\nevaluate = "python evals/words.py prompts/reply.md"',
    )
    files = {
        "mendloop.toml": manifest + MORE,
        "evals/words.py": EVALUATION,
        "protocols/steps.yaml": "steps:\n  - kindly\n",
        "protocols/steps.schema.json": SCHEMA,
    }
    for name, text in files.items():
        path = workspace / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


async def tried(house: House, target: str, path: str, old: str, new: str) -> Report:
    edit = TextEdit(path=path, old=old, new=new)
    proposed = await house.loop.proposer.propose((edit,), Why(rationale=""), target=target)
    return await house.loop.validator.test(proposed.proposal.id)


async def reply(house: House, new: str) -> Report:
    return await tried(house, "reply", "prompts/reply.md", "answer kindly.", new)


def said(report: Report) -> str:
    return next(check.summary for check in report.checks if check.name == "evaluate")


async def test_a_better_score_passes_a_text(house: House) -> None:
    report = await reply(house, "answer kindly and briefly.")
    assert (report.verdict, report.oracle) == (Verdict.PASSED, "invariant"), report.checks
    assert "scores 2, before 1: better" in said(report)


async def test_a_worse_score_fails_a_text_and_the_same_one_says_nothing(house: House) -> None:
    assert (await reply(house, "answer.")).verdict is Verdict.FAILED
    assert (await reply(house, "please answer kindly.")).verdict is Verdict.INCONCLUSIVE


@pytest.mark.promise("verdict/evaluation-cannot-be-changed-by-what-it-judges")
async def test_a_change_cannot_bring_its_own_evaluation(house: House, workspace: Path) -> None:
    manifest = workspace / "mendloop.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text + '\n[targets."words"]\nsource = "evals/words.py:none"\n', "utf-8")
    change = (
        TextEdit(path="prompts/reply.md", old="answer", new="reply"),
        WholeFile(path="evals/words.py", content="def none():\n    return 1\n\nprint(99)\n"),
    )
    proposed = await house.loop.proposer.propose(change, Why(rationale=""), target="reply")
    report = await house.loop.validator.test(proposed.proposal.id)
    assert report.verdict is Verdict.FAILED
    assert "touches the evaluation" in said(report)


async def test_a_protocol_keeps_to_its_schema_or_is_blocked(house: House) -> None:
    path = "protocols/steps.yaml"
    change = (TextEdit(path=path, old="steps:\n  - kindly", new="steps: kindly briefly"),)
    proposed = await house.loop.proposer.propose(change, Why(rationale=""), target="steps")
    assert proposed.proposal.kind is ChangeKind.PROTOCOL_UPDATE
    assert [(each.rule, each.blocks) for each in proposed.proposal.findings] == [("schema", True)]
    report = await house.loop.validator.test(proposed.proposal.id)
    assert report.verdict is Verdict.FAILED
    better = await tried(house, "steps", path, "- kindly", "- kindly\n  - briefly")
    assert better.verdict is Verdict.PASSED


async def test_yaml_that_does_not_parse_is_refused_where_it_breaks(house: House) -> None:
    change = (TextEdit(path="protocols/steps.yaml", old="- kindly", new="- [kindly"),)
    with pytest.raises(InvalidInput, match=r"protocols/steps\.yaml, line \d: It is no YAML"):
        await house.loop.proposer.propose(change, Why(rationale=""), target="steps")


async def test_a_link_to_nowhere_blocks(house: House) -> None:
    change = (TextEdit(path="prompts/reply.md", old="kindly", new="as [told](rules.md)"),)
    proposed = await house.loop.proposer.propose(change, Why(rationale=""), target="reply")
    assert ("links", True) in [(each.rule, each.blocks) for each in proposed.proposal.findings]


async def test_an_evaluation_that_breaks_is_not_held_against_the_change(
    house: House, workspace: Path
) -> None:
    (workspace / "evals/words.py").write_text("raise SystemExit('no data')\n", encoding="utf-8")
    assert (await reply(house, "answer.")).verdict is Verdict.BROKEN
