"""Lanes: how many requests of one kind are worked on at once, and how many may wait, how long.

Each kind has a lane of its own, so that none can take another's place: headsets that show a
certificate of ours, everybody else at the devices' doors, and those who administer.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


class Busy(Exception):
    """A lane takes no more; `reason` is for the metrics: `full`, `late` or `bytes`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Width:
    """What a lane takes."""

    at_work: int
    """Requests that are worked on at once; more do not get more done on one core."""
    inside: int
    """Requests that were let in: those at work, those that wait, those whose body is coming."""
    patience_s: float
    """Seconds that one waits to be worked on."""
    body_bytes: int
    """Bytes of bodies held in memory, of all inside together."""


DEVICES: Final = "devices"
STRANGERS: Final = "strangers"
PEOPLE: Final = "people"
WIDTHS: Final[Mapping[str, Width]] = {
    DEVICES: Width(at_work=128, inside=4096, patience_s=15.0, body_bytes=64 * MIB),
    STRANGERS: Width(at_work=24, inside=512, patience_s=10.0, body_bytes=16 * MIB),
    PEOPLE: Width(at_work=64, inside=512, patience_s=30.0, body_bytes=256 * MIB),
}
"""Headsets: enough at work to share a commit, and at 300 messages a second, the fewest of one
worker on a small server, all inside have their turn within the patience of a headset (assumed:
60 s). Strangers: a fifth of the places; a class of headsets that enrolls at once gets through, a
flood gets no more than that. People: an import of 64 MiB by four at once; nobody administers with
more hands than these."""


class Lane:
    """One lane of one process; everything happens on the event loop."""

    def __init__(self, name: str, width: Width) -> None:
        self.name = name
        self.width = width
        self.inside = 0
        self.body_bytes = 0
        self._places = asyncio.Semaphore(width.at_work)
        self.at_work = 0

    def enter(self) -> None:
        """Let one in; call `leave` at the end. Raises Busy."""
        if self.inside >= self.width.inside:
            raise Busy("full")
        self.inside += 1

    def leave(self) -> None:
        """Let one out."""
        self.inside -= 1

    def hold(self, size: int) -> None:
        """Count what is held of a body. Raises Busy where all bodies together are too much."""
        if self.body_bytes + size > self.width.body_bytes:
            raise Busy("bytes")
        self.body_bytes += size

    def drop(self, size: int) -> None:
        """Take back what was held."""
        self.body_bytes -= size

    async def begin(self) -> None:
        """Wait for a place to work; call `end` afterwards. Raises Busy."""
        if self._places.locked():
            try:
                async with asyncio.timeout(self.width.patience_s):
                    await self._places.acquire()
            except TimeoutError:
                raise Busy("late") from None
        else:
            await self._places.acquire()
        self.at_work += 1

    def end(self) -> None:
        """Give the place back."""
        self.at_work -= 1
        self._places.release()
