"""Serves the pictures: how far a profile has come, how the fleet stands, staged roll-outs."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Final

from lenskeep.base.errors import Conflict, Invalid, Missing
from lenskeep.base.identifiers import ProfileId
from lenskeep.flows.mandate import Compliance, Guard, ProgressRow, ProgressState, Rollout
from lenskeep.flows.records import Audit, Page
from lenskeep.store.desired import rows
from lenskeep.store.rows import micros
from lenskeep.store.sql import Executor, Rows, Work
from lenskeep.store.statements.desired.mandate import COHORT_SIZES, MANAGED, PROFILE
from lenskeep.store.statements.desired.rollouts import (
    COHORT_WANTS,
    OUTDATED,
    OWNERS,
    PROGRESS,
    PROGRESS_IN,
    RANKS,
    ROLLOUT,
    STOOD,
    TOLD,
)
from lenskeep.store.statements.desired.standing import (
    GUARD,
    GUARDS,
    GUARDS_OF_PROFILE,
    RELEASE_GUARD,
    RESET_SCOUT,
)
from lenskeep.store.units.journal import record

_WAITING: Final = ProgressState.WAITING.value
_FIRST: Final = (-1, "")


class Rollouts:
    """The RolloutStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def rollout(self, profile: ProfileId) -> Rollout:
        """Return how far a profile has come."""
        return await self._executor.read(partial(_rollout, profile))

    async def rollouts(self) -> Mapping[ProfileId, Rollout]:
        """Return the same of every profile that reaches a device."""
        return await self._executor.read(_rollouts)

    async def progress(
        self, profile: ProfileId, state: ProgressState | None, after: str | None, limit: int
    ) -> Page[ProgressRow]:
        """Return devices that the profile reaches, those in trouble first."""
        return await self._executor.read(partial(_progress, profile, state, after, limit))

    async def compliance(self) -> Compliance:
        """Return how the fleet stands."""
        return await self._executor.read(_compliance)

    async def guards(self, profile: ProfileId | None = None) -> tuple[Guard, ...]:
        """Newest first."""
        return await self._executor.read(partial(_guards, profile))

    async def release(self, key: str, audit: Audit) -> Guard:
        """Let the rest follow although the scout has not come back."""
        return await self._executor.write(partial(_release, key, audit))

    async def reset_scout(self, key: str, audit: Audit) -> Guard:
        """Let another device be the first: the scout is given up."""
        return await self._executor.write(partial(_reset_scout, key, audit))


# --- counting -----------------------------------------------------------------------------


def _rollout(profile: ProfileId) -> Work[Rollout]:
    yield from _must_stand(profile)
    found = yield ROLLOUT(profile_id=profile)
    return _counted(found)


def _rollouts() -> Work[Mapping[ProfileId, Rollout]]:
    """Told apart from what is wanted: joined for every device and profile it takes long."""
    reached = yield from _reached()
    told = yield TOLD()
    outdated = yield OUTDATED()
    counts: dict[ProfileId, Counter[ProgressState]] = {each: Counter() for each in reached}
    for sign, rows_ in ((1, told), (-1, outdated)):
        for row in rows_:
            if row["profile_id"] in counts:
                counts[row["profile_id"]][ProgressState(row["state"])] += sign * row["devices"]
    return {each: _with_rest(devices, counts[each]) for each, devices in reached.items()}


def _reached() -> Work[Mapping[ProfileId, int]]:
    """Return how many devices each profile reaches, of those that reach one."""
    sizes = yield COHORT_SIZES()
    owners = yield OWNERS()
    devices: Counter[int | None] = Counter()
    for row in sizes:
        devices[row["cohort_id"]] += row["devices"] if row["state"] in MANAGED else 0
    reached: Counter[ProfileId] = Counter()
    for row in owners:
        reached[ProfileId(row["profile_id"])] += devices[row["cohort_id"]]
    return {each: count for each, count in reached.items() if count}


