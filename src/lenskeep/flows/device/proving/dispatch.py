"""Which kind of proof is this? Asked at GetPolicies and again with the certificate request.

[MS-MDE2] 3.4.4.1.1.1: the security header holds a user name and password, or a binary token whose
ValueType says what it is.
"""

from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.flows.device.proving.asked import Asked, Proven
from lenskeep.flows.device.proving.certificates import prove_certificate
from lenskeep.flows.device.proving.entra import prove_entra
from lenskeep.flows.device.proving.passwords import prove_password
from lenskeep.flows.device.proving.tickets import prove_ticket
from lenskeep.flows.house import House
from lenskeep.wire.security import JWT_TOKEN, X509_TOKEN
from lenskeep.wire.soap import USER_TOKEN, UsernameToken

_SHOWN: Final = 60


async def prove(house: House, asked: Asked) -> Proven:
    """Return who asks. Raises Refused: the same for everything wrong of one kind."""
    trail = asked.visitor.trail
    if isinstance(asked.token, UsernameToken):
        trail.user = asked.token.username
    proven = await _prove(house, asked)
    trail.way, trail.user, trail.is_proven = proven.way.value, proven.user, True
    return proven


async def _prove(house: House, asked: Asked) -> Proven:
    token = asked.token
    if isinstance(token, UsernameToken):
        return await prove_password(house, asked, token)
    if token is None:
        raise Refused(Refusal.SECURITY_HEADER, "security token: none")
    if token.value_type == JWT_TOKEN:
        return await prove_entra(house, asked, token)
    if token.value_type == USER_TOKEN:
        return await prove_ticket(house, asked, token)
    if token.value_type == X509_TOKEN:
        return await prove_certificate(house, asked, token)
    raise Refused(Refusal.SECURITY_HEADER, f"security token: {token.value_type[-_SHOWN:]}")
