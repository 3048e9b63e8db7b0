"""Stops in good order: who was being answered gets the answer, who is about to ask may ask.

Told to stop, the server first says so on /readyz for as long as it is wished; then it takes no
connection any more. Requests that run are answered with `Connection: close`. A connection that is
silent is closed, but one that spoke a moment ago has its next request under way, as a headset does
within a session: it is heard out first.
"""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, cast
from weakref import WeakSet

import structlog
import uvicorn
from uvicorn.server import ServerState

from lenskeep.base.errors import Unavailable
from lenskeep.web.admitting.connections import HANDSHAKE_TIMEOUT_S

log = structlog.get_logger()

ANSWER_S: Final = 10
"""Seconds that running requests get after the server takes no connection any more."""
HEAR_OUT_S: Final = 2
"""Seconds after its last answer for which a silent connection is kept: a headset's next message
follows within a round trip and what its settings take."""
ACCEPTED_S: Final = 0.25
"""Seconds for connections that were just taken to begin their handshake."""
HANDSHAKE_S: Final = 2
"""Seconds for handshakes that have begun; what they lead to is served."""
_LOOK_S: Final = 0.02
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""A lone process has no successor: it stops at SIGHUP, too, as when its terminal is closed."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Course:
    """What happens beside serving, from the start to the end."""

    ready: Callable[[], None] = _nothing
    """Called when connections are taken."""
    stopping: Callable[[], None] = _nothing
    """Called when the server is told to stop, before anything else."""
    notice_s: float = 0
    """Seconds for which it then still takes connections, so that others learn of it."""


class Doors(ServerState):
    """What all connections share."""

    def __init__(self) -> None:
        super().__init__()
        self.is_stopping = False
        self.shaking: WeakSet[object] = WeakSet()
        """Handshakes that have begun."""


class Leaver(Protocol):
    """A connection that can be asked to leave."""

    def end_with_answer(self) -> None:
        """Let the answer that is being made, if any, be the last one."""
        ...

    def leave(self) -> None:
        """Close when all is said."""
        ...


class GoodServer(uvicorn.Server):
    """uvicorn's server with our way of stopping, and no signal sent on when it has stopped."""

    def __init__(self, config: uvicorn.Config, course: Course) -> None:
        super().__init__(config)
        self._course = course
        self.doors = Doors()
        self.server_state = self.doors

    def stop(self) -> None:
        """Stop in good order; asked a second time, at once."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise Unavailable("the application did not start")
        loop = asyncio.get_running_loop()
        self.servers = [await self._listen(loop, each) for each in sockets or ()]
        self.started = True
        self._course.ready()

    async def _listen(
        self, loop: asyncio.AbstractEventLoop, listener: socket.socket
    ) -> asyncio.Server:
        """Take connections, with a limit on handshakes that uvicorn does not set."""
        config = self.config
        make = partial(
            cast("Callable[..., asyncio.Protocol]", config.http_protocol_class),
            config=config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        return await loop.create_server(
            make,
            sock=listener,
            ssl=config.ssl,
            backlog=config.backlog,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S,
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, answer what runs, then end."""
        self.doors.is_stopping = True
        for each in self._connections():
            each.end_with_answer()
        self._course.stopping()
        await self._wait(self._course.notice_s, lambda: False)
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        await self._wait(ACCEPTED_S, lambda: False)
        await self._wait(HANDSHAKE_S, lambda: not self.doors.shaking)
        for each in self._connections():
            each.leave()
        if not await self._wait(ANSWER_S, self._is_quiet) and self.doors.tasks:
            log.warning("requests_cut_off", requests=len(self.doors.tasks), seconds=ANSWER_S)
            for task in self.doors.tasks:
                task.cancel("the server stops")
        if not self.force_exit:
            await self.lifespan.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on these signals; nothing is raised afterwards: the caller has to tidy up."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for each in _SIGNALS:
            loop.add_signal_handler(each, self.stop)
        try:
            yield
        finally:
            for each in _SIGNALS:
                loop.remove_signal_handler(each)

    def _connections(self) -> list[Leaver]:
        return [cast("Leaver", each) for each in self.doors.connections]

    def _is_quiet(self) -> bool:
        return not self.doors.connections and not self.doors.tasks

    async def _wait(self, most_s: float, until: Callable[[], bool]) -> bool:
        """Wait so long at most; return whether it was enough. Nothing is waited for by force."""
        loop = asyncio.get_running_loop()
        end = loop.time() + most_s
        while not until() and loop.time() < end and not self.force_exit:
            await asyncio.sleep(_LOOK_S)
        return until()
