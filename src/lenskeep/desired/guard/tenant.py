"""The tenant lock: the one setting that neither reset nor reflash takes away.

CSP: TenantLockdown/RequireNetworkInOOBE. It is for headsets that came by Autopilot alone: any
other waits in first run for a profile that never comes, and is lost to its owner.
"""

from typing import Final
from urllib.parse import unquote

from lenskeep.tree.uri import node_key

CONFIRMATION: Final = "lock to tenant"
"""What somebody has to type who wants it."""
NOT_BY_AUTOPILOT: Final = (
    "not sent: this headset did not come by Autopilot. Locked to a tenant, its first run would "
    "wait for ever for a profile that it does not have, and no reset or reflash takes that away"
)
TYPE_IT: Final = (
    "neither a reset nor a reflash takes this lock away; only this tenant's own management can"
)
_PLACE: Final = "/vendor/msft/tenantlockdown"
_OFF: Final = ("false", "0")


def locks_tenant(uri: str, value: str | None) -> bool:
    """Return whether it locks; whatever is not plainly off does, however the node is spelled."""
    key = unquote(node_key(uri)).casefold().rstrip("/")
    is_there = key.endswith(_PLACE) or f"{_PLACE}/" in key
    return is_there and value is not None and value.strip().casefold() not in _OFF


def is_confirmed(typed: str) -> bool:
    """Return whether the phrase was typed; blanks and case do not count."""
    return " ".join(typed.split()).casefold() == CONFIRMATION
