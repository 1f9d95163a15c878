"""Hand-made faults in the small tools: what goes wrong in tools that agents use."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from mendloop.model.value import Encoded
from tests.repair.crop import Answered, Patient, answers, known, sandbox
from tests.repair.inputs import Call, more, shuffled

_TOOLS: Final = Path(__file__).parents[1] / "fixtures" / "repair"
_INPUTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One faulty tool: what was put in place of what, and a few calls to begin with."""

    name: str
    """``file:function``."""
    slips: tuple[tuple[str, str], ...]
    calls: tuple[tuple[Encoded, ...], ...]
    kind: str = "one"
    """``one`` fault, ``two``, ``endless``, or ``beyond`` what a search can mend."""


def _tool(name: str, *slips: tuple[str, str], calls: list[list[Encoded]], kind: str = "") -> Tool:
    return Tool(
        name=name,
        slips=slips,
        calls=tuple(tuple(call) for call in calls),
        kind=kind or ("two" if len(slips) > 1 else "one"),
    )


_ENV: Final = "# a comment\nname = value\n\nport=80\nnothing\nurl = a=b"
_ROWS: Final[Encoded] = [{"a": 1, "b": 2}, {"a": 2}, {"b": 3}, {"a": 1}]
_NEST: Final[Encoded] = {"a": {"b": {"c": 1}, "d": [1, {"e": 2}]}, "f": None}
_ITEMS: Final[Encoded] = [{"$t": ["tea", 250, 2]}, {"$t": ["book", 1200, 1]}]
_TIERS: Final[Encoded] = [{"$t": [10, 5]}, {"$t": [20, 4]}, {"$t": [1000, 2]}]

