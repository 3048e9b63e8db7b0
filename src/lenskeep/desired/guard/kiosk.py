"""Who is left without Settings by a kiosk document. CSP: AssignedAccess/Configuration."""

from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

SETTINGS_OLD: Final = "HolographicSystemSettings_cw5n1h2txyewy!App"
"""The Settings app before 21H1."""
SETTINGS_NEW: Final = "BAEAEF15-9BAB-47FC-800B-ACECAD2AE94B_cw5n1h2txyewy!App"
"""The Settings app from 21H1 on."""
SETTINGS: Final = frozenset((SETTINGS_OLD.casefold(), SETTINGS_NEW.casefold()))


def without_settings(value: str, *, visitors_only: bool = False) -> bool:
    """Return whether everybody who signs in gets a kiosk without the Settings app.

    Everybody: a GlobalProfile that exempts no owner; with `visitors_only` (the headset signs a
    visitor in by itself) the visitors' profile too.
    """
    try:
        root = xml.read(value.encode("utf-8", "surrogatepass"))
    except BadMessage:
        return False
    wanted = set(_global(root))
    if visitors_only:
        wanted |= set(_visitors(root))
    profiles = [each for each in root.iter() if xml.local_name(each) == "Profile"]
    return any(_id(each) in wanted and not has_settings(each) for each in profiles)


def has_settings(profile: Element) -> bool:
    """Return whether one of the profile's apps is Settings, by either name."""
    apps = (each.get("AppUserModelId", "").strip().casefold() for each in profile.iter())
    return any(each in SETTINGS for each in apps)


def _global(root: Element) -> list[str]:
    found = [each for each in root.iter() if xml.local_name(each) == "GlobalProfile"]
    return [_id(each) for each in found if len(each) == 0]


def _visitors(root: Element) -> list[str]:
    found: list[str] = []
    for config in root.iter():
        if xml.local_name(config) != "Config":
            continue
        names = {each.get("Name") for each in config if xml.local_name(each) == "SpecialGroup"}
        if "Visitor" in names:
            found += [_id(each) for each in config if xml.local_name(each) == "DefaultProfile"]
    return found


def _id(element: Element) -> str:
    return element.get("Id", "").strip().casefold()
