"""Runs the server: alone, as one of several workers, or as the supervisor that starts them."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
import uvloop

from lenskeep.app.duties import duties
from lenskeep.app.opening import open_both, open_house, site_of
from lenskeep.app.tending import tended
from lenskeep.app.watching import watch_certificates, watch_duties
from lenskeep.base.errors import Conflict, Invalid
from lenskeep.certificates import keys
from lenskeep.config import Settings, load_settings
from lenskeep.files.folder import LISTENING, SERVING
from lenskeep.files.setup import Site, server_files
from lenskeep.flows.house import House
from lenskeep.web.admitting.connections import Connections
from lenskeep.web.application import make_application
from lenskeep.web.server import Front, TlsFiles, bind, make_server
from lenskeep.web.stopping import ANSWER_S, HANDSHAKE_S, Course, GoodServer
from lenskeep.web.watching.shared import shared_numbers
from lenskeep.web.watching.watched import Watched
from lenskeep.work.rounds import Rounds
from lenskeep.work.supervising import READY, TETHER, Plan, become_supervisor

log = structlog.get_logger()

SPARE_S: Final = 15
"""Seconds beyond all that a stop waits for; a worker that needs more is stuck."""


def serve(data: Path | None = None, listen: str | None = None, workers: int | None = None) -> None:
    """Run the server until it is told to stop.

    With several workers this process becomes their supervisor, and does not return. Raises
    Invalid, Conflict, Missing, Unavailable.
    """
    settings = load_settings(data, listen=listen, workers=workers)
    tether = _tether()
    if tether is not None:
        uvloop.run(_serve(settings, tether.listener, tether))
    elif settings.workers > 1:
        _supervise(settings)
    else:
        with _alone(settings), _listening(settings) as listener:
            uvloop.run(_serve(settings, listener))


async def _serve(
    settings: Settings, listener: socket.socket, tether: "Tether | None" = None
) -> None:
    watched = Watched()
    chosen = settings.listen or None
    async with open_both(settings.data, watched, listen=chosen) as (house, store):
        site = site_of(house.settings)
        front = Front(_tls_files(site, house))
        watch_certificates(watched, house, front)

        def renew_tls() -> None:
            front.renew(_tls_files(site, house))

        house.authorities.listeners.append(renew_tls)
        course = _course(settings, watched, tether)
        connections = Connections(house.settings, watched)
        server = make_server(make_application(house, watched), front, course, connections)
        me = house.ids.new("wrk")
        with _tied(server, tether):
            duties_ = watch_duties(watched, duties(house, store))
            rounds = Rounds(store.leases, me, duties_)
            async with tended(house, store.workers, me, renew_tls), _going(rounds):
                await server.serve(sockets=[listener])


def _tls_files(site: Site, house: House) -> TlsFiles:
    """Return the listener's files; our own server certificate is renewed when it is time."""
    chain, key = server_files(site)
    return TlsFiles(chain, key, keys.pem(house.trust.issuers))


@asynccontextmanager
async def _going(rounds: Rounds) -> AsyncIterator[None]:
    """Do the duties of the house while the block runs; leave them to others afterwards."""
    task = asyncio.create_task(rounds.forever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


# --- alone --------------------------------------------------------------------------------


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep a second server off a data folder whose database is a SQLite file."""
    with ExitStack() as held:
        if not settings.database:
            try:
                held.enter_context(site_of(settings).folder.held(SERVING))
            except Conflict as conflict:
                words = "a SQLite database is served by one process, several need PostgreSQL"
                raise Conflict(f"{conflict}: {words}") from None
        yield


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Yield the listening socket, with the file that says where it listens."""
    folder = site_of(settings).folder
    listener = bind(*settings.listening)
    host, port = listener.getsockname()[:2]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    folder.write(LISTENING, address.encode("ascii"))
    log.info("serving", address=address, public=settings.url("/"))
    try:
        yield listener
    finally:
        folder.remove(LISTENING)


# --- one of several -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tether:
    """What a worker has of its supervisor."""

    listener: socket.socket
    line: socket.socket
    """Ends when the supervisor does."""


def _tether() -> Tether | None:
    """Return what the supervisor that started us gave; None: nobody did."""
    given = os.environ.pop(TETHER, "")
    if not given:
        return None
    listener, line, place = given.split(",")
    structlog.contextvars.bind_contextvars(worker=int(place))
    return Tether(socket.socket(fileno=int(listener)), socket.socket(fileno=int(line)))


def _course(settings: Settings, watched: Watched, tether: Tether | None) -> Course:
    def ready() -> None:
        if tether is not None:
            tether.line.send(READY)

    def stopping() -> None:
        watched.stopping = True
        log.info("stops", connections_end_within_s=settings.stop_notice_seconds + ANSWER_S)

    return Course(ready, stopping, settings.stop_notice_seconds)


@contextmanager
def _tied(server: GoodServer, tether: Tether | None) -> Iterator[None]:
    """Stop the server when its supervisor is gone: nobody would restart it, or stop it."""
    if tether is None:
        yield
        return
    loop = asyncio.get_running_loop()

    def untied() -> None:
        loop.remove_reader(tether.line)
        log.error("supervisor_gone")
        server.stop()

    loop.add_reader(tether.line, untied)
    try:
        yield
    finally:
        loop.remove_reader(tether.line)
        tether.line.close()


def _supervise(settings: Settings) -> None:
    """Look whether it can work at all, bind the address, and become the supervisor."""
    if not settings.database:
        words = f"{settings.workers} processes cannot share a SQLite file: one is the rule there"
        advice = "1; for more, move to PostgreSQL with `lenskeep database move`"
        raise Invalid.field("workers", words, advice)
    asyncio.run(_try(settings))
    with _listening(settings) as listener, shared_numbers() as numbers:
        os.environ.update(numbers.environment)
        become_supervisor(
            Plan(
                command=[sys.executable, *sys.orig_argv[1:]],
                listener=listener.fileno(),
                workers=settings.workers,
                stop_s=settings.stop_notice_seconds + HANDSHAKE_S + ANSWER_S + SPARE_S,
                listening=str((settings.data / LISTENING).absolute()),
                numbers=str(numbers.folder),
            )
        )


async def _try(settings: Settings) -> None:
    """Open the house once: keys are there, the database answers and is up to date."""
    async with open_house(settings.data):
        pass
