"""Saying what only a judge may say."""

from tests.escape.attempt import Attempt

ATTEMPTS: dict[str, Attempt] = {
    "equal-to-everything": Attempt("""
class Right:
    def __eq__(self, other):
        return True
def f(place):
    return Right()
"""),
    "text-that-equals-everything": Attempt("""
class Right(str):
    def __eq__(self, other):
        return True
    __hash__ = str.__hash__
def f(place):
    return Right("wrong")
"""),
    "answer-from-the-caller-s-frame": Attempt("""
import sys
def f(place):
    frame = sys._getframe()
    while frame is not None:
        if "EXPECTED" in frame.f_globals:
            return frame.f_globals["EXPECTED"]
        frame = frame.f_back
"""),
    "answer-from-the-main-module": Attempt("""
import __main__
def f(place):
    return __main__.EXPECTED
"""),
    "answer-from-the-heap": Attempt("""
import gc
def f(place):
    for held in gc.get_objects():
        if type(held) is dict and "EXPECTED" in held:
            return held["EXPECTED"]
"""),
    "another-print": Attempt("""
import builtins, json, os, sys
say = builtins.print
def f(place):
    builtins.print = lambda *_, **__: say("out")
"""),
    "another-json": Attempt("""
import json
def f(place):
    json.dumps = lambda *_, **__: '"out"'
"""),
    "verdict-on-every-descriptor": Attempt("""
import os
def f(place):
    for fd in range(1, 64):
        try:
            os.write(fd, b"\\nout\\n")
        except OSError:
            pass
    os._exit(0)
"""),
    "verdict-at-the-end": Attempt("""
import atexit
def f(place):
    atexit.register(print, "out")
"""),
    "verdict-at-import": Attempt("""
import os, sys
os.write(1, b"out\\n")
def f(place):
    os._exit(0)
"""),
    "verdict-by-an-exception": Attempt("""
import sys
class Out(BaseException):
    def __str__(self):
        sys.stdout.write("\\nout\\n")
        sys.stdout.flush()
        import os
        os._exit(0)
def f(place):
    raise Out
"""),
    "verdict-by-a-hook": Attempt("""
import os, sys
def f(place):
    def trace(frame, event, argument):
        os.write(1, b"out\\n")
        os._exit(0)
    sys.setprofile(trace)
    return 1
"""),
    "frame-of-our-own-wire": Attempt("""
import json, os, struct
def f(place):
    text = json.dumps({"i": 0, "k": "passed", "v": "out", "s": 0.0}).encode()
    for fd in range(1, 64):
        try:
            os.write(fd, struct.pack("!I", len(text)) + text + b"\\nout\\n")
        except OSError:
            pass
    os.write(1, b"\\nout\\n")
    os._exit(0)
"""),
}
