"""What the faces read: lists of devices, one device with its inventory, timeline, counts, audit.

Nothing here changes anything. The inventory is what a device told us, as rows a person can read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from lenskeep.access import Allowed, Caller, Permission, decide, demand
from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.inventory import EDITIONS, HARDWARE_DATA
from lenskeep.desired.known import Known
from lenskeep.flows.house import House
from lenskeep.flows.ports import DeviceDetail, FleetCounts
from lenskeep.flows.records import (
    Audit,
    BodyRecord,
    DeviceFilter,
    DeviceRow,
    DeviceState,
    OperationRecord,
    Page,
    TimelineEntry,
)
from lenskeep.tree.fact import Fact
from lenskeep.tree.sensitive import REDACTED, is_sensitive, redacted
from lenskeep.tree.uri import node_key
from lenskeep.tree.value import UNWRITABLE
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.xml import read

MAX_PAGE: Final = 200
"""Rows a page; a page of devices of that length is about 100 kB."""
MAX_SHOWN: Final = 4000
"""Characters of a value that the inventory shows; a Get operation shows the whole."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list: after this cursor, at most `limit` rows."""

    after: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse what no list could follow. Raises Invalid."""
        if not 1 <= self.limit <= MAX_PAGE:
            raise Invalid.field("limit", f"{self.limit} is out of range", f"1 to {MAX_PAGE}")
        if UNWRITABLE.search(self.after or ""):
            raise Invalid.field("after", "it is not a cursor of this list")


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing known of a device."""

    label: str
    value: str
    """In words and with its unit where we know them; empty where the device gave none."""
    uri: str
    status: int
    """The OMA-DM code with which the device answered."""
    learned_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Readings that belong together."""

    title: str
    rows: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One device with what it told of itself."""

    detail: DeviceDetail
    inventory: tuple[Group, ...]


async def list_devices(
    house: House, caller: Caller, narrowed: DeviceFilter, page: PageRequest
) -> Page[DeviceRow]:
    """Return a page of the devices that pass the filter."""
    demand(caller, Permission.SEE)
    for field in fields(narrowed):
        if UNWRITABLE.search(str(getattr(narrowed, field.name))):
            raise Invalid.field(field.name, "it holds a control character", "text")
    states = [each.value for each in DeviceState]
    if narrowed.state and narrowed.state not in states:
        raise Invalid.field("state", f"{narrowed.state!r} is no state", ", ".join(states))
    return await house.fleet.devices(narrowed, page.after, page.limit)


async def count_fleet(house: House, caller: Caller) -> FleetCounts:
    """Return how many devices there are, by state, generation and build."""
    demand(caller, Permission.SEE)
    return await house.fleet.fleet_counts()


async def show_device(house: House, caller: Caller, device_id: DeviceId) -> DeviceView:
    """Return one device. Raises Missing."""
    demand(caller, Permission.SEE)
    detail = await house.fleet.device(device_id)
    groups = inventory(house.open_known(detail.known))
    if not may_read_secrets(caller):
        groups = tuple(_shielded(group) for group in groups)
    return DeviceView(detail, groups)


async def read_timeline(
    house: House, caller: Caller, device_id: DeviceId, page: PageRequest
) -> Page[TimelineEntry]:
    """Return a page of the device's timeline, newest first. Raises Missing."""
    demand(caller, Permission.SEE)
    await house.fleet.device(device_id)
    found = await house.fleet.timeline(device_id, page.after, page.limit)
    if may_read_secrets(caller):
        return found
    return replace(found, items=tuple(_shielded_entry(each) for each in found.items))


async def read_bodies(
    house: House, caller: Caller, device_id: DeviceId, page: PageRequest
) -> Page[BodyRecord]:
    """Return a page of the device's messages, newest first, where `keep_bodies` kept any.

    Raises Missing.
    """
    demand(caller, Permission.ADMINISTER)
    await house.fleet.device(device_id)
    return await house.fleet.bodies(device_id, page.after, page.limit)


async def list_audit(house: House, caller: Caller, page: PageRequest) -> Page[Audit]:
    """Return a page of who changed what, newest first."""
    demand(caller, Permission.ADMINISTER)
    return await house.fleet.audit_lines(page.after, page.limit)


# --- secrets ------------------------------------------------------------------------------


def may_read_secrets(caller: Caller) -> bool:
    """Return whether values of nodes that may hold a secret are shown to the caller.

    Who may operate can ask a device for any value, so it is no secret from them.
    """
    return isinstance(decide(caller, Permission.OPERATE), Allowed)


