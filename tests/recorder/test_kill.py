"""A process is killed at any moment; what it had said was safe is there.

A hundred rounds, and the age of what is lost: ``make torture``.
"""

import pytest

from tests.recorder.kill import kill
from tests.recorder.processes import Place

pytestmark = pytest.mark.promise("record/a-kill-loses-no-failure")


def test_a_kill_loses_no_failure_and_no_flushed_success(place: Place) -> None:
    told = kill(place, 4, seed=1)

    assert told.wrong == []
    assert told.failures > 0
