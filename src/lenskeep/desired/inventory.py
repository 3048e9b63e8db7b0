"""What the house asks a headset for its own sake, and what the answers say of the headset.

Asked at first contact and then daily, all in one Get. What a headset does not have answers 404 or
406 and is known from then on; HoloLens CSPs are not all on every build.
"""

import re
from datetime import datetime, timedelta
from typing import Final

from lenskeep.desired.known import Known
from lenskeep.tree.identity import Identity
from lenskeep.wire.syncml.codes import StatusCode, is_success

INVENTORY_EVERY: Final = timedelta(hours=24)
"""Free storage, battery and network change by the day; every session would be load for nothing."""
RETRY_AFTER: Final = timedelta(hours=1)
"""When to ask again what was asked and never answered (a lost reply). Not at once: if it is the
asking that a headset chokes on, its operations must get through in between."""

_DETAIL: Final = "./DevDetail"
_MICROSOFT: Final = "./DevDetail/Ext/Microsoft"
_STATUS: Final = "./Vendor/MSFT/DeviceStatus"

SOFTWARE: Final = f"{_DETAIL}/SwV"
EDITION: Final = f"{_STATUS}/OS/Edition"
LICENSED_EDITION: Final = "./Vendor/MSFT/WindowsLicensing/Edition"
"""CSP: WindowsLicensing. Asked only about an edition upgrade: HoloLens 2 does not have it."""
NETWORKS: Final = f"{_STATUS}/NetworkIdentifiers"
WLAN_MAC: Final = f"{_DETAIL}/Ext/WLANMACAddress"
SERIAL: Final = f"{_MICROSOFT}/SMBIOSSerialNumber"
NAME: Final = f"{_MICROSOFT}/DeviceName"
ARCHITECTURE: Final = f"{_MICROSOFT}/ProcessorArchitecture"
MODEL: Final = "./DevInfo/Mod"
MAKER: Final = "./DevInfo/Man"
PRODUCT: Final = f"{_DETAIL}/DevTyp"
HARDWARE_DATA: Final = f"{_DETAIL}/Ext/DeviceHardwareData"
"""The hash by which Autopilot knows the headset: 4 kB, so it is asked for once an enrollment."""

INVENTORY: Final = (
    "./DevInfo/DevId",
    MAKER,
    MODEL,
    "./DevInfo/DmV",
    "./DevInfo/Lang",
    SOFTWARE,
    f"{_DETAIL}/HwV",
    f"{_DETAIL}/FwV",
    f"{_DETAIL}/OEM",
    PRODUCT,
    NAME,
    ARCHITECTURE,
    f"{_MICROSOFT}/OSPlatform",
    f"{_MICROSOFT}/LocalTime",
    f"{_MICROSOFT}/TotalStorage",
    f"{_MICROSOFT}/FreeStorage",
    f"{_MICROSOFT}/TotalRAM",
    SERIAL,
    WLAN_MAC,
    EDITION,
    f"{_STATUS}/SecureBootState",
    f"{_STATUS}/Compliance/EncryptionCompliance",
    f"{_STATUS}/TPM/SpecificationVersion",
    f"{_STATUS}/Battery/Status",
    f"{_STATUS}/Battery/EstimatedChargeRemaining",
    NETWORKS,
    "./Vendor/MSFT/DeviceManageability/Capabilities/CSPVersions",
    "./Vendor/MSFT/DMClient/Provider",
)
"""CSP: DevInfo, DevDetail, DeviceStatus, DeviceManageability, DMClient."""

HOLOLENS_1: Final = "HoloLens (1st gen)"
HOLOLENS_2: Final = "HoloLens 2"
FIRST_BUILD_OF_HL2: Final = 18362
"""The first build that HoloLens 2 shipped with; HoloLens (1st gen) ended at 17763."""

EDITIONS: Final = {
    "135": "Windows Holographic",
    "136": "Windows Holographic for Business",
}
"""assumed: the numbers of [MS-MDE2] OSEdition (0x87, 0x88) are those of DeviceStatus too."""
_ARCHITECTURES: Final = {"0": "x86", "5": "ARM", "9": "x64", "12": "ARM64"}
"""The numbers of SYSTEM_INFO. assumed: 12 on HoloLens 2; 0 on HoloLens (1st gen), an Atom."""

_VERSION: Final = re.compile(r"\d+\.\d+\.(\d+\.\d+)")
_BUILD: Final = re.compile(r"\d+(\.\d+)?")
_MAC: Final = re.compile(r"[0-9A-F]{12}")


BUSINESS: Final = "136"


