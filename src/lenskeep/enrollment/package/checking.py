"""What is wrong with a package, all of it at once, and what its builder should know."""

import re
from collections.abc import Iterator
from typing import Final

from lenskeep.base.errors import Complaint
from lenskeep.enrollment.package.definition import LocalUser, Package, Proof, Wifi

MAX_NAME: Final = 64
MAX_NETWORKS: Final = 10
MAX_SSID_BYTES: Final = 32
"""[IEEE 802.11] 9.4.2.2."""
MAX_USER_NAME: Final = 20
"""Windows' limit for local accounts."""
MIN_USER_PASSWORD: Final = 8
MAX_USER_PASSWORD: Final = 127
"""What the sign-in page of a headset takes."""
MAX_DEVICE_NAME: Final = 15
"""NetBIOS, which still cuts names; more than that is not seen on the network."""
BUILD_FOR_USER: Final = "20348.1501"
"""22H1: the first where a local account and an enrollment in one package do not collide."""

_VERSION: Final = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5}){1,3}")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_NO_USER_NAME: Final = re.compile(r'["/\\\[\]:;|=,+*?<>@]')
_ASCII_KEY: Final = re.compile(r"[\x20-\x7e]{8,63}|[0-9A-Fa-f]{64}")
"""[IEEE 802.11] J.4: a pass phrase, or the key itself."""
_ZONE: Final = re.compile(r"[A-Za-z0-9.()+\- ]{3,64}")
_MACRO: Final = re.compile(r"%SERIAL%|%RAND:([0-9]{1,2})%")
_DEVICE: Final = re.compile(r"[A-Za-z0-9-]*")
_MAX_GEOID: Final = 400_000_000
_SERIAL_LENGTH: Final = 12
"""Digits in the serial number of a HoloLens 2."""


def complaints(package: Package) -> tuple[Complaint, ...]:
    """Return everything that is wrong with it; a kiosk document is judged elsewhere."""
    return (
        *_heading(package),
        *_networks(package.wifi),
        *_user(package.user),
        *_first(package),
        *_device(package.device_name),
    )


def _heading(package: Package) -> Iterator[Complaint]:
    if not 0 < len(package.name) <= MAX_NAME or _CONTROL.search(package.name):
        yield Complaint("name", "it is not a name", f"1 to {MAX_NAME} characters in one line")
    if not _VERSION.fullmatch(package.version):
        yield Complaint("version", f"{package.version[:20]!r} is not a version", "e.g. 1.0")
    if len({each.name for each in package.roots}) != len(package.roots):
        yield Complaint("roots", "two root certificates have one name", "each of its own")
    if package.time_zone and not _ZONE.fullmatch(package.time_zone):
        allowed = "Windows' name of it, e.g. W. Europe Standard Time"
        yield Complaint("time_zone", "it is not a time zone", allowed)


def _networks(wifi: tuple[Wifi, ...]) -> Iterator[Complaint]:
    if len(wifi) > MAX_NETWORKS:
        yield Complaint("wifi", f"{len(wifi)} networks", f"at most {MAX_NETWORKS}")
    if len({each.ssid for each in wifi}) != len(wifi):
        yield Complaint("wifi", "a network is there twice", "each SSID once")
    for each in wifi:
        length = len(each.ssid.encode("utf-8", "surrogatepass"))
        if not 1 <= length <= MAX_SSID_BYTES or _CONTROL.search(each.ssid):
            yield Complaint("wifi.ssid", "it is not an SSID", f"1 to {MAX_SSID_BYTES} bytes")
        if each.key is not None and not _ASCII_KEY.fullmatch(each.key.reveal()):
            allowed = "8 to 63 ASCII characters, or 64 hex digits"
            yield Complaint("wifi.key", "it is not a key of WPA2-Personal", allowed)


def _user(user: LocalUser | None) -> Iterator[Complaint]:
    if user is None:
        return
    name, password = user.name, user.password.reveal()
    bad = _NO_USER_NAME.search(name) or _CONTROL.search(name)
    if bad or not name.strip(". ") or len(name) > MAX_USER_NAME:
        allowed = f"1 to {MAX_USER_NAME} letters, digits, blanks, dashes"
        yield Complaint("user.name", "it cannot be the name of a local account", allowed)
    if not MIN_USER_PASSWORD <= len(password) <= MAX_USER_PASSWORD or _CONTROL.search(password):
        allowed = f"{MIN_USER_PASSWORD} to {MAX_USER_PASSWORD} characters"
        yield Complaint("user.password", "it cannot be a password", allowed)


