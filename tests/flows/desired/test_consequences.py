"""What a change does to other profiles and to the devices it moves is told before it is done."""

import pytest
from tests.flows.desired.wants import (
    CACHE,
    NETWORK,
    POLICY,
    WARD,
    assigned,
    body,
    fleet,
    profile,
    tell,
    values_of,
)
from tests.flows.home import OPERATOR, VIEWER, Home

from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.guard.danger import LockoutKind
from lenskeep.desired.inventory import SOFTWARE
from lenskeep.desired.merge.wish import ClashKind
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.flows.desired import assigning, groups, membership, profiles
from lenskeep.flows.desired.casting.consequences import Unaccepted
from lenskeep.flows.desired.profiles import Draft
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.mandate import ALL_DEVICES, Assignment, Profile

BY_HAND = f"{POLICY}Wifi/AllowManualWiFiConfiguration"
TRUSTED = f"{POLICY}ApplicationManagement/AllowAllTrustedApps"
APP = (
    "./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppInstallation/Contoso.Guide_8wekyb3d8bbwe"
)


async def locked(home: Home, name: str, uri: str) -> Profile:
    """A profile that sets this to 0, acknowledged."""
    settings = (ProfileSetting(uri, "0", acknowledged=True),)
    draft = Draft(name, "", ProfileBody(settings))
    return (await profiles.create_profile(home.house, OPERATOR, draft)).profile


async def row(home: Home, made: Profile) -> Assignment:
    """The profile's assignment to all devices."""
    found = (await assigned(home, made)).assignment
    assert found is not None
    return found


async def test_apps_that_an_assigned_profile_would_stop_are_told_with_both_owners(
    home: Home,
) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await locked(home, "Trust", TRUSTED))
    apps = await profile(home, "Apps", (APP, ""))

    tried = await assigning.assign(home.house, VIEWER, apps.id, ALL_DEVICES, dry_run=True)
    with pytest.raises(Unaccepted, match="AllowAllTrustedApps") as caught:
        await assigning.assign(home.house, OPERATOR, apps.id, ALL_DEVICES)

    (found,) = caught.value.strandings
    assert (found.lockout.kind, found.devices) == (LockoutKind.APPS, 1)
    assert [each.name for each in found.owners] == ["Trust", "Apps"]
    assert tried.strandings == caught.value.strandings
    assert APP not in await values_of(home, device)
    await assigning.assign(home.house, OPERATOR, apps.id, ALL_DEVICES, accept_conflicts=True)
    assert APP in await values_of(home, device)


async def test_what_was_so_before_is_not_told_again(home: Home) -> None:
    await fleet(home, 1)
    await assigned(home, await locked(home, "Trust", TRUSTED))
    await assigned(home, await profile(home, "Apps", (APP, "")))
    other = await profile(home, "Other", (CACHE, "9"))

    done = await assigning.assign(home.house, OPERATOR, other.id, ALL_DEVICES)

    assert (done.clashes, done.strandings) == ((), ())


async def test_saving_apps_into_an_assigned_profile_looks_at_the_others(home: Home) -> None:
    await fleet(home, 1)
    await assigned(home, await locked(home, "Trust", TRUSTED))
    apps = await profile(home, "Apps", (CACHE, "9"))
    await assigned(home, apps)
    newer = body((CACHE, "9"), (APP, ""))

    checked = await profiles.check_draft(home.house, VIEWER, newer, profile=apps.id)
    with pytest.raises(Unaccepted):
        await profiles.save_revision(home.house, OPERATOR, apps.id, newer, base=1, reason="")

    assert [each.lockout.kind for each in checked.strandings] == [LockoutKind.APPS]


async def test_the_last_network_names_who_brought_it_and_who_locks(home: Home) -> None:
    await fleet(home, 2)
    network = await row(home, await profile(home, "Network", (NETWORK, WARD)))
    await assigned(home, await locked(home, "Locked", BY_HAND))

    with pytest.raises(Unaccepted) as caught:
        await assigning.unassign(home.house, OPERATOR, network.id)

    (found,) = caught.value.strandings
    assert (found.lockout.kind, found.devices) == (LockoutKind.WIFI_WITHDRAWN, 2)
    assert [each.name for each in found.owners] == ["Network", "Locked"]
    assert "not-told-to-viewers" not in str(caught.value)


async def test_who_is_taken_out_of_the_group_of_its_network_is_not_left_without(
    home: Home,
) -> None:
    one, two = await fleet(home, 2)
    ward = await groups.create_group(home.house, OPERATOR, "Ward", devices=[one, two])
    await assigned(home, await profile(home, "Network", (NETWORK, WARD)), ward.id)
    await assigned(home, await locked(home, "Locked", BY_HAND))

    foreseen = await membership.foresee_members(home.house, VIEWER, ward.id, remove=[one])
    with pytest.raises(Unaccepted, match="strand"):
        await groups.remove_devices(home.house, OPERATOR, ward.id, [one])

    assert [each.devices for each in foreseen.strandings] == [1]
    assert NETWORK in await values_of(home, one)
    await groups.remove_devices(home.house, OPERATOR, ward.id, [one], accept_conflicts=True)
    assert NETWORK not in await values_of(home, one)


