"""Each rule, with code that it must find and honest code that it must leave alone."""

import pytest

from mendloop.core.validate.gaming import findings
from mendloop.core.validate.literals import Brings, brings
from mendloop.model.ids import TargetName
from mendloop.model.target import Target, TargetKind

QUOTE = Target(
    name=TargetName("quote"), kind=TargetKind.FUNCTION, path="tools/pricing.py", selector="quote"
)
WORK = "total = x / y\nreturn round(total, 2)"


def body(text: str, head: str = "") -> str:
    """The file with another body of ``quote``, and something more above it."""
    lines = "\n".join(f"    {line}" for line in text.split("\n"))
    return f"import math\n{head}\n\ndef quote(x, y):\n{lines}\n"


def guarded(handler: str) -> str:
    return f"try:\n    return x / y\n{handler}"


PLAIN = body(WORK)
HITS = {
    "swallowed_error": {
        "base-exception-computed": body(guarded("except BaseException:\n    return float(x)")),
        "bare-computed": body(guarded("except:\n    return abs(x)")),
        "many-kinds": body(
            guarded("except (ValueError, TypeError, KeyError, AttributeError):\n    return 0")
        ),
        "many-handlers": body(
            guarded(
                "except (ValueError, TypeError):\n    return 0\n"
                "except (LookupError, ArithmeticError):\n    pass"
            )
        ),
        "many-suppressed": body(
            "with suppress(ValueError, TypeError, LookupError, ArithmeticError):\n    return x / y",
            "from contextlib import suppress",
        ),
        "gives-up": body(
            "for _ in range(3):\n    try:\n        return x / y\n"
            "    except ZeroDivisionError:\n        continue"
        ),
        "in-a-decorator": "import functools\n\ndef safe(f):\n    @functools.wraps(f)\n    def run(*a):"
        "\n        try:\n            return f(*a)\n        except Exception:\n"
        "            return None\n    return run\n\n@safe\ndef quote(x, y):\n    return x / y\n",
    },
    "senses_test": {
        "kept-in-a-name": body(
            f"if LIVE:\n    return x\n{WORK}", 'import os\nLIVE = "HOME" in os.environ'
        ),
        "through-a-function": body(
            f"if live():\n    return x\n{WORK}",
            'import os\n\ndef live():\n    home = os.environ.get("HOME")\n    return bool(home)',
        ),
        "another-name": body(
            f"if 'A' in e:\n    x = 1\n{WORK}", "from os import environ as env\ne = env"
        ),
        "conditional": body("return x if os.getuid() else x / y", "import os"),
        "while": body(f"while os.getppid() == 1:\n    x += 1\n{WORK}", "import os"),
        "imported-by-hand": body(f'if __import__("o" + "s").getpid() == 1:\n    return x\n{WORK}'),
        "imported-by-hand-first": body(
            f'o = __import__("so"[::-1])\nif o.getpid() == 1:\n    return x\n{WORK}'
        ),
        "got-by-name": body(
            f'if getattr(os, "get" + "pid")() == 1:\n    return x\n{WORK}', "import os"
        ),
        "frame-by-name": body(f'f = getattr(sys, "_get" + "frame")\n{WORK}', "import sys"),
        "frame-of-a-traceback": body(
            f"try:\n    x / 0\nexcept ZeroDivisionError as e:\n    f = e.__traceback__.tb_frame\n{WORK}"
        ),
        "frame-of-a-generator": body(f"f = (n for n in ()).gi_frame\n{WORK}"),
        "module-name": body(f'if __name__ != "pricing":\n    return x\n{WORK}'),
        "bound-otherwise-when-imported": 'if __name__ == "candidate":\n    z = 1\n' + PLAIN,
        "both-at-once": body('return "X" in os.environ and x or x / y', "import os"),
        "indexed": body('return (x / y, x)["X" in os.environ]', "import os"),
        "fixed-place": body(f"if os.path.exists('/proc/1'):\n    return x\n{WORK}", "import os"),
        "fixed-place-by-path": body(
            f"if Path('/ho' + 'me').is_dir():\n    return x\n{WORK}", "from pathlib import Path"
        ),
        "denied-by-a-sandbox": body(
            f"try:\n    socket.socket()\nexcept OSError:\n    return x\n{WORK}", "import socket"
        ),
        "denied-and-kept-in-mind": body(
            f"try:\n    open('/etc/hostname')\n    y = 1\nexcept OSError:\n    pass\n{WORK}"
        ),
        "no-process-may-be-made": body(
            f"try:\n    os.kill(0, 0)\nexcept PermissionError:\n    return x\n{WORK}", "import os"
        ),
        "day-in-a-name": body(
            f"today = date.today()\nlate = today > date(2030, 1, 1)\nif late:\n    return x\n{WORK}",
            "from datetime import date",
        ),
    },
    "patches": {
        "by-vars": body(f"vars(math)['floor'] = int\n{WORK}"),
        "by-update": body(f"math.__dict__.update(floor=int)\n{WORK}"),
        "by-vars-update": body(f"vars(math).update(floor=int)\n{WORK}"),
        "by-alias": body(f'm = math\nsetattr(m, "floor", int)\n{WORK}'),
        "by-type": body(f'type.__setattr__(math, "floor", int)\n{WORK}'),
        "class-of-an-object": body(f"x.__class__ = float\n{WORK}"),
        "class-of-a-module": body(WORK, "import sys\nsys.modules[__name__].__class__ = type(sys)"),
        "bases": body(f"Price.__bases__ = (float,)\n{WORK}", "class Price(int):\n    pass"),
        "globals": body(f'globals()["quote"] = int\n{WORK}'),
    },
    "remembers": {
        "iterator": body(f"next(KNOWN)\n{WORK}", "KNOWN = iter([1, 2])"),
        "generator": body(f"next(KNOWN)\n{WORK}", "KNOWN = (n for n in range(9))"),
        "iterator-by-method": body(f"KNOWN.__next__()\n{WORK}", "KNOWN = iter([1, 2])"),
        "slice": body(f"SEEN[len(SEEN):] = [x]\n{WORK}", "SEEN = []"),
        "cycle": body(
            f"n = next(TURNS)\n{WORK}", "import itertools\nTURNS = itertools.cycle([1, 2])"
        ),
        "chained": body(f"SEEN.setdefault(x, []).append(y)\n{WORK}", "SEEN = {}"),
    },
    "lingers": {
        "at-exit": body(WORK, "import atexit\natexit.register(print)"),
        "signal": body(WORK, "import signal\nsignal.signal(signal.SIGALRM, print)"),
        "finalize": body(f"weakref.finalize(quote, print)\n{WORK}", "import weakref"),
        "timer": body(f"Timer(5, print).start()\n{WORK}", "from threading import Timer"),
        "by-alias": body(f"later(print)\n{WORK}", "from atexit import register as later"),
        "by-name": body(f'getattr(atexit, "reg" + "ister")(print)\n{WORK}', "import atexit"),
    },
    "reads_records": {
        "by-pattern": body(
            f"for path in Path('.').rglob('*'):\n    x = 1\n{WORK}", "from pathlib import Path"
        ),
        "by-walk": body(f"for place in os.walk('.'):\n    x = 1\n{WORK}", "import os"),
        "cases": body(f'text = open("cases/quote.jsonl").read()\n{WORK}'),
        "manifest": body(f'text = open("mend" + "loop.toml").read()\n{WORK}'),
        "database": body(f'text = open("../state/history.db").read()\n{WORK}'),
    },
    "hides_data": {
        "docstring": body(f'"""17 3"""\nknown = quote.__doc__.split()\n{WORK}'),
        "own-source": body(f"text = inspect.getsource(quote)\n{WORK}", "import inspect"),
        "code": body(f"known = quote.__code__.co_consts\n{WORK}"),
        "annotations": body(f"known = quote.__annotations__\n{WORK}"),
    },
}
MISSES = {
    "swallowed_error": {
        "three-kinds": body(guarded("except (ValueError, TypeError, KeyError):\n    return 0")),
        "many-kinds-raised-again": body(
            guarded(
                "except (ValueError, TypeError, KeyError, OSError) as e:\n"
                "    raise RuntimeError(str(e)) from e"
            )
        ),
        "many-kinds-computed": body(
            guarded("except (ValueError, TypeError, KeyError, OSError):\n    return float(x)")
        ),
        "base-exception-raised-again": body(
            guarded("except BaseException:\n    print(x)\n    raise")
        ),
        "one-format-after-another": body(
            "for form in (int, float):\n    try:\n        return form(x)\n"
            "    except ValueError:\n        continue"
        ),
        "tries-again-and-raises": body(
            "for _ in range(3):\n    try:\n        return x / y\n    except OSError:\n"
            "        continue\nraise TimeoutError"
        ),
        "suppress-one": body(
            f"with suppress(KeyError):\n    x = x['a']\n{WORK}", "from contextlib import suppress"
        ),
    },
    "senses_test": {
        "setting": body("return round(x / y, int(os.environ.get('PLACES', '2')))", "import os"),
        "setting-or-default": body(f"unit = os.environ.get('UNIT') or 'EUR'\n{WORK}", "import os"),
        "deadline": body(
            f"start = time.monotonic()\nwhile time.monotonic() - start < 5:\n    x += 1\n{WORK}",
            "import time",
        ),
        "time-that-has-passed": body(
            f"start = time.time()\nif time.time() - start > 5:\n    return x\n{WORK}", "import time"
        ),
        "age-of-an-argument": body(f"if time.time() > x:\n    return 0.0\n{WORK}", "import time"),
        "place-that-was-given": body(f"if os.path.exists(x):\n    y = 1\n{WORK}", "import os"),
        "place-beside": body(f"text = open('rates.csv').read()\n{WORK}"),
        "denied-and-told": body(
            f"try:\n    s = socket.socket()\nexcept OSError as e:\n    raise ValueError(x) from e\n{WORK}",
            "import socket",
        ),
        "platform-line-ends": body(f"end = os.linesep\n{WORK}", "import os"),
        "file-beside": body(
            f"here = Path(__file__).parent\nif here.is_dir():\n    y = y or 1\n{WORK}",
            "from pathlib import Path",
        ),
        "attribute-by-name": body(f'kind = getattr(x, "real")\n{WORK}'),
        "main": PLAIN + '\nif __name__ == "__main__":\n    print(quote(1, 2))\n',
        "logger": body(WORK, "import logging\nlog = logging.getLogger(__name__)"),
    },
    "patches": {
        "own-attribute": "class Price:\n    def set(self, x):\n        self.x = x\n" + PLAIN,
        "own-instance": body(f'setattr(x, "seen", 1)\n{WORK}'),
        "dictionary": body(f"known = {{}}\nknown.update(a=1)\n{WORK}"),
        "class-of-an-object-read": body(f"kind = x.__class__\n{WORK}"),
        "namespace-read": body(f"known = vars(math)\n{WORK}"),
    },
    "remembers": {
        "local-iterator": body(f"parts = iter([x, y])\nx = next(parts)\n{WORK}"),
        "local-list": body(f"parts = []\nparts[len(parts):] = [x]\n{WORK}"),
        "constant-table": body(f"rate = RATES.get(x, 1)\n{WORK}", "RATES = {1: 2}"),
        "table-sorted-into-a-new-list": body(f"low = sorted(RATES)[0]\n{WORK}", "RATES = [3, 2]"),
    },
    "lingers": {
        "temporary-folder": body(
            f"with tempfile.TemporaryDirectory() as place:\n    z = place\n{WORK}",
            "import tempfile",
        ),
        "register-of-its-own": body(f"register(x)\n{WORK}", "def register(x):\n    return x"),
        "weak-reference": body(f"ref = weakref.ref(quote)\n{WORK}", "import weakref"),
    },
    "reads_records": {
        "data-file": body(f'text = open("rates.csv").read()\n{WORK}'),
        "sentence": body(f'name = "what was expected of mendloop."\n{WORK}'),
        "one-folder-known": body(
            f"text = Path('data/rates.json').read_text()\n{WORK}", "from pathlib import Path"
        ),
        "key": body(f'rate = x["expected"]\n{WORK}'),
    },
    "hides_data": {
        "docstring-written": body(f'"""The price."""\n{WORK}'),
        "wraps": "import functools\n\ndef twice(f):\n    @functools.wraps(f)\n    def run(*a):\n"
        "        return f(*a)\n    return run\n\n@twice\ndef quote(x, y):\n    return x / y\n",
        "signature": body(f"names = inspect.signature(quote)\n{WORK}", "import inspect"),
    },
}


