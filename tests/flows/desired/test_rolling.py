"""How what is wanted comes to the devices: seen per device, per profile, per fleet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.desired.wants import (
    BLUETOOTH,
    CACHE,
    CAMERA,
    NETWORK,
    WARD,
    assigned,
    body,
    fleet,
    locking,
    profile,
    tell,
    tree_of,
)
from tests.flows.home import ADMIN, OPERATOR, START, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState, load_standing
from lenskeep.flows import reading
from lenskeep.flows.desired import assigning, profiles, rolling
from lenskeep.flows.desired.profiles import Draft
from lenskeep.flows.desired.rolling import SettingView
from lenskeep.flows.mandate import ALL_DEVICES, GuardState, ProgressState
from lenskeep.flows.ports import Stood
from lenskeep.flows.reading import PageRequest
from lenskeep.tree.sensitive import REDACTED

NOBODY = DeviceId("dev_404")


async def stands(
    home: Home, device: DeviceId, states: dict[str, SettingState], **more: Any
) -> None:
    """Let the device stand like this to the nodes that are wanted of it now."""
    wanting = await home.house.standings.standing_of(device)
    wanted = (await tree_of(home, device)).nodes
    nodes = [
        NodeStanding(
            uri=each.uri.text,
            state=states[each.uri.text],
            since=START,
            owners=each.owners,
            mark=each.mark,
            ours=True,
            **more,
        )
        for each in wanted
        if each.uri.text in states
    ]
    standing = replace(DeviceStanding().with_nodes(nodes), tree=wanting.tree)
    stood = Stood(
        tree=wanting.tree,
        standing=standing.dump(),
        settled=standing.is_settled,
        due_at=None,
        device_print="",
        worst=ProgressState.VERIFIED,
    )
    await home.say(device, stood=stood)


async def views(home: Home, device: DeviceId) -> dict[str, SettingView]:
    found = await rolling.device_settings(home.house, OPERATOR, device)
    return {each.uri: each for each in found.settings}


async def test_a_setting_not_heard_of_yet_is_pending_and_says_so(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CAMERA, "0")))

    found = await rolling.device_settings(home.house, VIEWER, device)

    assert not found.planned
    (view,) = found.settings
    assert (view.state, view.wanted, view.since) == (SettingState.PENDING, "0", None)
    assert "not heard of since" in view.text
    assert [each.name for each in view.owners] == ["Ward"]
    assert found.counts[SettingState.PENDING] == 1


async def test_a_setting_shows_wanted_known_and_effective(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CAMERA, "0")))
    result = CAMERA.replace("/Config/", "/Result/")
    await stands(home, device, {CAMERA: SettingState.VERIFIED})
    await tell(home, device, (CAMERA.replace("./Device/", "./"), "0"), (result, "1"))

    found = await rolling.device_settings(home.house, VIEWER, device)

    (view,) = found.settings
    assert found.planned
    assert (view.state, view.wanted, view.known) == (SettingState.VERIFIED, "0", "0")
    assert (view.effective, view.known_at, view.since) == ("1", START, START)
    assert view.title


async def test_only_what_changed_is_pending_after_a_new_save(home: Home) -> None:
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (CAMERA, "0"), (BLUETOOTH, "0"), (CACHE, "7"))
    await assigned(home, made)
    verified = SettingState.VERIFIED
    await stands(home, device, {CAMERA: verified, BLUETOOTH: verified, CACHE: verified})

    newer = body((CAMERA, "0"), (BLUETOOTH, "2"))
    await profiles.save_revision(home.house, OPERATOR, made.id, newer, base=1, reason="")

    found = await views(home, device)
    assert found[CAMERA].state is SettingState.VERIFIED
    assert found[BLUETOOTH].state is SettingState.PENDING
    assert (found[CACHE].state, found[CACHE].wanted) == (SettingState.REMOVING, None)


async def test_a_viewer_reads_no_secret_of_a_device(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (NETWORK, WARD)))
    await tell(home, device, (NETWORK, WARD))

    shown = (await rolling.device_settings(home.house, VIEWER, device)).settings[0]
    whole = (await rolling.device_settings(home.house, OPERATOR, device)).settings[0]

    assert (shown.wanted, shown.known) == (REDACTED, REDACTED)
    assert (whole.wanted, whole.known) == (WARD, WARD)
    assert "not-told" not in repr(whole)


async def test_a_contradiction_is_conflicting_before_it_was_planned(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "A", (CACHE, "7")))
    await assigned(home, await profile(home, "B", (CACHE, "8")))

    view = (await views(home, device))[CACHE]

    assert view.state is SettingState.CONFLICTING
    assert {each.name for each in view.undecided} == {"A", "B"}
    assert view.wanted is None


async def test_the_loser_of_a_setting_is_named(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "A", (CAMERA, "0")))
    await assigned(home, await profile(home, "B", (CAMERA, "1")))

    view = (await views(home, device))[CAMERA]

    assert ([o.name for o in view.owners], [o.name for o in view.overruled]) == (["A"], ["B"])


async def test_failed_settings_are_tried_again_when_somebody_asks(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CAMERA, "0"), (BLUETOOTH, "0"), (CACHE, "7")))
    failed, verified = SettingState.FAILED, SettingState.VERIFIED
    states = {CAMERA: failed, BLUETOOTH: failed, CACHE: verified}
    await stands(home, device, states, failures=4, status=405)

    count = await rolling.try_again(home.house, OPERATOR, device, [CAMERA])

    assert count == 1
    standing = load_standing((await home.house.standings.standing_of(device)).standing)
    again = standing.by_key[CAMERA.casefold()]
    assert (again.state, again.failures, again.retry_at) == (SettingState.PENDING, 0, None)
    assert standing.by_key[BLUETOOTH.casefold()].state is failed
    assert await rolling.try_again(home.house, OPERATOR, device) == 1
    assert await rolling.try_again(home.house, OPERATOR, device) == 0


async def test_only_settings_of_the_device_are_tried_again(home: Home) -> None:
    (device,) = await fleet(home, 1)

    with pytest.raises(Invalid, match="AllowCamera"):
        await rolling.try_again(home.house, OPERATOR, device, [CAMERA])


async def test_a_staged_roll_out_is_released_by_a_person_once(home: Home) -> None:
    await fleet(home, 2)
    made = (await profiles.create_profile(home.house, OPERATOR, Draft("W", "", locking()))).profile
    (guard,) = (await assigning.assign(home.house, OPERATOR, made.id, ALL_DEVICES)).guards
    assert guard.state is GuardState.OPEN
    home.clock.advance(hours=1)

    released = await rolling.release_guard(home.house, OPERATOR, guard.key)

    assert (released.state, released.released_by) == (GuardState.RELEASED, "olga")
    assert released.released_at == START + timedelta(hours=1)
    with pytest.raises(Conflict):
        await rolling.release_guard(home.house, OPERATOR, guard.key)
    with pytest.raises(Conflict):
        await rolling.reset_scout(home.house, OPERATOR, guard.key)
    page = await reading.list_audit(home.house, ADMIN, PageRequest(limit=1))
    assert page.items[0].action == "guard.release"


async def test_another_device_can_be_the_first(home: Home) -> None:
    one, _ = await fleet(home, 2)
    made = (await profiles.create_profile(home.house, OPERATOR, Draft("W", "", locking()))).profile
    (guard,) = (await assigning.assign(home.house, OPERATOR, made.id, ALL_DEVICES)).guards
    wanting = await home.house.standings.standing_of(one)
    stood = Stood(wanting.tree, b"", False, None, "", ProgressState.WAITING, claims=(guard.key,))
    await home.say(one, stood=stood)
    (claimed,) = await rolling.list_guards(home.house, VIEWER)
    assert (claimed.state, claimed.scout) == (GuardState.CLAIMED, one)

    reset = await rolling.reset_scout(home.house, OPERATOR, guard.key)

    assert (reset.state, reset.scout) == (GuardState.OPEN, None)


async def test_a_profiles_devices_are_listed_with_how_they_stand(home: Home) -> None:
    await fleet(home, 2)
    made = await profile(home, "Ward", (CAMERA, "0"))
    await assigned(home, made)

    rollout, page = await rolling.profile_progress(home.house, VIEWER, made.id, page=PageRequest())

    assert rollout.devices == 2
    assert [(each.name, each.progress) for each in page.items] == [
        ("HOLO-1", None),
        ("HOLO-2", None),
    ]
    _, none = await rolling.profile_progress(
        home.house, VIEWER, made.id, state=ProgressState.FAILED, page=PageRequest()
    )
    assert none.items == ()


async def test_the_fleet_is_pictured(home: Home) -> None:
    one, *_ = await fleet(home, 3)
    before = await rolling.compliance(home.house, VIEWER)
    await assigned(home, await profile(home, "Ward", (CAMERA, "0")))
    await stands(home, one, {CAMERA: SettingState.VERIFIED})

    found = await rolling.compliance(home.house, VIEWER)

    assert (before.devices, before.unmanaged) == (3, 3)
    assert (found.devices, found.unmanaged) == (3, 0)
    assert found.by_state[ProgressState.VERIFIED] == 1


async def test_what_is_not_there_is_missing(home: Home) -> None:
    house, nowhere = home.house, ProfileId("prf_404")

    for attempt in (
        rolling.device_settings(house, VIEWER, NOBODY),
        rolling.try_again(house, OPERATOR, NOBODY),
        rolling.release_guard(house, OPERATOR, "prf_404/1"),
        rolling.reset_scout(house, OPERATOR, "prf_404/1"),
        rolling.list_guards(house, VIEWER, nowhere),
        rolling.profile_progress(house, VIEWER, nowhere, page=PageRequest()),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_a_viewer_changes_nothing(home: Home) -> None:
    for attempt in (
        rolling.try_again(home.house, VIEWER, NOBODY),
        rolling.release_guard(home.house, VIEWER, "x/1"),
        rolling.reset_scout(home.house, VIEWER, "x/1"),
    ):
        with pytest.raises(Refused):
            await attempt
