from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mendloop.core.record.redact import Redactor
from mendloop.model.execution import Execution, Fault, Outcome
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.model.value import Encoded, canonical
from tests.core.record.secrets import HARMLESS, HEX, PARTS, TOKENS, made

KNOWN = "tr0ub4dor&3/very secret"
REDACTOR = Redactor([KNOWN, "short"], key=b"key")
CALL = Execution(
    id=ExecutionId("x-1"),
    target=TargetName("pricing.quote"),
    at=datetime(2026, 1, 1, tzinfo=UTC),
    seconds=0.1,
    outcome=Outcome.OK,
)

json_values: st.SearchStrategy[Encoded] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text() | st.sampled_from(["password", "token", "$b"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
secretive = st.lists(
    st.sampled_from(
        [*TOKENS.values(), KNOWN, *[form.format(word) for form, word in PARTS.values()]]
    )
    | st.text(max_size=5)
    | st.sampled_from([" ", "=", "'", '"', "://", "password", "<redacted:0123abcd>"]),
    max_size=8,
).map("".join)


@pytest.mark.promise("record/no-secrets-kept")
@pytest.mark.parametrize("name", TOKENS)
def test_a_token_is_redacted_wherever_it_stands(name: str) -> None:
    secret = TOKENS[name]
    call = replace(
        CALL,
        outcome=Outcome.ERROR,
        args=(secret, [f"it was {secret}."]),
        kwargs={"text": {"deep": {"$t": [f"'{secret}'"]}}, "raw": {"$b": secret.encode().hex()}},
        result={secret: 1, "pairs": {"$d": [[[1], secret]]}},
        expected=f"x={secret}",
        error=Fault(type="ValueError", message=f"cannot use {secret}, sorry"),
    )
    clean = REDACTOR.clean(call)
    kept = repr(clean)
    assert secret not in kept
    assert secret.encode().hex() not in kept
    assert repr(secret)[1:-1] not in kept
    assert not clean.whole
    assert clean.error is not None
    assert clean.error.message.startswith("cannot use <redacted:")


@pytest.mark.promise("record/no-secrets-kept")
@pytest.mark.parametrize("name", PARTS)
def test_a_secret_is_known_by_what_stands_around_it(name: str) -> None:
    form, secret = PARTS[name]
    cleaned = REDACTOR.text(form.format(secret))
    assert secret not in cleaned
    assert "<redacted:" in cleaned
    before = form.split("{}", maxsplit=1)[0].format()
    assert cleaned.startswith(before.rstrip("'\""))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_a_secret_is_left_alone(text: str) -> None:
    clean = REDACTOR.clean(replace(CALL, args=(text,), result={"a": [text]}))
    assert clean.args == (text,)
    assert clean.result == {"a": [text]}
    assert clean.whole


@pytest.mark.promise("record/no-secrets-kept")
@pytest.mark.parametrize(
    "written",
    [
        KNOWN,
        "tr0ub4dor%263%2Fvery%20secret",
        "dHIwdWI0ZG9yJjMvdmVyeSBzZWNyZXQ=",
        f"glued{KNOWN}together",
    ],
)
def test_a_known_value_is_redacted_however_it_is_written(written: str) -> None:
    cleaned = REDACTOR.text(f"so {written} it is")
    assert written not in cleaned
    assert "<redacted:" in cleaned


def test_a_known_number_is_redacted() -> None:
    clean = Redactor(["4111111111111111"], key=b"k").clean(
        replace(CALL, args=(4111111111111111, 4111111111111112))
    )
    assert clean.args[1] == 4111111111111112
    assert str(clean.args[0]).startswith("<redacted:")


def test_a_short_known_value_is_not_searched_for() -> None:
    assert REDACTOR.text("a short story") == "a short story"


@pytest.mark.parametrize(
    "key",
    [
        *[
            "password",
            "passwd",
            "Passphrase",
            "DB_PASSWORD",
            "dbPassword",
            "secret",
            "client_secret",
        ],
        *[
            "api_key",
            "apiKey",
            "X-API-Key",
            "authorization",
            "Cookie",
            "private_key",
            "access_token",
        ],
        *[
            "refreshToken",
            "aws_secret_access_key",
            "credentials",
            "connection_string",
            "csrf_token",
        ],
    ],
)
@pytest.mark.parametrize("value", ["abc", 123456, ["abc"], {"a": "abc"}])
def test_all_that_stands_under_a_secret_name_is_redacted(key: str, value: Encoded) -> None:
    call = replace(CALL, kwargs={key: value}, result={"$d": [[key, value]]}, expected={key: value})
    clean = REDACTOR.clean(call)
    assert not clean.whole
    for kept in (clean.kwargs[key], clean.expected):
        assert "abc" not in canonical(kept)
        assert "123456" not in canonical(kept)
    assert clean.result == {"$d": [[key, clean.kwargs[key]]]}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("password", None), ("password", True), ("password", ""), ("has_password", False)],
        *[("tokens", ["the", "cat"]), ("token", "the"), ("token", "two words of it"), ("token", 7)],
        *[("max_tokens", 512), ("token_count", 3), ("secretary", "Alice"), ("key", "name")],
        *[("author", "Alice B. Caroll"), ("passport", "none"), ("compass", "north")],
    ],
)
def test_a_harmless_value_under_a_telling_name_is_left_alone(key: str, value: Encoded) -> None:
    clean = REDACTOR.clean(replace(CALL, kwargs={key: value}))
    assert clean.kwargs == {key: value}
    assert clean.whole


