"""The demo's data is what its README says: real faults, right fixes, and one honest trap."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mendloop.core.record.read import read_record
from mendloop.model.execution import Execution, Outcome
from mendloop.model.value import canonical

DEMO = Path(__file__).parents[2] / "data" / "demo"
WORKSPACE = DEMO / "workspace"
SCRIPT: Mapping[str, Any] = tomllib.loads((DEMO / "script.toml").read_text(encoding="utf-8"))
TARGETS: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    (WORKSPACE / "mendloop.toml").read_text(encoding="utf-8")
)["targets"]
FAULTS: Mapping[str, Mapping[str, Any]] = {fault["target"]: fault for fault in SCRIPT["faults"]}
CHANGES: Mapping[str, Mapping[str, Any]] = {
    **{recipe["target"]: recipe for recipe in SCRIPT["recipes"]},
    **{proposal["name"]: proposal for proposal in SCRIPT["proposals"]},
}
RIGHT = sorted(
    name for name, change in CHANGES.items()
    if "live" in change and change.get("role") != "tempting"
)  # fmt: skip
TEMPTING = "split-bill-sign"

Row = Mapping[str, Any]
Answer = str
"""The canonical text of a result, or what was raised."""


@cache
def rows(path: str) -> tuple[Row, ...]:
    text = (DEMO / path).read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


@cache
def recorded(target: str) -> tuple[Row, ...]:
    return tuple(row for row in rows("history.jsonl") if row["target"] == target)


@cache
def batch(name: str) -> tuple[Row, ...]:
    return tuple(row for row in rows("live.jsonl") if row["batch"] == name)


def cases(target: str) -> tuple[Row, ...]:
    path = TARGETS[target].get("cases")
    return rows(f"workspace/{path}") if path else ()


def encoded(value: Any) -> Any:
    match value:
        case tuple():
            return {"$t": [encoded(part) for part in value]}  # pyright: ignore[reportUnknownVariableType]
        case date():
            return {"$date": value.isoformat()}
        case _:
            return value


def load(root: Path, target: str) -> Callable[..., Any]:
    path, _, function = TARGETS[target]["source"].partition(":")
    module = ModuleType("tool")
    module.__file__ = str(root / path)
    exec(compile((root / path).read_text(encoding="utf-8"), path, "exec"), module.__dict__)  # noqa: S102  our own demo file
    found: Callable[..., Any] = getattr(module, function)
    return found


def answer(tool: Callable[..., Any], call: Row) -> Answer:
    args, kwargs = json.loads(json.dumps([call["args"], call["kwargs"]]))
    try:
        return canonical(encoded(tool(*args, **kwargs)))
    except Exception as error:  # noqa: BLE001  whatever a tool raises is its answer
        return f"raises {type(error).__name__}"


def changed(tmp_path: Path, change: Mapping[str, Any]) -> Path:
    root = tmp_path / "workspace"
    shutil.copytree(WORKSPACE, root)
    for edit in change["edits"]:
        text = (root / edit["path"]).read_text(encoding="utf-8")
        assert text.count(edit["old"]) == 1, f"{edit['old']!r} is not unique in {edit['path']}"
        (root / edit["path"]).write_text(text.replace(edit["old"], edit["new"]), encoding="utf-8")
    return root


def function_of(change: Mapping[str, Any]) -> str:
    target: str = change["target"]
    used_by: Sequence[str] = TARGETS[target].get("used_by", ())
    return used_by[0] if used_by else target


def kept(tool: Callable[..., Any], calls: Iterable[Row]) -> bool:
    return all(
        answer(tool, call) == canonical(call["result"]) for call in calls if call["outcome"] == "ok"
    )


def mended(tool: Callable[..., Any], calls: Iterable[Row]) -> bool:
    failed = [call for call in calls if call["outcome"] != "ok"]
    return bool(failed) and all(
        answer(tool, call) == canonical(call["expected"])
        if call["outcome"] == "wrong"
        else not answer(tool, call).startswith("raises ")
        for call in failed
    )


def right(tool: Callable[..., Any], calls: Iterable[Row]) -> list[bool]:
    return [answer(tool, call) == canonical(call["expected"]) for call in calls]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="its errors are worded differently")
def test_the_committed_files_are_what_the_script_makes() -> None:
    done = subprocess.run(
        [sys.executable, "-B", str(DEMO / "make_history.py"), "--check"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_target_of_the_manifest_exists() -> None:
    assert 12 <= len(TARGETS) <= 14
    for target, entry in TARGETS.items():
        source: str = entry["source"]
        path, kind, selector = [*re.split(r"([:#])", source), "", ""][:3]
        assert (WORKSPACE / path).is_file()
        if kind == ":":
            assert callable(load(WORKSPACE, target))
        if kind == "#":
            value: Any = tomllib.loads((WORKSPACE / path).read_text(encoding="utf-8"))
            for key in selector.split("."):
                value = value[key]
            low, high = entry["range"]
            assert low <= value <= high
        assert set(entry.get("used_by", ())) <= set(TARGETS)
        assert "cases" not in entry or cases(target)


def test_the_history_is_large_enough_and_small_enough() -> None:
    history = rows("history.jsonl")

    assert len(history) >= 3_000
    assert (DEMO / "history.jsonl").stat().st_size < 1_500_000
    assert len({row["id"] for row in history}) == len(history)
    assert {row["outcome"] for row in history} <= set(Outcome)


def test_every_record_is_read_whole() -> None:
    now = datetime.fromisoformat(SCRIPT["ends"])

    for row in rows("history.jsonl"):
        execution = read_record(row, now=now, new_id=lambda: "unused")
        assert isinstance(execution, Execution)
        assert execution.whole
        assert execution.id == row["id"]


def test_the_history_is_in_order_and_ends_where_the_script_says() -> None:
    times = [datetime.fromisoformat(row["at"]) for row in rows("history.jsonl")]
    ends = datetime.fromisoformat(SCRIPT["ends"])

    assert times == sorted(times)
    assert ends - timedelta(hours=1) < times[-1] <= ends
    assert times[-1] - times[0] > timedelta(days=9)


def test_what_ran_is_either_faulty_or_healthy() -> None:
    ran = {row["target"] for row in rows("history.jsonl")}

    assert ran == set(FAULTS) | set(SCRIPT["healthy"])


@pytest.mark.parametrize("target", FAULTS)
def test_a_faulty_target_fails_as_often_as_the_script_says(target: str) -> None:
    failed = [row for row in recorded(target) if row["outcome"] != "ok"]

    assert {row["outcome"] for row in failed} == {FAULTS[target]["outcome"]}
    assert len(failed) / len(recorded(target)) == pytest.approx(FAULTS[target]["share"], abs=0.01)
    assert 0.08 <= FAULTS[target]["share"] <= 0.45


@pytest.mark.parametrize("target", SCRIPT["healthy"])
def test_a_healthy_target_never_fails(target: str) -> None:
    assert {row["outcome"] for row in recorded(target)} == {"ok"}


@pytest.mark.parametrize("target", [*FAULTS, *SCRIPT["healthy"]])
def test_a_target_was_called_often_enough_with_different_inputs(target: str) -> None:
    passing = {
        canonical([row["args"], row["kwargs"]])
        for row in recorded(target)
        if row["outcome"] == "ok"
    }

    assert 150 <= len(recorded(target)) <= 500
    assert len(passing) >= 120


def test_prices_were_read_without_fault_until_the_supplier_changed() -> None:
    ends = datetime.fromisoformat(SCRIPT["ends"])
    change = ends - (1 - FAULTS["parse.price"]["since"]) * timedelta(days=10)
    before = [row for row in recorded("parse.price") if datetime.fromisoformat(row["at"]) < change]
    after = recorded("parse.price")[len(before) :]

    assert {row["outcome"] for row in before} == {"ok"}
    assert len(before) >= 150
    assert sum(row["outcome"] == "error" for row in after) / len(after) > 0.3


@pytest.mark.parametrize("target", [*FAULTS, *SCRIPT["healthy"]])
def test_the_tools_still_answer_what_was_recorded(target: str) -> None:
    tool = load(WORKSPACE, target)

    for row in recorded(target):
        raised = row["error"] and f"raises {row['error']['type']}"
        assert answer(tool, row) == (raised or canonical(row["result"]))


@pytest.mark.parametrize("target", [t for t in FAULTS if FAULTS[t]["outcome"] == "error"])
def test_the_innermost_frame_of_an_error_is_a_line_of_the_target(target: str) -> None:
    path, _, function = TARGETS[target]["source"].partition(":")
    lines = (WORKSPACE / path).read_text(encoding="utf-8").splitlines()
    frames = [row["error"]["frames"][-1] for row in recorded(target) if row["error"]]

    assert {(frame["file"], frame["function"]) for frame in frames} == {(path, function)}
    assert all(lines[frame["line"] - 1].startswith("    ") for frame in frames)


def test_every_fault_has_a_right_change() -> None:
    assert {function_of(CHANGES[name]) for name in RIGHT} == set(FAULTS)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_change_mends_all_and_keeps_the_rest(name: str, tmp_path: Path) -> None:
    change = CHANGES[name]
    target = function_of(change)
    tool = load(changed(tmp_path, change), target)

    assert kept(tool, recorded(target))
    assert mended(tool, recorded(target))
    assert all(right(tool, cases(target)))


@pytest.mark.parametrize("name", RIGHT)
def test_after_a_right_change_every_live_call_is_right(name: str, tmp_path: Path) -> None:
    change = CHANGES[name]
    target = function_of(change)
    calls = batch(change["live"])

    assert 80 <= len(calls) <= 120
    assert {call["target"] for call in calls} == {target}
    assert not all(right(load(WORKSPACE, target), calls))
    assert all(right(load(changed(tmp_path, change), target), calls))


def test_the_cases_tell_the_faulty_tools_from_the_right_ones() -> None:
    for target, entry in TARGETS.items():
        if "cases" in entry:
            told = right(load(WORKSPACE, target), cases(target))
            assert True in told
            assert False in told


def test_nothing_recorded_speaks_against_the_tempting_fix(tmp_path: Path) -> None:
    change = CHANGES[TEMPTING]
    tool = load(changed(tmp_path, change), change["target"])

    assert kept(tool, recorded("pay.split_bill"))
    assert mended(tool, recorded("pay.split_bill"))
    assert all(right(tool, cases("pay.split_bill")))


def test_the_tempting_fix_raises_on_live_calls_that_the_tool_could_answer(tmp_path: Path) -> None:
    change = CHANGES[TEMPTING]
    calls = batch(change["live"])
    before = right(load(WORKSPACE, change["target"]), calls)
    tool = load(changed(tmp_path, change), change["target"])
    lost = [
        answer(tool, call).startswith("raises ")
        for call, well in zip(calls, before, strict=True)
        if well
    ]

    assert sum(lost) / len(calls) >= 0.25
    assert sum(right(tool, calls)) < sum(before)


def test_the_history_holds_no_amount_that_is_a_number() -> None:
    assert {type(row["args"][0]) for row in recorded("pay.split_bill")} == {str}
    assert {type(row["args"][0]) for row in batch("split_bill_first")} == {str, int, float}


def test_the_swallowing_fix_answers_every_recorded_failure_with_nothing(tmp_path: Path) -> None:
    tool = load(changed(tmp_path, CHANGES["price-swallow"]), "parse.price")
    failed = [row for row in recorded("parse.price") if row["outcome"] != "ok"]

    assert kept(tool, recorded("parse.price"))
    assert {answer(tool, row) for row in failed} == {"0.0"}
    assert not all(right(tool, cases("parse.price")))


def test_the_table_passes_every_record_and_mends_no_other_call(tmp_path: Path) -> None:
    root = changed(tmp_path, CHANGES["quote-table"])
    tool, sound = load(root, "pricing.quote"), load(WORKSPACE, "pricing.quote")

    assert kept(tool, recorded("pricing.quote"))
    assert mended(tool, recorded("pricing.quote"))
    assert tool(10, "EXPIRED") == sound(10, "EXPIRED") == 12_900


def test_the_prompt_keeps_its_placeholders(tmp_path: Path) -> None:
    def holders(root: Path) -> list[str]:
        text = (root / "prompts" / "reply.md").read_text(encoding="utf-8")
        return re.findall(r"\{(\w+)\}", text)

    assert holders(WORKSPACE) == ["customer", "question", "order"]
    assert holders(changed(tmp_path, CHANGES["reply-refunds"])) == holders(WORKSPACE)


def test_every_role_that_the_demo_plays_is_cast() -> None:
    roles = [proposal["role"] for proposal in SCRIPT["proposals"]]

    assert set(roles) == {"cheating", "tempting", "good", "person"}
    assert roles.count("good") >= 2
    assert len(SCRIPT["recipes"]) >= 3
