from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.errors import InvalidInput
from mendloop.interfaces.listening.token import Bearer, read_token

TOKEN = "a-token-for-the-tests"  # noqa: S105  a test's own
NAME = "MENDLOOP_A_TOKEN"


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN} ", f" BEARER {TOKEN}"])
def test_a_header_with_the_token_bears_it(header: str) -> None:
    assert Bearer(TOKEN).in_header(header)


@given(st.text(), st.text())
def test_no_other_header_bears_it(scheme: str, given_token: str) -> None:
    good = scheme.strip().lower() == "bearer" and given_token.strip() == TOKEN
    assert Bearer(TOKEN).in_header(f"{scheme} {given_token}") is good


@pytest.mark.parametrize("header", ["", TOKEN, "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_what_is_nearly_one_is_none(header: str) -> None:
    assert not Bearer(TOKEN).in_header(header)


def test_the_file_counts_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(" of-the-file\n", encoding="utf-8")
    assert read_token(file, {NAME: "other"}, NAME) == "of-the-file"
    assert read_token(None, {NAME: "other"}, NAME) == "other"
    assert read_token(None, {NAME: ""}, NAME) is None


def test_a_file_without_a_token_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xff")
    for name in ("empty", "binary", "missing"):
        with pytest.raises(InvalidInput, match=name):
            read_token(tmp_path / name, {}, NAME)
