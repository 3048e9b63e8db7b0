"""Whether a node exists on a device, as far as that can be known: yes, no or unknown.

In this order: what the device itself says (CSPVersions), what the HoloLens documentation says
(generation, edition, first build of its branch), what the DDF says. What does not apply is never
sent. HoloLens revisions are a number series of their own and are never compared with those of
desktop Windows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lenskeep.desired.builds import has_hololens_build, has_windows_build, numbers, pair
from lenskeep.desired.inventory import HOLOLENS_1, HOLOLENS_2, edition_number, identify
from lenskeep.desired.known import Known
from lenskeep.tree.catalog.record import Build, Confidence, Generation, Record, Says
from lenskeep.tree.fact import Fact
from lenskeep.tree.uri import node_key
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.syncml.codes import is_success

CSP_VERSIONS: Final = "./Vendor/MSFT/DeviceManageability/Capabilities/CSPVersions"

HOLOGRAPHIC: Final = 0x87
"""The 1st gen development edition."""
HOLOGRAPHIC_FOR_BUSINESS: Final = 0x88

DEVELOPMENT_EDITION_HAS: Final = frozenset(
    (
        *("accounts", "certificatestore", "devdetail", "devinfo"),
        *("dmacc", "dmclient", "nodecache", "windowslicensing"),
    )
)
"""The CSPs of the 1st gen development edition; anything else after an upgrade of the edition.
CSP: WindowsLicensing/UpgradeEditionWithLicense."""

_FIRST_INSIDER: Final = (22621, 1205)
_UNRELEASED: Final = (9, 9)
"""What the DDF writes as the CSP's version of a node that was not released."""


_NEVER_RELEASED: Final = "only unreleased builds of Windows have it"


class Verdict(Enum):
    """Whether a node is there on a device."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Applies:
    """The verdict and, in words for a person, why."""

    verdict: Verdict
    reason: str

    @property
    def may_be_sent(self) -> bool:
        """Whether sending it is worth a try; what is unknown the device itself will tell."""
        return self.verdict is not Verdict.NO


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What decides whether a node is there; empty or None where the device has not said.

    `build` is build and revision (`22621.1244`); `edition` the SKU number (0x88 is 136);
    `csp_versions` maps the comparison key of a CSP's root to the version that the device reports.
    """

    generation: str = ""
    edition: int | None = None
    build: str = ""
    csp_versions: Mapping[str, str] = field(default_factory=dict)
    holographic: bool = True
    by_autopilot: bool | None = None
    """Whether it came by Autopilot; None: nobody in particular (a rehearsal)."""


def device_facts(known: Known) -> DeviceFacts:
    """Return the facts that a device has told of itself."""
    identity = identify(known)
    edition = _edition(known, identity.edition)
    is_hololens = identity.generation in (HOLOLENS_1, HOLOLENS_2) or not identity.generation
    return DeviceFacts(
        generation=identity.generation,
        edition=edition,
        build=identity.os_build,
        csp_versions=csp_versions(known.get(CSP_VERSIONS)),
        holographic=is_hololens or edition in (HOLOGRAPHIC, HOLOGRAPHIC_FOR_BUSINESS),
    )


def _edition(known: Known, name: str) -> int | None:
    """Return the SKU number; the development edition is also known by what it lacks."""
    text = edition_number(known)
    if re.fullmatch("[0-9]{1,5}", text):
        return int(text)
    return HOLOGRAPHIC if name == "Windows Holographic" else None


def csp_versions(fact: Fact | None) -> Mapping[str, str]:
    """Return version by root of CSP, empty where the device gave none or nothing readable.

    CSP: DeviceManageability/Capabilities/CSPVersions: `<CSP Node="..." Version="..."/>`.
    """
    if fact is None or not is_success(fact.status) or not fact.value:
        return {}
    try:
        root = xml.read(fact.value.encode("utf-8", "surrogatepass"))
    except BadMessage:
        return {}
    rows = (each for each in root.iter() if xml.local_name(each) == "CSP")
    pairs = ((each.get("Node", ""), each.get("Version", "").strip()) for each in rows)
    return {node_key(node): version for node, version in pairs if node and numbers(version)}