def as_seen_by(caller: Caller, record: OperationRecord) -> OperationRecord:
    """Return the operation as the caller may see it: a viewer reads no secret."""
    if may_read_secrets(caller):
        return record
    asked = record.operation
    uri = asked.uri.text
    shown = replace(asked, value=redacted(uri, asked.value))
    return replace(record, operation=shown, result=redacted(uri, record.result))


def _shielded(group: Group) -> Group:
    rows = (replace(row, value=redacted(row.uri, row.value) or "") for row in group.rows)
    return replace(group, rows=tuple(rows))


def _shielded_entry(entry: TimelineEntry) -> TimelineEntry:
    """An alert names the node it speaks of, and may bring its value."""
    if not is_sensitive(entry.detail.get("source", "")) or "data" not in entry.detail:
        return entry
    return replace(entry, detail={**entry.detail, "data": REDACTED})


# --- inventory ----------------------------------------------------------------------------

_STATUS_ROOT: Final = "./Device/Vendor/MSFT/DeviceStatus"
_INFO: Final = "./DevInfo"
_DETAIL: Final = "./DevDetail"
_MICROSOFT: Final = "./DevDetail/Ext/Microsoft"
_CSP_VERSIONS: Final = "./Device/Vendor/MSFT/DeviceManageability/Capabilities/CSPVersions"

_GROUPS: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "Identity",
        (
            ("Computer name", f"{_MICROSOFT}/DNSComputerName"),
            ("Device name", f"{_MICROSOFT}/DeviceName"),
            ("Serial number", f"{_MICROSOFT}/SMBIOSSerialNumber"),
            ("Model", f"{_INFO}/Mod"),
            ("Manufacturer", f"{_INFO}/Man"),
            ("Product name", f"{_DETAIL}/DevTyp"),
            ("OEM", f"{_DETAIL}/OEM"),
            ("DevId", f"{_INFO}/DevId"),
            ("Language", f"{_INFO}/Lang"),
        ),
    ),
    (
        "System",
        (
            ("Operating system version", f"{_DETAIL}/SwV"),
            ("Edition", f"{_STATUS_ROOT}/OS/Edition"),
            ("Mode", f"{_STATUS_ROOT}/OS/Mode"),
            ("Platform", f"{_MICROSOFT}/OSPlatform"),
            ("Processor architecture", f"{_MICROSOFT}/ProcessorArchitecture"),
            ("Firmware version", f"{_DETAIL}/FwV"),
            ("Hardware version", f"{_DETAIL}/HwV"),
            ("Local time", f"{_MICROSOFT}/LocalTime"),
            ("Memory", f"{_MICROSOFT}/TotalRAM"),
            ("Storage", f"{_MICROSOFT}/TotalStorage"),
            ("Free storage", f"{_MICROSOFT}/FreeStorage"),
            ("Management protocol", f"{_INFO}/DmV"),
        ),
    ),
    (
        "Security",
        (
            ("Secure boot", f"{_STATUS_ROOT}/SecureBootState"),
            ("Encryption", f"{_STATUS_ROOT}/Compliance/EncryptionCompliance"),
            ("TPM specification", f"{_STATUS_ROOT}/TPM/SpecificationVersion"),
            ("Antivirus", f"{_STATUS_ROOT}/Antivirus/Status"),
            ("Firewall", f"{_STATUS_ROOT}/Firewall/Status"),
        ),
    ),
    (
        "Battery",
        (
            ("Battery status", f"{_STATUS_ROOT}/Battery/Status"),
            ("Charge", f"{_STATUS_ROOT}/Battery/EstimatedChargeRemaining"),
            ("Run time left", f"{_STATUS_ROOT}/Battery/EstimatedRuntime"),
        ),
    ),
    ("Network", (("Wi-Fi MAC address", f"{_DETAIL}/Ext/WLANMACAddress"),)),
)
"""Groups in the order shown: (title, (label, node)). CSP: DevInfo, DevDetail, DeviceStatus."""

