"""What a headset claims of itself when it enrolls. All of it is a claim: nothing here is proof.

[MS-MDE2] 3.4: the AdditionalContext items of a token request. Unknown items are kept for the
device's page, attestation material is not; everything is bounded and stripped of what cannot be
shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from lenskeep.base.errors import Refusal, Refused

EnrollmentKind: TypeAlias = Literal["Full", "Device"]
"""`Full`: with a user; `Device`: the machine itself ([MS-MDE2] EnrollmentType)."""

MAX_VALUE: Final = 512
"""Characters kept of one value; the longest real one that is kept is a status text of 200."""

MAX_NAME: Final = 64
MAX_NAMES: Final = 64
"""The specification knows 40."""
MAX_VALUES: Final = 32
"""Of one name. seen: 13 MAC items from a desktop with virtual adapters."""

MAX_DEVICE_ID: Final = 64
"""Real ones have 32 characters; the specification's own samples show a GUID with dashes."""

_LEFT_OUT: Final = frozenset(
    {
        "aikattestationclaim",
        "aikcert",
        "aikpub",
        "aadaikattestationclaim",
        "aadpub",
        "azureattestationblob",
        "enrollmentdata",
    }
)
"""Attestation material and the terms-of-use blob: kilobytes that nothing here reads."""

_GUID: Final = re.compile(
    r"\{?([0-9A-F]{8})-?([0-9A-F]{4})-?([0-9A-F]{4})-?([0-9A-F]{4})-?"
    r"([0-9A-F]{12})\}?"
)
_PLAIN: Final = re.compile(r"[A-Z0-9._:@{}\-]+")
"""Real ones are hexadecimal; other clients may have names of their own making, never markup."""
_MAC: Final = re.compile(r"[0-9A-F]{12}")
_KINDS: Final[dict[str, EnrollmentKind]] = {"full": "Full", "device": "Device"}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a headset says of itself; empty where it says nothing."""

    dev_id: str
    """Normalized: 32 upper-case hexadecimal digits from every real client."""
    hw_dev_id: str
    kind: EnrollmentKind
    device_name: str
    os_version: str
    os_edition: str
    """GetProductInfo number: 135 Holographic, 136 Holographic for Business."""
    macs: tuple[str, ...]
    """`AA-BB-CC-DD-EE-FF`, each once."""
    context: Mapping[str, tuple[str, ...]]
    """All items by name, in the order they came, long and unreadable ones cut."""


def read_claim(items: tuple[tuple[str, str], ...]) -> Claim:
    """Return what the AdditionalContext items say.

    Raises Refused(ENROLLMENT_DATA) without a usable DeviceID or an EnrollmentType that is neither
    Full nor Device; nothing else is insisted on.
    """
    context = _bounded(items)
    folded = {name.casefold(): values for name, values in context.items()}

    def first(name: str) -> str:
        return folded.get(name.casefold(), ("",))[0]

    return Claim(
        dev_id=_dev_id(items),
        hw_dev_id=normalize_dev_id(first("HWDevID"))[: 2 * MAX_DEVICE_ID],
        kind=_kind(first("EnrollmentType")),
        device_name=first("DeviceName"),
        os_version=first("OSVersion"),
        os_edition=first("OSEdition"),
        macs=_macs(folded.get("mac", ())),
        context=MappingProxyType(context),
    )


def normalize_dev_id(text: str) -> str:
    """Return a DevId in the one form in which it is kept and compared: upper case, and a GUID
    without braces and dashes. Every place that compares a `Source` uses it.
    """
    upper = text.strip().upper()
    guid = _GUID.fullmatch(upper)
    return "".join(guid.groups()) if guid else upper


def _dev_id(items: tuple[tuple[str, str], ...]) -> str:
    """Read from the items as they came: a DevId that had to be cut would be another's."""
    found = [value for name, value in items if name.strip().casefold() == "deviceid"]
    dev_id = normalize_dev_id(found[0]) if found else ""
    if not dev_id:
        raise _refused("no DeviceID")
    if len(dev_id) > MAX_DEVICE_ID:
        raise _refused(f"a DeviceID of {len(dev_id)} characters")
    if not _PLAIN.fullmatch(dev_id):
        raise _refused("a DeviceID that is no plain word")
    return dev_id


def _kind(text: str) -> EnrollmentKind:
    kind = _KINDS.get(text.casefold())
    if kind is None:
        raise _refused("an EnrollmentType that is neither Full nor Device")
    return kind


def _bounded(items: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {}
    for raw_name, raw_value in items:
        name = shown(raw_name, MAX_NAME)
        if not name or name.casefold() in _LEFT_OUT:
            continue
        values = context.get(name, ())
        if len(values) < MAX_VALUES and (values or len(context) < MAX_NAMES):
            context[name] = (*values, shown(raw_value, MAX_VALUE))
    return context


def shown(text: str, limit: int) -> str:
    """Return the start of the text without characters that cannot be shown."""
    return "".join(each for each in text[: 2 * limit] if each.isprintable()).strip()[:limit]


def _macs(values: tuple[str, ...]) -> tuple[str, ...]:
    """seen: dashes from Windows, colons in the documentation, the same one several times."""
    found: dict[str, None] = {}
    for value in values:
        plain = value.replace("-", "").replace(":", "").strip().upper()
        if _MAC.fullmatch(plain) and plain != "0" * 12:
            found["-".join(plain[at : at + 2] for at in range(0, 12, 2))] = None
    return tuple(found)


def _refused(reason: str) -> Refused:
    return Refused(Refusal.ENROLLMENT_DATA, f"enrollment data: {reason}")
