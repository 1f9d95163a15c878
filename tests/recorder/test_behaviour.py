"""What a recorded function does for others that its bare self does: all but one frame."""

import asyncio
import contextlib
import functools
import inspect
import multiprocessing
import pickle  # noqa: TID251  that it can be pickled by name is what is tested
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import mendloop
from mendloop.recorder import flush
from tests.recorder.processes import Place

pytestmark = pytest.mark.anyio


def records(place: Place) -> list[dict[str, Any]]:
    flush()
    return place.records()


def numbers(place: Place) -> list[int]:
    return sorted(record["args"][0] for record in records(place))


class Shop:
    @mendloop.record
    def price(self, of: int) -> int:
        return of * 2


@mendloop.record
async def fetched(number: int) -> int:
    await asyncio.sleep(0)
    return number


def frames(error: BaseException) -> list[str]:
    trace, names = error.__traceback__, list[str]()
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return names


def raised(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as error:  # noqa: BLE001  whatever it is
        return error
    raise AssertionError("it raised nothing")


def failing(error: BaseException, cause: BaseException | None) -> None:
    try:
        dict[str, int]()["before it"]
    except KeyError:
        raise error from cause


@pytest.mark.parametrize("cause", [None, OSError("below it")], ids=["without", "with"])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_passes_as_it_is_but_for_one_frame(
    here: Place, kind: type[BaseException], cause: BaseException | None
) -> None:
    error = kind(3)
    bare = raised(lambda: failing(error, cause))
    told = (bare.args, bare.__cause__, type(bare.__context__), bare.__suppress_context__)
    before = frames(bare)
    error.__traceback__ = None
    recorded = raised(lambda: mendloop.record(failing)(error, cause))

    assert recorded is bare
    assert told == (
        recorded.args,
        recorded.__cause__,
        type(recorded.__context__),
        recorded.__suppress_context__,
    )
    assert frames(recorded) == [*before[:2], "wrapper", *before[2:]]
    assert not getattr(recorded, "__notes__", [])
    assert len(records(here)) == (kind is not KeyboardInterrupt)


def test_what_is_being_handled_meanwhile_is_still_that(here: Place) -> None:
    seen: list[BaseException | None] = []

    @mendloop.record(target="handle")
    def handle() -> None:
        seen.append(sys.exception())

    outer = ValueError("outer")
    try:
        raise outer
    except ValueError:
        handle()
        assert sys.exception() is outer

    assert seen == [outer]
    assert len(records(here)) == 1


def test_a_recursive_function_is_recorded_at_each_level(here: Place) -> None:
    @mendloop.record(target="countdown")
    def countdown(number: int) -> int:
        return 0 if number == 0 else 1 + countdown(number - 1)

    assert countdown(5) == 5
    assert numbers(here) == [0, 1, 2, 3, 4, 5]


def test_too_deep_a_recursion_is_still_a_recursion_error(here: Place) -> None:
    @mendloop.record(target="endless")
    def endless(number: int) -> int:
        return endless(number + 1)

    with pytest.raises(RecursionError):
        endless(0)

    assert {record["outcome"] for record in records(here)} <= {"error"}


async def test_kinds_of_function_are_told_as_before() -> None:
    async def coroutine() -> None: ...
    async def stream() -> AsyncIterator[int]:
        yield 1

    def plain() -> None: ...
    def values() -> Iterator[int]:
        yield 1

    for bare in (coroutine, stream, plain, values):
        recorded: Any = mendloop.record(bare)
        for told in (
            inspect.iscoroutinefunction,
            asyncio.iscoroutinefunction,
            inspect.isasyncgenfunction,
            inspect.isgeneratorfunction,
            inspect.isfunction,
            inspect.signature,
            inspect.getdoc,
            inspect.getsource,
            inspect.getmodule,
        ):
            assert told(recorded) == told(bare), (bare, told)
        assert (recorded.__name__, recorded.__qualname__) == (bare.__name__, bare.__qualname__)


def test_other_decorators_go_over_and_under_it(here: Place) -> None:
    made: list[int] = []

    @functools.lru_cache
    @mendloop.record(target="cached")
    def cached(number: int) -> int:
        made.append(number)
        return number

    @contextlib.contextmanager
    @mendloop.record(target="managed")
    def managed(number: int) -> Generator[int]:
        try:
            yield number
        except KeyError:
            made.append(-number)

    half = mendloop.record(target="half")(functools.partial(int, base=2))

    assert (cached(1), cached(1), made) == (1, 1, [1])
    with managed(2) as number:
        assert number == 2
    with managed(3):
        failing(KeyError(), None)
    assert half("101") == 5
    assert made == [1, -3]
    with pytest.raises(OSError, match="not its"), managed(4):
        failing(OSError("not its"), None)
    assert sorted((record["target"], record["outcome"]) for record in records(here)) == [
        ("cached", "ok"),
        ("half", "ok"),
        ("managed", "error"),
        ("managed", "ok"),
        ("managed", "ok"),
    ]


def test_an_abstract_method_stays_abstract() -> None:
    class Base(ABC):
        @mendloop.record
        @abstractmethod
        def run(self) -> None: ...

    with pytest.raises(TypeError, match="abstract"):
        Base()  # type: ignore[abstract]


@pytest.mark.usefixtures("here")
def test_methods_and_coroutine_functions_can_be_pickled_by_name() -> None:
    assert pickle.loads(pickle.dumps(fetched)) is fetched  # noqa: S301
    assert pickle.loads(pickle.dumps(Shop().price))(2) == 4  # noqa: S301


async def test_tasks_that_run_at_once_do_not_mix(here: Place) -> None:
    assert await asyncio.gather(*map(fetched, range(50))) == list(range(50))

    found = records(here)
    assert sorted(record["args"][0] for record in found) == list(range(50))
    assert all(record["args"] == [record["result"]] for record in found)


def test_a_thread_pool_loses_nothing(here: Place) -> None:
    shop = Shop()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shop.price, range(200))) == [2 * number for number in range(200)]

    assert numbers(here) == list(range(200))


def test_a_call_in_another_thread_is_recorded(here: Place) -> None:
    @mendloop.record(target="there")
    def there(number: int) -> int:
        return number

    thread = threading.Thread(target=there, args=(7,))
    thread.start()
    thread.join()

    assert numbers(here) == [7]


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_pool_records_in_its_workers(place: Place, method: str) -> None:
    found = place.good(
        "import mendloop, multiprocessing\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "@mendloop.record\n"
        "def double(number): return number * 2\n"
        "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    double(-1)\n"
        "    with ProcessPoolExecutor(2, mp_context=context) as pool:\n"
        "        assert list(pool.map(double, range(20))) == [2 * n for n in range(20)]\n"
    )

    assert sorted(record["args"][0] for record in found) == [-1, *range(20)]
