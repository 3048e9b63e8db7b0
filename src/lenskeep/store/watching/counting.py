"""Serves the monitoring: the fleet in numbers, and whether the database answers."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from lenskeep.flows.ports.fleet import FleetNumbers
from lenskeep.store.rows import micros, moment
from lenskeep.store.sql import Executor, Work
from lenskeep.store.watching.statements import (
    CERTIFICATES,
    DEVICES,
    DUTIES,
    GUARDS,
    PROBE,
    PROFILES,
    WORKERS,
)

SOON: Final = timedelta(days=30)
"""A device certificate that ends within it should have been renewed: renewal begins at 60 days."""
SEEN: Final = timedelta(minutes=3)
"""A process that was not seen for so long is gone: each says that it lives every minute."""


class Watch:
    """The WatchStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def fleet_numbers(self, now: datetime) -> FleetNumbers:
        """Return the fleet in numbers."""
        return await self._executor.read(partial(_numbers, now))

    async def probe(self) -> None:
        """Return when the database has answered. Raises Unavailable."""
        await self._executor.read(_probe)


def _numbers(now: datetime) -> Work[FleetNumbers]:
    day, week = micros(now - timedelta(days=1)), micros(now - timedelta(days=7))
    devices = yield DEVICES(day_ago=day, week_ago=week)
    (certificates,) = yield CERTIFICATES(now=micros(now), soon=micros(now + SOON))
    guards = yield GUARDS()
    duties = yield DUTIES()
    workers = yield WORKERS(seen_after=micros(now - SEEN))
    profiles = yield PROFILES()
    sums = {
        name: sum(int(row[name]) for row in devices)
        for name in ("day", "week", "departing", "open", "failed", "unknown")
    }
    return FleetNumbers(
        devices={row["state"]: row["devices"] for row in devices},
        silent={"day": sums["day"], "week": sums["week"]},
        departing=sums["departing"],
        operations={name: sums[name] for name in ("open", "failed", "unknown")},
        certificates={"expired": certificates["expired"], "30 days": certificates["soon"]},
        guards={row["state"]: row["guards"] for row in guards},
        duties={row["id"]: moment(row["done_at"]) for row in duties if row["done_at"]},
        workers={row["version"]: row["workers"] for row in workers},
        profiles={row["id"]: row["name"] for row in profiles},
    )


def _probe() -> Work[None]:
    yield PROBE()
