"""What a service manager is told: this process is ready, alive, leaving. Nothing when no manager listens.

The protocol is systemd's (sd_notify): a datagram to the socket that NOTIFY_SOCKET names. A process that is frozen
says no more, and the manager that set WATCHDOG_USEC ends it and starts another: its lock is dropped, its work taken
over. Knows nothing of the practice.
"""

import os
import socket
from contextlib import suppress


def ready() -> None:
    """The process does its work from now on."""
    _say("READY=1")


def beat() -> None:
    """The process is alive; to be said at least twice per watchdog delay."""
    _say("WATCHDOG=1")


def leaving() -> None:
    """The process stops, on purpose."""
    _say("STOPPING=1")


def _say(state: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    place = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.connect(place)
        wire.send(state.encode())
