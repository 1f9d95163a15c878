"""The text of the profile for macOS; what it does there is not tried here."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.adapters.sandbox.macos import PROGRAM, Confines, command, profile
from mendloop.errors import InvalidInput

_PLAIN = Confines(python="/opt/py/bin/python3", read=("/opt/py/lib", "/opt/stage/1"), scratch=None)
_PATHS = st.text(st.characters(min_codepoint=32, categories=("L", "N", "P", "S", "Zs"))).map(
    lambda text: f"/{text}"
)


def test_everything_is_denied_first_and_the_network_by_name() -> None:
    lines = profile(_PLAIN).splitlines()
    assert lines[:3] == ["(version 1)", "(deny default)", "(deny network*)"]
    assert all(line.startswith("(allow ") for line in lines[3:])


def test_only_the_interpreter_may_be_started_and_nothing_written() -> None:
    text = profile(_PLAIN)
    assert re.findall(r"process-exec (.*)\)", text) == ['(literal "/opt/py/bin/python3")']
    assert re.findall(r"\(allow file-write\S* (.*)\)", text) == ['(literal "/dev/null")']
    assert "process-fork" not in text
    assert "network" not in text.replace("(deny network*)", "")
    assert "mach" not in text


def test_what_may_be_read_is_named_and_no_more() -> None:
    text = profile(_PLAIN)
    readable = set(re.findall(r'\(subpath "([^"]*)"\)', text))
    assert {"/opt/py/lib", "/opt/stage/1"} <= readable
    assert readable.isdisjoint({"/", "/Users", "/private", "/private/var", "/etc", "/usr"})


def test_one_folder_may_be_written_in_where_that_is_wanted() -> None:
    wanted = Confines(python="/p", read=(), scratch="/private/tmp/own")
    last = profile(wanted).splitlines()[-1]
    assert last == '(allow file-read* file-write* (subpath "/private/tmp/own"))'


@given(_PATHS)
def test_no_path_can_say_more_than_itself(path: str) -> None:
    text = profile(Confines(python="/p", read=(path,), scratch=None))
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', text)
    assert re.sub(r"\\(.)", r"\1", strings[-1]) == path
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert outside.count("(") == outside.count(")")
    assert '"' not in outside


@pytest.mark.parametrize("path", ["relative", "", "/a\nb", "/a\0"])
def test_a_path_that_cannot_be_named_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        profile(Confines(python="/p", read=(path,), scratch=None))


def test_the_profile_is_put_before_what_is_started() -> None:
    words = command(_PLAIN, ["/opt/py/bin/python3", "-s"])
    assert words == [PROGRAM, "-p", profile(_PLAIN), "/opt/py/bin/python3", "-s"]
