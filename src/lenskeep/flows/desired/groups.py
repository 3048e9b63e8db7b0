"""Groups of devices, by hand and by rule, and the tags that rules ask for."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.desired.groups.rule import Explained, Rule, parse_rule
from lenskeep.desired.groups.tags import parse_tags
from lenskeep.flows.desired.casting import texts
from lenskeep.flows.desired.casting.deciding import Decision, decided, group_in
from lenskeep.flows.desired.members.belonging import is_managed, portrait
from lenskeep.flows.desired.members.gathering import (
    Gathered,
    count_wrongs,
    moves_by_hand,
    moves_by_rule,
    named,
)
from lenskeep.flows.desired.members.moving import moving, settling
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.house import House
from lenskeep.flows.mandate import ALL_DEVICES, Group, GroupKind, Mandate, Member
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import MandateChange
from lenskeep.flows.reading import MAX_PAGE, PageRequest
from lenskeep.flows.records import Page


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
            found = await moves_by_hand(house, after, group.id, devices, belongs=True)
        else:
            found = await moves_by_rule(house, after, group.id)
        start = MandateChange(group=group, was=found.was)
        change = await moving(house, after, found.moves, start)
        detail = {"name": group.name, "kind": group.kind.value, "devices": str(len(found.moves))}
        line = audit_line(house, caller, "group.create", group.id, detail)
        return Decision(group, change, (line,))

    await decided(house, decide)
    return group_in(await house.mandate.mandate(), group.id)


async def change_group(
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    name: str | None = None,
    rule: str | None = None,
    description: str | None = None,
) -> Group:
    """Change a group. Raises Invalid, Missing, and Conflict (name taken, no group by rule)."""
    demand(caller, Permission.OPERATE)
    wrongs = [] if name is None else texts.name_wrongs(name)
    wrongs.extend([] if description is None else texts.text_wrongs("description", description))
    made, rule_wrongs = _rule(rule)
    texts.require([*wrongs, *rule_wrongs])

    async def decide(mandate: Mandate) -> Decision[None]:
        before = group_in(mandate, group_id)
        if before.kind is GroupKind.ALL:
            raise Conflict(f"'{before.name}' is built in and cannot be changed")
        if made is not None and before.kind is not GroupKind.RULE:
            raise Conflict(f"'{before.name}' is a group by hand; it takes no rule")
        group = replace(
            before,
            name=before.name if name is None else name.strip(),
            rule=before.rule if made is None else made.text,
            description=before.description if description is None else description.strip(),
        )
        after = _with_group(mandate, group)
        is_other = group.rule != before.rule
        found = await moves_by_rule(house, after, group.id) if is_other else Gathered()
        start = MandateChange(group=group, was=found.was)
        change = await moving(house, after, found.moves, start)
        detail = {"name": group.name, "rule": "changed" if is_other else "as before"}
        return Decision(
            None, change, (audit_line(house, caller, "group.change", group_id, detail),)
        )

    await decided(house, decide)
    return group_in(await house.mandate.mandate(), group_id)


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


async def list_groups(house: House, caller: Caller) -> tuple[Group, ...]:
    """Return all groups in order of their name, "All devices" first."""
    demand(caller, Permission.SEE)
    return _in_order((await house.mandate.mandate()).groups.values())


async def show_group(house: House, caller: Caller, group_id: GroupId) -> Group:
    """Return one group. Raises Missing."""
    demand(caller, Permission.SEE)
    return group_in(await house.mandate.mandate(), group_id)


async def group_members(
    house: House, caller: Caller, group_id: GroupId, page: PageRequest
) -> Page[Member]:
    """Return a page of the devices of a group. Raises Missing."""
    demand(caller, Permission.SEE)
    group_in(await house.mandate.mandate(), group_id)
    return await house.mandate.members_of(group_id, page.after, page.limit)


async def add_devices(
    house: House, caller: Caller, group_id: GroupId, devices: Sequence[DeviceId]
) -> Group:
    """Put devices into a group by hand. Raises Invalid, Missing, Conflict for another kind."""
    return await _change_members(house, caller, group_id, devices, belongs=True)


async def remove_devices(
    house: House, caller: Caller, group_id: GroupId, devices: Sequence[DeviceId]
) -> Group:
    """Take devices out of a group by hand. Raises Invalid, Missing, Conflict for another kind."""
    return await _change_members(house, caller, group_id, devices, belongs=False)


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
    return _in_order(groups[each] for each in member.groups or () if each in groups)


# --- Tags -------------------------------------------------------------------------------------


async def set_tags(
    house: House,
    caller: Caller,
    device_ids: Collection[DeviceId],
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
) -> Mapping[DeviceId, tuple[str, ...]]:
    """Put tags on devices and take others off; return what each has now.

    Raises Invalid with every complaint at once; for a single device Missing.
    """
    demand(caller, Permission.OPERATE)
    texts.require([*count_wrongs(device_ids, least=1), *_tag_wrongs(add), *_tag_wrongs(remove)])
    on, off = parse_tags(add), parse_tags(remove)
    members = await named(house, device_ids)
    tags = {each.device: tuple(sorted(parse_tags({*each.tags} - off | on))) for each in members}
    changed = {m.device: tags[m.device] for m in members if set(m.tags) != set(tags[m.device])}
    if changed:
        detail = {"added": ", ".join(sorted(on)), "removed": ", ".join(sorted(off))}
        lines = [audit_line(house, caller, "device.tag", each, detail) for each in changed]
        await house.mandate.set_tags(changed, lines)
        await regroup(house, changed.keys())
    return tags


async def list_tags(house: House, caller: Caller) -> Mapping[str, int]:
    """Return every tag in use and how many devices have it, in order of the tag."""
    demand(caller, Permission.SEE)
    return dict(sorted((await house.mandate.tags()).items()))


async def device_tags(house: House, caller: Caller, device_id: DeviceId) -> tuple[str, ...]:
    """Return the tags of a device. Raises Missing."""
    demand(caller, Permission.SEE)
    return tuple(sorted((await named(house, [device_id]))[0].tags))


def _tag_wrongs(tags: Collection[str]) -> tuple[Complaint, ...]:
    try:
        parse_tags(tags)
    except Invalid as invalid:
        return invalid.complaints
    return ()


# --- Who moves --------------------------------------------------------------------------------


async def _change_members(
    house: House, caller: Caller, group_id: GroupId, devices: Sequence[DeviceId], *, belongs: bool
) -> Group:
    demand(caller, Permission.OPERATE)
    texts.require(count_wrongs(devices, least=1))

    async def decide(mandate: Mandate) -> Decision[None]:
        group = group_in(mandate, group_id)
        if group.kind is not GroupKind.HAND:
            raise Conflict(f"'{group.name}' has its devices by {_BY[group.kind]}, not by hand")
        found = await moves_by_hand(house, mandate, group_id, devices, belongs=belongs)
        if not found.moves:
            return Decision(None)
        change = await moving(house, mandate, found.moves, MandateChange(was=found.was))
        detail = {"added" if belongs else "removed": str(len(found.moves))}
        line = audit_line(house, caller, "group.members", group_id, detail)
        return Decision(None, change, (line,))

    await decided(house, decide)
    return group_in(await house.mandate.mandate(), group_id)


_BY: Final = {GroupKind.RULE: "rule", GroupKind.ALL: "being under management"}


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
