"""Groups by hand and by rule: who belongs, what is wanted of them then, and tags."""

import pytest
from tests.contract import world
from tests.flows.desired.wants import (
    BLUETOOTH,
    CAMERA,
    assigned,
    fleet,
    profile,
    tell,
    values_of,
)
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.flows import reading
from lenskeep.flows.desired import groups
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.mandate import ALL_DEVICES, GroupKind
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import DeviceState

FREE = "./DevDetail/Ext/Microsoft/FreeStorage"
NOWHERE = GroupId("grp_404")
NOBODY = DeviceId("dev_404")


async def members(home: Home, group: GroupId) -> list[str]:
    page = await groups.group_members(home.house, VIEWER, group, PageRequest())
    return [each.device for each in page.items]


async def test_a_group_by_hand_has_the_devices_named(home: Home) -> None:
    one, two, three = await fleet(home, 3)

    made = await groups.create_group(
        home.house, OPERATOR, " Ward ", description="third floor", devices=[one, three]
    )

    assert (made.name, made.kind, made.devices) == ("Ward", GroupKind.HAND, 2)
    assert await members(home, made.id) == [one, three]
    assert [each.name for each in await groups.device_groups(home.house, VIEWER, two)] == [
        "All devices"
    ]


async def test_a_group_by_rule_has_those_of_which_it_holds(home: Home) -> None:
    old = await fleet(home, 1, build="19041.1128")
    await fleet(home, 2, first=5)

    made = await groups.create_group(home.house, OPERATOR, "Old", rule="build<20348")

    assert (made.kind, made.rule, made.devices) == (GroupKind.RULE, "build < 20348", 1)
    assert await members(home, made.id) == old


async def test_a_rule_can_ask_by_which_way_a_headset_came_and_whose_it_is(home: Home) -> None:
    """A work account is added to a person's headset; all others are the organization's."""
    (local,) = await fleet(home, 1)
    added = await world.enrolled(home.store, 2, way="work account")
    person = added.enrollment.device_id
    await regroup(home.house)

    by_way = await groups.create_group(
        home.house, OPERATOR, "Typed", rule='enrollment = "typed password"'
    )
    theirs = await groups.create_group(home.house, OPERATOR, "Theirs", rule="owner = person")
    ours = await groups.create_group(home.house, OPERATOR, "Ours", rule="owner = organization")

    assert await members(home, by_way.id) == [local]
    assert await members(home, theirs.id) == [person]
    assert await members(home, ours.id) == [local]


async def test_a_rule_can_ask_for_what_a_device_told(home: Home) -> None:
    one, two = await fleet(home, 2)
    await tell(home, one, (FREE, "512"))
    await tell(home, two, (FREE, "9000"))

    made = await groups.create_group(
        home.house, OPERATOR, "Full", rule=f'inventory("{FREE}") < 1000'
    )

    assert await members(home, made.id) == [one]


async def test_who_comes_into_a_group_gets_what_is_assigned_to_it(home: Home) -> None:
    one, two = await fleet(home, 2)
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    await assigned(home, await profile(home, "Ward", (CAMERA, "0")), ward.id)
    await assigned(home, await profile(home, "Base", (BLUETOOTH, "0")))

    changed = await groups.add_devices(home.house, OPERATOR, ward.id, [one])

    assert changed.devices == 1
    assert await values_of(home, one) == {CAMERA: "0", BLUETOOTH: "0"}
    assert await values_of(home, two) == {BLUETOOTH: "0"}
    left = await groups.remove_devices(home.house, OPERATOR, ward.id, [one])
    assert left.devices == 0
    assert await values_of(home, one) == {BLUETOOTH: "0"}


