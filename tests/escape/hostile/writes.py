"""Changing files; those that may write in one folder of their own try to leave it."""

from tests.escape.attempt import Attempt

ATTEMPTS: dict[str, Attempt] = {
    "read-through-a-link": Attempt("""
import os
def f(place):
    os.symlink(place["secret"], place["folder"] + "/link")
    return "out" if open(place["folder"] + "/link").read() else "no"
"""),
    "new-file": Attempt("""
def f(place):
    open(place["folder"] + "/new.txt", "w").close()
    return "out"
"""),
    "new-file-in-tmp": Attempt("""
import tempfile
def f(place):
    with tempfile.NamedTemporaryFile():
        return "out"
"""),
    "append": Attempt("""
def f(place):
    with open(place["secret"], "a") as file:
        file.write("!")
    return "out"
"""),
    "truncate": Attempt("""
import os
def f(place):
    os.truncate(place["victim"], 0)
    return "out"
"""),
    "delete": Attempt("""
import os
def f(place):
    os.unlink(place["victim"])
    return "out"
"""),
    "rename": Attempt("""
import os
def f(place):
    os.rename(place["victim"], place["victim"] + ".away")
    return "out"
"""),
    "hard-link": Attempt("""
import os
def f(place):
    os.link(place["victim"], place["victim"] + ".link")
    return "out"
"""),
    "change-of-mode": Attempt("""
import os
def f(place):
    os.chmod(place["victim"], 0o777)
    return "out"
"""),
    "change-of-times": Attempt("""
import os
def f(place):
    os.utime(place["victim"], (1, 1))
    return "out"
"""),
    "attribute": Attempt(
        """
import os
def f(place):
    os.setxattr(place["victim"], "user.mendloop", b"x")
    return "out"
""",
        everywhere=False,
    ),
    "its-own-source": Attempt("""
def f(place):
    with open(__file__, "a") as file:
        file.write("# changed")
    return "out"
"""),
    "new-folder": Attempt("""
import os
def f(place):
    os.mkdir(place["folder"] + "/new")
    return "out"
"""),
    "named-pipe": Attempt("""
import os
def f(place):
    os.mkfifo(place["folder"] + "/pipe")
    return "out"
"""),
    "exchange": Attempt("""
import ctypes
def f(place):
    a, b = place["victim"].encode(), place["secret"].encode()
    return "out" if ctypes.CDLL(None).renameat2(-100, a, -100, b, 2) == 0 else "no"
"""),
    "copy-over": Attempt("""
import shutil
def f(place):
    shutil.copyfile(place["secret"], place["victim"])
    return "out"
"""),
    "write-by-memory-map": Attempt("""
import mmap
def f(place):
    with open(place["victim"], "r+b") as file, mmap.mmap(file.fileno(), 0) as held:
        held[0:1] = b"X"
    return "out"
"""),
    "change-of-owner": Attempt("""
import os
def f(place):
    os.chown(place["victim"], os.getuid(), os.getgid())
    return "out"
"""),
    "lock-somebody-s-file": Attempt("""
import fcntl
def f(place):
    with open(place["victim"]) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return "out"
"""),
    "own-folder": Attempt("""
import os
def f(place):
    open(os.path.dirname(os.path.abspath(__file__)) + "/left.txt", "w").close()
    return "out"
"""),
    "compiled-copy": Attempt("""
import py_compile
def f(place):
    return "out" if py_compile.compile(__file__, doraise=True) else "no"
"""),
    "database-on-disk": Attempt("""
import sqlite3
def f(place):
    db = sqlite3.connect(place["database"])
    db.execute("insert into t values ('forged')")
    db.commit()
    return "out"
"""),
    "through-a-link-in-its-own-folder": Attempt(
        """
import os
def f(place):
    os.symlink(place["victim"], "link")
    with open("link", "w") as file:
        file.write("forged")
    return "out"
""",
        writes=True,
    ),
    "out-of-its-own-folder": Attempt(
        """
import os
def f(place):
    with open("own", "w") as file:
        file.write("x")
    os.rename("own", place["folder"] + "/moved")
    return "out"
""",
        writes=True,
    ),
    "hard-link-into-its-own-folder": Attempt(
        """
import os
def f(place):
    os.link(place["victim"], "linked")
    with open("linked", "w") as file:
        file.write("forged")
    return "out"
""",
        writes=True,
    ),
    "mode-of-its-own-file": Attempt(
        """
import os
def f(place):
    open("own", "w").close()
    os.chmod("own", 0o4777)
    return "out" if os.stat("own").st_mode & 0o4000 else "no"
""",
        writes=True,
    ),
}
