"""How a device stands is kept with its messages, and one device alone is the scout."""

import asyncio
from dataclasses import replace

import pytest
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
from tests.contract.world import after, audit, conversed, enrolled, load, say

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.flows.mandate import GuardState, ProgressState
from lenskeep.flows.ports import Due, NewEnrollment, Wanting
from lenskeep.flows.ports.mandate import Mandated
from lenskeep.flows.records import DeviceState
from lenskeep.store import Store

KEY = "prf_1/1"
PROFILE = ProfileId("prf_1")


async def stands_as(store: Store, new: NewEnrollment) -> bytes:
    """How it stands, as it is stored."""
    due = (await load(store, new)).due
    assert due is not None
    return due.standing


async def test_a_new_device_is_in_no_group_and_stands_nowhere(store: Store) -> None:
    """Until somebody puts it into groups nothing is wanted of it."""
    new = await enrolled(store, 1)

    assert Mandated(DeviceId("dev_1"), None, "", "", True, None, "") == await head(store, new)
    assert Due(b"", ()) == (await load(store, new)).due
    assert Wanting("", "", b"", ()) == await store.standings.standing_of(DeviceId("dev_1"))
    assert await store.standings.sealed_tree("tree-1") is None


async def test_what_is_wanted_comes_with_the_load(store: Store) -> None:
    """The head of it, however the device is recognized; the rest where it is asked for."""
    new = await enrolled(store, 1)
    await wanted_by_all(store, new)
    due = after(900)

    await stand(store, new, 1, stood("tree-0", settled=True, due_at=due))

    expected = Mandated(DeviceId("dev_1"), DEFAULT, "tree-1", "tree-0", True, due, "p1")
    assert expected == await head(store, new)
    by_name = await store.conversations.load_by_auth_name("name-1", conversed(9).key)
    assert by_name is not None
    assert expected == by_name.mandated
    assert Due(b"standing", ()) == by_name.due == (await load(store, new)).due
    assert "sealed tree-1" == await store.standings.sealed_tree("tree-1")
    whole = Wanting("tree-1", "sealed tree-1", b"standing")
    assert whole == await store.standings.standing_of(DeviceId("dev_1"))


async def test_a_standing_is_replaced_and_kept_without_one(store: Store) -> None:
    """A message that says nothing of it leaves it."""
    new = await enrolled(store, 1)
    await stand(store, new, 1, stood("tree-0"))
    await stand(store, new, 2, stood("tree-1", None, standing=b"later", settled=False))
    await say(store, new, 3)

    found = await head(store, new)
    assert ("tree-1", False) == (found.standing_tree, found.settled)
    assert b"later" == await stands_as(store, new)


async def test_a_message_that_came_too_late_leaves_no_standing(store: Store) -> None:
    """Nothing of it is stored, progress and claims neither."""
    new = await enrolled(store, 1)
    await wanted_by_all(store, new, guards=(KEY,))
    loaded = await load(store, new)
    await say(store, new, 1)

    late = stood("tree-1", progress=(progress(1, ProgressState.FAILED),), claims=(KEY,))
    said = conversed(2, stood=late)

    assert await store.conversations.commit_message(loaded, said) is False
    assert "" == (await head(store, new)).standing_tree
    assert (guard(KEY),) == await store.rollouts.guards()
    assert 0 == (await store.rollouts.rollout(PROFILE)).by_state[ProgressState.FAILED]


async def test_progress_follows_what_the_message_says(store: Store) -> None:
    """Changed rows change, and profiles without a part in it are gone."""
    new = await enrolled(store, 1)
    for number in (1, 2, 3):
        await decide(store, profile=profile(number))
    await decide(
        store,
        trees=(tree("tree-1", (1, 1), (2, 1), (3, 1)),),
        cohorts={DEFAULT: "tree-1"},
        moves={new.enrollment.device_id: DEFAULT},
    )
    waiting, failed, verified = (
        ProgressState.WAITING,
        ProgressState.FAILED,
        ProgressState.VERIFIED,
    )

    first = tuple(progress(number, waiting) for number in (1, 2))
    await stand(store, new, 1, stood("tree-1", waiting, progress=first))
    second = (progress(1, verified), progress(3, failed))
    await stand(store, new, 2, stood("tree-1", failed, progress=second))

    found = await store.rollouts.rollouts()
    states = {
        each: [state for state, count in rollout.by_state.items() if count]
        for each, rollout in found.items()
    }
    assert {"prf_1": [verified], "prf_2": [waiting], "prf_3": [failed]} == states


