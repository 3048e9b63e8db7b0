"""One change of who gets what, stored whole: each part after those that it refers to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId
from lenskeep.flows.mandate import Assignment, Cohort, Group, Guard, Profile, Revision, StoredTree
from lenskeep.flows.ports.mandate import MandateChange
from lenskeep.flows.records import Audit
from lenskeep.store.rows import dump, groups, micros
from lenskeep.store.sql import Query, Work
from lenskeep.store.statements.desired import mandate as statements
from lenskeep.store.statements.desired import trees
from lenskeep.store.statements.desired.standing import (
    FORGET_GUARDS_OF_PROFILE,
    FORGET_PROGRESS_OF_PROFILE,
    GUARD,
)
from lenskeep.store.units.journal import record
from lenskeep.store.units.standing import add_guards

FEW: Final = 200
"""Devices up to which each is looked for; with more, reading all of them is faster."""
_Numbers: TypeAlias = dict[Cohort, int]
"""The cohorts that are stored, with their keys."""


def commit(version: int, change: MandateChange, audit: Sequence[Audit]) -> Work[bool]:
    """Store the change if the mandate's version is still this one; False: it moved."""
    stands = yield from _advance(version, change)
    if not stands:
        return False
    yield from _save(change)
    yield from _add_trees(change.trees)
    yield from _begin(change.guards)
    yield from _change_cohorts(change)
    yield from _forget(change)
    yield record(audit)
    return True


# --- what was decided on ------------------------------------------------------------------


def _advance(version: int, change: MandateChange) -> Work[bool]:
    """Return whether all is as it was; looked at before anything is written."""
    if change.was:
        found = yield statements.LOCK_MANDATE()
        if found[0]["version"] != version:
            return False
        unmoved = yield from _are_where_they_were(change.was)
        if not unmoved:
            return False
        if _only_moves(change):
            return True
    moved = yield statements.ADVANCE_MANDATE(at_version=version)
    return bool(moved)


def _only_moves(change: MandateChange) -> bool:
    rest = replace(change, moves={}, was={})
    return rest == MandateChange() and change.moves.keys() <= change.was.keys()


def _are_where_they_were(was: Mapping[DeviceId, Cohort | None]) -> Work[bool]:
    listed = yield trees.COHORTS()
    known = {row["cohort_id"]: groups(row["cohort_groups"]) for row in listed}
    if len(was) > FEW:
        found = yield trees.COHORT_OF_EACH()
        now = {row["id"]: known.get(row["cohort_id"]) for row in found}
    else:
        now = {}
        for device_id in was:
            found = yield trees.COHORT_OF(device_id=device_id)
            now.update((row["id"], known.get(row["cohort_id"])) for row in found)
    return all(each in now and now[each] == before for each, before in was.items())


# --- profiles, groups, assignments --------------------------------------------------------


def _save(change: MandateChange) -> Work[None]:
    if change.profile:
        yield from _save_profile(change.profile)
    if change.revision:
        yield from _add_revision(change.revision)
    if change.group:
        yield from _save_group(change.group)
    if change.assign:
        yield from _assign(change.assign)
    if change.unassign:
        yield from _unassign(change.unassign)


def _save_profile(profile: Profile) -> Work[None]:
    columns: dict[str, object] = {
        "name": profile.name,
        "name_key": profile.name.casefold(),
        "description": profile.description,
        "revision": profile.revision,
    }
    taken = yield statements.PROFILE_NAMED(name_key=columns["name_key"])
    if taken and taken[0]["id"] != profile.id:
        raise Conflict(f"there is a profile named {profile.name!r} already")
    changed = yield statements.CHANGE_PROFILE(of_id=profile.id, **_new(columns))
    if not changed:
        created_at = micros(profile.created_at)
        yield statements.ADD_PROFILE(
            id=profile.id, created_at=created_at, template=profile.template, **columns
        )


def _add_revision(revision: Revision) -> Work[None]:
    yield from _must_be("profile", statements.PROFILE, profile_id=revision.profile)
    yield statements.ADD_REVISION(
        profile_id=revision.profile,
        number=revision.number,
        at=micros(revision.at),
        author=revision.author,
        reason=revision.reason,
        settings=revision.settings,
        sealed=revision.sealed,
    )


def _save_group(group: Group) -> Work[None]:
    columns: dict[str, object] = {
        "name": group.name,
        "name_key": group.name.casefold(),
        "kind": group.kind.value,
        "rule": group.rule,
        "description": group.description,
    }
    taken = yield statements.GROUP_NAMED(name_key=columns["name_key"])
    if taken and taken[0]["id"] != group.id:
        raise Conflict(f"there is a group named {group.name!r} already")
    changed = yield statements.CHANGE_GROUP(of_id=group.id, **_new(columns))
    if not changed:
        yield statements.ADD_GROUP(id=group.id, created_at=micros(group.created_at), **columns)


def _assign(assignment: Assignment) -> Work[None]:
    yield from _must_be("profile", statements.PROFILE, profile_id=assignment.profile)
    yield from _must_be("group", statements.GROUP, group_id=assignment.group)
    columns: dict[str, object] = {
        "profile_id": assignment.profile,
        "revision": assignment.revision,
        "group_id": assignment.group,
        "excludes": int(assignment.excludes),
        "priority": assignment.priority,
        "actor": assignment.actor,
    }
    changed = yield statements.CHANGE_ASSIGNMENT(of_id=assignment.id, **_new(columns))
    if not changed:
        created_at = micros(assignment.created_at)
        yield statements.ADD_ASSIGNMENT(id=assignment.id, created_at=created_at, **columns)


