"""How things are said and colored: states, times, trouble. Pure; used by the templates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.records import Code, DeviceState
from lenskeep.tree.operation import OperationState


@dataclass(frozen=True, slots=True)
class Look:
    """A state as a person sees it: never color alone, always the word."""

    word: str
    tone: str
    """`good`, `busy`, `wait`, `warn`, `bad` or `calm`: a class of app.css."""
    meaning: str


_DEVICES: Final = {
    DeviceState.ENROLLED: Look(
        "Enrolled", "busy", "Has its certificate; its first management session is awaited."
    ),
    DeviceState.MANAGED: Look("Managed", "good", "Talks with this server regularly."),
    DeviceState.UNENROLLED: Look(
        "Unenrolled", "calm", "Management has ended; its certificates are revoked."
    ),
    DeviceState.WIPED: Look(
        "Wiped", "calm", "It was told to reset itself and is silent since; it may enroll again."
    ),
    DeviceState.REPLACED: Look("Replaced", "calm", "Its history was moved to another record."),
}
_OPERATIONS: Final = {
    OperationState.QUEUED: Look("Queued", "wait", "Waits for the next session."),
    OperationState.SENT: Look("Sent", "busy", "Given to the device; its answer is awaited."),
    OperationState.DONE: Look("Done", "good", "The device did it."),
    OperationState.FAILED: Look("Failed", "bad", "The device refused it or could not do it."),
    OperationState.UNKNOWN: Look(
        "Outcome unknown",
        "warn",
        "The session was lost before an answer came. It may have been done: look, then decide.",
    ),
    OperationState.CANCELLED: Look("Cancelled", "calm", "Taken back before it was sent."),
}
_CUSTODIES: Final = {
    Custody.IN_USE: Look("In use", "good", "With the people who work with it."),
    Custody.SPARE: Look("Spare", "busy", "Ours, and waiting for somebody to use it."),
    Custody.LOST: Look("Lost", "warn", "Nobody knows where it is; each of its calls is noted."),
    Custody.STOLEN: Look("Stolen", "bad", "Somebody took it; each of its calls is noted."),
    Custody.RETIRED: Look("Retired", "calm", "Out of service."),
}
_DEPARTURES: Final = {
    Departure.UNENROLL: Look("Told to leave", "warn", "It leaves management at our word."),
    Departure.WIPE: Look("Told to reset", "warn", "It resets itself at our word."),
}
_STEPS: Final = ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (86400 * 60, 86400, "days"))
"""(below so many seconds, one unit in seconds, its name)."""
_JUST_NOW_S: Final = 5


def device_look(state: DeviceState) -> Look:
    """Return how a device's state looks."""
    return _DEVICES[state]


def operation_look(state: OperationState) -> Look:
    """Return how an operation's state looks."""
    return _OPERATIONS[state]


def custody_look(custody: Custody) -> Look:
    """Return how it looks where a headset is."""
    return _CUSTODIES[custody]


def departure_look(departure: Departure) -> Look:
    """Return how a headset on its way out looks."""
    return _DEPARTURES[departure]


def code_look(code: Code, now: datetime) -> Look:
    """Return how a one-time code looks at this moment."""
    if code.uses_left < 1:
        return Look("Used up", "calm", "Every use was taken.")
    if code.expires_at <= now:
        return Look("Ended", "calm", "Its time is over.")
    return Look("Good", "good", "It can be typed on a headset now.")


def exact(moment: datetime | None) -> str:
    """Return the moment in UTC to the second; empty for none."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else ""


def relative(moment: datetime | None, now: datetime) -> str:
    """Return how long ago (or in how long) it is: `just now`, `12 min ago`, `in 3 days`."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if abs(seconds) < _JUST_NOW_S:
        return "just now"
    for limit, unit, name in _STEPS:
        if abs(seconds) < limit:
            count = int(abs(seconds) // unit)
            span = "1 day" if (count, name) == (1, "days") else f"{count} {name}"
            return f"{span} ago" if seconds > 0 else f"in {span}"
    return moment.strftime("%Y-%m-%d")


def plural(count: int, one: str, many: str = "") -> str:
    """Return the count with the right form of its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"
