"""After kills of recorders, readers of the spool and servers nothing that was safe is gone.

A round of each; 210 of them: ``make torture``.
"""

from pathlib import Path

import numpy as np
import pytest

from tests.kill.__main__ import place_in
from tests.kill.rounds import KINDS, TOLD, Rounds
from tests.kill.verdict import judged

pytestmark = pytest.mark.anyio


@pytest.mark.timeout(60)
@pytest.mark.promise("record/what-is-answered-survives-kills")
async def test_what_was_safe_before_a_kill_is_there_once_and_counted_right(tmp_path: Path) -> None:
    done = Rounds(place_in(tmp_path), np.random.default_rng(7))
    for kind in KINDS:
        done.go(kind)
    count, wrong = await judged(done)
    assert wrong == []
    assert count >= len(done.numbers) > 0
    assert any(name.startswith(TOLD) for name in done.ids)


async def test_a_record_that_is_lost_or_doubled_is_found(tmp_path: Path) -> None:
    done = Rounds(place_in(tmp_path), np.random.default_rng(8))
    done.go("recorder")
    done.ids.add("s-never-kept")
    done.numbers.add(-5)
    _, wrong = await judged(done)
    assert wrong == [
        "record s-never-kept was safe, and is not there",
        "call -5 was safe, and is not there",
    ]
