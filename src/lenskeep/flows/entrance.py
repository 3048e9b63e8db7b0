"""Ways in and out, as frozen values: who knocks, what is proved, what is written down of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from lenskeep.base.identifiers import DeviceId

Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None
"""What JSON can say."""

# --- coming -------------------------------------------------------------------------------


class Way(Enum):
    """How a headset comes under management; the value is stored, and the REST spelling."""

    ENTRA_JOIN = "entra join"
    """Joined to Entra, in its first run or in Settings, by a user."""
    ENTRA_ACCOUNT = "work account"
    """A work account added on a headset of a Microsoft account."""
    AUTOPILOT = "autopilot"
    """Self-deploying: joined to Entra by itself, without a user."""
    BULK_TOKEN = "bulk token"  # noqa: S105 - a way, not a secret
    """A provisioning package with a bulk token of Entra."""
    LOCAL = "typed password"
    """"Enroll only in device management" with a password or a code."""
    FEDERATED = "web sign-in"
    """"Enroll only in device management" through our web page."""
    PACKAGE = "package"
    """A provisioning package with a bulk account."""
    PACKAGE_CERTIFICATE = "package certificate"
    """A provisioning package with a certificate."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One step of somebody who wants in, as the console shows arrivals. Holds no secret."""

    id: str
    at: datetime
    phase: str
    """`discovery`, `sign-in`, `terms`, `policy`, `enrollment` or `renewal`."""
    outcome: str
    """`ok` or `refused`."""
    way: str = ""
    user: str = ""
    device_name: str = ""
    hw_dev_id: str = ""
    os_version: str = ""
    address: str = ""
    reason: str = ""
    """In words, for the administrator; never told to the headset."""
    hresult: int = 0
    """What the headset shows; 0 where nothing went wrong."""
    trace: str = ""
    """The TraceId of the fault."""
    device_id: str = ""
    """The record it led to."""


# --- what is kept of it -------------------------------------------------------------------


class TicketKind(Enum):
    """What a one-time secret is for."""

    WEB_TOKEN = "web token"  # noqa: S105 - a kind, not a secret
    """`wresult` of our sign-in page."""
    WEB_STATE = "web state"
    """One visit to a sign-in provider, or to our own page."""
    TERMS = "terms"
    """`OpaqueBlob` of somebody who accepted the terms of use."""
    TERMS_PAGE = "terms page"
    """The page with the terms, shown to somebody who has not answered yet."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A one-time secret, kept as a keyed digest."""

    digest: bytes = field(repr=False)
    kind: TicketKind
    body: Mapping[str, str] = field(repr=False)
    """What it stands for; secrets in it are sealed."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    used_for: str = ""
    """What it was spent on, e.g. an enrollment."""


class DocumentKind(Enum):
    """Which text of the administrator's."""

    RULES = "enrollment rules"
    TERMS = "terms of use"
    FIRST_RUN = "first run"
    WEARER = "wearer words"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a text that the administrator writes; all versions are kept."""

    kind: DocumentKind
    version: int
    """1 and up, without gaps."""
    body: str
    """JSON."""
    at: datetime
    actor: str


class ItemKind(Enum):
    """Which list of the administrator's."""

    TENANT = "tenant"
    PROVIDER = "sign-in provider"
    LICENSE = "license"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of such a list; names are unique within a kind, without regard to case."""

    id: str
    kind: ItemKind
    name: str
    body: Mapping[str, Plain]
    sealed: str = field(repr=False)
    """What of it is secret, sealed; empty where nothing is."""
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AutopilotRecord:
    """What Autopilot knows of a headset."""

    serial: str
    product_id: str
    hardware_hash: str
    """Base64 of about 3 kB."""
    group_tag: str
    assigned_user: str
    source: str
    """`imported` or `collected`."""
    device_id: DeviceId | None
    changed_at: datetime


# --- going --------------------------------------------------------------------------------


class Custody(Enum):
    """Where a headset is, as far as people know; the value is stored, and the REST spelling."""

    IN_USE = "in use"
    LOST = "lost"
    STOLEN = "stolen"
    SPARE = "spare"
    RETIRED = "retired"


class Departure(Enum):
    """How a headset was told to go."""

    UNENROLL = "unenroll"
    WIPE = "wipe"
