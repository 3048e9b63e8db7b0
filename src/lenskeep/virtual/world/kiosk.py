"""The start menu of a kiosk: who gets which apps, and what a build shows where that fails.

CSP: AssignedAccess/Configuration, AssignedAccess/KioskModeApp. Before 20H2 a kiosk that cannot be
applied shows everything, 20H2 shows nothing, 21H1 and later the global profile where there is one.
"""

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.virtual.builds import Profile
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.tree.store import Tree
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

_ROOT: Final = f"{VENDOR}AssignedAccess/"
_NAMESPACE: Final = "http://schemas.microsoft.com/AssignedAccess/2017/config"

_20H2: Final = (19041, 1128)
_21H1: Final = (20346, 1002)


class Start(Enum):
    """What the start menu shows."""

    EVERYTHING = "all apps"
    KIOSK = "the kiosk's apps"
    GLOBAL = "the apps of the kiosk for everybody"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Menu:
    """The start menu, and the apps of a kiosk by their AUMIDs."""

    start: Start
    apps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is signed in. `groups` are object ids; None where looking them up failed."""

    account: str = ""
    groups: frozenset[str] | None = frozenset()
    is_visitor: bool = False


@dataclass(frozen=True, slots=True)
class _Kiosk:
    """A configuration as read: apps by profile, and profiles by whom they are for."""

    apps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    visitors: str | None = None
    everybody: str | None = None


def start_menu(tree: Tree, profile: Profile, visit: Visit) -> Menu:
    """Return what this person finds in the start menu."""
    document = tree.value(_ROOT + "Configuration")
    if document:
        return _of_configuration(document, profile, visit)
    single = tree.value(_ROOT + "KioskModeApp")
    return _of_single_app(single, profile) if single else Menu(Start.EVERYTHING)


def _of_single_app(text: str, profile: Profile) -> Menu:
    try:
        app = json.loads(text)["AUMID"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return _failed(profile, None)
    return Menu(Start.KIOSK, (str(app),))


def _of_configuration(document: str, profile: Profile, visit: Visit) -> Menu:
    kiosk = _read(document)
    if kiosk is None:
        return _failed(profile, None)
    chosen = _chosen(kiosk, visit)
    if chosen is not None:
        apps = kiosk.apps.get(chosen, ())
        return Menu(Start.KIOSK, apps) if apps else _failed(profile, kiosk)
    if kiosk.groups and visit.groups is None:
        return _failed(profile, kiosk)
    if kiosk.everybody is not None and profile.reaches(_20H2):
        apps = kiosk.apps.get(kiosk.everybody, ())
        return Menu(Start.GLOBAL, apps) if apps else _failed(profile, None)
    return Menu(Start.EVERYTHING)


def _chosen(kiosk: _Kiosk, visit: Visit) -> str | None:
    """Return the profile for a person: by account, by group, as a visitor."""
    by_account = kiosk.accounts.get(visit.account.casefold())
    if by_account is not None:
        return by_account
    for group in sorted(visit.groups or ()):
        if group.casefold() in kiosk.groups:
            return kiosk.groups[group.casefold()]
    return kiosk.visitors if visit.is_visitor else None


def _failed(profile: Profile, kiosk: _Kiosk | None) -> Menu:
    if not profile.reaches(_20H2):
        return Menu(Start.EVERYTHING)
    if profile.reaches(_21H1) and kiosk is not None and kiosk.everybody is not None:
        apps = kiosk.apps.get(kiosk.everybody, ())
        if apps:
            return Menu(Start.GLOBAL, apps)
    return Menu(Start.NOTHING)


# --- reading ---


def _read(document: str) -> _Kiosk | None:
    """Return the configuration, None where it is none. Newer parts may be of any namespace."""
    try:
        root = xml.read(document.strip().encode("utf-8", "surrogatepass"))
    except BadMessage:
        return None
    if root.tag != f"{{{_NAMESPACE}}}AssignedAccessConfiguration":
        return None
    kiosk = _Kiosk(apps={_id(each): _apps(each) for each in _all(root, "Profile")})
    visitors, everybody = None, None
    for each in _all(root, "GlobalProfile"):
        everybody = _id(each)
    for config in _all(root, "Config"):
        whose = next((_id(each) for each in _all(config, "DefaultProfile")), "")
        for each in _all(config, "Account"):
            kiosk.accounts[xml.text(each).strip().casefold()] = whose
        for each in _all(config, "UserGroup"):
            kiosk.groups[each.get("Name", "").casefold()] = whose
        if any(each.get("Name") == "Visitor" for each in _all(config, "SpecialGroup")):
            visitors = whose
    return _Kiosk(kiosk.apps, kiosk.accounts, kiosk.groups, visitors, everybody)


def _apps(profile: Element) -> tuple[str, ...]:
    return tuple(
        name
        for each in (*_all(profile, "App"), *_all(profile, "KioskModeApp"))
        if (name := each.get("AppUserModelId"))
    )


def _all(element: Element, name: str) -> tuple[Element, ...]:
    return tuple(each for each in element.iter() if xml.local_name(each) == name)


def _id(element: Element) -> str:
    return element.get("Id", "").casefold()
