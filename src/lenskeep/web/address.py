"""Where a request comes from: the connection's address, or what a named proxy says of it."""

import ipaddress
from functools import lru_cache
from typing import Final, TypeAlias

from starlette.datastructures import Headers
from starlette.types import Scope

from lenskeep.config import Settings

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_LONGEST: Final = 64
"""Characters of an address with its port, and room for blanks."""
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(settings: Settings, scope: Scope) -> str:
    """Return the address of whoever asks; empty where there is none.

    `X-Forwarded-For` counts only as far as proxies that the settings name wrote it: from the
    right, the first address that is not such a proxy. What stands left of it anybody may write.
    """
    client = scope.get("client")
    address = str(client[0]) if client else ""
    if not is_proxy(settings, address):
        return address
    said = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    for each in reversed(said.split(",")):
        hop = _parse(each)
        if hop is None:
            return address
        address = str(hop)
        if not _is_named(settings, hop):
            return address
    return address


def is_proxy(settings: Settings, address: str) -> bool:
    """Return whether the settings name a proxy at this address."""
    found = _parse(address)
    return found is not None and _is_named(settings, found)


def is_in(named: tuple[str, ...], address: str) -> bool:
    """Return whether the address lies in one of these networks."""
    found = _parse(address)
    return found is not None and any(found in each for each in _networks(tuple(named)))


def _is_named(settings: Settings, address: Address) -> bool:
    return any(address in each for each in _networks(tuple(settings.trusted_proxies)))


@lru_cache(maxsize=8)
def _networks(named: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(each, strict=False) for each in named)


def _parse(text: str) -> Address | None:
    """Return the address; some proxies add the port."""
    return _parsed(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return found if mapped is None else mapped
