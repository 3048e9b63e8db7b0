"""Which names headsets look for, and what is found there: asked by an administrator alone."""

from dataclasses import dataclass
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.config import split_address
from lenskeep.enrollment.rules.names import (
    DISCOVERY_PORT,
    NeededName,
    discovery_name,
    needed_names,
    read_domain,
)
from lenskeep.flows.house import House
from lenskeep.flows.ports import Looked

_NOT_443: Final = (
    "the server is at port {port}: discovery by domain asks at 443 alone, so that the wearer has"
    " to type the server"
)
_ELSEWHERE: Final = "it leads to another address than the server's own name"


@dataclass(frozen=True, slots=True)
class NameView:
    """One name: what it needs, what was found, what is wrong with it."""

    needed: NeededName
    port: int
    looked: Looked
    troubles: tuple[str, ...]
    """None: headsets find and trust the server by this name."""


async def look_at_names(house: House, caller: Caller, domain: str) -> tuple[NameView, ...]:
    """Look at the server's own name and at that of a mail domain, as a headset does.

    Raises Invalid where that is no domain.
    """
    demand(caller, Permission.ADMINISTER)
    host, port = split_address(house.settings.hostname)
    checked = read_domain(domain)
    own, found = needed_names((checked,), host, house.settings.host_names)
    first = await house.entry.names.look(host, port, house.trust.roots)
    second = await house.entry.names.look(
        discovery_name(checked), DISCOVERY_PORT, house.trust.roots
    )
    return (
        NameView(own, port, first, _troubles(first)),
        NameView(found, DISCOVERY_PORT, second, _troubles(second) + _led(first, second, port)),
    )


def _troubles(looked: Looked) -> tuple[str, ...]:
    return tuple(looked.trouble.split("; ")) if looked.trouble else ()


def _led(own: Looked, found: Looked, port: int) -> tuple[str, ...]:
    """Return what is wrong with where the name leads."""
    told = []
    if port != DISCOVERY_PORT:
        told.append(_NOT_443.format(port=port))
    if found.addresses and own.addresses and not set(found.addresses) & set(own.addresses):
        told.append(_ELSEWHERE)
    return tuple(told)
