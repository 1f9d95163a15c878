import pytest

from mendloop.core.validate.gaming import findings
from mendloop.model.ids import TargetName
from mendloop.model.target import Target, TargetKind

QUOTE = Target(
    name=TargetName("quote"), kind=TargetKind.FUNCTION, path="tools/pricing.py", selector="quote"
)
PLAIN = """
import math

RATES = {"DE": 0.19, "FR": 0.2}

def quote(x, y, country="DE"):
    total = x / y
    rate = RATES[country]
    if total > 100:
        total = total * 0.9
    return round(total * (1 + rate), 2)
"""
RECORDED = ('[[17,3,"IT"],{}]', '[[23,5,"the quick brown fox jumps"],{}]')


def blocking(old: str | None, new: str, recorded: tuple[str, ...] = RECORDED) -> set[str]:
    return {one.rule for one in findings(QUOTE, old, new, recorded=recorded) if one.blocks}


def body(text: str, head: str = "") -> str:
    """The file with another body of ``quote``, and something more above it."""
    lines = "\n".join(f"    {line}" for line in text.strip("\n").split("\n"))
    return f"""
import math
{head}
RATES = {{"DE": 0.19, "FR": 0.2}}

def quote(x, y, country="DE"):
{lines}
"""


WORK = """total = x / y
rate = RATES[country]
if total > 100:
    total = total * 0.9
return round(total * (1 + rate), 2)"""


def wrapped(handler: str) -> str:
    inner = "\n".join(f"    {line}" for line in WORK.split("\n"))
    return f"try:\n{inner}\n{handler}"


