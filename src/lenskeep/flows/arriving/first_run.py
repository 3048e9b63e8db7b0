"""First run as the administrator sets it, and how far one headset is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Invalid, shown
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.standing import load_standing
from lenskeep.enrollment.first_run.arrival import Arrival
from lenskeep.enrollment.first_run.document import plan_body, read_plan
from lenskeep.enrollment.first_run.model import FirstRunPlan
from lenskeep.flows.desired.casting.recast import open_tree
from lenskeep.flows.device.own.expecting import Wanting, goods_of
from lenskeep.flows.device.own.housewishes import load_memory
from lenskeep.flows.entrance import Document, DocumentKind, Plain
from lenskeep.flows.house import House
from lenskeep.flows.in_force.documents import WAYS, plan_in_force
from lenskeep.flows.people import audit_line
from lenskeep.flows.records import DeviceState

_TARGET: Final = "first run"
_LOOKED_AT: Final = 200
"""Lines of a timeline in which the end of a first run is looked for."""
_NAMED: Final = 10
"""Refused settings that are named."""
_LIVING: Final = (DeviceState.ENROLLED, DeviceState.MANAGED)


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document in force."""

    version: int
    """0: none was ever set."""
    at: datetime | None
    actor: str
    body: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class FirstRunStatus:
    """How far a headset's first run is."""

    stage: str
    """`none`, `announcing`, `delivering`, `releasing` or `over`."""
    outcome: str = ""
    began_at: datetime | None = None
    ends_at: datetime | None = None
    """When it is let go whatever is missing."""
    waiting: int = 0
    """Settings that are still to come."""
    failed: tuple[str, ...] = ()
    """LocURIs that were refused, the first of them."""
    user_page: bool = False


async def show_plan(house: House, caller: Caller) -> DocumentView:
    """Return how first run is held up."""
    demand(caller, Permission.SEE)
    plan, stored = await plan_in_force(house)
    return view_of(stored, plan_body(plan))


async def set_plan(house: House, caller: Caller, given: object, base: int) -> DocumentView:
    """Set how first run is held up, in the place of version `base`, for headsets that enroll from
    now on. Raises Invalid with every complaint, and Conflict on the base.
    """
    demand(caller, Permission.ADMINISTER)
    plan = read_plan(given, WAYS)
    await _require_profiles(house, plan)
    body = plan_body(plan)
    ways = ", ".join(sorted(plan.ways)) or "none"
    stored = made(house, caller, DocumentKind.FIRST_RUN, body, base)
    line = audit_line(
        house, caller, "first_run.set", _TARGET, {"version": str(base + 1), "ways": ways}
    )
    await house.entry.documents.save(stored, base, line)
    return view_of(stored, body)


async def first_run_of(house: House, caller: Caller, device_id: DeviceId) -> FirstRunStatus:
    """Return how far a headset's first run is; none where it left in the middle. Raises Missing."""
    demand(caller, Permission.SEE)
    detail = await house.fleet.device(device_id)
    arrival = load_memory(detail.arrival).arrival
    if arrival is None:
        return await _over(house, device_id)
    if detail.row.state not in _LIVING:
        return FirstRunStatus("none")
    return await _status(house, device_id, arrival)


async def _over(house: House, device_id: DeviceId) -> FirstRunStatus:
    page = await house.fleet.timeline(device_id, None, _LOOKED_AT)
    for each in page.items:
        if each.kind == _TARGET:
            return FirstRunStatus("over", each.detail.get("outcome", ""))
    return FirstRunStatus("none")


async def _status(house: House, device_id: DeviceId, arrival: Arrival) -> FirstRunStatus:
    wanting = await house.standings.standing_of(device_id)
    tree = open_tree(house, wanting.sealed_tree)
    goods = goods_of(arrival.plan, Wanting(tree, load_standing(wanting.standing)))
    return FirstRunStatus(
        stage=arrival.stage.value,
        outcome=arrival.outcome.value,
        began_at=arrival.began_at,
        ends_at=arrival.ends_at,
        waiting=goods.waiting_device,
        failed=goods.failed[:_NAMED],
        user_page=arrival.plan.user_page,
    )


async def _require_profiles(house: House, plan: FirstRunPlan) -> None:
    """Raise Invalid where the plan waits for settings of profiles that are not there."""
    if not plan.profiles:
        return
    there = (await house.mandate.mandate(counted=False)).profiles.keys()
    wrong = [
        Complaint(f"profiles[{number}]", f"there is no profile {shown(each)}", "prf_...")
        for number, each in enumerate(plan.profiles)
        if each not in there
    ]
    if wrong:
        raise Invalid(*wrong)


# --- documents ----------------------------------------------------------------------------


def made(
    house: House, caller: Caller, kind: DocumentKind, body: Mapping[str, Plain], base: int
) -> Document:
    """Return the version that follows `base`."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return Document(kind, base + 1, text, house.clock.now(), caller.name)


def view_of(stored: Document | None, body: Mapping[str, Plain]) -> DocumentView:
    """Return a document as faces show it."""
    if stored is None:
        return DocumentView(0, None, "", body)
    return DocumentView(stored.version, stored.at, stored.actor, body)
