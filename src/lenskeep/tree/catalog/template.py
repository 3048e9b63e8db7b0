"""LocURIs with names left open: `./Device/Vendor/MSFT/VPNv2/{ProfileName}/DnsSuffix`."""

import re
from dataclasses import dataclass
from typing import Final

_OPEN: Final = re.compile(r"/\{[^/]*\}(?=/|$)")
_ROOTS: Final = 4
"""Where the CSP's name stands in `./Device/Vendor/MSFT/NAME`."""


@dataclass(frozen=True, slots=True)
class Place:
    """The CSP and, among the settings of the Policy CSP, the area of a LocURI."""

    csp: str
    area: str


def template_key(uri: str) -> str:
    """Return the form in which two spellings of a template are the same: no case, no open names."""
    key = uri.casefold()
    return _OPEN.sub("/{}", key) if "{" in key else key


def place_of(uri: str) -> Place:
    """Return where in the tree a canonical LocURI stands."""
    pieces = uri.split("/")
    if len(pieces) > _ROOTS and pieces[3].casefold() == "msft":
        csp, rest = pieces[_ROOTS], pieces[_ROOTS + 1 :]
    elif pieces[1].casefold() == "syncml":
        csp, rest = pieces[2] if len(pieces) > 2 else pieces[1], []
    else:
        csp, rest = pieces[1], []
    in_policy = csp.casefold() == "policy" and len(rest) > 1
    if in_policy and rest[0].casefold() in ("config", "result") and not rest[1].startswith("{"):
        return Place(csp, rest[1])
    return Place(csp, "")


def short_name(uri: str) -> str:
    """Return what documentation calls a node, without case: `area/policy`, or `csp/...`.

    Both scopes have the same. A policy area is `policy/config/area`, so that it is not taken for
    the CSP of that name.
    """
    pieces = uri.casefold().split("/")[1:]
    if pieces[0] in ("device", "user") and pieces[1:3] == ["vendor", "msft"]:
        pieces = pieces[3:]
    elif pieces[0] == "syncml":
        pieces = pieces[1:]
    if pieces[:2] == ["policy", "config"] and len(pieces) == 4:
        pieces = pieces[2:]
    return "/".join(pieces)
