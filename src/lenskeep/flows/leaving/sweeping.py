"""Headsets that were told to go and fell silent: round after round, their enrollments end."""

from contextlib import suppress
from datetime import timedelta
from typing import Final

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Departure
from lenskeep.flows.house import House
from lenskeep.flows.records import Actor, ActorKind, Audit, DeviceState

_OUTCOMES: Final = {
    Departure.UNENROLL: (DeviceState.UNENROLLED, "it was told to leave, and is silent since"),
    Departure.WIPE: (DeviceState.WIPED, "it was told to reset itself, and is silent since"),
}
_SYSTEM: Final = Actor(ActorKind.SYSTEM, "lenskeep")


async def end_departures(house: House) -> int:
    """End what took its command and was not heard of for the grace time; return how many."""
    since = house.clock.now() - timedelta(days=house.settings.leaving_grace_days)
    ended = 0
    for departure in _OUTCOMES:
        for device_id in await house.entry.leaving.overdue(departure, since):
            with suppress(Conflict, Missing):  # it came back, or was ended, at the same moment
                await _end(house, device_id, departure)
                ended += 1
    return ended


async def _end(house: House, device_id: DeviceId, departure: Departure) -> None:
    state, reason = _OUTCOMES[departure]
    now = house.clock.now()
    line = Audit(now, _SYSTEM, "device.gone", device_id, {"state": state.value, "reason": reason})
    await house.fleet.end_enrollments(device_id, state, reason, line, departure)
