from collections.abc import Mapping
from dataclasses import replace

import pytest

from mendloop.core.validate.constants import read_constant, review_constant
from mendloop.core.validate.literals import Brings, brings
from mendloop.core.validate.review import Review, Sizes, changed_lines, review
from mendloop.core.validate.wants import deliberate
from mendloop.model.execution import Fault, Frame
from mendloop.model.proposal import ChangeKind, Flag
from mendloop.model.target import Range, SideEffect, Target, TargetKind
from mendloop.model.value import Encoded
from tests.core.validate.lab import TARGET

SIZES = Sizes(changed_lines=40)
OLD = '''"""Prices."""

LIMIT = 100


def quote(x, y=1, *, net=False):
    total = x * 1.19 + y
    for place in range(len(str(x))):
        total += place
    if total > LIMIT:
        return total
    return round(total, 2)


class Cart:
    def total(self, items):
        return sum(items)

    def _inner(self):
        return 1
'''
CONSTANT = replace(
    TARGET, kind=TargetKind.CONSTANT, selector="LIMIT", range=Range(low=10, high=200)
)


def read(new: str, old: str | None = OLD, target: Target = TARGET) -> Review:
    return review(target, old, new, sizes=SIZES)


def blocking(found: Review) -> list[str]:
    return [one.rule for one in found.findings if one.blocks]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.19", "1.2"),
        ("x * 1.19 + y", "x * 1.19 - y"),
        ("x * 1.19 + y", "(x + y) * 1.19"),
        ("return total", "return total + 1"),
        ("+= place", "-= place"),
        ("+= place", "+= place * 2"),
        ("+= place", "+= -place"),
        ("sum(items)", "sum(items) / 2"),
        ("x * 1.19", "x ** 1.19"),
    ],
)
def test_a_change_of_arithmetic_is_a_formula(old: str, new: str) -> None:
    assert read(OLD.replace(old, new)).kind is ChangeKind.FORMULA_CHANGE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("total > LIMIT", "total >= LIMIT"),
        ("LIMIT = 100", "LIMIT = 200"),
        ("range(len(str(x)))", "range(len(str(x)) + 1)"),
        ("x * 1.19 + y", "x * 1.19 + abs(y)"),
        ("x * 1.19 + y", "y * 1.19 + x"),
        ("return total\n", "return LIMIT\n"),
        ("    total = x", "    if x is None:\n        return 0\n    total = x"),
        ("sum(items)", "sum(items[: 1 + 1])"),
        ('"""Prices."""', '"""Prices of all."""'),
        ("round(total, 2)", "'%d' % total"),
        ("Prices.", "Prices. "),
    ],
)
def test_any_other_change_is_one_of_behaviour(old: str, new: str) -> None:
    assert old in OLD
    assert read(OLD.replace(old, new)).kind is ChangeKind.BEHAVIOR_FIX


def test_the_arithmetic_of_texts_is_no_formula() -> None:
    old = "def quote(x):\n    return 'a' + x\n"
    assert read(old.replace("'a'", "'b'"), old).kind is ChangeKind.BEHAVIOR_FIX


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("y=1", "y", "quote was (x, y=1, *, net=False) and is (x, y, *, net=False)"),
        ("y=1", "y=2", "(x, y=2"),
        ("x, y=1", "x, z, y=1", "(x, z"),
        ("def quote", "async def quote", "async"),
        ("    return round", "    yield total\n    return round", "generator"),
        ("def total(self, items)", "def total(self, *items)", "Cart.total"),
        ("    def total", "    @staticmethod\n    def total", "staticmethod"),
        ("class Cart", "class Basket", "Cart.total was (self, items) and is gone"),
    ],
)
def test_a_changed_signature_is_flagged(old: str, new: str, says: str) -> None:
    found = read(OLD.replace(old, new))
    assert Flag.SIGNATURE_CHANGED in found.flags
    assert any(says in one.message for one in found.findings if one.rule == "signature")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x, y=1", "x: int, y: int = 1"),
        ("_inner(self)", "_inner(self, more)"),
        ("    def _inner", "    def new(self):\n        return 2\n\n    def _inner"),
    ],
)
def test_what_no_caller_notices_is_not_flagged(old: str, new: str) -> None:
    assert Flag.SIGNATURE_CHANGED not in read(OLD.replace(old, new)).flags


