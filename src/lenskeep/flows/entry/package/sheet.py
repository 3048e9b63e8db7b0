"""The sheet beside a headset: where the server is, how its root is known, what to press.

Public: no secret is in it, and nothing of the fleet.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from lenskeep.config import split_address
from lenskeep.enrollment.package.instructions import ALL, Instructions, deep_link, has_way
from lenskeep.flows.entry.package.wish import DISCOVERY_PATH
from lenskeep.flows.house import House

SHEET_PATH: Final = "/enroll"
ROOT_PATH: Final = "/enroll/root.cer"
_TLS_PORT: Final = 443


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on it but the steps' wording for one build."""

    organization: str
    server: str
    """As it is typed on a headset: a name, or a URL where the port is not 443."""
    page: str
    link: str
    root_url: str
    root_sha256: str
    """In pairs of digits, as people compare them."""
    root_sha1: str
    """The thumbprint, as Windows shows it."""
    needs_root: bool
    """Whether headsets must be given the root before they enroll."""


def sheet(house: House) -> Sheet:
    """Return what stands on the sheet."""
    settings = house.settings
    host, port = split_address(settings.hostname)
    root = house.trust.serving_root
    return Sheet(
        organization=settings.organization,
        server=host if port == _TLS_PORT else settings.url(""),
        page=settings.url(SHEET_PATH),
        link=deep_link(settings.url(DISCOVERY_PATH)),
        root_url=settings.url(ROOT_PATH),
        root_sha256=_pairs(hashlib.sha256(root).hexdigest()),
        root_sha1=_pairs(hashlib.sha1(root, usedforsecurity=False).hexdigest()),
        needs_root=settings.tls_certificate is None,
    )


def ways_of(build: str) -> tuple[Instructions, ...]:
    """Return the ways that a build has; for none, all."""
    return tuple(each for each in ALL.values() if has_way(each, build))


def _pairs(digits: str) -> str:
    upper = digits.upper()
    return " ".join(upper[start : start + 2] for start in range(0, len(upper), 2))
