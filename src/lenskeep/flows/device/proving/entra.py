"""A token of Microsoft Entra ID, as the proof of who asks to enroll.

Every token that is wrong for whatever reason is refused in the same way; where no tenant is set
up at all, this kind of token is not accepted here.
"""

from dataclasses import replace
from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.entra.token import EntraIdentity
from lenskeep.enrollment.entra.way import EntraWay, first_way, way_of
from lenskeep.flows.device.proving.asked import Asked, Proven
from lenskeep.flows.entra.believing import believe, tenants
from lenskeep.flows.entrance import Way
from lenskeep.flows.house import House
from lenskeep.flows.records import Principal, PrincipalKind
from lenskeep.wire.soap import BinaryToken

_WAYS: Final = {
    EntraWay.JOIN: Way.ENTRA_JOIN,
    EntraWay.ACCOUNT: Way.ENTRA_ACCOUNT,
    EntraWay.AUTOPILOT: Way.AUTOPILOT,
    EntraWay.BULK_TOKEN: Way.BULK_TOKEN,
}


async def prove_entra(house: House, asked: Asked, token: BinaryToken) -> Proven:
    """Return whose token it is. Raises Refused."""
    if not any(each.is_on for each in await tenants(house)):
        raise Refused(Refusal.SECURITY_HEADER, "no Entra tenant is set up")
    identity = await believe(house, token.data)
    if isinstance(identity, Refused):
        raise identity
    way = way_of(identity, asked.context) if asked.issuing else first_way(identity)
    if isinstance(way, Refused):
        raise way
    if way is EntraWay.BULK_TOKEN:
        identity = replace(identity, user_id="")
    return Proven(
        principal=_principal(identity),
        way=_WAYS[way],
        user=identity.user,
        tenant=identity.tenant,
        user_id=identity.user_id,
        entra_device=identity.entra_device,
    )


def _principal(identity: EntraIdentity) -> Principal:
    """A user is one person with headsets. The user that a package was made with is nobody: such
    headsets are told apart by what Entra knows them as, so that none takes another's record.
    """
    who = identity.user_id or f"device/{identity.entra_device}"
    name = identity.user or identity.entra_device
    return Principal(PrincipalKind.ENTRA, f"{identity.tenant}/{who}", name)
