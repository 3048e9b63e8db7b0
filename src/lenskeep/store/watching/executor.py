"""An executor that is watched: every unit of work is timed, counted and traced by its name."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeAlias

from lenskeep.base.errors import Unavailable
from lenskeep.base.spans import NO_SPANS, Spans
from lenskeep.store.sql import Executor, T, Work

READ: Final = "read"
WRITE: Final = "write"

_Run: TypeAlias = Callable[[Callable[[], Work[T]]], Awaitable[T]]


class StoreMeter(Protocol):
    """Hears of units of work; any thread may tell of a commit."""

    def began(self, kind: str) -> None:
        """Hear that a unit was handed over."""
        ...

    def ended(self, kind: str, seconds: float, failed: str = "") -> None:
        """Hear that it ended, after so long, and why if it failed."""
        ...

    def committed(self, units: int) -> None:
        """Hear that so many units shared one commit."""
        ...


class WatchedExecutor:
    """Passes units of work on to another executor."""

    def __init__(self, inner: Executor, meter: StoreMeter, spans: Spans = NO_SPANS) -> None:
        self.inner = inner
        self._meter = meter
        self._spans = spans

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit that only reads; all its statements see the same moment."""
        return await self._run(READ, self.inner.read, work)

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit whole or not at all; return when it is durable."""
        return await self._run(WRITE, self.inner.write, work)

    def close(self) -> None:
        """Let go of the database."""
        self.inner.close()

    async def aclose(self) -> None:
        """Finish what was begun and let go of the database."""
        await self.inner.aclose()

    async def _run(self, kind: str, run: "_Run[T]", work: Callable[[], Work[T]]) -> T:
        started = time.perf_counter()
        failed = ""
        self._meter.began(kind)
        try:
            with self._spans.step(f"{kind} {_asked_by()}"):
                return await run(work)
        except Unavailable:
            failed = "unavailable"
            raise
        except asyncio.CancelledError:
            failed = "given up"
            raise
        finally:
            self._meter.ended(kind, time.perf_counter() - started, failed)


def _asked_by() -> str:
    """Return who asked: the name of a port's method, e.g. `commit_message`."""
    frame = sys._getframe(2)  # noqa: SLF001 - the units' own names say little: `one`, `listed`
    while frame.f_back is not None and frame.f_code.co_name in (READ, WRITE):
        frame = frame.f_back
    return frame.f_code.co_name
