"""Who gets what is changed whole or not at all, and by one at a time."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.wishes import (
    DEFAULT,
    FLEET,
    assignment,
    audited,
    cohort,
    decide,
    fleet,
    group,
    head,
    profile,
    revision,
    tree,
    wanted_by_all,
)
from tests.contract.world import audit, enrolled

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId
from lenskeep.flows.mandate import ALL_DEVICES, CohortRow, GroupKind, Mandate
from lenskeep.flows.ports.mandate import MandateChange
from lenskeep.flows.records import DeviceState
from lenskeep.store import Store


async def test_a_new_house_has_one_group_and_nothing_else(store: Store) -> None:
    """The built-in group of all devices."""
    mandate = await store.mandate.mandate()

    everybody = mandate.groups[ALL_DEVICES]
    assert (GroupKind.ALL, "All devices", 0) == (everybody.kind, everybody.name, everybody.devices)
    assert (0, {}, (), ()) == (
        mandate.version,
        mandate.profiles,
        mandate.assignments,
        mandate.cohorts,
    )


async def test_what_is_committed_is_what_is_read(store: Store) -> None:
    """Profile, group, assignment and cohort come back equal, with the devices counted."""
    new = await enrolled(store, 1)
    asked = replace(assignment(group="grp_1"), revision=1, excludes=True, priority=-3)

    mandate = await decide(
        store,
        profile=profile(),
        revision=revision(),
        group=group(rule="tag is 'lab'"),
        assign=asked,
        trees=(tree("tree-1", (1, 1)),),
        cohorts={cohort(1): "tree-1", DEFAULT: ""},
        moves={new.enrollment.device_id: cohort(1)},
    )

    assert mandate.version == 1
    assert {"prf_1": profile()} == dict(mandate.profiles)
    assert replace(group(rule="tag is 'lab'"), devices=1) == mandate.groups[GroupId("grp_1")]
    assert mandate.groups[ALL_DEVICES].devices == 1
    assert (asked,) == mandate.assignments
    assert {CohortRow(cohort(1), "tree-1", 1), CohortRow(DEFAULT, "", 0)} == set(mandate.cohorts)
    assert [audit("mandate.change")] == [
        each for each in await audited(store) if each.action == "mandate.change"
    ]


async def test_of_two_changes_decided_on_one_state_one_is_stored(store: Store) -> None:
    """The other is told, and nothing of it stays, its audit line neither."""
    changes = [MandateChange(profile=profile(number)) for number in (1, 2, 3)]

    stored = await asyncio.gather(
        *(store.mandate.commit(0, each, [audit("profile.save")]) for each in changes)
    )

    assert sorted(stored) == [False, False, True]
    mandate = await store.mandate.mandate()
    assert (1, 1) == (mandate.version, len(mandate.profiles))
    assert len(await audited(store)) == 1


@pytest.mark.parametrize("name", ["Kiosk", "kIOSK"])
async def test_a_name_is_taken_once(store: Store, name: str) -> None:
    """Compared without case, for profiles and groups; the holder may be saved again."""
    await decide(store, profile=profile(name="Kiosk"))
    await decide(store, group=group(name="Kiosk"))

    for change in (
        MandateChange(profile=profile(2, name), trees=(tree("lost"),)),
        MandateChange(group=group(2, name), trees=(tree("lost"),)),
    ):
        with pytest.raises(Conflict, match="already"):
            await store.mandate.commit(2, change, [audit()])

    renamed = await decide(store, profile=profile(name=name, revision=2), group=group(name=name))
    assert (name, 2) == (
        renamed.profiles[ProfileId("prf_1")].name,
        renamed.profiles[ProfileId("prf_1")].revision,
    )
    assert name == renamed.groups[GroupId("grp_1")].name
    assert (3, 1, 2) == (renamed.version, len(renamed.profiles), len(renamed.groups))


@pytest.mark.parametrize(
    "broken",
    [
        MandateChange(revision=revision(of=9)),
        MandateChange(assign=assignment(profile=9)),
        MandateChange(assign=assignment(group="grp_9")),
        MandateChange(unassign=AssignmentId("asg_9")),
        MandateChange(forget_group=GroupId("grp_9")),
        MandateChange(forget_profile=ProfileId("prf_9")),
        MandateChange(moves={DeviceId("dev_1"): cohort(9)}),
        MandateChange(merges={cohort(9): DEFAULT}),
        MandateChange(cohorts={DEFAULT: "tree-9"}),
    ],
)
async def test_a_change_of_which_one_part_fails_leaves_nothing(
    store: Store, broken: MandateChange
) -> None:
    """What it names is missing: the other parts and the version are as before."""
    await enrolled(store, 1)
    await decide(store, profile=profile(), revision=revision(), cohorts={DEFAULT: ""})
    before = await store.mandate.mandate()
    lines = await audited(store)

    whole = replace(broken, profile=profile(name="Other"), trees=(tree("tree-2"),))
    with pytest.raises(Conflict):
        await store.mandate.commit(1, whole, [audit()])

    assert before == await store.mandate.mandate()
    assert lines == await audited(store)


async def test_a_tree_that_is_there_already_stays_as_it_is(store: Store) -> None:
    """One id is one content: cohorts share it, whoever brings it again."""
    new = await enrolled(store, 1)
    await wanted_by_all(store, new)

    again = replace(tree("tree-1", (1, 1)), sealed="sealed otherwise")
    await decide(store, group=group(), trees=(again,), cohorts={cohort(1): "tree-1"})

    assert "sealed tree-1" == await store.standings.sealed_tree("tree-1")


# --- revisions ----------------------------------------------------------------------------


async def test_revisions_are_kept_and_never_replaced(store: Store) -> None:
    """Newest first; their bodies only where they are asked for."""
    await decide(store, profile=profile(), revision=revision())
    await decide(store, profile=profile(revision=2), revision=revision(2))

    one, two = revision(), revision(2)
    of = ProfileId("prf_1")
    assert two == await store.mandate.revision(of, 2)
    assert (replace(two, sealed=""), replace(one, sealed="")) == await store.mandate.revisions(of)
    assert {(of, 1): one.sealed, (of, 2): two.sealed} == await store.mandate.bodies(
        [(of, 1), (of, 2)]
    )
    with pytest.raises(Conflict):
        await store.mandate.commit(2, MandateChange(revision=revision(2)), [])


async def test_an_unknown_profile_or_revision_is_missing(store: Store) -> None:
    """Each way of asking says so."""
    await decide(store, profile=profile(), revision=revision())
    of, unknown = ProfileId("prf_1"), ProfileId("prf_9")

    with pytest.raises(Missing):
        await store.mandate.revision(of, 2)
    with pytest.raises(Missing):
        await store.mandate.revisions(unknown)
    with pytest.raises(Missing):
        await store.mandate.bodies([(of, 1), (unknown, 1)])


async def test_a_profile_is_forgotten_with_all_that_is_its_own(store: Store) -> None:
    """Revisions, assignments and staged roll-outs; its name is free again."""
    await wanted_by_all(store, guards=("prf_1/1",))

    after = await decide(store, forget_profile=ProfileId("prf_1"), cohorts={DEFAULT: ""})

    assert ({}, ()) == (after.profiles, after.assignments)
    assert () == await store.rollouts.guards()
    with pytest.raises(Missing):
        await store.mandate.revision(ProfileId("prf_1"), 1)
    await decide(store, profile=profile(2, "Profile 1"))


# --- assignments and groups ---------------------------------------------------------------


async def test_an_assignment_is_changed_and_taken_back(store: Store) -> None:
    """It keeps the moment at which it was made."""
    await decide(store, profile=profile(), assign=assignment())
    changed = replace(assignment(), priority=99, revision=4, actor="grace")

    assert (changed,) == (await decide(store, assign=changed)).assignments
    assert () == (await decide(store, unassign=changed.id)).assignments


async def test_a_forgotten_group_merges_its_cohorts_into_others(store: Store) -> None:
    """Devices that nobody moved are in no cohort; those of other groups stay where they are."""
    first, second, third = [await enrolled(store, number) for number in (1, 2, 3)]
    ids = [each.enrollment.device_id for each in (first, second, third)]
    await decide(store, group=group(1), profile=profile())
    await decide(
        store,
        group=group(2),
        assign=assignment(group="grp_1"),
        cohorts={DEFAULT: "", cohort(1): "", cohort(1, 2): "", cohort(2): ""},
        moves=dict(zip(ids, (cohort(1), cohort(1, 2), cohort(2)), strict=True)),
    )

    mandate = await decide(store, forget_group=GroupId("grp_1"), merges={cohort(1): DEFAULT})

    assert () == mandate.assignments
    assert {CohortRow(DEFAULT, "", 1), CohortRow(cohort(2), "", 1)} == set(mandate.cohorts)
    groups = {each.device: each.groups for each in await store.mandate.members()}
    assert dict(zip(ids, (DEFAULT, None, cohort(2)), strict=True)) == groups
    assert {ALL_DEVICES: 3, "grp_2": 1} == sizes(mandate)


def sizes(mandate: Mandate) -> dict[str, int]:
    """How many devices each group has."""
    return {each.id: each.devices for each in mandate.groups.values()}


# --- members ------------------------------------------------------------------------------


async def test_members_are_the_devices_under_management(store: Store) -> None:
    """Others only where they are asked for; what is known of them where that is asked for."""
    first, second = [await enrolled(store, number) for number in (1, 2)]
    await store.fleet.end_enrollments(
        second.enrollment.device_id, DeviceState.UNENROLLED, "gone", audit()
    )

    (member,) = await store.mandate.members(with_known=True)
    asked = await store.mandate.members([second.enrollment.device_id, DeviceId("dev_9")])

    assert (first.enrollment.device_id, "enrolled", "typed password") == (
        member.device,
        member.state,
        member.enrollment,
    )
    assert ("HOLO-1", "ada@example.org", (), None) == (
        member.name,
        member.user,
        member.tags,
        member.groups,
    )
    assert [("dev_2", "unenrolled")] == [(each.device, each.state) for each in asked]
    assert {ALL_DEVICES: 1} == sizes(await store.mandate.mandate())


async def test_a_group_is_read_page_by_page(store: Store) -> None:
    """In order of the devices' ids; all devices are a group too."""
    devices = [(await enrolled(store, number)).enrollment.device_id for number in range(1, 6)]
    moves = {each: cohort(1) if each != "dev_3" else DEFAULT for each in devices}
    await decide(store, group=group(), cohorts={cohort(1): "", DEFAULT: ""}, moves=moves)

    one = await store.mandate.members_of(GroupId("grp_1"), None, 3)
    two = await store.mandate.members_of(GroupId("grp_1"), one.next, 3)
    everybody = await store.mandate.members_of(ALL_DEVICES, None, 9)

    assert ["dev_1", "dev_2", "dev_4"] == [each.device for each in one.items]
    assert (["dev_5"], None) == ([each.device for each in two.items], two.next)
    assert devices == [each.device for each in everybody.items]
    with pytest.raises(Missing):
        await store.mandate.members_of(GroupId("grp_9"), None, 3)


