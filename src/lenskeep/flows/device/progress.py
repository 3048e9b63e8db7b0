"""How a device stands, told shortly: for its profiles, the fleet's picture, and its timeline."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from lenskeep.desired.profile import Owner
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedTree
from lenskeep.flows.mandate import Progress, ProgressState

MAX_NAMED: Final = 5
"""Nodes named in one line of a timeline; the device's page has them all."""

_SHORT: Final = {
    SettingState.PENDING: ProgressState.WAITING,
    SettingState.SENT: ProgressState.WAITING,
    SettingState.REMOVING: ProgressState.WAITING,
    SettingState.APPLIED: ProgressState.APPLIED,
    SettingState.LEFT: ProgressState.APPLIED,
    SettingState.VERIFIED: ProgressState.VERIFIED,
    SettingState.DRIFTED: ProgressState.DRIFTED,
    SettingState.FAILED: ProgressState.FAILED,
    SettingState.CONFLICTING: ProgressState.CONFLICTING,
    SettingState.NOT_APPLICABLE: ProgressState.NOT_APPLICABLE,
}
_WORST_FIRST: Final = tuple(ProgressState)


def worst_of(wanted: WantedTree, standing: DeviceStanding) -> ProgressState | None:
    """Return the worst state over everything; None where nothing is wanted nor left to do."""
    if not wanted.nodes and not standing.nodes:
        return None
    return _worst(standing.nodes)


def progress_of(wanted: WantedTree, standing: DeviceStanding) -> tuple[Progress, ...]:
    """Return how the device stands to each profile that has a part in the wanted tree."""
    return tuple(_progress(owner, wanted, standing) for owner in wanted.owners)


def _progress(owner: Owner, wanted: WantedTree, standing: DeviceStanding) -> Progress:
    """A node whose value another profile decides counts for that one alone."""
    keys = {each.key for each in wanted.nodes if owner in (*each.owners, *each.undecided)}
    nodes = [each for each in standing.nodes if each.key in keys]
    counted = Counter(_SHORT[each.state] for each in nodes)
    trouble = (ProgressState.FAILED, ProgressState.DRIFTED, ProgressState.CONFLICTING)
    return Progress(
        profile=owner.profile,
        revision=owner.revision,
        state=_worst(nodes),
        verified=counted[ProgressState.VERIFIED],
        total=len(keys) - counted[ProgressState.NOT_APPLICABLE],
        failed=sum(counted[each] for each in trouble),
    )


def _worst(nodes: Iterable[NodeStanding]) -> ProgressState:
    """Return the worst state; without any node, as where every value is another profile's, all
    is well.
    """
    states = {_SHORT[each.state] for each in nodes}
    return next((each for each in _WORST_FIRST if each in states), ProgressState.VERIFIED)


def told(before: DeviceStanding, after: DeviceStanding) -> dict[str, str]:
    """Return what a message changed, for the timeline; empty where it changed nothing."""
    old = before.by_key
    fresh: dict[SettingState, list[NodeStanding]] = {}
    for each in after.nodes:
        was = old.get(each.key)
        if was is None or was.state is not each.state:
            fresh.setdefault(each.state, []).append(each)
    gone = [each for key, each in old.items() if key not in after.by_key]
    detail = {
        state.value: _counted(nodes, name=state.is_trouble)
        for state, nodes in fresh.items()
        if state is not SettingState.PENDING
    }
    if gone:
        detail["no longer managed"] = f"{len(gone)}: {_listed([each.uri for each in gone])}"
    return detail


def _counted(nodes: list[NodeStanding], *, name: bool) -> str:
    if not name:
        return str(len(nodes))
    named = [f"{each.uri} ({each.text})" if each.text else each.uri for each in nodes]
    return f"{len(nodes)}: {_listed(named)}"


def _listed(named: list[str]) -> str:
    more = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
    return "; ".join(named[:MAX_NAMED]) + more
