"""Which groups a device belongs to: all devices, those by hand, and the rules that hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.desired.groups.portrait import Inventory, Portrait
from lenskeep.desired.groups.rule import Rule, parse_rule
from lenskeep.desired.inventory import identify
from lenskeep.desired.known import Known, load_known
from lenskeep.flows.entrance import Way
from lenskeep.flows.mandate import ALL_DEVICES, Cohort, Group, GroupKind, Mandate, Member
from lenskeep.flows.records import DeviceState
from lenskeep.wire.syncml.codes import is_success

_MANAGED = (DeviceState.ENROLLED.value, DeviceState.MANAGED.value)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of all groups that have one."""

    by_group: Mapping[GroupId, Rule]
    unread: Cohort = frozenset()
    """Groups whose stored rule cannot be read: nobody comes into them, nobody leaves them."""

    @property
    def depend_on_time(self) -> bool:
        """Whether devices come to belong, or cease to, by the mere passing of time."""
        return any(each.depends_on_time for each in self.by_group.values())

    @property
    def need_known(self) -> bool:
        """Whether one of them asks for what a device told of its tree."""
        return any(each.uris for each in self.by_group.values())

    @property
    def need_group_tag(self) -> bool:
        """Whether one of them asks for the tag of the device's Autopilot record."""
        return any("group_tag" in each.fields for each in self.by_group.values())

    def groups(self, member: Member, by_hand: Cohort, now: datetime) -> Cohort:
        """Return the groups of a device that is in these by hand."""
        seen = portrait(member)
        found = (group for group, rule in self.by_group.items() if rule.holds(seen, now))
        kept = (member.groups or frozenset()) & self.unread
        return frozenset((ALL_DEVICES, *by_hand, *found, *kept))


def rules_in(mandate: Mandate) -> Rules:
    """Return the rules of a mandate's groups."""
    read = {each.id: _read(each.rule) for each in mandate.groups.values() if each.rule}
    rules = {group: each for group, each in read.items() if isinstance(each, Rule)}
    return Rules(rules, frozenset(read.keys() - rules.keys()))


def with_fault(group: Group) -> Group:
    """Return the group, with what is wrong with its rule where that cannot be read."""
    read = _read(group.rule) if group.rule else None
    return replace(group, fault=read) if isinstance(read, str) else group


@lru_cache(maxsize=512)
def _read(rule: str) -> Rule | str:
    """Return a stored rule, or why it cannot be read: the language may have changed since.

    Rules are few, and asked for with every device that tells something of itself.
    """
    try:
        return parse_rule(rule)
    except Invalid as invalid:
        return str(invalid)


def by_hand(mandate: Mandate, member: Member) -> Cohort:
    """Return the groups that somebody put the device into."""
    mine = member.groups or frozenset()
    hand = (g.id for g in mandate.groups.values() if g.kind is GroupKind.HAND)
    return mine.intersection(hand)


def is_managed(member: Member) -> bool:
    """Return whether the device is under management: others stay in the groups they were in."""
    return member.state in _MANAGED


def portrait(member: Member) -> Portrait:
    """Return a device as a rule sees it."""
    return Portrait(
        generation=member.generation,
        build=member.os_build,
        edition=member.edition,
        model=member.model,
        manufacturer=member.manufacturer,
        architecture=member.architecture,
        name=member.name,
        serial=member.serial,
        macs=member.macs,
        tags=frozenset(member.tags),
        user=member.user,
        owner=_owner(member.enrollment),
        enrollment=member.enrollment,
        state=member.state,
        last_seen=member.last_seen,
        group_tag=member.group_tag,
        inventory=_inventory(member.known),
    )


def _owner(way: str) -> str:
    """Return whose the headset probably is; empty for one that never enrolled."""
    if not way:
        return ""
    return "person" if way == Way.ENTRA_ACCOUNT.value else "organization"


def _inventory(stored: bytes) -> Inventory:
    """Return the inventory, which is unpacked when it is first asked for."""
    opened: list[Known] = []

    def told(uri: str) -> str | None:
        if not opened:
            opened.append(load_known(stored))
        fact = opened[0].get(uri)
        return fact.value if fact is not None and is_success(fact.status) else None

    return told


def heard_now(
    member: Member, known: Known, now: datetime, rules: Rules, group_tag: str = ""
) -> Member:
    """Return the device as it tells itself at this moment; what it does not tell stays.

    `group_tag` is that of the serial number that it tells.
    """
    told = identify(known)
    return replace(
        member,
        group_tag=group_tag or member.group_tag,
        generation=told.generation or member.generation,
        os_build=told.os_build or member.os_build,
        edition=told.edition or member.edition,
        model=told.model or member.model,
        manufacturer=told.manufacturer or member.manufacturer,
        architecture=told.architecture or member.architecture,
        serial=told.serial or member.serial,
        macs=told.macs or member.macs,
        last_seen=now,
        known=known.dump() if rules.need_known else b"",
    )


def moves(
    members: Iterable[Member], mandate: Mandate, rules: Rules, now: datetime
) -> Mapping[DeviceId, Cohort]:
    """Return the devices that belong to other groups than those they are in, with the new ones."""
    managed = (each for each in members if is_managed(each))
    found = ((each, rules.groups(each, by_hand(mandate, each), now)) for each in managed)
    return {each.device: groups for each, groups in found if groups != each.groups}
