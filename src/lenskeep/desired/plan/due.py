"""When there is something to plan again, and when planning can be skipped wholly."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.plan.node.case import DRIFT_EVERY, MAX_ASKS
from lenskeep.desired.profile import Drift
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedTree


def needs_planning(
    standing: DeviceStanding, tree_id: str, device_print: str, now: datetime
) -> bool:
    """Return whether a plan could find anything to do; else nothing need be decoded.

    `tree_id` is that of the wanted tree now, `device_print` that of the device facts now. What
    waits for a later session is due at once, so that the next session finds it.
    """
    if standing.tree != tree_id or standing.device_print != device_print:
        return True
    if standing.due_at is not None and now >= standing.due_at:
        return True
    return not standing.is_settled


def device_print(facts: DeviceFacts) -> str:
    """Return a digest of what decides which nodes apply; the same facts give the same."""
    versions = sorted(facts.csp_versions.items())
    parts = (facts.generation, facts.edition, facts.build, facts.holographic, versions)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def due_at(nodes: Iterable[NodeStanding], wanted: WantedTree, now: datetime) -> datetime | None:
    """Return when a settled node is to be looked at again; None: never."""
    moments = (_due(each, wanted, now) for each in nodes)
    return min((each for each in moments if each is not None), default=None)


def _due(node: NodeStanding, wanted: WantedTree, now: datetime) -> datetime | None:
    match node.state:
        case SettingState.FAILED:
            return node.retry_at
        case SettingState.VERIFIED:
            return _next_look(node)
        case SettingState.DRIFTED:
            wish = wanted.by_key.get(node.key)
            corrected = wish is not None and wish.drift is Drift.CORRECT
            return now if corrected else _next_look(node)
        case SettingState.APPLIED:
            return now if node.asks < MAX_ASKS else None
        case _:
            return None


def _next_look(node: NodeStanding) -> datetime:
    return node.retry_at or (node.read_at or node.since) + DRIFT_EVERY
