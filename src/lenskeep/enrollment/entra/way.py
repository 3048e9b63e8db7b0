"""By which way of Entra a headset comes: what the token proves, narrowed by what it claims."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.entra.token import EntraIdentity

_PACKAGE_USER: Final = re.compile(
    r"package_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@.+", re.IGNORECASE
)
"""assumed: the user that a bulk token is made for, as Windows Configuration Designer makes it."""

_AUTOPILOT_ITEMS: Final = ("zerotouchprovisioning", "offlineautopilotenrollmentcorrelator")


class EntraWay(Enum):
    """The ways of coming with a token of Entra."""

    JOIN = "join"
    ACCOUNT = "account"
    AUTOPILOT = "autopilot"
    BULK_TOKEN = "bulk token"  # noqa: S105 - a way, not a secret


def way_of(identity: EntraIdentity, context: Sequence[tuple[str, str]]) -> EntraWay | Refused:
    """Return the way, or Refused where claim and token contradict each other.

    The context items are only claimed: none of them makes a user's token one without a user, or
    turns an account that was added into a join.
    """
    items = {name.strip().casefold(): value.strip() for name, value in reversed(context)}
    kind = items.get("enrollmenttype", "").casefold()
    if not identity.user:
        return _without_user(kind, items)
    if _is_package(identity):
        return EntraWay.BULK_TOKEN
    if kind != "device":
        return EntraWay.ACCOUNT
    return EntraWay.JOIN if identity.entra_device else _contradiction("it names no joined device")


def first_way(identity: EntraIdentity) -> EntraWay:
    """Return the way as far as the token alone tells it, before the headset described itself."""
    if not identity.user:
        return EntraWay.AUTOPILOT
    if _is_package(identity):
        return EntraWay.BULK_TOKEN
    return EntraWay.JOIN if identity.entra_device else EntraWay.ACCOUNT


def _is_package(identity: EntraIdentity) -> bool:
    """Such a user is shared by the package's headsets: without a device it would be all of them."""
    return bool(identity.entra_device) and _PACKAGE_USER.fullmatch(identity.user) is not None


def _without_user(kind: str, items: Mapping[str, str]) -> EntraWay | Refused:
    """Such a headset enrolls as a machine; a package may have joined it, else Autopilot did."""
    if kind != "device":
        return _contradiction("it names no user, for a user's enrollment")
    is_autopilot = any(items.get(name) for name in _AUTOPILOT_ITEMS)
    is_bulk = items.get("bulkaadj", "").casefold() == "true"
    return EntraWay.BULK_TOKEN if is_bulk and not is_autopilot else EntraWay.AUTOPILOT


def _contradiction(reason: str) -> Refused:
    return Refused(Refusal.AUTHENTICATION, f"Entra token: {reason}")
