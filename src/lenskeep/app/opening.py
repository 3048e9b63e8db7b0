"""Makes the data folder and opens the house on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.app.later import Rehearsing, SigningIn
from lenskeep.base.errors import Missing
from lenskeep.base.spans import NO_SPANS
from lenskeep.base.system import SortableIds, SystemClock, SystemRandomness
from lenskeep.config import Settings, load_settings
from lenskeep.enrollment.credentials import Attempts, Remembered
from lenskeep.enrollment.provision import PROVIDER_ID
from lenskeep.files.catalog import current_catalog
from lenskeep.files.folder import (
    DATABASE,
    LOCAL_TOKEN,
    DataFolder,
)
from lenskeep.files.rotating import AuthorityFolder
from lenskeep.files.setup import (
    Site,
    is_made,
    make_keyring,
    read_keyring,
    set_up,
)
from lenskeep.flows.house import Authorities, Entry, Guard, House, Tools, read_trust
from lenskeep.flows.people import new_token
from lenskeep.outside.keys import FetchedKeys
from lenskeep.outside.names import TlsNameProbe
from lenskeep.store import Store, open_store
from lenskeep.store.authority import LivingCertificates
from lenskeep.store.migrating import DatabasePlace, bring_up_to_date, shown_place
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.work.hashing import PasswordHasher

if TYPE_CHECKING:
    from lenskeep.web.watching.watched import Watched


def initialize(data: Path | None, **chosen: Any) -> tuple[Settings, tuple[str, ...]]:
    """Make the data folder, or bring it up to date; return its settings and what was made."""
    settings = load_settings(data, **chosen)
    folder, randomness = DataFolder(settings.data), SystemRandomness()
    keyring, line = make_keyring(folder, randomness)
    lines = set_up(Site(folder, settings, keyring, SystemClock(), randomness))
    place = database_of(settings)
    found = bring_up_to_date(place)
    if found.version is None:
        lines = (*lines, f"database: {shown_place(place)}")
    elif found.is_behind:
        lines = (*lines, f"database: {shown_place(place)}, brought up to date")
    return settings, (line, *lines) if line else lines


def database_of(settings: Settings) -> DatabasePlace:
    """Return where the database is: the file in the data folder, or a URL."""
    return settings.database if settings.database else settings.data / DATABASE


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
    async with open_both(data, **chosen) as (house, _):
        yield house


@asynccontextmanager
async def open_both(
    data: Path | None = None, watched: "Watched | None" = None, **chosen: Any
) -> AsyncIterator[tuple[House, Store]]:
    """Open the house as `open_house` does, with the store in reach. What is watched is told."""
    settings = load_settings(data, **chosen)
    site = site_of(settings)
    hasher = PasswordHasher()
    place, connections = database_of(settings), settings.database_connections
    store = await asyncio.to_thread(open_store, place, connections)
    if watched is not None:
        from lenskeep.app.watching import watch

        store = watch(watched, settings, store, hasher)
    spans = watched.spans if watched else NO_SPANS
    try:
        house = House(
            settings=settings,
            tools=Tools(site.clock, SortableIds(), site.randomness, site.keyring, hasher, spans),
            authorities=_authorities(site, store),
            guard=Guard(Attempts(), Attempts(), Remembered(site.keyring.digest), store.stumbles),
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
        yield house, store
    finally:
        await store.aclose()
        hasher.close()


def on_store(house: House, store: Store) -> House:
    """Return the same house with another store below it."""
    entry = replace(
        house.entry,
        documents=store.documents,
        items=store.items,
        tickets=store.tickets,
        attempts=store.attempts,
        autopilot=store.autopilot,
        leaving=store.leaving,
    )
    return replace(
        house,
        conversations=store.conversations,
        enrollments=store.enrollments,
        people=store.people,
        fleet=store.fleet,
        housekeeping=store.housekeeping,
        mandate=store.mandate,
        standings=store.standings,
        rollouts=store.rollouts,
        entry=entry,
    )


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
        sign_in=SigningIn(),
        names=TlsNameProbe(),
    )


def _authorities(site: Site, store: Store) -> Authorities:
    files = AuthorityFolder(site)
    return Authorities(files, LivingCertificates(store.executor), read_trust(files))


async def make_local_token(data: Path | None = None) -> None:
    """Make the token with which commands beside the server reach it, once."""
    async with open_house(data) as house:
        folder = DataFolder(house.settings.data)
        if folder.has(LOCAL_TOKEN):
            return
        caller = Caller(CallerKind.CONSOLE, "lenskeep init", Role.ADMIN)
        _, secret = await new_token(house, caller, "local commands", "admin")
        folder.write(LOCAL_TOKEN, secret.reveal().encode("ascii") + b"\n")