_ON_OFF: Final = {"0": "on", "1": "off", "2": "partly off", "3": "not monitored", "4": "not there"}
_WORDS: Final[dict[str, Mapping[str, str]]] = {
    f"{_STATUS_ROOT}/SecureBootState": {"0": "not supported", "1": "on", "2": "off"},
    f"{_STATUS_ROOT}/OS/Edition": EDITIONS,
    f"{_STATUS_ROOT}/OS/Mode": {"0": "standard", "1": "S mode"},
    f"{_STATUS_ROOT}/Compliance/EncryptionCompliance": {
        "0": "not encrypted",
        "1": "encrypted",
        "false": "not encrypted",
        "true": "encrypted",
    },
    f"{_STATUS_ROOT}/Antivirus/Status": _ON_OFF,
    f"{_STATUS_ROOT}/Firewall/Status": _ON_OFF,
    # assumed: 0 x86, 5 ARM, 9 x64, 12 ARM64, as Windows numbers processors elsewhere.
    f"{_MICROSOFT}/ProcessorArchitecture": {"0": "x86", "5": "ARM", "9": "x64", "12": "ARM64"},
}
_UNITS: Final = {
    f"{_MICROSOFT}/TotalRAM": "MB",
    f"{_MICROSOFT}/TotalStorage": "MB",
    f"{_MICROSOFT}/FreeStorage": "MB",
    f"{_STATUS_ROOT}/Battery/EstimatedChargeRemaining": "%",
    f"{_STATUS_ROOT}/Battery/EstimatedRuntime": "s",
}
_NETWORK: Final = node_key(f"{_STATUS_ROOT}/NetworkIdentifiers")


def inventory(known: Known) -> tuple[Group, ...]:
    """Return all that is known, grouped; nodes without a place of their own come last."""
    left = {_key(fact.uri): fact for fact in known}
    left.pop(node_key(HARDWARE_DATA), None)  # its value is with Autopilot's records
    groups = []
    for title, places in _GROUPS:
        rows = [
            _row(label, uri, left.pop(node_key(uri))) for label, uri in places if _has(left, uri)
        ]
        if title == "Network":
            rows.extend(_network_rows(left))
        groups.append(Group(title, tuple(rows)))
    versions = left.get(node_key(_CSP_VERSIONS))
    rows = _version_rows(versions) if versions else []
    if rows:
        del left[node_key(_CSP_VERSIONS)]
    groups.append(Group("Configuration service providers", tuple(rows)))
    groups.append(Group("Other nodes", tuple(_plain(fact) for fact in left.values())))
    return tuple(group for group in groups if group.rows)


def _key(uri: str) -> str:
    """The node and what was asked of it: `?list=Struct` is not the node's value."""
    path, mark, query = uri.partition("?")
    return node_key(path) + mark + query


def _has(left: Mapping[str, Fact], uri: str) -> bool:
    """Whether there is something to show: a node that the device does not have is no row."""
    fact = left.get(node_key(uri))
    return fact is not None and fact.value is not None


def _row(label: str, uri: str, fact: Fact) -> Reading:
    value = fact.value or ""
    value = _WORDS.get(uri, {}).get(value.strip().lower(), value)
    unit = _UNITS.get(uri)
    if unit and value.strip().isdecimal():
        value = f"{value.strip()} {unit}"
    return _reading(label, value, fact)


def _network_rows(left: dict[str, Fact]) -> Iterable[Reading]:
    """`NetworkIdentifiers/{MAC}/{what}`: one row each, labelled by both; MACs are URL-encoded."""
    adapters = left.get(_NETWORK)
    if adapters is not None and adapters.value:
        names = ", ".join(unquote(each) for each in adapters.value.split("/"))
        del left[_NETWORK]
        yield _reading("Adapters", names, adapters)
    for key in sorted(key for key in left if key.startswith(f"{_NETWORK}/")):
        fact = left[key]
        mac, _, what = fact.uri[len(_NETWORK) - len(key) + 1 :].partition("/")
        if what and fact.value is not None:
            del left[key]
            yield _reading(f"{unquote(mac)} {what}", fact.value, fact)


def _version_rows(fact: Fact) -> list[Reading]:
    """CSPVersions is an XML document in a value: `<CSP Node="..." Version="..."/>`."""
    try:
        root = read((fact.value or "").encode("utf-8", "replace"))
    except BadMessage:
        return []
    found = [
        (each.get("Node", ""), each.get("Version", ""))
        for each in root.iter()
        if each.tag.rpartition("}")[2] == "CSP"
    ]
    return [_reading(node, version, fact) for node, version in found]


def _plain(fact: Fact) -> Reading:
    return _reading(fact.uri, fact.value or "", fact)


def _reading(label: str, value: str, fact: Fact) -> Reading:
    shown = value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}…"
    return Reading(label, shown, fact.uri, fact.status, fact.learned_at)
