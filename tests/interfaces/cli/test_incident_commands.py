import pytest

from mendloop.interfaces.answers.detect import DetectAnswer
from mendloop.interfaces.cli.person import account
from tests.interfaces.cli.conftest import Line, Lived


def shown(line: Line) -> set[str]:
    return {each.id for each in line.answer(DetectAnswer, "detect").incidents}


@pytest.mark.promise("cli/incidents-need-a-person")
@pytest.mark.parametrize("mark", ["CLAUDECODE", "AI_AGENT"])
@pytest.mark.parametrize(
    "words", [("mute",), ("unmute",), ("resolve", "--reason", "no")], ids=lambda words: words[0]
)
def test_what_a_person_hears_of_is_not_for_an_agent_to_say(
    lived: Lived, words: tuple[str, ...], mark: str
) -> None:
    name, *more = words
    assert "person" in lived.line.refused(name, lived.incident, *more, env={mark: "1"})
    assert lived.incident in shown(lived.line)


def test_a_muted_incident_is_not_listed_but_counted(lived: Lived) -> None:
    line = lived.line
    assert line.done("mute", lived.incident, "--for", "7d").startswith(
        f"muted {lived.incident}  until "
    )
    answer = line.answer(DetectAnswer, "detect")
    assert lived.incident not in {each.id for each in answer.incidents}
    assert answer.muted == 1
    assert lived.incident not in line.done("status")
    document = line.json("show", lived.incident)
    assert document["state"] == "muted"
    assert document["muted_until"]
    assert lived.incident in line.done("unmute", lived.incident)
    assert lived.incident in shown(line)


def test_what_is_muted_without_a_time_is_so_while_it_lasts(lived: Lived) -> None:
    assert "for as long as it lasts" in lived.line.done("mute", lived.incident)
    document = lived.line.json("mute", lived.incident)
    assert (document["state"], document["muted_until"]) == ("muted", None)


def test_a_resolved_incident_is_over_until_newer_calls_fail(lived: Lived) -> None:
    line = lived.line
    document = line.json("resolve", lived.incident, "--reason", "the feed is mended")
    assert document["state"] == "resolved"
    assert document["recorded_ended"] == f"person {account()}: the feed is mended"
    assert lived.incident not in shown(line)
    [said] = [
        each for each in line.json("audit")["entries"] if each["event"] == "incident_resolved"
    ]
    assert said["facts"]["why"] == document["recorded_ended"]
    assert said["facts"]["by"] == account()


@pytest.mark.parametrize("span", ["7", "0d", "d", "-1d", "1y", "99999d"])
def test_what_is_no_length_of_time_is_wrong_usage(lived: Lived, span: str) -> None:
    assert "7d" in lived.line.misused("mute", lived.incident, "--for", span)


def test_what_cannot_be_done_is_refused_with_what_can(lived: Lived) -> None:
    line = lived.line
    assert "no incident" in line.refused("mute", "i-22222222")
    assert "not muted" in line.refused("unmute", lived.incident)
    assert "reason" in line.refused("resolve", lived.incident, "--reason", " ")
    line.done("resolve", lived.incident, "--reason", "so")
    for words in (("mute",), ("unmute",), ("resolve", "--reason", "so")):
        assert "has ended" in line.refused(words[0], lived.incident, *words[1:])
