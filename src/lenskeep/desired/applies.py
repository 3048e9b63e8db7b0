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

from lenskeep.desired.inventory import EDITION, HOLOLENS_1, HOLOLENS_2, identify
from lenskeep.desired.known import Known
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
    fact = known.get(EDITION)
    text = (fact.value or "").strip() if fact is not None and is_success(fact.status) else ""
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
    return {node_key(node): version for node, version in pairs if node and _numbers(version)}


# --- Builds ---------------------------------------------------------------------------------------

_BRANCHES: Final = (14393, 17134, 17763, 18362, 19041, 20346, 22621)
"""First builds of the branches that HoloLens had. 20346 and 20348 are one: 21H1 to 22H2."""
_AT_21H1: Final = 1146
"""The revision of 19041 in May 2021, when 20346.1002 was released: what 19041 got later, the next
branch got with 20348.1007 in June 2021."""
_LATE: Final = (20348, 1007)
_VERSION: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}")


def _numbers(text: str) -> tuple[int, ...]:
    """Return `1.10` as (1, 10); nothing where it is no version."""
    if not _VERSION.fullmatch(text):
        return ()
    return tuple(int(each) for each in text.split("."))


def _pair(build: str) -> tuple[int, int]:
    numbers = _numbers(build.removeprefix("10.0."))
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0) if numbers else (0, 0)


def _branch(build: int) -> int:
    """Return the branch that the build is of: the last that began at or before it."""
    return max((each for each in _BRANCHES if each <= build), default=0)


def has_hololens_build(build: str, needed: str) -> bool:
    """Return whether a HoloLens of this build has what came with the needed one.

    Within a branch by build and revision; a later branch has what earlier ones had when it began.
    """
    here, wanted = _pair(build), _pair(needed)
    branch, origin = _branch(here[0]), _branch(wanted[0])
    if branch == origin:
        return here >= wanted
    if origin == 19041 and wanted[1] > _AT_21H1 and branch == 20346:
        return here >= _LATE
    return branch > origin
