"""The ways in, as they stand here: offered, closed, or waiting for something to be set up."""

from dataclasses import dataclass
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.config import split_address
from lenskeep.enrollment.rules.ways import PATHS, Means, Path, Standing, standing
from lenskeep.flows.entry.admission.standing import needs_met, open_ways, rules_in_force
from lenskeep.flows.house import House

_HTTPS_PORT: Final = 443
_BEST_FIRST: Final = (Standing.OFFERED, Standing.NEEDS_SET_UP, Standing.CLOSED)


@dataclass(frozen=True, slots=True)
class MeansView:
    """How one way stands."""

    way: str
    state: Standing
    missing: str
    """What is to be set up first; empty for nothing."""


@dataclass(frozen=True, slots=True)
class PathView:
    """One path into management: how it stands, and what to do."""

    path: Path
    state: Standing
    """The best of its ways."""
    means: tuple[MeansView, ...]
    administrator: tuple[str, ...]
    wearer: tuple[str, ...]


async def show_ways(house: House, caller: Caller) -> tuple[PathView, ...]:
    """Return every path, with the steps for this server."""
    demand(caller, Permission.SEE)
    opened = open_ways((await rules_in_force(house)).rules)
    met = await needs_met(house)
    return tuple(
        _view(house, path, tuple(_means(each, standing(each, opened, met)) for each in path.means))
        for path in PATHS
    )


def _means(means: Means, state: Standing) -> MeansView:
    missing = means.need.value if state is Standing.NEEDS_SET_UP else ""
    return MeansView(means.way, state, missing)


def _view(house: House, path: Path, means: tuple[MeansView, ...]) -> PathView:
    host, port = split_address(house.settings.hostname)
    words = {
        "server": host if port == _HTTPS_PORT else f"{host}:{port}",
        "organization": house.settings.organization,
    }
    return PathView(
        path=path,
        state=_best(means),
        means=means,
        administrator=tuple(each.format(**words) for each in path.administrator),
        wearer=tuple(each.format(**words) for each in path.wearer),
    )


def _best(means: tuple[MeansView, ...]) -> Standing:
    return min((each.state for each in means), key=_BEST_FIRST.index)
