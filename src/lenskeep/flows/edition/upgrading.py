"""The upgrade of a 1st gen headset's edition: how it stands, and what moves it on.

The license travels as an ordinary operation; the questions how it went are asked until the headset
says its new edition. Then everything that waited for that edition goes out, without a restart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict
from lenskeep.base.identifiers import DeviceId, EnrollmentId, OperationId
from lenskeep.desired.applies import HOLOGRAPHIC, device_facts
from lenskeep.desired.inventory import EDITIONS, HOLOLENS_1, identify
from lenskeep.desired.known import Known
from lenskeep.enrollment.edition import (
    EDITION,
    STATUS,
    UPGRADE,
    Told,
    Upgrade,
    UpgradeState,
    judge_upgrade,
    may_upgrade,
)
from lenskeep.flows.edition.licenses import chosen_license, text_of
from lenskeep.flows.entrance import Custody, Item, ItemKind
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import DeviceDetail
from lenskeep.flows.records import (
    Actor,
    ActorKind,
    Audit,
    DeviceFilter,
    DeviceRow,
    DeviceState,
    Enrollment,
    OperationRecord,
)
from lenskeep.tree.operation import Operation, OperationState, Verb
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.codes import is_success

_UPGRADE_KEY: Final = parse_uri(UPGRADE).key
_EDITION_KEY: Final = parse_uri(EDITION).key
_RECENT: Final = 200
"""Operations of a device that are looked through for its last license."""
_ASK_EVERY: Final = timedelta(minutes=5)
"""How often an upgrade under way is asked after, while the headset is there."""
_PAGE: Final = 200
_HOUSE: Final = Actor(ActorKind.SYSTEM, "Lenskeep")


@dataclass(frozen=True, slots=True)
class EditionView:
    """How a device stands with its edition."""

    generation: str
    edition: str
    upgrade: Upgrade
    may_upgrade: bool
    sent_at: datetime | None
    """When the last license was queued."""


async def show_edition(house: House, caller: Caller, device_id: DeviceId) -> EditionView:
    """Return how a device stands with its edition. Raises Missing."""
    demand(caller, Permission.SEE)
    return _view(await _stand(house, device_id))


async def upgrade_edition(
    house: House, caller: Caller, device_id: DeviceId, license_name: str = ""
) -> EditionView:
    """Send a license to a 1st gen headset of the development edition.

    Raises Missing, Conflict where it is not upgraded or not under management, and Invalid where
    it is not said which of several licenses.
    """
    demand(caller, Permission.OPERATE)
    item = await chosen_license(house, license_name)
    standing = await _stand(house, device_id)
    hindrance = may_upgrade(standing.told)
    if hindrance:
        raise Conflict(hindrance)
    actor = audit_line(house, caller, "edition.upgrade", device_id).actor
    await _send(house, actor, item, device_id)
    return _view(await _stand(house, device_id))


async def _send(house: House, actor: Actor, item: Item, device_id: DeviceId) -> None:
    exec_ = Operation(Verb.EXEC, parse_uri(UPGRADE), Format.XML, text_of(house, item))
    detail = {"license": item.name}
    line = Audit(house.clock.now(), actor, "edition.upgrade", device_id, detail)
    await _queue(house, actor, device_id, (exec_, *_questions()), line)


async def _queue(
    house: House,
    actor: Actor,
    device_id: DeviceId,
    operations: Sequence[Operation],
    *lines: Audit,
) -> None:
    enrollment_id = await house.fleet.active_enrollment(device_id)
    records = [_record(house, actor, (device_id, enrollment_id), each) for each in operations]
    await house.fleet.queue_operations(records, lines)


def _questions() -> Iterator[Operation]:
    for uri in (STATUS, EDITION):
        yield Operation(Verb.GET, parse_uri(uri))


def _record(
    house: House, actor: Actor, of: tuple[DeviceId, EnrollmentId], operation: Operation
) -> OperationRecord:
    return OperationRecord(
        id=OperationId(house.ids.new("op")),
        device_id=of[0],
        enrollment_id=of[1],
        operation=operation,
        state=OperationState.QUEUED,
        created_at=house.clock.now(),
        actor=actor.name,
    )


# --- how it stands ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Standing:
    """A device, its last license, and the last question after it."""

    detail: DeviceDetail
    told: Told
    sent: OperationRecord | None
    asked: OperationRecord | None


async def _stand(house: House, device_id: DeviceId) -> _Standing:
    detail = await house.fleet.device(device_id)
    page = await house.fleet.operations(device_id, None, _RECENT)
    active = next(iter(detail.enrollments), None)
    mine = [each for each in page.items if active and each.enrollment_id == active.id]
    sent = _last(mine, Verb.EXEC, _UPGRADE_KEY)
    asked = _last(mine, Verb.GET, _EDITION_KEY)
    told = _told(house.open_known(detail.known), active, sent)
    return _Standing(detail, told, sent, asked)


def _last(operations: Sequence[OperationRecord], verb: Verb, key: str) -> OperationRecord | None:
    """Return the newest that was not called off; they come newest first."""
    for each in operations:
        if each.state is OperationState.CANCELLED:
            continue
        if each.operation.verb is verb and each.operation.uri.key == key:
            return each
    return None


def _told(known: Known, enrollment: Enrollment | None, sent: OperationRecord | None) -> Told:
    """Until it has told of itself, what it claimed at enrollment counts: no HoloLens 2 is of the
    development edition.
    """
    edition, generation = device_facts(known).edition, identify(known).generation
    claimed = (enrollment.context.get("OSEdition") or ("",))[0] if enrollment else ""
    if not generation and edition is None and claimed == str(HOLOGRAPHIC):
        edition, generation = HOLOGRAPHIC, HOLOLENS_1
    failed = sent is not None and sent.state is OperationState.FAILED
    return Told(
        generation=generation,
        edition=edition,
        status=_status(known, sent),
        was_sent=sent is not None,
        refused_with=(sent.status or 0) if sent is not None and failed else None,
    )


def _status(known: Known, sent: OperationRecord | None) -> int | None:
    """Return what the headset says of the upgrade; what it said before the license is old."""
    fact = known.get(STATUS)
    if fact is None or sent is None or fact.learned_at < sent.created_at:
        return None
    text = (fact.value or "").strip()
    return int(text) if is_success(fact.status) and text.isdecimal() else None


def _view(standing: _Standing) -> EditionView:
    told = standing.told
    number = "" if told.edition is None else str(told.edition)
    return EditionView(
        generation=told.generation,
        edition=EDITIONS.get(number, f"edition {number}" if number else ""),
        upgrade=judge_upgrade(told),
        may_upgrade=not may_upgrade(told),
        sent_at=standing.sent.created_at if standing.sent else None,
    )


# --- round after round --------------------------------------------------------------------


async def tend_editions(house: House) -> int:
    """Ask after upgrades under way, and begin those that are automatic; return how many.

    Nothing is looked at while there is no license.
    """
    items = await house.entry.items.items(ItemKind.LICENSE)
    if not items:
        return 0
    automatic = next((each for each in items if each.body["automatic"]), None)
    narrowed = DeviceFilter(edition=EDITIONS[str(HOLOGRAPHIC)])
    tended, after = 0, None
    while True:
        page = await house.fleet.devices(narrowed, after, _PAGE)
        for row in page.items:
            tended += await _tend(house, row, automatic)
        after = page.next
        if after is None:
            return tended


async def _tend(house: House, row: DeviceRow, automatic: Item | None) -> bool:
    """Do what is due for one headset; one that is out of our hands is left alone."""
    living = row.state in (DeviceState.ENROLLED, DeviceState.MANAGED)
    if not living or row.departing is not None or row.custody is not Custody.IN_USE:
        return False
    standing = await _stand(house, row.id)
    state = judge_upgrade(standing.told).state
    try:
        if state is UpgradeState.NEEDED and automatic is not None:
            await _send(house, _HOUSE, automatic, row.id)
            return True
        if state in (UpgradeState.PENDING, UpgradeState.IN_PROGRESS) and _may_ask(house, standing):
            await _queue(house, _HOUSE, row.id, tuple(_questions()))
            return True
    except Conflict:  # it left in this moment, or its queue is full
        return False
    return False


def _may_ask(house: House, standing: _Standing) -> bool:
    """Once the license has arrived, and not while a question is on its way."""
    sent, asked = standing.sent, standing.asked
    if sent is None or sent.state.is_open or asked is None or asked.state.is_open:
        return False
    return house.clock.now() - asked.created_at >= _ASK_EVERY
