"""The answer file of a provisioning package, as far as a headset acts on it.

Windows Configuration Designer writes it (`customizations.xml`). Elements are found by their local
names, wherever they stand: the file has many spellings and only one meaning.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lenskeep.virtual.trouble import WrongState
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

_LARGEST: Final = 16 * 1024 * 1024
_AUTH_POLICIES: Final = ("OnPremise", "Certificate")
"""Federated is not allowed in a package. CSP: Workplace/Enrollments/AuthPolicy."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a package does to a headset. URLs that are empty are not in it."""

    user: str
    auth_policy: str
    secret: str = field(repr=False)
    discovery_url: str = ""
    policy_url: str = ""
    enrollment_url: str = ""
    roots: bytes = b""
    """Root certificates to trust, PEM."""
    client: bytes | None = field(default=None, repr=False)
    """A PFX that the package installs."""
    client_password: str = field(default="", repr=False)
    ssid: str = ""
    local_user: str = ""
    name: str = ""

    @property
    def skips_discovery(self) -> bool:
        """Whether both services are named outright."""
        return bool(self.policy_url and self.enrollment_url)


def read_recipe(document: bytes, files: Mapping[str, bytes]) -> Recipe:
    """Return what the package does. Raises WrongState where a headset could do nothing with it."""
    try:
        root = xml.read(document, max_bytes=_LARGEST)
    except BadMessage as error:
        raise WrongState(f"the package cannot be read: {error.problem}") from error
    account = _account(root)
    policy = _text(account, "AuthPolicy")
    if policy not in _AUTH_POLICIES:
        raise WrongState(f"AuthPolicy of a package is one of {', '.join(_AUTH_POLICIES)}")
    recipe = Recipe(
        user=_name(account, "UPN"),
        auth_policy=policy,
        secret=_text(account, "Secret"),
        discovery_url=_text(account, "DiscoveryServiceFullUrl"),
        policy_url=_text(account, "PolicyServiceFullUrl"),
        enrollment_url=_text(account, "EnrollmentServiceFullUrl"),
        roots=b"".join(_roots(root, files)),
        client=next(_clients(root, files), None),
        client_password=_text(_first(root, "ClientCertificate"), "CertificatePassword"),
        ssid=_ssid(root),
        local_user=_name(_first(root, "User"), "UserName"),
        name=_text(_first(root, "PackageConfig"), "Name"),
    )
    if not recipe.user or not recipe.secret:
        raise WrongState("the package names no account, or no secret for it")
    if not recipe.skips_discovery and not recipe.discovery_url:
        raise WrongState("the package does not say where the server is")
    return recipe


def _account(root: Element) -> Element:
    enrollments = _first(root, "Enrollments")
    found = None if enrollments is None else next(_named(enrollments, "UPN"), None)
    if found is None:
        raise WrongState("the package enrolls nowhere: it has no Workplace/Enrollments/UPN")
    return found


def _named(element: Element, name: str) -> Iterator[Element]:
    """Yield every element of that local name below, in order."""
    return (each for each in element.iter() if each is not element and _local(each) == name)


def _local(element: Element) -> str:
    return xml.local_name(element)


def _first(root: Element | None, name: str) -> Element | None:
    return None if root is None else next(_named(root, name), None)


def _text(element: Element | None, name: str) -> str:
    """Return the text of the first element of that name below."""
    found = _first(element, name)
    return "" if found is None else (found.text or "").strip()


def _name(element: Element | None, attribute: str) -> str:
    """Return what an element of many is named by: its own attribute, or Name."""
    if element is None:
        return ""
    return (element.get(attribute) or element.get("Name") or "").strip()


def _content(path: str, files: Mapping[str, bytes]) -> bytes | None:
    """Return a file of the package, named by a path of the computer that built it, or base64."""
    name = path.replace("\\", "/").rpartition("/")[2]
    by_name = {key.casefold(): value for key, value in files.items()}
    if name.casefold() in by_name:
        return by_name[name.casefold()]
    try:
        return base64.b64decode("".join(path.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _roots(root: Element, files: Mapping[str, bytes]) -> Iterator[bytes]:
    for entry in _named(root, "RootCertificate"):
        path = _text(entry, "CertificatePath")
        content = _content(path, files)
        if content is None:
            raise WrongState(f"the package has no file {path!r}")
        yield _pem(content)


def _pem(content: bytes) -> bytes:
    """Return a certificate file as PEM, whichever form it has."""
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificate(content).public_bytes(Encoding.PEM)
        return x509.load_der_x509_certificate(content).public_bytes(Encoding.PEM)
    except (ValueError, x509.InvalidVersion) as error:
        raise WrongState("a root certificate of the package cannot be read") from error


def _clients(root: Element, files: Mapping[str, bytes]) -> Iterator[bytes]:
    for entry in _named(root, "ClientCertificate"):
        content = _content(_text(entry, "CertificatePath"), files)
        if content is not None:
            yield content


def _ssid(root: Element) -> str:
    found = _first(root, "WLANConfig")
    return _name(found, "SSID")