async def test_who_comes_to_a_lock_without_a_network_is_told_before(home: Home) -> None:
    (device,) = await fleet(home, 1)
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    await assigned(home, await locked(home, "Locked", BY_HAND), ward.id)

    with pytest.raises(Unaccepted, match="no Wi-Fi profile is wanted"):
        await groups.add_devices(home.house, OPERATOR, ward.id, [device])


async def test_a_clash_that_comes_of_a_group_by_hand_names_owners_and_devices(home: Home) -> None:
    one, two = await fleet(home, 2)
    await assigned(home, await profile(home, "Base", (CACHE, "5")))
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    await assigned(home, await profile(home, "Ward", (CACHE, "9")), ward.id)

    with pytest.raises(Unaccepted) as caught:
        await groups.add_devices(home.house, OPERATOR, ward.id, [one])

    (found,) = caught.value.clashes
    assert (found.clash.kind, found.devices) == (ClashKind.UNDECIDED, 1)
    assert {each.owner.name for each in found.clash.losers} == {"Base", "Ward"}
    assert found.names == (await name_of(home, one),)
    assert await values_of(home, one) == {CACHE: "5"}
    done = await groups.add_devices(
        home.house, OPERATOR, ward.id, [one, two], accept_conflicts=True
    )
    assert done.devices == 2
    assert await values_of(home, one) == {CACHE: None}


async def test_a_clash_that_comes_of_a_changed_rule_is_told_before(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Base", (CACHE, "5")))
    some = await groups.create_group(home.house, OPERATOR, "Some", rule="build < 20348")
    await assigned(home, await profile(home, "Some", (CACHE, "9")), some.id)
    rule = "build >= 20348"

    foreseen = await groups.foresee_rule(home.house, VIEWER, some.id, rule)
    with pytest.raises(Unaccepted):
        await groups.change_group(home.house, OPERATOR, some.id, rule=rule)

    assert [each.clash.uri for each in foreseen.clashes] == [CACHE]
    assert await values_of(home, device) == {CACHE: "5"}
    await groups.change_group(home.house, OPERATOR, some.id, rule=rule, accept_conflicts=True)
    assert await values_of(home, device) == {CACHE: None}


async def test_a_clash_that_comes_by_itself_shows_on_the_device(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Base", (CACHE, "5")))
    new = await groups.create_group(home.house, OPERATOR, "New", rule="build >= 22622")
    await assigned(home, await profile(home, "New", (CACHE, "9")), new.id)

    await tell(home, device, (SOFTWARE, "10.0.22623.1"))
    await regroup(home.house)

    assert await values_of(home, device) == {CACHE: None}


async def test_others_that_are_set_against_each_other_are_told(home: Home) -> None:
    """Two profiles that both gave way to a third contradict each other once it is gone."""
    await fleet(home, 1)
    strong = await profile(home, "Strong", (CACHE, "1"))
    done = await assigning.assign(home.house, OPERATOR, strong.id, ALL_DEVICES, priority=9)
    for name, value in (("One", "5"), ("Other", "9")):
        await assigned(home, await profile(home, name, (CACHE, value)))
    assert done.assignment is not None

    with pytest.raises(Unaccepted) as caught:
        await assigning.unassign(home.house, OPERATOR, done.assignment.id)

    (found,) = caught.value.clashes
    assert {each.owner.name for each in found.clash.losers} == {"One", "Other"}
    await assigning.unassign(home.house, OPERATOR, done.assignment.id, accept_conflicts=True)


async def test_what_is_wrong_by_hand_is_said_at_once(home: Home) -> None:
    (device,) = await fleet(home, 1)
    ward = await groups.create_group(home.house, OPERATOR, "Ward")

    with pytest.raises(Invalid, match="twice"):
        await membership.change_members(
            home.house, OPERATOR, ward.id, add=[device], remove=[device]
        )


async def test_devices_come_and_leave_in_one_commit(home: Home) -> None:
    one, two = await fleet(home, 2)
    ward = await groups.create_group(home.house, OPERATOR, "Ward", devices=[one])

    await membership.change_members(home.house, OPERATOR, ward.id, add=[two], remove=[one])

    mine = {each.id for each in await groups.device_groups(home.house, VIEWER, one)}
    other = {each.id for each in await groups.device_groups(home.house, VIEWER, two)}
    assert (ward.id in mine, ward.id in other) == (False, True)


async def name_of(home: Home, device: DeviceId) -> str:
    (found,) = await home.house.mandate.members([device])
    return found.name or device