# --- staged roll-outs ---------------------------------------------------------------------


async def test_of_two_scouts_one_is_the_first(store: Store) -> None:
    """The other message is not stored at all and is decided again."""
    first, second = [await enrolled(store, number) for number in (1, 2)]
    await wanted_by_all(store, first, second, guards=(KEY,))
    claim = stood("tree-1", ProgressState.WAITING, claims=(KEY,), standing=b"scout")

    loaded = [await load(store, each) for each in (first, second)]
    stored = await asyncio.gather(
        *(store.conversations.commit_message(each, conversed(1, stood=claim)) for each in loaded)
    )

    assert [True, False] == sorted(stored, reverse=True)
    (claimed,) = await store.rollouts.guards()
    winner, loser = (first, second) if stored[0] else (second, first)
    assert (GuardState.CLAIMED, winner.enrollment.device_id) == (claimed.state, claimed.scout)
    assert after(61) == claimed.claimed_at
    lost = await load(store, loser)
    assert (0, "", None) == (lost.version, lost.mandated.standing_tree, lost.session)
    assert Due(b"", (claimed,)) == lost.due


async def test_of_several_claims_all_or_none_are_stored(store: Store) -> None:
    """The one that was free stays free."""
    first, second = [await enrolled(store, number) for number in (1, 2)]
    await wanted_by_all(store, first, second, guards=("prf_1/0", KEY))
    await stand(store, first, 1, stood("tree-1", claims=(KEY,)))

    both = conversed(1, stood=stood("tree-1", claims=("prf_1/0", KEY)))
    assert not await store.conversations.commit_message(await load(store, second), both)

    states = {each.key: each.state for each in await store.rollouts.guards()}
    assert {"prf_1/0": GuardState.OPEN, KEY: GuardState.CLAIMED} == states


async def test_a_claim_begins_a_rollout_that_nobody_began(store: Store) -> None:
    """It is made with the profile and revision of its key; claimed again, it stays as it is."""
    new = await enrolled(store, 1)
    await stand(store, new, 1, stood("tree-1", claims=("prf_7/3",)))
    await stand(store, new, 2, stood("tree-1", claims=("prf_7/3",)))

    (begun,) = await store.rollouts.guards(ProfileId("prf_7"))

    assert (3, GuardState.CLAIMED, "dev_1", after(61), after(61)) == (
        begun.revision,
        begun.state,
        begun.scout,
        begun.created_at,
        begun.claimed_at,
    )
    assert () == await store.rollouts.guards(PROFILE)


async def test_the_scout_that_came_back_releases_the_rest(store: Store) -> None:
    """Another device releases nothing, and a released roll-out is claimed by nobody."""
    scout, other = [await enrolled(store, number) for number in (1, 2)]
    await wanted_by_all(store, scout, other, guards=(KEY,))
    await stand(store, scout, 1, stood("tree-1", claims=(KEY,)))

    await stand(store, other, 1, stood("tree-1", releases=(KEY,)))
    assert GuardState.CLAIMED is (await store.rollouts.guards())[0].state
    await stand(store, scout, 2, stood("tree-1", releases=(KEY,)))

    (released,) = await store.rollouts.guards()
    assert (GuardState.RELEASED, after(62), "") == (
        released.state,
        released.released_at,
        released.released_by,
    )
    late = conversed(2, stood=stood("tree-1", claims=(KEY,)))
    assert not await store.conversations.commit_message(await load(store, other), late)


# --- the end ------------------------------------------------------------------------------


async def test_the_standing_ends_with_its_enrollment(store: Store) -> None:
    """In the message with which the wearer leaves, too; guards and groups stay."""
    new = await enrolled(store, 1)
    await wanted_by_all(store, new)
    reached = (progress(1, ProgressState.VERIFIED),)
    await stand(store, new, 1, stood("tree-1", progress=reached))

    await say(store, new, 2, stood=stood("tree-1", progress=reached), ended=True)
    again = await enrolled(store, 2, device_id=DeviceId("dev_1"), existing_device=DeviceId("dev_1"))

    assert ("tree-1", "") == (
        (await head(store, again)).tree,
        (await head(store, again)).standing_tree,
    )
    assert b"" == (await store.standings.standing_of(DeviceId("dev_1"))).standing
    assert 1 == (await store.rollouts.rollout(PROFILE)).by_state[ProgressState.WAITING]


