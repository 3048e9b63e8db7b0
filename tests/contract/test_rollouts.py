"""How far profiles have come, how the fleet stands, and what is swept of it."""

import pytest
from tests.contract.test_housekeeping import retention
from tests.contract.wishes import (
    DEFAULT,
    audited,
    cohort,
    decide,
    group,
    guard,
    head,
    profile,
    progress,
    stand,
    stood,
    tree,
    wanted_by_all,
)
from tests.contract.world import NOW, after, audit, enrolled

from lenskeep.base.errors import Conflict, Invalid, Missing
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.flows.mandate import GuardState, ProgressState, Rollout
from lenskeep.flows.ports import NewEnrollment
from lenskeep.flows.records import DeviceFilter, DeviceState, Unwanted
from lenskeep.store import Store

PROFILE = ProfileId("prf_1")
KEY = "prf_1/1"


async def seven(store: Store) -> list[NewEnrollment]:
    """Seven devices that a profile reaches, one in each state but WAITING, one gone."""
    devices = [await enrolled(store, number) for number in range(1, 8)]
    await wanted_by_all(store, *devices)
    states = (
        ProgressState.VERIFIED,
        ProgressState.FAILED,
        ProgressState.APPLIED,
        ProgressState.DRIFTED,
        ProgressState.FAILED,
    )
    for new, state in zip(devices, states, strict=False):
        await stand(store, new, 1, stood("tree-1", state, progress=(progress(1, state),)))
    await store.fleet.end_enrollments(DeviceId("dev_7"), DeviceState.UNENROLLED, "", audit())
    return devices


async def test_a_rollout_counts_the_devices_that_the_profile_reaches(store: Store) -> None:
    """Those not heard of wait; those that left do not count."""
    await seven(store)

    found = await store.rollouts.rollout(PROFILE)

    assert 6 == found.devices
    assert {
        ProgressState.FAILED: 2,
        ProgressState.DRIFTED: 1,
        ProgressState.CONFLICTING: 0,
        ProgressState.WAITING: 1,
        ProgressState.APPLIED: 1,
        ProgressState.VERIFIED: 1,
        ProgressState.NOT_APPLICABLE: 0,
    } == found.by_state
    assert {PROFILE: found} == await store.rollouts.rollouts()
    with pytest.raises(Missing):
        await store.rollouts.rollout(ProfileId("prf_9"))


async def test_progress_on_an_older_revision_waits_for_the_new_one(store: Store) -> None:
    """Every device that is reached begins anew; none is shown as done."""
    await seven(store)

    await decide(store, trees=(tree("tree-2", (1, 2)),), cohorts={DEFAULT: "tree-2"})

    found = await store.rollouts.rollout(PROFILE)
    assert (6, 6) == (found.devices, found.by_state[ProgressState.WAITING])
    page = await store.rollouts.progress(PROFILE, None, None, 9)
    assert {None} == {each.progress for each in page.items}
    assert {PROFILE: found} == await store.rollouts.rollouts()


async def test_what_is_known_of_a_revision_counts_on_in_another_tree(store: Store) -> None:
    """Another profile came beside it; of that one nothing is known yet."""
    await seven(store)
    before = await store.rollouts.rollout(PROFILE)
    await decide(store, profile=profile(2))

    await decide(store, trees=(tree("tree-2", (1, 1), (2, 1)),), cohorts={DEFAULT: "tree-2"})

    found = await store.rollouts.rollouts()
    assert {PROFILE: before, ProfileId("prf_2"): await one(store, 2)} == found
    assert 6 == found[ProfileId("prf_2")].by_state[ProgressState.WAITING]


async def one(store: Store, number: int) -> Rollout:
    """How far the profile with this number has come."""
    return await store.rollouts.rollout(ProfileId(f"prf_{number}"))


async def test_a_profile_that_reaches_nobody_has_an_empty_rollout(store: Store) -> None:
    """It is not among those that reach somebody."""
    await decide(store, profile=profile())

    assert 0 == (await store.rollouts.rollout(PROFILE)).devices
    assert {} == await store.rollouts.rollouts()


async def test_devices_in_trouble_come_first(store: Store) -> None:
    """Page by page, each once, the worst first and then in order of their ids."""
    await seven(store)

    seen, after_, pages = [], None, 0
    while pages == 0 or after_ is not None:
        page = await store.rollouts.progress(PROFILE, None, after_, 2)
        seen += [each.device for each in page.items]
        after_, pages = page.next, pages + 1

    assert ["dev_2", "dev_5", "dev_4", "dev_6", "dev_3", "dev_1"] == seen
    assert 3 == pages


