"""Rules in sentences, for people who would rather read than decode. Pure."""

from collections.abc import Mapping
from typing import Final

from lenskeep.flows.entrance import Plain

_NAMED: Final = 4
"""Entries of a list that a sentence names."""
_EDITIONS: Final = {
    "135": "135 (Windows Holographic)",
    "136": "136 (Windows Holographic for Business)",
}
_NOBODY: Final = "(nobody)"


def sentences(rules: Mapping[str, Plain]) -> tuple[str, ...]:
    """Return what the rules say; maintenance has a place of its own."""
    users, devices = _part(rules, "users"), _part(rules, "devices")
    builds, hours = _part(rules, "builds"), _part(rules, "hours")
    told = (
        _listed("Only by", _list(rules, "ways")),
        _listed("Only these users", _people(_list(users, "allow"))),
        _listed(
            "Users of these domains" + (" as well" if users.get("allow") else " alone"),
            _list(rules, "domains"),
        ),
        _listed("Never these users", _list(users, "deny")),
        _listed("Only from the Entra tenants", _list(rules, "tenants")),
        _listed("Only", _list(rules, "generations")),
        _listed("Only the editions", [_EDITIONS.get(e, e) for e in _list(rules, "editions")]),
        _builds(builds),
        _devices(devices),
        _hours(hours),
        _cap(rules.get("cap_per_user")),
    )
    found = tuple(each for each in told if each)
    return found or ("Everybody may enroll, with any headset, at any time.",)


def _devices(devices: Mapping[str, Plain]) -> str:
    lists = []
    for key, word in (("serials", "serial number"), ("hardware", "hardware id")):
        count = len(_list(devices, key))
        if count:
            lists.append(f"{count} {word}{'' if count == 1 else 's'} listed")
    if devices.get("autopilot"):
        lists.append("the Autopilot records")
    return f"Only headsets among: {' or '.join(lists)}." if lists else ""


def _builds(builds: Mapping[str, Plain]) -> str:
    low, high = builds.get("min"), builds.get("max")
    if low and high:
        return f"Only builds from {low} to {high}."
    if low:
        return f"Only build {low} and later."
    return f"Only build {high} and earlier." if high else ""


def _hours(hours: Mapping[str, Plain]) -> str:
    if not hours:
        return ""
    days = _list(hours, "days")
    parts = [", ".join(each.capitalize() for each in days) if 0 < len(days) < 7 else "every day"]
    if hours.get("from"):
        parts.append(f"{hours['from']} to {hours.get('to')}")
    if hours.get("begins"):
        parts.append(f"not before {_moment(hours['begins'])}")
    if hours.get("ends"):
        parts.append(f"not from {_moment(hours['ends'])} on")
    return f"Only at these times: {', '.join(parts)} ({hours.get('zone')})."


def _moment(text: Plain) -> str:
    return str(text).replace("T", " ")[:16]


def _cap(cap: Plain) -> str:
    if cap is None:
        return ""
    return f"At most {cap} headset{'' if cap == 1 else 's'} for each user."


def _people(names: list[str]) -> list[str]:
    return ["who comes without a proved name" if each == _NOBODY else each for each in names]


def _listed(words: str, found: list[str]) -> str:
    if not found:
        return ""
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{words}: {', '.join(found[:_NAMED])}{more}."


def _part(rules: Mapping[str, Plain], key: str) -> Mapping[str, Plain]:
    found = rules.get(key)
    return found if isinstance(found, dict) else {}


def _list(rules: Mapping[str, Plain], key: str) -> list[str]:
    found = rules.get(key)
    return [str(each) for each in found] if isinstance(found, list) else []
