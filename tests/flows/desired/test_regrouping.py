"""Devices come into the groups they belong to by themselves, when new and when changed."""

from dataclasses import replace
from typing import Any, cast

from sqlalchemy import update
from tests.flows.desired.wants import CAMERA, assigned, fleet, profile, tell, values_of
from tests.flows.home import OPERATOR, START, VIEWER, Home

from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.desired.inventory import EDITION, MODEL, SOFTWARE
from lenskeep.desired.known import Known
from lenskeep.flows.desired import groups, tags
from lenskeep.flows.desired.regrouping import regroup, regroup_by_time, regroup_one
from lenskeep.flows.fleet import rename_device
from lenskeep.flows.mandate import ALL_DEVICES
from lenskeep.flows.ports import MandateStore
from lenskeep.store.schema import device_group
from lenskeep.store.sql import Query, Work
from lenskeep.tree.fact import Fact

FREE = "./DevDetail/Ext/Microsoft/FreeStorage"


def knowing(*told: tuple[str, str]) -> Known:
    return Known().learn(Fact(uri, 200, START, None, value) for uri, value in told)


async def names(home: Home, device: DeviceId) -> list[str]:
    return [each.name for each in await groups.device_groups(home.house, VIEWER, device)]


async def test_a_new_device_comes_into_all_devices_and_the_rules_that_hold(home: Home) -> None:
    await groups.create_group(home.house, OPERATOR, "Named", rule="name = HOLO-1")
    await assigned(home, await profile(home, "Base", (CAMERA, "0")))
    one, two = await home.enroll(1), await home.enroll(2)

    moved = await regroup(home.house)

    assert moved == 2
    assert await names(home, one) == ["All devices", "Named"]
    assert await names(home, two) == ["All devices"]
    assert await values_of(home, one) == await values_of(home, two) == {CAMERA: "0"}


async def test_regrouping_again_moves_nobody(home: Home) -> None:
    await groups.create_group(home.house, OPERATOR, "New", rule="build >= 20348")
    await fleet(home, 2)

    assert await regroup(home.house) == 0
    assert await regroup(home.house, []) == 0


async def test_what_a_device_tells_now_counts_more_than_what_is_stored(home: Home) -> None:
    await groups.create_group(home.house, OPERATOR, "New", rule="build >= 20348")
    (device,) = await fleet(home, 1, build="19041.1128")
    told = knowing((SOFTWARE, "10.0.22621.1244"), (MODEL, "HoloLens 2"), (EDITION, "136"))

    assert await regroup_one(home.house, device, told)

    assert await names(home, device) == ["All devices", "New"]
    assert not await regroup_one(home.house, device, told)


async def test_a_device_that_is_heard_now_was_seen_now(home: Home) -> None:
    await groups.create_group(home.house, OPERATOR, "Here", rule="last_seen < 1h")
    (device,) = await fleet(home, 1)
    home.clock.advance(days=9)
    await regroup(home.house)
    assert await names(home, device) == ["All devices"]

    assert await regroup_one(home.house, device, knowing())

    assert await names(home, device) == ["All devices", "Here"]


async def test_a_rule_that_goes_by_time_lets_a_device_go(home: Home) -> None:
    here = await groups.create_group(home.house, OPERATOR, "Here", rule="last_seen < 3d")
    await assigned(home, await profile(home, "Base", (CAMERA, "0")), here.id)
    (device,) = await fleet(home, 1)
    assert await values_of(home, device) == {CAMERA: "0"}
    home.clock.advance(days=4)

    assert await regroup(home.house) == 1

    assert await values_of(home, device) == {}


async def test_the_inventory_is_read_where_a_rule_asks_for_it(home: Home) -> None:
    await groups.create_group(home.house, OPERATOR, "Full", rule=f'inventory("{FREE}") < 1000')
    one, two = await fleet(home, 2)
    await tell(home, one, (FREE, "5"))

    assert await regroup(home.house, [one, two]) == 1
    assert await regroup_one(home.house, two, knowing((FREE, "7")))

    assert await names(home, one) == await names(home, two) == ["All devices", "Full"]


async def test_a_renamed_device_comes_into_the_group_of_its_name(home: Home) -> None:
    await groups.create_group(home.house, OPERATOR, "Ward", rule="name matches ward-*")
    (device,) = await fleet(home, 1)

    await rename_device(home.house, OPERATOR, device, "Ward-7")

    assert await names(home, device) == ["All devices", "Ward"]