TOOLS: Final[tuple[Tool, ...]] = (
    _tool(
        "parsing:key_values",
        ("not line or line", "not line and line"),
        calls=[[_ENV], ["a=1\n#b=2"], ["x:1\n\n#", ":"]],
    ),
    _tool(
        "parsing:ranges",
        ("int(last) + 1", "int(last)"),
        calls=[["1-3,7"], ["5"], ["2-2, 9-12"], ["8,1-4,"]],
    ),
    _tool(
        "parsing:size",
        (".strip().lower()", ".strip()"),
        calls=[["10k"], ["2M"], ["5"], ["1.5gb"], ["12 "]],
    ),
    _tool(
        "parsing:csv_line",
        ("line[at + 1 : at + 2] == quote", "line[at : at + 1] == quote"),
        calls=[["a,b"], ['"x, y",2'], ['"say ""hi""",3'], [",,"]],
    ),
    _tool(
        "parsing:csv_line",
        ("        at += 1\n    fields", "    fields"),
        calls=[["a,b"], [""], ['"x"'], ["abc"]],
        kind="endless",
    ),
    _tool(
        "parsing:balanced",
        ("return not waiting", "return True"),
        calls=[["(a[b]{c})"], ["(("], [")("], ["a"], ["[(])"]],
    ),
    _tool(
        "parsing:version",
        ("text[1:]", "text[2:]"),
        calls=[["v1.10.2-rc1"], ["2.0"], [" v3 "], ["1.x.4"]],
    ),
    _tool(
        "dates:leap",
        ("year % 100 != 0 or", "year % 100 != 0 and"),
        calls=[[2000], [1900], [2024], [2023], [1600], [400], [4]],
    ),
    _tool(
        "dates:month_days",
        ("(4, 6, 9, 11)", "(4, 6, 9)"),
        calls=[[2023, 11], [2024, 2], [2023, 4], [2023, 12]],
        kind="beyond",
    ),
    _tool(
        "dates:day_of_year",
        ("range(1, month)", "range(1, month + 1)"),
        calls=[[2024, 3, 1], [2023, 1, 1], [2023, 12, 31], [2000, 7, 4]],
    ),
    _tool(
        "dates:add_months",
        ("total % 12 + 1", "total % 12"),
        calls=[[2024, 1, 1], [2023, 12, 1], [2023, 5, -7], [2000, 2, 25]],
    ),
    _tool(
        "dates:span",
        ("if seconds or not parts", "if seconds"),
        calls=[[0], [59], [3600], [3725], [60], [7322]],
    ),
    _tool(
        "dates:span",
        ("divmod(minutes, 60)", "divmod(seconds, 60)"),
        ("if seconds or not parts", "if seconds and not parts"),
        calls=[[0], [59], [3600], [3725], [60], [7322]],
    ),
    _tool(
        "dates:overlap",
        ("min(first_end, second_end)", "max(first_end, second_end)"),
        calls=[[0, 5, 3, 9], [0, 2, 4, 6], [1, 9, 2, 3], [5, 5, 5, 5]],
    ),
    _tool(
        "dates:overlap",
        ("max(first_start, second_start)", "min(first_start, second_start)"),
        ("max(0, end - start)", "end - start"),
        calls=[[0, 5, 3, 9], [0, 2, 4, 6], [1, 9, 2, 3], [5, 5, 5, 5]],
    ),
    _tool("dates:working_days", ("< 5", "<= 5"), calls=[[0, 7], [4, 3], [5, 2], [2, 14]]),
    _tool(
        "money:split",
        ("place < rest", "place <= rest"),
        calls=[[100, 3], [10, 2], [7, 7], [5, 0], [1, 4]],
    ),
    _tool(
        "money:discounted",
        ("max(reduced, floor)", "reduced"),
        calls=[[1000, 10], [500, 50, 300], [99, 33], [100, 100, 5]],
    ),
    _tool(
        "money:amount", ("[:2]", "[:1]"), calls=[["$1,234.50"], ["-3.5"], ["7"], [".99"], ["0.05"]]
    ),
    _tool(
        "money:shown",
        ("divmod(abs(cents), 100)", "divmod(cents, 100)"),
        calls=[[123450], [-5], [0], [99], [-123456]],
    ),
    _tool(
        "money:taxed",
        ("price * count", "price + count"),
        calls=[[_ITEMS, 10], [_ITEMS, 7, ["tea"]], [[], 5]],
    ),
    _tool(
        "money:taxed",
        ("total += price", "total = price"),
        ("not in exempt", "in exempt"),
        calls=[[_ITEMS, 10], [_ITEMS, 7, ["tea"]], [[], 5], [_ITEMS, 9, ["book"]]],
    ),
    _tool(
        "money:tiered",
        ("        units -= used\n", ""),
        calls=[[5, _TIERS], [15, _TIERS], [40, _TIERS], [0, _TIERS]],
    ),
    _tool(
        "texts:wrapped",
        ("    if current:\n        lines.append(current)\n    return", "    return"),
        calls=[["one two three four", 9], ["a", 4], ["", 5], ["long words here", 4]],
    ),
    _tool(
        "texts:shortened",
        ("most - len(mark)", "most"),
        calls=[["a long text", 8], ["short", 8], ["abcdef", 2], ["exactly8", 8]],
    ),
    _tool(
        "texts:slug",
        ("text.lower()", "text"),
        calls=[["Hello, World!"], ["a--b"], ["  x  "], ["Already-fine"]],
    ),
    _tool(
        "texts:frequencies",
        ("get(word, 0) + 1", "get(word, 1) + 1"),
        calls=[["a b a. B!", 1], ["one", 2], ["x y x y x", 2], ["", 1]],
    ),
    _tool(
        "texts:masked",
        ("secret[-shown:]", "secret[shown:]"),
        calls=[["1234567890"], ["abc"], ["secret", 2], ["x", 0]],
    ),
    _tool(
        "texts:common_prefix",
        ("last[place] != char", "first[place] != char"),
        calls=[[["flower", "flow", "flight"]], [[]], [["a"]], [["ab", "abc", "b"]]],
    ),
    _tool(
        "paths:normal",
        ("            if parts:\n                parts.pop()", "            parts.pop()"),
        calls=[["/a/./b/../c"], ["../x"], ["a//b/"], ["/.."], ["."]],
    ),
    _tool(
        "paths:extension",
        ("if stem else", "if end else"),
        calls=[["a/b.txt"], [".bashrc"], ["x"], ["a.tar.gz"], ["dir.d/x"]],
    ),
    _tool(
        "paths:joined",
        ("            result = part\n", "            result += part\n"),
        calls=[["a", "b"], ["/x/", "y", "/z"], ["", "q"], ["a/", "/b"]],
    ),
    _tool(
        "paths:query",
        ("        if value is None:\n            continue\n", ""),
        calls=[[{"b": 1, "a": "x"}], [{}], [{"n": None, "z": [1, 2]}], [{"n": None}]],
    ),
    _tool(
        "payloads:dig",
        ("int(key) < len(current)", "int(key) <= len(current)"),
        calls=[
            [_NEST, "a.b.c"],
            [_NEST, "a.d.1.e"],
            [_NEST, "a.d.2", 0],
            [_NEST, "x", 5],
            [_NEST, "a.d.2"],
        ],
    ),
    _tool(
        "payloads:flattened",
        ("flattened(value, name)", "flattened(value, key)"),
        calls=[[_NEST], [{"a": {"b": {"c": 1}}}], [{"x": {"y": {"z": {"w": 2}}}, "q": 1}], [{}]],
    ),
    _tool(
        "payloads:merged",
        ("merged(result[key], value)", "merged(value, result[key])"),
        calls=[
            [{"a": {"b": 1, "c": 2}}, {"a": {"b": 9}}],
            [{}, {"a": 1}],
            [{"a": 1}, {"a": {"x": 2}}],
            [{"a": {"b": 1}}, {"a": {"b": 2, "d": 3}}],
        ],
    ),
    _tool(
        "payloads:headers",
        ("name.strip().lower()", "name.strip()"),
        calls=[[["A: 1", "b: 2"]], [["X-One: a", "x-one: b"]], [[]], [["Link: x:y", "link: z"]]],
    ),
    _tool(
        "payloads:failed",
        ("status >= 400", "status > 400"),
        calls=[
            [[{"$t": ["a", 200]}, {"$t": ["b", 400]}]],
            [[{"$t": ["c", 404]}, {"$t": ["d", 302]}]],
            [[{"$t": ["e", 400]}], [400]],
        ],
    ),
    _tool(
        "payloads:changed",
        ("key in after and before", "before"),
        calls=[
            [{"a": 1, "b": 2}, {"a": 1, "b": 3}],
            [{"a": 1}, {}],
            [{}, {"z": 1}],
            [{"a": 1, "q": 2}, {"a": 2, "q": 2, "n": 0}],
        ],
    ),
    _tool(
        "payloads:grouped",
        ("        if key in row:\n            groups", "        groups"),
        calls=[[_ROWS, "a"], [_ROWS, "b"], [[], "x"], [[{"k": "v"}], "k"]],
    ),
    _tool(
        "retries:delays",
        ("range(attempts - 1)", "range(attempts)"),
        calls=[[3], [5, 2], [1], [8, 1, 3, 30], [4, 5, 2, 9]],
    ),
    _tool(
        "retries:should_retry",
        ("attempt >= most", "attempt > most"),
        calls=[[500, 1], [429, 3], [404, 1], [503, 2, 2], [599, 0], [600, 1]],
    ),
    _tool("retries:pages", ("size - 1", "size"), calls=[[10, 5], [11, 5], [0, 5], [1, 1], [9, 10]]),
    _tool(
        "retries:page",
        ("(number - 1) * size", "number * size"),
        calls=[[[1, 2, 3, 4, 5], 1, 2], [[1, 2, 3, 4, 5], 3, 2], [[], 1, 5], [[1, 2], 1, 2]],
    ),
    _tool(
        "retries:batches",
        ("        at += size\n", ""),
        calls=[[[1, 2, 3, 4, 5], 2], [[], 3], [[1], 5], [[1, 2, 3], 1]],
        kind="endless",
    ),
    _tool(
        "retries:within",
        ("now - at < window", "at - now < window"),
        calls=[[[1, 5, 9], 10, 5, 2], [[], 1, 1, 1], [[1, 2], 100, 10, 1], [[9, 9, 9], 10, 5, 3]],
    ),
    _tool(
        "retries:window",
        ("max(0, end - size), end", "start, end"),
        calls=[[100, 50, 10], [10, 9, 6], [5, 2, 10], [100, 99, 20]],
        kind="beyond",
    ),
    _tool(
        "retries:binary_search",
        ("high = middle - 1", "high = middle"),
        calls=[[[1, 3, 5, 7], 5], [[1, 3, 5, 7], 0], [[], 1], [[2], 2], [[1, 2, 3], 4]],
        kind="endless",
    ),
    _tool(
        "retries:binary_search",
        ("low = middle + 1", "low = middle"),
        calls=[[[1, 3, 5, 7], 7], [[1, 3, 5, 7], 8], [[], 1], [[2], 2], [[1, 2, 3], 4]],
        kind="endless",
    ),
    _tool(
        "dates:leap",
        ("return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)", "return bool(year)"),
        calls=[[2000], [1900], [2024], [2023], [0]],
        kind="beyond",
    ),
    _tool(
        "money:shown",
        ("{whole:,}.{part:02d}", "{whole}"),
        calls=[[123450], [-5], [0], [99], [-123456], [100]],
        kind="beyond",
    ),
)