async def test_a_changed_rule_moves_devices(home: Home) -> None:
    old = await fleet(home, 1, build="19041.1128")
    new = await fleet(home, 1, first=5)
    made = await groups.create_group(home.house, OPERATOR, "Some", rule="build < 20348")
    await assigned(home, await profile(home, "Ward", (CAMERA, "0")), made.id)

    changed = await groups.change_group(home.house, OPERATOR, made.id, rule="build >= 20348")

    assert (changed.rule, changed.devices) == ("build >= 20348", 1)
    assert await members(home, made.id) == new
    assert await values_of(home, old[0]) == {}
    assert await values_of(home, new[0]) == {CAMERA: "0"}


async def test_a_group_is_renamed_and_described(home: Home) -> None:
    made = await groups.create_group(home.house, OPERATOR, "Ward")

    changed = await groups.change_group(
        home.house, OPERATOR, made.id, name="Ward 3", description="third floor"
    )

    assert (changed.name, changed.description) == ("Ward 3", "third floor")
    assert await groups.show_group(home.house, VIEWER, made.id) == changed
    listed = await groups.list_groups(home.house, VIEWER)
    assert [each.name for each in listed] == ["All devices", "Ward 3"]


async def test_a_deleted_group_leaves_its_devices_as_they_were_without_it(home: Home) -> None:
    one, two = await fleet(home, 2)
    await assigned(home, await profile(home, "Base", (BLUETOOTH, "0")))
    ward = await groups.create_group(home.house, OPERATOR, "Ward", devices=[one])

    await groups.delete_group(home.house, OPERATOR, ward.id)

    found = await groups.list_groups(home.house, VIEWER)
    assert [(each.id, each.devices) for each in found] == [(ALL_DEVICES, 2)]
    for each in (one, two):
        assert await values_of(home, each) == {BLUETOOTH: "0"}
        assert len(await groups.device_groups(home.house, VIEWER, each)) == 1


async def test_an_assigned_group_is_not_deleted(home: Home) -> None:
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    await assigned(home, await profile(home, "Base", (BLUETOOTH, "0")), ward.id)

    with pytest.raises(Conflict, match="'Base'"):
        await groups.delete_group(home.house, OPERATOR, ward.id)


async def test_what_a_group_is_not_for_is_a_conflict(home: Home) -> None:
    (device,) = await fleet(home, 1)
    hand = await groups.create_group(home.house, OPERATOR, "Hand")
    rule = await groups.create_group(home.house, OPERATOR, "Rule", rule="tag = ward")
    house = home.house

    for attempt in (
        groups.add_devices(house, OPERATOR, rule.id, [device]),
        groups.remove_devices(house, OPERATOR, ALL_DEVICES, [device]),
        groups.change_group(house, OPERATOR, hand.id, rule="tag = ward"),
        groups.change_group(house, OPERATOR, ALL_DEVICES, name="Everybody"),
        groups.delete_group(house, OPERATOR, ALL_DEVICES),
        groups.create_group(house, OPERATOR, "hand"),
    ):
        with pytest.raises(Conflict):
            await attempt


async def test_everything_wrong_with_a_group_is_said_at_once(home: Home) -> None:
    with pytest.raises(Invalid) as caught:
        await groups.create_group(home.house, OPERATOR, "", rule="buld < 3", devices=[NOBODY])

    assert [each.field for each in caught.value.complaints] == ["name", "rule", "devices"]


async def test_unknown_devices_are_named(home: Home) -> None:
    (device,) = await fleet(home, 1)
    ward = await groups.create_group(home.house, OPERATOR, "Ward")

    with pytest.raises(Missing):
        await groups.add_devices(home.house, OPERATOR, ward.id, [NOBODY])
    with pytest.raises(Invalid, match="dev_404"):
        await groups.add_devices(home.house, OPERATOR, ward.id, [device, NOBODY])
    assert await members(home, ward.id) == []


async def test_a_device_that_left_management_is_not_put_into_a_group(home: Home) -> None:
    (device,) = await fleet(home, 1)
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    line = world.audit("device.retire")
    await home.house.fleet.end_enrollments(device, DeviceState.UNENROLLED, "gone", line)

    with pytest.raises(Invalid, match="unenrolled"):
        await groups.add_devices(home.house, OPERATOR, ward.id, [device])