async def test_a_device_that_moved_in_between_is_looked_at_again(home: Home) -> None:
    (device,) = await fleet(home, 1)
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    store = Interrupted(home, ward.id, device)
    house = replace(home.house, mandate=cast(MandateStore, store))

    await groups.create_group(house, OPERATOR, "All of them", rule="name matches *")

    assert store.read == 2
    assert await names(home, device) == ["All devices", "All of them", "Ward"]


async def test_two_hands_at_once_both_put_the_device_where_they_say(home: Home) -> None:
    (device,) = await fleet(home, 1)
    one = await groups.create_group(home.house, OPERATOR, "One")
    other = await groups.create_group(home.house, OPERATOR, "Other")
    store = Interrupted(home, one.id, device)
    house = replace(home.house, mandate=cast(MandateStore, store))

    await groups.add_devices(house, OPERATOR, other.id, [device])

    assert store.read == 2
    assert await names(home, device) == ["All devices", "One", "Other"]


async def test_two_people_who_tag_at_once_both_have_their_tag(home: Home) -> None:
    (device,) = await fleet(home, 1)
    store = Tagged(home, device)
    house = replace(home.house, mandate=cast(MandateStore, store))

    done = await tags.set_tags(house, OPERATOR, [device], add=["mine"])

    assert store.read == 2
    assert done == {device: ("mine", "theirs")}
    assert await tags.device_tags(home.house, VIEWER, device) == ("mine", "theirs")


async def test_a_stored_rule_that_is_not_understood_any_more_breaks_nothing(home: Home) -> None:
    """Its devices stay, nobody else comes, the other rules go on, and the group says why."""
    old = await groups.create_group(home.house, OPERATOR, "Old", rule="name = HOLO-1")
    one, two = await fleet(home, 2)
    await spoil(home, old.id, "name sounds like HOLO")

    await groups.create_group(home.house, OPERATOR, "Here", rule="last_seen < 3d")
    moved = await regroup_by_time(home.house)
    await regroup_one(home.house, two, knowing((SOFTWARE, "10.0.22621.1244")))
    hand = await groups.create_group(home.house, OPERATOR, "Hand", devices=[one])

    assert moved == 0
    assert await names(home, one) == ["All devices", "Hand", "Here", "Old"]
    assert await names(home, two) == ["All devices", "Here"]
    shown = await groups.show_group(home.house, VIEWER, old.id)
    assert (shown.devices, shown.fault != "") == (1, True)
    faults = {each.name: each.fault for each in await groups.list_groups(home.house, VIEWER)}
    assert (faults["Old"], faults["Here"], hand.fault) == (shown.fault, "", "")
    mended = await groups.change_group(home.house, OPERATOR, old.id, rule="name = HOLO-2")
    assert (mended.fault, await names(home, two)) == ("", ["All devices", "Here", "Old"])


async def spoil(home: Home, group: GroupId, rule: str) -> None:
    """Let the stored rule be one of another version of us."""
    change = Query(update(device_group).values(rule=rule).where(device_group.c.id == group))

    def spoiled() -> Work[None]:
        yield change()

    await home.store.executor.write(spoiled)


class Interrupted:
    """The store itself; but the device is put into a group once, after the devices were read."""

    def __init__(self, home: Home, group: GroupId, device: DeviceId) -> None:
        self._home, self._group, self._device = home, group, device
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._home.house.mandate, name)

    async def members(self, devices: object = None, *, with_known: bool = False) -> Any:
        found = await self._home.house.mandate.members(None, with_known=with_known)
        if not self.read:
            await groups.add_devices(self._home.house, OPERATOR, self._group, [self._device])
        self.read += 1
        return found


class Tagged:
    """The store itself; but somebody else tags the device once, after it was read."""

    def __init__(self, home: Home, device: DeviceId) -> None:
        self._home, self._device = home, device
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._home.house.mandate, name)

    async def members(self, devices: Any = None, *, with_known: bool = False) -> Any:
        found = await self._home.house.mandate.members(devices, with_known=with_known)
        if devices == [self._device]:
            self.read += 1
            if self.read == 1:
                await self._home.house.mandate.set_tags({self._device: ("theirs",)}, [])
        return found


async def test_groups_by_hand_stay(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await groups.create_group(home.house, OPERATOR, "Hand", devices=[device])
    await groups.create_group(home.house, OPERATOR, "Blue", rule="tag = blue")

    await groups.set_tags(home.house, OPERATOR, [device], add=["blue"])

    assert await names(home, device) == ["All devices", "Blue", "Hand"]


async def test_an_unknown_device_is_not_moved(home: Home) -> None:
    assert not await regroup_one(home.house, DeviceId("dev_404"))
    assert (await groups.show_group(home.house, VIEWER, ALL_DEVICES)).devices == 0
