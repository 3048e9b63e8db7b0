"""The document of rules: JSON in, a value out. Strict: what is not understood is complained about,
and everything at once, since a rule that was misread would let in whom it should keep out.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, time, tzinfo
from typing import Final, TypeAlias

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.enrollment.rules.applicant import DIGEST, read_build, told
from lenskeep.enrollment.rules.part import Part
from lenskeep.enrollment.rules.rules import (
    ANY_REVISION,
    DAYS,
    GENERATIONS,
    NOBODY,
    WAYS,
    Build,
    Devices,
    Hours,
    Maintenance,
    Rules,
    Users,
)

Zones: TypeAlias = Callable[[str], tzinfo | None]
"""The time zone of that name (`Europe/Berlin`), None where there is none."""

MAX_WORDS: Final = 200
"""Characters of a sentence for the wearer: what fits on the page of an error (assumed)."""
MAX_LISTED: Final = 100
"""Complaints that are told; nobody reads more at once."""
MOST_CAP: Final = 100_000

_KEYS: Final = (
    "ways",
    "users",
    "domains",
    "tenants",
    "generations",
    "editions",
    "builds",
    "devices",
    "hours",
    "cap_per_user",
    "maintenance",
    "dry_run",
)
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_BUILD: Final = re.compile(r"[1-9][0-9]{3,5}(\.[0-9]{1,6})?")
_YEARS: Final = range(2000, 3000)
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def read_rules(document: object, zones: Zones) -> Rules:
    """Return the rules of a document (what JSON gives). Raises Invalid with every complaint."""
    if not isinstance(document, Mapping):
        raise Invalid.field("rules", "an object is expected", "{ ... }")
    part = Part("", document)
    part.only(*_KEYS)
    rules = Rules(
        ways=_words(part, "ways", WAYS),
        users=_users(part),
        tenants=part.texts("tenants", _tenant, "the GUID of an Entra tenant", may_be_empty=False),
        generations=_words(part, "generations", GENERATIONS),
        editions=part.numbers("editions", 1, 100_000),
        oldest=_build(part.part("builds"), "min", 0),
        newest=_build(part.part("builds"), "max", ANY_REVISION),
        devices=_devices(part.part("devices")),
        hours=_hours(part.part("hours"), zones),
        cap_per_user=part.number("cap_per_user", 1, MOST_CAP),
        maintenance=_maintenance(part.part("maintenance")),
        dry_run=part.flag("dry_run"),
    )
    _check_builds(part, rules)
    if part.wrongs:
        raise Invalid(*[*dict.fromkeys(part.wrongs)][:MAX_LISTED])
    return rules


def read_maintenance(document: object) -> Maintenance:
    """Return maintenance as it is set by itself. Raises Invalid."""
    part = Part("", {"maintenance": document})
    found = _maintenance(part.part("maintenance"))
    if part.wrongs or found is None:
        raise Invalid(*(part.wrongs or [Complaint("maintenance", "an object is expected")]))
    return found


def _words(part: Part, key: str, words: tuple[str, ...]) -> frozenset[str] | None:
    def take(text: str) -> str | None:
        return text if text in words else None

    return part.texts(key, take, ", ".join(words), may_be_empty=False)


# --- people -------------------------------------------------------------------------------


def _users(part: Part) -> Users:
    domains = part.texts("domains", _domain, "a domain: example.org", may_be_empty=False)
    inner = part.part("users")
    if inner is None:
        return Users(domains=domains)
    inner.only("allow", "deny")
    names = "a name, or *@domain"
    allowed = inner.texts("allow", _user_or_nobody, f"{names}, or {NOBODY}", may_be_empty=False)
    denied = inner.texts("deny", _user, names, may_be_empty=True)
    return Users(allowed, denied or frozenset(), domains)


def _user_or_nobody(text: str) -> str | None:
    return NOBODY if text.strip() == NOBODY else _user(text)


def _user(text: str) -> str | None:
    name = text.strip().casefold()
    if name.startswith("*@"):
        return name if _DOMAIN.fullmatch(name[2:]) else None
    return name if name and name.isprintable() and "*" not in name else None


def _domain(text: str) -> str | None:
    domain = text.strip().casefold().removeprefix("@")
    return domain if _DOMAIN.fullmatch(domain) else None


def _tenant(text: str) -> str | None:
    tenant = text.strip().lower()
    return tenant if _GUID.fullmatch(tenant) else None


# --- headsets -----------------------------------------------------------------------------


def _build(part: Part | None, key: str, revision: int) -> Build | None:
    if part is None:
        return None

    def read(text: str) -> Build | None:
        build = read_build(text) if _BUILD.fullmatch(text) else None
        return (build[0], revision) if build and "." not in text else build

    return part.text(key, read, "BUILD or BUILD.REVISION, as text: 22621.1244")


def _check_builds(part: Part, rules: Rules) -> None:
    inner = part.part("builds")
    if inner is not None:
        inner.only("min", "max")
    if rules.oldest and rules.newest and rules.oldest > rules.newest:
        part.wrong("builds", "min is above max: no headset would fit")


def _devices(part: Part | None) -> Devices:
    if part is None:
        return Devices()
    part.only("serials", "hardware", "autopilot")
    allowed = f"the text a headset tells, or {DIGEST} and 64 hexadecimal digits"
    return Devices(
        part.texts("serials", _listed, allowed, may_be_empty=False),
        part.texts("hardware", _listed, allowed, may_be_empty=False),
        part.flag("autopilot"),
    )


def _listed(text: str) -> str | None:
    plain = told(text)
    if plain.lower().startswith(DIGEST):
        digest = plain.lower().removeprefix(DIGEST)
        return DIGEST + digest if _DIGEST.fullmatch(digest) else None
    return plain if plain and plain.isprintable() else None


# --- times --------------------------------------------------------------------------------


def _hours(part: Part | None, zones: Zones) -> Hours | None:
    if part is None:
        return None
    part.only("zone", "days", "from", "to", "begins", "ends")
    name = part.text("zone", str, "a time zone")
    zone = zones(name) if name else None
    if zone is None or name is None:
        part.wrong(
            "zone", "there is no such time zone", "e.g. Europe/Berlin, America/New_York, UTC"
        )
        return None
    days = _words(part, "days", DAYS)
    hours = Hours(
        zone_name=name,
        zone=zone,
        days=frozenset(range(7) if days is None else (DAYS.index(each) for each in days)),
        opens=part.text("from", _time, "HH:MM"),
        closes=part.text("to", _time, "HH:MM"),
        begins=part.text("begins", _local, "YYYY-MM-DDTHH:MM, without a zone"),
        ends=part.text("ends", _local, "YYYY-MM-DDTHH:MM, without a zone"),
    )
    _check_hours(part, hours)
    return hours


def _check_hours(part: Part, hours: Hours) -> None:
    if all(part.values.get(each) is None for each in ("days", "from", "to", "begins", "ends")):
        part.wrong("days", "it does not say when", "days, from and to, begins, ends")
    if (part.values.get("from") is None) is not (part.values.get("to") is None):
        part.wrong("from", "from and to belong together")
    elif hours.opens is not None and hours.opens == hours.closes:
        part.wrong("to", "is the same as from: nobody would get in", "leave both out for all day")
    if hours.begins and hours.ends and hours.begins >= hours.ends:
        part.wrong("ends", "is not after begins: nobody would get in")


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if _TIME.fullmatch(text) else None


def _local(text: str) -> datetime | None:
    moment = _moment(text)
    return moment if moment is not None and moment.tzinfo is None else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if is_in_reach(moment) else None


def is_in_reach(moment: datetime) -> bool:
    """Return whether a moment is within years that can be told in every time zone."""
    return moment.year in _YEARS


def _maintenance(part: Part | None) -> Maintenance | None:
    if part is None:
        return None
    part.only("until", "words")
    until = part.text("until", _aware, "a moment with its zone: 2026-12-24T18:00:00Z")
    words = part.text("words", _sentence, f"a sentence of at most {MAX_WORDS} characters")
    if until is None:
        if part.values.get("until") is None:
            part.wrong("until", "maintenance needs an end", "2026-12-24T18:00:00Z")
        return None
    return Maintenance(until, words or "")


def _aware(text: str) -> datetime | None:
    moment = _moment(text)
    return moment if moment is not None and moment.utcoffset() is not None else None


def _sentence(text: str) -> str | None:
    plain = text.strip()
    return plain if len(plain) <= MAX_WORDS and plain.isprintable() else None
