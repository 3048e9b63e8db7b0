"""What would be sent is told beforehand, and played on a virtual headset of each build."""

from dataclasses import asdict

import pytest
from tests.flows.desired.wants import (
    BLUETOOTH,
    CACHE,
    CAMERA,
    NETWORK,
    POLICY,
    WARD,
    assigned,
    body,
    fleet,
    profile,
    tell,
    tree_of,
)
from tests.flows.home import OPERATOR, VIEWER, Home

from lenskeep.access import Caller
from lenskeep.base.errors import Invalid, Missing
from lenskeep.base.identifiers import DeviceId, GroupId, ProfileId
from lenskeep.desired.inventory import EDITION, MODEL, SOFTWARE
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.desired import groups, planning
from lenskeep.flows.mandate import ALL_DEVICES
from lenskeep.tree.operation import Verb
from lenskeep.tree.sensitive import REDACTED

YOUNG = f"{POLICY}MixedReality/AutoLogonUser"
"""Only builds from 20348.1432 on have it."""
OLD = "19041.1128"


async def test_a_plan_shows_what_would_be_sent_to_a_device(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CACHE, "7"), (BLUETOOTH, "0")))
    facts = ((SOFTWARE, "10.0.22621.1244"), (MODEL, "HoloLens 2"), (EDITION, "136"))
    await tell(home, device, *facts, (CACHE, "7"), (BLUETOOTH, "2"))

    rows = {each.uri: each for each in await planning.plan_device(home.house, VIEWER, device)}

    assert (rows[BLUETOOTH].verb, rows[BLUETOOTH].value) == (Verb.REPLACE, "0")
    assert rows[CACHE].verb is None
    assert all(each.reason for each in rows.values())


@pytest.mark.parametrize("caller", [VIEWER, OPERATOR], ids=["viewer", "operator"])
async def test_nobody_reads_a_secret_of_a_plan(home: Home, caller: Caller) -> None:
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (NETWORK, WARD))
    await assigned(home, made)

    of_device = await planning.plan_device(home.house, caller, device)
    (of_group,) = await planning.plan_group(
        home.house, caller, ALL_DEVICES, profile=made.id, body=body((NETWORK, WARD), (CACHE, "7"))
    )

    for rows in (of_device, of_group.previews):
        told = {each.uri.casefold(): each.value for each in rows if each.verb and each.value}
        assert told.pop(CACHE.casefold(), "7") == "7"
        assert list(told.values()) == [REDACTED]


async def test_a_group_is_planned_for_before_anything_is_assigned(home: Home) -> None:
    new = await fleet(home, 2)
    old = await fleet(home, 1, build=OLD, first=9)

    plans = await planning.plan_group(
        home.house, VIEWER, ALL_DEVICES, body=body((YOUNG, "ward@contoso.com"), (CACHE, "7"))
    )

    by_devices = {each.devices: {p.uri: p for p in each.previews} for each in plans}
    assert set(by_devices) == {tuple(new), tuple(old)}
    assert by_devices[tuple(new)][YOUNG].verb is Verb.REPLACE
    assert by_devices[tuple(old)][YOUNG].verb is None
    assert OLD in by_devices[tuple(old)][YOUNG].reason
    assert (await tree_of(home, new[0])).nodes == ()


async def test_a_plan_of_a_profile_counts_what_is_wanted_beside_it(home: Home) -> None:
    await fleet(home, 1)
    await assigned(home, await profile(home, "Base", (BLUETOOTH, "0")))
    ward = await profile(home, "Ward", (CACHE, "7"))

    (already,) = await planning.plan_group(home.house, VIEWER, ALL_DEVICES)
    (then,) = await planning.plan_group(home.house, VIEWER, ALL_DEVICES, profile=ward.id)
    (changed,) = await planning.plan_group(
        home.house, VIEWER, ALL_DEVICES, profile=ward.id, body=body((CAMERA, "0"))
    )

    assert [each.uri for each in already.previews] == [BLUETOOTH]
    assert {each.uri for each in then.previews} == {BLUETOOTH, CACHE}
    assert {each.uri for each in changed.previews} == {BLUETOOTH, CAMERA}


