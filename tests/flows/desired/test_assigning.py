"""An assignment makes the wanted trees of the cohorts that it reaches, and touches no device."""

import base64
import hashlib
from typing import Any

import pytest
from sqlalchemy import select
from tests.contract import wishes
from tests.flows.desired.wants import (
    BLUETOOTH,
    CACHE,
    CAMERA,
    LOCATION,
    NETWORK,
    POLICY,
    WARD,
    assigned,
    body,
    fleet,
    locking,
    profile,
    tree_of,
    values_of,
)
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused
from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId
from lenskeep.desired.merge.wish import ClashKind
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.flows import reading
from lenskeep.flows.desired import assigning, groups, profiles, rolling
from lenskeep.flows.desired.profiles import Draft
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.mandate import ALL_DEVICES, GuardState
from lenskeep.store.schema import METADATA
from lenskeep.store.sql import Query, Work

BY_HAND = f"{POLICY}Wifi/AllowManualWiFiConfiguration"
TRUSTED = f"{POLICY}ApplicationManagement/AllowAllTrustedApps"
APP = (
    "./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppInstallation/Contoso.Guide_8wekyb3d8bbwe"
)


async def test_an_assigned_profile_is_wanted_of_the_group_alone(home: Home) -> None:
    inside, outside = await fleet(home, 2)
    ward = await groups.create_group(home.house, OPERATOR, "Ward", devices=[inside])
    made = await profile(home, "Ward", (CAMERA, "0"))

    done = await assigning.assign(home.house, OPERATOR, made.id, ward.id)

    assert await values_of(home, inside) == {CAMERA: "0"}
    assert await values_of(home, outside) == {}
    assert (done.devices, done.trees, done.clashes, done.guards) == (1, 1, (), ())
    assert await assigning.list_assignments(home.house, VIEWER, profile=made.id) == (
        done.assignment,
    )


async def test_a_dry_run_says_what_it_would_do_and_does_nothing(home: Home) -> None:
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (CAMERA, "0"))

    done = await assigning.assign(home.house, VIEWER, made.id, ALL_DEVICES, dry_run=True)

    assert (done.assignment, done.devices, done.trees) == (None, 1, 1)
    assert await values_of(home, device) == {}
    assert await assigning.list_assignments(home.house, VIEWER) == ()


async def test_the_higher_priority_wins_and_the_loser_is_named(home: Home) -> None:
    (device,) = await fleet(home, 1)
    low, high = await profile(home, "Low", (CACHE, "7")), await profile(home, "High", (CACHE, "30"))
    await assigning.assign(home.house, OPERATOR, low.id, ALL_DEVICES, priority=1)

    with pytest.raises(Conflict, match="'High' wins by priority over 'Low'"):
        await assigning.assign(home.house, OPERATOR, high.id, ALL_DEVICES, priority=2)
    done = await assigning.assign(
        home.house, OPERATOR, high.id, ALL_DEVICES, priority=2, accept_conflicts=True
    )

    assert [each.clash.kind for each in done.clashes] == [ClashKind.PRIORITY]
    (node,) = (await tree_of(home, device)).nodes
    assert (node.value, [each.name for each in node.overruled]) == ("30", ["Low"])


async def test_what_the_nodes_own_rule_merges_needs_nobody_to_accept_it(home: Home) -> None:
    (device,) = await fleet(home, 1)
    one, other = await profile(home, "A", (CAMERA, "1")), await profile(home, "B", (CAMERA, "0"))
    await assigning.assign(home.house, OPERATOR, one.id, ALL_DEVICES)

    done = await assigning.assign(home.house, OPERATOR, other.id, ALL_DEVICES)

    assert [each.clash.kind for each in done.clashes] == [ClashKind.OWN_RULE]
    assert await values_of(home, device) == {CAMERA: "0"}


async def test_an_exclusion_wins_whatever_the_priority(home: Home) -> None:
    inside, outside = await fleet(home, 2)
    loan = await groups.create_group(home.house, OPERATOR, "On loan", devices=[inside])
    made = await profile(home, "Ward", (CAMERA, "0"))
    await assigning.assign(home.house, OPERATOR, made.id, ALL_DEVICES, priority=100)

    await assigning.assign(home.house, OPERATOR, made.id, loan.id, excludes=True, priority=-5)

    assert await values_of(home, inside) == {}
    assert await values_of(home, outside) == {CAMERA: "0"}


