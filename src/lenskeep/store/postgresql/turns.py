"""Who was in others' way too often goes alone: all other transactions that write wait for it.

Without this, many units at one row keep each other from coming to an end; so, it is as on SQLite,
where all of them go one by one. Among processes a lock in the database sees to it (WRITE_ALONE);
this here keeps those of one process from waiting for it on all of its connections. Single
statements need no turn.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from lenskeep.base.errors import Unavailable

TRIES: Final = 3
"""Attempts among others, before a unit goes alone."""
PATIENCE_S: Final = 10.0
"""Seconds to wait for a turn."""


class Turns:
    """Lets a process's transactions run beside each other until one asks to be alone."""

    def __init__(self) -> None:
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, tries: int) -> AsyncIterator[bool]:
        """Wait until it may begin that was tried so many times, say whether it goes alone.

        Raises Unavailable.
        """
        if tries >= TRIES:
            await self._wait()
            try:
                yield True
            finally:
                self._alone.release()
            return
        if self._alone.locked():
            await self._wait()
            self._alone.release()
        yield False

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._alone.acquire()
        except TimeoutError:
            raise Unavailable("too many are changing the same", retry_after_s=2) from None
