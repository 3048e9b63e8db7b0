"""Who probably owns a headset, and why: HoloLens has no administrators, but device owners."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.enrollment.leaving.leaver import Kind


class Certainty(Enum):
    """How well we know; no server is told who the owner is."""

    LIKELY = "likely"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom the headset takes for its owner."""

    who: str
    certainty: Certainty
    why: str
    by_policy: str = ""
    """What a policy of ours says of owners; empty where none does."""


@dataclass(frozen=True, slots=True)
class OwnerAction:
    """Something on a headset that its owner alone can do."""

    what: str
    otherwise: str
    """How it is done without an owner at hand."""


ACTIONS: Final = (
    OwnerAction("Join a tenant of Entra, or leave it", "Wipe it, and let its first run join."),
    OwnerAction("Add and remove users", "Wipe it; or let users sign in, who are added by that."),
    OwnerAction(
        "Install certificates for the whole headset in the Certificate Manager",
        "This server installs them by a profile.",
    ),
    OwnerAction("Make somebody else an owner", "The policy LocalUsersAndGroups, from 23H2 on."),
    OwnerAction(
        "Stay outside of a kiosk that excludes device owners",
        "Exclude a group or a user by name instead.",
    ),
)
"""CSP: LocalUsersAndGroups; the group is `Device Owners`."""

_ROLES: Final = "Global Administrators and Device Administrators of the tenant"


def owner_of(kind: Kind, user: str, *, by_policy: bool = False) -> Owner:
    """Return who probably owns the headset; `user` is who enrolled it, or empty."""
    who, certainty, why = _owner(kind, user)
    said = (
        "The policy LocalUsersAndGroups names the device owners of this headset: it goes before."
        if by_policy
        else ""
    )
    return Owner(who, certainty, why, said)


def _owner(kind: Kind, user: str) -> tuple[str, Certainty, str]:
    match kind:
        case Kind.USER_JOIN:
            why = "The user who joins a headset is its first user, and owns it."
            return user or "the user who joined it", Certainty.LIKELY, why
        case Kind.AUTOPILOT:
            why = "Autopilot joined it without a user, so that no first user owns it."
            return _ROLES, Certainty.LIKELY, why
        case Kind.TOKEN_JOIN:
            why = "A package's token joined it without a person, so that no first user owns it."
            return _ROLES, Certainty.LIKELY, why
        case Kind.ACCOUNT:
            why = (
                "The work account was added on a headset that was set up with a personal "
                "Microsoft account: that one is the first user, whom we are not told."
            )
            return "the personal account that set it up", Certainty.LIKELY, why
        case Kind.MANAGED_ONLY:
            why = (
                "It was enrolled in device management alone, which changes no owner: the first "
                "user is, mostly the local account that a package made."
            )
            return "the first local user", Certainty.LIKELY, why
        case Kind.PACKAGE:
            why = (
                "A package that makes a local account makes it the first user and the owner; "
                "without one, whoever signs in first is."
            )
            return "the package's local user, or the first one", Certainty.LIKELY, why
        case Kind.UNKNOWN:
            return "", Certainty.UNKNOWN, "How it enrolled is not known."
