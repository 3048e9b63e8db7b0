"""What an Entra token that came within a management session proves. It never opens anything.

Who a headset is, its certificate or digest has proved before; the token only tells which user is
signed in. A wrong one is therefore written down and passed over: an hour after sign-in every
token is expired, and a headset must not fall out of management for that (decision 0015).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.base.errors import Refused
from lenskeep.enrollment.entra.token import EntraIdentity
from lenskeep.flows.entra.believing import believe, tenants
from lenskeep.flows.house import House
from lenskeep.flows.records import Enrollment
from lenskeep.wire.syncml.codes import AlertCode
from lenskeep.wire.syncml.model import Alert, Message

USER_TOKEN_ALERT: Final = "com.microsoft/MDM/AADUserToken"  # noqa: S105 - a kind of alert
"""Type of the alert 1224 that carries the signed-in user's token."""

_SCHEME: Final = "bearer"


class Fit(Enum):
    """How the user of a good token belongs to the enrollment; the value is for the timeline."""

    ENROLLED_USER = "the user who enrolled it"
    OTHER_USER = "another user of the tenant"
    NO_USER = "no user, the headset itself"
    OTHER_DEVICE = "a token of another headset"
    OTHER_TENANT = "a user of another tenant"
    NOT_BY_ENTRA = "a user of a tenant, on a headset that did not come by Entra"
    NOT_BELIEVED = "a token that is not believed"


@dataclass(frozen=True, slots=True)
class SessionUser:
    """What a token told."""

    fit: Fit
    identity: EntraIdentity | None
    """None where the token is not believed."""
    reason: str = ""
    """Why it is not, fit for a log and the timeline."""

    @property
    def belongs(self) -> bool:
        """Whether a user of the enrollment's own tenant is signed in on this very headset."""
        return self.fit in (Fit.ENROLLED_USER, Fit.OTHER_USER, Fit.NO_USER)

    @property
    def detail(self) -> Mapping[str, str]:
        """What the timeline says of it; the same for the same user, however new the token."""
        user = self.identity.user if self.identity else ""
        named = {"user": user, "who": self.fit.value, "reason": self.reason}
        return {name: value for name, value in named.items() if value}


def token_of(message: Message) -> str:
    """Return the token that an alert of this message carries; empty where none does."""
    for part in message.body:
        if not isinstance(part, Alert) or part.code != AlertCode.CLIENT_EVENT:
            continue
        for item in part.items:
            if (item.meta.type or "").strip().casefold() == USER_TOKEN_ALERT.casefold():
                return (item.data or "").strip()
    return ""


async def session_user(
    house: House, enrollment: Enrollment, *, authorization: str = "", alert: str = ""
) -> SessionUser | None:
    """Return what the `Authorization` header, or the data of the alert, tells of who is signed in.

    The alert counts where both came. None where neither did, or no Entra tenant is set up.
    """
    token = alert.strip() or _bearer(authorization)
    if not token or not any(each.is_on for each in await tenants(house)):
        return None
    identity = await believe(house, token)
    if isinstance(identity, Refused):
        return SessionUser(Fit.NOT_BELIEVED, None, identity.reason)
    return SessionUser(_fit(identity, enrollment), identity)


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.casefold() == _SCHEME else ""


def _fit(identity: EntraIdentity, enrollment: Enrollment) -> Fit:
    if not enrollment.tenant:
        return Fit.NOT_BY_ENTRA
    if identity.tenant != enrollment.tenant:
        return Fit.OTHER_TENANT
    devices = {identity.entra_device, enrollment.entra_device}
    if "" not in devices and len(devices) > 1:
        return Fit.OTHER_DEVICE
    if not identity.user:
        return Fit.NO_USER
    is_same = identity.user_id == enrollment.user_id
    return Fit.ENROLLED_USER if is_same else Fit.OTHER_USER
