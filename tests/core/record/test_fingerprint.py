from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.record.fingerprint import BARE, fingerprint, masked, may_be
from mendloop.model.execution import Fault, Frame, Outcome


def fault(message: str = "", *frames: Frame, kind: str = "ValueError") -> Fault:
    return Fault(type=kind, message=message, frames=frames)


def frame(file: str, function: str, line: int = 1) -> Frame:
    return Frame(file=file, line=line, function=function)


QUOTE = frame("tools/pricing.py", "quote")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("no order 4711", "no order <num>"),
        ("took 1.5e-05 s of -3", "took <num> s of <num>"),
        ("no order SKU-17b", "no order SKU-<num>b"),
        ("GET https://shop.example/a?b=1 failed", "GET <url> failed"),
        ("no job 123e4567-e89b-12d3-a456-426614174000", "no job <uuid>"),
        ("late since 2026-11-21T01:19:16.134Z", "late since <date>"),
        ("no route to 10.0.0.7:5432", "no route to <ip>"),
        ("<Order object at 0x7f3c2a1b9d50>", "<Order object at <hex>>"),
        ("commit 9fceb02d0ae598e9 is gone", "commit <hex> is gone"),
        ("cannot reach db.internal:5432", "cannot reach <host>"),
        ("no such file: /tmp/build-17/out.txt", "no such file: <path>"),
        ("no such file: 'C:\\temp\\x.txt'", "no such file: <quoted>"),
        ("mail to alice@example.com bounced", "mail to <email> bounced"),
        ("could not convert string to float: 'n/a'", "could not convert string to float: <quoted>"),
        (
            "'NoneType' object has no attribute 'total'",
            "'NoneType' object has no attribute 'total'",
        ),
        ("'bolt-m8'", "<quoted>"),
        ('"it\'s"', "<quoted>"),
        ("'it\\'s \"odd\"'", "<quoted>"),
        ("'a' is not 'b'", "'a' is not 'b'"),
        (f"'{'long ' * 100}'", "<quoted>"),
        ("4711", "<num>"),
        ("numpy.float64 is no Decimal", "numpy.float<num> is no Decimal"),
        ("first line\nsecond 2", "first line"),
        ("\n  late start", "late start"),
    ],
)
def test_what_differs_from_call_to_call_is_masked(message: str, expected: str) -> None:
    assert masked(message) == expected


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False), st.integers())
def test_a_fingerprint_does_not_see_numbers(left: float, right: int) -> None:
    first = fingerprint(fault(f"no order {left} here", QUOTE), Outcome.ERROR)
    assert first == fingerprint(fault(f"no order {right} here", QUOTE), Outcome.ERROR)


@given(st.uuids(), st.uuids())
def test_a_fingerprint_does_not_see_uuids(left: UUID, right: UUID) -> None:
    first = fingerprint(fault(f"no job {left}", QUOTE), Outcome.ERROR)
    assert first == fingerprint(fault(f"no job {right}", QUOTE), Outcome.ERROR)


path = st.lists(st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True), min_size=2, max_size=5).map(
    lambda names: "/" + "/".join(names)
)


@given(path, path)
def test_a_fingerprint_does_not_see_paths(left: str, right: str) -> None:
    first = fingerprint(fault(f"no file {left} found", QUOTE), Outcome.ERROR)
    assert first == fingerprint(fault(f"no file {right} found", QUOTE), Outcome.ERROR)


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_a_fingerprint_does_not_see_lines(left: int, right: int) -> None:
    first = fingerprint(fault("x", frame("a.py", "f", left)), Outcome.ERROR)
    assert first == fingerprint(fault("x", frame("lib/a.py", "f", right)), Outcome.ERROR)


def test_a_fingerprint_sees_the_type_the_function_and_the_message() -> None:
    kinds = {
        fingerprint(each, Outcome.ERROR)
        for each in (
            fault("x", QUOTE),
            fault("y", QUOTE),
            fault("x", QUOTE, kind="KeyError"),
            fault("x", frame("tools/pricing.py", "total")),
            fault("x", frame("tools/tax.py", "quote")),
            fault("x"),
        )
    }
    assert len(kinds) == 6
    assert all(len(kind) == 12 and set(kind) <= set("0123456789abcdef") for kind in kinds)


def test_frames_of_libraries_and_the_depth_of_a_recursion_do_not_count() -> None:
    library = (
        frame("/usr/lib/python3.11/json/decoder.py", "decode"),
        frame("/home/a/.venv/lib/python3.11/site-packages/requests/api.py", "get"),
        frame("<frozen importlib._bootstrap>", "_find_and_load"),
    )
    first = fingerprint(fault("x", QUOTE), Outcome.ERROR)
    assert first == fingerprint(fault("x", QUOTE, *library), Outcome.ERROR)
    assert first == fingerprint(fault("x", QUOTE, QUOTE, QUOTE), Outcome.ERROR)


def test_a_timeout_and_a_wrong_result_have_kinds_of_their_own() -> None:
    timeout = fingerprint(None, Outcome.TIMEOUT)
    assert timeout == fingerprint(fault("after 5 s"), Outcome.TIMEOUT)
    assert len({timeout, fingerprint(None, Outcome.WRONG), fingerprint(None, Outcome.ERROR)}) == 3


@given(st.text(), st.text())
def test_a_missing_key_is_one_kind_whatever_the_key(left: str, right: str) -> None:
    first = fingerprint(fault(str(KeyError(left)), QUOTE, kind="KeyError"), Outcome.ERROR)
    second = fault(str(KeyError(right)), QUOTE, kind="KeyError")
    assert first == fingerprint(second, Outcome.ERROR)


def test_only_what_names_no_error_is_the_same_everywhere() -> None:
    assert fingerprint(fault("after 5 s", QUOTE), Outcome.TIMEOUT) in BARE
    assert fingerprint(None, Outcome.WRONG) in BARE
    assert fingerprint(fault("x", QUOTE), Outcome.ERROR) not in BARE
    assert fingerprint(None, Outcome.OK) not in BARE


def test_a_call_that_did_not_fail_has_none() -> None:
    assert fingerprint(None, Outcome.OK) == ""


@given(st.text())
def test_any_message_has_one(message: str) -> None:
    assert len(fingerprint(fault(message), Outcome.ERROR)) == 12


HELPER = frame("tools/helpers.py", "to_number")
LIBRARY = frame("lib/python3.12/json/decoder.py", "decode")


@pytest.mark.parametrize(
    ("recorded", "same"),
    [
        (fault("no order 1", QUOTE, HELPER), True),
        (fault("no order 2", QUOTE), True),
        (fault("no order 2", HELPER), True),
        (fault("no order 2"), True),
        (fault("no order 2", LIBRARY), True),
        (fault("no order 2", kind="builtins.ValueError"), True),
        (fault("no order 2", HELPER, QUOTE), False),
        (fault("no order 2", frame("tools/other.py", "quote")), False),
        (fault("no customer 2"), False),
        (fault("no order 2", kind="KeyError"), False),
    ],
)
def test_a_record_that_tells_less_may_be_of_the_same_failure(
    recorded: Fault, *, same: bool
) -> None:
    assert may_be(fault("no order 7", QUOTE, HELPER, LIBRARY), recorded) is same
