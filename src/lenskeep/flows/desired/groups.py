"""Groups of devices, by hand and by rule. Who is in one is in `membership`, tags are in `tags`."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.desired.groups.rule import Explained, Rule, parse_rule
from lenskeep.flows.desired.casting import texts
from lenskeep.flows.desired.casting.consequences import Consequences, refuse
from lenskeep.flows.desired.casting.deciding import Decision, decided, group_in
from lenskeep.flows.desired.members.belonging import is_managed, portrait, with_fault
from lenskeep.flows.desired.members.gathering import (
    Gathered,
    count_wrongs,
    moves_by_hand,
    moves_by_rule,
    named,
)
from lenskeep.flows.desired.members.moving import moving, outcome, settling
from lenskeep.flows.desired.membership import add_devices as add_devices
from lenskeep.flows.desired.membership import group_members as group_members
from lenskeep.flows.desired.membership import remove_devices as remove_devices
from lenskeep.flows.desired.tags import device_tags as device_tags
from lenskeep.flows.desired.tags import list_tags as list_tags
from lenskeep.flows.desired.tags import set_tags as set_tags
from lenskeep.flows.house import House
from lenskeep.flows.mandate import ALL_DEVICES, Group, GroupKind, Mandate, Member
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import MandateChange
from lenskeep.flows.reading import MAX_PAGE


@dataclass(frozen=True, slots=True)
class Example:
    """One device as a rule sees it."""

    device: DeviceId
    name: str
    holds: bool
    explained: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Which devices a rule would take, before there is a group of it."""

    matching: int
    devices: int
    """How many devices under management there are."""
    examples: tuple[Example, ...]
    """Those that match first."""
    advice: tuple[str, ...] = ()
    """What the rule's author should know, in sentences."""


async def create_group(
    house: House,
    caller: Caller,
    name: str,
    *,
    rule: str | None = None,
    description: str = "",
    devices: Sequence[DeviceId] = (),
) -> Group:
    """Create a group by rule, or by hand with these devices.

    Raises Invalid with every complaint at once, Conflict where the name is taken.
    """
    demand(caller, Permission.OPERATE)
    wrongs = [*texts.name_wrongs(name), *texts.text_wrongs("description", description)]
    made, rule_wrongs = _rule(rule)
    wrongs.extend(rule_wrongs)
    wrongs.extend(count_wrongs(devices))
    if rule is not None and devices:
        wrongs.append(Complaint("devices", "a group by rule takes no devices by hand", "none"))
    texts.require(wrongs)
    group = Group(
        id=GroupId(house.ids.new("grp")),
        name=name.strip(),
        kind=GroupKind.HAND if made is None else GroupKind.RULE,
        rule="" if made is None else made.text,
        description=description.strip(),
        created_at=house.clock.now(),
    )

    async def decide(mandate: Mandate) -> Decision[Group]:
        after = _with_group(mandate, group)
        if made is None:
            found = await moves_by_hand(house, after, group.id, devices)
        else:
            found = await moves_by_rule(house, after, group.id)
        start = MandateChange(group=group, was=found.was)
        change = await moving(house, after, found.moves, start)
        detail = {"name": group.name, "kind": group.kind.value, "devices": str(len(found.moves))}
        line = audit_line(house, caller, "group.create", group.id, detail)
        return Decision(group, change, (line,))

    await decided(house, decide)
    return group_in(await house.mandate.mandate(), group.id)


async def change_group(  # noqa: PLR0913 - each is a part of the group, by keyword
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    name: str | None = None,
    rule: str | None = None,
    description: str | None = None,
    accept_conflicts: bool = False,
) -> Group:
    """Change a group.

    Raises Invalid, Missing, Conflict (name taken, no group by rule), and Unaccepted where the
    rule brings devices to where profiles want different things of them, or strand them together,
    and that was not accepted.
    """
    demand(caller, Permission.OPERATE)
    wrongs = [] if name is None else texts.name_wrongs(name)
    wrongs.extend([] if description is None else texts.text_wrongs("description", description))
    made, rule_wrongs = _rule(rule)
    texts.require([*wrongs, *rule_wrongs])

    async def decide(mandate: Mandate) -> Decision[None]:
        before = group_in(mandate, group_id)
        group = replace(
            _with_rule(before, made),
            name=before.name if name is None else name.strip(),
            description=before.description if description is None else description.strip(),
        )
        after = _with_group(mandate, group)
        is_other = group.rule != before.rule
        found = await moves_by_rule(house, after, group.id) if is_other else Gathered()
        cast, consequences = await outcome(house, mandate, after, found)
        if not accept_conflicts:
            refuse(consequences)
        start = MandateChange(group=group, was=found.was)
        change = await moving(house, after, found.moves, start, cast.made)
        detail = {"name": group.name, "rule": "changed" if is_other else "as before"}
        line = audit_line(house, caller, "group.change", group_id, detail)
        return Decision(None, change, (line,))

    await decided(house, decide)
    return group_in(await house.mandate.mandate(), group_id)


