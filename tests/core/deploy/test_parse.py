import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.deploy.parse import unreadable


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.py", b"\xef\xbb\xbfx = 1\r\n"),
        ("a.py", b"# coding: latin-1\nx = '\xe4'\n"),
        ("a.toml", b"x = 1"),
        ("a.json", b"\xef\xbb\xbf{}"),
        ("a.yaml", b"x: !Ref y\n---\nz: 1\n"),
        ("a.md", b"\xff\xfe"),
        ("Makefile", b"\x00"),
    ],
)
def test_what_its_readers_can_read_is_fine(path: str, content: bytes) -> None:
    assert unreadable(path, content) is None


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.py", b"def f(:\n"),
        ("a.py", b"x = '\xe4'\n"),
        ("a.py", b"x = 1\x00"),
        ("a.py", b"(" * 10_000),
        ("a.toml", b"x ="),
        ("a.toml", b"\xff"),
        ("a.json", b"[" * 200_000),
        ("a.json", b"{'x': 1}"),
        ("a.yaml", b"x: [1"),
        ("a.yml", b"a: b: c"),
    ],
)
def test_what_they_cannot_read_is_told_in_a_line(path: str, content: bytes) -> None:
    reason = unreadable(path, content)

    assert reason is not None
    assert len(reason) < 300


@given(kind=st.sampled_from(["py", "toml", "json", "yaml"]), content=st.binary(max_size=100))
def test_any_bytes_are_answered(kind: str, content: bytes) -> None:
    reason = unreadable(f"a.{kind}", content)

    assert reason is None or len(reason) < 300
