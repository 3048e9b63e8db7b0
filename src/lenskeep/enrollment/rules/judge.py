"""May this one enroll, by these rules, now? Every rule that objects is named, with its remedy.

Which fault a headset gets is chosen by [MS-MDE2] 2.2.10: the type that Windows has words for, else
our own sentence on builds that show it, else the type that is nearest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from lenskeep.base.errors import Refusal
from lenskeep.enrollment.rules.applicant import Applicant, is_listed
from lenskeep.enrollment.rules.hours import hours_in_words, is_open
from lenskeep.enrollment.rules.rules import ANY_REVISION, NOBODY, Build, Maintenance, Rules, Users


class Rule(Enum):
    """Which rule; the value is its key in the document of rules."""

    MAINTENANCE = "maintenance"
    WAYS = "ways"
    TENANTS = "tenants"
    USERS = "users"
    GENERATIONS = "generations"
    EDITIONS = "editions"
    BUILDS = "builds"
    DEVICES = "devices"
    HOURS = "hours"
    CAP = "cap_per_user"


@dataclass(frozen=True, slots=True)
class Objection:
    """What one rule has against it."""

    rule: Rule
    kind: Refusal
    words: str
    """A sentence for the wearer."""
    reason: str
    """For the administrator: what is not as the rule wants it."""
    remedy: str
    """For the administrator: what to do about it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say, all objections, the one that counts first."""

    objections: tuple[Objection, ...] = ()
    dry_run: bool = False

    @property
    def refused(self) -> Objection | None:
        """What it is refused for; None: it may enroll."""
        counted = (each for each in self.objections if self._counts(each))
        return next(counted, None)

    @property
    def noted(self) -> tuple[Objection, ...]:
        """What it would be refused for, were this no dry run."""
        return tuple(each for each in self.objections if not self._counts(each))

    def _counts(self, objection: Objection) -> bool:
        return not self.dry_run or objection.rule is Rule.MAINTENANCE


def judge(rules: Rules, applicant: Applicant, now: datetime) -> Verdict:
    """Return what the rules say of this applicant at this moment."""
    found = (
        under_maintenance(rules.maintenance, now),
        *(check(rules, applicant) for check in _CHECKS),
        _hours(rules, applicant, now),
        _cap(rules, applicant),
    )
    return Verdict(tuple(each for each in found if each is not None), rules.dry_run)


def under_maintenance(maintenance: Maintenance | None, now: datetime) -> Objection | None:
    """Return the objection while maintenance lasts; it ends by itself."""
    if maintenance is None or now >= maintenance.until:
        return None
    until = f"{maintenance.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    words = maintenance.words or "Enrollment is closed for maintenance. Try again later."
    remedy = "wait, or end it: lenskeep enrollment maintenance off"
    return Objection(
        Rule.MAINTENANCE, Refusal.IN_MAINTENANCE, words, f"in maintenance until {until}", remedy
    )


def _ways(rules: Rules, applicant: Applicant) -> Objection | None:
    if rules.ways is None or applicant.way in rules.ways:
        return None
    return Objection(
        Rule.WAYS,
        Refusal.NOT_SUPPORTED,
        "This way of enrolling is not open here. Ask your administrator for another one.",
        f"the way {applicant.way!r} is closed",
        f"add {applicant.way!r} to ways, or enroll by: {', '.join(sorted(rules.ways))}",
    )


def _tenants(rules: Rules, applicant: Applicant) -> Objection | None:
    if rules.tenants is None or applicant.tenant.lower() in rules.tenants:
        return None
    tenant = applicant.tenant or "none"
    return Objection(
        Rule.TENANTS,
        Refusal.AUTHORIZATION,
        "This organization may not enroll headsets here.",
        f"the Entra tenant is {tenant}",
        "add it to tenants" if applicant.tenant else "enroll with Entra, or take tenants out",
    )


def _users(rules: Rules, applicant: Applicant) -> Objection | None:
    users, name = rules.users, applicant.user.strip().casefold()
    denied = name or applicant.typed.strip().casefold()
    if denied and _matches(denied, users.denied):
        return _not_this_user(f"{denied} is denied", "take it out of users.deny")
    if users.is_open or _is_allowed(name, users):
        return None
    if not name:
        reason = f"nobody was proved by {applicant.way!r}"
        return _not_this_user(reason, f'add "{NOBODY}" to users.allow, or enroll with an account')
    return _not_this_user(f"{name} is not allowed", "add the name, or *@domain, to users.allow")


def _not_this_user(reason: str, remedy: str) -> Objection:
    words = "You may not enroll this headset. Ask your administrator to let you."
    return Objection(Rule.USERS, Refusal.AUTHORIZATION, words, reason, remedy)


def _is_allowed(name: str, users: Users) -> bool:
    if not name:
        return users.allowed is not None and NOBODY in users.allowed
    by_domain = users.domains is not None and _domain(name) in users.domains
    return by_domain or (users.allowed is not None and _matches(name, users.allowed))


def _matches(name: str, entries: frozenset[str]) -> bool:
    domain = _domain(name)
    return name in entries or (bool(domain) and f"*@{domain}" in entries)


def _domain(name: str) -> str:
    return name.rpartition("@")[2] if "@" in name else ""


def _generations(rules: Rules, applicant: Applicant) -> Objection | None:
    if rules.generations is None or applicant.generation in rules.generations:
        return None
    wanted = " or ".join(sorted(rules.generations))
    told = applicant.generation or "something else than a HoloLens"
    return Objection(
        Rule.GENERATIONS,
        Refusal.DEVICE_NOT_SUPPORTED,
        f"Only {wanted} can enroll here.",
        f"it says it is {told} (edition {applicant.edition or 'not told'})",
        "add it to generations, if you want it",
    )


def _editions(rules: Rules, applicant: Applicant) -> Objection | None:
    if rules.editions is None or applicant.edition_number in rules.editions:
        return None
    return Objection(
        Rule.EDITIONS,
        Refusal.DEVICE_NOT_SUPPORTED,
        "This edition of Windows cannot enroll here.",
        f"its edition is {applicant.edition or 'not told'}",
        "add it to editions; 135 is Holographic, 136 Holographic for Business",
    )


def _builds(rules: Rules, applicant: Applicant) -> Objection | None:
    lowest, highest, build = rules.oldest or (0, 0), rules.newest, applicant.build
    if rules.oldest is None and highest is None:
        return None
    if build is not None and lowest <= build and (highest is None or build <= highest):
        return None
    is_old = build is not None and build < lowest
    return Objection(
        Rule.BUILDS,
        Refusal.DEVICE_NOT_SUPPORTED,
        "Update this headset first, then enroll it."
        if is_old
        else "This version of Windows cannot enroll here.",
        f"its version is {applicant.os_version or 'not told'}, asked for is {_span(rules)}",
        "update the headset, or lower builds.min" if is_old else "change builds",
    )


def _span(rules: Rules) -> str:
    least = build_text(rules.oldest) if rules.oldest else "any"
    most = build_text(rules.newest) if rules.newest else "any"
    return f"{least} to {most}"


def build_text(build: Build) -> str:
    """Return a build as people write it: `22621.1244`, or `22621` for all of it."""
    number, revision = build
    return str(number) if revision == ANY_REVISION else f"{number}.{revision}"


def _devices(rules: Rules, applicant: Applicant) -> Objection | None:
    devices = rules.devices
    if devices.is_open or (devices.autopilot and applicant.in_autopilot):
        return None
    if is_listed(applicant.serial, devices.serials):
        return None
    if is_listed(applicant.hardware, devices.hardware):
        return None
    serial = applicant.serial or "not told (builds before 23H1 do not tell it)"
    return Objection(
        Rule.DEVICES,
        Refusal.CUSTOM if applicant.shows_words else Refusal.DEVICE_NOT_SUPPORTED,
        "This headset is not on the list of those that may enroll. Ask your administrator.",
        f"it is on no list; serial number {serial}, hardware id {applicant.hardware or 'not told'}",
        "add its serial number to devices.serials, or its hardware id to devices.hardware",
    )


def _hours(rules: Rules, applicant: Applicant, now: datetime) -> Objection | None:
    if rules.hours is None or is_open(rules.hours, now):
        return None
    open_at = hours_in_words(rules.hours)
    return Objection(
        Rule.HOURS,
        Refusal.CUSTOM if applicant.shows_words else Refusal.IN_MAINTENANCE,
        f"Enrollment is closed now. It is open {open_at}.",
        f"enrollment is open {open_at}",
        "come back then, or change hours",
    )


def _cap(rules: Rules, applicant: Applicant) -> Objection | None:
    cap = rules.cap_per_user
    if cap is None or not applicant.user or applicant.living < cap:
        return None
    return cap_objection(applicant.user, cap)


def cap_objection(user: str, cap: int) -> Objection:
    """Return the objection against one more headset of a user who has as many as are allowed."""
    return Objection(
        Rule.CAP,
        Refusal.DEVICE_CAP,
        "You have as many headsets as are allowed. Give one back first.",
        f"{user} has {cap} headsets under management already",
        "end the management of one (lenskeep device retire), or raise cap_per_user",
    )


_CHECKS: Final[tuple[Callable[[Rules, Applicant], Objection | None], ...]] = (
    _ways,
    _tenants,
    _users,
    _generations,
    _editions,
    _builds,
    _devices,
)
"""In the order of what helps a wearer most to know."""
