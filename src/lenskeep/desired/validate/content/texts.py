"""Texts that the catalog can only call text: Settings pages, package families, hosts, names."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlsplit

from lenskeep.desired.guard.pages import read_pages
from lenskeep.desired.validate.finding import Found, refused, warned

F000: Final = "\uf000"
"""What divides the items of some lists, and the pairs of ADMX lists."""

MAX_TEXT: Final = 64 * 1024
"""Characters of a list or text that are looked into; assumed: far above what a headset takes."""

_PAGE_NAMES: Final = """
workplace signinoptions-launchirisenrollment signinoptions
appsfeatures appsfeatures-app maps-maps maps-downloadmaps appupdate
bluetooth connecteddevices mouse usb
privacy-accountinfo privacy-appdiagnostics privacy-backgroundapps privacy-calendar
privacy-callhistory privacy-webcam privacy-contacts privacy-feedback privacy-documents
privacy-email privacy-broadfilesystemaccess privacy-general privacy-speechtyping
privacy-location privacy-messaging privacy-microphone privacy-motion privacy-notifications
privacy-customdevices privacy-pictures privacy-radios privacy-graphicscapturewithoutborder
privacy-graphicscaptureprogrammatic privacy-speech privacy-tasks
privacy-backgroundspatialperception privacy-videos privacy-voiceactivation
network-airplanemode network-proxy network-vpn network-wifi network-wifisettings
network-status wifi-provisioning
batterysaver batterysaver-settings colors personalization-colors holograms calibration
notifications crossdevice sound apps-volume sound-devices storagesense storagepolicies
dateandtime keyboard language regionlanguage-languageoptions regionlanguage
regionlanguage-adddisplaylanguage regionlanguage-setdisplaylanguage regionformatting
windowsupdate-options reset windowsinsider windowsinsider-optin windowsupdate
windowsupdate-activehours windowsupdate-history windowsupdate-optionalupdates
windowsupdate-restartoptions windowsupdate-action
"""
_PAGES: Final = frozenset(_PAGE_NAMES.split())
"""The Settings pages that HoloLens documentation names, in lower case."""
_PAGE_LIST: Final = "hide:page;page or showonly:page;page"


def pages(value: str) -> Found:
    """Check a list of Settings pages. CSP: Policy/Settings/PageVisibilityList.

    It is the plain string, never an ADMX fragment: with one a headset answers 200 and does
    nothing. Pages that must not be hidden are the guard's.
    """
    listed = read_pages(value)
    if listed is None:
        return (refused("is not a list of Settings pages", _PAGE_LIST, value),)
    if not listed.names:
        return (refused("names no page", _PAGE_LIST, value),)
    strange = tuple(
        refused("is not the name of a page", "the name after ms-settings:", each)
        for each in listed.names
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,99}", each)
    )
    if strange:
        return strange[:20]
    strangers = [each for each in dict.fromkeys(listed.names) if each not in _PAGES]
    return tuple(
        warned("is no Settings page that HoloLens documentation names", _near_page(each), each)
        for each in strangers[:18]
    )


def _near_page(name: str) -> str | None:
    near = get_close_matches(name, sorted(_PAGES), n=1, cutoff=0.7)
    return near[0] if near else None


_FAMILY: Final = re.compile(r"[A-Za-z0-9.-]{3,50}_[0-9a-hjkmnp-tv-z]{13}")
"""A package family name: identity and publisher id, whose alphabet lacks i, l, o and u."""
FAMILY: Final = "Name_publisherid, such as Microsoft.MixedReality.Toolkit_8wekyb3d8bbwe"


def package_family(value: str) -> Found:
    """Check one package family name."""
    if not _FAMILY.fullmatch(value.strip()):
        return (refused("is not a package family name", FAMILY, value),)
    return ()


def package_families(value: str) -> Found:
    """Check a list of package family names divided by `;`. CSP: Policy/Privacy/LetApps*."""
    if "," in value and ";" not in value:
        return (refused("is divided by commas", "families divided by ;", value),)
    return each_of(value, ";", package_family)


_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    r"(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
_BRACKETED: Final = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]")


def is_host(text: str) -> bool:
    """Return whether it is a host name or an address [RFC 1123] 2.1."""
    return bool(_HOST.fullmatch(text) or _BRACKETED.fullmatch(text))


def domain(value: str) -> Found:
    """Check a domain with at least one dot. CSP: Authentication/PreferredAadTenantDomainName."""
    text = value.strip()
    if not is_host(text) or "." not in text.strip("."):
        return (refused("is not a domain", "a domain such as contoso.com", value),)
    return ()


def hosts(value: str) -> Found:
    """Check host names divided by commas. CSP: Policy/DeliveryOptimization/DOCacheHost."""
    return each_of(value, ",", _host)


def _host(value: str) -> Found:
    if not is_host(value):
        return (refused("is not a host", "a name or address, no http:// and no path", value),)
    return ()


def host_and_port(value: str) -> Found:
    """Check `host:port`. CSP: WiFi/Profile/Proxy, NetworkProxy/ProxyServer."""
    host, _, port = value.strip().rpartition(":")
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else 0
    if not is_host(host) or not 1 <= number <= 65535:
        return (refused("is not a host with a port", "host:port such as proxy:8080", value),)
    return ()


def url(value: str) -> Found:
    """Check an http or https address."""
    text = value.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return (refused("is not an address", "https://host/path", value),)
    blank = any(each.isspace() for each in text)
    if parts.scheme.lower() not in ("http", "https") or not host or blank:
        return (refused("is not an address", "https://host/path", value),)
    if parts.scheme.lower() == "http":
        return (warned("is not protected by TLS", "https://", value),)
    return ()


def urls(value: str) -> Found:
    """Check addresses divided by `;`. CSP: ClientCertificateInstall/SCEP/{id}/Install/ServerURL."""
    return each_of(value, ";", url)


_USER: Final = re.compile(r"[^@\s\\/\"\[\]:;|=,+*?<>]{1,64}@[A-Za-z0-9.-]{3,255}")


def user(value: str) -> Found:
    """Check a user principal name. CSP: Policy/MixedReality/AutoLogonUser, never a local user."""
    text = value.strip()
    if not _USER.fullmatch(text) or domain(text.partition("@")[2]):
        return (refused("is not a user's sign-in name", "user@contoso.com", value),)
    return ()


def bluetooth_name(value: str) -> Found:
    """Check a Bluetooth name: 1 to 248 bytes [Bluetooth Core] Vol 3 Part C 3.2.2."""
    octets = len(value.encode("utf-8", "surrogatepass"))
    if not value.strip() or octets > 248:
        return (refused("is not a Bluetooth name", "1 to 248 bytes of UTF-8", value),)
    return ()


def each_of(value: str, delimiter: str, check: Callable[[str], Found]) -> Found:
    """Check every item of a list; an empty list and a delimiter at the end are fine."""
    if len(value) > MAX_TEXT:
        return (refused("is too long", f"at most {MAX_TEXT} characters"),)
    found: list[Found] = [check(each.strip()) for each in _items(value, delimiter)]
    return _some(found)


def _some(found: Iterable[Found]) -> Found:
    """Return the findings of a list, twenty at most: the first tell the story."""
    return tuple(each for every in found for each in every)[:20]


def _items(value: str, delimiter: str) -> list[str]:
    return [each for each in value[:MAX_TEXT].split(delimiter) if each.strip()]
