"""The rules of an installation: who and what may enroll, and when. Nothing set: everybody.

Each rule that is set is a condition, and has to be shown to hold: what a headset does not tell, or
what nobody proved, does not hold. All that are set must hold; their order means nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from typing import Final

WAYS: Final = (
    "entra join",
    "work account",
    "autopilot",
    "bulk token",
    "typed password",
    "web sign-in",
    "package",
    "package certificate",
)
"""How a headset comes under management; the words of `flows.entrance.Way`."""

HOLOLENS_1: Final = "HoloLens (1st gen)"
HOLOLENS_2: Final = "HoloLens 2"
GENERATIONS: Final = (HOLOLENS_1, HOLOLENS_2)

NOBODY: Final = "(nobody)"
"""Among allowed users: who comes without a proved name (a code, Autopilot, a bulk token)."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As `datetime.weekday` counts them."""

ANY_REVISION: Final = 2**31
"""Above every revision: `max: 22621` means all of 22621."""

Build = tuple[int, int]
"""Build and revision, compared as numbers."""


@dataclass(frozen=True, slots=True)
class Users:
    """Whose proved names may enroll, all in small letters. `denied` wins."""

    allowed: frozenset[str] | None = None
    """Names, `*@domain` and NOBODY; None: everybody."""
    denied: frozenset[str] = frozenset()
    domains: frozenset[str] | None = None
    """More who are allowed: everybody whose name ends in `@` and one of these."""

    @property
    def is_open(self) -> bool:
        """Whether everybody may who is not denied."""
        return self.allowed is None and self.domains is None


@dataclass(frozen=True, slots=True)
class Devices:
    """Which headsets may enroll: those on any of the lists. Entries as `told` makes them, or
    `sha256:` and the digest of one.
    """

    serials: frozenset[str] | None = None
    """seen: told by builds based on Windows 11 alone."""
    hardware: frozenset[str] | None = None
    """HWDevID, told by all."""
    autopilot: bool = False
    """Also those whose serial number is among the Autopilot records."""

    @property
    def is_open(self) -> bool:
        """Whether any headset may."""
        return self.serials is None and self.hardware is None and not self.autopilot


@dataclass(frozen=True, slots=True)
class Hours:
    """When enrollment is open, by the clocks of one place."""

    zone_name: str
    zone: tzinfo = field(compare=False, repr=False)
    days: frozenset[int] = frozenset(range(7))
    """Monday is 0. A span over midnight belongs to the day it begins on."""
    opens: time | None = None
    closes: time | None = None
    """Not open any more at this time; both or none of the two."""
    begins: datetime | None = None
    """On the calendar of the place, without zone: not before."""
    ends: datetime | None = None
    """Not from then on."""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Nobody enrolls until then. Renewals and management go on."""

    until: datetime
    """Aware."""
    words: str = ""
    """What the wearer is told; empty: ours."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules together."""

    ways: frozenset[str] | None = None
    users: Users = field(default_factory=Users)
    tenants: frozenset[str] | None = None
    """Entra tenants by GUID; headsets that come without Entra are of none."""
    generations: frozenset[str] | None = None
    editions: frozenset[int] | None = None
    """GetProductInfo numbers: 135 Holographic, 136 Holographic for Business."""
    oldest: Build | None = None
    newest: Build | None = None
    devices: Devices = field(default_factory=Devices)
    hours: Hours | None = None
    cap_per_user: int | None = None
    """Most headsets under management for one user who was proved."""
    maintenance: Maintenance | None = None
    dry_run: bool = False
    """What would be refused is noted and let in; maintenance alone is still in force."""
