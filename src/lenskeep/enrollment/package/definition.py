"""What a provisioning package sets up, as frozen values; secrets are of their own type."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lenskeep.base.secret import Secret


class Proof(Enum):
    """By what a package enrolls; the value is the spelling in REST and on disk."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a secret
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The three URLs of this server; a headset that has them all skips discovery."""

    discovery: str
    policy: str
    enrollment: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """The bulk account that the headset enrolls with."""

    upn: str
    proof: Proof
    secret: Secret
    """The password, or the certificate's SHA-1 thumbprint, which is no secret."""
    pfx_password: Secret | None = None
    """Of the certificate with its key, where it travels in the package."""


@dataclass(frozen=True, slots=True)
class Wifi:
    """A wireless network: open without a key, else WPA2-Personal."""

    ssid: str
    key: Secret | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class LocalUser:
    """The one local account that a HoloLens can have; only a package can make it."""

    name: str
    password: Secret
    owner: bool = True
    """Whether it is a device owner."""


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What of the first run on the headset is left out. CSP: none, WCD FirstExperience."""

    skip_calibration: bool = False
    skip_training: bool = False
    skip_wifi: bool = False
    region: int | None = None
    """Windows' number of a country (GEOID)."""


@dataclass(frozen=True, slots=True)
class Root:
    """A certificate that the headset shall trust as a root."""

    name: str
    der: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Package:
    """Everything that one package sets up."""

    id: str
    """GUID: a package with the same one and a higher version takes the place of the earlier."""
    name: str
    endpoints: Endpoints
    version: str = "1.0"
    sign_in: SignIn | None = None
    """None: the package prepares the headset, and somebody enrolls it by hand."""
    roots: tuple[Root, ...] = ()
    """Empty where the server's certificate comes from an authority that headsets know."""
    wifi: tuple[Wifi, ...] = ()
    user: LocalUser | None = None
    time_zone: str = ""
    """Windows' name of it, e.g. `W. Europe Standard Time`."""
    first_run: FirstRun = FirstRun()
    kiosk: str = ""
    """A whole AssignedAccessConfiguration document."""
    device_name: str = ""
    """With `%SERIAL%` or `%RAND:4%` in it; empty leaves the headset's own."""


# --- the files of a package --------------------------------------------------------------

KIOSK_FILE: Final = "kiosk.xml"
PFX_FILE: Final = "enrollment.pfx"
XML_FILE: Final = "customizations.xml"
"""Names in the folder that Windows Configuration Designer reads; no blanks, for its sake."""


def root_file(number: int) -> str:
    """Return the file of the root with this number, counted from 1."""
    return "root.cer" if number == 1 else f"root-{number}.cer"


@dataclass(frozen=True, slots=True)
class Kept:
    """A package, and the certificate with its key that travels in it."""

    package: Package
    pfx: bytes = field(default=b"", repr=False)

    def files(self) -> dict[str, bytes]:
        """Return the files beside the answer file that it refers to, by name."""
        package = self.package
        found = {root_file(number): root.der for number, root in enumerate(package.roots, 1)}
        if self.pfx:
            found[PFX_FILE] = self.pfx
        if package.kiosk:
            found[KIOSK_FILE] = package.kiosk.encode()
        return found


def file_names(package: Package) -> tuple[str, ...]:
    """Return the names of those files."""
    has_pfx = package.sign_in is not None and package.sign_in.pfx_password is not None
    return tuple(Kept(package, b"\0" if has_pfx else b"").files())
