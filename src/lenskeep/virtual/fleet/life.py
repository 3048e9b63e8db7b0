"""What one headset of a fleet does: enroll, check in, take changes, install, renew.

Nothing is raised: what goes wrong is counted, with an example, and the headset lives on.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.enrollment.renewal import RenewalHabits
from lenskeep.virtual.fleet.asking.faults import Dice
from lenskeep.virtual.fleet.asking.mix import Kind
from lenskeep.virtual.fleet.asking.plan import FleetPlan
from lenskeep.virtual.fleet.counting import deeds
from lenskeep.virtual.fleet.counting.deeds import Deeds
from lenskeep.virtual.fleet.counting.tally import Tally
from lenskeep.virtual.fleet.office import Office
from lenskeep.virtual.headset import Habits, VirtualHeadset
from lenskeep.virtual.session.report import Origin, SessionReport, SyncOptions
from lenskeep.virtual.trouble import LostPower, NoConnection

_MOST_SESSIONS: Final = 12
"""Until a headset has all that is wanted of it; a change of ten settings takes two or three."""
_MOST_POWER_CUTS: Final = 5
"""In a row, for one session."""


_QUESTION: Final = "get"


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


@dataclass(slots=True)
class Berth:
    """One headset's place in the fleet."""

    number: int
    headset: VirtualHeadset
    deeds: Deeds
    kinds: Iterator[Kind]
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    sessions: Iterator[int] = field(default_factory=itertools.count)
    """Numbers its sessions, for the dice."""
    power_cuts: int = 0
    has_renewed: bool = False
    """In this run; its certificate is young now, and a server would refuse it rightly."""


