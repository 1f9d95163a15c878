"""Changing what was looked at after it was looked at."""

from tests.escape.attempt import Attempt

ATTEMPTS: dict[str, Attempt] = {
    "replace-the-source-by-a-link": Attempt("""
import os
def f(place):
    os.unlink(__file__)
    os.symlink(place["secret"], __file__)
    return "out"
"""),
    "swap-the-source-by-rename": Attempt("""
import os
def f(place):
    with open(__file__ + ".new", "w") as file:
        file.write("def f(place): return 1")
    os.rename(__file__ + ".new", __file__)
    return "out"
"""),
    "write-a-neighbour-and-import-it": Attempt("""
import importlib, os, sys
def f(place):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(here + "/planted.py", "w") as file:
        file.write("ANSWER = 42")
    sys.path.insert(0, here)
    return "out" if importlib.import_module("planted").ANSWER else "no"
"""),
    "plant-a-module-for-the-next": Attempt("""
import os
def f(place):
    with open(os.path.dirname(os.path.abspath(__file__)) + "/json.py", "w") as file:
        file.write("raise SystemExit")
    return "out"
"""),
    "rename-the-tree-away": Attempt("""
import os
def f(place):
    here = os.path.dirname(os.path.abspath(__file__))
    os.rename(here, here + "-away")
    os.rename(here + "-away", here)
    return "out"
"""),
    "swap-in-a-thread-while-it-is-read": Attempt("""
import os, threading
def f(place):
    done = []
    def swap():
        for _ in range(50):
            try:
                os.rename(place["victim"], place["victim"] + ".away")
                os.rename(place["victim"] + ".away", place["victim"])
                done.append(1)
            except OSError:
                pass
    thread = threading.Thread(target=swap)
    thread.start()
    thread.join()
    return "out" if done else "no"
"""),
    "another-folder-for-relative-paths": Attempt("""
import os
def f(place):
    os.chdir(place["folder"])
    return "out" if open("secret.txt").read() else "no"
"""),
}