async def test_tags_are_given_and_counted(store: Store) -> None:
    """Exactly those, each once; an unknown device takes nothing of the rest with it."""
    one, two = [(await enrolled(store, number)).enrollment.device_id for number in (1, 2)]
    await store.mandate.set_tags({one: ("lab", "b", "lab"), two: ("lab",)}, [audit("device.tag")])

    with pytest.raises(Missing):
        await store.mandate.set_tags({one: (), DeviceId("dev_9"): ("x",)}, [audit()])

    assert {"b": 1, "lab": 2} == await store.mandate.tags()
    assert [("b", "lab"), ("lab",)] == [each.tags for each in await store.mandate.members()]
    assert "device.tag" == (await audited(store))[0].action
    await store.mandate.set_tags({one: (), two: ()}, [])
    assert {} == await store.mandate.tags()


# --- the same headset again ---------------------------------------------------------------


async def test_a_device_that_enrolls_again_keeps_its_groups_and_tags(store: Store) -> None:
    """They are the record's, not the enrollment's."""
    first = await enrolled(store, 1)
    device_id = first.enrollment.device_id
    await wanted_by_all(store, first)
    await store.mandate.set_tags({device_id: ("lab",)}, [])

    again = await enrolled(store, 2, device_id=device_id, existing_device=device_id)

    (member,) = await store.mandate.members()
    assert (("lab",), DEFAULT) == (member.tags, member.groups)
    assert ("tree-1", "") == (
        (await head(store, again)).tree,
        (await head(store, again)).standing_tree,
    )