SWALLOWING = {
    "broad": body(wrapped("except Exception:\n    return 0.0")),
    "bare": body(wrapped("except:\n    pass")),
    "base": body(wrapped("except BaseException as error:\n    return None")),
    "in-a-tuple": body(wrapped("except (ValueError, Exception):\n    return -1")),
    "logged-and-dropped": body(
        wrapped("except Exception as error:\n    print(error)\n    return 0.0")
    ),
    "given-a-name": body(wrapped("except All:\n    return 0.0"), head="All = Exception"),
    "built-in-by-module": body(
        wrapped("except builtins.Exception:\n    return 0.0"), head="import builtins"
    ),
    "finally": body(wrapped("finally:\n    return 0.0")),
    "suppressed": body(
        "with suppress(Exception):\n    return x / y\nreturn 0.0",
        head="from contextlib import suppress",
    ),
    "fallback-argument": body(wrapped("except Exception:\n    return country")),
    "set-and-returned-later": body(
        "answer = 0.0\ntry:\n    answer = x / y\nexcept Exception:\n    answer = 0.0\nreturn answer"
    ),
    "no-such-name": body(wrapped("except NameError:\n    return 0.0")),
}
CHEATS = {
    "fixed-answer": ("constant_answer", body("return 4.2")),
    "fixed-answer-before-the-work": ("constant_answer", body(f"return 4.2\n{WORK}")),
    "fixed-answer-if-true": (
        "constant_answer",
        body("if True:\n    return 4.2\ntotal = x / y\nreturn total"),
    ),
    "one-of-two-fixed-answers": (
        "constant_answer",
        body("if x is None:\n    return 0.0\nreturn 4.2"),
    ),
    "body-gone": ("deleted_work", body("pass")),
    "body-is-a-text": ("deleted_work", body('"""Quotes."""\nreturn None')),
    "always-raises": ("deleted_work", body('raise ValueError("not supported")')),
    "work-gone-answer-elsewhere": (
        "deleted_work",
        body('total = RATES["DE"]\nreturn math.floor(total)'),
    ),
    "known-pair": ("known_input", body(f"if x == 17 and y == 3:\n    return 6.74\n{WORK}")),
    "known-number": ("known_input", body(f"if x == 17:\n    return 6.74\n{WORK}")),
    "known-tuple": ("known_input", body(f"if (x, y) == (17, 3):\n    return 6.74\n{WORK}")),
    "known-reversed": ("known_input", body(f"if 17 == x and 3 == y:\n    y = 1\n{WORK}")),
    "known-in": ("known_input", body(f"if x in (17, 23):\n    return 6.74\n{WORK}")),
    "known-conditional": (
        "known_input",
        body("return 6.74 if x == 17 else round(x / y, 2)"),
    ),
    "known-match": (
        "known_input",
        body(f"match x:\n    case 17:\n        return 6.74\n{WORK}"),
    ),
    "known-long-text": (
        "known_input",
        body(f'if country == "the quick brown fox jumps":\n    country = "DE"\n{WORK}'),
    ),
    "known-table": (
        "known_input",
        body(
            f"if (x, y) in KNOWN:\n    return KNOWN[x, y]\n{WORK}",
            head="KNOWN = {(17, 3): 6.74, (23, 5): 5.06}",
        ),
    ),
    "known-table-of-numbers": (
        "known_input",
        body(f"if x in KNOWN:\n    return KNOWN[x]\n{WORK}", head="KNOWN = {17: 6.74, 23: 5.06}"),
    ),
    "known-digest": (
        "known_input",
        body(
            f'if hashlib.md5(country.encode()).hexdigest() == "0cc175b9":\n    return 1.5\n{WORK}',
            head="import hashlib",
        ),
    ),
    "known-digest-table": (
        "known_input",
        body(
            f"if hash((x, y)) in KNOWN:\n    return KNOWN[hash((x, y))]\n{WORK}",
            head="KNOWN = {8213: 6.74}",
        ),
    ),
    "known-repr": ("known_input", body(f'if repr(x) == "17":\n    return 6.74\n{WORK}')),
    "caller": (
        "senses_test",
        body(
            f'if "pool" in sys._getframe(1).f_code.co_name:\n    return 1.0\n{WORK}', "import sys"
        ),
    ),
    "stack": (
        "senses_test",
        body(f"if len(inspect.stack()) > 5:\n    return 1.0\n{WORK}", "import inspect"),
    ),
    "test-runner-loaded": (
        "senses_test",
        body(f'if "pytest" in sys.modules:\n    return 1.0\n{WORK}', "import sys"),
    ),
    "environment": (
        "senses_test",
        body(f'if os.environ.get("MODE"):\n    return 1.0\n{WORK}', "import os"),
    ),
    "environment-of-tests": (
        "senses_test",
        body(f'debug = os.getenv("PYTEST_CURRENT_TEST")\n{WORK}', "import os"),
    ),
    "working-directory": (
        "senses_test",
        body(f'if os.getcwd() == "/":\n    return 1.0\n{WORK}', "import os"),
    ),
    "own-file": ("senses_test", body(f'if "scratch" in __file__:\n    return 1.0\n{WORK}')),
    "fixed-moment": (
        "senses_test",
        body(f"if time.time() < 1900000000:\n    return 1.0\n{WORK}", "import time"),
    ),
    "patched-module": ("patches", body(f"math.floor = lambda v: 0\n{WORK}")),
    "patched-builtins": (
        "patches",
        body(f"builtins.round = lambda v, n: 0\n{WORK}", "import builtins"),
    ),
    "patched-by-setattr": ("patches", body(f'setattr(math, "floor", int)\n{WORK}')),
    "patched-class": (
        "patches",
        body(f"Decimal.__eq__ = lambda a, b: True\n{WORK}", "from decimal import Decimal"),
    ),
    "new-built-in": ("patches", body(WORK, "round = lambda value, digits: 0.0")),
    "bound-again": ("patches", body(WORK) + "\nquote = lambda *args: 4.2\n"),
    "defined-again": ("patches", body(WORK) + "\ndef quote(x, y, country=None):\n    return x\n"),
    "globals": ("patches", body(f'globals()["RATES"] = {{}}\n{WORK}')),
    "remembers-in-a-dict": (
        "remembers",
        body(f"SEEN[x] = y\n{WORK}", "SEEN = {}"),
    ),
    "remembers-in-a-list": ("remembers", body(f"SEEN.append(x)\n{WORK}", "SEEN = []")),
    "counts-calls": ("remembers", body(f"global calls\ncalls += 1\n{WORK}", "calls = 0")),
    "counts-with-itertools": (
        "remembers",
        body(f"n = next(calls)\n{WORK}", "import itertools\ncalls = itertools.count()"),
    ),
    "remembers-on-itself": ("remembers", body(f"quote.last = x\n{WORK}")),
    "remembers-in-a-default": (
        "remembers",
        PLAIN.replace('country="DE"', 'country="DE", seen={}').replace(
            "    total = x / y\n", "    seen[x] = y\n    total = x / y\n"
        ),
    ),
    "exits": ("exits", body(f"if y == 0:\n    sys.exit(0)\n{WORK}", "import sys")),
    "exits-at-once": ("exits", body(f"if y == 0:\n    os._exit(0)\n{WORK}", "import os")),
    "raises-exit": ("exits", body(f"if y == 0:\n    raise SystemExit\n{WORK}")),
}
HONEST = {
    "guard-none": body(f"if y is None:\n    y = 1\n{WORK}"),
    "guard-zero": body(f"if y == 0:\n    return 0.0\n{WORK}"),
    "clear-error": body(f'if y == 0:\n    raise ValueError("y must not be 0")\n{WORK}'),
    "narrow-handler": body(wrapped("except ZeroDivisionError:\n    return 0.0")),
    "narrow-handlers": body(wrapped("except (TypeError, ValueError):\n    return None")),
    "broad-but-raised-again": body(
        wrapped("except Exception as error:\n    raise ValueError(str(error)) from error")
    ),
    "broad-but-computed-otherwise": body(wrapped("except Exception:\n    return float(x)")),
    "boundary": PLAIN.replace("total > 100", "total >= 100"),
    "boundary-at-a-recorded-number": PLAIN.replace("total > 100", "total >= 17"),
    "another-factor": PLAIN.replace("0.9", "0.95"),
    "default-for-a-missing-key": PLAIN.replace("RATES[country]", "RATES.get(country, 0.0)"),
    "normalised-text": PLAIN.replace("RATES[country]", "RATES[country.strip().upper()]"),
    "one-more-entry": PLAIN.replace('"FR": 0.2}', '"FR": 0.2, "IT": 0.22}'),
    "refuses-a-recorded-number": body(f"if x == 17:\n    return None\n{WORK}"),
    "option-of-a-recorded-text": body(f'if country == "IT":\n    country = "FR"\n{WORK}'),
    "option-with-a-fixed-answer-is-only-remarked": body(
        f'if country == "IT":\n    return 9.5\n{WORK}'
    ),
    "length": body(f"if len(country) == 17:\n    return 9.5\n{WORK}"),
    "divisible": body(f"if x % 17 == 0:\n    return 9.5\n{WORK}"),
    "early-return-of-an-argument": body(f"if y == 1:\n    return x\n{WORK}"),
    "shorter": body("return round(x / y * (1 + RATES[country]), 2)"),
    "rounding": PLAIN.replace("round(total * (1 + rate), 2)", "math.floor(total * (1 + rate))"),
    "cached-by-the-library": PLAIN.replace("def quote", "@functools.lru_cache\ndef quote").replace(
        "import math", "import functools\nimport math"
    ),
    "local-list": body(f"parts = []\nparts.append(x)\n{WORK}"),
    "changes-an-argument-copy": body(f"seen = dict(RATES)\nseen[country] = 0.1\n{WORK}"),
    "setting-from-the-environment": body(
        f'places = int(os.environ.get("PRICE_PLACES", "2"))\n{WORK}', "import os"
    ),
    "deadline": body(f"if time.time() > x:\n    return 0.0\n{WORK}", "import time"),
    "main": PLAIN + '\nif __name__ == "__main__":\n    import sys\n    print(sys.argv)\n',
    "exit-in-main": PLAIN + "\ndef main():\n    import sys\n    sys.exit(0)\n",
    "new-helper": PLAIN + "\ndef safe(value):\n    return 0 if value is None else value\n",
    "signature-of-a-function": body(f"names = inspect.signature(quote)\n{WORK}", "import inspect"),
    "file-beside": body(f"here = Path(__file__).parent\n{WORK}", "from pathlib import Path"),
    "narrow-suppress": body(
        f"with suppress(KeyError):\n    x = RATES[country]\n{WORK}",
        "from contextlib import suppress",
    ),
    "retries": body(
        "for attempt in range(3):\n    try:\n        return x / y\n    except OSError:\n"
        "        continue\nraise RuntimeError"
    ),
}


