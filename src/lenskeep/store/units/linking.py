"""Two records turn out to be one headset: the later one's life goes on under the earlier record."""

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.records import Audit, DeviceState, TimelineEntry
from lenskeep.store.rows import dump, strings
from lenskeep.store.sql import Row, Work
from lenskeep.store.statements.desired.trees import CONTINUE_MEMBERSHIP
from lenskeep.store.statements.devices import (
    CONTINUE_DEVICE,
    CONTINUED_COLUMNS,
    DEVICE,
    MOVES,
    SET_STATE,
)
from lenskeep.store.statements.entry.leaving import STAY
from lenskeep.store.statements.operations import RECOUNT
from lenskeep.store.units.custody import MISSED
from lenskeep.store.units.ending import end_all, move_on
from lenskeep.store.units.journal import record, tell
from lenskeep.store.units.portrait import searchable
from lenskeep.store.units.standing import move_standing


def link(device_id: DeviceId, earlier_id: DeviceId, audit: Audit) -> Work[None]:
    """Move all that is kept of `device_id` to the earlier record."""
    if device_id == earlier_id:
        raise Conflict("a device is not linked to itself")
    later = yield from _standing(device_id)
    earlier = yield from _standing(earlier_id)
    yield from end_all(earlier_id, f"linked: {device_id} is the same headset", audit.at)
    yield from move_on(device_id)
    for move in MOVES:
        yield move(of_device=device_id, to_device=earlier_id)
    yield from move_standing(device_id, earlier_id)
    yield CONTINUE_DEVICE(of_device=earlier_id, **_merged(earlier, later))
    yield from _keep_membership(earlier, later)
    yield SET_STATE(
        of_device=device_id, new_state=DeviceState.REPLACED.value, new_replaced_by=earlier_id
    )
    yield STAY(of_device=device_id)
    yield RECOUNT(of_device=earlier_id)
    yield RECOUNT(of_device=device_id)
    line = TimelineEntry(audit.at, "linked", {"device": device_id, "by": audit.actor.name})
    yield tell(earlier_id, (line,))
    yield record((audit,))


def _standing(device_id: DeviceId) -> Work[Row]:
    found = yield DEVICE(device_id=device_id)
    if not found:
        raise Missing("device", device_id)
    if found[0]["device_state"] == DeviceState.REPLACED.value:
        raise Conflict(f"the device {device_id!r} was linked to another record")
    return found[0]


def _keep_membership(earlier: Row, later: Row) -> Work[None]:
    """The earlier record stays in its groups, with the tags of both; rules are asked anew."""
    cohort_id = earlier["device_cohort_id"]
    if cohort_id is None:
        cohort_id = later["device_cohort_id"]
    tags = {*strings(earlier["device_tags"]), *strings(later["device_tags"])}
    yield CONTINUE_MEMBERSHIP(
        of_device=earlier["device_id"], new_cohort_id=cohort_id, new_tags=dump(sorted(tags))
    )
    yield CONTINUE_MEMBERSHIP(
        of_device=later["device_id"], new_cohort_id=None, new_tags=later["device_tags"]
    )


def _merged(earlier: Row, later: Row) -> dict[str, object]:
    """The later record knows better what the headset is; a name given by a person wins."""
    columns = {
        column: later[f"device_{column}"] or earlier[f"device_{column}"]
        for column in CONTINUED_COLUMNS
    }
    namer = earlier if earlier["device_renamed"] and not later["device_renamed"] else later
    columns.update(
        name=namer["device_name"] or earlier["device_name"],
        renamed=namer["device_renamed"],
        state=later["device_state"],
        nodes_known=later["device_nodes_known"],
        macs=later["device_macs"] if strings(later["device_macs"]) else earlier["device_macs"],
        custody=_custody(earlier, later),
        departing=later["device_departing"],
        departing_since=later["device_departing_since"],
        departing_by=later["device_departing_by"],
    )
    columns["search"] = searchable(columns)
    return {f"new_{column}": value for column, value in columns.items()}


def _custody(earlier: Row, later: Row) -> str:
    """What was lost or stolen stays so, whichever record says it."""
    said = (str(later["device_custody"]), str(earlier["device_custody"]))
    return next((each for each in said if each in MISSED), said[0])
