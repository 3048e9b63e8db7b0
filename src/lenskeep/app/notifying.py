"""Tells the service manager that this process serves, and is alive: sd_notify(3), by hand.

One datagram to the socket that the environment names; nothing where it names none, and nothing
that goes wrong here stops a server.
"""

import os
import socket
from contextlib import suppress
from typing import Final

SOCKET: Final = "NOTIFY_SOCKET"
READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"


def notify(*words: str) -> None:
    """Say these, where somebody asked to be told."""
    address = os.environ.get(SOCKET, "")
    if not address.startswith(("/", "@")):
        return
    place = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.sendto("\n".join(words).encode("ascii"), place)
