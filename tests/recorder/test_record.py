"""A recorded function does what it did before, and every call of it is on record."""

import asyncio
import inspect
import pickle  # noqa: TID251  that its wrapper can be pickled by name is what is tested
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, assert_type

import anyio
import pytest
from typing_extensions import override

import mendloop
from mendloop.core.record.read import read_record
from mendloop.model.execution import Execution
from mendloop.recorder import flush, state
from tests.recorder.processes import Place

pytestmark = pytest.mark.anyio
_NOW = datetime(2100, 1, 1, tzinfo=UTC)


@mendloop.record
def at_top(a: int, b: int = 2) -> int:
    """Add."""
    return a + b


def records(place: Place) -> list[dict[str, Any]]:
    flush()
    return place.records()


def only(place: Place) -> dict[str, Any]:
    (record,) = records(place)
    return record


def test_a_call_is_on_record(here: Place) -> None:
    assert at_top(1, b=5) == 6

    record = only(here)
    assert record["id"].startswith("r-")
    assert len(record["id"]) == 26
    assert (record["target"], record["outcome"], record["source"]) == (
        f"{__name__}.at_top",
        "ok",
        "recorder",
    )
    assert (record["args"], record["kwargs"], record["result"]) == ([1], {"b": 5}, 6)
    assert 0 <= record["seconds"] < 10
    assert "whole" not in record


def test_the_stage_record_reads_what_is_written(here: Place) -> None:
    at_top(1)
    with pytest.raises(TypeError):
        at_top("a")  # type: ignore[arg-type]

    for record in records(here):
        known = {key: value for key, value in record.items() if key != "function"}
        read = read_record(known, now=_NOW, new_id=lambda: "none")
        assert isinstance(read, Execution), read
        assert read.whole


def test_a_failing_call_is_on_record_when_its_exception_arrives(here: Place) -> None:
    with pytest.raises(TypeError):
        at_top("a")  # type: ignore[arg-type]

    (record,) = here.records()  # without a flush
    assert record["outcome"] == "error"
    assert record["args"] == ["a"]
    assert record["error"]["type"] == "TypeError"
    assert "str" in record["error"]["message"]
    assert [frame["function"] for frame in record["error"]["frames"]] == ["at_top"]


def test_the_function_looks_as_before() -> None:
    assert at_top.__name__ == "at_top"
    assert at_top.__doc__ == "Add."
    assert str(inspect.signature(at_top)) == "(a: int, b: int = 2) -> int"
    assert inspect.unwrap(at_top) is not at_top
    assert pickle.loads(pickle.dumps(at_top)) is at_top  # noqa: S301  by name


def test_types_come_through() -> None:
    @mendloop.record(target="pricing.quote")
    def quote(order: int, *, coupon: str | None = None) -> float:
        return order / 2 if coupon is None else 0.0

    @mendloop.record
    async def fetch(name: str) -> bytes:
        return name.encode()

    assert_type(quote(1, coupon=None), float)
    assert inspect.iscoroutinefunction(fetch)


def test_what_is_declared_can_be_found() -> None:
    @mendloop.record(target="a.b", idempotent=True, side_effects=["network"])
    def fetch() -> None: ...

    declared = fetch.__mendloop__  # type: ignore[attr-defined]
    assert (declared.target, declared.idempotent, declared.side_effects) == (
        "a.b",
        True,
        ("network",),
    )


def test_arguments_are_kept_as_they_were_before_the_call(here: Place) -> None:
    @mendloop.record
    def spoil(items: list[int], into: dict[str, list[int]]) -> list[int]:
        items.clear()
        into["all"].append(1)
        return items

    given = [1, 2]
    result = spoil(given, into={"all": [0]})
    result.append(9)

    record = only(here)
    assert (record["args"], record["kwargs"], record["result"]) == (
        [[1, 2]],
        {"into": {"all": [0]}},
        [],
    )


def test_what_is_not_to_be_kept_is_not(here: Place) -> None:
    @mendloop.record(target="private", args=False, result=False)
    def private(name: str) -> str:
        return name

    private("somebody")

    record = only(here)
    assert (record["args"], record["kwargs"], record["result"]) == ([], {}, None)
    assert record["whole"] is False


def test_the_last_decoration_is_the_one_that_counts(here: Place) -> None:
    twice = mendloop.record(target="outer")(mendloop.record(target="inner")(at_top))

    assert twice(1) == 3
    assert only(here)["target"] == "outer"


def test_only_functions_can_be_recorded() -> None:
    with pytest.raises(TypeError, match="record takes a function"):
        mendloop.record(int)


async def test_a_coroutine_function(here: Place) -> None:
    @mendloop.record(target="fetch")
    async def fetch(name: str) -> str:
        await asyncio.sleep(0)
        if not name:
            raise ValueError("no name")
        return name

    assert await fetch("a") == "a"
    with pytest.raises(ValueError, match="no name"):
        await fetch("")

    failed, good = sorted(records(here), key=lambda record: str(record["outcome"]))
    assert (good["outcome"], good["result"]) == ("ok", "a")
    assert (failed["outcome"], failed["error"]["message"]) == ("error", "no name")


