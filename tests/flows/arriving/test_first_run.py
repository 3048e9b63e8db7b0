"""First run from the document to the headset: set, held up, delivered, let go, shown."""

import pytest
from tests.flows.desired.wants import BLUETOOTH, assigned, profile
from tests.flows.device.wearer import Wearer, wearing
from tests.flows.home import ADMIN, OPERATOR, START, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Refused
from lenskeep.base.identifiers import DeviceId
from lenskeep.enrollment.first_run.arrival import begin
from lenskeep.enrollment.first_run.model import FirstRunPlan
from lenskeep.flows.arriving import first_run
from lenskeep.flows.device.own.housewishes import first_memory
from lenskeep.flows.entrance import Way
from lenskeep.flows.reading import PageRequest, read_timeline
from lenskeep.wire.syncml.model import Alert, Item, Meta, Request
from lenskeep.wire.syncml.read import read_message

PAGE = "./Device/Vendor/MSFT/DMClient/Provider/Lenskeep/FirstSyncStatus"
FINISHED = f"{PAGE}/ServerHasFinishedProvisioning"
WAY = Way.AUTOPILOT.value


async def arriving(home: Home, number: int = 1, *, user_page: bool = False) -> Wearer:
    """A virtual headset in its first run."""
    plan = FirstRunPlan(ways=frozenset({WAY}), user_page=user_page)
    arrival = begin(plan, WAY, has_user=user_page, build="22621.1244", now=START)
    return await wearing(home, number, way=WAY, arrival=first_memory(arrival))


# --- the document -------------------------------------------------------------------------


async def test_nothing_is_held_up_until_somebody_sets_it(home: Home) -> None:
    """As a new server has it."""
    view = await first_run.show_plan(home.house, VIEWER)

    assert (view.version, view.body["ways"]) == (0, [])


async def test_a_plan_is_set_in_the_place_of_a_version(home: Home) -> None:
    """Somebody who was slower is told; the history keeps both."""
    plan = {"ways": ["autopilot"], "timeout_min": 90}
    await first_run.set_plan(home.house, ADMIN, plan, 0)

    with pytest.raises(Conflict):
        await first_run.set_plan(home.house, ADMIN, {}, 0)
    view = await first_run.show_plan(home.house, VIEWER)

    assert (view.version, view.actor, view.body["timeout_min"]) == (1, "ada", 90)


async def test_only_an_administrator_sets_it(home: Home) -> None:
    """It decides what every new headset does."""
    with pytest.raises(Refused):
        await first_run.set_plan(home.house, OPERATOR, {}, 0)


async def test_a_profile_that_is_not_there_is_complained_of(home: Home) -> None:
    """A headset would wait for nothing."""
    with pytest.raises(Invalid) as caught:
        await first_run.set_plan(home.house, ADMIN, {"profiles": ["prf_404"]}, 0)

    assert [each.field for each in caught.value.complaints] == ["profiles[0]"]


# --- on a headset -------------------------------------------------------------------------


async def test_a_headset_is_held_until_its_settings_are_there(home: Home) -> None:
    """Announced, told what to expect, given it, and let go in the same session."""
    await assigned(home, await profile(home, "Ward", (BLUETOOTH, "0")))
    headset = await arriving(home)

    done = await headset.sync("none")

    uris = [each.uri for each in done if each.verb == "replace"]
    assert headset.value(f"{PAGE}/ExpectedPolicies") == BLUETOOTH
    assert uris.index(f"{PAGE}/SkipDeviceStatusPage") < uris.index(BLUETOOTH) < uris.index(FINISHED)
    assert headset.value(FINISHED) == "true"
    status = await first_run.first_run_of(home.house, VIEWER, headset.device)
    assert (status.stage, status.outcome) == ("over", "done")


async def test_what_waits_is_shown_while_it_waits(home: Home) -> None:
    """How much is to come, and until when."""
    await assigned(home, await profile(home, "Ward", (BLUETOOTH, "0")))
    headset = await arriving(home)
    headset.failing = {f"{PAGE}/TimeOutUntilSyncFailure": 500, FINISHED: 500}
    before = await first_run.first_run_of(home.house, VIEWER, headset.device)

    await headset.sync("none")
    after = await first_run.first_run_of(home.house, VIEWER, headset.device)

    assert (before.stage, before.ends_at is not None) == ("announcing", True)
    assert (after.stage, after.waiting) == ("releasing", 0)


