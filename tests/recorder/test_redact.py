import base64
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mendloop.recorder.glance import suspicious
from mendloop.recorder.patterns import PART, TOKEN, TOKENS, likely_key, sure_key
from mendloop.recorder.redact import Redactor
from tests.core.record import secrets

KNOWN = "tr0ub4dor&3/very secret"
ODD = ('say "hello" to ünïcode', "пароль-совсем-секретный", "back\\slash\\and\ttabs", "a b c d e f")
REDACTOR = Redactor([KNOWN, *ODD], key=b"key")
SECRETS = {
    **secrets.TOKENS,
    **{f"part {name}": form.format(word) for name, (form, word) in secrets.PARTS.items()},
    "known": KNOWN,
    **{f"known {place}": secret for place, secret in enumerate(ODD)},
}


def escaped(text: str) -> str:
    """JSON in which every character is escaped, which is never needed and always allowed."""
    units = text.encode("utf-16-be", "surrogatepass")
    pairs = (units[place : place + 2].hex() for place in range(0, len(units), 2))
    return '"' + "".join(f"\\u{pair}" for pair in pairs) + '"'


WRITERS: dict[str, Callable[[str], str]] = {
    "plain": json.dumps,
    "unicode": lambda text: json.dumps(text, ensure_ascii=False),
    "slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "capitals": lambda text: re.sub(
        r"\\u[0-9a-f]{4}", lambda m: "\\u" + m[0][2:].upper(), json.dumps(text)
    ),
    "escaped": escaped,
    "in a sentence": lambda text: json.dumps(f"it was\n{text}\tand é"),
    "beside an accent": lambda text: json.dumps(f"é{text}é"),
    "in quotes": lambda text: json.dumps(f'"{text}"'),
    "in a list": lambda text: json.dumps({"a": [1, [text]]}),
    "as a name": lambda text: json.dumps({text: 1}),
    "in a pair": lambda text: json.dumps({"$d": [[1, text]]}),
    "in bytes": lambda text: json.dumps({"$b": text.encode().hex()}),
    "in bytes spaced": lambda text: json.dumps({"$b": text.encode().hex()}, indent=2),
}
NAMES = (
    *("password", "Password", "DB_PASSWORD", "dbPassword", "user-password", "new_password"),
    *("password2", "password_confirmation", "password_hash", "passwd", "passwort", "kennwort"),
    *("pass_word", "passphrase", "passcode", "pwd", "secret", "app.secret", "secrets"),
    *("client_secret", "clientSecret", "SECRET_KEY", "secret_access_key", "api_key", "apiKey"),
    *("APIKEY", "X-Api-Key", "private_key", "privateKey", "account_key", "access_key"),
    *("encryption_key", "signing-key", "master_key", "service_role_key", "credentials", "creds"),
    *("authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "cookies", "access_token"),
    *("refreshToken", "id_token", "session_token", "csrf-token", "bot_token", "bearer_token"),
    *("security_token", "connection_string", "connectionString"),
)

strings = st.lists(
    st.sampled_from([*SECRETS.values()])
    | st.text(max_size=5)
    | st.sampled_from([" ", "=", "'", '"', "://", "@", "-", ".", "/", "token", "password", "é"]),
    max_size=5,
).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | strings,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*NAMES, "$b", "$d", "a"]) | strings, inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.promise("record/clear-is-sure")
@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", SECRETS)
def test_a_text_with_a_secret_in_it_is_never_clear(name: str, writer: str) -> None:
    assert not REDACTOR.clear(WRITERS[writer](SECRETS[name]))


@pytest.mark.promise("record/clear-is-sure")
@given(values, st.booleans())
def test_what_is_clear_is_not_changed(value: object, ascii_only: bool) -> None:  # noqa: FBT001  drawn
    if REDACTOR.clear(json.dumps(value, ensure_ascii=ascii_only)):
        assert REDACTOR.value(value) == value


@pytest.mark.promise("record/clear-is-sure")
@given(strings)
def test_a_text_that_is_clear_is_not_changed(text: str) -> None:
    if REDACTOR.clear(text):
        assert REDACTOR.text(text) == text


@given(strings)
def test_the_first_look_sees_all_that_the_search_would_find(text: str) -> None:
    if TOKEN.search(text) or any(pattern.search(text) for name, pattern in PART if name != "basic"):
        assert suspicious(text)


@pytest.mark.parametrize("name", TOKENS)
@settings(max_examples=10)
@given(st.data())
def test_whatever_has_the_form_of_a_token_is_redacted(name: str, data: st.DataObject) -> None:
    token = data.draw(st.from_regex(re.compile(TOKENS[name], re.ASCII), fullmatch=True))
    for text in (token, f"a {token}, b", f"x-{token}"):
        assert token not in REDACTOR.text(text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["abc", 17, ["abc"], {"a": "abc"}])
