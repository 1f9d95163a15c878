"""A process is killed at any moment; what it had said was safe is there.

More rounds, and the age of what is lost: ``python -m tests.recorder.kill``.
"""

import pytest

from tests.recorder.kill import kill
from tests.recorder.processes import Place

pytestmark = pytest.mark.promise("record/a-kill-loses-no-failure")


def test_a_kill_loses_no_failure_and_no_flushed_success(place: Place) -> None:
    told = kill(place, 4, seed=1)

    assert told.wrong == []
    assert told.failures > 0


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_a_hundred_kills_lose_no_failure_and_no_flushed_success(place: Place) -> None:
    told = kill(place, 100, seed=20261121)

    assert told.wrong == []
    assert told.failures > 1000
    assert told.successes > told.lost
