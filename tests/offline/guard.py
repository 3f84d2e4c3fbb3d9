"""Put first on PYTHONPATH, refuses every connection but to this machine, in the program and in its children."""

import socket
import sys


class NetworkUsed(BaseException):
    """Not an Exception: no careful caller may swallow it."""


def _watch(event, arguments):
    if event not in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        return
    if event == "socket.connect" and getattr(arguments[0], "family", None) == socket.AF_UNIX:
        return
    target = arguments[1][0] if event != "socket.getaddrinfo" else arguments[0]
    if target not in ("127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost", None):
        raise NetworkUsed(f"{event} {target!r}")


sys.addaudithook(_watch)
