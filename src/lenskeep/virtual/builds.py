"""The headsets that can be played: generation, model, edition, architecture and build.

Which providers a build has is decided by `supports`, from the published CSP support table and the
release notes; whether it came after another build, by `reaches`.
"""

from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Invalid

HOLOGRAPHIC: Final = 135
"""GetProductInfo 0x87: HoloLens 1 as sold to developers."""

HOLOGRAPHIC_BUSINESS: Final = 136
"""GetProductInfo 0x88: Windows Holographic for Business."""

ARM64: Final = 12
"""`assumed:` SYSTEM_INFO's processor architecture, as DevDetail reports it."""

X86: Final = 0

_WINDOWS_11: Final = 22000
"""The first build number of the Windows 11 family."""

_CONFIRMS_WIPE: Final = (20348, 1503)
"""From the 22H1 May 2022 update a wiped headset confirms the command."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of headset. `request_version` is what its enrollment client offers."""

    name: str
    generation: int
    edition: int
    build: int
    revision: int
    request_version: str
    is_insider: bool = False
    """Whether it also has what only Insider builds had."""

    @property
    def version(self) -> tuple[int, int]:
        """Build and revision, comparable."""
        return (self.build, self.revision)

    @property
    def os_version(self) -> str:
        """The operating system's version as DevDetail/SwV gives it."""
        return f"10.0.{self.build}.{self.revision}"

    @property
    def model(self) -> str:
        """`assumed:` the SMBIOS product name."""
        return "HoloLens 2" if self.generation == 2 else "HoloLens"

    @property
    def architecture(self) -> int:
        """The processor architecture's number."""
        return ARM64 if self.generation == 2 else X86

    @property
    def is_windows_11_based(self) -> bool:
        """Whether the enrollment client is of the Windows 11 family."""
        return self.build >= _WINDOWS_11

    @property
    def confirms_wipe(self) -> bool:
        """Whether it answers a wipe before it forgets everything."""
        return self.version >= _CONFIRMS_WIPE

    @property
    def csps(self) -> tuple[str, ...]:
        """The configuration service providers that it has, in alphabetical order."""
        return tuple(name for name in sorted(_CSPS) if self.supports(name))

    def reaches(self, since: tuple[int, int]) -> bool:
        """Return whether this HoloLens build has what came with another one.

        Builds are no single row: 19041 was serviced beside 20346 and 20348, so a monthly update of
        the older branch is not in the first release of the younger one.
        """
        mine, theirs = _branch(self.build), _branch(since[0])
        if mine == theirs:
            return self.version >= since
        if (theirs, mine) == (19041, 20346) and since >= _AFTER_21H1:
            return self.version >= _JUNE_2021
        return mine > theirs

    @property
    def branch(self) -> int:
        """The first build of the branch by which it is serviced."""
        return _branch(self.build)

    def supports(self, csp: str) -> bool:
        """Return whether this build and edition has the configuration service provider."""
        row = _CSPS.get(csp)
        if row is None:
            return False
        if self.generation == 2:
            return row.hololens_2 is not None and self.version >= row.hololens_2
        return row.developer if self.edition == HOLOGRAPHIC else row.business


_BRANCHES: Final = (14393, 17134, 17763, 18362, 19041, 20346, 22621)
"""Where the servicing branches begin; 20346 and 20348 are one (21H1 to 22H2)."""

_AFTER_21H1: Final = (19041, 1147)
"""21H1 (20346.1002) was released beside 19041.1146, in May 2021."""

_JUNE_2021: Final = (20348, 1007)


def _branch(build: int) -> int:
    return max((first for first in _BRANCHES if first <= build), default=0)


@dataclass(frozen=True, slots=True)
class _Support:
    """On HoloLens 1 for developers, on HoloLens 1 for Business, since which HoloLens 2 build."""

    developer: bool
    business: bool
    hololens_2: tuple[int, int] | None


_FIRST: Final = (18362, 0)
_20H1: Final = (19041, 1103)
_20H2: Final = (19041, 1128)
_23H1: Final = (22621, 1113)
_ALL: Final = _Support(developer=True, business=True, hololens_2=_FIRST)
_BUSINESS: Final = _Support(developer=False, business=True, hololens_2=_FIRST)
_SECOND: Final = _Support(developer=False, business=False, hololens_2=_FIRST)

