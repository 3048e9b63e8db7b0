"""Wi-Fi profiles: the parts of the published schema that decide whether a headset connects."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from lenskeep.desired.guard.places import place
from lenskeep.desired.validate.circumstances import UNKNOWN, Circumstances
from lenskeep.desired.validate.content.documents import rooted
from lenskeep.desired.validate.finding import Finding, Found, refused, warned
from lenskeep.tree.uri import LocUri
from lenskeep.wire import xml

WLAN: Final = "http://www.microsoft.com/networking/WLAN/profile/v1"

_PERSONAL: Final = ("WPAPSK", "WPA2PSK", "WPA3SAE")
_ENTERPRISE: Final = ("WPA", "WPA2", "WPA3", "WPA3ENT", "WPA3ENT192")
_METHODS: Final = ("open", "shared", "OWE", *_PERSONAL, *_ENTERPRISE)
_CIPHERS: Final = ("none", "WEP", "TKIP", "AES", "GCMP256")
_CERTIFICATE_METHODS: Final = ("13",)
"""EAP-TLS, [RFC 5216]: both sides show a certificate."""
_KNOWN_METHODS: Final = ("13", "21", "25")
"""TLS, TTLS, PEAP."""


def wlan(uri: LocUri, value: str, around: Circumstances = UNKNOWN) -> Found:
    """Check a Wi-Fi profile. CSP: WiFi/Profile/{SSID}/WlanXml.

    The name in the address has to be the name in the document, and the SSID's two spellings have
    to agree with it; a headset takes a profile that breaks this, and does not connect.
    """
    root, found = rooted(value, WLAN, "WLANProfile")
    if root is None:
        return found
    in_address = unquote(uri.segments[-2]) if len(uri.segments) > 1 else ""
    checks = (
        *_names(root, in_address),
        *_ssid(root),
        *_connection(root),
        *_security(root, around),
    )
    return (*found, *checks)[:20]


def _names(root: Element, in_address: str) -> Iterator[Finding]:
    """Check the profile's name and its SSID against the address: as text, or as hex digits."""
    name = _text(root, "name")
    ssid = _text(root, "SSIDConfig", "SSID", "name")
    hexed = _text(root, "SSIDConfig", "SSID", "hex").casefold()
    if not name:
        yield refused("has no name", "<name> with the network's name")
    elif in_address not in (name, _hex(name)):
        yield refused("has another name than its address", in_address, name)
    if ssid and in_address not in (ssid, _hex(ssid)):
        yield refused("has another SSID than its address", in_address, ssid)
    elif hexed and not ssid and hexed not in (_hex(in_address), in_address.casefold()):
        yield refused("has another SSID than its address", _hex(in_address).upper(), hexed)