def test_the_signature_of_a_private_target_counts() -> None:
    old = "def _quote(x):\n    return x\n"
    found = read(old.replace("(x)", "(x, y)"), old, replace(TARGET, selector="_quote"))
    assert Flag.SIGNATURE_CHANGED in found.flags


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import os", "import:os"),
        ("import os.path as p", "import:os"),
        ("from urllib import request", "import:urllib"),
        ("import subprocess", "import:subprocess"),
        ("import requests", "import:requests"),
        ("run = eval", "call:eval"),
        ("text = open('x').read()", "call:open"),
        ("__import__('os')", "call:__import__"),
        ("up = ().__class__.__bases__", "attribute:__bases__"),
        ("all = quote.__globals__", "attribute:__globals__"),
        ("found = getattr(quote, '__code__')", "attribute:__code__"),
        ("found = getattr(quote, 'a' + 'b')", "getattr"),
        ("import os\nname = os.environ['X']", "environment"),
        ("from os import getenv\nname = getenv('X')", "environment"),
    ],
)
def test_a_new_capability_is_flagged_and_named(line: str, name: str) -> None:
    found = read(OLD.replace("LIMIT = 100", f"{line}\nLIMIT = 100"))
    assert Flag.NEW_CAPABILITY in found.flags
    assert any(f"reaches for {name}," in one.message for one in found.findings)


@pytest.mark.parametrize(
    "line", ["import math", "import re\nword = re.compile('x')", "name = getattr(quote, 'price')"]
)
def test_a_harmless_import_is_no_capability(line: str) -> None:
    assert read(OLD.replace("LIMIT = 100", f"{line}\nLIMIT = 100")).flags == frozenset()


def test_a_capability_that_was_there_is_no_news() -> None:
    old = f"import os\n{OLD}"
    assert read(old.replace("1.19", "1.2"), old).flags == frozenset()


def test_what_does_not_parse_is_blocked_with_its_line() -> None:
    (finding,) = read(OLD.replace("return total\n", "return (total\n")).findings
    assert (finding.rule, finding.line, finding.blocks) == ("parses", 11, True)


@pytest.mark.parametrize(
    "new",
    [
        pytest.param("x = " + "(" * 5000 + ")" * 5000, id="brackets"),
        pytest.param("x = " + "1 + " * 5000 + "1", id="sums"),
        pytest.param("x = \0", id="nul"),
        pytest.param("-" * 5000 + "x", id="signs"),
        pytest.param("def quote(x):\n" + "  if x:\n" * 1 + "    " + "x." * 3000 + "y", id="dots"),
    ],
)
def test_a_hostile_text_is_a_finding_and_no_crash(new: str) -> None:
    assert blocking(read(new)) == ["parses"]


def test_a_lost_target_is_blocked() -> None:
    assert "target_exists" in blocking(read(OLD.replace("def quote", "def price")))


def test_sizes_and_circumstances_are_flagged() -> None:
    long = OLD + "\n".join(f"NAME_{number} = {number}" for number in range(41))
    assert read(long).flags == {Flag.LARGE}
    assert read(OLD, None).flags == {Flag.NEW_FILE}
    busy = replace(TARGET, side_effects=frozenset({SideEffect.NETWORK}))
    assert read(OLD, target=busy).flags == {Flag.SIDE_EFFECTS}


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [("a\nb\n", "a\nb\n", 0), ("a\nb\n", "a\nc\nd\n", 2), ("", "a\n", 1), ("a\nb\nc", "a", 2)],
)
def test_changed_lines_are_counted(old: str, new: str, lines: int) -> None:
    assert changed_lines(old, new) == lines


def test_the_lines_of_long_files_are_counted_from_both_ends() -> None:
    old = [f"x{number % 7}" for number in range(6000)]
    new = [*old[:10], "other", *old[12:]]
    assert changed_lines("\n".join(old), "\n".join(new)) == 2
    assert changed_lines("\n".join(old), "\n".join(old)) == 0
    assert changed_lines("\n".join(old), "\n".join([*old, "more"])) == 1


def test_a_constant_in_its_range_is_tuned() -> None:
    found = read(OLD.replace("LIMIT = 100", "LIMIT = 150"), target=CONSTANT)
    assert (found.kind, found.flags, found.findings) == (
        ChangeKind.CONSTANT_TUNE,
        frozenset(),
        (),
    )


def test_a_constant_out_of_its_range_is_flagged() -> None:
    found = read(OLD.replace("LIMIT = 100", "LIMIT = 1000"), target=CONSTANT)
    assert found.flags == {Flag.OUT_OF_RANGE}
    assert found.findings[0].message == "1000 is not within 10 to 200."


