"""Open connections: how many there may be, of whom, and which were cut for what.

A connection costs memory and a file, and whoever holds many open costs others theirs. Who showed
a certificate of ours, or is a proxy that the settings name, is held to a large number only, so
that a whole factory can stand behind one address; everybody else to a smaller one, and to a part
of it for each address.
"""

import resource
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

import structlog

from lenskeep.config import Settings
from lenskeep.web.address import is_proxy
from lenskeep.web.watching.meters import Meters
from lenskeep.web.watching.watched import Watched

log = structlog.get_logger()

KNOWN: Final = "known"
STRANGER: Final = "stranger"
LOG_EVERY_S: Final = 60.0
"""One line a minute for each reason; the metrics say how many."""

HANDSHAKE_TIMEOUT_S: Final = 15
"""Seconds for the TLS handshake: three round trips on the poorest of networks; asyncio itself
would wait 60 s."""

FULL: Final = "too many"
FULL_ADDRESS: Final = "too many of one address"
SLOW_HEADERS: Final = "slow headers"
SLOW_BODY: Final = "slow body"
STALLED: Final = "answer not taken"
LARGE_HEADERS: Final = "large headers"


@dataclass(frozen=True, slots=True)
class Room:
    """How many connections one process holds open."""

    known: int
    strangers: int
    of_address: int
    """Strangers of one address."""


ROOM: Final = Room(known=16_384, strangers=2048, of_address=1024)
"""10,000 headsets that keep their connections for 75 s fit twice; a flood of strangers costs
50 kB each (measured), 100 MB at the very most; a class of 1,000 that enrolls behind one address
gets in."""
_SPARE_FILES: Final = 512
"""Files that are no connections: the database, logs, what libraries open."""


class Connections:
    """The open connections of one process."""

    def __init__(self, settings: Settings, watched: Watched, room: Room = ROOM) -> None:
        self._settings = settings
        self._meters = watched.meters
        self._room = room
        self._open: Counter[str] = Counter()
        self._of_address: Counter[str] = Counter()
        self._told_at: dict[str, float] = {}
        watched.looks.append(self.look)

    def enter(self, address: str, *, certified: bool) -> str:
        """Count a connection and return its kind; empty: there is no room for it."""
        if certified or is_proxy(self._settings, address):
            if self._open[KNOWN] >= self._room.known:
                self.cut(FULL, address)
                return ""
            self._open[KNOWN] += 1
            return KNOWN
        if self._of_address[address] >= self._room.of_address:
            self.cut(FULL_ADDRESS, address)
            return ""
        if self._open[STRANGER] >= self._room.strangers:
            self.cut(FULL, address)
            return ""
        self._open[STRANGER] += 1
        self._of_address[address] += 1
        return STRANGER

    def leave(self, kind: str, address: str) -> None:
        """Count its end."""
        if not kind:
            return
        self._open[kind] -= 1
        if kind == STRANGER:
            self._of_address[address] -= 1
            if not self._of_address[address]:
                del self._of_address[address]

    def cut(self, reason: str, address: str) -> None:
        """Note that we end a connection ourselves."""
        self._meters.cut.labels(reason).inc()
        now = time.monotonic()
        if now - self._told_at.get(reason, float("-inf")) >= LOG_EVERY_S:
            self._told_at[reason] = now
            log.warning("connection_cut", reason=reason, address=address)

    def look(self, meters: Meters) -> None:
        """Tell how many are open."""
        for kind in (KNOWN, STRANGER):
            meters.connections.labels(kind).set(self._open[kind])


def allow_files(room: Room = ROOM) -> None:
    """Ask the system for as many open files as it grants: some grant 1,024 to begin with."""
    wanted = room.known + room.strangers + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
