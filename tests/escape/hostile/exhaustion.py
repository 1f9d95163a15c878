"""Using up time, memory or descriptors, and taking the process along."""

from tests.escape.attempt import Attempt, Fires

ATTEMPTS: dict[str, Attempt] = {
    "memory": Attempt("""
def f(place):
    return "out" if len(bytes(1 << 30)) else "no"
"""),
    "memory-map": Attempt("""
import mmap
def f(place):
    return "out" if len(mmap.mmap(-1, 1 << 30)) else "no"
"""),
    "descriptors": Attempt("""
import os
def f(place):
    return "out" if [os.dup(0) for _ in range(200)] else "no"
"""),
    "pipes": Attempt("""
import os
def f(place):
    return "out" if [os.pipe() for _ in range(100)] else "no"
"""),
    "threads": Attempt("""
import threading
def f(place):
    threading.stack_size(1 << 16)
    end = threading.Event()
    threads = [threading.Thread(target=end.wait, daemon=True) for _ in range(900)]
    try:
        for thread in threads:
            thread.start()
    finally:
        end.set()
    return "out"
"""),
    "big-file": Attempt(
        """
def f(place):
    with open("big", "wb") as file:
        for _ in range(12):
            file.write(bytes(1 << 20))
    return "out"
""",
        writes=True,
    ),
    "many-big-files": Attempt(
        """
import os
def f(place):
    for folder in range(4):
        os.mkdir(str(folder))
        for number in range(4):
            with open(f"{folder}/{number}", "wb") as file:
                for _ in range(6):
                    file.write(bytes(1 << 20))
    return "out"
""",
        writes=True,
    ),
    "many-names": Attempt(
        """
import os
def f(place):
    open("own", "wb").close()
    for number in range(11_000):
        os.link("own", str(number))
    return "out"
""",
        writes=True,
    ),
    "endless-loop": Attempt(
        """
def f(place):
    while True:
        pass
""",
        fires=Fires.HANGS,
    ),
    "endless-sleep": Attempt(
        """
import time
def f(place):
    time.sleep(1e6)
""",
        fires=Fires.HANGS,
    ),
    "catches-everything": Attempt(
        """
def f(place):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
""",
        fires=Fires.HANGS,
    ),
    "ignores-signals": Attempt(
        """
import signal
def f(place):
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
""",
        fires=Fires.HANGS,
    ),
    "endless-message": Attempt(
        """
class E(Exception):
    def __str__(self):
        while True:
            pass
def f(place):
    raise E
""",
        fires=Fires.HANGS,
    ),
    "endless-at-exit": Attempt(
        """
import os, time
def f(place):
    os._exit = lambda code: time.sleep(1e6)
    while True:
        pass
""",
        fires=Fires.HANGS,
    ),
    "fills-the-pipe-and-hangs": Attempt(
        """
import os
def f(place):
    while True:
        for fd in range(3, 64):
            try:
                os.fstat(fd) and os.set_blocking(fd, False)
                os.write(fd, b"\\xff" * 65536)
            except OSError:
                pass
""",
        fires=Fires.HANGS,
    ),
    "endless-match": Attempt(
        """
import re
def f(place):
    re.match("(a+)+$", "a" * 60 + "b")
""",
        fires=Fires.HANGS,
    ),
    "endless-arithmetic": Attempt(
        """
def f(place):
    return 3 ** (10 ** 9) > 0
""",
        fires=Fires.HANGS,
    ),
    "stops-itself": Attempt(
        """
import os, signal
def f(place):
    os.kill(os.getpid(), signal.SIGSTOP)
""",
        fires=Fires.HANGS,
    ),
    "waits-for-a-lock-for-ever": Attempt(
        """
import threading
def f(place):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
""",
        fires=Fires.HANGS,
    ),
    "reads-from-nobody": Attempt(
        """
import os
def f(place):
    reading, writing = os.pipe()
    return os.read(reading, 1)
""",
        fires=Fires.HANGS,
    ),
    "leaves": Attempt(
        """
import os
def f(place):
    os._exit(0)
""",
        fires=Fires.DIES,
    ),
    "aborts": Attempt(
        """
import os
def f(place):
    os.abort()
""",
        fires=Fires.DIES,
    ),
    "segmentation-fault": Attempt(
        """
import ctypes
def f(place):
    ctypes.string_at(0)
""",
        fires=Fires.DIES,
    ),
    "kills-itself": Attempt(
        """
import os
def f(place):
    os.kill(os.getpid(), 9)
""",
        fires=Fires.DIES,
    ),
    "closes-everything": Attempt(
        """
import os
def f(place):
    os.closerange(0, 100)
""",
        fires=Fires.DIES,
    ),
}
