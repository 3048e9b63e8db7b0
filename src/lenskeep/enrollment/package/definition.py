"""What a provisioning package sets up, as frozen values; secrets are of their own type."""

from dataclasses import dataclass
from enum import Enum

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
class Package:
    """Everything that one package sets up."""

    id: str
    """GUID: a package with the same one and a higher version takes the place of the earlier."""
    name: str
    endpoints: Endpoints
    version: str = "1.0"
    sign_in: SignIn | None = None
    """None: the package prepares the headset, and somebody enrolls it by hand."""
    root: str = ""
    """Name of the root certificate in the package; empty where a public one is used."""
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

ROOT_FILE = "root.cer"
KIOSK_FILE = "kiosk.xml"
PFX_FILE = "enrollment.pfx"
XML_FILE = "customizations.xml"
"""Names in the folder that Windows Configuration Designer reads; no blanks, for its sake."""


def files_of(package: Package) -> tuple[str, ...]:
    """Return the names of the files beside the answer file that it refers to."""
    sign_in = package.sign_in
    found = (
        (ROOT_FILE, bool(package.root)),
        (PFX_FILE, sign_in is not None and sign_in.pfx_password is not None),
        (KIOSK_FILE, bool(package.kiosk)),
    )
    return tuple(name for name, is_there in found if is_there)