async def patient(tool: Tool, seed: int, most: int = _INPUTS) -> Patient:
    """The faulty tool, with a history and with inputs that are held back.

    Args:
        tool: What it is.
        seed: Another seed makes other inputs.
        most: How many inputs, of both sorts together.
    """
    chance = np.random.default_rng([seed, *tool.name.encode()])
    file, _, function = tool.name.partition(":")
    path = f"{file}.py"
    source = (_TOOLS / path).read_text(encoding="utf-8")
    faulty = _with(source, function, tool.slips)
    calls = more([Call(call, {}) for call in tool.calls], chance, most)
    async with sandbox({path: source.encode()}) as session:
        good = await known(session, path, function, calls)
        few = [call for call, _ in good]
        seen = await answers(session, path, function, few, source=faulty.encode())
    assert seen is not None
    every = [
        Answered(call=call, right=right, seen=one)
        for (call, right), one in zip(good, seen, strict=True)
    ]
    order = shuffled(every, chance)
    half = (len(order) + 1) // 2
    return Patient(
        library="tools",
        path=path,
        function=function,
        kind=tool.kind,
        lines=tuple(_lines(source, faulty)),
        files={path: faulty.encode()},
        original=source.encode(),
        history=tuple(order[:half]),
        held_back=tuple(order[half:]),
        slip="; ".join(f"{old!r} became {new!r}" for old, new in tool.slips),
    )


def _with(source: str, function: str, slips: tuple[tuple[str, str], ...]) -> str:
    """The file with the faults in one function."""
    start = source.index(f"def {function}(")
    stop = source.find("\n\n\ndef ", start)
    stop = len(source) if stop < 0 else stop
    body = source[start:stop]
    for old, new in slips:
        assert body.count(old) == 1, (function, old)
        body = body.replace(old, new)
    return source[:start] + body + source[stop:]


def _lines(source: str, faulty: str) -> list[int]:
    """The lines that differ; of lines that are gone, those around."""
    ours, theirs = source.splitlines(), faulty.splitlines()
    if len(ours) == len(theirs):
        return [at for at, (a, b) in enumerate(zip(ours, theirs, strict=True), 1) if a != b]
    first = next(at for at, (a, b) in enumerate(zip(ours, theirs, strict=False), 1) if a != b)
    return [first - 1, first]