async def foresee_rule(house: House, caller: Caller, group_id: GroupId, rule: str) -> Consequences:
    """Return what `change_group` would ask to be accepted; nothing is done. Raises as it does."""
    demand(caller, Permission.SEE)
    made = parse_rule(rule)
    mandate = await house.mandate.mandate()
    after = _with_group(mandate, _with_rule(group_in(mandate, group_id), made))
    _, consequences = await outcome(
        house, mandate, after, await moves_by_rule(house, after, group_id)
    )
    return consequences


def _with_rule(group: Group, made: Rule | None) -> Group:
    """Return the group with another rule, if there is one. Raises Conflict where it takes none."""
    if group.kind is GroupKind.ALL:
        raise Conflict(f"'{group.name}' is built in and cannot be changed")
    if made is not None and group.kind is not GroupKind.RULE:
        raise Conflict(f"'{group.name}' is a group by hand; it takes no rule")
    return group if made is None else replace(group, rule=made.text)


async def delete_group(house: House, caller: Caller, group_id: GroupId) -> None:
    """Delete a group; its devices stay. Raises Missing, and Conflict while it is assigned."""
    demand(caller, Permission.OPERATE)

    async def decide(mandate: Mandate) -> Decision[None]:
        group = group_in(mandate, group_id)
        if group.kind is GroupKind.ALL:
            raise Conflict(f"'{group.name}' is built in and cannot be deleted")
        names = [
            mandate.profiles[a.profile].name for a in mandate.assignments if a.group == group_id
        ]
        if names:
            listed = ", ".join(f"'{each}'" for each in sorted(names))
            raise Conflict(f"'{group.name}' still has profiles assigned: {listed}")
        cohorts = (each.groups for each in mandate.cohorts)
        merges = {each: each - {group_id} for each in cohorts if group_id in each}
        change = MandateChange(forget_group=group_id, merges=merges)
        settled = await settling(house, mandate, frozenset(merges.values()), change)
        line = audit_line(house, caller, "group.delete", group_id, {"name": group.name})
        return Decision(None, settled, (line,))

    await decided(house, decide)


async def list_groups(house: House, caller: Caller, *, counted: bool = True) -> tuple[Group, ...]:
    """Return all groups in order of their name, "All devices" first.

    `counted`: with how many devices are in each, which takes as long as the fleet is large.
    """
    demand(caller, Permission.SEE)
    mandate = await house.mandate.mandate(counted=counted)
    return _in_order(map(with_fault, mandate.groups.values()))


async def show_group(house: House, caller: Caller, group_id: GroupId) -> Group:
    """Return one group. Raises Missing."""
    demand(caller, Permission.SEE)
    return with_fault(group_in(await house.mandate.mandate(), group_id))


async def preview_rule(house: House, caller: Caller, rule: str, *, limit: int = 20) -> Preview:
    """Return which devices a rule would take. Raises Invalid."""
    demand(caller, Permission.SEE)
    made = parse_rule(rule)
    if not 0 <= limit <= MAX_PAGE:
        raise Invalid.field("limit", f"{limit} is out of range", f"0 to {MAX_PAGE}")
    found = await house.mandate.members(with_known=bool(made.uris))
    return await asyncio.to_thread(_previewed, made, found, house.clock.now(), limit)


def _previewed(made: Rule, members: Sequence[Member], now: datetime, limit: int) -> Preview:
    seen = [(each, portrait(each)) for each in members if is_managed(each)]
    judged = [(member, device, made.holds(device, now)) for member, device in seen]
    first = sorted(judged, key=lambda each: not each[2])[:limit]
    examples = tuple(
        Example(member.device, member.name, holds, made.explain(device, now))
        for member, device, holds in first
    )
    matching = sum(holds for _, _, holds in judged)
    return Preview(matching, len(judged), examples, made.advice)


async def device_groups(house: House, caller: Caller, device_id: DeviceId) -> tuple[Group, ...]:
    """Return the groups that a device is in, "All devices" first. Raises Missing."""
    demand(caller, Permission.SEE)
    member = (await named(house, [device_id]))[0]
    groups = (await house.mandate.mandate()).groups
    mine = (groups[each] for each in member.groups or () if each in groups)
    return _in_order(map(with_fault, mine))


def _with_group(mandate: Mandate, group: Group) -> Mandate:
    return replace(mandate, groups={**mandate.groups, group.id: group})


def _in_order(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(sorted(groups, key=lambda each: (each.id != ALL_DEVICES, each.name.casefold())))


def _rule(text: str | None) -> tuple[Rule | None, tuple[Complaint, ...]]:
    if text is None:
        return None, ()
    try:
        return parse_rule(text), ()
    except Invalid as invalid:
        return None, invalid.complaints
