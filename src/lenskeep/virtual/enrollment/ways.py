"""The ways into management that a wearer or an administrator can choose, and what each needs.

Which of them a headset has is decided by its build, edition and network: `entrances_of`.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lenskeep.virtual.builds import HOLOGRAPHIC, Profile
from lenskeep.virtual.enrollment.web.person import WebPerson
from lenskeep.virtual.enrollment.web.terms import Terms

__all__ = [
    "AnyWay",
    "Autopilot",
    "BulkToken",
    "EntraAccount",
    "EntraJoin",
    "Entrance",
    "Federated",
    "Local",
    "Package",
    "Spelling",
    "Terms",
    "entrances_of",
]


class Entrance(Enum):
    """A way into management; the value is its name on the command line."""

    LOCAL = "local"
    FEDERATED = "federated"
    ENTRA_JOIN = "entra-join"
    ENTRA_ACCOUNT = "entra-account"
    AUTOPILOT = "autopilot"
    BULK_TOKEN = "bulk-token"  # noqa: S105 - a way, no secret
    PACKAGE = "package"
    PACKAGE_CERTIFICATE = "package-certificate"

    @property
    def is_entra_join(self) -> bool:
        """Whether the headset belongs to the tenant afterwards; its wearer cannot leave then."""
        return self in (Entrance.ENTRA_JOIN, Entrance.AUTOPILOT, Entrance.BULK_TOKEN)


class Spelling(Enum):
    """How a JSON web token is written into the security header: servers have to take them all."""

    ONCE = "once"
    TWICE = "twice"
    URL_SAFE = "url-safe"
    UNPADDED = "unpadded"


@dataclass(frozen=True, slots=True)
class Local:
    """Settings > Access work or school > "Enroll only in device management", with a password."""

    user: str
    secret: str = field(repr=False)
    server: str = ""


@dataclass(frozen=True, slots=True)
class Federated:
    """The same, where the server wants a sign-in page."""

    user: str
    person: WebPerson
    server: str = ""


@dataclass(frozen=True, slots=True)
class EntraJoin:
    """The headset joins the tenant, in its first run or in Settings. `server` is the tenant's."""

    token: str = field(repr=False)
    server: str
    email: str = ""
    terms: Terms | None = None
    spelling: Spelling = Spelling.ONCE
    in_oobe: bool = True


@dataclass(frozen=True, slots=True)
class EntraAccount:
    """A work account is added to a headset that belongs to its wearer."""

    token: str = field(repr=False)
    server: str
    email: str = ""
    terms: Terms | None = None
    spelling: Spelling = Spelling.ONCE


@dataclass(frozen=True, slots=True)
class Autopilot:
    """The headset enrolls by itself, with a token of its own and no user."""

    token: str = field(repr=False)
    server: str
    ztd_id: str = ""
    correlator: str = ""
    spelling: Spelling = Spelling.ONCE


@dataclass(frozen=True, slots=True)
class BulkToken:
    """A provisioning package joins the tenant with a token made for many headsets."""

    token: str = field(repr=False)
    server: str
    spelling: Spelling = Spelling.ONCE


@dataclass(frozen=True, slots=True)
class Package:
    """A provisioning package enrolls the headset; `customizations` is its answer file.

    `files` are what lies beside it, by name. `pfx` holds key and certificate for an enrollment by
    certificate, where it is not among them.
    """

    customizations: bytes = field(repr=False)
    pfx: bytes | None = field(default=None, repr=False)
    pfx_password: str = field(default="", repr=False)
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


AnyWay = Local | Federated | EntraJoin | EntraAccount | Autopilot | BulkToken | Package

_EVERYWHERE: Final = frozenset(
    (Entrance.LOCAL, Entrance.FEDERATED, Entrance.ENTRA_JOIN, Entrance.ENTRA_ACCOUNT)
)
_PACKAGES: Final = frozenset((Entrance.PACKAGE, Entrance.PACKAGE_CERTIFICATE))
_20H1: Final = (19041, 1103)
"""Packages that enroll without Entra, and Autopilot by a network cable."""
_AUTOPILOT_OVER_WIFI: Final = (19041, 1128)


def entrances_of(profile: Profile, *, by_cable: bool = False) -> frozenset[Entrance]:
    """Return the ways that a headset of that kind has.

    `assumed:` a HoloLens 1 for Business takes packages that enroll; nobody verified it. One for
    developers enrolls by hand, so that it can be given its license, and takes no package.
    """
    found = set(_EVERYWHERE)
    if profile.generation == 1:
        if profile.edition != HOLOGRAPHIC:
            found |= {Entrance.BULK_TOKEN, *_PACKAGES}
        return frozenset(found)
    found.add(Entrance.BULK_TOKEN)
    if profile.reaches(_20H1):
        found |= _PACKAGES
    if profile.reaches(_20H1 if by_cable else _AUTOPILOT_OVER_WIFI):
        found.add(Entrance.AUTOPILOT)
    return frozenset(found)
