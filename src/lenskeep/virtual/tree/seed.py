"""What the tree holds from the start: the headset's own facts, and its management account's.

All values are `assumed:` where no real headset was ever captured; the shapes are published.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from lenskeep.tree.value import Format
from lenskeep.virtual.builds import Profile
from lenskeep.virtual.tree.book import csp_versions
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.wire.xml import Out, write

MANUFACTURER: Final = "Microsoft Corporation"
_HASH_OCTETS: Final = 3000
"""Of a hardware hash (assumed: some 4,000 characters of base64)."""
SSID: Final = "Lab"
BSSID: Final = "00:00:5e:00:53:01"
"""[RFC 9542] 2.1.4: an address set aside for documentation."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What one headset is born with. `mac` with dashes, `hardware_id` 64 hexadecimal digits."""

    hardware_id: str
    mac: str
    serial: str
    name: str


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the provisioning document put into the tree; `leaves` as path, format and value."""

    provider: str
    name: str
    address: str
    device_id: str
    leaves: tuple[tuple[str, Format, str], ...] = ()
    certificates: tuple[tuple[str, bytes], ...] = field(default=())
    """Store path (`Root/System`) and DER."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One node's first value."""

    path: str
    value: str
    format: Format = Format.CHR


def seeds(profile: Profile, hardware: Hardware, account: AccountFacts | None) -> Iterator[Leaf]:
    """Yield the leaves of a headset, enrolled or not; what its build lacks is left out later."""
    yield from _device(profile, hardware, account.device_id if account else "")
    yield from _status(profile, hardware)
    yield from _defaults(profile)
    yield Leaf(f"{VENDOR}DMClient/HWDevID", hardware.hardware_id)
    if account:
        yield from _account(profile, hardware, account)


def _device(profile: Profile, hardware: Hardware, device_id: str) -> Iterator[Leaf]:
    microsoft = "./DevDetail/Ext/Microsoft/"
    yield Leaf("./DevInfo/DevId", device_id)
    yield Leaf("./DevInfo/Man", MANUFACTURER)
    yield Leaf("./DevInfo/Mod", profile.model)
    yield Leaf("./DevInfo/DmV", "1.3")
    yield Leaf("./DevInfo/Lang", "en-US")
    yield Leaf("./DevDetail/DevTyp", profile.model)
    yield Leaf("./DevDetail/OEM", MANUFACTURER)
    yield Leaf("./DevDetail/FwV", f"{profile.build}.{profile.revision}.1.0")
    yield Leaf("./DevDetail/SwV", profile.os_version)
    yield Leaf("./DevDetail/HwV", "1.0")
    yield Leaf("./DevDetail/LrgObj", "false", Format.BOOL)
    for name in ("MaxDepth", "MaxTotLen", "MaxSegLen"):
        yield Leaf(f"./DevDetail/URI/{name}", "0", Format.INT)
    yield Leaf("./DevDetail/Ext/WLANMACAddress", hardware.mac.replace("-", ""))
    blob = hashlib.shake_256(hardware.hardware_id.encode()).digest(_HASH_OCTETS)
    yield Leaf("./DevDetail/Ext/DeviceHardwareData", _base64(blob), Format.B64)
    yield Leaf(microsoft + "ProcessorType", "ARM64" if profile.generation == 2 else "x86")
    yield Leaf(microsoft + "ProcessorArchitecture", str(profile.architecture), Format.INT)
    yield Leaf(microsoft + "OSPlatform", "Windows Holographic for Business")
    yield Leaf(microsoft + "MobileID", "Not Present")
    yield Leaf(microsoft + "Resolution", "2048x1080")
    yield Leaf(microsoft + "LocalTime", "")
    yield Leaf(microsoft + "DeviceName", hardware.name)
    yield Leaf(microsoft + "DNSComputerName", hardware.name)
    yield Leaf(microsoft + "SMBIOSSerialNumber", hardware.serial)
    yield Leaf(microsoft + "TotalStorage", "54400", Format.INT)
    yield Leaf(microsoft + "FreeStorage", "38000", Format.INT)
    yield Leaf(microsoft + "TotalRAM", "4096" if profile.generation == 2 else "2048", Format.INT)


def _status(profile: Profile, hardware: Hardware) -> Iterator[Leaf]:
    root = f"{VENDOR}DeviceStatus/"
    adapter = f"{root}NetworkIdentifiers/{hardware.mac.replace('-', '%3A')}/"
    yield Leaf(adapter + "IPAddressV4", "192.0.2.20")
    yield Leaf(adapter + "IPAddressV6", "2001:db8::20")
    yield Leaf(adapter + "IsConnected", "true", Format.BOOL)
    yield Leaf(adapter + "Type", "2", Format.INT)
    if profile.version >= _SHOWS_NETWORK:
        yield Leaf(adapter + "SSID", SSID)
        yield Leaf(adapter + "BSSID", BSSID)
    for name, number in _STATUS_NUMBERS:
        yield Leaf(root + name, number, Format.INT)
    yield Leaf(root + "OS/Edition", str(profile.edition), Format.INT)
    encrypted = "true" if profile.generation == 2 else "false"
    yield Leaf(root + "Compliance/EncryptionCompliance", encrypted, Format.BOOL)
    yield Leaf(root + "TPM/SpecificationVersion", "2.0")
    yield Leaf(root + "DomainName", "")


