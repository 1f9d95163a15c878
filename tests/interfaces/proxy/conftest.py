"""Programs that are gone when their test is."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import pytest

from tests.interfaces.proxy.wire import Start, start


@pytest.fixture
def started() -> Generator[Start]:
    with ExitStack() as stack:

        def begin(command: Sequence[str], state: Path, **more: str) -> Popen[bytes]:
            process = stack.enter_context(start(command, state, **more))
            stack.callback(process.kill)
            return process

        yield begin
