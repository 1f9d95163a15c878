from pathlib import Path

import pytest

from tests.attempts.place import Place, copied, first_place


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Made once; nobody changes it."""
    return first_place(tmp_path_factory.mktemp("first"))


@pytest.fixture
def place(first: Place, tmp_path: Path) -> Place:
    """A copy of it, to try things in."""
    return copied(first, tmp_path)