class Life:
    """Lets headsets do what a plan asks, and counts."""

    def __init__(self, plan: FleetPlan, tally: Tally, office: Office | None) -> None:
        self._plan = plan
        self._tally = tally
        self._office = office

    async def arrive(self, berth: Berth) -> FleetRow:
        """Enroll a headset, where it is not, and run the sessions that follow at once."""
        started, headset, number = time.monotonic(), berth.headset, berth.number
        row = FleetRow(number, headset.device.state.hardware.name, headset.profile.name)
        problem = await self._enroll(berth)
        enrolled_s = 0.0 if problem else time.monotonic() - started
        reports = []
        for _ in range(0 if problem else self._plan.syncs):
            report = await self._session(berth, self._plan.options)
            if isinstance(report, str):
                problem = report
                break
            reports.append(report)
        return replace(
            row,
            device_id=headset.device_id,
            enrolled_s=enrolled_s,
            synced_s=time.monotonic() - started - enrolled_s if enrolled_s else 0.0,
            messages=sum(each.messages for each in reports),
            commands=sum(len(each.commands) for each in reports),
            problem=problem,
        )

    async def _enroll(self, berth: Berth) -> str:
        """Return what went wrong, empty where it is under management."""
        headset, plan, number = berth.headset, self._plan, berth.number
        user = plan.user_template.replace("{n}", str(number))

        async def enroll() -> None:
            habits = Habits(accidents=self._dice(berth), patience=plan.patience)
            secret = plan.secret_of(number)
            await headset.enroll(plan.server, user, secret, plan.ca, habits=habits)

        problem = "" if headset.is_enrolled else await self._through_power_cuts(berth, enroll)
        if not problem:
            self._tally.headsets += 1
        return problem

    async def _through_power_cuts(self, berth: Berth, work: Callable[[], Awaitable[None]]) -> str:
        """Do something, again after a power cut; return what went wrong."""
        for _ in range(_MOST_POWER_CUTS):
            try:
                await work()
            except LostPower:
                berth.power_cuts += 1
            except LenskeepError as error:
                return self._blame(berth, error)
            else:
                return ""
        return self._blame(berth, LostPower("the power failed again and again"))

    async def live(self, berth: Berth, kind: Kind) -> None:
        """Have one session of that kind, or as many as it takes.

        Who has renewed checks in instead: a headset renews only when it is time.
        """
        tally = self._tally
        if kind is Kind.RENEWAL and berth.has_renewed:
            kind = Kind.IDLE
        tally.begun[kind] += 1
        started = time.monotonic()
        if await self._lived(berth, kind):
            tally.finished[kind] += 1
            tally.took(f"{kind} as a whole", time.monotonic() - started)

    async def _lived(self, berth: Berth, kind: Kind) -> bool:
        match kind:
            case Kind.IDLE:
                return not isinstance(await self._session(berth, self._polling), str)
            case Kind.CHANGE:
                return await self.settle(berth)
            case Kind.APP:
                return await self._install(berth)
            case Kind.RENEWAL:
                return await self._renew(berth)

    @property
    def _polling(self) -> SyncOptions:
        return replace(self._plan.options, origin=Origin.SCHEDULE)

    async def settle(self, berth: Berth) -> bool:
        """Sync until a session changes nothing more; return whether one did.

        A server may have questions in every session.
        """
        for _ in range(_MOST_SESSIONS):
            report = await self._session(berth, self._polling)
            if isinstance(report, str):
                return False
            if all(done.verb.lower() == _QUESTION for done in report.commands):
                return True
        self._tally.blame(
            self._tally.unfinished, f"{_MOST_SESSIONS} sessions, and still changes", berth.number
        )
        return False

    async def _install(self, berth: Berth) -> bool:
        """Order an app, take it, and see both sides say so."""
        office, headset = self._office, berth.headset
        assert office is not None
        cuts, name = berth.power_cuts, f"Fleet.App{berth.number}x{next(berth.sessions)}_fleet"
        try:
            ordered = await office.order_app(headset.device_id, name)
            done = await self.settle(berth)
            state = await office.state_of(ordered)
        except LenskeepError as error:
            self._blame(berth, error)
            return False
        if not done:
            return False
        here = berth.deeds.times(ordered.uri)
        if berth.power_cuts > cuts:
            return here <= 1  # whether it was told is a matter of luck
        if (here, state) != (1, "done"):
            reason = f"app install: executed {here} times, {state} on the server"
            self._tally.blame(self._tally.unfinished, reason, berth.number)
        return (here, state) == (1, "done")

    async def _renew(self, berth: Berth) -> bool:
        async def renew() -> None:
            dice, patience = self._dice(berth), self._plan.patience
            await berth.headset.renew(RenewalHabits(accidents=dice, patience=patience))

        before = berth.headset.identity().certificate
        if await self._through_power_cuts(berth, renew):
            return False
        if berth.headset.identity().certificate == before:
            self._tally.blame(self._tally.unfinished, "renewed to the same", berth.number)
            return False
        berth.has_renewed = True
        return True

    async def _session(self, berth: Berth, options: SyncOptions) -> SessionReport | str:
        """Run one session, begun anew after a power cut; return what went wrong where it did."""
        tally, headset = self._tally, berth.headset
        for _ in range(_MOST_POWER_CUTS):
            dice = self._dice(berth)
            how = replace(
                options, accidents=dice, patience=self._plan.patience, witness=berth.deeds.note
            )
            try:
                report = await headset.sync(how)
            except LostPower:
                berth.deeds.forgot()
                berth.power_cuts += 1
                continue
            except LenskeepError as error:
                return self._blame(berth, error)
            finally:
                self._book(berth)
            berth.deeds.told()
            tally.messages += report.messages
            tally.commands += len(report.commands)
            return report
        return self._blame(berth, LostPower("the power failed again and again"))

    def _book(self, berth: Berth) -> None:
        """Move what the headset's own book says to the fleet's."""
        tally, own = self._tally, berth.deeds
        tally.carried_out += own.carried_out
        tally.excused += own.excused
        for each in own.doubled:
            tally.blame(tally.doubled, each, berth.number)
        own.carried_out, own.excused, own.doubled = 0, 0, []
        berth.headset.device.vault.write(deeds.FILE, own.dump())

    def _dice(self, berth: Berth) -> Dice:
        return self._plan.faults.dice(self._plan.seed, berth.number, next(berth.sessions))

    def _blame(self, berth: Berth, error: LenskeepError) -> str:
        """Count what went wrong, and return it."""
        lost = isinstance(error, NoConnection)
        book = self._tally.lost if lost else self._tally.refused
        self._tally.blame(book, str(error), berth.number)
        return str(error)
