"""One faulty function through the real loop: recorded, investigated, mended, and then judged."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mendloop.app.found import Generated, GeneratedFix
from mendloop.bootstrap import House, open_house
from mendloop.core.validate.compare import same
from mendloop.model.observation import Raised, Returned, TimedOut
from mendloop.model.spend import Spending
from mendloop.settings import Settings
from tests.repair.crop import Answered, Patient, answers, sandbox

TARGET = "tool.function"
_START = datetime(2026, 1, 5, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the engine has made of one patient."""

    patient: Patient
    made: Generated
    right: tuple[bool, ...]
    """Of each proposal, the best first: whether it is right on every input held back."""
    seconds: float
    """From the question to the answer."""
    cpu: float
    """Seconds of processor time of that: of this process, and of all sandboxes."""
    suspects: tuple[int, ...]
    shown: str
    """The best proposal, in words."""

    @property
    def found(self) -> bool:
        """Whether there is a proposal that does what all recorded calls want."""
        return bool(self.right)

    @property
    def first_right(self) -> bool:
        """Whether the best one is right."""
        return self.right[:1] == (True,)

    @property
    def located(self) -> bool:
        """Whether a faulty line is among the first three suspects."""
        return bool(set(self.suspects[:3]) & set(self.patient.lines))


async def treat(patient: Patient, *, budget: timedelta) -> Outcome:
    """Run the engine on one patient."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root / "workspace", patient.files, patient.path, patient.function)
        settings = Settings.at(root / "workspace", root / "data", {})
        async with open_house(settings) as house:
            await house.loop.recorder.record(history(patient.history))
            started, used = time.perf_counter(), time.process_time()
            diagnosis = await house.loop.investigator.investigate(target=TARGET)
            made = await house.loop.generator.generate(target=TARGET, budget=budget)
            seconds = time.perf_counter() - started
            used = time.process_time() - used + await _in_sandboxes(house)
            right = [await _right(house, patient, fix) for fix in made.proposals]
    return Outcome(
        patient=patient,
        made=made,
        right=tuple(right),
        seconds=seconds,
        cpu=used,
        suspects=tuple(suspect.line for suspect in diagnosis.suspects),
        shown=made.proposals[0].note if made.proposals else made.note,
    )


async def _in_sandboxes(house: House) -> float:
    """The processor time of all sandboxes so far, in seconds, as it is counted against limits."""
    async with house.loop.generator.state.reading() as tables:
        spent = await tables.spent.since(Spending.CPU, datetime.min.replace(tzinfo=UTC))
    return sum(each.amount for each in spent) / 1000


def lay_out(folder: Path, files: Mapping[str, bytes], path: str, function: str) -> None:
    """A workspace on disk whose one target is a function."""
    manifest = f'[targets."{TARGET}"]\nsource = "{path}:{function}"\nidempotent = true\n'
    for name, data in {**files, "mendloop.toml": manifest.encode()}.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def history(calls: Sequence[Answered]) -> list[object]:
    """The raw records of some calls, a minute apart."""
    return [_record(number, one) for number, one in enumerate(calls)]


def _record(number: int, one: Answered) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "target": TARGET,
        "at": (_START + timedelta(minutes=number)).isoformat(),
        "seconds": 0.001,
        "args": list(one.call.args),
        "kwargs": one.call.kwargs,
        "id": f"x-{number}",
    }
    match one.seen:
        case Returned(value) if one.passing:
            return {**raw, "outcome": "ok", "result": value}
        case Returned(value):
            return {**raw, "outcome": "wrong", "result": value, "expected": one.right}
        case Raised(fault):
            frames = [
                {"file": frame.file, "line": frame.line, "function": frame.function}
                for frame in fault.frames
            ]
            error = {"type": fault.type, "message": fault.message, "frames": frames}
            return {**raw, "outcome": "error", "error": error, "expected": one.right}
        case TimedOut(after):
            return {**raw, "outcome": "timeout", "seconds": after, "expected": one.right}
        case _:
            raise AssertionError(one.seen)


async def _right(house: House, patient: Patient, fix: GeneratedFix) -> bool:
    """Whether a proposal answers every input held back as the original does."""
    new = {
        file.path: house.loop.generator.means.ideas.blobs.get(file.new)
        for file in fix.proposal.files
    }
    calls = [one.call for one in patient.held_back]
    async with sandbox(patient.files) as session:
        seen = await answers(
            session, patient.path, patient.function, calls, source=new[patient.path]
        )
    return seen is not None and all(
        isinstance(one, Returned) and same(one.value, held.right)
        for one, held in zip(seen, patient.held_back, strict=True)
    )