@pytest.mark.parametrize("known", [True, False])
async def test_a_linked_record_stays_in_its_groups_with_the_tags_of_both(
    store: Store, known: bool
) -> None:
    """One that was in none comes into those of the later record."""
    earlier, later = [(await enrolled(store, number)).enrollment.device_id for number in (1, 2)]
    moves = {later: DEFAULT} | ({earlier: cohort(1)} if known else {})
    await decide(store, group=group(), cohorts={cohort(1): "", DEFAULT: ""}, moves=moves)
    await store.mandate.set_tags({earlier: ("a", "b"), later: ("b", "c")}, [])

    await store.fleet.link_device(later, earlier, audit("device.link"))

    (member,) = await store.mandate.members()
    assert (earlier, cohort(1) if known else DEFAULT, ("a", "b", "c")) == (
        member.device,
        member.groups,
        member.tags,
    )
    assert 1 == sum(each.devices for each in (await store.mandate.mandate()).cohorts)


# --- many devices at once -----------------------------------------------------------------


async def test_devices_that_only_move_do_not_hold_each_other_up(store: Store) -> None:
    """Decided on one state, all are stored: nothing of who gets what was changed."""
    devices = [(await enrolled(store, number)).enrollment.device_id for number in range(1, 6)]
    before = await decide(store, cohorts={DEFAULT: ""})

    stored = await asyncio.gather(
        *(
            store.mandate.commit(
                before.version, MandateChange(moves={each: DEFAULT}, was={each: None}), []
            )
            for each in devices
        )
    )

    after = await store.mandate.mandate()
    assert [True] * 5 == stored
    assert (before.version, 5) == (after.version, after.cohorts[0].devices)


