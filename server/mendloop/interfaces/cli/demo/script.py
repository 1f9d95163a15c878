"""What the demo plays: the folder that ships with the source, and a copy of it that is now."""

import json
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mendloop.errors import Unavailable
from mendloop.noun import dataclass

_JUST_BEFORE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A change that the script proposes."""

    name: str
    target: str
    expect: str
    rationale: str
    edits: Sequence[Mapping[str, str]]
    live: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call of the days after the history, and its right answer."""

    target: str
    args: list[Any]
    kwargs: dict[str, Any]
    expected: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The demo's data."""

    folder: Path
    ends: datetime
    healthy: Sequence[str]
    faulty: Sequence[str]
    parts: Mapping[str, Part]
    live: Mapping[str, Sequence[LiveCall]]


def shipped_script() -> Script:
    """The script in the checkout.

    Raises:
        Unavailable: This is an installed wheel, which does not carry the demo's data.
    """
    folder = Path(__file__).resolve().parents[5] / "data" / "demo"
    if not (folder / "script.toml").is_file():
        raise Unavailable(
            "The demo's data is not installed with the wheel.",
            hint="Clone the repository and run `make demo` in it.",
        )
    read = tomllib.loads((folder / "script.toml").read_text(encoding="utf-8"))
    live: dict[str, list[LiveCall]] = {}
    for line in (folder / read["live"]).read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        live.setdefault(call["batch"], []).append(
            LiveCall(
                target=call["target"],
                args=call["args"],
                kwargs=call["kwargs"],
                expected=call["expected"],
            )
        )
    return Script(
        folder=folder,
        ends=datetime.fromisoformat(read["ends"]),
        healthy=read["healthy"],
        faulty=[fault["target"] for fault in read["faults"]],
        parts={
            part["name"]: Part(
                name=part["name"],
                target=part["target"],
                expect=part["expect"],
                rationale=part["rationale"],
                edits=part["edits"],
                live=part.get("live"),
            )
            for part in read["proposals"]
        },
        live=live,
    )


def lay_out(script: Script, folder: Path, now: datetime) -> int:
    """Copy the workspace, and the history with its newest call just before now.

    Args:
        script: What to copy.
        folder: Gets ``workspace/`` and ``history.jsonl``.
        now: When the demo begins.

    Returns:
        How many executions the history has.
    """
    shutil.copytree(script.folder / "workspace", folder / "workspace", dirs_exist_ok=True)
    shift = now.astimezone(UTC) - _JUST_BEFORE - script.ends
    lines = (script.folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
    with (folder / "history.jsonl").open("w", encoding="utf-8") as file:
        for line in lines:
            record = json.loads(line)
            record["at"] = (datetime.fromisoformat(record["at"]) + shift).isoformat()
            file.write(json.dumps(record) + "\n")
    return len(lines)