async def test_devices_are_narrowed_to_a_state(store: Store) -> None:
    """With what is known of each; those not heard of are among those that wait."""
    await seven(store)

    first = await store.rollouts.progress(PROFILE, ProgressState.FAILED, None, 1)
    second = await store.rollouts.progress(PROFILE, ProgressState.FAILED, first.next, 1)
    waiting = await store.rollouts.progress(PROFILE, ProgressState.WAITING, None, 9)

    assert ["dev_2", "dev_5"] == [first.items[0].device, second.items[0].device]
    assert second.next is None
    assert progress(1, ProgressState.FAILED) == first.items[0].progress
    assert ("HOLO-2", after(61)) == (first.items[0].name, first.items[0].last_seen)
    assert [("dev_6", None)] == [(each.device, each.progress) for each in waiting.items]


@pytest.mark.parametrize("cursor", ["x", "", "dev_1", "99.dev_1", "²."])
async def test_a_cursor_of_another_list_is_refused(store: Store, cursor: str) -> None:
    """It is Invalid and names its field."""
    await decide(store, profile=profile())

    with pytest.raises(Invalid, match="after"):
        await store.rollouts.progress(PROFILE, None, cursor, 9)


async def test_the_fleet_stands_as_its_devices_do(store: Store) -> None:
    """By the worst of each; one planned against another tree waits; nothing wanted is unmanaged."""
    devices = await seven(store)
    await enrolled(store, 8)
    await decide(
        store,
        group=group(),
        trees=(tree("empty", nodes=0),),
        cohorts={cohort(1): "empty"},
        moves={DeviceId("dev_6"): cohort(1), DeviceId("dev_1"): cohort(1)},
    )

    found = await store.rollouts.compliance()
    counts = {state: count for state, count in found.by_state.items() if count}
    assert (7, 2) == (found.devices, found.unmanaged)
    assert {
        ProgressState.FAILED: 2,
        ProgressState.DRIFTED: 1,
        ProgressState.APPLIED: 1,
        ProgressState.WAITING: 1,
    } == counts

    await stand(store, devices[0], 2, stood("empty", None))
    assert 3 == (await store.rollouts.compliance()).unmanaged


# --- staged roll-outs ---------------------------------------------------------------------


async def test_an_administrator_lets_the_rest_follow(store: Store) -> None:
    """Once; it is said who did."""
    await decide(store, guards=(guard(KEY), guard("prf_1/2", after(5))))

    released = await store.rollouts.release(KEY, audit("rollout.release", KEY))

    assert (GuardState.RELEASED, NOW, "grace") == (
        released.state,
        released.released_at,
        released.released_by,
    )
    assert ("prf_1/2", KEY) == tuple(each.key for each in await store.rollouts.guards(PROFILE))
    assert "rollout.release" == (await audited(store))[0].action
    with pytest.raises(Conflict, match="released already"):
        await store.rollouts.release(KEY, audit())
    with pytest.raises(Missing):
        await store.rollouts.release("prf_9/1", audit())


async def test_a_scout_is_given_up(store: Store) -> None:
    """Another device can be the first then; where there is none, nothing is given up."""
    first, second = [await enrolled(store, number) for number in (1, 2)]
    await wanted_by_all(store, first, second, guards=(KEY,))
    with pytest.raises(Conflict, match="no scout"):
        await store.rollouts.reset_scout(KEY, audit())
    await stand(store, first, 1, stood("tree-1", claims=(KEY,)))

    reset = await store.rollouts.reset_scout(KEY, audit("rollout.reset", KEY))
    await stand(store, second, 1, stood("tree-1", claims=(KEY,)))

    assert (GuardState.OPEN, None, None) == (reset.state, reset.scout, reset.claimed_at)
    assert "dev_2" == (await store.rollouts.guards())[0].scout
    assert "rollout.reset" == (await audited(store))[0].action
    with pytest.raises(Missing):
        await store.rollouts.reset_scout("prf_9/1", audit())


async def test_a_rollout_that_began_begins_only_once(store: Store) -> None:
    """A change that brings it again leaves it as it is."""
    await decide(store, guards=(guard(KEY),))
    await store.rollouts.release(KEY, audit())

    await decide(store, guards=(guard(KEY, after(99)),))

    (found,) = await store.rollouts.guards()
    assert (GuardState.RELEASED, NOW) == (found.state, found.created_at)


# --- sweeping -----------------------------------------------------------------------------


