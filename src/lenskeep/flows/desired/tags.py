"""Tags on devices: words that rules ask for."""

from collections.abc import Collection, Mapping
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Invalid, Unavailable
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.groups.tags import parse_tags
from lenskeep.flows.desired.casting import texts
from lenskeep.flows.desired.members.gathering import count_wrongs, named
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line

_TRIES: Final = 8


async def set_tags(
    house: House,
    caller: Caller,
    device_ids: Collection[DeviceId],
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
) -> Mapping[DeviceId, tuple[str, ...]]:
    """Put tags on devices and take others off; return what each has now.

    Raises Invalid with every complaint at once; for a single device Missing; Unavailable where
    others tag the same devices all the time.
    """
    demand(caller, Permission.OPERATE)
    texts.require([*count_wrongs(device_ids, least=1), *_tag_wrongs(add), *_tag_wrongs(remove)])
    on, off = parse_tags(add), parse_tags(remove)
    detail = {"added": ", ".join(sorted(on)), "removed": ", ".join(sorted(off))}
    for _ in range(_TRIES):
        was = {each.device: each.tags for each in await named(house, device_ids)}
        tags = {each: tuple(sorted(parse_tags({*old} - off | on))) for each, old in was.items()}
        changed = {each: new for each, new in tags.items() if set(new) != set(was[each])}
        if not changed:
            return tags
        lines = [audit_line(house, caller, "device.tag", each, detail) for each in changed]
        if await house.mandate.set_tags(changed, lines, was):
            await regroup(house, changed.keys())
            return tags
    raise Unavailable("the tags of these devices are being changed by others; try again")


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