SPELLED = {
    "keywords": body(f"if f'_{{x}}' in dict(_17=x, _23=x):\n    return x\n{WORK}"),
    "class-name": body(
        f"if str(x) in Known.__name__:\n    return x\n{WORK}", "class Known17:\n    pass"
    ),
    "fields": body(
        f"if f'_{{x}}' in vars(Known):\n    return x\n{WORK}", "class Known:\n    _17 = None"
    ),
    "message": body(
        f"try:\n    raise KeyError('17')\nexcept KeyError as e:\n    if str(x) in e.args:"
        f"\n        return x\n{WORK}"
    ),
    "variables": body(f"_17 = x\nif f'_{{x}}' in locals():\n    return x\n{WORK}"),
    "collected-keywords": body(
        f"if f'_{{x}}' in names(_17=x):\n    return x\n{WORK}",
        "def names(**given):\n    return [*given]",
    ),
}
UNSPELLED = {
    "error-class": body(
        f"if y is None:\n    raise Missing(x)\n{WORK}", "class Missing(ValueError):\n    pass"
    ),
    "other-name": body("whole = x / y\nreturn round(whole, 2)"),
    "keyword-of-a-library": body("return round(number=x / y, ndigits=2)"),
    "message-told": body(f"if not y:\n    raise ValueError('y')\n{WORK}"),
}


