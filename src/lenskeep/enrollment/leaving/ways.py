"""The ways of leaving: what each takes away from this headset, what to know, and the best one.

Nothing here is refused: what speaks against a way is a danger, which a person may accept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.enrollment.leaving.leaver import Kind, Leaver, Return

MIN_BATTERY_PERCENT: Final = 40
MIN_FREE_MB: Final = 6 * 1024
"""What a reset needs; Settings refuses below from 23H1 on, a remote wipe does not look."""
_CONFIRMS_WIPE: Final = (20348, 1503)
"""22H1, May 2022: before it a wiped headset never confirmed."""
_FIRST_WIPE_OF_1ST_GEN: Final = (17134, 0)
"""1803: RemoteWipe on HoloLens (1st gen)."""


class Exit(Enum):
    """The ways of leaving; the value is the REST spelling."""

    DISCONNECT = "disconnect"
    """The wearer, in Settings."""
    UNENROLL = "unenroll"
    """The server. CSP: DMClient/Provider/{ID}/Unenroll."""
    WIPE = "wipe"
    """The server. CSP: RemoteWipe/doWipe."""
    WIPE_KEEPING = "wipe keeping provisioning"
    """The server. CSP: RemoteWipe/doWipePersistProvisionedData."""
    RESET = "reset in Settings"
    """Whoever has it in hand."""
    REFLASH = "reflash"
    """Whoever has it at a computer, with Advanced Recovery Companion."""

    @property
    def is_ours(self) -> bool:
        """Whether the server can do it from afar."""
        return self in (Exit.UNENROLL, Exit.WIPE, Exit.WIPE_KEEPING)


class Fate(Enum):
    """What becomes of something on the headset."""

    REMOVED = "removed"
    PARTLY = "partly removed"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing on the headset, and what becomes of it."""

    what: str
    fate: Fate
    note: str = ""


@dataclass(frozen=True, slots=True)
class ExitView:
    """One way of leaving, for this headset."""

    exit: Exit
    how: str
    """Who does it, and how."""
    possible: bool
    why_not: str
    removals: tuple[Removal, ...]
    dangers: tuple[str, ...]
    """What speaks against it: to be accepted by a person before we do it."""
    notes: tuple[str, ...]
    """What else to know."""


@dataclass(frozen=True, slots=True)
class Best:
    """The way to be taken unless there is a reason for another one."""

    exit: Exit
    reason: str


def exits(leaver: Leaver) -> tuple[ExitView, ...]:
    """Return every way of leaving, as it is for this headset."""
    return tuple(view(each, leaver) for each in Exit)


def view(way: Exit, leaver: Leaver) -> ExitView:
    """Return this way of leaving, as it is for this headset."""
    why_not = _why_not(way, leaver)
    return ExitView(
        exit=way,
        how=_HOW[way],
        possible=not why_not,
        why_not=why_not,
        removals=tuple(_removals(way, leaver)),
        dangers=tuple(_dangers(way, leaver)),
        notes=tuple(_notes(way, leaver)),
    )


def best(leaver: Leaver) -> Best:
    """Return the best way for this headset, and why."""
    kind = leaver.kind
    if kind.is_joined and _why_not(Exit.WIPE, leaver):
        reason = (
            "It is joined to Entra, so that unenrolling alone may leave nobody able to sign in, "
            "and it cannot be wiped from afar: somebody resets it, and it is retired here."
        )
        return Best(Exit.RESET, reason)
    if kind.is_joined:
        reason = (
            "It is joined to Entra: unenrolling alone may drop the join, and then nobody can "
            "sign in until it is reflashed. A wipe leaves nothing half done."
        )
        return Best(Exit.WIPE, reason)
    if kind is Kind.ACCOUNT and leaver.may_disconnect is not False:
        reason = (
            "It is a personal headset with a work account: the headset ignores an unenrollment "
            "from here without a word, and a wipe takes its owner's data."
        )
        return Best(Exit.DISCONNECT, reason)
    if kind is Kind.ACCOUNT:
        reason = (
            "The headset ignores an unenrollment from here without a word, and a policy keeps "
            "its wearer from disconnecting it. Lift that policy and let the wearer disconnect "
            "it, if its data shall stay."
        )
        return Best(Exit.WIPE, reason)
    reason = (
        "It takes away what this server brought, and leaves the users and their data. "
        "Wipe it where it goes to other people."
    )
    return Best(Exit.UNENROLL, reason)