async def test_an_earlier_revision_rolls_back(home: Home) -> None:
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (CAMERA, "0"))
    done = await assigned(home, made)
    newer = body((CAMERA, "1"), (BLUETOOTH, "0"))
    await profiles.save_revision(home.house, OPERATOR, made.id, newer, base=1, reason="")
    assert done.assignment is not None

    await assigning.change_assignment(home.house, OPERATOR, done.assignment.id, revision=1)

    assert await values_of(home, device) == {CAMERA: "0"}
    (node,) = (await tree_of(home, device)).nodes
    assert [each.revision for each in node.owners] == [1]
    await profiles.save_revision(home.house, OPERATOR, made.id, newer, base=2, reason="")
    assert await values_of(home, device) == {CAMERA: "0"}
    await assigning.change_assignment(home.house, OPERATOR, done.assignment.id, revision=None)
    assert await values_of(home, device) == {CAMERA: "1", BLUETOOTH: "0"}


async def test_a_change_keeps_what_it_does_not_name(home: Home) -> None:
    await fleet(home, 1)
    made = await profile(home, "Ward", (CAMERA, "0"))
    done = await assigning.assign(
        home.house, OPERATOR, made.id, ALL_DEVICES, revision=1, priority=7
    )
    assert done.assignment is not None

    changed = await assigning.change_assignment(
        home.house, OPERATOR, done.assignment.id, excludes=True
    )

    assert changed.assignment is not None
    kept = changed.assignment
    assert (kept.revision, kept.priority, kept.excludes) == (1, 7, True)


async def test_what_is_unassigned_is_wanted_no_longer(home: Home) -> None:
    (device,) = await fleet(home, 1)
    done = await assigned(home, await profile(home, "Ward", (CAMERA, "0")))
    assert done.assignment is not None

    await assigning.unassign(home.house, OPERATOR, done.assignment.id)

    assert await values_of(home, device) == {}
    assert await assigning.list_assignments(home.house, VIEWER, group=ALL_DEVICES) == ()


async def test_the_same_profile_is_assigned_to_a_group_once(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))
    await assigned(home, made)

    with pytest.raises(Conflict, match="already"):
        await assigned(home, made)


async def test_everything_wrong_with_an_assignment_is_said_at_once(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))

    with pytest.raises(Invalid) as caught:
        await assigning.assign(
            home.house, OPERATOR, made.id, ALL_DEVICES, revision=4, priority=10_000
        )

    assert {each.field for each in caught.value.complaints} == {"revision", "priority"}


async def test_what_is_not_there_is_missing(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))
    house, nobody = home.house, AssignmentId("asg_404")

    for attempt in (
        assigning.assign(house, OPERATOR, ProfileId("prf_404"), ALL_DEVICES),
        assigning.assign(house, OPERATOR, made.id, GroupId("grp_404")),
        assigning.change_assignment(house, OPERATOR, nobody, priority=1),
        assigning.unassign(house, OPERATOR, nobody),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_a_viewer_assigns_nothing(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))
    done = await assigned(home, made)
    assert done.assignment is not None

    for attempt in (
        assigning.assign(home.house, VIEWER, made.id, ALL_DEVICES),
        assigning.change_assignment(home.house, VIEWER, done.assignment.id, priority=1),
        assigning.unassign(home.house, VIEWER, done.assignment.id),
    ):
        with pytest.raises(Refused):
            await attempt


async def test_devices_with_the_same_assignments_share_one_tree(home: Home) -> None:
    one, two, three = await fleet(home, 3)
    await groups.create_group(home.house, OPERATOR, "Label", devices=[one])
    ward = await groups.create_group(home.house, OPERATOR, "Ward", devices=[three])
    await assigned(home, await profile(home, "Base", (CAMERA, "0")))
    done = await assigned(home, await profile(home, "More", (LOCATION, "0")), ward.id)

    ids = [(await home.house.standings.standing_of(each)).tree for each in (one, two, three)]

    assert ids[0] == ids[1] != ids[2]
    assert done.trees == 1


async def test_the_same_wishes_make_the_same_tree_again(home: Home) -> None:
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (CAMERA, "0"))
    first = await assigned(home, made)
    before = (await home.house.standings.standing_of(device)).tree
    assert first.assignment is not None
    await assigning.unassign(home.house, OPERATOR, first.assignment.id)

    await assigned(home, made)

    assert (await home.house.standings.standing_of(device)).tree == before


