"""Ordinary programs work in every tier: a sandbox that refuses everything proves nothing."""

from importlib.util import find_spec

import pytest

from mendloop.adapters.sandbox.linux import LinuxSession
from tests.escape.ordinary import BESIDE, NUMPY, PROGRAMS, WRITERS
from tests.escape.told import PATIENT, tried

pytestmark = [pytest.mark.anyio, pytest.mark.promise("sandbox/ordinary-programs-work")]


def test_there_are_enough_of_them() -> None:
    assert len(PROGRAMS) + len(WRITERS) >= 12


@pytest.mark.parametrize("name", sorted(PROGRAMS))
async def test_an_ordinary_program_works(session: LinuxSession, name: str) -> None:
    source, arguments, expected = PROGRAMS[name]
    told = await tried(session, source, *arguments, limits=PATIENT, beside=BESIDE)
    assert (told.kind, told.value) == ("Returned", expected), told


@pytest.mark.parametrize("name", sorted(WRITERS))
async def test_files_may_be_written_where_that_is_wanted(session: LinuxSession, name: str) -> None:
    source, arguments, expected = WRITERS[name]
    told = await tried(session, source, *arguments, writes=True, limits=PATIENT)
    assert (told.kind, told.value) == ("Returned", expected), told
    refused = await tried(session, source, *arguments, limits=PATIENT)
    assert refused.kind == "Raised"


@pytest.mark.skipif(find_spec("numpy") is None, reason="numpy is not installed here")
@pytest.mark.slow
async def test_numpy_works_where_the_interpreter_has_it(session: LinuxSession) -> None:
    source, arguments, expected = NUMPY
    told = await tried(session, source, *arguments, limits=PATIENT)
    assert told.value == expected, told
    random = "import numpy as np\ndef f(_):\n    return float(np.random.rand())\n"
    first, again = [await tried(session, random, 1, limits=PATIENT) for _ in range(2)]
    assert first == again