def test_what_stands_under_a_secret_name_is_redacted(name: str, value: object) -> None:
    cleaned = REDACTOR.value({"a": [{name: value}, {"$d": [[name, value]]}]})
    assert "abc" not in json.dumps(cleaned)
    assert "17" not in json.dumps(cleaned).replace("<redacted:", "").replace(
        json.dumps(cleaned["a"][0][name]), ""
    )
    assert str(cleaned["a"][0][name]).startswith("<redacted:")


@given(st.lists(st.sampled_from([*NAMES, "a", "_", "-", ".", "1", "key", "token"])).map("".join))
def test_a_text_with_a_telling_name_is_not_clear(name: str) -> None:
    if sure_key(name) or likely_key(name):
        assert not REDACTOR.clear(json.dumps({name: "x" * 9}))
        assert not REDACTOR.clear(json.dumps({"$d": [[name, "x" * 9]]}))


@pytest.mark.parametrize(
    "name",
    [
        *("tokens", "max_tokens", "token_count", "tokenizer", "secretary", "author", "passport"),
        *(
            "compass",
            "key",
            "keys",
            "primary_key",
            "sort_key",
            "foreign_key",
            "cache_key",
            "bypass",
        ),
        *("passed", "passes", "keyboard", "monkey", "cookie_banner", "basically", "public_key"),
        *("authority", "oauth_provider", "signature_date", "credited", "session", "session_id"),
    ],
)
def test_a_name_that_only_sounds_secret_tells_nothing(name: str) -> None:
    value = {name: "a-plain-word", "n": {name: 3}}
    assert REDACTOR.value(value) == value


@pytest.mark.parametrize(
    "line",
    [
        {
            "target": "pricing.quote",
            "at": "2026-11-21T01:19:16.134Z",
            "seconds": 0.012,
            "outcome": "ok",
            "args": [3, "bolt-m8", {"sku": "SKU-17", "tags": ["a", "b"]}],
            "kwargs": {"coupon": None, "country": "de", "max_tokens": 512},
            "result": {"total": 41.5, "currency": "EUR"},
            "session": "6f1c9a3e-8a4b-4c1d-9e2f-0123456789ab",
            "id": "t-toolu_01AbCdEfGhIjKlMnOpQrStUv",
            "version": "3f" * 32,
            "function": "tools/pricing.py:quote",
            "source": "recorder",
        },
        {"error": {"type": "KeyError", "message": "'bolt-m8'"}, "args": ["café", "a\nb", 'a"b']},
        {"args": ["https://shop.example/a?b=1&c=2", "alice@example.com", "C:\\temp\\x"]},
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_an_everyday_line_is_clear(line: object, ascii_only: bool) -> None:  # noqa: FBT001  a case
    assert Redactor([KNOWN], key=b"k").clear(json.dumps(line, ensure_ascii=ascii_only))


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda secret: json.dumps(secret)[1:-1],
    "repr": lambda secret: repr(secret)[1:-1],
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for addresses": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
}


@pytest.mark.parametrize("secret", [KNOWN, *ODD])
@pytest.mark.parametrize("form", FORMS)
def test_a_known_value_is_found_however_it_is_written(secret: str, form: str) -> None:
    written = FORMS[form](secret)
    text = f"so {written} it is"
    assert written not in REDACTOR.text(text)
    assert not REDACTOR.clear(json.dumps(text))
    assert not REDACTOR.clear(json.dumps(text, ensure_ascii=False))


def test_values_of_all_allowed_depth_are_walked() -> None:
    token = secrets.TOKENS["github classic"]
    objects: object = token
    lists: object = token
    for _ in range(200):
        objects, lists = {"a": objects}, [lists]
    assert token not in json.dumps(REDACTOR.value([objects, lists]))


def test_bytes_are_looked_into() -> None:
    token = secrets.TOKENS["github classic"]
    cleaned = REDACTOR.value({"$b": b"\xff".hex() + token.encode().hex()})
    assert token.encode().hex() not in cleaned["$b"]
    assert bytes.fromhex(cleaned["$b"]).startswith(b"\xff<redacted:")


@pytest.mark.parametrize("value", [{"$b": "zz"}, {"$b": 7}, {"$d": 7}, {"$d": [[1]]}, {"$b": []}])
def test_a_tag_that_is_none_is_taken_as_it_is(value: object) -> None:
    assert REDACTOR.value(value) == value
