"""The profiles of a kiosk document: which apps, and what has to stand beside them."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.desired.guard.kiosk import SETTINGS_NEW, SETTINGS_OLD, has_settings
from lenskeep.desired.validate.circumstances import Circumstances
from lenskeep.desired.validate.content.kiosk.apps import RENEWED, RENEWED_AT, aumid
from lenskeep.desired.validate.content.kiosk.names import (
    BASE,
    DESKTOP,
    LAUNCH,
    PINS,
    children,
    local,
    q,
)
from lenskeep.desired.validate.finding import Finding, refused, warned
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

_GUID: Final = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_MULTI: Final = ("AllAppsList", "StartLayout", "StartPins", "Taskbar")
"""What a profile of several apps has, in this order. CSP: AssignedAccess, schema of 2017."""
MAX_APPS: Final = 200
"""Apps of one profile that are looked at; a Start menu has no use for more."""


def profiles_of(root: Element) -> list[Element]:
    """Return the profiles, in their order."""
    return children(root, BASE, "Profiles", "Profile")


def is_single(profile: Element) -> bool:
    """Return whether the profile is of one app alone."""
    return xml.child(profile, BASE, "KioskModeApp") is not None


def profiles(root: Element, around: Circumstances) -> Iterator[Finding]:
    """Check the profiles, their ids and their apps."""
    found = profiles_of(root)
    if not found:
        yield refused("has no profile", "Profiles/Profile")
        return
    ids = [each.get("Id", "") for each in found]
    for id_ in ids:
        if not _GUID.fullmatch(id_):
            yield refused("is not a profile id", "a GUID in braces, no blanks", id_)
    if len({each.casefold() for each in ids}) < len(ids):
        yield refused("has two profiles with one id", "each id once")
    if len({is_single(each) for each in found}) > 1:
        yield warned("mixes profiles of one app with profiles of several", "one kind")
    for each in found[:20]:
        yield from _single(each) if is_single(each) else _multi(each, around)


def _single(profile: Element) -> Iterator[Finding]:
    if any(xml.child(profile, BASE, each) is not None for each in _MULTI):
        yield refused("has one app and several in one profile", "KioskModeApp or AllAppsList")
    for app in children(profile, BASE, "KioskModeApp"):
        if any(each.startswith(q(DESKTOP, "")) for each in app.attrib):
            yield warned("has what only kiosks of desktops know", "AppUserModelId alone")
        yield from aumid(app.get("AppUserModelId", ""))


# --- Several apps ---------------------------------------------------------------------------------


def _multi(profile: Element, around: Circumstances) -> Iterator[Finding]:
    apps = children(profile, BASE, "AllAppsList", "AllowedApps", "App")
    if not apps:
        yield refused("has a profile without apps", "AllAppsList/AllowedApps/App, or KioskModeApp")
        return
    yield from _apps(apps[:MAX_APPS])
    yield from _beside(profile)
    yield from _settings(profile, around)


def _apps(apps: list[Element]) -> Iterator[Finding]:
    ids = [each.get("AppUserModelId") for each in apps]
    for app, id_ in zip(apps, ids, strict=True):
        if id_ is not None:
            yield from aumid(id_)
        elif app.get("DesktopAppPath") is not None:
            yield warned("names a program of desktops: headsets run packaged apps alone")
        else:
            yield refused("has an app without an id", "AppUserModelId")
    for id_, count in Counter(each.casefold() for each in ids if each is not None).items():
        if count > 1:
            yield refused("is listed twice in one profile", "each app once", id_)
    launched = [each.get(q(LAUNCH, "AutoLaunch"), "false").strip() for each in apps]
    for each in set(launched) - {"true", "false", "1", "0"}:
        yield refused("is neither true nor false", "AutoLaunch of true or false", each)
    if sum(each in ("true", "1") for each in launched) > 1:
        yield refused("starts several apps by itself", "AutoLaunch at one app at most")


def _beside(profile: Element) -> Iterator[Finding]:
    """Check the layout and the taskbar: a headset ignores what they say, and wants them there."""
    layouts = children(profile, BASE, "StartLayout")
    taskbars = children(profile, BASE, "Taskbar")
    if not layouts and xml.child(profile, PINS, "StartPins") is None:
        yield refused("has a profile without StartLayout", "StartLayout, if only as a placeholder")
    if not taskbars:
        yield refused("has a profile without Taskbar", '<Taskbar ShowTaskbar="true"/>')
    for each in taskbars:
        if each.get("ShowTaskbar") not in ("true", "false", "1", "0"):
            yield refused("does not say ShowTaskbar", '<Taskbar ShowTaskbar="true"/>')
    for each in layouts:
        yield from _layout(each)
    order = [local(each) for each in profile if local(each) in _MULTI]
    if order != sorted(order, key=_MULTI.index):
        yield refused("has a profile in another order", ", ".join(_MULTI))


def _layout(element: Element) -> Iterator[Finding]:
    if len(element):
        yield refused("has a StartLayout of elements", "its text in a CDATA section, or escaped")
        return
    try:
        xml.read((element.text or "").encode("utf-8", "surrogatepass"))
    except BadMessage as bad:
        yield warned(f"has a StartLayout that is not well-formed: {bad.problem}")


def _settings(profile: Element, around: Circumstances) -> Iterator[Finding]:
    if not has_settings(profile):
        yield warned(
            "has a profile without the Settings app: the wearer cannot fix Wi-Fi",
            f"{SETTINGS_NEW} and {SETTINGS_OLD}",
        )
    apps = {each.get("AppUserModelId", "").casefold() for each in profile.iter()}
    is_new = around.has_build(RENEWED_AT)
    for name, old, new in RENEWED:
        has = (old.casefold() in apps, new.casefold() in apps)
        if has == (True, False) and is_new is not False:
            yield warned(f"lists only the {name} app of builds before 21H1", f"{new} too", old)
        elif has == (False, True) and is_new is False:
            yield warned(f"lists only the {name} app of builds from 21H1 on", f"{old} too", new)