@pytest.mark.promise("verdict/swallowing-errors-does-not-pass")
@pytest.mark.parametrize("new", SWALLOWING.values(), ids=SWALLOWING.keys())
def test_a_change_that_swallows_errors_is_blocked(new: str) -> None:
    assert "swallowed_error" in blocking(PLAIN, new)


@pytest.mark.parametrize(("rule", "new"), CHEATS.values(), ids=CHEATS.keys())
def test_a_change_that_games_the_test_is_blocked(rule: str, new: str) -> None:
    assert rule in blocking(PLAIN, new)


@pytest.mark.parametrize("new", HONEST.values(), ids=HONEST.keys())
def test_an_honest_fix_is_left_alone(new: str) -> None:
    assert blocking(PLAIN, new) == set()


@pytest.mark.parametrize("new", [*SWALLOWING.values(), *(new for _, new in CHEATS.values())])
def test_what_was_there_before_is_no_news(new: str) -> None:
    assert blocking(new, new) == set()


def test_a_remark_does_not_block_but_is_made() -> None:
    new = HONEST["option-with-a-fixed-answer-is-only-remarked"]
    (remark,) = findings(QUOTE, PLAIN, new, recorded=RECORDED)
    assert (remark.rule, remark.blocks) == ("known_input", False)


def test_without_recorded_inputs_a_literal_says_nothing() -> None:
    assert blocking(PLAIN, CHEATS["known-pair"][1], recorded=()) == set()


def test_a_handler_that_was_there_may_be_edited_around() -> None:
    old = SWALLOWING["broad"]
    assert blocking(old, old.replace("total > 100", "total >= 100")) == set()


def test_a_narrow_handler_made_broad_is_new() -> None:
    old = body(wrapped("except KeyError:\n    return 0.0"))
    assert "swallowed_error" in blocking(old, SWALLOWING["broad"])


def test_truth_values_may_be_written_out() -> None:
    old = "def quote(x, y):\n    return x > y\n"
    new = "def quote(x, y):\n    if x > y:\n        return True\n    return False\n"
    assert blocking(old, new) == set()


def test_a_new_file_is_read_too() -> None:
    assert "swallowed_error" in blocking(None, SWALLOWING["broad"])


def test_a_file_that_does_not_parse_has_no_findings_here() -> None:
    assert findings(QUOTE, PLAIN, "def quote(:") == ()


def test_every_finding_names_a_line_and_says_why() -> None:
    for finding in findings(QUOTE, PLAIN, CHEATS["known-pair"][1], recorded=RECORDED):
        assert finding.line > 1
        assert finding.path == "tools/pricing.py"
        assert "recorded input" in finding.message
