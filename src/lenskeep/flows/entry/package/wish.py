"""What an administrator asks of a new package, and what it becomes: a whole definition or every
complaint at once.
"""

import uuid
from dataclasses import dataclass, field
from typing import Final

from cryptography.x509.oid import NameOID

from lenskeep.access import Caller
from lenskeep.base.errors import Complaint, Invalid, Missing
from lenskeep.base.secret import Secret
from lenskeep.certificates.keys import dump_certificate, load_certificate
from lenskeep.desired.validate.content.kiosk.lint import kiosk as lint
from lenskeep.desired.validate.finding import Weight
from lenskeep.enrollment.package.checking import complaints
from lenskeep.enrollment.package.definition import (
    Endpoints,
    FirstRun,
    LocalUser,
    Package,
    Proof,
    Root,
    Wifi,
)
from lenskeep.flows.desired.profiles import list_profiles
from lenskeep.flows.desired.revisions import show_revision
from lenskeep.flows.entry.bulk import USUAL_DAYS
from lenskeep.flows.house import House
from lenskeep.flows.people import new_password
from lenskeep.tree.uri import LocUri, parse_uri

DISCOVERY_PATH: Final = "/EnrollmentServer/Discovery.svc"
POLICY_PATH: Final = "/EnrollmentServer/Policy.svc"
ENROLLMENT_PATH: Final = "/EnrollmentServer/Enrollment.svc"
_KIOSK: Final = "./Vendor/MSFT/AssignedAccess/Configuration"
_KIOSK_KEY: Final = "assignedaccess/configuration"
_ROOT_NAME: Final = "Root {}"


@dataclass(frozen=True, slots=True)
class UserWish:
    """The local account; without a password one is made, to be typed in the air."""

    name: str
    password: Secret | None = None
    owner: bool = True


@dataclass(frozen=True, slots=True)
class PackageWish:
    """A package to be made."""

    name: str
    version: str = "1.0"
    proof: Proof | None = Proof.PASSWORD
    """None: it prepares the headset and enrolls nothing."""
    upn: str = ""
    """Of its bulk account, which is made with it; empty: made from the name."""
    days: int = USUAL_DAYS
    uses: int | None = None
    roots: tuple[bytes, ...] | None = None
    """DER or PEM; None: ours, unless the server shows a certificate of another authority."""
    wifi: tuple[Wifi, ...] = ()
    user: UserWish | None = None
    time_zone: str = ""
    first_run: FirstRun = field(default_factory=FirstRun)
    kiosk: str = ""
    """A whole document, or ..."""
    kiosk_profile: str = ""
    """... name or id of the profile whose kiosk it shall be."""
    device_name: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A wish made whole; its sign-in comes with the bulk account."""

    package: Package
    kiosk_warnings: tuple[str, ...]


def endpoints(house: House) -> Endpoints:
    """Return the addresses of this server."""
    url = house.settings.url
    return Endpoints(url(DISCOVERY_PATH), url(POLICY_PATH), url(ENROLLMENT_PATH))


async def draw(house: House, caller: Caller, wish: PackageWish) -> Drawn:
    """Return the package without its sign-in. Raises Invalid with every complaint."""
    wrong: list[Complaint] = []
    document = await _kiosk_document(house, caller, wish, wrong)
    warned = _linted(document, wrong)
    guid = uuid.UUID(bytes=house.randomness.octets(16), version=4)
    package = Package(
        id=str(guid),
        name=wish.name.strip(),
        endpoints=endpoints(house),
        version=wish.version.strip(),
        roots=_roots(house, wish, wrong),
        wifi=wish.wifi,
        user=_user(house, wish.user),
        time_zone=wish.time_zone.strip(),
        first_run=wish.first_run,
        kiosk=document,
        device_name=wish.device_name.strip(),
    )
    wrong.extend(complaints(package))
    if wrong:
        raise Invalid(*wrong)
    return Drawn(package, warned)


def _user(house: House, wish: UserWish | None) -> LocalUser | None:
    if wish is None:
        return None
    return LocalUser(wish.name.strip(), wish.password or new_password(house), owner=wish.owner)


# --- root certificates ---------------------------------------------------------------------


def _roots(house: House, wish: PackageWish, wrong: list[Complaint]) -> tuple[Root, ...]:
    """Return the roots given, or ours: all that are trusted while they are changed."""
    if wish.roots is None:
        ours = house.trust.roots if house.settings.tls_certificate is None else ()
        return _named(ours)
    found = []
    for number, data in enumerate(wish.roots, 1):
        try:
            found.append(dump_certificate(load_certificate(data)))
        except Invalid as invalid:
            complaint = invalid.complaints[0]
            wrong.append(Complaint(f"roots.{number}", complaint.message, complaint.allowed))
    return _named(tuple(found))


def _named(roots: tuple[bytes, ...]) -> tuple[Root, ...]:
    """Return them under their common names, each name once."""
    taken: dict[str, Root] = {}
    for number, der in enumerate(dict.fromkeys(roots), 1):
        name = _common_name(der) or _ROOT_NAME.format(number)
        name = name if name not in taken else f"{name} {number}"
        taken[name] = Root(name, der)
    return tuple(taken.values())


def _common_name(der: bytes) -> str:
    parts = load_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    text = parts[0].value if parts else ""
    return text if isinstance(text, str) and text.isprintable() else ""


# --- the kiosk -----------------------------------------------------------------------------


async def _kiosk_document(
    house: House, caller: Caller, wish: PackageWish, wrong: list[Complaint]
) -> str:
    if not wish.kiosk_profile:
        return wish.kiosk.strip()
    if wish.kiosk.strip():
        wrong.append(Complaint("kiosk", "a document and a profile are given", "one of them"))
        return ""
    wanted = wish.kiosk_profile.strip().casefold()
    for line in await list_profiles(house, caller):
        if wanted in (line.profile.id.casefold(), line.profile.name.casefold()):
            revision = await show_revision(house, caller, line.profile.id, None)
            for setting in revision.body.settings:
                if setting.key.endswith(_KIOSK_KEY):
                    return (setting.value or "").strip()
            wrong.append(Complaint("kiosk_profile", f"{line.profile.name} has no kiosk in it"))
            return ""
    raise Missing("profile", wish.kiosk_profile)


def _linted(document: str, wrong: list[Complaint]) -> tuple[str, ...]:
    """Return what to look at in the document; what a headset would not take is a complaint."""
    if not document:
        return ()
    found = lint(_kiosk_uri(), document)
    for each in found:
        if each.weight is Weight.REFUSED:
            wrong.append(Complaint("kiosk", each.message, each.allowed))
    return tuple(f"Kiosk: {each.message}." for each in found if each.weight is not Weight.REFUSED)


def _kiosk_uri() -> LocUri:
    return parse_uri(_KIOSK)