# --- The decision ---------------------------------------------------------------------------------


def applies(record: Record, device: DeviceFacts) -> Applies:
    """Return whether the device has the node, and why."""
    generation = _generation(device)
    if generation is Generation.FIRST_DEVELOPMENT:
        return _on_development_edition(record, device)
    too_old = _by_csp_version(record, device)
    if too_old is not None:
        return too_old
    if _stands_for_any(record):
        return _unknown("it is a policy of an ADMX file, if of any; the device knows which it has")
    if generation is None:
        return _by_description(record, device)
    return _by_documentation(record, device, generation)


def _generation(device: DeviceFacts) -> Generation | None:
    """Return which headset it is, None for another kind of Windows.

    A HoloLens that has not said which is taken for HoloLens 2 unless its build is older.
    """
    if not device.holographic:
        return None
    build = pair(device.build)[0]
    is_first = device.generation == HOLOLENS_1 or (not device.generation and 0 < build < 18362)
    if not is_first:
        return Generation.SECOND
    if device.edition == HOLOGRAPHIC:
        return Generation.FIRST_DEVELOPMENT
    return Generation.FIRST_COMMERCIAL


def _on_development_edition(record: Record, device: DeviceFacts) -> Applies:
    if record.csp.casefold() not in DEVELOPMENT_EDITION_HAS:
        return _no(device, "needs Windows Holographic for Business")
    return _described(record, device) or _yes("the development edition has it")


def _stands_for_any(record: Record) -> bool:
    """Return whether it is `Policy/Config/{AreaName}` or below: the place of ingested policies."""
    return re.search("/policy/(config|result)/{", record.key) is not None


def _by_csp_version(record: Record, device: DeviceFacts) -> Applies | None:
    """Return NO where the device itself reports an older CSP; None where that says nothing."""
    reported = _reported(record, device)
    needed = numbers(record.csp_version)
    if not reported or not needed or record.is_insider or needed == _UNRELEASED:
        return None
    if numbers(reported) >= needed:
        return None
    said = f"the device reports {record.csp} {reported}"
    return _no(device, f"needs {record.csp} {record.csp_version}, {said}")


def _reported(record: Record, device: DeviceFacts) -> str:
    """Return the version of the record's CSP as the device reports it, empty for none.

    The root is `.../Vendor/MSFT/CSP`, `./DevInfo` or `./SyncML/DMAcc`. assumed: some devices list
    a root only under the other scope.
    """
    path = _canonical(record.uri)
    for root in (path, _other_scope(path)):
        segments = root.split("/")
        for end in range(len(segments), 1, -1):
            version = device.csp_versions.get("/".join(segments[:end]))
            if version:
                return version
    return ""


def _canonical(template: str) -> str:
    key = template.casefold()
    return f"./device{key[1:]}" if key.startswith("./vendor/") else key


def _other_scope(path: str) -> str:
    if path.startswith("./user/"):
        return "./device/" + path.removeprefix("./user/")
    return "./user/" + path.removeprefix("./device/")


def _by_documentation(record: Record, device: DeviceFacts, generation: Generation) -> Applies:
    says = record.says(generation)
    is_second = generation is Generation.SECOND
    if says is Says.NO:
        return _no(device, "HoloLens documentation says that this generation does not have it")
    if says is Says.PACKAGE:
        return _no(device, "only a provisioning package can set it")
    if is_second and record.confidence is Confidence.EXCLUDED:
        return _no(device, "HoloLens documentation excludes it")
    is_insider = says is Says.INSIDER or record.confidence is Confidence.INSIDER
    if is_second and is_insider:
        return _on_insider(device)
    if is_second and record.hl_min_build is not None:
        return _from(record, record.hl_min_build, device)
    if says is Says.YES and record.area:
        return _yes("HoloLens documentation names it")
    if says is Says.YES or (is_second and record.confidence.is_yes):
        return _described(record, device) or _yes("HoloLens documentation names it")
    return _undocumented(record, device)


