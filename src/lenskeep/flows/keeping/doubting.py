"""How settings stand when the server was restored: not known, until they were read again."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from lenskeep.desired.plan.node.fate import anew
from lenskeep.desired.standing import SettingState, load_standing

_DOUBTED: Final = (
    SettingState.VERIFIED,
    SettingState.APPLIED,
    SettingState.SENT,
    SettingState.DRIFTED,
    SettingState.PENDING,
)
"""A headset may have been told something else since; what failed, or does not apply, is decided
as always."""
_TEXT: Final = "the server was restored from a backup; it is asked again"


def doubted(stored: bytes, now: datetime) -> bytes:
    """Return how a device stands when nothing that was known of its settings is sure."""
    standing = load_standing(stored)
    nodes = [anew(each, now, _TEXT) if each.state in _DOUBTED else each for each in standing.nodes]
    return replace(standing.with_nodes(nodes), due_at=now).dump()
