"""Running cases, one after the other, and telling what each did as soon as it is known."""

from __future__ import annotations

import _random
import importlib
import os
import resource
import sys
import time
from typing import Any, Callable, NamedTuple

from mendloop.worker import codec, faults, lines, loading, plain, wire, world

# Taken now, because a candidate may put something else in their place.
_dumps, _loads, _send = wire.dumps, wire.loads, wire.write_frame
_clock, _leave, _read = time.perf_counter_ns, os._exit, os.pread
_usage, _SELF, _modules = resource.getrusage, resource.RUSAGE_SELF, sys.modules
_flat, _encode, _sow = plain.flat, codec.encode, _random.Random.seed
_UNIT = 1 if sys.platform == "darwin" else 1024
"""In which the kernel tells the peak of memory."""
_CASES = (
    b'{"id": "rehearsal", "args": [1, {"$t": [2]}], "kwargs": {}}',
    b'{"id": "rehearsal", "args": [1, "a"], "kwargs": {"b": 0.5}}',
)
_REHEARSALS = 20
"""So often until Python has nothing more to note of code that it runs."""
NOT_LOCKED_DOWN = 97
"""The exit status of a process that could not be forked or locked down, and so ran nothing."""


class Program(NamedTuple):
    """What is called, and how it is told."""

    call: Callable[..., Any]
    root: str
    file: str
    most_output: int
    trace: bool
    raw: bool = False
    """Whether it rebuilds the values of its calls itself, and gives back what it has encoded."""


def seed(case: str) -> None:
    """Make random numbers the same for each run of a case, where they are used at all."""
    text = case.encode("utf-8", "replace")
    chance: Any = _modules.get("random")
    if chance is not None:
        # What its ``seed`` comes to with a number; of a text it would take a digest first.
        one = chance._inst  # noqa: SLF001
        _sow(one, int.from_bytes(text, "big"))
        one.gauss_next = None
    numbers: Any = _modules.get("numpy")
    if numbers is not None:
        # Its module of random numbers is imported when it is first named.
        numbers.random.seed(importlib.import_module("binascii").crc32(text))


def _call(program: Program, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Make one call."""
    call, _, _, most, _, raw = program
    try:
        value = call(*args, **kwargs)
        flat = _flat(value, most)
        if flat is None:
            flat = loading.finish(value)
            if not raw:
                flat = _encode(flat, most)
        return {"k": "returned", "v": flat}  # noqa: TRY300  one object less: see ``rehearse``
    except codec.TooLargeError:
        return {"k": "large"}
    except BaseException as error:
        return {"k": "raised", "f": _fault(error, program.root)}


def _fault(error: BaseException, root: str) -> dict[str, Any]:
    """What was raised; little is left to tell it with where memory ran out."""
    try:
        return faults.describe(error, root)
    except BaseException:
        return {"type": "MemoryError", "message": "", "frames": []}


def answer(
    program: Program,
    case: dict[str, Any],
    tracer: Any,
    untagged: bool = False,  # noqa: FBT001, FBT002  a name would be one object more
) -> dict[str, Any]:
    """Run one case and time it.

    Args:
        program: What to call.
        case: With what.
        tracer: Notes the lines, if anybody does.
        untagged: Whether no value in the case has a tag: then each stands for itself.
    """
    try:
        args, kwargs = case["args"], case["kwargs"]
        if not (untagged or program.raw):
            args, kwargs = codec.decode_call(args, kwargs)
    except Exception as error:
        return {"k": "not_run", "w": f"the arguments cannot be rebuilt: {error}"[:300], "s": 0.0}
    try:  # noqa: SIM105  one object less: see ``rehearse``
        seed(case["id"])
    except Exception:  # noqa: S110  a candidate may have put anything in the place of it
        pass
    if case.get("world") is None:
        return _watched(program, args, kwargs, tracer)
    try:
        world.enter(case["world"])
    except Exception as error:
        world.leave()
        return {**world.told(str(error)[:300]), "s": 0.0}
    told = _watched(program, args, kwargs, tracer)
    missed = world.leave()
    return {**told, **world.told(missed)} if missed else told


def _watched(
    program: Program, args: list[Any], kwargs: dict[str, Any], tracer: Any
) -> dict[str, Any]:
    """Make one call, time it, and note its lines."""
    if tracer is not None:
        tracer.begin()
    start = _clock()
    told = _call(program, args, kwargs)
    told["s"] = (_clock() - start) / 1e9
    if tracer is not None:
        told["l"] = tracer.end()
    return told


def send(program: Program, number: int, told: dict[str, Any], out: int) -> None:
    """Send what one case did."""
    told["i"] = number
    told["p"] = _usage(_SELF)[2] * _UNIT
    text = _dumps(told).encode()
    _, _, _, most, _, _ = program
    if len(text) > most:
        text = _dumps({"i": number, "k": "large", "s": told["s"], "p": told["p"]}).encode()
    _send(out, text)


def rehearse() -> None:
    """Go through a case of our own, so that later forks find nothing to be prepared any more.

    What Python notes of code that it has run, of names that it has found and of functions that it
    has linked is written where the code lies: each fork would note it again, in copies of its own.
    """
    program = Program(_rehearsed, "/", "", 1 << 16, trace=False)
    null = os.open(os.devnull, os.O_WRONLY)
    for case in _CASES * _REHEARSALS:
        tell(program, 0, case, None, null)
    os.close(null)


def _rehearsed(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"b": args[1], **kwargs} if kwargs else {"args": list(args)}


def settle(scratch: str) -> None:
    """Work in the scratch folder."""
    os.chdir(scratch)
    os.environ["TMPDIR"] = scratch
    holder: Any = sys.modules.get("tempfile")
    if holder is not None:
        holder.tempdir = None


def run(
    program: Program, texts: int, index: list[list[int]], out: int, scratch: str | None
) -> None:
    """Run the cases of one chunk and leave; never return.

    Args:
        program: What to call.
        texts: The descriptor that holds all cases.
        index: Of each case the number, and where its text begins and how long it is.
        out: Where each answer goes.
        scratch: The folder to work in, if any.
    """
    if scratch is not None:
        settle(scratch)
    _, _, file, _, trace, _ = program
    tracer = lines.tracer(file) if trace else None
    for number, offset, length in index:
        tell(program, number, _read(texts, length, offset), tracer, out, texts)
    _leave(0)


def tell(
    program: Program, number: int, text: bytes, tracer: Any, out: int, texts: int = -1
) -> None:
    """Run one case and send what it did; ``texts`` holds its world, if it has one."""
    case = _loads(text)
    if "world" in case:  # cases may share one: it lies by itself
        place, size = case["world"]
        case["world"] = _loads(_read(texts, size, place))
    send(program, number, answer(program, case, tracer, text.find(b'"$') < 0), out)
