from typing import Any

import pytest

from tests.interfaces.cli.conftest import Line


def test_a_token_is_made_shown_once_listed_and_revoked(line: Line) -> None:
    made = line.json("tokens", "new", "ci-bot", "--role", "agent", "--expires", "12h")
    assert made["token"].startswith("mendloop_")
    assert (made["name"], made["role"], made["revoked"]) == ("ci-bot", "agent", None)
    (known,) = line.json("tokens")["tokens"]
    assert known["in_force"]
    assert made["token"] not in line.done("tokens")
    assert made["token"] not in line.done("--json", "tokens")
    assert {"token", "digest"}.isdisjoint(known)
    assert line.json("tokens", "revoke", "ci-bot")["revoked"]
    assert not line.json("tokens")["tokens"][0]["in_force"]
    assert "revoked" in line.done("tokens", "list")
    events = [entry["event"] for entry in line.json("audit")["entries"]]
    assert events[-2:] == ["token_made", "token_revoked"]


def test_a_person_is_told_how_to_send_it(line: Line) -> None:
    assert "no tokens" in line.done("tokens")
    said = line.done("tokens", "new", "ops", "--role", "operator", "--expires", "never")
    assert "Authorization: Bearer" in said
    assert "for ever, never used" in said


@pytest.mark.promise("http/no-agent-makes-tokens")
@pytest.mark.parametrize("words", [("new", "x", "--role", "operator"), ("revoke", "x")])
def test_an_agent_makes_no_token_and_revokes_none(line: Line, words: tuple[str, ...]) -> None:
    assert "an agent runs this" in line.refused("tokens", *words, env={"CLAUDECODE": "1"})
    assert line.json("tokens") == {"tokens": []}


@pytest.mark.parametrize(
    "words",
    [
        ("new",),
        ("new", "x"),
        ("new", "x", "--role", "admin"),
        ("new", "x", "--role", "agent", "--expires", "soon"),
        ("new", "x", "--role", "agent", "--expires", "0d"),
        ("new", "x", "--role", "agent", "--expires", "-1d"),
        ("revoke",),
        ("delete", "x"),
    ],
)
def test_a_wrong_line_is_told(line: Line, words: tuple[str, ...]) -> None:
    line.misused("tokens", *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "CI Bot", "--role", "agent"), "cannot name a token"),
        (("new", "a", "--role", "agent", "--resource", "nowhere"), "names no server"),
        (("revoke", "nobody"), "mendloop tokens list"),
    ],
)
def test_a_refusal_says_what_to_do(line: Line, words: Any, said: str) -> None:
    assert said in line.refused("tokens", *words)
