"""Results that break what their target promises are labelled, though nothing was raised."""

from pathlib import Path

import pytest

from mendloop.bootstrap import open_house
from mendloop.model.execution import Outcome
from mendloop.settings import Settings
from tests.conftest import HandClock
from tests.loop.conftest import MANIFEST, lay_out, record

pytestmark = pytest.mark.anyio


def _promising(folder: Path, invariants: str) -> Path:
    lay_out(folder)
    text = MANIFEST.replace(
        'cases = "cases/share.jsonl"', f'cases = "cases/share.jsonl"\ninvariants = {invariants}'
    )
    (folder / "mendloop.toml").write_text(text, encoding="utf-8")
    return folder


async def test_a_result_that_breaks_an_invariant_is_wrong(tmp_path: Path, clock: HandClock) -> None:
    folder = _promising(tmp_path / "workspace", '["result >= 0", "result <= args[0]"]')
    async with open_house(Settings.at(folder, tmp_path / "data", {}), clock=clock) as house:
        await house.loop.recorder.record(
            [
                record(clock, "shop.share", 6, 2, result=3, id="good"),
                record(clock, "shop.share", 6, 2, result=-3, id="negative"),
                record(clock, "shop.share", 6, 2, result=7, id="too-much"),
                record(clock, "shop.share", 6, 2, result="three", id="no-number"),
                record(clock, "shop.label", 6, result=-1, id="not-promised"),
            ]
        )
        assert await house.holder.check() == 2
        found = {
            name: (await house.loop.reader.execution(name)).outcome
            for name in ("good", "negative", "too-much", "no-number", "not-promised")
        }
        assert {name for name, outcome in found.items() if outcome is Outcome.WRONG} == {
            "negative",
            "too-much",
        }


async def test_each_call_is_looked_at_once_and_again_under_a_new_promise(
    tmp_path: Path, clock: HandClock
) -> None:
    folder = _promising(tmp_path / "workspace", '["result >= 0"]')
    settings = Settings.at(folder, tmp_path / "data", {})
    async with open_house(settings, clock=clock) as house:
        await house.loop.recorder.record([record(clock, "shop.share", 6, 2, result=30)])
        assert await house.holder.check() == 0
        marks = await house.maintainer.history.marks()
        assert await house.holder.check() == 0
        assert await house.maintainer.history.marks() == marks
        _promising(folder, '["result <= args[0]"]')
        assert await house.holder.check("shop.share") == 1


async def test_detect_hears_of_broken_promises(tmp_path: Path, clock: HandClock) -> None:
    folder = _promising(tmp_path / "workspace", '["result >= 0"]')
    async with open_house(Settings.at(folder, tmp_path / "data", {}), clock=clock) as house:
        await house.loop.recorder.record(
            [record(clock, "shop.share", n, 2, result=-1 if n % 2 else n) for n in range(60)]
        )
        found = await house.loop.detector.detect()
    assert [(each.finding.kind, each.finding.target) for each in found.incidents] == [
        ("failing", "shop.share")
    ]


async def test_a_promise_that_cannot_be_read_labels_nothing(
    tmp_path: Path, clock: HandClock
) -> None:
    folder = _promising(tmp_path / "workspace", '["result >="]')
    async with open_house(Settings.at(folder, tmp_path / "data", {}), clock=clock) as house:
        await house.loop.recorder.record([record(clock, "shop.share", 6, 2, result=-3)])
        assert await house.holder.check() == 0
