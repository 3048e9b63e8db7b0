"""A headset that may leave, as far as it is known."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

_BUILD: Final = re.compile(r"(?:10\.0\.)?([0-9]{1,6})(?:\.([0-9]{1,6}))?")

Build = tuple[int, int]
"""Build and revision."""


class Kind(Enum):
    """How a headset belongs to us; the value is a word for people."""

    USER_JOIN = "joined to Entra by a user"
    AUTOPILOT = "joined to Entra by Autopilot"
    TOKEN_JOIN = "joined to Entra by a package's token"  # noqa: S105 - a kind, not a secret
    ACCOUNT = "a work account on a personal headset"
    MANAGED_ONLY = "enrolled in device management alone"
    PACKAGE = "enrolled by a provisioning package"
    UNKNOWN = "enrolled in a way that is not known"

    @property
    def is_joined(self) -> bool:
        """Whether the headset itself belongs to a tenant of Entra."""
        return self in (Kind.USER_JOIN, Kind.AUTOPILOT, Kind.TOKEN_JOIN)


_KINDS: Final = {
    "entra join": Kind.USER_JOIN,
    "autopilot": Kind.AUTOPILOT,
    "bulk token": Kind.TOKEN_JOIN,
    "work account": Kind.ACCOUNT,
    "typed password": Kind.MANAGED_ONLY,
    "web sign-in": Kind.MANAGED_ONLY,
    "package": Kind.PACKAGE,
    "package certificate": Kind.PACKAGE,
}


class Return(Enum):
    """What a headset that enrolls again, after all on it was lost, comes back as."""

    SAME = "its record goes on, for the same account"
    ONCE_ENDED = "its record goes on once it is no longer managed: what enrolls it is shared"
    NEW = "a new record: nobody in particular enrolled it"


def kind_of(way: str) -> Kind:
    """Return the kind of a headset that came by this way (`flows.entrance.Way`)."""
    return _KINDS.get(way, Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Leaver:
    """What decides how a headset leaves best; None and empty where it is not known."""

    kind: Kind
    build: Build | None = None
    is_first_generation: bool = False
    is_for_developers: bool = False
    """Windows Holographic without "for Business": it has no RemoteWipe."""
    may_disconnect: bool | None = None
    """Experience/AllowManualMDMUnenrollment, as the headset told it."""
    is_locked: bool = False
    """TenantLockdown: it insists on its tenant whatever happens to it."""
    battery_percent: int | None = None
    free_mb: int | None = None
    comes_back: Return = Return.SAME


def read_build(text: str) -> Build | None:
    """Return build and revision of `22621.1244` or `10.0.22621.1244`; None for another text."""
    found = _BUILD.fullmatch(text.strip())
    return (int(found[1]), int(found[2] or 0)) if found else None