def test_a_constant_beside_other_changes_is_no_tuning() -> None:
    new = OLD.replace("LIMIT = 100", "LIMIT = 150").replace("total > LIMIT", "total >= LIMIT")
    found = read(new, target=CONSTANT)
    assert found.kind is ChangeKind.BEHAVIOR_FIX
    assert [one.rule for one in found.findings] == ["alone"]


def test_a_constant_whose_range_cannot_be_kept_is_blocked() -> None:
    new = OLD.replace("LIMIT = 100", "LIMIT = int('9' * 9)")
    assert "target_exists" in blocking(read(new, target=CONSTANT))


DATA: Mapping[str, tuple[str, str]] = {
    "json": ("settings.json", '{"retry": {"limit": 3, "wait": 1}}'),
    "toml": ("settings.toml", "[retry]\nlimit = 3\nwait = 1\n"),
    "yaml": ("settings.yaml", "retry:\n  limit: 3  # tries\n  wait: 1\n"),
}


@pytest.mark.parametrize(("path", "old"), DATA.values(), ids=DATA.keys())
def test_a_constant_of_a_settings_file_is_read(path: str, old: str) -> None:
    target = replace(CONSTANT, path=path, selector="retry.limit", range=Range(low=1, high=5))
    inside = read(old.replace("3", "4"), old, target)
    outside = read(old.replace("3", "9"), old, target)
    more = read(old.replace("3", "4").replace("1", "2"), old, target)
    gone = read(old.replace("limit", "most"), old, target)
    assert (inside.kind, inside.flags) == (ChangeKind.CONSTANT_TUNE, frozenset())
    assert outside.flags == {Flag.OUT_OF_RANGE}
    assert more.kind is ChangeKind.PROTOCOL_UPDATE
    assert "target_exists" in blocking(gone)


def test_yaml_in_which_there_is_no_such_constant_is_not_read() -> None:
    target = replace(CONSTANT, path="settings.yaml", selector="retry.limit")
    assert read_constant(target, "retry: 1", "retry: 2") is None
    assert read_constant(target, "retry: [", "retry: {limit: 2}") is None
    large = f"retry: {{limit: 2}}\nnote: {'x' * 300_000}\n"
    assert read_constant(target, large, large) is None


@pytest.mark.parametrize(
    ("path", "old"),
    [
        ("flow.yaml", 'say: "{verdict} of {path}"  # {gone}\n'),
        ("flow.toml", 'say = "{verdict} of {path}"  # {gone}\n'),
        ("flow.json", '{"say": "{verdict} of {path}"}\n'),
    ],
)
def test_a_placeholder_in_a_protocol_is_kept(path: str, old: str) -> None:
    target = replace(TARGET, kind=TargetKind.TEXT, path=path, selector="")
    lost = read(old.replace("{verdict}", "a verdict"), old, target)
    kept = read(old.replace(" of ", " on ").replace("  # {gone}", ""), old, target)
    assert blocking(lost) == ["placeholders"]
    assert kept.findings == ()


@pytest.mark.parametrize(
    ("old", "new", "flags", "blocks"),
    [
        (3, 11, frozenset[Flag](), []),
        (100, 200, frozenset[Flag](), []),
        (100, 200.5, {Flag.OUT_OF_RANGE}, [False, False]),
        (100, 50.5, frozenset[Flag](), [False]),
        (100, "50", {Flag.OUT_OF_RANGE}, [True, False]),
        (100, True, {Flag.OUT_OF_RANGE}, [True, False]),
        (100, {"$f": "nan"}, {Flag.OUT_OF_RANGE}, [True, False]),
        (100, None, {Flag.OUT_OF_RANGE}, [True, False]),
    ],
)
def test_a_value_is_held_to_its_range_and_type(
    old: Encoded, new: Encoded, flags: frozenset[Flag], blocks: list[bool]
) -> None:
    found = review_constant(CONSTANT, old, new)
    assert found.flags == flags
    assert [one.blocks for one in found.findings] == blocks