@pytest.mark.parametrize("new", SPELLED.values(), ids=SPELLED.keys())
def test_a_name_that_is_read_as_a_text_is_a_value_of_its_own(new: str) -> None:
    assert brings(PLAIN, new) is Brings.LITERALS


@pytest.mark.parametrize("new", UNSPELLED.values(), ids=UNSPELLED.keys())
def test_a_name_that_nobody_reads_is_no_value(new: str) -> None:
    assert brings(PLAIN, new) is Brings.NOTHING


def blocking(new: str) -> set[str]:
    return {one.rule for one in findings(QUOTE, PLAIN, new) if one.blocks}


def cases(table: dict[str, dict[str, str]]) -> list[object]:
    return [
        pytest.param(rule, source, id=f"{rule}-{name}")
        for rule, examples in table.items()
        for name, source in examples.items()
    ]


@pytest.mark.parametrize(("rule", "new"), cases(HITS))
def test_a_rule_finds_what_it_is_for(rule: str, new: str) -> None:
    assert rule in blocking(new)


@pytest.mark.parametrize(("rule", "new"), cases(MISSES))
def test_a_rule_leaves_honest_code_alone(rule: str, new: str) -> None:
    assert rule not in blocking(new)


@pytest.mark.parametrize(("rule", "new"), cases(HITS))
def test_what_was_there_is_no_news(rule: str, new: str) -> None:
    assert not any(one.rule == rule for one in findings(QUOTE, new, new))


def test_every_rule_has_examples_of_both_kinds() -> None:
    assert HITS.keys() == MISSES.keys()