def _on_insider(device: DeviceFacts) -> Applies:
    needed = f"{_FIRST_INSIDER[0]}.{_FIRST_INSIDER[1]}"
    if pair(device.build)[0] and pair(device.build) < _FIRST_INSIDER:
        return _no(device, f"needs an Insider build, {needed} or later")
    return _unknown("only Insider builds are documented to have it")


def _from(record: Record, needed: Build, device: DeviceFacts) -> Applies:
    """Decide by the documented first build. Where that is the CSP's, the node may be younger.

    A node that Windows never released and documentation gives a build is documented by itself.
    """
    if not pair(device.build)[0]:
        return _unknown(f"needs {needed} or later, and the device has not told its build")
    if not has_hololens_build(device.build, str(needed)):
        return _no(device, f"needs {needed} or later")
    by_csp = record.confidence in (Confidence.CSP_DOCUMENTED, Confidence.CSP_MENTIONED)
    if by_csp and not record.is_insider:
        younger = _described(record, device)
        if younger is not None:
            return younger
    return _yes(f"documented from {needed} on")


def _described(record: Record, device: DeviceFacts) -> Applies | None:
    """Return NO or UNKNOWN where the DDF speaks against it: unreleased, or for later builds.

    Builds count by their first three numbers; with a revision they are fixes of the desktop's.
    """
    firsts = [each.number for each in record.builds if each.revision is None]
    if not firsts:
        return _no(device, _NEVER_RELEASED) if record.is_insider else None
    if not pair(device.build)[0]:
        return _unknown(f"needs {min(firsts)} or later, and the device has not told its build")
    if pair(device.build)[0] >= min(firsts):
        return None
    return _no(device, f"needs {min(firsts)} or later")


def _undocumented(record: Record, device: DeviceFacts) -> Applies:
    """Decide where HoloLens documentation is silent; the DDF alone is never a yes."""
    if record.editions is not None and not record.is_holographic:
        return _no(device, "it is not for Windows Holographic for Business")
    against = _described(record, device)
    if against is not None:
        return against
    if record.csp.casefold() != "policy" and device.csp_versions:
        version = _reported(record, device)
        if version:
            return _yes(f"the device reports {record.csp} {version}")
        return _no(device, f"the device does not report the CSP {record.csp}")
    return _unknown("no HoloLens documentation names it")


def _by_description(record: Record, device: DeviceFacts) -> Applies:
    """Decide for another Windows, by edition list and builds."""
    editions = None if record.editions is None else _numbers_of(record.editions)
    if editions is not None and device.edition is not None and device.edition not in editions:
        return _no(device, "it is not for this edition")
    if record.is_insider and not record.builds:
        return _no(device, _NEVER_RELEASED)
    if not pair(device.build)[0] or not record.builds:
        return _unknown("the build of the device or of the node is not known")
    if has_windows_build(device.build, record.builds):
        return _yes("its build has it")
    needed = min(record.builds, key=lambda each: (each.number, each.revision or 0))
    return _no(device, f"needs {needed} or later")


def _numbers_of(editions: frozenset[str]) -> frozenset[int]:
    texts = (each.rstrip("*") for each in editions)
    return frozenset(int(each, 16) for each in texts if re.fullmatch("0[xX][0-9A-Fa-f]+", each))


def _yes(reason: str) -> Applies:
    return Applies(Verdict.YES, reason)


def _unknown(reason: str) -> Applies:
    return Applies(Verdict.UNKNOWN, reason)


def _no(device: DeviceFacts, why: str) -> Applies:
    place = device.build or "this device"
    return Applies(Verdict.NO, f"not applicable on {place}: {why}")
