"""Which names headsets look for, and what has to stand in DNS and in the certificate for them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Invalid

DISCOVERY_HOST: Final = "EnterpriseEnrollment"
"""[MS-MDE2] 3.1.1: put in front of the domain of the e-mail address that was typed."""
DISCOVERY_PORT: Final = 443
"""Discovery by domain knows no other."""

_DOMAIN: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
_LONGEST: Final = 232
"""What [RFC 1035] leaves of 253 characters for a domain behind the host's name."""
_LIFE_S: Final = 3600


@dataclass(frozen=True, slots=True)
class NeededName:
    """One name that has to lead here."""

    name: str
    why: str
    zone_line: str
    """As it may stand in a zone file."""
    in_certificate: bool
    """Whether the server's certificate has it, as far as our settings say."""
    remedy: str
    """What to do where it is not in the certificate; empty where it is."""


def read_domain(text: str) -> str:
    """Return a mail domain, in small letters. Raises Invalid."""
    domain = text.strip().casefold().removeprefix("@").removesuffix(".")
    prefix = f"{DISCOVERY_HOST.casefold()}."
    domain = domain.removeprefix(prefix)
    if len(domain) > _LONGEST or not _DOMAIN.fullmatch(domain):
        raise Invalid.field("domain", "this is no domain", "what follows @ in user names")
    return domain


def discovery_name(domain: str) -> str:
    """Return the name that a headset asks for, of a user name in this domain."""
    return f"{DISCOVERY_HOST}.{domain}"


def needed_names(
    domains: Iterable[str], host: str, covered: Iterable[str]
) -> tuple[NeededName, ...]:
    """Return the server's own name and one for each domain; `covered`: names in the certificate."""
    known = tuple(each.casefold() for each in covered)
    found = [
        NeededName(
            name=host,
            why="every headset keeps this address for management",
            zone_line=f"{host}. {_LIFE_S} IN A 192.0.2.10",
            in_certificate=covers(known, host),
            remedy="" if covers(known, host) else f"lenskeep init --hostname {host}",
        )
    ]
    found.extend(_by_domain(each, host, known) for each in domains)
    return tuple(found)


def _by_domain(domain: str, host: str, known: tuple[str, ...]) -> NeededName:
    name = discovery_name(domain)
    is_there = covers(known, name)
    return NeededName(
        name=name,
        why=f"discovery: a headset makes it of a user name ...@{domain}",
        zone_line=f"{name}. {_LIFE_S} IN CNAME {host}.",
        in_certificate=is_there,
        remedy="" if is_there else f"lenskeep init --also {name}, then restart the server",
    )


def covers(names: Iterable[str], name: str) -> bool:
    """Return whether one of a certificate's names stands for this one; `*` for one label."""
    folded = name.casefold()
    rest = folded.partition(".")[2]
    return any(each.casefold() in (folded, f"*.{rest}") for each in names)