# --- what goes away -----------------------------------------------------------------------

_HOW: Final = {
    Exit.DISCONNECT: "The wearer: Settings > Accounts > Access work or school > Disconnect.",
    Exit.UNENROLL: "This server tells the headset to leave at its next contact.",
    Exit.WIPE: "This server tells the headset to reset itself at its next contact.",
    Exit.WIPE_KEEPING: (
        "This server tells the headset to reset itself at its next contact, but to keep what "
        "provisioning packages and Autopilot put on it."
    ),
    Exit.RESET: "Whoever has it in hand: Settings > Update & Security > Reset & Recovery.",
    Exit.REFLASH: "Whoever has it at a computer: Advanced Recovery Companion, by USB.",
}

_ENROLLMENT: Final = "the enrollment"
_DATA: Final = "users and their data"
_POLICIES: Final = "policies"
_APPS: Final = "apps"
_CONNECTIONS: Final = "certificates, Wi-Fi and VPN profiles of this server"
_KIOSK: Final = "the kiosk"
_LOCK: Final = "the tenant lock"

_BY_LEAVING: Final = (
    Removal(_ENROLLMENT, Fate.REMOVED),
    Removal(_DATA, Fate.STAYS),
    Removal(_POLICIES, Fate.REMOVED, "Their values revert."),
    Removal(_APPS, Fate.PARTLY, "Those that this server installed go; others stay."),
    Removal(_CONNECTIONS, Fate.REMOVED),
    Removal(_KIOSK, Fate.PARTLY, "Its definition goes; not every effect of it is undone."),
)
_BY_RESET: Final = (
    Removal(_ENROLLMENT, Fate.REMOVED),
    Removal(_DATA, Fate.REMOVED),
    Removal(_POLICIES, Fate.REMOVED),
    Removal(_APPS, Fate.REMOVED, "Those that the system came with return."),
    Removal(_CONNECTIONS, Fate.REMOVED),
    Removal(_KIOSK, Fate.REMOVED),
)
_KEPT: Final = Removal(
    _ENROLLMENT,
    Fate.PARTLY,
    "This one ends; what stays of packages and Autopilot may enroll the headset again.",
)


def _removals(way: Exit, leaver: Leaver) -> Iterator[Removal]:
    """The table of every way; TenantLockdown survives all of them."""
    if way in (Exit.DISCONNECT, Exit.UNENROLL):
        yield from _BY_LEAVING
    else:
        yield _KEPT if way is Exit.WIPE_KEEPING else _BY_RESET[0]
        yield from _BY_RESET[1:]
    if leaver.is_locked:
        note = "It survives everything; only management of its own tenant takes it away."
        yield Removal(_LOCK, Fate.STAYS, note)


# --- what speaks against it ---------------------------------------------------------------


def _why_not(way: Exit, leaver: Leaver) -> str:
    """What makes the way no way at all; empty where nothing does."""
    if way is Exit.DISCONNECT and leaver.kind.is_joined:
        return "Settings has no Disconnect for a headset that is joined to Entra."
    if way is Exit.DISCONNECT and leaver.may_disconnect is False:
        return "The policy Experience/AllowManualMDMUnenrollment is 0 on this headset."
    if way in (Exit.WIPE, Exit.WIPE_KEEPING) and _has_no_wipe(leaver):
        return "HoloLens (1st gen) can be wiped from afar from version 1803 (17134) on."
    if way in (Exit.WIPE, Exit.WIPE_KEEPING) and leaver.is_for_developers:
        return "Only Windows Holographic for Business can be wiped from afar."
    return ""


