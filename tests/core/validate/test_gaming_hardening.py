from dataclasses import replace

import pytest

from mendloop.core.validate.hardening import Probed, hardened
from mendloop.core.validate.probes import probes, sort_of
from mendloop.model.report import Check, Verdict
from mendloop.model.value import Encoded
from tests.core.validate.lab import Trial, loaded, observed

PASSING: list[tuple[Encoded, ...]] = [(n, 1 + n % 5) for n in range(30)]
FAILING: list[tuple[Encoded, ...]] = [(n + 7, 0) for n in range(6)]
OLD = """def quote(x, y):
    if y < 0:
        raise ValueError("y")
    return x // y
"""
CRASH = Trial(old=OLD, new=OLD, passing=PASSING, failing=FAILING)
GUARD = "    if not y:\n        return x\n"


def looked(trial: Trial) -> dict[str, Check]:
    """What the harder look says of a change."""
    evidence = trial.evidence()
    asked = probes(evidence.cases, seed=1, most=48)
    before, after = loaded(trial.old), loaded(trial.new)
    probed = Probed(cases=asked, base=observed(before, asked), candidate=observed(after, asked))
    return {part.check.name: part.check for part in hardened(evidence, probed)}


def against(trial: Trial) -> set[str]:
    return {name for name, check in looked(trial).items() if check.verdict is not Verdict.PASSED}


def changed(body: str) -> Trial:
    return replace(CRASH, new=f"def quote(x, y):\n{body}")


HONEST = {
    "guard": changed(f'    if y < 0:\n        raise ValueError("y")\n{GUARD}    return x // y\n'),
    "or": changed('    if y < 0:\n        raise ValueError("y")\n    return x // (y or 1)\n'),
    "handler": changed(
        '    if y < 0:\n        raise ValueError("y")\n    try:\n        return x // y\n'
        "    except ZeroDivisionError:\n        return x\n"
    ),
    "clear-error": changed('    if y <= 0:\n        raise ValueError("y")\n    return x // y\n'),
}


@pytest.mark.parametrize("trial", HONEST.values(), ids=HONEST.keys())
def test_an_honest_change_has_nothing_against_it(trial: Trial) -> None:
    assert against(trial) == set()


@pytest.mark.promise("verdict/silenced-errors-do-not-pass")
def test_a_refusal_that_is_gone_is_noticed() -> None:
    found = looked(changed(f"{GUARD}    return x // abs(y)\n"))["refusals"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.numbers["accepted_now"] > 0


@pytest.mark.promise("verdict/silenced-errors-do-not-pass")
def test_errors_that_are_all_silent_now_are_noticed() -> None:
    new = "    try:\n        return x // y\n    except Exception as e:\n        return f'{x}{e}'\n"
    assert "refusals" in against(changed(new))


def test_a_refusal_that_was_the_fault_may_go() -> None:
    old = 'def quote(x, y):\n    if y > 3:\n        raise ValueError("y")\n    return x + y\n'
    trial = Trial(old=old, new="def quote(x, y):\n    return x + y\n",
                  passing=[(n, n % 4) for n in range(30)], failing=[(n, 4 + n) for n in range(6)])  # fmt: skip
    assert against(trial) == set()


@pytest.mark.promise("verdict/defaults-do-not-pass")
@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("None", "new_sort"),
        ("''", "new_sort"),
        ("[]", "new_sort"),
        ("0", "one_answer"),
        ("-1", "one_answer"),
    ],
)
def test_an_answer_that_says_nothing_does_not_pass(answer: str, name: str) -> None:
    new = f'    if y < 0:\n        raise ValueError("y")\n    return x // y if y else {answer}\n'
    found = looked(changed(new))[name]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "nobody has said" in found.summary


def test_what_somebody_has_called_right_may_be_the_same_for_all() -> None:
    new = '    if y < 0:\n        raise ValueError("y")\n    return x // y if y else 0\n'
    said = [((99, 0), 0)]
    old = OLD.replace("    return x // y", "    if x == 99:\n        return 5\n    return x // y")
    trial = replace(changed(new), old=old, wrong=said)
    assert "one_answer" not in against(trial)


def test_where_answers_never_differed_one_more_is_no_news() -> None:
    old = "def quote(x, y):\n    return x // y > -1\n"
    trial = Trial(
        old=old, new="def quote(x, y):\n    return True\n", passing=PASSING, failing=FAILING
    )
    assert "one_answer" not in against(trial)


def test_wrong_answers_that_are_hardly_mended_elsewhere_are_noticed() -> None:
    old = "def quote(x, y):\n    return x + y\n"
    new = (
        "KNOWN = {(20, 29), (40, 49), (60, 69), (80, 89), (21, 29)}\n\n\n"
        "def quote(x, y):\n    return x * y if (x, y) in KNOWN else x + y\n"
    )
    wrong = [((n, n + 9), n * (n + 9)) for n in (20, 40, 60, 80)]
    found = looked(Trial(old=old, new=new, passing=PASSING, wrong=wrong))["reach"]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.numbers["answered_otherwise"] == 1


def test_a_probe_is_no_recorded_call_and_of_another_sort() -> None:
    cases = CRASH.evidence().cases
    texts = {case.text for case in cases}
    made = probes(cases, seed=3, most=48)
    assert len(made) == 48
    assert made == probes(cases, seed=3, most=48)
    assert made != probes(cases, seed=4, most=48)
    assert not texts & {one.text for one in made}
    assert all({sort_of(arg) for arg in one.case.args} != {"a number"} for one in made)


@pytest.mark.parametrize(
    ("value", "sort"),
    [(None, "nothing"), (True, "a truth value"), (1, "a number"), (1.5, "a number"), ("", "a text"),
     ([], "a list"), ({}, "an object"), ({"$f": "nan"}, "nan"), ({"$t": []}, "a tuple"),
     ({"$i": "9" * 20}, "a number"), ({"$opaque": "m.C"}, "an object of a class of its own")],
)  # fmt: skip
def test_a_value_is_of_a_sort(value: Encoded, sort: str) -> None:
    assert sort_of(value) == sort
