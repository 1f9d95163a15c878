"""Results that lie about themselves, and code that goes on after the call."""

from tests.escape.attempt import Attempt, Fires

ATTEMPTS: dict[str, Attempt] = {
    "number-that-equals-everything": Attempt("""
class Right(int):
    def __eq__(self, other):
        return True
    __hash__ = int.__hash__
def f(place):
    return Right(3)
"""),
    "list-that-equals-everything": Attempt("""
class Right(list):
    def __eq__(self, other):
        return True
def f(place):
    return Right([1])
"""),
    "object-that-equals-everything": Attempt("""
class Right(dict):
    def __eq__(self, other):
        return True
def f(place):
    return Right(a=1)
"""),
    "class-that-equals-everything": Attempt("""
class Kind(type):
    def __eq__(self, other):
        return True
    __hash__ = type.__hash__
class Right(metaclass=Kind):
    pass
def f(place):
    return Right
"""),
    "another-class-than-it-says": Attempt("""
class Right:
    __class__ = str
    def __eq__(self, other):
        return True
def f(place):
    return Right()
"""),
    "member-that-equals-everything": Attempt("""
import enum
class Right(enum.Enum):
    ONE = 1
    def __eq__(self, other):
        return True
    __hash__ = enum.Enum.__hash__
def f(place):
    return Right.ONE
"""),
    "verdict-by-a-trace": Attempt("""
import os, sys
def f(place):
    def trace(frame, event, argument):
        os.write(1, b"out\\n")
        os._exit(0)
    sys.settrace(trace)
    return 1
"""),
    "verdict-by-an-audit-hook": Attempt("""
import os, sys
class Late:
    def __eq__(self, other):
        sys.audit("verdict")
def f(place):
    def hook(event, arguments):
        if event == "verdict":
            os.write(1, b"out\\n")
            os._exit(0)
    sys.addaudithook(hook)
    return Late()
"""),
    "verdict-by-a-signal": Attempt("""
import os, signal, time
class Late:
    def __eq__(self, other):
        time.sleep(1)
def f(place):
    def ring(number, frame):
        os.write(1, b"out\\n")
        os._exit(0)
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    return Late()
"""),
    "verdict-by-a-thread-afterwards": Attempt("""
import os, threading
def f(place):
    def wait():
        threading.main_thread().join()
        os.write(1, b"\\nout\\n")
    threading.Thread(target=wait).start()
    return 1
"""),
    "verdict-by-a-finalizer": Attempt("""
import os, weakref
class Held:
    pass
HELD = Held()
def f(place):
    weakref.finalize(HELD, os.write, 1, b"\\nout\\n")
    return 1
"""),
    "verdict-when-it-is-thrown-away": Attempt("""
import os
class Last:
    def __del__(self, write=os.write):
        write(1, b"\\nout\\n")
LAST = Last()
def f(place):
    return 1
"""),
    "items-without-end": Attempt(
        """
class Endless(dict):
    def items(self):
        while True:
            pass
def f(place):
    return Endless(a=1)
""",
        fires=Fires.HOLDS_UP,
    ),
    "text-of-it-without-end": Attempt(
        """
class Endless:
    def __repr__(self):
        while True:
            pass
def f(place):
    return Endless()
""",
        fires=Fires.HOLDS_UP,
    ),
    "comparison-without-end": Attempt(
        """
class Endless:
    def __eq__(self, other):
        while True:
            pass
def f(place):
    return Endless()
""",
        fires=Fires.HOLDS_UP,
    ),
    "end-without-end": Attempt(
        """
import atexit, time
def f(place):
    atexit.register(time.sleep, 1e6)
    return 1
""",
        fires=Fires.HOLDS_UP,
    ),
    "thread-that-outlives-the-call": Attempt(
        """
import threading, time
def f(place):
    threading.Thread(target=time.sleep, args=(1e6,)).start()
    return 1
""",
        fires=Fires.HOLDS_UP,
    ),
    "process-that-holds-the-pipe": Attempt(
        """
import os, time
if os.fork() == 0:
    time.sleep(5)
    os._exit(0)
def f(place):
    return 1
""",
        fires=Fires.HOLDS_UP,
    ),
    "name-of-its-kind-without-end": Attempt(
        """
class Kind(type):
    @property
    def __name__(self):
        while True:
            pass
class E(Exception, metaclass=Kind):
    pass
def f(place):
    raise E
""",
        fires=Fires.HANGS,
    ),
    "a-byte-at-a-time": Attempt(
        """
import os, time
def f(place):
    while True:
        for fd in range(3, 64):
            try:
                os.write(fd, b"\\0")
            except OSError:
                pass
        time.sleep(0.05)
""",
        fires=Fires.HANGS,
    ),
    "coroutine-without-end": Attempt(
        """
import asyncio
async def f(place):
    while True:
        await asyncio.sleep(0)
""",
        fires=Fires.HANGS,
    ),
    "numbers-of-thousands-of-digits": Attempt(
        """
def f(place):
    return [1 << 13_990] * 400
""",
        fires=Fires.FLOODS,
    ),
    "text-that-says-it-is-short": Attempt(
        """
class Short(str):
    def __len__(self):
        return 1
def f(place):
    return Short("x" * 10 ** 7)
""",
        fires=Fires.FLOODS,
    ),
    "keys-by-the-hundred-thousand": Attempt(
        """
def f(place):
    return {f"key-{number}": None for number in range(200_000)}
""",
        fires=Fires.FLOODS,
    ),
}
