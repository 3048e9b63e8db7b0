"""Devices that come into other cohorts: which wanted trees that takes."""

from collections.abc import Mapping
from dataclasses import replace

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.desired.casting.reached import effective
from lenskeep.flows.desired.casting.recast import recast
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Mandate
from lenskeep.flows.ports import MandateChange


async def moving(
    house: House,
    mandate: Mandate,
    moves: Mapping[DeviceId, Cohort],
    change: MandateChange | None = None,
) -> MandateChange:
    """Return the change with these moves, and with the cohorts and trees that they take."""
    change = change or MandateChange()
    with_moves = replace(change, moves={**change.moves, **moves})
    return await settling(house, mandate, frozenset(moves.values()), with_moves)


async def settling(
    house: House, mandate: Mandate, cohorts: frozenset[Cohort], change: MandateChange
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
    cast = await recast(house, mandate, new.keys() - shared.keys())
    return replace(
        change,
        cohorts={**change.cohorts, **shared, **cast.cohorts},
        trees=(*change.trees, *cast.trees),
        guards=(*change.guards, *cast.guards),
    )
