import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.adapters.blobs import DiskBlobs
from mendloop.errors import NotFound, Unavailable
from mendloop.model.ids import Digest, digest_of


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> DiskBlobs:
    return DiskBlobs(tmp_path_factory.mktemp("blobs"))


@given(content=st.binary(max_size=2000))
@pytest.mark.promise("deploy/old-bytes-can-be-had-back")
def test_every_content_comes_back_byte_for_byte(shared: DiskBlobs, content: bytes) -> None:
    digest = shared.put(content)

    assert digest == digest_of(content)
    assert shared.get(digest) == content


def test_a_content_is_kept_once_and_read_only(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path / "not" / "there" / "yet")

    blobs.put(b"one")
    blobs.put(b"one")

    [kept] = blobs.folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400
    assert stat.S_IMODE(blobs.folder.stat().st_mode) == 0o700


def test_a_damaged_content_is_told_apart_from_a_missing_one(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    digest = blobs.put(b"one")
    (tmp_path / digest).chmod(0o600)
    (tmp_path / digest).write_bytes(b"two")

    with pytest.raises(Unavailable, match="is damaged"):
        blobs.get(digest)
    with pytest.raises(NotFound):
        blobs.get(digest_of(b"never kept"))


def test_a_damaged_content_is_mended_by_keeping_it_again(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    digest = blobs.put(b"one")
    (tmp_path / digest).chmod(0o600)
    (tmp_path / digest).write_bytes(b"two")

    blobs.put(b"one")

    assert blobs.get(digest) == b"one"


@pytest.mark.parametrize("name", ["", "../secret", "a" * 63, "A" * 64, "/etc/passwd"])
def test_what_is_no_digest_is_never_looked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_bytes(b"")
    blobs = DiskBlobs(tmp_path / "blobs")

    with pytest.raises(NotFound):
        blobs.get(Digest(name))
