"""What the connection proves; a proxy is believed only if it is named."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from lenskeep.base.errors import Refused
from lenskeep.certificates.verify import verify_forwarded
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.house import House
from lenskeep.web.address import client_address, is_proxy

_STRANGER: Final = Proof(b"not a certificate of ours")
"""Shown, but wrong: answered like every wrong proof."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side of a connection."""

    address: str
    proof: Proof
    is_verified: bool
    """Whether a certificate of ours was shown; a hint for limits, never an identity."""


def read_peer(house: House, request: Request) -> Peer:
    """Return address and proof of the sender.

    A forwarded certificate that does not verify becomes an empty-handed proof of the wrong
    kind: it is passed on as bytes that no enrollment knows, so that the answer is 401, not 407.
    """
    address = client_address(house.settings, request.scope)
    if request.client and is_proxy(house.settings, request.client.host):
        return _forwarded(house, request, address)
    certificate = request.scope.get("extensions", {}).get("tls", {}).get("client_cert_der")
    return Peer(address, Proof(certificate), certificate is not None)


def _forwarded(house: House, request: Request, origin: str) -> Peer:
    values = request.headers.getlist(house.settings.proxy_certificate_header)
    if not any(values):
        return Peer(origin, Proof(None), is_verified=False)
    try:
        if len(values) > 1:  # a proxy that adds its header to the client's own
            return Peer(origin, _STRANGER, is_verified=False)
        der = verify_forwarded(values[0], house.trust.issuers, house.clock.now())
    except Refused:
        return Peer(origin, _STRANGER, is_verified=False)
    return Peer(origin, Proof(der), is_verified=True)