def _has_no_wipe(leaver: Leaver) -> bool:
    build = leaver.build
    return leaver.is_first_generation and build is not None and build < _FIRST_WIPE_OF_1ST_GEN


def _dangers(way: Exit, leaver: Leaver) -> Iterator[str]:
    if way is Exit.UNENROLL and leaver.kind.is_joined:
        yield (
            "The headset may drop its join to Entra with it; then nobody can sign in until it "
            "is reflashed. Wipe it instead."
        )
    if way is Exit.UNENROLL and leaver.kind is Kind.ACCOUNT:
        yield (
            "The headset ignores it without a word, because a user added the work account. Let "
            "the wearer disconnect it, or wipe it."
        )
    if way in (Exit.WIPE, Exit.WIPE_KEEPING):
        yield from _wipe_dangers(way, leaver)


def _wipe_dangers(way: Exit, leaver: Leaver) -> Iterator[str]:
    free, battery = leaver.free_mb, leaver.battery_percent
    if free is not None and free < MIN_FREE_MB:
        yield (
            f"It has {free} MB of free storage, and a reset needs {MIN_FREE_MB}: below that it "
            "may end as a headset that only a reflash brings back. Free some storage first."
        )
    if battery is not None and battery < MIN_BATTERY_PERCENT:
        yield (
            f"Its battery had {battery} % when it told last, and a reset needs "
            f"{MIN_BATTERY_PERCENT} %. Have it charged first."
        )
    if way is Exit.WIPE_KEEPING and leaver.is_locked:
        yield (
            "It is locked to its tenant: what it keeps may not be enough to get through its "
            "first run. Wipe it whole."
        )


def _notes(way: Exit, leaver: Leaver) -> Iterator[str]:
    if way is Exit.DISCONNECT:
        yield "The headset tells us once that it leaves, and not again if that is lost."
    if way is Exit.UNENROLL:
        yield "The headset answers by telling that it leaves, or not at all."
    if way in (Exit.WIPE, Exit.WIPE_KEEPING):
        yield from _wipe_notes(leaver)
    if way is Exit.REFLASH:
        yield "The headset must be unlocked, or put into manual flashing mode."
        yield "It gets another build of the system with it."
    if way in (Exit.RESET, Exit.REFLASH, Exit.WIPE, Exit.WIPE_KEEPING):
        yield from _return_notes(way, leaver)
    if way is Exit.RESET:
        yield f"From 23H1 on it needs {MIN_BATTERY_PERCENT} % battery and 6 GB of free storage."
    if leaver.is_locked:
        yield "Take the tenant lock away first, if it is to go to somebody else."


def _wipe_notes(leaver: Leaver) -> Iterator[str]:
    if leaver.battery_percent is None or leaver.free_mb is None:
        yield f"It needs {MIN_BATTERY_PERCENT} % battery and 6 GB of free storage."
    if leaver.build is None or leaver.build < _CONFIRMS_WIPE:
        yield (
            "Before build 20348.1503 a wiped headset never confirms: it counts as wiped once it "
            "is silent, or back."
        )


def _return_notes(way: Exit, leaver: Leaver) -> Iterator[str]:
    if leaver.kind is Kind.AUTOPILOT:
        yield (
            "Autopilot brings it back here in its first run. Remove its Autopilot registration "
            "first if it is to go for good."
        )
    elif leaver.comes_back is Return.NEW:
        yield (
            "It comes back as a new record, since a one-time code proves nobody: "
            "`lenskeep device link` joins the two."
        )
    elif leaver.comes_back is Return.ONCE_ENDED and not way.is_ours:
        yield (
            "What enrolls it is shared by many headsets: it comes back as this record if its "
            "management was ended here before, else as a new one."
        )
    else:
        yield "It comes back as this record if the same account enrolls it again."
