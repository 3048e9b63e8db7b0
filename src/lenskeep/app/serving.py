"""Runs the server, and what it does for itself round after round."""

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path

import structlog

from lenskeep.app.opening import open_house, site_of
from lenskeep.app.watching import watch_certificates
from lenskeep.certificates import keys
from lenskeep.files.folder import LISTENING
from lenskeep.files.setup import Site, server_files
from lenskeep.flows.desired.casting.renewing import renew
from lenskeep.flows.house import House, read_trust
from lenskeep.flows.housekeeping import keep_house
from lenskeep.web.admitting.connections import Connections
from lenskeep.web.application import make_application
from lenskeep.web.server import Front, TlsFiles, bind, make_server
from lenskeep.web.watching.watched import Watched

log = structlog.get_logger()

ROUND_S = 60
"""Seconds between two rounds of housekeeping: lost sessions are shown within a minute."""


async def serve(data: Path | None = None, listen: str | None = None) -> None:
    """Run the server until it is told to stop."""
    watched = Watched()
    async with open_house(data, watched, listen=listen) as house:
        site = site_of(house.settings)
        front = Front(_tls_files(site, house))
        watch_certificates(watched, house, front)
        house.authorities.listeners.append(lambda: front.renew(_tls_files(site, house)))
        listener = bind(*house.settings.listening)
        host, port = listener.getsockname()[:2]
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        site.folder.write(LISTENING, address.encode("ascii"))
        connections = Connections(house.settings, watched)
        server = make_server(make_application(house, watched), front, None, connections)
        rounds = asyncio.create_task(_rounds(house, site, front))
        log.info("serving", address=address, public=house.settings.url("/"))
        try:
            await server.serve(sockets=[listener])
        finally:
            site.folder.remove(LISTENING)
            rounds.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await rounds


def _tls_files(site: Site, house: House) -> TlsFiles:
    """Return the listener's files; our own server certificate is renewed when it is time."""
    chain, key = server_files(site)
    return TlsFiles(chain, key, keys.pem(house.trust.issuers))


async def _renew(house: House) -> None:
    """Make the wanted trees anew where the catalog, or we, changed since the last start."""
    try:
        found = await renew(house)
    except Exception:
        log.exception("renewing_failed")
        return
    if found.cohorts or found.kept:
        log.info("wanted_trees_renewed", cohorts=found.cohorts, kept=found.kept)


async def _rounds(house: House, site: Site, front: Front) -> None:
    """Do the housekeeping, again and again; one bad round does not end it."""
    await _renew(house)
    look_again, files = house.clock.now() + timedelta(days=1), house.authorities.files
    state = files.state()
    while True:
        try:
            await keep_house(house)
            if files.state() != state:  # `lenskeep ca` did it, beside us
                state = files.state()
                house.authorities.exchange(read_trust(files))
                log.info("authority_exchanged", issuing=state.issuing, serving=state.serving)
            if house.clock.now() >= look_again:
                front.renew(_tls_files(site, house))
                look_again = house.clock.now() + timedelta(days=1)
        except Exception:
            log.exception("housekeeping_failed")
        await asyncio.sleep(ROUND_S)
