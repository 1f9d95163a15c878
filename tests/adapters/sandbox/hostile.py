"""Code that tries to get out. Each ``f(place)`` returns ``"out"`` where it succeeds.

``place`` names what there is to be reached: a secret file, a folder, sockets that somebody listens
on. The same sources run in a plain process too: there they must succeed, or they prove nothing.
Standard library only; this file is also read by another interpreter.
"""

ESCAPES = {
    "read-a-secret": """
def f(place):
    return "out" if "hunter2" in open(place["secret"]).read() else "no"
""",
    "read-by-memory-map": """
import mmap, os
def f(place):
    fd = os.open(place["secret"], os.O_RDONLY)
    return "out" if b"hunter2" in mmap.mmap(fd, 0, prot=mmap.PROT_READ)[:] else "no"
""",
    "read-through-a-link": """
import os
def f(place):
    os.symlink(place["secret"], place["folder"] + "/link")
    return "out" if open(place["folder"] + "/link").read() else "no"
""",
    "list-a-folder": """
import os
def f(place):
    return "out" if "secret.txt" in os.listdir(place["folder"]) else "no"
""",
    "list-home": """
import os
def f(place):
    os.listdir(place["home"])
    return "out"
""",
    "environment": """
import os
def f(place):
    return "out" if os.environ.get("MENDLOOP_TEST_SECRET") == "hunter2" else "no"
""",
    "environment-of-the-process": """
def f(place):
    return "out" if open("/proc/self/environ", "rb").read() else "no"
""",
    "processes": """
import os
def f(place):
    return "out" if any(name.isdigit() for name in os.listdir("/proc")) else "no"
""",
    "tcp": """
import socket
def f(place):
    socket.create_connection(("127.0.0.1", place["tcp"]), 2).close()
    return "out"
""",
    "udp": """
import socket
def f(place):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return "out" if s.sendto(b"x", ("127.0.0.1", place["udp"])) else "no"
""",
    "unix-stream": """
import socket
def f(place):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(place["unix"])
    return "out"
""",
    "unix-datagram-by-a-pair": """
import socket
def f(place):
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return "out" if a.sendto(b"x", place["datagram"]) else "no"
""",
    "listen": """
import socket
def f(place):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
    return "out"
""",
    "new-file": """
def f(place):
    open(place["folder"] + "/new.txt", "w").close()
    return "out"
""",
    "new-file-in-tmp": """
import tempfile
def f(place):
    with tempfile.NamedTemporaryFile():
        return "out"
""",
    "append": """
def f(place):
    with open(place["secret"], "a") as file:
        file.write("!")
    return "out"
""",
    "truncate": """
import os
def f(place):
    os.truncate(place["victim"], 0)
    return "out"
""",
    "delete": """
import os
def f(place):
    os.unlink(place["victim"])
    return "out"
""",
    "rename": """
import os
def f(place):
    os.rename(place["victim"], place["victim"] + ".away")
    return "out"
""",
    "hard-link": """
import os
def f(place):
    os.link(place["victim"], place["victim"] + ".link")
    return "out"
""",
    "change-of-mode": """
import os
def f(place):
    os.chmod(place["victim"], 0o777)
    return "out"
""",
    "change-of-times": """
import os
def f(place):
    os.utime(place["victim"], (1, 1))
    return "out"
""",
    "attribute": """
import os
def f(place):
    os.setxattr(place["victim"], "user.mendloop", b"x")
    return "out"
""",
    "its-own-source": """
def f(place):
    with open(__file__, "a") as file:
        file.write("# changed")
    return "out"
""",
    "program": """
import subprocess
def f(place):
    return "out" if subprocess.run(["/bin/echo", "x"], capture_output=True).stdout else "no"
""",
    "shell": """
import os
def f(place):
    return "out" if os.system("exit 7") == 7 << 8 else "no"
""",
    "fork": """
import os
def f(place):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "out"
""",
    "clone": """
import ctypes, os, platform, signal
def f(place):
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    pid = ctypes.CDLL(None).syscall(number, signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return "out" if pid > 0 else "no"
""",
    "signal-to-the-parent": """
import os
def f(place):
    os.kill(os.getppid(), 0)
    return "out"
""",
    "signal-to-the-server": """
import os
def f(place):
    os.kill(place["pid"], 0)
    return "out"
""",
    "queued-signal": """
import ctypes, os, platform
def f(place):
    number = {"x86_64": 424, "aarch64": 424}[platform.machine()]
    fd = os.pidfd_open(os.getppid())
    return "out" if ctypes.CDLL(None).syscall(number, fd, 0, 0, 0) == 0 else "no"
""",
    "tracing": """
import ctypes, os
def f(place):
    return "out" if ctypes.CDLL(None).ptrace(0x4206, os.getppid(), 0, 0) == 0 else "no"
""",
    "new-session": """
import os
def f(place):
    os.setsid()
    return "out"
""",
    "priority": """
import os
def f(place):
    os.nice(1)
    return "out"
""",
    "memory-file": """
import os
def f(place):
    os.close(os.memfd_create("x"))
    return "out"
""",
    "live-on-without-the-parent": """
import ctypes
def f(place):
    return "out" if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0 else "no"
""",
    "raise-a-limit": """
import resource
def f(place):
    resource.setrlimit(resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))
    return "out"
""",
    "inherited-descriptors": """
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
    "handles": """
import ctypes, platform
def f(place):
    number = {"x86_64": 303, "aarch64": 264}[platform.machine()]
    libc = ctypes.CDLL(None, use_errno=True)
    handle, mount = (ctypes.c_uint * 34)(128), ctypes.c_int()
    path = place["secret"].encode()
    made = libc.syscall(number, -100, path, handle, ctypes.byref(mount), 0)
    return "out" if made == 0 else "no"
""",
}

NOT_WITNESSED = {"inherited-descriptors", "list-home", "attribute", "tracing"}
"""Those that a plain process cannot do everywhere: they need a right, a file system or a setting."""

DAMAGE = {
    "endless-loop": "def f(x):\n    while True:\n        pass\n",
    "endless-sleep": "import time\ndef f(x):\n    time.sleep(1e6)\n",
    "catches-everything": """
def f(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
""",
    "ignores-signals": """
import signal
def f(x):
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
""",
    "endless-message": """
class E(Exception):
    def __str__(self):
        while True:
            pass
def f(x):
    raise E
""",
    "endless-at-exit": """
import os, time
def f(x):
    os._exit = lambda code: time.sleep(1e6)
    while True:
        pass
""",
    "fills-the-pipe-and-hangs": """
import os
def f(x):
    while True:
        for fd in range(3, 64):
            try:
                os.fstat(fd) and os.set_blocking(fd, False)
                os.write(fd, b"\\xff" * 65536)
            except OSError:
                pass
""",
}
"""Calls that never end by themselves: each must be ended from outside, and be blamed."""
