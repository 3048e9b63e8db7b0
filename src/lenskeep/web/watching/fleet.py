"""The fleet as metrics: read from the database at a scrape, at most so often, the same for all.

Counting 100,000 devices takes a tenth of a second; so what was counted is kept for a while, the
longer the longer it took, and who scrapes often costs no more than who does not. Numbers that
could not be read are left out: a gap says more than an old number.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from lenskeep import __version__
from lenskeep.base.errors import LenskeepError
from lenskeep.base.identifiers import ProfileId
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Compliance, GuardState, Rollout
from lenskeep.flows.ports.fleet import FleetNumbers
from lenskeep.web.watching.watched import Watched

log = structlog.get_logger()

KEEP_S: Final = 20.0
"""Seconds that numbers are kept: Prometheus asks every 15 to 60 s."""
SHARE: Final = 50
"""They are kept so many times longer than reading them took: at most 2 % of one core."""
PATIENCE_S: Final = 10.0
"""Seconds that a scrape waits for them: Prometheus gives up after 10 s, and takes what is late
the next time."""
MOST_PROFILES: Final = 200
"""Profiles that are counted one by one, those that reach most devices first: each has a line
for each state."""

DEVICES: Final = "lenskeep_devices"
STANDING: Final = "lenskeep_devices_standing"
SILENT: Final = "lenskeep_devices_silent"
DEPARTING: Final = "lenskeep_devices_departing"
PROFILES: Final = "lenskeep_profile_devices"
OPERATIONS: Final = "lenskeep_operations"
CERTIFICATES: Final = "lenskeep_device_certificates"
GUARDS: Final = "lenskeep_staged_rollouts"
DUTIES: Final = "lenskeep_duty_done_timestamp_seconds"
WORKERS: Final = "lenskeep_workers"
ENDS: Final = "lenskeep_certificate_ends_timestamp_seconds"
BUILD: Final = "lenskeep_build_info"
READ: Final = "lenskeep_fleet_read"
READ_SECONDS: Final = "lenskeep_fleet_read_seconds"

Samples: TypeAlias = Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Counted:
    """The fleet as it was counted at one moment."""

    numbers: FleetNumbers
    compliance: Compliance
    rollouts: Mapping[ProfileId, Rollout]
    took_s: float


class Fleet:
    """Counts the fleet, for all who ask in the same while only once."""

    def __init__(self, house: House, watched: Watched) -> None:
        self._house = house
        self._watched = watched
        self._counted: Counted | None = None
        self._stale_at = 0.0
        self._counting: asyncio.Task[Counted | None] | None = None

    async def counted(self) -> Counted | None:
        """Return the numbers; None where they cannot be had in time."""
        if time.monotonic() < self._stale_at:
            return self._counted
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count())
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.shield(self._counting)
        except TimeoutError:
            return None

    async def _count(self) -> Counted | None:
        started = time.monotonic()
        try:
            self._counted = await self._read(started)
        except LenskeepError as error:
            log.warning("fleet_uncounted", reason=str(error))
            self._counted = None
        took = time.monotonic() - started
        self._stale_at = time.monotonic() + max(KEEP_S, SHARE * took)
        return self._counted

    async def _read(self, started: float) -> Counted | None:
        store = self._watched.store
        if store is None:
            return None
        numbers = await store.fleet_numbers(self._house.clock.now())
        compliance = await self._house.rollouts.compliance()
        rollouts = await self._house.rollouts.rollouts()
        return Counted(numbers, compliance, rollouts, time.monotonic() - started)


class Ready(Collector):
    """What was counted, and what is known without counting, for one page."""

    def __init__(self, counted: Counted | None, watched: Watched) -> None:
        self._counted = counted
        self._watched = watched

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the metrics."""
        yield _gauge(BUILD, "The version of this process", ("version",), {(__version__,): 1})
        ends = {what: at.timestamp() for what, at in self._watched.ends().items()}
        yield _gauge(ENDS, "When our own certificates end", ("certificate",), _by(ends))
        yield _gauge(
            READ, "Whether the fleet could be counted", (), {(): float(self._counted is not None)}
        )
        if self._counted is not None:
            yield from _fleet(self._counted)


def _fleet(counted: Counted) -> Iterator[GaugeMetricFamily]:
    numbers, fleet = counted.numbers, counted.compliance
    yield _gauge(READ_SECONDS, "Seconds that counting took", (), {(): counted.took_s})
    yield _gauge(DEVICES, "Headsets", ("state",), _by(numbers.devices))
    worst = {each.value: float(count) for each, count in fleet.by_state.items()}
    worst["nothing is wanted"] = fleet.unmanaged
    yield _gauge(STANDING, "Managed headsets by their worst setting", ("worst",), _by(worst))
    yield _gauge(SILENT, "Managed headsets not heard of for longer", ("than",), _by(numbers.silent))
    yield _gauge(DEPARTING, "Headsets told to go, and not gone", (), {(): numbers.departing})
    yield _gauge(
        PROFILES, "Headsets that a profile reaches", ("profile", "state"), _profiles(counted)
    )
    yield _gauge(OPERATIONS, "Operations of headsets", ("state",), _by(numbers.operations))
    yield _gauge(
        CERTIFICATES,
        "Headsets whose certificate has expired, or will",
        ("ends",),
        _by(numbers.certificates),
    )
    guards = {GuardState(state).name.lower(): count for state, count in numbers.guards.items()}
    yield _gauge(GUARDS, "Staged roll-outs", ("state",), _by(guards))
    done = {duty: at.timestamp() for duty, at in numbers.duties.items()}
    yield _gauge(DUTIES, "When a background duty was last done", ("duty",), _by(done))
    yield _gauge(WORKERS, "Processes that serve", ("version",), _by(numbers.workers))


def _profiles(counted: Counted) -> Samples:
    names = counted.numbers.profiles
    most = sorted(counted.rollouts.items(), key=lambda each: (-each[1].devices, each[0]))
    return {
        (names.get(profile, profile), state.value): count
        for profile, rollout in most[:MOST_PROFILES]
        for state, count in rollout.by_state.items()
    }


def _by(counts: Mapping[str, float]) -> Samples:
    return {(name,): count for name, count in counts.items()}


def _gauge(name: str, words: str, labels: Iterable[str], samples: Samples) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=tuple(labels))
    for values, number in samples.items():
        family.add_metric(values, number)
    return family
