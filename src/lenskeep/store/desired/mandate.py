"""Serves profiles, groups and assignments."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from lenskeep.base.errors import Missing
from lenskeep.base.identifiers import DeviceId, GroupId, ProfileId
from lenskeep.flows.mandate import (
    ALL_DEVICES,
    CohortRow,
    Group,
    Mandate,
    Member,
    Revision,
)
from lenskeep.flows.ports.mandate import MandateChange
from lenskeep.flows.records import Audit, Page
from lenskeep.store.desired import rows
from lenskeep.store.desired.committing import FEW, commit
from lenskeep.store.rows import dump, groups, strings
from lenskeep.store.sql import Executor, Row, Work
from lenskeep.store.statements.desired import mandate as statements
from lenskeep.store.statements.desired import members
from lenskeep.store.statements.desired.trees import COHORTS, TAG_DEVICE, TAGS_OF
from lenskeep.store.units.journal import record
from lenskeep.store.units.paging import page


class Mandates:
    """The MandateStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def mandate(self, *, counted: bool = True) -> Mandate:
        """Return all that decides who gets what."""
        return await self._executor.read(partial(_mandate, counted=counted))

    async def commit(self, version: int, change: MandateChange, audit: Sequence[Audit]) -> bool:
        """Store the change if the mandate's version is still this one; False: it moved."""
        return await self._executor.write(partial(commit, version, change, audit))

    async def revision(self, profile: ProfileId, number: int) -> Revision:
        """Return one save of a profile."""
        return await self._executor.read(partial(_revision, profile, number))

    async def revisions(self, profile: ProfileId) -> tuple[Revision, ...]:
        """Newest first, without their bodies."""
        return await self._executor.read(partial(_revisions, profile))

    async def bodies(
        self, wanted: Collection[tuple[ProfileId, int]]
    ) -> Mapping[tuple[ProfileId, int], str]:
        """Return the sealed bodies of these revisions."""
        return await self._executor.read(partial(_bodies, wanted))

    async def members(
        self, devices: Collection[DeviceId] | None = None, *, with_known: bool = False
    ) -> Sequence[Member]:
        """Return these devices, or all that are under management, in order of their id."""
        return await self._executor.read(partial(_members, devices, with_known=with_known))

    async def members_of(self, group: GroupId, after: str | None, limit: int) -> Page[Member]:
        """Return the devices of a group, in order of their id."""
        return await self._executor.read(partial(_members_of, group, after or "", limit))

    async def set_tags(
        self,
        tags: Mapping[DeviceId, tuple[str, ...]],
        audit: Sequence[Audit],
        was: Mapping[DeviceId, tuple[str, ...]] | None = None,
    ) -> bool:
        """Give each of these devices exactly these tags; False: one has others than it `was`."""
        return await self._executor.write(partial(_set_tags, tags, was or {}, audit))

    async def tags(self) -> Mapping[str, int]:
        """Return every tag in use and how many devices have it."""
        return await self._executor.read(_tags)


# --- all of it ----------------------------------------------------------------------------


def _mandate(*, counted: bool) -> Work[Mandate]:
    (version,) = yield statements.MANDATE_VERSION()
    profiles = tuple(map(rows.profile, (yield statements.PROFILES())))
    assignments = yield statements.ASSIGNMENTS()
    sizes = (yield statements.COHORT_SIZES()) if counted else ()
    devices: Counter[int | None] = Counter()
    for row in sizes:
        devices[row["cohort_id"]] += row["devices"] if row["state"] in statements.MANAGED else 0
    found = yield COHORTS()
    cohorts = tuple(_cohort(row, devices) for row in found)
    sized = _sizes(cohorts, sum(devices.values()))
    listed = yield statements.GROUPS()
    return Mandate(
        version=version["version"],
        profiles={each.id: each for each in profiles},
        groups={group.id: group for group in (_group(row, sized) for row in listed)},
        assignments=tuple(map(rows.assignment, assignments)),
        cohorts=cohorts,
    )