def _with_rest(devices: int, counts: Mapping[ProgressState, int]) -> Rollout:
    """Those of which nothing is told yet are waiting."""
    by_state = {each: counts.get(each, 0) for each in ProgressState}
    by_state[ProgressState.WAITING] += devices - sum(by_state.values())
    return Rollout(devices, by_state)


def _counted(found: Rows) -> Rollout:
    by_state = dict.fromkeys(ProgressState, 0)
    for row in found:
        by_state[ProgressState(row["state"])] = row["devices"]
    return Rollout(sum(by_state.values()), by_state)


def _compliance() -> Work[Compliance]:
    """Counted from indexes alone: as `WORST` says it of one device, without looking at any."""
    sizes = yield COHORT_SIZES()
    stood = yield STOOD()
    wants = {row["id"]: row for row in (yield COHORT_WANTS())}
    silent: Counter[int | None] = Counter()
    for row in sizes:
        silent[row["cohort_id"]] += row["devices"] if row["state"] in MANAGED else 0
    counts: Counter[str | None] = Counter()
    for row in stood:
        wanted = wants[row["cohort_id"]]["tree_id"] if row["cohort_id"] in wants else None
        is_current = row["tree"] == (wanted or "")
        counts[row["worst"] if is_current else _WAITING] += row["devices"]
        silent[row["cohort_id"]] -= row["devices"]
    for cohort, devices in silent.items():
        something = cohort in wants and wants[cohort]["nodes"]
        counts[_WAITING if something else None] += devices
    unmanaged = counts.pop(None, 0)
    by_state = {each: counts.get(each.value, 0) for each in ProgressState}
    return Compliance(sum(by_state.values()) + unmanaged, by_state, unmanaged)


# --- devices of a profile -----------------------------------------------------------------


def _progress(
    profile: ProfileId, state: ProgressState | None, after: str | None, limit: int
) -> Work[Page[ProgressRow]]:
    yield from _must_stand(profile)
    rank, device_id = _FIRST if after is None else _place(after)
    values = {"profile_id": profile, "after_rank": rank, "after": device_id, "limit": limit + 1}
    if state is None:
        found = yield PROGRESS(**values)
    else:
        found = yield PROGRESS_IN(**values, rank=RANKS[state])
    shown = found[:limit]
    more = len(found) > limit and limit > 0
    cursor = f"{shown[-1]['rank']}.{shown[-1]['device_id']}" if more else None
    return Page(tuple(map(rows.progress_row, shown)), cursor)


def _place(after: str) -> tuple[int, str]:
    """Return where the page begins: how bad the last one shown was, and its id."""
    rank, dot, device_id = after.partition(".")
    if not (dot and rank.isascii() and rank.isdecimal() and len(rank) == 1):
        raise Invalid.field("after", "it is not a cursor of this list")
    return int(rank), device_id


def _must_stand(profile: ProfileId) -> Work[None]:
    found = yield PROFILE(profile_id=profile)
    if not found:
        raise Missing("profile", profile)


# --- staged roll-outs ---------------------------------------------------------------------


def _guards(profile: ProfileId | None) -> Work[tuple[Guard, ...]]:
    found = yield GUARDS() if profile is None else GUARDS_OF_PROFILE(profile_id=profile)
    return tuple(map(rows.guard, found))


def _release(key: str, audit: Audit) -> Work[Guard]:
    released = yield RELEASE_GUARD(
        of_key=key, now=micros(audit.at), new_released_by=audit.actor.name
    )
    if not released:
        yield from _guard(key)
        raise Conflict(f"the staged roll-out {key!r} is released already")
    yield record((audit,))
    return rows.guard(released[0])


def _reset_scout(key: str, audit: Audit) -> Work[Guard]:
    reset = yield RESET_SCOUT(of_key=key)
    if not reset:
        guard = yield from _guard(key)
        raise Conflict(f"the staged roll-out {key!r} has no scout to give up: {guard.state.value}")
    yield record((audit,))
    return rows.guard(reset[0])


def _guard(key: str) -> Work[Guard]:
    found = yield GUARD(key=key)
    if not found:
        raise Missing("staged roll-out", key)
    return rows.guard(found[0])
