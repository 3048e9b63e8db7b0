"""Another catalog after a restart: what is wanted is made with it, and nothing breaks before."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from tests.flows.desired.wants import CACHE, CAMERA, assigned, fleet, profile, tree_of
from tests.flows.home import VIEWER, Home, shipped

from lenskeep.flows.desired import planning
from lenskeep.flows.desired.casting.renewing import Renewed, renew
from lenskeep.flows.house import House
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.pack import pack
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format


@cache
def other(change: Callable[[Record], Record | None]) -> Catalog:
    """The catalog that comes with us, with this done to every record; None takes it out."""
    made = [change(each) for each in shipped()]
    return load_catalog(pack(shipped().header, [each for each in made if each is not None], {}))


def as_text(record: Record) -> Record:
    """The cache's days are text in this one."""
    return replace(record, format=Format.CHR) if record.uri == CACHE else record


def without_camera(record: Record) -> Record | None:
    """The camera's switch is gone in this one."""
    return None if record.uri == CAMERA else record


def restarted(home: Home, change: Callable[[Record], Record | None]) -> House:
    """The house as it starts with the other catalog."""
    return replace(home.house, catalog=lambda: other(change))


async def test_trees_are_made_anew_with_another_catalog(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CACHE, "7"), (CAMERA, "0")))
    house = restarted(home, as_text)

    renewed = await renew(house)

    formats = {each.uri.text: each.format for each in (await tree_of(home, device)).nodes}
    assert (formats[CACHE], formats[CAMERA]) == (Format.CHR, Format.INT)
    assert (renewed, await renew(house)) == (Renewed(1, 0), Renewed(0, 0))


async def test_with_the_same_catalog_nothing_is_written(home: Home) -> None:
    await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CACHE, "7")))
    before = (await home.house.mandate.mandate()).version

    assert await renew(home.house) == Renewed(0, 0)

    assert (await home.house.mandate.mandate()).version == before


async def test_a_tree_with_a_node_that_is_gone_stays_and_is_still_planned(home: Home) -> None:
    """Nobody could say the format of that node; and it holds up no other."""
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CACHE, "7"), (CAMERA, "0")))
    house = restarted(home, without_camera)

    renewed = await renew(house)

    assert renewed == Renewed(0, 1)
    rows = {each.uri: each for each in await planning.plan_device(house, VIEWER, device)}
    assert {uri: (each.verb, each.format) for uri, each in rows.items()} == dict.fromkeys(
        (CACHE, CAMERA), (Verb.REPLACE, Format.INT)
    )
