"""Devices that come into other cohorts: which wanted trees that takes, and what comes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.desired.casting.clashing import MAX_NAMED
from lenskeep.flows.desired.casting.consequences import Consequences, Shift, consequences
from lenskeep.flows.desired.casting.reached import Effective, effective
from lenskeep.flows.desired.casting.recast import Cast, Made, recast
from lenskeep.flows.desired.members.gathering import Gathered
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Mandate
from lenskeep.flows.ports import MandateChange


async def moving(
    house: House,
    mandate: Mandate,
    moves: Mapping[DeviceId, Cohort],
    change: MandateChange,
    made: Mapping[Effective, Made] | None = None,
) -> MandateChange:
    """Return the change with these moves, and with the cohorts and trees that they take.

    `made` as `recast` has it.
    """
    with_moves = replace(change, moves={**change.moves, **moves})
    return await settling(house, mandate, frozenset(moves.values()), with_moves, made)


async def settling(
    house: House,
    mandate: Mandate,
    cohorts: frozenset[Cohort],
    change: MandateChange,
    made: Mapping[Effective, Made] | None = None,
) -> MandateChange:
    """Return the change with the trees of these cohorts, where they are not there already.

    A cohort that the same revisions reach as another one shares its tree, which is not made again.
    """
    there = {each.groups for each in mandate.cohorts} | change.cohorts.keys()
    new = {each: effective(mandate, each) for each in cohorts - there}
    if not new:
        return change
    alike = {effective(mandate, each.groups): each.tree for each in mandate.cohorts}
    shared = {each: alike[reached] for each, reached in new.items() if reached in alike}
    cast = await recast(house, mandate, new.keys() - shared.keys(), made=made)
    return replace(
        change,
        cohorts={**change.cohorts, **shared, **cast.cohorts},
        trees=(*change.trees, *cast.trees),
        guards=(*change.guards, *cast.guards),
    )


async def outcome(
    house: House, before: Mandate, after: Mandate, found: Gathered
) -> tuple[Cast, Consequences]:
    """Return what is wanted of the devices that move, where it is something else than before,
    and what comes of that.
    """
    shifts = tuple(_shifts(before, after, found))
    cast = await recast(house, after, {each.cohort for each in shifts})
    return cast, await consequences(house, (before, after), cast, shifts)


def _shifts(before: Mandate, after: Mandate, found: Gathered) -> Iterator[Shift]:
    together: dict[tuple[Cohort | None, Cohort], list[DeviceId]] = {}
    for device, cohort in found.moves.items():
        together.setdefault((found.was[device], cohort), []).append(device)
    for (origin, cohort), devices in together.items():
        if effective(before, origin or frozenset()) != effective(after, cohort):
            names = tuple(found.names[each] or each for each in devices[:MAX_NAMED])
            yield Shift(origin, cohort, len(devices), names)
