"""Tags on devices: words that rules ask for."""

from collections.abc import Collection, Mapping

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.groups.tags import parse_tags
from lenskeep.flows.desired.casting import texts
from lenskeep.flows.desired.members.gathering import count_wrongs, named
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line


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