async def test_no_value_can_be_read_from_a_stored_tree(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CACHE, "42")))

    wanting = await home.house.standings.standing_of(device)

    (node,) = (await tree_of(home, device)).nodes
    assert "Policy" not in wanting.sealed_tree
    assert hashlib.sha256(b"int 42").hexdigest()[:8] not in node.mark
    assert len(base64.urlsafe_b64decode(node.mark)) == 12


async def test_a_released_roll_out_stays_released_when_it_is_assigned_again(home: Home) -> None:
    one, *_ = await fleet(home, 2)
    draft = Draft("Ward", "", locking())
    made = (await profiles.create_profile(home.house, OPERATOR, draft)).profile
    first = await assigning.assign(home.house, OPERATOR, made.id, ALL_DEVICES)
    await rolling.release_guard(home.house, OPERATOR, first.guards[0].key)
    ward = await groups.create_group(home.house, OPERATOR, "Ward", devices=[one])

    again = await assigning.assign(home.house, OPERATOR, made.id, ward.id, priority=3)

    assert [each.state for each in again.guards] == [GuardState.RELEASED]
    (guard,) = await rolling.list_guards(home.house, VIEWER, made.id)
    assert (guard.state, guard.released_by) == (GuardState.RELEASED, "olga")


async def test_what_others_make_a_lock_out_is_not_assigned_unread(home: Home) -> None:
    await fleet(home, 1)
    trust = await profile(home, "Trust", (TRUSTED, "0"))
    apps = await profile(home, "Apps", (APP, ""))
    await assigned(home, apps)

    with pytest.raises(Invalid, match="AllowAllTrustedApps"):
        await assigned(home, trust)


async def test_the_last_network_is_not_taken_away_where_none_can_be_joined_by_hand(
    home: Home,
) -> None:
    (device,) = await fleet(home, 1)
    network = await assigned(home, await profile(home, "Network", (NETWORK, WARD)))
    locked = ProfileBody((ProfileSetting(BY_HAND, "0", acknowledged=True),))
    draft = Draft("Locked", "", locked)
    await assigned(home, (await profiles.create_profile(home.house, OPERATOR, draft)).profile)
    assert network.assignment is not None

    with pytest.raises(Conflict, match="strand"):
        await assigning.unassign(home.house, OPERATOR, network.assignment.id)
    with pytest.raises(Conflict, match="strand"):
        await assigning.change_assignment(
            home.house, OPERATOR, network.assignment.id, excludes=True
        )
    with pytest.raises(Conflict, match="strand"):
        await profiles.save_revision(
            home.house, OPERATOR, network.assignment.profile, body(), base=1, reason=""
        )

    assert NETWORK in await values_of(home, device)
    await assigning.unassign(home.house, OPERATOR, network.assignment.id, accept_conflicts=True)
    assert NETWORK not in await values_of(home, device)


async def test_the_audit_says_who_assigned_what(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))
    done = await assigned(home, made)
    assert done.assignment is not None
    await assigning.change_assignment(home.house, ADMIN, done.assignment.id, priority=2)
    await assigning.unassign(home.house, ADMIN, done.assignment.id)

    page = await reading.list_audit(home.house, ADMIN, reading.PageRequest())

    mine = [each for each in page.items if each.target == done.assignment.id]
    assert [each.action for each in mine] == [
        "assignment.delete",
        "assignment.change",
        "assignment.create",
    ]
    assert mine[-1].detail["profile"] == made.id


async def test_an_assignment_to_many_devices_touches_none_of_them(home: Home) -> None:
    """Two thousand devices: the rows of devices are the same before and after."""
    await wishes.fleet(home.store, 2000)
    await regroup(home.house)
    made = await profile(home, "Ward", (CAMERA, "0"))
    before = await rows(home)

    done = await assigned(home, made)

    assert done.devices == 2000
    assert await rows(home) == before
    assert await values_of(home, DeviceId("dev_3")) == {CAMERA: "0"}


async def rows(home: Home) -> dict[str, list[dict[str, Any]]]:
    """Everything that is stored, but for what decides who gets what."""
    about = ("mandate", "profile", "assignment", "tree", "cohort", "audit", "guard", "revision")
    kept = [
        table for table in METADATA.sorted_tables if not any(each in table.name for each in about)
    ]

    def everything() -> Work[dict[str, list[dict[str, Any]]]]:
        found = {}
        for table in kept:
            names = [column.name for column in table.columns]
            all_rows = yield Query(select(*table.columns).order_by(*table.primary_key))()
            found[table.name] = [{name: row[name] for name in names} for row in all_rows]
        return found

    found = await home.store.executor.read(everything)
    assert len(found["device"]) == 2000
    return found
