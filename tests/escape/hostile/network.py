"""Talking to anybody."""

from tests.escape.attempt import Attempt

ATTEMPTS: dict[str, Attempt] = {
    "tcp": Attempt("""
import socket
def f(place):
    socket.create_connection(("127.0.0.1", place["tcp"]), 2).close()
    return "out"
"""),
    "udp": Attempt("""
import socket
def f(place):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return "out" if s.sendto(b"x", ("127.0.0.1", place["udp"])) else "no"
"""),
    "unix-stream": Attempt("""
import socket
def f(place):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(place["unix"])
    return "out"
"""),
    "unix-datagram-by-a-pair": Attempt("""
import socket
def f(place):
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return "out" if a.sendto(b"x", place["datagram"]) else "no"
"""),
    "listen": Attempt("""
import socket
def f(place):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
    return "out"
"""),
    "resolve-a-name": Attempt("""
import socket
def f(place):
    return "out" if socket.getaddrinfo("localhost", 80) else "no"
"""),
    "unix-abstract": Attempt("""
import socket
def f(place):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("\\0" + place["abstract"])
    return "out"
"""),
    "netlink": Attempt("""
import socket
def f(place):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
    return "out"
"""),
    "asyncio-connection": Attempt("""
import asyncio
async def f(place):
    _, writer = await asyncio.open_connection("127.0.0.1", place["tcp"])
    writer.close()
    return "out"
"""),
    "pass-a-descriptor": Attempt("""
import socket
def f(place):
    a, b = socket.socketpair()
    socket.send_fds(a, [b"x"], [0])
    return "out" if socket.recv_fds(b, 1, 1)[1] else "no"
"""),
    "datagram-server": Attempt("""
import socket
def f(place):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
    return "out"
"""),
    "unix-server": Attempt("""
import os, socket
def f(place):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(place["folder"] + "/own-socket")
    os.unlink(place["folder"] + "/own-socket")
    return "out"
"""),
}