def _cohort(row: Row, devices: Mapping[int | None, int]) -> CohortRow:
    return CohortRow(
        groups=groups(row["cohort_groups"]),
        tree=row["cohort_tree_id"] or "",
        devices=devices.get(row["cohort_id"], 0),
    )


def _sizes(cohorts: Sequence[CohortRow], everybody: int) -> Mapping[str, int]:
    counted: Counter[str] = Counter()
    for cohort in cohorts:
        counted.update(dict.fromkeys(cohort.groups, cohort.devices))
    return {**counted, ALL_DEVICES: everybody}


def _group(row: Row, counted: Mapping[str, int]) -> Group:
    return rows.group(row, counted.get(row["device_group_id"], 0))


# --- revisions ----------------------------------------------------------------------------


def _revision(profile: ProfileId, number: int) -> Work[Revision]:
    found = yield statements.REVISION(profile_id=profile, number=number)
    if not found:
        raise Missing("revision", f"{profile}/{number}")
    return rows.revision(found[0], found[0]["revision_sealed"])


def _revisions(profile: ProfileId) -> Work[tuple[Revision, ...]]:
    stands = yield statements.PROFILE(profile_id=profile)
    if not stands:
        raise Missing("profile", profile)
    found = yield statements.REVISIONS(profile_id=profile)
    return tuple(rows.revision(row, "") for row in found)


def _bodies(
    wanted: Collection[tuple[ProfileId, int]],
) -> Work[Mapping[tuple[ProfileId, int], str]]:
    found: dict[tuple[ProfileId, int], str] = {}
    for profile, number in wanted:
        saved = yield from _revision(profile, number)
        found[profile, number] = saved.sealed
    return found


# --- devices ------------------------------------------------------------------------------


def _members(devices: Collection[DeviceId] | None, *, with_known: bool) -> Work[Sequence[Member]]:
    if devices is None:
        found = yield members.ALL_MEMBERS[with_known]()
        return [rows.member(row) for row in found]
    if len(devices) > FEW:
        found = yield members.ALL_DEVICES[with_known]()
        chosen = frozenset[str](devices)
        return [rows.member(row) for row in found if row["device_id"] in chosen]
    some: list[Member] = []
    for device_id in sorted(set(devices)):
        found = yield members.MEMBER[with_known](device_id=device_id)
        some += [rows.member(row) for row in found]
    return some


def _members_of(group: GroupId, after: str, limit: int) -> Work[Page[Member]]:
    stands = yield statements.GROUP(group_id=group)
    if not stands:
        raise Missing("group", group)
    if group == ALL_DEVICES:
        found = yield members.ALL_MEMBERS_AFTER(after=after, limit=limit + 1)
    else:
        found = yield members.MEMBERS_OF_AFTER(group_id=group, after=after, limit=limit + 1)
    return page(found, limit, rows.member, "device_id")


def _set_tags(
    tags: Mapping[DeviceId, tuple[str, ...]],
    was: Mapping[DeviceId, tuple[str, ...]],
    audit: Sequence[Audit],
) -> Work[bool]:
    for device_id, before in was.items():
        found = yield TAGS_OF(device_id=device_id)
        if found and set(strings(found[0]["tags"])) != set(before):
            return False
    for device_id, given in tags.items():
        tagged = yield TAG_DEVICE(of_device=device_id, new_tags=dump(sorted(set(given))))
        if not tagged:
            raise Missing("device", device_id)
    yield record(audit)
    return True


def _tags() -> Work[Mapping[str, int]]:
    found = yield members.TAGS()
    counted: Counter[str] = Counter()
    for row in found:
        if row["state"] in statements.MANAGED:
            counted.update(dict.fromkeys(json.loads(row["tags"]), row["devices"]))
    return dict(sorted(counted.items()))
