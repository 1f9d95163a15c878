"""Reading what is nobody's business."""

from tests.escape.attempt import Attempt

ATTEMPTS: dict[str, Attempt] = {
    "read-a-secret": Attempt("""
def f(place):
    return "out" if "hunter2" in open(place["secret"]).read() else "no"
"""),
    "read-by-memory-map": Attempt("""
import mmap, os
def f(place):
    fd = os.open(place["secret"], os.O_RDONLY)
    return "out" if b"hunter2" in mmap.mmap(fd, 0, prot=mmap.PROT_READ)[:] else "no"
"""),
    "list-a-folder": Attempt("""
import os
def f(place):
    return "out" if "secret.txt" in os.listdir(place["folder"]) else "no"
"""),
    "list-home": Attempt(
        """
import os
def f(place):
    os.listdir(place["home"])
    return "out"
""",
        everywhere=False,
    ),
    "environment": Attempt("""
import os
def f(place):
    return "out" if os.environ.get("MENDLOOP_TEST_SECRET") == "hunter2" else "no"
"""),
    "environment-of-the-process": Attempt("""
def f(place):
    return "out" if open("/proc/self/environ", "rb").read() else "no"
"""),
    "processes": Attempt("""
import os
def f(place):
    return "out" if any(name.isdigit() for name in os.listdir("/proc")) else "no"
"""),
    "inherited-descriptors": Attempt(
        """
import os, stat
def f(place):
    for fd in range(3, 64):
        try:
            kind = os.fstat(fd).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(kind) or stat.S_ISDIR(kind):
            return "out"
    return "no"
""",
        everywhere=False,
    ),
    "handles": Attempt("""
import ctypes, platform
def f(place):
    number = {"x86_64": 303, "aarch64": 264}[platform.machine()]
    libc = ctypes.CDLL(None, use_errno=True)
    handle, mount = (ctypes.c_uint * 34)(128), ctypes.c_int()
    path = place["secret"].encode()
    made = libc.syscall(number, -100, path, handle, ctypes.byref(mount), 0)
    return "out" if made == 0 else "no"
"""),
    "read-by-a-relative-path": Attempt("""
import os
def f(place):
    return "out" if open(os.path.relpath(place["secret"])).read() else "no"
"""),
    "read-below-a-descriptor": Attempt("""
import os
def f(place):
    folder = os.open(place["folder"], os.O_PATH)
    fd = os.open("secret.txt", os.O_RDONLY, dir_fd=folder)
    return "out" if b"hunter2" in os.read(fd, 100) else "no"
"""),
    "environment-of-the-server": Attempt("""
def f(place):
    return "out" if open(f"/proc/{place['pid']}/environ", "rb").read() else "no"
"""),
    "command-line-of-the-server": Attempt("""
def f(place):
    return "out" if open(f"/proc/{place['pid']}/cmdline", "rb").read() else "no"
"""),
    "users-of-the-machine": Attempt("""
import pwd
def f(place):
    return "out" if pwd.getpwall() else "no"
"""),
    "settings-of-the-machine": Attempt("""
def f(place):
    return "out" if "root" in open("/etc/passwd").read() else "no"
"""),
    "list-the-root": Attempt("""
import os
def f(place):
    return "out" if os.listdir("/") else "no"
"""),
    "copy-by-sendfile": Attempt("""
import os
def f(place):
    source = os.open(place["secret"], os.O_RDONLY)
    reading, writing = os.pipe()
    os.sendfile(writing, source, 0, 100)
    return "out" if b"hunter2" in os.read(reading, 100) else "no"
"""),
    "import-from-outside": Attempt("""
import sys
def f(place):
    sys.path.insert(0, place["folder"])
    import secret_module
    return "out" if secret_module.KEY else "no"
"""),
    "database-of-somebody": Attempt("""
import sqlite3
def f(place):
    db = sqlite3.connect("file:" + place["database"] + "?mode=ro", uri=True)
    return "out" if db.execute("select * from t").fetchall() else "no"
"""),
}
