"""A part of the application that is made when it is first asked for."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send


class Later:
    """Stands for an application until its first request comes, and hands that and all others on.

    What is made takes memory and a second of work: a process that only talks with headsets needs
    neither. It is made in a thread of its own, so that they do not wait meanwhile.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make: Final = make
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        await (self._made or await self._wait())(scope, receive, send)

    async def _wait(self) -> ASGIApp:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made