async def test_what_is_not_there_is_missing(home: Home) -> None:
    house = home.house

    for attempt in (
        groups.show_group(house, VIEWER, NOWHERE),
        groups.group_members(house, VIEWER, NOWHERE, PageRequest()),
        groups.change_group(house, OPERATOR, NOWHERE, name="x"),
        groups.delete_group(house, OPERATOR, NOWHERE),
        groups.device_groups(house, VIEWER, NOBODY),
        groups.device_tags(house, VIEWER, NOBODY),
        groups.set_tags(house, OPERATOR, [NOBODY], add=["x"]),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_a_preview_shows_which_devices_a_rule_takes_and_why(home: Home) -> None:
    await fleet(home, 2)
    await fleet(home, 1, build="19041.1128", first=9)

    found = await groups.preview_rule(home.house, VIEWER, "build < 20348", limit=2)

    assert (found.matching, found.devices) == (1, 3)
    first, second = found.examples
    assert (first.holds, second.holds) == (True, False)
    (explained,) = first.explained
    assert (explained.term, explained.value) == ("build < 20348", "19041.1128")


async def test_a_preview_of_no_rule_says_where_it_is_wrong(home: Home) -> None:
    with pytest.raises(Invalid, match="at character 1"):
        await groups.preview_rule(home.house, VIEWER, "buld < 3")


async def test_a_tag_brings_a_device_into_the_group_of_its_rule(home: Home) -> None:
    one, two = await fleet(home, 2)
    ward = await groups.create_group(home.house, OPERATOR, "Ward", rule="tag = ward-3")
    await assigned(home, await profile(home, "Ward", (CAMERA, "0")), ward.id)

    tags = await groups.set_tags(home.house, OPERATOR, [one], add=["Ward-3", "blue"])

    assert tags == {one: ("blue", "ward-3")}
    assert await values_of(home, one) == {CAMERA: "0"}
    assert await values_of(home, two) == {}
    assert await groups.list_tags(home.house, VIEWER) == {"blue": 1, "ward-3": 1}
    await groups.set_tags(home.house, OPERATOR, [one, two], remove=["ward-3"])
    assert await groups.device_tags(home.house, VIEWER, one) == ("blue",)
    assert await values_of(home, one) == {}


async def test_wrong_tags_are_all_named(home: Home) -> None:
    (device,) = await fleet(home, 1)

    with pytest.raises(Invalid) as caught:
        await groups.set_tags(home.house, OPERATOR, [device], add=["a b"], remove=["é"])

    assert len(caught.value.complaints) == 2


async def test_a_viewer_changes_nothing(home: Home) -> None:
    (device,) = await fleet(home, 1)
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    house = home.house

    for attempt in (
        groups.create_group(house, VIEWER, "x"),
        groups.change_group(house, VIEWER, ward.id, name="x"),
        groups.delete_group(house, VIEWER, ward.id),
        groups.add_devices(house, VIEWER, ward.id, [device]),
        groups.remove_devices(house, VIEWER, ward.id, [device]),
        groups.set_tags(house, VIEWER, [device], add=["x"]),
    ):
        with pytest.raises(Refused):
            await attempt


async def test_the_audit_says_what_was_done_to_groups_and_tags(home: Home) -> None:
    (device,) = await fleet(home, 1)
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    await groups.add_devices(home.house, OPERATOR, ward.id, [device])
    await groups.change_group(home.house, OPERATOR, ward.id, name="Ward 3")
    await groups.set_tags(home.house, OPERATOR, [device], add=["blue"])
    await groups.delete_group(home.house, OPERATOR, ward.id)

    page = await reading.list_audit(home.house, ADMIN, PageRequest(limit=5))

    assert [each.action for each in page.items] == [
        "group.delete",
        "device.tag",
        "group.change",
        "group.members",
        "group.create",
    ]
