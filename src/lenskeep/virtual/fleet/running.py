"""A whole fleet at once: all arrive, then comes the load."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from lenskeep.base.errors import Invalid
from lenskeep.virtual.enrollment.keys import KeySource
from lenskeep.virtual.fleet.asking.arrivals import Schedule
from lenskeep.virtual.fleet.asking.mix import Kind, Mix
from lenskeep.virtual.fleet.asking.plan import FleetPlan, Load
from lenskeep.virtual.fleet.counting import deeds
from lenskeep.virtual.fleet.counting.deeds import Deeds
from lenskeep.virtual.fleet.counting.tally import Tally
from lenskeep.virtual.fleet.life import Berth, FleetRow, Life
from lenskeep.virtual.fleet.office import Office
from lenskeep.virtual.fleet.shelf import Shelf
from lenskeep.virtual.headset import VirtualHeadset
from lenskeep.virtual.state import Folder, Vault
from lenskeep.virtual.transport import Switchboard

_PUT_AWAY_S: Final = 1.0
"""How often some of what changed is written."""
_AT_A_TIME: Final = 40
"""Headsets that are written at once: some 40 ms."""


@dataclass(frozen=True, slots=True)
class FleetReport:
    """What became of all of them."""

    rows: tuple[FleetRow, ...]
    seconds: float
    headsets: tuple[VirtualHeadset, ...]
    tally: Tally

    @property
    def failures(self) -> tuple[FleetRow, ...]:
        """Those that did not make it under management, or through their first sessions."""
        return tuple(row for row in self.rows if row.problem)


async def run_fleet(
    plan: FleetPlan,
    keys: KeySource,
    done: Callable[[FleetRow], None] | None = None,
    tally: Tally | None = None,
) -> FleetReport:
    """Do all that the plan asks; `done` is told of each headset as it has arrived.

    Raises Invalid where the plan cannot be carried out, and what the administrator's orders meet.
    """
    started = time.monotonic()
    async with Fleet(plan, keys, tally or Tally()) as fleet:
        if plan.load:
            fleet.require(plan.load)
        rows = await fleet.muster(done)
        if plan.load:
            await fleet.sail(plan.load)
        headsets = tuple(each.headset for each in fleet.berths)
        return FleetReport(rows, time.monotonic() - started, headsets, fleet.tally)


class Fleet:
    """A fleet that can be let go in stages. Use as an async context manager."""

    def __init__(self, plan: FleetPlan, keys: KeySource, tally: Tally) -> None:
        self._plan = plan
        self._keys = keys
        self.tally = tally
        self.berths: list[Berth] = []
        """All headsets, once they are mustered."""
        self._gate = asyncio.Semaphore(plan.at_once)
        self._switchboard = Switchboard(plan.keep, tally)
        self._shelf = Shelf(plan.state_dir if plan.packed else None)
        self._office = Office(plan.server, plan.token, plan.ca) if plan.token else None
        self._life = Life(plan, tally, self._office)
        self._writing = asyncio.create_task(self._put_away())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def muster(self, done: Callable[[FleetRow], None] | None = None) -> tuple[FleetRow, ...]:
        """Let all arrive, no more at a time and a second than the plan allows."""
        _, processes = self._plan.share
        self.berths = [self._berth(number) for number in self._plan.numbers]

        async def one(index: int, berth: Berth) -> FleetRow:
            await asyncio.sleep(index * processes / self._plan.starts_per_s)
            async with self._gate, berth.busy:
                row = await self._life.arrive(berth)
            if done:
                done(row)
            return row

        found = await asyncio.gather(*(one(index, each) for index, each in enumerate(self.berths)))
        return tuple(found)

    def require(self, load: Load) -> None:
        """Raise Invalid where something is missing that this load needs."""
        if load.mix.has(Kind.APP) and not self._office:
            raise Invalid.field("mix", "app installs are ordered: give an administrator's token")

    async def sail(self, load: Load) -> None:
        """Put a load on the server with all that are under management."""
        self.require(load)
        managed = [each for each in self.berths if each.headset.is_enrolled]
        for each in managed:
            each.kinds = load.mix.kinds(self._plan.seed, each.number)
        await self._order(managed, load)
        end = time.monotonic() + load.duration_s if load.duration_s else float("inf")
        if isinstance(load.arrivals, Schedule):
            await asyncio.gather(*(self._poll(each, load, end) for each in managed))
        else:
            await self._arrive(managed, load, end)
        if load.settle:
            await asyncio.gather(*(self._settle(each) for each in managed))

    async def close(self) -> None:
        """Put all away."""
        self._writing.cancel()
        with suppress(asyncio.CancelledError):
            await self._writing
        self._switchboard.close()
        if self._office:
            self._office.close()
        self._shelf.close()

    def _berth(self, number: int) -> Berth:
        """Return the headset of that number: the one that is kept, or a new one."""
        plan = self._plan
        vault: Vault = self._shelf.slot(number)
        if plan.state_dir and not plan.packed:
            vault = Folder(plan.state_dir / f"{number:04d}")
        build = plan.builds[(number - 1) % len(plan.builds)]
        headset = VirtualHeadset.living_in(
            vault, build=build, keys=self._keys, switchboard=self._switchboard
        )
        kinds = Mix().kinds(plan.seed, number)
        return Berth(number, headset, Deeds.load(vault.read(deeds.FILE)), kinds)

    async def _order(self, berths: list[Berth], load: Load) -> None:
        """Let the headsets that are to take a change want one."""
        office, plan = self._office, self._plan
        if office is None or not (load.mix.has(Kind.APP) or load.mix.has(Kind.CHANGE)):
            return
        await office.learn_ids()
        changing = [
            each.headset.device_id
            for each in berths
            if Kind.CHANGE
            in itertools.islice(load.mix.kinds(plan.seed, each.number), load.sessions)
        ]
        if changing:
            await office.order_change(f"Fleet {time.time_ns():x}", changing)

    async def _arrive(self, berths: list[Berth], load: Load, end: float) -> None:
        """Begin each session when it is due, whether or not others have ended."""
        assert not isinstance(load.arrivals, Schedule)
        started, (index, processes) = time.monotonic(), self._plan.share
        due = itertools.islice(load.arrivals.due(), index, None, processes)
        at_work: set[asyncio.Task[None]] = set()
        for at_s, berth in zip(due, self._turns(berths, load), strict=False):
            moment = started + at_s
            if moment >= end or time.monotonic() >= end:
                break
            await _until(moment)
            task = asyncio.create_task(self._turn(berth, next(berth.kinds), moment))
            at_work.add(task)
            task.add_done_callback(at_work.discard)
            while len(at_work) > max(len(berths), self._plan.at_once):
                await asyncio.wait(at_work, return_when=asyncio.FIRST_COMPLETED)
        while at_work:
            await asyncio.wait(at_work)

    def _turns(self, berths: list[Berth], load: Load) -> Iterator[Berth]:
        """Yield whose turn it is: all once, in an order drawn from the seed, then all again."""
        rounds = itertools.count() if load.duration_s else range(load.sessions)
        for each in rounds:
            order = list(berths)
            random.Random(f"{self._plan.seed} {each}").shuffle(order)  # noqa: S311
            yield from order

    async def _turn(self, berth: Berth, kind: Kind, due_at: float) -> None:
        async with berth.busy, self._gate:
            self.tally.took("start delay", time.monotonic() - due_at)
            await self._life.live(berth, kind)

    async def _settle(self, berth: Berth) -> None:
        async with berth.busy, self._gate:
            await self._life.settle(berth)

    async def _poll(self, berth: Berth, load: Load, end: float) -> None:
        """Follow the headset's own schedule, so many times faster."""
        assert isinstance(load.arrivals, Schedule)
        headset = berth.headset
        rounds: Iterator[int] = itertools.count() if load.duration_s else iter(range(load.sessions))
        for _ in rounds:
            if not headset.is_enrolled:
                return
            remaining = (headset.next_poll() - headset.device.now()).total_seconds()
            moment = time.monotonic() + max(remaining, 0.0) / load.arrivals.factor
            if moment >= end:
                return
            await _until(moment)
            await self._turn(berth, next(berth.kinds), moment)

    async def _put_away(self) -> None:
        """Write some of what changed, again and again."""
        while True:
            await asyncio.sleep(_PUT_AWAY_S)
            self._shelf.put_away(_AT_A_TIME)


async def _until(moment: float) -> None:
    pause_s = moment - time.monotonic()
    if pause_s > 0:
        await asyncio.sleep(pause_s)