async def test_what_could_never_be_sent_is_not_planned(home: Home) -> None:
    await fleet(home, 1)

    for attempt in (
        planning.plan_group(home.house, VIEWER, ALL_DEVICES, body=body((CAMERA, "9"))),
        planning.rehearse(home.house, VIEWER, ALL_DEVICES, body=body((CAMERA, "9"))),
        planning.rehearse(home.house, VIEWER, ALL_DEVICES),
    ):
        with pytest.raises(Invalid):
            await attempt


async def test_a_rehearsal_says_what_each_build_accepts(home: Home) -> None:
    await fleet(home, 2)
    await fleet(home, 1, build=OLD, first=9)

    builds = await planning.rehearse(
        home.house, VIEWER, ALL_DEVICES, body=body((YOUNG, "ward@contoso.com"), (CACHE, "7"))
    )

    assert sorted(each.devices for each in builds) == [1, 2]
    rows = {(each.devices, row.uri): row for each in builds for row in each.rows}
    taken = rows[2, CACHE]
    assert (taken.verb, taken.status, taken.accepted) == (Verb.REPLACE, 200, True)
    assert (taken.value_after, taken.skipped) == ("7", "")
    assert rows[2, YOUNG].accepted
    lacking = rows[1, YOUNG]
    assert (lacking.verb, lacking.status, lacking.accepted) == (None, None, False)
    assert "not applicable" in lacking.skipped


async def test_a_rehearsal_can_take_it_away_again(home: Home) -> None:
    await fleet(home, 1)

    (build,) = await planning.rehearse(
        home.house, VIEWER, ALL_DEVICES, body=body((CACHE, "7")), removal=True
    )

    assert [each.verb for each in build.rows] == [Verb.REPLACE, Verb.DELETE]
    assert all(each.accepted for each in build.rows)


@pytest.mark.parametrize("caller", [VIEWER, OPERATOR], ids=["viewer", "operator"])
async def test_a_rehearsal_shows_nobody_a_secret(home: Home, caller: Caller) -> None:
    await fleet(home, 1)

    (shown,) = await planning.rehearse(home.house, caller, ALL_DEVICES, body=body((NETWORK, WARD)))

    said = [each for each in shown.rows if each.verb]
    assert said
    assert all(each.accepted for each in said)
    assert "not-told" not in "".join(str(asdict(each)) for each in shown.rows)


async def test_a_rehearsal_of_a_profile_plays_its_latest_save(home: Home) -> None:
    await fleet(home, 1)
    made = await profile(home, "Ward", (CACHE, "7"))

    (build,) = await planning.rehearse(home.house, VIEWER, ALL_DEVICES, profile=made.id)

    assert [each.uri for each in build.rows] == [CACHE]


async def test_an_empty_group_has_no_plan(home: Home) -> None:
    ward = await groups.create_group(home.house, OPERATOR, "Ward")
    wanted = body((CACHE, "7"))

    assert await planning.plan_group(home.house, VIEWER, ward.id, body=wanted) == ()
    assert await planning.rehearse(home.house, VIEWER, ward.id, body=wanted) == ()


async def test_what_is_not_there_is_missing(home: Home) -> None:
    house, nowhere = home.house, GroupId("grp_404")

    for attempt in (
        planning.plan_device(house, VIEWER, DeviceId("dev_404")),
        planning.plan_group(house, VIEWER, nowhere),
        planning.plan_group(house, VIEWER, ALL_DEVICES, profile=ProfileId("prf_404")),
        planning.rehearse(house, VIEWER, nowhere, body=ProfileBody()),
    ):
        with pytest.raises(Missing):
            await attempt