def _unassign(assignment_id: AssignmentId) -> Work[None]:
    gone = yield statements.UNASSIGN(of_id=assignment_id)
    if not gone:
        raise Missing("assignment", assignment_id)


def _new(columns: Mapping[str, object]) -> dict[str, object]:
    return {f"new_{name}": value for name, value in columns.items()}


def _must_be(noun: str, query: Query, **named: str) -> Work[None]:
    found = yield query(**named)
    if not found:
        raise Missing(noun, *named.values())


# --- wanted trees -------------------------------------------------------------------------


def _add_trees(wanted: Sequence[StoredTree]) -> Work[None]:
    """Those that are stored already stay: one id is one content."""
    for tree in wanted:
        found = yield trees.TREE_STANDS(tree_id=tree.id)
        if found:
            continue
        yield trees.ADD_TREE(id=tree.id, sealed=tree.sealed, nodes=tree.nodes)
        yield trees.ADD_TREE_OWNER.each(
            {"tree_id": tree.id, "profile_id": profile, "revision": revision, "nodes": nodes}
            for profile, (revision, nodes) in tree.owners.items()
        )
        yield trees.ADD_TREE_GUARD.each(
            {"tree_id": tree.id, "guard_key": key} for key in dict.fromkeys(tree.guards)
        )


def _begin(guards: Sequence[Guard]) -> Work[None]:
    for guard in guards:
        found = yield GUARD(key=guard.key)
        if not found:
            yield add_guards((guard,))


# --- cohorts ------------------------------------------------------------------------------


def _change_cohorts(change: MandateChange) -> Work[None]:
    if not (change.cohorts or change.moves or change.merges):
        return
    found = yield trees.COHORTS()
    stored: _Numbers = {groups(row["cohort_groups"]): row["cohort_id"] for row in found}
    for cohort, tree in change.cohorts.items():
        if cohort not in stored:
            stored[cohort] = yield from _add_cohort(cohort, tree)
        else:
            yield trees.GIVE_TREE(of_cohort=stored[cohort], new_tree_id=tree or None)
    number_of = _finder(stored)
    for old, new in change.merges.items():
        yield trees.MERGE_COHORT(of_cohort=number_of(old), new_cohort_id=number_of(new))
    yield from _move(change.moves, number_of)
    for old in change.merges:
        yield from _forget_cohort(number_of(old))


def _add_cohort(cohort: Cohort, tree: str) -> Work[int]:
    added = yield trees.ADD_COHORT(groups=dump(sorted(cohort)), tree_id=tree or None)
    number: int = added[0]["id"]
    yield trees.ADD_COHORT_GROUP.each(
        {"cohort_id": number, "group_id": group} for group in sorted(cohort)
    )
    return number


def _finder(stored: _Numbers) -> Callable[[Cohort], int]:
    def number_of(cohort: Cohort) -> int:
        try:
            return stored[cohort]
        except KeyError:
            raise Missing("cohort", ", ".join(sorted(cohort))) from None

    return number_of


def _move(moves: Mapping[DeviceId, Cohort], number_of: Callable[[Cohort], int]) -> Work[None]:
    """Many at once: a row each would hold the store for seconds where a rule moves a fleet."""
    together: dict[int, list[DeviceId]] = {}
    for device_id, cohort in moves.items():
        together.setdefault(number_of(cohort), []).append(device_id)
    for number, devices in together.items():
        whole = len(devices) - len(devices) % trees.MOVED_AT_ONCE
        for first in range(0, whole, trees.MOVED_AT_ONCE):
            named = enumerate(devices[first : first + trees.MOVED_AT_ONCE])
            values = {f"device_{place}": device_id for place, device_id in named}
            yield trees.MOVE_DEVICES(new_cohort_id=number, **values)
        yield trees.MOVE_DEVICE.each(
            {"of_device": device_id, "new_cohort_id": number} for device_id in devices[whole:]
        )


def _forget_cohort(number: int) -> Work[None]:
    yield trees.FORGET_COHORT_GROUPS(of_cohort=number)
    yield trees.FORGET_COHORT(of_cohort=number)


# --- forgetting ---------------------------------------------------------------------------


def _forget(change: MandateChange) -> Work[None]:
    if change.forget_group:
        yield from _forget_group(change.forget_group)
    if change.forget_profile:
        yield from _forget_profile(change.forget_profile)


def _forget_group(group: GroupId) -> Work[None]:
    """With its assignments; devices that nobody moved out of it are put into groups anew."""
    yield statements.UNASSIGN_GROUP(of_group=group)
    left = yield trees.COHORTS_OF_GROUP(group_id=group)
    for row in left:
        yield trees.LEAVE_COHORT(of_cohort=row["cohort_id"])
        yield from _forget_cohort(row["cohort_id"])
    gone = yield statements.FORGET_GROUP(of_group=group)
    if not gone:
        raise Missing("group", group)


def _forget_profile(profile: ProfileId) -> Work[None]:
    """With its revisions, assignments, staged roll-outs and progress."""
    for query in (
        statements.UNASSIGN_PROFILE,
        statements.FORGET_REVISIONS,
        FORGET_GUARDS_OF_PROFILE,
        FORGET_PROGRESS_OF_PROFILE,
    ):
        yield query(of_profile=profile)
    gone = yield statements.FORGET_PROFILE(of_profile=profile)
    if not gone:
        raise Missing("profile", profile)