async def test_an_administrators_end_is_the_standings_too(store: Store) -> None:
    """The page of the device then shows what is wanted, and no standing."""
    new = await enrolled(store, 1)
    await wanted_by_all(store, new)
    await stand(store, new, 1, stood("tree-1"))

    await store.fleet.end_enrollments(DeviceId("dev_1"), DeviceState.UNENROLLED, "gone", audit())

    found = await store.standings.standing_of(DeviceId("dev_1"))
    assert ("tree-1", b"") == (found.tree, found.standing)


async def test_a_linked_record_goes_on_standing(store: Store) -> None:
    """With the later record's standing and progress; a scout is the scout under either name."""
    earlier, later = [await enrolled(store, number) for number in (1, 2)]
    await wanted_by_all(store, earlier, later, guards=(KEY,))
    for new, state in ((earlier, ProgressState.FAILED), (later, ProgressState.VERIFIED)):
        own = new.enrollment.id.encode()
        claims = (KEY,) if new is later else ()
        stands = stood("tree-1", state, standing=own, claims=claims)
        await stand(store, new, 1, replace(stands, progress=(progress(1, state),)))

    await store.fleet.link_device(DeviceId("dev_2"), DeviceId("dev_1"), audit())

    assert b"enr_2" == (await store.standings.standing_of(DeviceId("dev_1"))).standing
    rollout = await store.rollouts.rollout(PROFILE)
    assert (1, 1) == (rollout.devices, rollout.by_state[ProgressState.VERIFIED])
    assert "dev_1" == (await store.rollouts.guards())[0].scout
    assert 1 == (await store.rollouts.compliance()).by_state[ProgressState.VERIFIED]


# --- an administrator's hand --------------------------------------------------------------


async def test_a_standing_changed_by_hand_is_planned_again(store: Store) -> None:
    """It is unsettled, and a message that is being decided is decided again."""
    new = await enrolled(store, 1)
    await stand(store, new, 1, stood("tree-1", settled=True))
    loaded = await load(store, new)

    changed = await store.standings.unsettle(
        DeviceId("dev_1"), b"standing", b"again", audit("setting.retry")
    )

    assert changed is True
    found = await head(store, new)
    assert ("tree-1", False, "p1") == (found.standing_tree, found.settled, found.device_print)
    assert b"again" == await stands_as(store, new)
    said = conversed(2, stood=stood("tree-1"))
    assert not await store.conversations.commit_message(loaded, said)
    assert "setting.retry" == (await audited(store))[0].action


async def test_a_standing_that_a_message_changed_meanwhile_is_left(store: Store) -> None:
    """What was decided on the older one is decided again."""
    new = await enrolled(store, 1)
    await stand(store, new, 1, stood("tree-1", standing=b"one"))
    await stand(store, new, 2, stood("tree-1", standing=b"two"))
    lines = await audited(store)

    assert not await store.standings.unsettle(DeviceId("dev_1"), b"one", b"mine", audit())

    assert b"two" == await stands_as(store, new)
    assert lines == await audited(store)
    assert (await head(store, new)).settled


async def test_a_standing_is_changed_only_under_management(store: Store) -> None:
    """Of a device never planned for there is one from then on."""
    await enrolled(store, 1)
    assert await store.standings.unsettle(DeviceId("dev_1"), b"", b"first", audit())
    assert b"first" == (await store.standings.standing_of(DeviceId("dev_1"))).standing

    await store.fleet.end_enrollments(DeviceId("dev_1"), DeviceState.UNENROLLED, "gone", audit())
    with pytest.raises(Conflict):
        await store.standings.unsettle(DeviceId("dev_1"), b"", b"x", audit())
    for asked in (
        store.standings.unsettle(DeviceId("dev_9"), b"", b"x", audit()),
        store.standings.standing_of(DeviceId("dev_9")),
    ):
        with pytest.raises(Missing):
            await asked


async def test_a_device_comes_into_another_cohort(store: Store) -> None:
    """Its next load sees the other tree; the standing tells what it was planned against."""
    new = await enrolled(store, 1)
    await wanted_by_all(store, new)
    await stand(store, new, 1, stood("tree-1"))

    await decide(
        store,
        group=group(),
        trees=(tree("tree-2"),),
        cohorts={cohort(1): "tree-2"},
        moves={DeviceId("dev_1"): cohort(1)},
    )

    found = await head(store, new)
    assert (cohort(1), "tree-2", "tree-1") == (found.groups, found.tree, found.standing_tree)
