"""How the ways out are said and drawn. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.enrollment.leaving.ways import Exit, ExitView, Fate
from lenskeep.flows.entrance import Custody
from lenskeep.flows.leaving.showing import Going, LeavingView
from lenskeep.tree.operation import OperationState
from lenskeep.web.console.words import Look

EXITS: Final = {
    Exit.DISCONNECT: ("The wearer disconnects it", "by its wearer"),
    Exit.UNENROLL: ("Unenroll it", "from here"),
    Exit.WIPE: ("Wipe it", "from here"),
    Exit.WIPE_KEEPING: ("Wipe it, keep provisioning", "from here"),
    Exit.RESET: ("Reset in Settings", "in hand"),
    Exit.REFLASH: ("Reflash it", "by USB"),
}
"""(title, by whom)."""
_FATES: Final = {
    Fate.REMOVED: Look("goes", "bad", "It is removed from the headset."),
    Fate.PARTLY: Look("partly", "warn", "Some of it is removed, some stays."),
    Fate.STAYS: Look("stays", "good", "It stays on the headset."),
}
CUSTODIES: Final = {
    Custody.IN_USE: "With the people who work with it. Also what was lost and is found.",
    Custody.SPARE: "In a drawer. It stays managed; its silence worries nobody.",
    Custody.LOST: "It stays managed: when it comes to a network you see it call, and can still "
    "lock or wipe it.",
    Custody.STOLEN: "As lost. If it is enrolled again under the same account it stays marked as "
    "stolen: who does that may be the thief.",
    Custody.RETIRED: "Out of service for good. One that enrolls again is in use again.",
}
"""What it means to say so of one that is managed."""
GONE: Final = {
    Custody.IN_USE: "With the people who work with it, or found again.",
    Custody.SPARE: "In a drawer, until somebody enrolls it.",
    Custody.LOST: "Nobody knows where it is. Who enrolls it is seen, and it stays marked as lost.",
    Custody.STOLEN: "Somebody took it. Who enrolls it is seen, and it stays marked as stolen.",
    Custody.RETIRED: CUSTODIES[Custody.RETIRED],
}
"""What it means to say so of one that has left."""
_MOST: Final = 100


def fate_look(fate: Fate) -> Look:
    """Return how it looks what becomes of something."""
    return _FATES[fate]


@dataclass(frozen=True, slots=True)
class Countdown:
    """How long a headset that took its command may still be silent before it counts as gone."""

    began_at: datetime
    ends_at: datetime
    percent: int


def columns(ways: tuple[ExitView, ...]) -> tuple[str, ...]:
    """Return what the ways take away or leave, each thing once."""
    found: dict[str, None] = {}
    for way in ways:
        found.update(dict.fromkeys(each.what for each in way.removals))
    return tuple(found)


def steps(going: Going) -> tuple[tuple[str, str], ...]:
    """Return (what happens, `done`, `now` or `next`) of a departure."""
    command = going.operation.state if going.operation else None
    if command in (OperationState.FAILED, OperationState.CANCELLED):
        return (("Decided", "done"), ("Not done by the headset", "failed"), ("Gone", "next"))
    if command is OperationState.QUEUED:
        return (("Decided", "done"), ("Waits for its next contact", "now"), ("Gone", "next"))
    return (("Decided", "done"), ("Told", "done"), ("Silence, or its word", "now"))


def countdown(going: Going, days: int, now: datetime) -> Countdown | None:
    """Return how the grace time runs; None while the headset did not take the command."""
    command = going.operation
    unheard = (OperationState.QUEUED, OperationState.FAILED, OperationState.CANCELLED)
    if command is None or command.state in unheard:
        return None
    began, grace = going.since, timedelta(days=days)
    done = round(_MOST * ((now - began) / grace)) if grace else _MOST
    return Countdown(began, began + grace, min(_MOST, max(0, done)))


def mark(view: LeavingView) -> str:
    """Return a word that changes whenever the page has other forms to offer."""
    going = view.going
    command = going.operation.state.value if going and going.operation else ""
    departing = going.departure.value if going else ""
    return "/".join((view.row.state.value, view.row.custody.value, departing, command))
