"""Calls of the kernel that are newer, or seldom thought of: each is a way round an older rule."""

from tests.escape.attempt import Attempt

ATTEMPTS: dict[str, Attempt] = {
    "ring-of-requests": Attempt("""
import ctypes
def f(place):
    parameters = ctypes.create_string_buffer(120)
    return "out" if ctypes.CDLL(None).syscall(425, 4, parameters) >= 0 else "no"
"""),
    "faults-handled-by-itself": Attempt("""
import ctypes, platform
def f(place):
    number = {"x86_64": 323, "aarch64": 282}[platform.machine()]
    return "out" if ctypes.CDLL(None).syscall(number, 1) >= 0 else "no"
"""),
    "program-below-a-descriptor": Attempt("""
import ctypes, platform
def f(place):
    number = {"x86_64": 322, "aarch64": 281}[platform.machine()]
    words = (ctypes.c_char_p * 3)(b"echo", b"out", None)
    none = (ctypes.c_char_p * 1)(None)
    ctypes.CDLL(None).syscall(number, -100, b"/bin/echo", words, none, 0)
    return "no"
"""),
    "secret-by-the-second-way-to-open": Attempt("""
import ctypes, os
def f(place):
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0)
    fd = ctypes.CDLL(None).syscall(437, -100, place["secret"].encode(), how, 24)
    return "out" if fd >= 0 and b"hunter2" in os.read(fd, 100) else "no"
"""),
    "tree-of-mounts": Attempt("""
import ctypes
def f(place):
    made = ctypes.CDLL(None).syscall(428, -100, place["folder"].encode(), 0)
    return "out" if made >= 0 else "no"
"""),
    "write-into-memory-of-a-process": Attempt("""
import ctypes, os, platform
def f(place):
    number = {"x86_64": 311, "aarch64": 271}[platform.machine()]
    text = ctypes.create_string_buffer(8)
    part = (ctypes.c_void_p * 2)(ctypes.addressof(text), 8)
    libc = ctypes.CDLL(None)
    return "out" if libc.syscall(number, os.getpid(), part, 1, part, 1, 0) == 8 else "no"
"""),
    "descriptor-of-a-process": Attempt("""
import ctypes, os
def f(place):
    own = os.pidfd_open(os.getpid())
    return "out" if ctypes.CDLL(None).syscall(438, own, 0, 0) >= 0 else "no"
"""),
    "process-by-the-newest-call": Attempt("""
import ctypes, os, signal
def f(place):
    words = (ctypes.c_uint64 * 8)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    pid = ctypes.CDLL(None).syscall(435, words, 64)
    if pid == 0:
        os._exit(0)
    return "out" if pid > 0 else "no"
"""),
    "limits-of-the-parent": Attempt("""
import os, resource
def f(place):
    return "out" if resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE) else "no"
"""),
    "signals-sent-by-the-kernel": Attempt("""
import fcntl, os, socket
def f(place):
    one, other = socket.socketpair()
    fcntl.fcntl(one, fcntl.F_SETOWN, os.getppid())
    return "out" if fcntl.fcntl(one, fcntl.F_GETOWN) == os.getppid() else "no"
"""),
    "signals-by-a-request-to-a-device": Attempt("""
import fcntl, os, socket, struct
def f(place):
    one, other = socket.socketpair()
    fcntl.ioctl(one, 0x8901, struct.pack("i", os.getppid()))
    return "out" if fcntl.fcntl(one, fcntl.F_GETOWN) == os.getppid() else "no"
"""),
    "policy-of-the-scheduler": Attempt("""
import os
def f(place):
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    return "out"
"""),
    "foster-parent-of-orphans": Attempt("""
import ctypes
def f(place):
    return "out" if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0 else "no"
"""),
    "open-to-be-traced": Attempt("""
import ctypes
def f(place):
    return "out" if ctypes.CDLL(None).prctl(4, 1, 0, 0, 0) == 0 else "no"
"""),
    "filter-that-listens": Attempt("""
import ctypes, platform, struct
def f(place):
    number = {"x86_64": 317, "aarch64": 277}[platform.machine()]
    libc = ctypes.CDLL(None)
    libc.prctl(38, 1, 0, 0, 0)
    step = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000), 8)
    program = struct.pack("=HxxxxxxQ", 1, ctypes.addressof(step))
    held = ctypes.create_string_buffer(program, len(program))
    return "out" if libc.syscall(number, 1, 8, held) >= 0 else "no"
"""),
    "semaphores-of-system-v": Attempt("""
import ctypes
def f(place):
    libc = ctypes.CDLL(None)
    made = libc.semget(0, 1, 0o600)
    if made < 0:
        return "no"
    libc.semctl(made, 0, 0)
    return "out"
"""),
    "pages-given-to-a-pipe": Attempt("""
import ctypes, os, platform
def f(place):
    number = {"x86_64": 278, "aarch64": 75}[platform.machine()]
    text = ctypes.create_string_buffer(8)
    part = (ctypes.c_void_p * 2)(ctypes.addressof(text), 8)
    _, writing = os.pipe()
    return "out" if ctypes.CDLL(None).syscall(number, writing, part, 1, 0) == 8 else "no"
"""),
    "turn-at-the-disk": Attempt("""
import ctypes, platform
def f(place):
    number = {"x86_64": 251, "aarch64": 30}[platform.machine()]
    return "out" if ctypes.CDLL(None).syscall(number, 1, 0, 2 << 13 | 4) == 0 else "no"
"""),
    "timer-that-kills": Attempt("""
import ctypes, platform, struct
def f(place):
    number = {"x86_64": 222, "aarch64": 107}[platform.machine()]
    event = ctypes.create_string_buffer(struct.pack("=Qii", 0, 9, 0), 64)
    made = ctypes.c_int()
    libc = ctypes.CDLL(None)
    return "out" if libc.syscall(number, 1, event, ctypes.byref(made)) == 0 else "no"
"""),
}
