"""The edition upgrade of HoloLens (1st gen): which license goes, and how an upgrade stands.

The development edition (135) knows eight providers; kiosk, VPN and encryption are there from
Windows Holographic for Business (136) on, which a license makes of it without a restart. CSP:
WindowsLicensing. A license is signed: it goes to the headset as it came, only the encoding and
what stands before the root element are ours. A headset that rejects one says no reason (seen in
the field), so that everything that can be told from outside is told before it is sent.
"""

import codecs
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

UPGRADE: Final = "./Device/Vendor/MSFT/WindowsLicensing/UpgradeEditionWithLicense"
STATUS: Final = "./Vendor/MSFT/WindowsLicensing/Status"
EDITION: Final = "./Vendor/MSFT/WindowsLicensing/Edition"

DEVELOPMENT: Final = 135
BUSINESS: Final = 136
_FIRST_GENERATION: Final = "HoloLens (1st gen)"

MAX_LICENSE_BYTES: Final = 256 * 1024
"""256 KiB: real ones are some 10 kB, nearly all of it signatures (assumed)."""

GATE: Final = "VPN, encryption, kiosk and apps need Windows Holographic for Business"

_PRODUCT_KEY: Final = re.compile(r"\s*[A-Z0-9]{5}(-[A-Z0-9]{5}){4}\s*", re.IGNORECASE)
_PROLOG: Final = re.compile(r"\s*<\?xml[^>]*\?>\s*")
_BINARY: Final = ((b"PK", "a zip file"), (b"MSCF", "a cabinet"), (b"\xd0\xcf\x11\xe0", "a package"))
_NOT_LICENSES: Final = {
    "html": "a web page; the download asked for a sign-in, perhaps",
    "windowscustomizations": "an answer file; the license is the file that it names",
    "wap-provisioningdoc": "a provisioning document",
    "syncml": "a management message",
    "exec": "a management command; the license is its data",
    "package": "a package's description",
}
_ALLOWED: Final = "the license XML of Windows Holographic for Business, as Microsoft sent it"


@dataclass(frozen=True, slots=True)
class License:
    """A license as it goes to a headset."""

    xml: str
    root: str
    """The root element's name."""
    notice: str = ""
    """What is unusual about it, in words; empty for nothing."""


def read_license(data: bytes) -> License:
    """Return the license of a file. Raises Invalid that says what the file is instead."""
    if not data.strip():
        raise _not("the file is empty")
    if len(data) > MAX_LICENSE_BYTES:
        raise _not(f"{len(data)} bytes; at most {MAX_LICENSE_BYTES}")
    for start, kind in _BINARY:
        if data.startswith(start):
            raise _not(f"it is {kind}")
    text = _text(data)
    if _PRODUCT_KEY.fullmatch(text):
        raise _not("it is a product key; those are for desktop Windows")
    if text.lstrip().startswith("&lt;"):
        raise _not("it is escaped already; we do that ourselves")
    return _judged(_PROLOG.sub("", text, count=1) if _PROLOG.match(text) else text.strip())


def _text(data: bytes) -> str:
    """Return the file as text: UTF-8, or UTF-16 with its mark."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if data.startswith(mark):
            return _decoded(data, "utf-16")
    return _decoded(data, "utf-8-sig")


def _decoded(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise _not("it is no text in UTF-8 or UTF-16") from None


def _judged(text: str) -> License:
    try:
        root = xml.read(text.encode("utf-8"), max_bytes=2 * MAX_LICENSE_BYTES)
    except (BadMessage, UnicodeEncodeError) as error:
        raise _not(f"it cannot be read as XML: {error}") from None
    name = xml.local_name(root)
    wrong = _NOT_LICENSES.get(name.casefold())
    if wrong is not None:
        raise _not(f"it is {wrong}")
    usual = "licen" in name.casefold() or "licen" in root.tag.casefold()
    words = "" if usual else f"its root element is {name}, which does not sound like a license"
    return License(text.strip(), name, words)


def _not(problem: str) -> Invalid:
    return Invalid.field("license", problem, _ALLOWED)


# --- how an upgrade stands ----------------------------------------------------------------


class UpgradeState(Enum):
    """How a headset stands with its edition; the value is the REST spelling."""

    NOT_NEEDED = "not needed"
    NEEDED = "needed"
    PENDING = "pending"
    IN_PROGRESS = "in progress"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a headset and of the last license that it was sent."""

    generation: str
    edition: int | None
    """Its number as it was told last; None where it was not."""
    status: int | None = None
    """CSP: WindowsLicensing/Status, as it was told after the license was sent."""
    was_sent: bool = False
    """Whether a license is or was on its way."""
    refused_with: int | None = None
    """The status of the command that carried it, where that is a failure."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """How it stands, in words, and what to do."""

    state: UpgradeState
    words: str
    remedy: str = ""


_REJECTED: Final = (
    "Ask Microsoft, or who sold the Commercial Suite, for the license of Windows Holographic for "
    "Business; make sure that the headset's clock is right and that it is on the internet, then "
    "try again."
)


def judge_upgrade(told: Told) -> Upgrade:
    """Return how a headset stands with its edition."""
    if told.edition == BUSINESS:
        done = UpgradeState.DONE if told.was_sent else UpgradeState.NOT_NEEDED
        return Upgrade(done, "It is Windows Holographic for Business.")
    if told.generation != _FIRST_GENERATION:
        words = "Only HoloLens (1st gen) has an edition to upgrade."
        return Upgrade(UpgradeState.NOT_NEEDED, words)
    if not told.was_sent:
        remedy = "Add a license, then upgrade the edition."
        return Upgrade(UpgradeState.NEEDED, f"It is the development edition: {GATE}.", remedy)
    if told.refused_with is not None:
        words = f"The headset refused the license with {told.refused_with}."
        return Upgrade(UpgradeState.FAILED, words, _REJECTED)
    return _by_status(told.status)


def _by_status(status: int | None) -> Upgrade:
    """CSP: WindowsLicensing/Status."""
    match status:
        case 0:
            return Upgrade(UpgradeState.FAILED, "The headset rejected the license.", _REJECTED)
        case 2:
            return Upgrade(UpgradeState.IN_PROGRESS, "The headset upgrades its edition.")
        case 3:
            words = "The headset says that it is done; its edition is asked for."
            return Upgrade(UpgradeState.IN_PROGRESS, words)
        case 4:
            words = "The headset does not say how the upgrade went."
            return Upgrade(UpgradeState.PENDING, words, "Wait for its next contact.")
        case _:
            return Upgrade(UpgradeState.PENDING, "The license is on its way.")


def may_upgrade(told: Told) -> str:
    """Return why a license is not sent to this headset, in words; empty where it may be."""
    state = judge_upgrade(told).state
    if state is UpgradeState.NOT_NEEDED or state is UpgradeState.DONE:
        return judge_upgrade(told).words
    if told.edition not in (DEVELOPMENT, None):
        return f"It is edition {told.edition}; only {DEVELOPMENT} is upgraded."
    if state in (UpgradeState.PENDING, UpgradeState.IN_PROGRESS):
        return "A license is on its way to it already."
    return ""