PROMPT = """---
name: reply
description: Replies.
---
Dear {customer}, see [terms](terms.md).
{{ signature }}
"""
TEXT = replace(TARGET, kind=TargetKind.TEXT, path="prompts/reply.md", selector="")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("{customer}", "{client}", "placeholders"),
        ("{{ signature }}", "{signature}", "placeholders"),
        ("Replies.\n---\n", "Replies.\n", "front_matter"),
        ("---\nname: reply\ndescription: Replies.\n---\n", "", "front_matter"),
        ("name: reply\n", "", "front_matter"),
        ("(terms.md)", "()", "links"),
    ],
)
def test_a_text_that_its_readers_could_not_use_is_blocked(old: str, new: str, rule: str) -> None:
    assert old in PROMPT
    found = read(PROMPT.replace(old, new), PROMPT, TEXT)
    assert rule in blocking(found)
    assert found.kind is ChangeKind.SKILL_IMPROVE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Dear", "Hello"),
        ("{{ signature }}", "{{signature}}"),
        ("Replies.", "Answers."),
        ("terms.md", "help.md"),
    ],
)
def test_another_wording_is_not_blocked(old: str, new: str) -> None:
    assert read(PROMPT.replace(old, new), PROMPT, TEXT).findings == ()


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        (PROMPT + "{order}", "placeholders"),
        (PROMPT + "[x](../../etc/passwd)", "links"),
        (PROMPT + "[x](/etc/passwd)", "links"),
    ],
)
def test_what_is_odd_in_a_text_is_remarked(new: str, rule: str) -> None:
    assert [(one.rule, one.blocks) for one in read(new, PROMPT, TEXT).findings] == [(rule, False)]


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("p.json", '{"a": 1}', '{"a": 1'),
        ("p.toml", "a = 1", "a = "),
        ("p.json", "[]", "[" * 100_000),
    ],
)
def test_a_protocol_must_parse(path: str, good: str, bad: str) -> None:
    target = replace(TEXT, path=path)
    assert blocking(read(good, good, target)) == []
    assert blocking(read(bad, good, target)) == ["parses"]
    assert read(good, good, target).kind is ChangeKind.PROTOCOL_UPDATE


def test_a_file_without_a_target_is_read_for_what_it_does() -> None:
    bare = replace(TARGET, selector="")
    found = read("import os\n\ndef f():\n    os._exit(0)\n", None, bare)
    assert "exits" in blocking(found)
    assert found.flags == {Flag.NEW_FILE, Flag.NEW_CAPABILITY}


BASE = "RATES = {'DE': 19}\ndef f(x):\n    '''Rates.'''\n    return RATES[x] + 5\n"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("RATES[x]", "RATES.get(x, 0)", Brings.NOTHING),
        ("+ 5", "- 5", Brings.NOTHING),
        ("Rates", "All rates", Brings.NOTHING),
        (
            "    return",
            "    if not x:\n        raise ValueError('x is 7')\n    return",
            Brings.NOTHING,
        ),
        ("19}", "19, 'IT': 22}", Brings.DATA),
        ("+ 5", "+ 6", Brings.LITERALS),
        ("    return", "    if x == 17:\n        return 4\n    return", Brings.LITERALS),
        ("    return", "    if x == 1 + 1 + 1 + 1:\n        return 0\n    return", Brings.LITERALS),
        ("    return", "    if x in {17: 4}:\n        return 0\n    return", Brings.LITERALS),
        ("19}", "19", Brings.LITERALS),
    ],
)
def test_what_a_change_writes_down_is_found(old: str, new: str, what: Brings) -> None:
    assert old in BASE
    assert brings(BASE, BASE.replace(old, new)) is what


def test_a_new_file_brings_literals() -> None:
    assert brings("", BASE) is Brings.LITERALS


def test_deliberate_errors_are_found_with_their_classes() -> None:
    source = (
        "class Bad(ValueError): pass\nclass Worse(Bad): pass\nclass Other(Exception): pass\n"
        "def f(x):\n    try:\n        raise Worse(\n            x\n        )\n"
        "    except Bad:\n        raise\n"
    )
    errors = deliberate("tools/a.py", source)
    assert errors.lines == {6, 7, 8}
    assert errors.types >= {"Bad", "Worse", "ValueError"}
    assert "Other" not in errors.types

    def raised(kind: str, file: str, line: int) -> bool:
        frame = Frame(file=file, line=line, function="f")
        return errors.clear(Fault(type=kind, message="", frames=(frame,)))

    assert raised("tools.a.Worse", "/shop/tools/a.py", 6)
    assert not raised("Worse", "tools/b.py", 6)
    assert not raised("Worse", "tools/a.py", 10)
    assert not raised("Other", "tools/a.py", 6)
    assert not errors.clear(Fault(type="ValueError", message=""))