_CSPS: Final[dict[str, _Support]] = {
    "AccountManagement": _BUSINESS,
    "Accounts": _ALL,
    "ApplicationControl": _SECOND,
    "AppLocker": _Support(developer=False, business=True, hololens_2=None),
    "AssignedAccess": _BUSINESS,
    "CertificateStore": _ALL,
    "ClientCertificateInstall": _BUSINESS,
    "DevDetail": _ALL,
    "DevInfo": _ALL,
    "DeviceManageability": _SECOND,
    "DeviceStatus": _BUSINESS,
    "DiagnosticLog": _BUSINESS,
    "DMAcc": _ALL,
    "DMClient": _ALL,
    "EnrollmentStatusTracking": _SECOND,
    "EnterpriseModernAppManagement": _BUSINESS,
    "NetworkProxy": _SECOND,
    "NetworkQoSPolicy": _Support(developer=False, business=False, hololens_2=_20H1),
    "NodeCache": _ALL,
    "PassportForWork": _BUSINESS,
    "Policy": _BUSINESS,
    "Reboot": _Support(developer=False, business=False, hololens_2=_23H1),
    "RemoteFind": _BUSINESS,
    "RemoteLock": _Support(developer=False, business=False, hololens_2=_20H2),
    "RemoteWipe": _BUSINESS,
    "RootCATrustedCertificates": _BUSINESS,
    "TenantLockdown": _Support(developer=False, business=False, hololens_2=_20H2),
    "Update": _BUSINESS,
    "VPNv2": _BUSINESS,
    "WiFi": _BUSINESS,
    "WindowsLicensing": _Support(developer=True, business=True, hololens_2=None),
}

PROFILES: Final[tuple[Profile, ...]] = (
    Profile("HL2-18362.1039", 2, HOLOGRAPHIC_BUSINESS, 18362, 1039, "4.0"),
    Profile("HL2-19041.1103", 2, HOLOGRAPHIC_BUSINESS, 19041, 1103, "4.0"),
    Profile("HL2-19041.1128", 2, HOLOGRAPHIC_BUSINESS, 19041, 1128, "4.0"),
    Profile("HL2-20346.1002", 2, HOLOGRAPHIC_BUSINESS, 20346, 1002, "4.0"),
    Profile("HL2-20348.1447", 2, HOLOGRAPHIC_BUSINESS, 20348, 1447, "4.0"),
    Profile("HL2-20348.1503", 2, HOLOGRAPHIC_BUSINESS, 20348, 1503, "4.0"),
    Profile("HL2-20348.1528", 2, HOLOGRAPHIC_BUSINESS, 20348, 1528, "4.0"),
    # assumed: the Windows 11 family of 2023 offers 6.0; no HoloLens was ever captured
    Profile("HL2-22621.1113", 2, HOLOGRAPHIC_BUSINESS, 22621, 1113, "6.0"),
    Profile("HL2-22621.1244", 2, HOLOGRAPHIC_BUSINESS, 22621, 1244, "6.0"),
    Profile("HL2-insider", 2, HOLOGRAPHIC_BUSINESS, 22621, 1303, "6.0", is_insider=True),
    # assumed: the revision; only the build is in the published lists
    Profile("HL1-17763-Dev", 1, HOLOGRAPHIC, 17763, 1, "4.0"),
    Profile("HL1-17763-Business", 1, HOLOGRAPHIC_BUSINESS, 17763, 1, "4.0"),
)


def find_profile(text: str) -> Profile:
    """Return the profile of that name, however spelled: `19041.1128`, `hl1 17763 business`.

    Raises Invalid with the names that there are.
    """
    wanted = _squeeze(text)
    for profile in PROFILES:
        if wanted in (_squeeze(profile.name), _squeeze(profile.name.split("-", 1)[1])):
            return profile
    raise Invalid.field(
        "build", f"{text!r} is not known", ", ".join(profile.name for profile in PROFILES)
    )


def _squeeze(text: str) -> str:
    squeezed = "".join(letter for letter in text.casefold() if letter.isalnum() or letter == ".")
    return squeezed.removesuffix("iness") if squeezed.endswith("business") else _as_bus(squeezed)


def _as_bus(text: str) -> str:
    """Let `biz` and `bus` stand for Business."""
    return text[:-3] + "bus" if text.endswith("biz") else text