async def test_a_release_that_is_refused_is_sent_again_in_the_next_session(home: Home) -> None:
    """Nothing is put between: the headset waits for it."""
    headset = await arriving(home)
    headset.failing = {FINISHED: 500}
    await headset.sync("none")
    held = headset.value(FINISHED)

    headset.failing = {}
    home.clock.advance(minutes=3)
    await headset.sync("none")

    assert held != "true"
    assert headset.value(FINISHED) == "true"


async def test_the_user_is_let_go_on_a_headset_that_has_no_users_node_yet(home: Home) -> None:
    """It is made first; then the user is through, and the next one is not held up."""
    own = "./User/Vendor/MSFT/DMClient/Provider/Lenskeep"
    headset = await arriving(home, user_page=True)
    await headset.sync("none")
    before = headset.value(f"{PAGE}/SkipUserStatusPage")
    home.clock.advance(minutes=3)

    await headset.sync("user")

    assert before == "false"
    assert headset.value(f"{own}/FirstSyncStatus/ServerHasFinishedProvisioning") == "true"
    assert headset.value(f"{PAGE}/SkipUserStatusPage") == "true"
    status = await first_run.first_run_of(home.house, VIEWER, headset.device)
    assert status.stage == "over"


async def test_lost_answers_change_nothing(home: Home) -> None:
    """Every second answer is lost and asked for again with the same bytes."""
    await assigned(home, await profile(home, "Ward", (BLUETOOTH, "0")))
    headset = await arriving(home)
    headset.lose = iter([True, False] * 40)

    for _ in range(3):
        await headset.sync("none")
        home.clock.advance(minutes=3)

    assert headset.value(FINISHED) == "true"


async def test_its_steps_stand_on_the_timeline_and_its_commands_do_not_in_the_list(
    home: Home,
) -> None:
    """What the server wants for itself is no operation of a person."""
    headset = await arriving(home)

    await headset.sync("none")

    page = await read_timeline(home.house, VIEWER, headset.device, PageRequest(limit=100))
    kinds = [each.kind for each in page.items]
    assert "first run" in kinds
    operations = await home.house.fleet.operations(headset.device, None, 10)
    assert operations.items == ()


async def test_a_headset_without_a_first_run_says_so(home: Home) -> None:
    """It came another way, or nothing was set then."""
    headset = await wearing(home, 1)

    await headset.sync()

    status = await first_run.first_run_of(home.house, VIEWER, headset.device)
    assert status.stage == "none"
    assert headset.value(f"{PAGE}/SkipDeviceStatusPage") == "true"


@pytest.mark.parametrize("user_page", [False, True])
async def test_a_headset_that_leaves_in_the_middle_waits_for_nothing_any_more(
    home: Home, user_page: bool
) -> None:
    """Its first run is no longer shown as under way, and nothing is asked of it."""
    await assigned(home, await profile(home, "Ward", (BLUETOOTH, "0")))
    headset = await arriving(home, user_page=user_page)
    headset.failing = {FINISHED: 500}
    await headset.sync("none")
    home.clock.advance(minutes=3)
    headset.session += 1
    kind = "com.microsoft:mdm.unenrollment.userrequest"
    gone = Alert("3", 1226, (Item(meta=Meta(type=kind, format="int"), data="1"),))
    reply = await headset.say(headset.write(1, (Alert("2", 1201), gone)))

    status = await first_run.first_run_of(home.house, VIEWER, headset.device)

    assert not [each for each in read_message(reply).body if isinstance(each, Request)]
    assert (status.stage, status.ends_at, status.waiting) == ("none", None, 0)


async def test_another_devices_first_run_is_missing(home: Home) -> None:
    """As any other thing of a device that is not there."""
    with pytest.raises(Conflict):
        await first_run.first_run_of(home.house, VIEWER, DeviceId("dev_404"))