async def test_what_need_not_be_counted_is_the_same_but_for_the_counts(store: Store) -> None:
    await enrolled(store, 1)

    counted = await store.mandate.mandate()
    uncounted = await store.mandate.mandate(counted=False)

    def bare(mandate: Mandate) -> Mandate:
        groups = {key: replace(each, devices=0) for key, each in mandate.groups.items()}
        cohorts = tuple(replace(each, devices=0) for each in mandate.cohorts)
        return replace(mandate, groups=groups, cohorts=cohorts)

    assert 1 == counted.groups[ALL_DEVICES].devices
    assert uncounted == bare(counted) != counted


async def test_a_device_that_was_moved_meanwhile_is_not_moved_back(store: Store) -> None:
    """Nor is it after a change of who gets what; nothing else of the change is stored either."""
    one, two = [(await enrolled(store, number)).enrollment.device_id for number in (1, 2)]
    cohorts = {DEFAULT: "", cohort(1): ""}
    seen = await decide(store, group=group(), cohorts=cohorts, moves={one: DEFAULT, two: DEFAULT})
    by_rule = MandateChange(moves={one: cohort(1)}, was={one: DEFAULT})
    assert await store.mandate.commit(seen.version, by_rule, [])

    late = MandateChange(
        profile=profile(), moves={one: DEFAULT, two: cohort(1)}, was={one: DEFAULT, two: DEFAULT}
    )
    assert not await store.mandate.commit(seen.version, late, [audit()])
    unknown = MandateChange(moves={DeviceId("dev_9"): DEFAULT}, was={DeviceId("dev_9"): None})
    assert not await store.mandate.commit(seen.version, unknown, [])
    await decide(store, profile=profile(2))
    again = MandateChange(moves={two: cohort(1)}, was={two: DEFAULT})
    assert not await store.mandate.commit(seen.version, again, [])

    found = {each.device: each.groups for each in await store.mandate.members()}
    assert {one: cohort(1), two: DEFAULT} == found
    assert ["prf_2"] == list((await store.mandate.mandate()).profiles)


async def test_a_change_that_also_moves_raises_the_version(store: Store) -> None:
    """And so does a move of which it is not said where the device was."""
    (one,) = [(await enrolled(store, 1)).enrollment.device_id]

    both = await decide(store, cohorts={DEFAULT: ""}, moves={one: DEFAULT}, was={one: None})
    alone = await decide(store, moves={one: DEFAULT})

    assert (1, 2) == (both.version, alone.version)


# --- a whole fleet ------------------------------------------------------------------------


async def test_a_fleet_is_moved_and_assigned_in_one_commit_each(store: Store) -> None:
    """20,000 devices; the assignment writes nothing of any of them."""
    devices = await fleet(store)
    moves = {each: cohort(1) if n % 7 == 0 else DEFAULT for n, each in enumerate(devices)}
    moved = await decide(store, group=group(), cohorts={cohort(1): "", DEFAULT: ""}, moves=moves)

    await decide(
        store,
        profile=profile(),
        revision=revision(),
        assign=assignment(),
        trees=(tree("tree-1", (1, 1)),),
        cohorts={cohort(1): "tree-1", DEFAULT: "tree-1"},
    )

    assert {ALL_DEVICES: FLEET, "grp_1": FLEET // 7 + 1} == sizes(moved)
    rollout = await store.rollouts.rollout(ProfileId("prf_1"))
    assert FLEET == rollout.devices
    version = (await store.mandate.mandate()).version
    back = MandateChange(moves=dict.fromkeys(devices, cohort(1)), was=moves)
    assert await store.mandate.commit(version, back, [])
    assert not await store.mandate.commit(version, back, [])
    merged = await decide(store, forget_group=GroupId("grp_1"), merges={cohort(1): DEFAULT})
    assert (CohortRow(DEFAULT, "tree-1", FLEET),) == merged.cohorts
    many = await store.mandate.members(devices[: FLEET // 2])
    assert sorted(devices[: FLEET // 2]) == [each.device for each in many]
    assert {DEFAULT} == {each.groups for each in many}