async def test_a_cancelled_call_is_counted_and_is_no_failure(here: Place) -> None:
    @mendloop.record(target="wait")
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wait(), timeout=0)
    async with asyncio.timeout(None):
        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    with anyio.CancelScope() as scope:
        scope.cancel()
        await wait()

    assert records(here) == []
    assert state().cancelled == 3 - 1  # the first of them never began


async def test_a_call_that_is_given_up_at_a_deadline_is_a_timeout(here: Place) -> None:
    @mendloop.record(target="wait")
    async def wait() -> None:
        await anyio.sleep_forever()

    with anyio.move_on_after(0):
        await wait()

    record = only(here)
    assert record["outcome"] == "timeout"
    assert isinstance(
        read_record(
            {key: value for key, value in record.items() if key != "function"},
            now=_NOW,
            new_id=lambda: "none",
        ),
        Execution,
    )


def _numbers(most: int) -> Generator[int, Any, str]:
    for number in range(most):
        try:
            got = yield number
            if got == "fail":
                raise RuntimeError("as asked")
        except KeyError:
            yield -1
    return "end"


def _drive(make: Any, inputs: list[Any]) -> list[Any]:
    """All that can be seen of a generator from outside."""
    generator = make(3)
    seen: list[Any] = []
    for sent in inputs:
        try:
            if isinstance(sent, BaseException):
                seen.append(generator.throw(sent))
            elif sent == "close":
                seen.append(generator.close())
            else:
                seen.append(generator.send(sent))
        except BaseException as error:  # noqa: BLE001  whatever it is, both must raise it
            seen.append((type(error).__name__, *error.args))
    return seen


@pytest.mark.parametrize(
    "inputs",
    [
        [None, None, None, None, None],
        [None, "x", "close", None],
        [None, KeyError("k"), None, None],
        [None, ValueError("v"), None],
        [None, "fail", None],
        ["early"],
        [KeyError("first"), None],
        ["close", None],
    ],
    ids=["through", "closed", "caught", "thrown", "failed", "early", "before", "unstarted"],
)
def test_a_recorded_generator_behaves_as_the_bare_one(here: Place, inputs: list[Any]) -> None:
    assert here.records() == []
    recorded = mendloop.record(target="numbers")(_numbers)

    assert inspect.isgeneratorfunction(recorded)
    assert _drive(recorded, inputs) == _drive(_numbers, inputs)


def test_a_generator_ends_when_it_is_through(here: Place) -> None:
    recorded = mendloop.record(target="numbers")(_numbers)

    def all_of() -> Generator[int, Any, str]:
        return (yield from recorded(3))

    assert list(all_of()) == [0, 1, 2]
    record = only(here)
    assert (record["args"], record["result"], record["outcome"]) == ([3], [0, 1, 2], "ok")


def test_a_generator_that_is_closed_early_did_not_fail(here: Place) -> None:
    generator = mendloop.record(target="numbers")(_numbers)(3)
    next(generator)
    assert records(here) == []

    generator.close()

    record = only(here)
    assert (record["outcome"], record["result"]) == ("ok", {"$opaque": "closed after 1 value"})
    assert record["whole"] is False


def test_a_generator_that_raises_failed(here: Place) -> None:
    generator = mendloop.record(target="numbers")(_numbers)(3)
    next(generator)
    with pytest.raises(RuntimeError):
        generator.send("fail")

    (record,) = here.records()
    assert (record["outcome"], record["error"]["type"]) == ("error", "RuntimeError")


def test_of_an_endless_generator_the_values_are_counted(here: Place) -> None:
    for _ in mendloop.record(target="numbers")(_numbers)(20_000):
        pass

    assert only(here)["result"] == {"$opaque": "20000 values"}


async def test_an_asynchronous_generator(here: Place) -> None:
    @mendloop.record(target="stream")
    async def stream(most: int) -> AsyncGenerator[Any, Any]:
        for number in range(most):
            got = yield number
            if got == "fail":
                raise RuntimeError("as asked")

    assert inspect.isasyncgenfunction(stream)
    assert [number async for number in stream(2)] == [0, 1]
    async with aclosing(stream(5)) as opened:
        assert await anext(opened) == 0
    failing = stream(5)
    await anext(failing)
    with pytest.raises(RuntimeError, match="as asked"):
        await failing.asend("fail")

    found: dict[str, list[Any]] = {"ok": [], "error": []}
    for record in records(here):
        found[record["outcome"]].append(record["result"])
    assert found == {"ok": [[0, 1], {"$opaque": "closed after 1 value"}], "error": [None]}


class Shop:
    @mendloop.record(target="shop.price")
    def price(self, of: int) -> int:
        return of * 2

    @mendloop.record(target="shop.above")
    @classmethod
    def above(cls, of: int) -> str:
        return f"{cls.__name__} {of}"

    @classmethod
    @mendloop.record(target="shop.below")
    def below(cls, of: int) -> str:
        return f"{cls.__name__} {of}"

    @mendloop.record(target="shop.free_above")
    @staticmethod
    def free_above(of: int) -> int:
        return of

    @staticmethod
    @mendloop.record(target="shop.free_below")
    def free_below(of: int) -> int:
        return of


