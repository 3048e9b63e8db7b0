"""Hundreds of headsets in one process: they enroll and sync at once, each with a key of its own.

The rate of starts and the number at work are bounded; everything is reported, nothing raised.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.enrollment.keys import KeySource
from lenskeep.virtual.headset import DEFAULT_BUILD, VirtualHeadset
from lenskeep.virtual.session.report import Origin, SyncOptions

DEFAULT_TEMPLATE: Final = "headset{n}@fleet.example"


def _first_session() -> SyncOptions:
    return SyncOptions(origin=Origin.ENROLLMENT)


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What the fleet shall do. `user_template` has `{n}` for the headset's number from 1."""

    count: int
    server: str
    secret: str
    ca: bytes = b""
    user_template: str = DEFAULT_TEMPLATE
    builds: tuple[str, ...] = (DEFAULT_BUILD,)
    state_dir: Path | None = None
    syncs: int = 1
    at_once: int = 50
    starts_per_s: float = 50.0
    options: SyncOptions = field(default_factory=_first_session)


@dataclass(frozen=True, slots=True)
class FleetRow:
    """What became of one headset. `problem` is empty where all went well."""

    number: int
    name: str
    build: str
    device_id: str = ""
    enrolled_s: float = 0.0
    synced_s: float = 0.0
    messages: int = 0
    commands: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FleetReport:
    """What became of all of them."""

    rows: tuple[FleetRow, ...]
    seconds: float
    headsets: tuple[VirtualHeadset, ...]

    @property
    def failures(self) -> tuple[FleetRow, ...]:
        """Those that did not make it."""
        return tuple(row for row in self.rows if row.problem)


async def run_fleet(
    plan: FleetPlan, keys: KeySource, done: Callable[[FleetRow], None] | None = None
) -> FleetReport:
    """Enroll and sync the whole fleet; `done` is told of each headset as it finishes."""
    started = time.monotonic()
    gate = asyncio.Semaphore(plan.at_once)
    headsets = [_make(plan, number, keys) for number in range(1, plan.count + 1)]

    async def one(number: int, headset: VirtualHeadset) -> FleetRow:
        await asyncio.sleep((number - 1) / plan.starts_per_s)
        async with gate:
            row = await _life(plan, number, headset)
        if done:
            done(row)
        return row

    rows = await asyncio.gather(*(one(n, each) for n, each in enumerate(headsets, start=1)))
    return FleetReport(tuple(rows), time.monotonic() - started, tuple(headsets))


def _make(plan: FleetPlan, number: int, keys: KeySource) -> VirtualHeadset:
    """Return the headset of that number: the one in its folder, or a new one."""
    build = plan.builds[(number - 1) % len(plan.builds)]
    folder = plan.state_dir / f"{number:04d}" if plan.state_dir else None
    if folder is not None and folder.is_dir():
        return VirtualHeadset.open(folder, keys=keys)
    return VirtualHeadset.create(folder, build=build, keys=keys)


async def _life(plan: FleetPlan, number: int, headset: VirtualHeadset) -> FleetRow:
    started = time.monotonic()
    enrolled_s, messages, commands, problem = 0.0, 0, 0, ""
    try:
        if not headset.is_enrolled:
            user = plan.user_template.replace("{n}", str(number))
            await headset.enroll(plan.server, user, plan.secret, plan.ca)
        enrolled_s = time.monotonic() - started
        for _ in range(plan.syncs):
            report = await headset.sync(plan.options)
            messages += report.messages
            commands += len(report.commands)
    except LenskeepError as error:
        problem = str(error)
    return FleetRow(
        number=number,
        name=headset.device.state.hardware.name,
        build=headset.profile.name,
        device_id=headset.device_id,
        enrolled_s=enrolled_s,
        synced_s=time.monotonic() - started - enrolled_s if enrolled_s else 0.0,
        messages=messages,
        commands=commands,
        problem=problem,
    )
