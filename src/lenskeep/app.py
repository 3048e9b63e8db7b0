"""The composition root: the only file that picks adapters; it reads the configuration."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.system import SortableIds, SystemClock, SystemRandomness
from lenskeep.certificates import keys
from lenskeep.config import FILE_NAME, Settings, load_settings
from lenskeep.enrollment.credentials import Attempts, Remembered
from lenskeep.enrollment.provision import PROVIDER_ID
from lenskeep.files.catalog import current_catalog
from lenskeep.files.folder import (
    DATABASE,
    LISTENING,
    LOCAL_TOKEN,
    SERVER_CHAIN,
    SERVER_KEY,
    DataFolder,
)
from lenskeep.files.rotating import AuthorityFolder
from lenskeep.files.setup import (
    Site,
    is_made,
    make_keyring,
    read_certificate,
    read_eras,
    read_keyring,
    server_files,
    set_up,
)
from lenskeep.flows.desired.casting.renewing import renew
from lenskeep.flows.house import Authorities, Entry, Guard, House, Tools, read_trust
from lenskeep.flows.housekeeping import keep_house
from lenskeep.flows.people import new_token
from lenskeep.flows.ports import Tried
from lenskeep.outside.keys import FetchedKeys
from lenskeep.outside.names import TlsNameProbe
from lenskeep.outside.oidc import OpenIdSignIn
from lenskeep.store import Store, open_store
from lenskeep.store.authority import LivingCertificates
from lenskeep.store.sqlite.copying import copy_database
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.tree.operation import Operation
from lenskeep.virtual.rehearsal import Rehearsals, Rehearsed
from lenskeep.web.application import make_application
from lenskeep.web.server import Front, TlsFiles, bind, make_server
from lenskeep.work.hashing import PasswordHasher

log = structlog.get_logger()

ROUND_S = 60
"""Seconds between two rounds of housekeeping: lost sessions are shown within a minute."""


def initialize(data: Path | None, **chosen: Any) -> tuple[Settings, tuple[str, ...]]:
    """Make the data folder, or bring it up to date; return its settings and what was made."""
    settings = load_settings(data, **chosen)
    folder, randomness = DataFolder(settings.data), SystemRandomness()
    keyring, line = make_keyring(folder, randomness)
    lines = set_up(Site(folder, settings, keyring, SystemClock(), randomness))
    if not folder.has(DATABASE):
        lines = (*lines, f"database: {folder.path / DATABASE}")
    open_store(folder.path / DATABASE).close()
    return settings, (line, *lines) if line else lines


def site_of(settings: Settings) -> Site:
    """Return the site of an initialized data folder. Raises Missing."""
    folder = DataFolder(settings.data)
    if not is_made(folder):
        raise Missing("data folder made by `lenskeep init`", str(settings.data))
    return Site(folder, settings, read_keyring(folder), SystemClock(), SystemRandomness())


@asynccontextmanager
async def open_house(data: Path | None = None, **chosen: Any) -> AsyncIterator[House]:
    """Open the house on a data folder; close it at the end.

    Raises Missing when the folder was never initialized, Invalid for its settings.
    """
    settings = load_settings(data, **chosen)
    site = site_of(settings)
    hasher = PasswordHasher()
    store = open_store(site.folder.path / DATABASE)
    try:
        yield House(
            settings=settings,
            tools=Tools(site.clock, SortableIds(), site.randomness, site.keyring, hasher),
            authorities=_authorities(site, store),
            guard=Guard(Attempts(), Attempts(), Remembered(site.keyring.digest)),
            conversations=store.conversations,
            enrollments=store.enrollments,
            people=store.people,
            fleet=store.fleet,
            housekeeping=store.housekeeping,
            mandate=store.mandate,
            standings=store.standings,
            rollouts=store.rollouts,
            rehearser=Rehearsing(PROVIDER_ID),
            entry=make_entry(store),
            catalog=cache(lambda: load_catalog(current_catalog(site.folder.path))),
        )
    finally:
        store.close()
        hasher.close()


def make_entry(store: Store) -> Entry:
    """Return what the ways in and out need, over this store."""
    return Entry(
        documents=store.documents,
        items=store.items,
        tickets=store.tickets,
        attempts=store.attempts,
        autopilot=store.autopilot,
        leaving=store.leaving,
        keys=FetchedKeys(),
        sign_in=OpenIdSignIn(SystemClock(), SystemRandomness()),
        names=TlsNameProbe(),
    )


class Rehearsing:
    """Plays operations on virtual headsets for flows, off the event loop, one trial at a time."""

    def __init__(self, provider: str) -> None:
        self._rehearsals = Rehearsals(provider)
        self._turn = asyncio.Semaphore(1)

    def nearest(self, generation: str, edition: str, os_build: str) -> str:
        """Return the played build that stands in best for such a device."""
        return self._rehearsals.nearest(generation, edition, os_build)

    async def rehearse(
        self, build: str, operations: Sequence[tuple[Operation, str]]
    ) -> tuple[Tried, ...]:
        """Return what a fresh headset of this build says, in order."""
        wanted = [Rehearsed(operation, atomic) for operation, atomic in operations]
        async with self._turn:
            found = await asyncio.to_thread(self._rehearsals.rehearse, build, wanted)
        return tuple(Tried(each.status, each.value, each.effective) for each in found)


def _authorities(site: Site, store: Store) -> Authorities:
    files = AuthorityFolder(site)
    return Authorities(files, LivingCertificates(store.executor), read_trust(files))


def back_up(data: Path | None, target: Path) -> tuple[str, ...]:
    """Copy a data folder to a new folder, the running server unharmed; return what was copied.

    The master key stays behind: whoever finds a backup shall not find what opens it.
    """
    site = site_of(load_settings(data))
    if target.exists() and any(target.iterdir()):
        raise Conflict(f"{target} is not empty")
    copy = DataFolder(target)
    copy.make()
    copy_database(site.folder.path / DATABASE, target / DATABASE)
    (target / DATABASE).chmod(0o600)
    wanted = (FILE_NAME, LOCAL_TOKEN, SERVER_CHAIN, SERVER_KEY, *site.folder.below("ca"))
    present = tuple(name for name in wanted if site.folder.has(name))
    for name in present:
        copy.write(name, site.folder.read(name))
    return (DATABASE, *present)


def root_pem(data: Path | None = None) -> str:
    """Return the root certificate that headsets need before they enroll, as PEM. Raises Missing."""
    site = site_of(load_settings(data))
    serving = read_eras(site.folder).serving
    return keys.pem([read_certificate(site.folder, "root", serving)])


async def make_local_token(data: Path | None = None) -> None:
    """Make the token with which commands beside the server reach it, once."""
    async with open_house(data) as house:
        folder = DataFolder(house.settings.data)
        if folder.has(LOCAL_TOKEN):
            return
        caller = Caller(CallerKind.CONSOLE, "lenskeep init", Role.ADMIN)
        _, secret = await new_token(house, caller, "local commands", "admin")
        folder.write(LOCAL_TOKEN, secret.reveal().encode("ascii") + b"\n")


# --- serving ------------------------------------------------------------------------------


async def serve(data: Path | None = None, listen: str | None = None) -> None:
    """Run the server until it is told to stop."""
    async with open_house(data, listen=listen) as house:
        site = site_of(house.settings)
        front = Front(_tls_files(site, house))
        house.authorities.listeners.append(lambda: front.renew(_tls_files(site, house)))
        listener = bind(*house.settings.listening)
        host, port = listener.getsockname()[:2]
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        site.folder.write(LISTENING, address.encode("ascii"))
        server = make_server(make_application(house), front)
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
