"""Namespaces of kiosk documents: names, not links, each with the elements that belong to it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.desired.validate.finding import Finding, refused
from lenskeep.wire import xml

FAMILY: Final = "//schemas.microsoft.com/AssignedAccess/"
BASE: Final = f"http:{FAMILY}2017/config"
LAUNCH: Final = f"http:{FAMILY}201810/config"
GLOBAL: Final = f"http:{FAMILY}2020/config"
EXCLUDE: Final = f"http:{FAMILY}202010/config"
DESKTOP: Final = f"http:{FAMILY}2021/config"
PINS: Final = f"http:{FAMILY}2022/config"

_KNOWN: Final = (BASE, LAUNCH, GLOBAL, EXCLUDE, DESKTOP, PINS)
_BASE_NAMES: Final = (
    *("Profiles", "Profile", "AllAppsList", "AllowedApps", "App", "KioskModeApp", "StartLayout"),
    *("Taskbar", "Configs", "Config", "Account", "AutoLogonAccount", "UserGroup"),
    "DefaultProfile",
)
_HOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(_BASE_NAMES, BASE),
        "AutoLaunch": LAUNCH,
        "AutoLaunchArguments": LAUNCH,
        "GlobalProfile": GLOBAL,
        "Exclusions": EXCLUDE,
        "StartPins": PINS,
    }
)
"""Where a name belongs. One prefix means different namespaces on different pages (v5 among them),
so that the URI decides and never the prefix."""


def q(namespace: str, name: str) -> str:
    """Return a name as the reader has it."""
    return f"{{{namespace}}}{name}"


def children(element: Element, namespace: str, *names: str) -> list[Element]:
    """Return the elements below, by a path of names of one namespace."""
    return list(element.iterfind("/".join(q(namespace, each) for each in names)))


def namespaces(root: Element, text: str) -> Iterator[Finding]:
    """Check that every name stands in the namespace where it belongs, spelled to the letter."""
    if f"https:{FAMILY}".casefold() in text.casefold():
        yield refused("writes a namespace with https://", "http://: it is a name, and no link")
    if any(f'{each}/"' in text or f"{each}/'" in text for each in _KNOWN):
        yield refused("writes a namespace with / at its end", "the namespace without it")
    found: dict[tuple[str, str], None] = {}
    for element in root.iter():
        for name in (element.tag, *element.attrib):
            namespace, _, local = name.rpartition("}")
            found[namespace.removeprefix("{"), local] = None
    for namespace, local in list(found)[:200]:
        yield from _at_home(namespace, local)


def _at_home(namespace: str, local: str) -> Iterator[Finding]:
    home = _HOMES.get(local)
    if namespace and namespace not in _KNOWN:
        known = ", ".join(_KNOWN) if FAMILY in namespace else "none other"
        yield refused("is not a namespace of kiosk documents", home or known, namespace)
    elif home is not None and namespace != home:
        yield refused(f"is not the namespace of {local}", home, namespace or "none")


def local(element: Element) -> str:
    """Return the name without its namespace."""
    return xml.local_name(element)
