"""A few connections that units of work take turns with, on one event loop.

asyncpg's own pool asks the server to forget everything each time a connection comes back: a round
trip as long as a whole unit. Ours come back only where nothing is to be forgotten; all others
are closed.
"""

import asyncio
from collections import deque
from typing import Final

import asyncpg

from lenskeep.base.errors import Unavailable
from lenskeep.store.postgresql.connection import Connection, Place, connect

PATIENCE_S: Final = 5.0
"""Seconds to wait for a connection: longer than any usual unit, shorter than a device waits."""
RETURN_S: Final = 3.0
"""Seconds that a server which was there may be away: it is restarted in two. An attempt to connect
that began within them is waited for."""
LOOK_S: Final = 0.2
"""Seconds between two looks whether it is back."""


class Pool:
    """At most `size` connections to one database, each made when it is first needed."""

    def __init__(self, place: Place, size: int) -> None:
        self._place = place
        self._size = size
        self._count = 0
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._was_there = False
        self._closed = False

    @property
    def busy(self) -> int:
        """Connections in use, or being made."""
        return self._count - len(self._idle)

    @property
    def waiting(self) -> int:
        """Units that wait for one."""
        return len(self._waiting)

    async def take(self) -> Connection:
        """Return a connection in no transaction; `give` or `drop` it. Raises Unavailable."""
        if self._closed:
            raise Unavailable("the store is closed")
        while self._idle:
            connection = self._idle.pop()  # the last one back: its statements are prepared
            if not connection.is_closed():
                return connection
            self._count -= 1
        if self._count < self._size:
            self._count += 1
            return await self._open()
        return await self._turn() or await self._open()

    def give(self, connection: Connection) -> None:
        """Take back a connection as it was given: no transaction, nothing running."""
        if connection.is_closed():
            self.drop(connection)
        elif (waiter := self._next()) is not None:
            waiter.set_result(connection)
        else:
            self._idle.append(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection of which nobody knows how it stands."""
        connection.terminate()
        self._leave()

    def doubt(self) -> None:
        """Close those nobody uses: one broke, and mostly the server's end broke them all."""
        while self._idle:
            self._idle.pop().terminate()
            self._count -= 1

    async def close(self) -> None:
        """Let the units that run come to their end, then close all connections."""
        self._closed = True
        while self._waiting:
            self._refuse(self._waiting.popleft())
        looks = int(PATIENCE_S / LOOK_S)
        while self.busy and looks:
            looks -= 1
            await asyncio.sleep(LOOK_S)
        while self._idle:
            connection = self._idle.pop()
            self._count -= 1
            try:
                await connection.close(timeout=1.0)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()

    def abandon(self) -> None:
        """Close all connections at once, without a word to the server."""
        self._closed = True
        self.doubt()

    # --- waiting --------------------------------------------------------------------------

    async def _turn(self) -> Connection | None:
        """Return what somebody gave back; None: the place is ours, the connection is gone."""
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await waiter
        except TimeoutError:
            self._renounce(waiter)
            raise Unavailable(f"all {self._size} connections to the database are busy") from None
        except asyncio.CancelledError:
            self._renounce(waiter)
            raise

    def _renounce(self, waiter: "asyncio.Future[Connection | None]") -> None:
        """Stop waiting; what came in the very same moment goes to the next one."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            connection = waiter.result()
            if connection is None:
                self._leave()
            else:
                self.give(connection)

    def _leave(self) -> None:
        """Hand our place to the next one, who opens a connection of its own."""
        waiter = self._next()
        if waiter is None:
            self._count -= 1
        else:
            waiter.set_result(None)

    def _next(self) -> "asyncio.Future[Connection | None] | None":
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None

    def _refuse(self, waiter: "asyncio.Future[Connection | None]") -> None:
        if not waiter.done():
            waiter.set_exception(Unavailable("the store is closed"))

    # --- opening --------------------------------------------------------------------------

    async def _open(self) -> Connection:
        """Open a connection in the place that was counted for it."""
        try:
            connection = await self._connect()
        except BaseException:
            self._leave()
            raise
        self._was_there = True
        return connection

    async def _connect(self) -> Connection:
        """Connect; wait a moment for a server that was there before."""
        loop = asyncio.get_running_loop()
        until = loop.time() + (RETURN_S if self._was_there else 0)
        while True:
            try:
                return await connect(self._place)
            except Unavailable:
                if loop.time() >= until:  # an attempt may itself take long: no machine is there
                    raise
            await asyncio.sleep(LOOK_S)