_SHOWS_NETWORK: Final = (20348, 1432)
"""SSID and BSSID are reported from 21H2 on."""

_STATUS_NUMBERS: Final = (
    ("SecureBootState", "1"),
    ("OS/Mode", "0"),
    ("Antivirus/SignatureStatus", "2"),
    ("Antivirus/Status", "4"),
    ("Firewall/Status", "4"),
    ("UAC/Status", "0"),
    ("Battery/Status", "1"),
    ("Battery/EstimatedChargeRemaining", "80"),
    ("Battery/EstimatedRuntime", "0"),
)


def _defaults(profile: Profile) -> Iterator[Leaf]:
    """Yield permanent nodes of the other providers; those without a value here start empty."""
    csp_versions = f"{VENDOR}DeviceManageability/Capabilities/CSPVersions"
    yield Leaf(csp_versions, _csp_versions(profile), Format.XML)
    managed = f"{VENDOR}AccountManagement/UserProfileManagement/"
    yield Leaf(managed + "EnableProfileManager", "false", Format.BOOL)
    for name, value in (
        ("DeletionPolicy", "1"),
        ("StorageCapacityStartDeletion", "25"),
        ("StorageCapacityStopDeletion", "50"),
        ("ProfileInactivityThreshold", "30"),
    ):
        yield Leaf(managed + name, value, Format.INT)
    yield Leaf(f"{VENDOR}TenantLockdown/RequireNetworkInOOBE", "false", Format.BOOL)
    yield Leaf(f"{VENDOR}WindowsLicensing/Edition", str(profile.edition), Format.INT)
    yield Leaf(f"{VENDOR}WindowsLicensing/Status", "4", Format.INT)
    renew = f"{VENDOR}CertificateStore/My/WSTEP/Renew/"
    yield Leaf(renew + "ROBOSupport", "true", Format.BOOL)
    for name, value in (("RenewPeriod", "42"), ("RetryInterval", "7"), ("Status", "0")):
        yield Leaf(renew + name, value, Format.INT)


@lru_cache(maxsize=32)
def _csp_versions(profile: Profile) -> str:
    """Return the document that lists the providers and their versions (`seen:` 26200, 2026).

    `assumed:` the versions: the newest that any node of this build needs.
    """
    versions = csp_versions(profile)
    rows = tuple(
        Out("CSP", (), (("Node", _csp_root(name)), ("Version", versions.get(name, "1.0"))))
        for name in profile.csps
    )
    version = (("Version", "com.microsoft/1.1/MDM/DeviceManageability"),)
    capabilities = Out("Capabilities", (Out("CSPVersions", rows),))
    document = Out("DeviceManageability", (capabilities,), version)
    return write(document, declaration=True).decode()


def _csp_root(name: str) -> str:
    if name in ("DevInfo", "DevDetail"):
        return f"./{name}"
    return "./SyncML/DMAcc" if name == "DMAcc" else f"./Device/Vendor/MSFT/{name}"


def _account(profile: Profile, hardware: Hardware, account: AccountFacts) -> Iterator[Leaf]:
    provider = f"{VENDOR}DMClient/Provider/{account.provider}/"
    first = {"SkipDeviceStatusPage": "true", "SkipUserStatusPage": "true", "IsSyncDone": "false"}
    yield Leaf(provider + "EnrollmentType", "Full")
    yield Leaf(provider + "HWDevID", hardware.hardware_id)
    yield Leaf(provider + "ManagementServiceAddress", account.address)
    yield Leaf(provider + "SyncApplicationVersion", "1.0")
    yield Leaf(provider + "MaxSyncApplicationVersion", "5.0" if profile.build >= 19041 else "3.0")
    for name, value in first.items():
        yield Leaf(f"{provider}FirstSyncStatus/{name}", value, Format.BOOL)
    yield Leaf(provider + "FirstSyncStatus/TimeOutUntilSyncFailure", "60", Format.INT)
    for path, format_, value in account.leaves:
        yield Leaf(path, value, format_)
    for store, der in account.certificates:
        yield Leaf(f"{node_of(store, der)}/EncodedCertificate", _base64(der), Format.B64)
    yield from _dm_account(account)


def node_of(store: str, der: bytes) -> str:
    """Return the node of a certificate in a store: its name is the thumbprint."""
    thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
    return f"{VENDOR}CertificateStore/{store}/{thumbprint}"


def _dm_account(account: AccountFacts) -> Iterator[Leaf]:
    """Yield the account's mirror under DMAcc: its node is named by the provider's hash."""
    name = hashlib.sha256(account.provider.encode()).hexdigest()
    root = f"./SyncML/DMAcc/{name}/"
    yield Leaf(root + "AppID", "w7")
    yield Leaf(root + "ServerID", account.provider)
    yield Leaf(root + "Name", account.name)
    yield Leaf(root + "AppAddr/1/Addr", account.address)
    yield Leaf(root + "AppAddr/1/AddrType", "URI")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
