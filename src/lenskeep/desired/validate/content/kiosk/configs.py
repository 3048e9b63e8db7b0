"""Who gets which profile of a kiosk document: accounts, groups, visitors, everybody."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.desired.validate.content.kiosk.names import BASE, EXCLUDE, GLOBAL, children, local
from lenskeep.desired.validate.content.kiosk.profiles import is_single, profiles_of
from lenskeep.desired.validate.finding import Finding, refused, warned
from lenskeep.wire import xml

_WHO: Final = ("Account", "AutoLogonAccount", "UserGroup", "SpecialGroup")
_OBJECT_ID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ENTRA: Final = "azuread\\"


def configs(root: Element) -> Iterator[Finding]:
    """Check who gets a profile, and that the profile is there."""
    found = xml.child(root, BASE, "Configs")
    if found is None or len(found) == 0:
        yield refused("says of nobody who gets a profile", "Configs with a Config or GlobalProfile")
        return
    profiles = {each.get("Id", "").casefold(): each for each in profiles_of(root)}
    yield from _everybody(found, profiles)
    for config in children(found, BASE, "Config")[:200]:
        yield from _config(config, profiles)
    yield from _together(found)
    given = {each.get("Id", "").casefold() for each in found.iter()}
    for id_, profile in profiles.items():
        if id_ not in given:
            yield warned("is the id of a profile that nobody gets", None, profile.get("Id"))


_Profiles = Mapping[str, Element]


def _profile(element: Element, profiles: _Profiles) -> Iterator[Finding]:
    wanted = element.get("Id", "")
    if wanted.casefold() not in profiles:
        ids = ", ".join(each.get("Id", "") for each in profiles.values())
        yield refused("is not the id of a profile in it", ids[:400], wanted)


# --- Everybody ------------------------------------------------------------------------------------


def _everybody(element: Element, profiles: _Profiles) -> Iterator[Finding]:
    found = children(element, GLOBAL, "GlobalProfile")
    if len(found) > 1:
        yield refused("has several global profiles", "one GlobalProfile at most")
    if found and local(element[0]) != "GlobalProfile":
        yield refused("has its global profile behind others", "GlobalProfile first in Configs")
    for each in found:
        yield from _profile(each, profiles)
        profile = profiles.get(each.get("Id", "").casefold())
        if profile is not None and is_single(profile):
            yield refused("gives everybody a profile of one app", "a profile with AllAppsList")
        yield from _exclusions(each)


def _exclusions(element: Element) -> Iterator[Finding]:
    for each in element:
        if each.tag != f"{{{EXCLUDE}}}Exclusions":
            yield refused("has something else than exclusions", "Exclusions", local(each))
            continue
        for group in each:
            is_owner = local(group) == "SpecialGroup" and group.get("Name") == "DeviceOwner"
            if not is_owner:
                name = group.get("Name") or local(group)
                yield refused("cannot be excluded", '<SpecialGroup Name="DeviceOwner"/>', name)
        yield warned(
            "exempts device owners: a headset set up by Autopilot or a bulk token has normally none"
        )


# --- One config -----------------------------------------------------------------------------------


def _config(config: Element, profiles: _Profiles) -> Iterator[Finding]:
    who = [each for each in config if local(each) in _WHO]
    given = children(config, BASE, "DefaultProfile")
    if len(who) != 1:
        yield refused("has a Config that is not for one", f"one of {', '.join(_WHO)}")
    if len(given) != 1:
        yield refused("has a Config without one profile", "DefaultProfile")
    if who and given and list(config).index(who[0]) > list(config).index(given[0]):
        yield refused("has a Config in another order", "DefaultProfile last")
    profile = None
    for each in given:
        yield from _profile(each, profiles)
        profile = profiles.get(each.get("Id", "").casefold())
    for each in who:
        single = None if profile is None else is_single(profile)
        yield from _CHECKS[local(each)](each, single)


def _account(element: Element, single: bool | None) -> Iterator[Finding]:
    raw = element.text or ""
    name = raw.strip()
    if not name:
        yield refused("has an account without a name", "AzureAD\\user@contoso.com, or a local name")
        return
    if raw != name:
        yield warned("has blanks around an account", name, raw)
    is_entra = name.casefold().startswith(_ENTRA)
    if is_entra and "@" not in name:
        yield refused("is no user of Microsoft Entra ID", "AzureAD\\user@contoso.com", name)
    elif "\\" in name and not is_entra:
        yield warned("is of a domain, and headsets join none", "AzureAD\\user@contoso.com", name)
    if is_entra and single:
        yield warned("is an Entra user with one app alone: pages disagree whether that works")
    elif single is False and "\\" not in name and "@" not in name:
        yield warned("is a local account with several apps: pages disagree whether that works")


def _automatic(_: Element, __: bool | None) -> Iterator[Finding]:
    yield refused(
        "has AutoLogonAccount, which is for desktops", "Policy MixedReality/AutoLogonUser"
    )


def _group(element: Element, _: bool | None) -> Iterator[Finding]:
    kind, name = element.get("Type", ""), element.get("Name", "")
    if kind in ("LocalGroup", "ActiveDirectoryGroup"):
        yield warned(
            "is a kind of group that headsets do not have", "AzureActiveDirectoryGroup", kind
        )
        return
    if kind != "AzureActiveDirectoryGroup":
        yield refused("is not a kind of group", "AzureActiveDirectoryGroup", kind)
        return
    bare = name.strip().removeprefix("{").removesuffix("}")
    if "@" in name:
        yield refused("looks like a user", "the object id of a group", name)
    elif not _OBJECT_ID.fullmatch(bare):
        yield refused("is not the object id of a group", "a GUID without braces", name)
    elif bare != name:
        yield warned("has more than the object id", bare, name)


def _special(element: Element, _: bool | None) -> Iterator[Finding]:
    name = element.get("Name", "")
    if name == "Visitor":
        yield warned(
            "is for visitors: pages disagree whether headsets outside Entra ID have them",
            "a test on one headset",
        )
    elif name != "DeviceOwner":
        yield refused("is not a special group", "Visitor, DeviceOwner", name)


_CHECKS: Final[Mapping[str, Callable[[Element, bool | None], Iterator[Finding]]]] = (
    MappingProxyType(
        {
            "Account": _account,
            "AutoLogonAccount": _automatic,
            "UserGroup": _group,
            "SpecialGroup": _special,
        }
    )
)


def _together(element: Element) -> Iterator[Finding]:
    who = [each for each in element.iterfind(f"{{{BASE}}}Config/*") if local(each) in _WHO]
    names = Counter(
        (local(each), (xml.text(each) or each.get("Name", "").strip()).casefold()) for each in who
    )
    for (_, name), count in names.items():
        if count > 1:
            yield warned("gets two profiles, and nobody says which counts", "one Config", name)
    groups = [each for each in who if local(each) == "UserGroup"]
    if len(groups) > 1:
        yield warned("has several groups: nobody says what a user in two of them gets")
    if groups and xml.child(element, GLOBAL, "GlobalProfile") is None:
        yield warned(
            "has no GlobalProfile: where the lookup of a group fails, the Start menu stays empty",
            "a GlobalProfile with Settings",
        )