def _first(package: Package) -> Iterator[Complaint]:
    first = package.first_run
    if first.skip_wifi and not package.wifi:
        yield Complaint(
            "first_run.skip_wifi", "the page is left out and no network is given", "a network"
        )
    if first.region is not None and not 0 < first.region < _MAX_GEOID:
        yield Complaint("first_run.region", "it is not the number of a country", "a Windows GEOID")


def _device(name: str) -> Iterator[Complaint]:
    if not name:
        return
    fixed = _MACRO.sub("", name)
    if not _DEVICE.fullmatch(fixed) or name.startswith("-") or name.endswith("-"):
        allowed = "letters, digits, dashes, %SERIAL%, %RAND:4%"
        yield Complaint("device_name", "it is not a template of a name", allowed)
    elif fixed.isdigit() or fixed == name:
        yield Complaint(
            "device_name", "every headset would have the same name", "%SERIAL% or %RAND:4% in it"
        )


def length_of_name(name: str) -> int:
    """Return how long the names are that a template makes."""
    length = len(_MACRO.sub("", name))
    for found in _MACRO.finditer(name):
        length += int(found[1]) if found[1] else _SERIAL_LENGTH
    return length


# --- what to know --------------------------------------------------------------------------


def warnings(package: Package) -> tuple[str, ...]:
    """Return what the builder of this package should know, in sentences, gravest first."""
    return (*_about_secrets(package), *_about_arrival(package), *_about_content(package))


def _about_secrets(package: Package) -> Iterator[str]:
    if package.sign_in is not None or package.user is not None or package.wifi:
        yield (
            "The answer file and the package hold secrets in the clear, and a package for a"
            " HoloLens cannot be encrypted: treat file and stick like the passwords in them."
        )
    if package.sign_in is not None and package.sign_in.proof is Proof.CERTIFICATE:
        yield (
            "Enrolling by certificate is as the specification describes it; no headset has been"
            " seen doing it. Try one before you make many, and have a password package at hand."
        )
    yield (
        "Do not encrypt or sign the package with a password when you build it: applying it fails."
    )


def _about_arrival(package: Package) -> Iterator[str]:
    if package.sign_in is not None and package.user is not None:
        yield (
            f"A local account and an enrollment in one package need build {BUILD_FOR_USER} or"
            " later: before it the enrollment gets stuck. For older headsets make two packages"
            " and apply the one with the enrollment after the first sign-in."
        )
    if package.sign_in is not None:
        yield (
            "On a HoloLens (1st gen) enrolling by package has not been verified; it needs Windows"
            " Holographic for Business in any case."
        )
    if not package.roots:
        yield (
            "No root certificate is in the package: the server's certificate has to come from an"
            " authority that the headset trusts already."
        )


def _about_content(package: Package) -> Iterator[str]:
    if package.user is not None:
        yield (
            "With a local account the headset has one user; changing to several later needs a"
            " reset. On build 14393 its password ends after 42 days, and a lock-out then needs a"
            " full recovery."
        )
    if any(each.key is None for each in package.wifi):
        yield "An open network is in the package: everybody nearby can listen."
    if package.wifi:
        yield (
            "Configuration Designer knows open networks and WPA2-Personal, not WPA3: let a"
            " profile bring that once the headset is managed."
        )
    if length_of_name(package.device_name) > MAX_DEVICE_NAME:
        yield f"The names are longer than {MAX_DEVICE_NAME} characters and are cut on the network."
    if package.device_name:
        yield "The new name is there after a restart."
    if package.kiosk:
        yield (
            "The kiosk is in force before the headset is managed. A profile with a kiosk takes"
            " its place."
        )
    yield (
        "Several packages on one stick are applied one after another; one that forbids storage"
        " cards (Policy System/AllowStorageCard) ends the reading of the stick."
    )