def test_a_long_word_under_token_is_redacted() -> None:
    clean = REDACTOR.clean(replace(CALL, kwargs={"token": made(12, HEX)}))
    assert str(clean.kwargs["token"]).startswith("<redacted:")


def test_equal_secrets_have_equal_placeholders_under_one_key_only() -> None:
    secret = TOKENS["github classic"]
    first, second = REDACTOR.text(secret), REDACTOR.text(f"the {secret}")
    assert second == f"the {first}"
    assert Redactor([], key=b"other").text(secret) != first
    assert REDACTOR.text(TOKENS["openai"]) != first


def test_a_call_without_values_redacted_stays_whole_when_its_message_was() -> None:
    fault = Fault(type="E", message=f"bad {KNOWN}")
    clean = REDACTOR.clean(replace(CALL, outcome=Outcome.ERROR, error=fault))
    assert clean.whole
    assert clean.error is not None
    assert KNOWN not in clean.error.message


@given(secretive)
def test_redacting_a_text_twice_changes_nothing_more(text: str) -> None:
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once


@given(json_values, st.dictionaries(st.text(), json_values, max_size=3), secretive)
def test_redacting_an_execution_twice_changes_nothing_more(
    value: Encoded, kwargs: dict[str, Encoded], message: str
) -> None:
    call = replace(
        CALL, args=(value, message), kwargs=kwargs, error=Fault(type="E", message=message)
    )
    once = REDACTOR.clean(call)
    assert REDACTOR.clean(once) == once


@given(json_values)
def test_what_is_not_replaced_is_the_same_and_whole_says_so(value: Encoded) -> None:
    assume("<redacted:" not in canonical(value))
    clean = REDACTOR.clean(replace(CALL, result=value))
    assert clean.whole == ("<redacted:" not in canonical(clean.result))
    assert not clean.whole or canonical(clean.result) == canonical(value)


@pytest.mark.parametrize(
    "part",
    ["a_", "password", "ey", "a:/", "=", "sk-", "http://a:", "cookie: a=", "8Q~", "A", "a.b-"],
)
def test_hostile_text_takes_no_long_time_to_search(part: str) -> None:
    text = part * (60_000 // len(part))
    assert REDACTOR.text(text) == REDACTOR.text(REDACTOR.text(text))
