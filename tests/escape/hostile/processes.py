"""Starting, stopping and touching processes, and asking the kernel for more."""

from tests.escape.attempt import Attempt

ATTEMPTS: dict[str, Attempt] = {
    "program": Attempt("""
import subprocess
def f(place):
    return "out" if subprocess.run(["/bin/echo", "x"], capture_output=True).stdout else "no"
"""),
    "shell": Attempt("""
import os
def f(place):
    return "out" if os.system("exit 7") == 7 << 8 else "no"
"""),
    "fork": Attempt("""
import os
def f(place):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "out"
"""),
    "clone": Attempt("""
import ctypes, os, platform, signal
def f(place):
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    pid = ctypes.CDLL(None).syscall(number, signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return "out" if pid > 0 else "no"
"""),
    "signal-to-the-parent": Attempt("""
import os
def f(place):
    os.kill(os.getppid(), 0)
    return "out"
"""),
    "signal-to-the-server": Attempt("""
import os
def f(place):
    os.kill(place["pid"], 0)
    return "out"
"""),
    "queued-signal": Attempt("""
import ctypes, os, platform
def f(place):
    number = {"x86_64": 424, "aarch64": 424}[platform.machine()]
    fd = os.pidfd_open(os.getppid())
    return "out" if ctypes.CDLL(None).syscall(number, fd, 0, 0, 0) == 0 else "no"
"""),
    "tracing": Attempt(
        """
import ctypes, os
def f(place):
    return "out" if ctypes.CDLL(None).ptrace(0x4206, os.getppid(), 0, 0) == 0 else "no"
""",
        everywhere=False,
    ),
    "new-session": Attempt("""
import os
def f(place):
    os.setsid()
    return "out"
"""),
    "priority": Attempt("""
import os
def f(place):
    os.nice(1)
    return "out"
"""),
    "memory-file": Attempt("""
import os
def f(place):
    os.close(os.memfd_create("x"))
    return "out"
"""),
    "live-on-without-the-parent": Attempt("""
import ctypes
def f(place):
    return "out" if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0 else "no"
"""),
    "raise-a-limit": Attempt("""
import resource
def f(place):
    resource.setrlimit(resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))
    return "out"
"""),
    "signal-to-the-group": Attempt("""
import os
def f(place):
    os.killpg(os.getpgrp(), 0)
    return "out"
"""),
    "signal-to-all": Attempt("""
import os
def f(place):
    os.kill(-1, 0)
    return "out"
"""),
    "other-processor": Attempt("""
import os
def f(place):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return "out"
"""),
    "own-group": Attempt("""
import os
def f(place):
    os.setpgid(0, 0)
    return "out"
"""),
    "daemon": Attempt("""
import os
def f(place):
    if os.fork() == 0:
        os.setsid()
        os._exit(0)
    return "out"
"""),
    "multiprocessing": Attempt("""
import multiprocessing
def work():
    pass
def f(place):
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    return "out"
"""),
    "posix-spawn": Attempt("""
import os
def f(place):
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
    return "out"
"""),
    "replace-itself": Attempt("""
import os
def f(place):
    os.execv("/bin/echo", ["echo", "out"])
"""),
    "locked-memory": Attempt("""
import ctypes
def f(place):
    held = ctypes.create_string_buffer(4096)
    return "out" if ctypes.CDLL(None).mlock(held, 4096) == 0 else "no"
"""),
    "personality": Attempt("""
import ctypes
def f(place):
    return "out" if ctypes.CDLL(None).personality(0xFFFFFFFF) >= 0 else "no"
"""),
    "shared-memory-of-system-v": Attempt("""
import ctypes
def f(place):
    libc = ctypes.CDLL(None)
    made = libc.shmget(0, 4096, 0o600)
    if made < 0:
        return "no"
    libc.shmctl(made, 0, 0)
    return "out"
"""),
    "message-queue": Attempt("""
import ctypes
def f(place):
    libc = ctypes.CDLL(None)
    made = libc.msgget(0, 0o600)
    if made < 0:
        return "no"
    libc.msgctl(made, 0, 0)
    return "out"
"""),
    "watch-files": Attempt("""
import ctypes
def f(place):
    return "out" if ctypes.CDLL(None).inotify_init1(0) >= 0 else "no"
"""),
    "watch-for-memory-faults-of-others": Attempt("""
import ctypes, os, platform
def f(place):
    number = {"x86_64": 310, "aarch64": 270}[platform.machine()]
    text = ctypes.create_string_buffer(8)
    part = (ctypes.c_void_p * 2)(ctypes.addressof(text), 8)
    libc = ctypes.CDLL(None)
    return "out" if libc.syscall(number, os.getpid(), part, 1, part, 1, 0) == 8 else "no"
"""),
}