async def test_what_nobody_refers_to_is_swept(store: Store) -> None:
    """Cohorts, trees and staged roll-outs; a change decided before is decided again."""
    new = await enrolled(store, 1)
    await wanted_by_all(store, new, guards=(KEY,))
    await stand(store, new, 1, stood("tree-1"))
    await decide(store, group=group(), cohorts={cohort(1): "tree-1", DEFAULT: ""})

    swept = await store.housekeeping.sweep(retention(NOW))

    assert (1, 0, 0) == counted(swept)
    assert 3 == (await store.mandate.mandate()).version
    assert [DEFAULT] == [each.groups for each in (await store.mandate.mandate()).cohorts]

    await stand(store, new, 2, stood("", None))
    assert (0, 1, 1) == counted(await store.housekeeping.sweep(retention(NOW)))
    assert (0, 0, 0) == counted(await store.housekeeping.sweep(retention(NOW)))
    assert () == await store.rollouts.guards()
    assert 5 == (await store.mandate.mandate()).version
    assert DEFAULT == (await head(store, new)).groups


def counted(swept: object) -> tuple[int, int, int]:
    """What was swept of cohorts, trees and staged roll-outs."""
    assert isinstance(swept, dict)
    return swept["cohorts"], swept["trees"], swept["staged_rollouts"]


async def test_what_is_in_use_stays(store: Store) -> None:
    """Trees of cohorts and of standings, and the cohort that every new device comes into."""
    await decide(store, cohorts={DEFAULT: ""})
    new = await enrolled(store, 1)
    await wanted_by_all(store, new, guards=(KEY,))
    version = (await store.mandate.mandate()).version

    assert (0, 0, 0) == counted(await store.housekeeping.sweep(retention(NOW)))

    assert version == (await store.mandate.mandate()).version
    assert "tree-1" == (await head(store, new)).tree


async def standing_so(store: Store, worst: ProgressState | Unwanted) -> list[str]:
    """The ids of the devices on the list that stand so."""
    return [
        each.id for each in (await store.fleet.devices(DeviceFilter(worst=worst), None, 99)).items
    ]


async def test_the_list_says_how_each_device_stands_as_the_fleet_is_counted(store: Store) -> None:
    """A device that left, or of which nothing is wanted, has no state."""
    await seven(store)
    await enrolled(store, 8)

    listed = {each.id: each for each in (await store.fleet.devices(DeviceFilter(), None, 99)).items}

    assert {
        "dev_1": ProgressState.VERIFIED,
        "dev_2": ProgressState.FAILED,
        "dev_3": ProgressState.APPLIED,
        "dev_4": ProgressState.DRIFTED,
        "dev_5": ProgressState.FAILED,
        "dev_6": ProgressState.WAITING,
        "dev_7": None,
        "dev_8": None,
    } == {name: each.worst for name, each in listed.items()}
    for name, each in listed.items():
        assert each == (await store.fleet.device(DeviceId(name))).row


async def test_the_list_of_a_state_is_as_long_as_the_fleet_counts(store: Store) -> None:
    """Also after a change, when every device waits, and when nothing is wanted any more."""
    await seven(store)
    await enrolled(store, 8)
    assert ["dev_5", "dev_2"] == await standing_so(store, ProgressState.FAILED)
    assert ["dev_8"] == await standing_so(store, Unwanted.NONE)

    for changed in ({}, {"trees": (tree("tree-2", (1, 2)),), "cohorts": {DEFAULT: "tree-2"}}):
        await decide(store, **changed)
        found = await store.rollouts.compliance()
        for state, count in found.by_state.items():
            assert count == len(await standing_so(store, state)), state
        assert found.unmanaged == len(await standing_so(store, Unwanted.NONE))
    assert 6 == found.by_state[ProgressState.WAITING]


async def test_the_list_is_narrowed_by_a_whole_tag(store: Store) -> None:
    """A tag that begins the same, or that a wild card would fit, is another one."""
    tags = (("ward-3",), ("a", "ward-3", "z"), ("ward-31",), ("ward_3",), ("wardx3",), ())
    for number, given in enumerate(tags, 1):
        new = await enrolled(store, number)
        await store.mandate.set_tags({new.enrollment.device_id: given}, [audit()])

    async def tagged(tag: str) -> list[str]:
        return [
            each.id for each in (await store.fleet.devices(DeviceFilter(tag=tag), None, 9)).items
        ]

    assert ["dev_2", "dev_1"] == await tagged("ward-3")
    assert ["dev_4"] == await tagged("ward_3")
    assert [] == await tagged("war%")
    row = (await store.fleet.device(DeviceId("dev_2"))).row
    assert ("a", "ward-3", "z") == row.tags