def test_methods_are_recorded_as_a_replay_calls_them(here: Place) -> None:
    assert Shop().price(2) == 4
    assert (Shop.above(3), Shop.below(4)) == ("Shop 3", "Shop 4")
    assert (Shop.free_above(5), Shop().free_below(6)) == (5, 6)

    assert [(record["target"], record["args"]) for record in records(here)] == [
        ("shop.price", [2]),
        ("shop.above", [3]),
        ("shop.below", [4]),
        ("shop.free_above", [5]),
        ("shop.free_below", [6]),
    ]
    assert not any("whole" in record for record in records(here))


class _NoText(Exception):
    @override
    def __str__(self) -> str:
        raise ValueError("not even that")


class _Loud:
    @override
    def __repr__(self) -> str:
        raise SystemError("its own code was run")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("plain"), "plain"),
        (KeyError("key"), "'key'"),
        (_NoText(), "(its message could not be made)"),
        (KeyError([1, 2]), '{"$t":[[1,2]]}'),
        (ValueError(_Loud()), '{"$t":[{"$opaque":"' + f"{__name__}._Loud" + '"}]}'),
        (FileNotFoundError(2, "No such file", "a.txt"), "[Errno 2] No such file: 'a.txt'"),
    ],
    ids=["plain", "key", "none", "list", "object", "file"],
)
def test_a_message_is_had_safely(here: Place, error: Exception, message: str) -> None:
    @mendloop.record(target="fail")
    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        fail()

    assert only(here)["error"]["message"] == message


@pytest.mark.parametrize("stop", [KeyboardInterrupt, GeneratorExit, asyncio.CancelledError])
def test_a_person_who_interrupts_is_no_failure(here: Place, stop: type[BaseException]) -> None:
    @mendloop.record(target="stop")
    def interrupted() -> None:
        raise stop

    with pytest.raises(stop):
        interrupted()

    assert records(here) == []
    assert state().cancelled == 1


@pytest.mark.parametrize(
    ("code", "outcome"), [(None, "ok"), (0, "ok"), (2, "error"), ("no", "error")]
)
def test_a_program_that_ends_itself_has_failed_if_it_says_so(
    here: Place, code: object, outcome: str
) -> None:
    @mendloop.record(target="main")
    def main() -> None:
        raise SystemExit(code)

    with pytest.raises(SystemExit):
        main()

    record = only(here)
    assert (record["outcome"], record["args"]) == (outcome, [])
    assert (record.get("whole", True), "error" in record) == (outcome != "ok", outcome == "error")


def test_an_error_that_is_called_cancelled_is_one(here: Place) -> None:
    class Cancelled(Exception):
        pass

    @mendloop.record(target="order")
    def order() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        order()

    assert only(here)["outcome"] == "error"


@pytest.mark.promise("record/no-secrets-leave-the-process")
def test_secrets_are_replaced_before_anything_is_written(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "correct-horse-battery")

    @mendloop.record(target="login")
    def login(who: str, **more: str) -> str:
        if who == "fail":
            raise ValueError(f"refused: {more['word']}")
        return f"welcome {more['word']}"

    login("a", word="correct-horse-battery")
    login("b", word="plain", password="hunter2hunter2")  # noqa: S106
    with pytest.raises(ValueError, match="refused"):
        login("fail", word="correct-horse-battery")

    found = records(here)
    text = str(found)
    assert "correct-horse-battery" not in text
    assert "hunter2hunter2" not in text
    assert text.count("<redacted:") == 5
    assert all(record["whole"] is False for record in found)
    assert (here.state / "redaction.key").stat().st_size == 32


def test_what_is_too_large_is_marked_and_the_rest_is_kept(here: Place) -> None:
    @mendloop.record(target="large")
    def large(text: str, number: int) -> list[str]:
        return [text * number]

    for _ in range(3):
        large("x" * 40_000, 2)

    for record in records(here):
        assert record["args"] == ["x" * 40_000, 2]
        assert record["result"] == {"$opaque": "too large"}
        assert record["whole"] is False


def test_many_arguments_share_the_room(here: Place) -> None:
    @mendloop.record(target="many")
    def many(*parts: str, **named: str) -> None: ...

    many("x" * 50_000, "y" * 50_000, short="z")

    record = only(here)
    assert record["args"] == [{"$opaque": "too large"}, {"$opaque": "too large"}]
    assert record["kwargs"] == {"short": "z"}


def test_a_session_of_the_client_is_noted(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", "session-1")
    at_top(1)

    assert only(here)["session"] == "session-1"


def test_switched_off_nothing_is_recorded(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLOOP_RECORD", "off")

    assert at_top(1) == 3
    with pytest.raises(TypeError):
        at_top("a")  # type: ignore[arg-type]

    assert not here.data.exists()
    assert not state().recording