def _hex(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").hex()


def _ssid(root: Element) -> Iterator[Finding]:
    name = _text(root, "SSIDConfig", "SSID", "name")
    hexed = _text(root, "SSIDConfig", "SSID", "hex")
    if not name and not hexed:
        yield refused("has no SSID", "SSIDConfig/SSID with name or hex")
    if len(name.encode("utf-8", "surrogatepass")) > 32:
        yield refused("has an SSID that is too long", "at most 32 bytes [IEEE 802.11]", name)
    if hexed and not re.fullmatch(r"([0-9A-Fa-f]{2}){1,32}", hexed):
        yield refused("has an SSID that is not hexadecimal", "1 to 32 bytes as hex digits", hexed)
    elif hexed and name and hexed.casefold() != _hex(name):
        yield refused("has two SSIDs that differ", _hex(name).upper(), hexed)


def _connection(root: Element) -> Iterator[Finding]:
    kind, mode = _text(root, "connectionType"), _text(root, "connectionMode")
    if kind != "ESS":
        yield refused("is not of an access point", "connectionType of ESS", kind or None)
    if mode not in ("auto", "manual", ""):
        yield refused("is not a way to connect", "connectionMode of auto or manual", mode)
    elif mode != "auto":
        yield warned("does not connect by itself", "connectionMode of auto", mode or None)


# --- Security -------------------------------------------------------------------------------------


def _security(root: Element, around: Circumstances) -> Iterator[Finding]:
    security = _down(root, "MSM", "security")
    if security is None:
        yield refused("says nothing of security", "MSM/security/authEncryption")
        return
    method = _text(security, "authEncryption", "authentication")
    cipher = _text(security, "authEncryption", "encryption")
    if method not in _METHODS:
        yield refused("is not a way to authenticate", ", ".join(_METHODS), method or None)
    if cipher not in _CIPHERS:
        yield refused("is not a way to encrypt", ", ".join(_CIPHERS), cipher or None)
    if method in ("open", "OWE") and cipher == "none":
        yield warned("is for an open network: everybody nearby can listen")
    elif cipher in ("WEP", "TKIP") or method == "shared":
        yield warned("is protected by what has long been broken", "WPA2PSK or better with AES")
    yield from _key(security, method)
    yield from _one_x(security, method, around)


def _key(security: Element, method: str) -> Iterator[Finding]:
    shared = _down(security, "sharedKey")
    if shared is None:
        if method in _PERSONAL:
            yield refused("has no key", "sharedKey with keyType, protected, keyMaterial")
        return
    kind, key = _text(shared, "keyType"), _text(shared, "keyMaterial")
    if _text(shared, "protected").casefold() == "true":
        yield warned("has a key that only the machine it came from can read", "protected of false")
    elif kind == "passPhrase":
        if not 8 <= len(key) <= 63 and not re.fullmatch("[0-9A-Fa-f]{64}", key):
            yield refused("has a pass phrase of the wrong length", "8 to 63 characters")
    elif kind != "networkKey":
        yield refused("is not a kind of key", "passPhrase, networkKey", kind or None)
    elif method in _PERSONAL and not re.fullmatch("[0-9A-Fa-f]{64}", key):
        yield refused("has a network key of the wrong form", "64 hex digits")


def _one_x(security: Element, method: str, around: Circumstances) -> Iterator[Finding]:
    """Check 802.1X: its methods, and the certificates without which they fail."""
    uses = _text(security, "authEncryption", "useOneX").casefold() in ("true", "1")
    one_x = next((each for each in security.iter() if xml.local_name(each) == "OneX"), None)
    if method in _ENTERPRISE and (not uses or one_x is None):
        yield refused("asks for 802.1X and does not say how", "useOneX of true, and OneX")
    if one_x is None:
        return
    methods = [_within(each, "Type") for each in one_x.iter() if _is(each, "EapMethod")]
    for each in methods:
        if each not in _KNOWN_METHODS:
            yield warned("is an EAP method that headsets may lack", "13, 21, 25", each or None)
    if any(each in _CERTIFICATE_METHODS for each in methods) and not _has_client(around):
        yield warned(
            "needs a client certificate on the headset first, of the device and not of a user",
            "ClientCertificateInstall in the same profile, or by another way",
        )
    yield from _roots(one_x, around)


def _roots(one_x: Element, around: Circumstances) -> Iterator[Finding]:
    roots = [
        "".join((each.text or "").split()) for each in one_x.iter() if _is(each, "TrustedRootCA")
    ]
    if not any(roots):
        yield warned("trusts whatever root the network shows", "TrustedRootCA with its thumbprint")
    for each in filter(None, roots):
        if not re.fullmatch("[0-9A-Fa-f]{40}", each):
            yield refused("is not a root's thumbprint", "20 bytes (SHA-1) as hex digits", each)
        elif around.wanted is not None and not _has_root(each, around):
            yield warned("needs a root certificate that is not wanted here", "the root", each)
    if not any(each.text for each in one_x.iter() if _is(each, "ServerNames")):
        yield warned("trusts every server of its root", "ServerNames")


def _has_client(around: Circumstances) -> bool:
    wanted = around.wanted.values if around.wanted is not None else ()
    return any(place(each).startswith("clientcertificateinstall/") for each in wanted)


def _has_root(thumbprint: str, around: Circumstances) -> bool:
    wanted = around.wanted.values if around.wanted is not None else ()
    return any(f"/{thumbprint.casefold()}" in each for each in wanted if "root" in each)


def _is(element: Element, name: str) -> bool:
    return xml.local_name(element) == name


def _within(element: Element, name: str) -> str:
    return next((xml.text(each) for each in element if _is(each, name)), "")


def _down(element: Element, *names: str) -> Element | None:
    found: Element | None = element
    for name in names:
        found = None if found is None else xml.child(found, WLAN, name)
    return found


def _text(element: Element, *names: str) -> str:
    return xml.text(_down(element, *names))
