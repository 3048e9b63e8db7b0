"""What is shown of leaving: the ways out of one headset, its owner, and who fell silent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.enrollment.leaving.leaver import Kind, kind_of
from lenskeep.enrollment.leaving.owner import ACTIONS, Owner, OwnerAction, owner_of
from lenskeep.enrollment.leaving.silence import Silence, silence, span
from lenskeep.enrollment.leaving.ways import Best, ExitView, best, exits
from lenskeep.flows.entrance import Departure
from lenskeep.flows.house import House
from lenskeep.flows.leaving.keeping import REVOKED, WAITING
from lenskeep.flows.leaving.knowing import leaver_of, names_owners
from lenskeep.flows.leaving.sending import is_farewell, is_living
from lenskeep.flows.ports import DeviceDetail
from lenskeep.flows.reading import MAX_PAGE
from lenskeep.flows.records import DeviceRow, OperationRecord
from lenskeep.tree.operation import OperationState

MAX_SILENT_DAYS: Final = 3650
_LOOKED_THROUGH: Final = 50
"""Operations: the command is the newest but for what people asked since."""
_AFTERWARDS: Final = timedelta(minutes=15)
"""The session that brings the command may go on for a while; a reset has begun by then."""


@dataclass(frozen=True, slots=True)
class Going:
    """A departure that is under way."""

    departure: Departure
    since: datetime
    operation: OperationRecord | None
    can_be_called_back: bool
    words: str


@dataclass(frozen=True, slots=True)
class LeavingView:
    """How a headset leaves, and how it stands with that."""

    row: DeviceRow
    way: str
    """How it came: a `flows.entrance.Way`."""
    kind: Kind
    going: Going | None
    silence: Silence | None
    """None where it is not under management."""
    best: Best
    ways: tuple[ExitView, ...]
    revoked_means: str = REVOKED
    waiting_means: str = WAITING


@dataclass(frozen=True, slots=True)
class OwnerView:
    """Who probably owns a headset, how it came here, and what an owner is needed for."""

    way: str
    kind: Kind
    user: str
    owner: Owner
    actions: tuple[OwnerAction, ...] = ACTIONS


@dataclass(frozen=True, slots=True)
class SilentRow:
    """A headset that is not heard of."""

    row: DeviceRow
    silence: Silence


async def show_leaving(house: House, caller: Caller, device_id: DeviceId) -> LeavingView:
    """Return the ways out of one headset. Raises Missing."""
    demand(caller, Permission.SEE)
    detail = await house.fleet.device(device_id)
    leaver = leaver_of(house, detail)
    return LeavingView(
        row=detail.row,
        way=_way(detail),
        kind=leaver.kind,
        going=await _going(house, detail.row),
        silence=_silence(house, detail) if is_living(detail.row) else None,
        best=best(leaver),
        ways=exits(leaver),
    )


async def show_owner(house: House, caller: Caller, device_id: DeviceId) -> OwnerView:
    """Return who probably owns the headset, and why. Raises Missing."""
    demand(caller, Permission.SEE)
    detail = await house.fleet.device(device_id)
    way = _way(detail)
    kind, user = kind_of(way), detail.row.user
    owner = owner_of(kind, user, by_policy=names_owners(house, detail))
    return OwnerView(way, kind, user, owner)


async def list_silent(
    house: House, caller: Caller, days: int, limit: int = MAX_PAGE
) -> tuple[SilentRow, ...]:
    """Return headsets under management that were not heard of for so many days, longest first."""
    demand(caller, Permission.SEE)
    if not 1 <= days <= MAX_SILENT_DAYS:
        raise Invalid.field("days", f"{days} is out of range", f"1 to {MAX_SILENT_DAYS}")
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid.field("limit", f"{limit} is out of range", f"1 to {MAX_PAGE}")
    now = house.clock.now()
    found = await house.entry.leaving.silent(now - timedelta(days=days), limit)
    return tuple(SilentRow(row, silence(row.first_seen, row.last_seen, now)) for row in found)


def _way(detail: DeviceDetail) -> str:
    return detail.enrollments[0].way if detail.enrollments else ""


def _silence(house: House, detail: DeviceDetail) -> Silence:
    """The schedule begins anew with each enrollment."""
    began = detail.enrollments[0].created_at if detail.enrollments else detail.row.first_seen
    heard = detail.row.last_seen
    if heard is not None and heard < began:
        heard = None
    return silence(began, heard, house.clock.now())


# --- on its way out -----------------------------------------------------------------------


async def _going(house: House, row: DeviceRow) -> Going | None:
    if row.departing is None or row.departing_since is None:
        return None
    found = await house.fleet.operations(row.id, None, _LOOKED_THROUGH)
    command = next((each for each in found.items if is_farewell(each.operation)), None)
    return Going(
        departure=row.departing,
        since=row.departing_since,
        operation=command,
        can_be_called_back=command is not None and command.state in _UNSENT,
        words=_words(house, row, command),
    )


_UNSENT: Final = (OperationState.QUEUED, OperationState.FAILED, OperationState.CANCELLED)


def _words(house: House, row: DeviceRow, command: OperationRecord | None) -> str:
    days = house.settings.leaving_grace_days
    grace = f"It counts as gone once it is silent for {span(timedelta(days=days))}"
    back = ", or is back" if row.departing is Departure.WIPE else ", or says that it leaves"
    match command.state if command else None:
        case OperationState.QUEUED:
            return "It is told at its next contact. Until then it can be taken back."
        case OperationState.FAILED | OperationState.CANCELLED:
            said = command.status_text if command else ""
            return f"The headset did not do it: {said}. Tell it again, or take it back."
        case _ if command and _spoke_afterwards(row, command):
            return (
                "It took the command, and was heard of long after: it did not do it. Look at "
                f"the headset, then tell it again. {grace}{back}."
            )
        case OperationState.SENT | OperationState.UNKNOWN:
            return f"It was told, and did not answer: that is usual. {grace}{back}."
        case _:
            return f"It took the command. {grace}{back}."


def _spoke_afterwards(row: DeviceRow, command: OperationRecord) -> bool:
    sent, heard = command.sent_at, row.last_seen
    return sent is not None and heard is not None and heard - sent > _AFTERWARDS