def may_ask(asked_at: datetime | None, now: datetime) -> bool:
    """Return whether `questions` can be due at all, whatever is known.

    They were asked later than now where the clock was set back: then they are due, too.
    """
    return asked_at is None or abs(now - asked_at) >= RETRY_AFTER


def questions(known: Known, asked_at: datetime | None, now: datetime) -> tuple[str, ...]:
    """Return the LocURIs to read in the next session, none when nothing is due."""
    once = () if known.get(HARDWARE_DATA) is not None else (HARDWARE_DATA,)
    if asked_at is None or now - asked_at >= INVENTORY_EVERY or asked_at - now >= RETRY_AFTER:
        return (*INVENTORY, *once)
    if now - asked_at >= RETRY_AFTER:
        return (*_due_early(known), *once)
    return ()


def _due_early(known: Known) -> tuple[str, ...]:
    """Return what need not wait for the next day: what was never answered, and all of it after
    an upgrade of the edition. There is more of the headset to know then, and nothing restarted.
    """
    if edition_number(known) == BUSINESS != _text(known, EDITION):
        return INVENTORY
    return tuple(uri for uri in INVENTORY if known.get(uri) is None)


def edition_number(known: Known) -> str:
    """Return the number of the edition as it was told last, empty where it was not.

    The development edition of HoloLens (1st gen) has no DeviceStatus, but WindowsLicensing, and
    after its upgrade that one answers first.
    """
    told = (known.get(uri) for uri in (EDITION, LICENSED_EDITION))
    facts = [each for each in told if each is not None and is_success(each.status) and each.value]
    newest = max(facts, key=lambda each: each.learned_at, default=None)
    return newest.value.strip() if newest is not None and newest.value else ""


def identify(known: Known) -> Identity:
    """Return who the headset says it is; empty where it has not said."""
    version = _text(known, SOFTWARE)
    model = _text(known, MODEL)
    build = _build(version)
    architecture = _text(known, ARCHITECTURE)
    generation = _generation(model, _text(known, PRODUCT), build, architecture)
    return Identity(
        generation=generation,
        os_build=build,
        os_version=version,
        edition=_edition(known, generation),
        serial=_text(known, SERIAL),
        model=model,
        manufacturer=_text(known, MAKER),
        architecture=_ARCHITECTURES.get(architecture, architecture),
        macs=_macs(known),
        name=_text(known, NAME),
    )


def _text(known: Known, uri: str) -> str:
    fact = known.get(uri)
    if fact is None or not is_success(fact.status) or fact.value is None:
        return ""
    return fact.value.strip()


def _build(version: str) -> str:
    """Return build and revision: `22621.1244` of `10.0.22621.1244`."""
    found = _VERSION.fullmatch(version)
    if found is not None:
        return found.group(1)
    return version if _BUILD.fullmatch(version) else ""


def _edition(known: Known, generation: str) -> str:
    """Return the edition's name.

    assumed: a HoloLens (1st gen) that has no DeviceStatus is of the Development Edition, the only
    one that the published support table denies it (CSP: DeviceStatus).
    """
    number = edition_number(known)
    if number:
        return EDITIONS.get(number, f"edition {number}")
    fact = known.get(EDITION)
    lacks = fact is not None and fact.status in (StatusCode.NOT_FOUND, StatusCode.NOT_SUPPORTED)
    return EDITIONS["135"] if lacks and generation == HOLOLENS_1 else ""


def _generation(model: str, product: str, build: str, architecture: str) -> str:
    """Tell the generation by model first, then by build; another device by its own name.

    assumed: a HoloLens 2 reports `HoloLens 2`; HoloLens (1st gen) reports `HoloLens` or its
    board's name, so for a name with HoloLens in it the build and processor decide.
    """
    said = f"{model} {product}".casefold()
    if "hololens 2" in said:
        return HOLOLENS_2
    if "hololens" in said:
        number = int(build.split(".")[0]) if build else 0
        newer = number >= FIRST_BUILD_OF_HL2 or _ARCHITECTURES.get(architecture) == "ARM64"
        return HOLOLENS_2 if newer else HOLOLENS_1
    return model


def _macs(known: Known) -> tuple[str, ...]:
    """Return the MAC addresses as AA-BB-CC-DD-EE-FF, the wireless one first, none twice."""
    told = [_text(known, WLAN_MAC), *_text(known, NETWORKS).split("/")]
    found = (_mac(each) for each in told)
    return tuple(dict.fromkeys(mac for mac in found if mac))


def _mac(text: str) -> str:
    """Return the address; node names may be percent-encoded, and separators differ."""
    digits = re.sub(r"%3a|[^0-9a-z]", "", text.casefold()).upper()
    if not _MAC.fullmatch(digits):
        return ""
    return "-".join(digits[at : at + 2] for at in range(0, 12, 2))
