"""Nodes by the part of their key after `Vendor/MSFT/`, for tables that name them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

POLICY: Final = "policy/config/"
_ROOTS: Final = ("./device/vendor/msft/", "./user/vendor/msft/")
_WIFI: Final = re.compile(r"wifi/profile/([^/]+)/wlanxml", re.IGNORECASE)
_APP: Final = re.compile(
    r"enterprisemodernappmanagement/appinstallation/([^/]+)(/(hostedinstall|storeinstall))?",
    re.IGNORECASE,
)


def place(key: str) -> str:
    """Return what follows `Vendor/MSFT/` in a key or canonical path, in either scope."""
    for root in _ROOTS:
        if key.startswith(root) or key[: len(root)].casefold() == root:
            return key[len(root) :]
    return key


def device_key(place_: str) -> str:
    """Return the comparison key of a place in device scope."""
    return _ROOTS[0] + place_


def networks(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the Wi-Fi networks whose profiles are among these nodes, in order."""
    found = (_WIFI.fullmatch(place(each)) for each in paths)
    return tuple(sorted(unquote(each[1]) for each in found if each))


def apps(paths: Iterable[str]) -> Iterator[str]:
    """Yield the package families whose packages these nodes install, in order.

    An app from the store is not among them: it needs no trust in others' signatures.
    """
    by_family: dict[str, set[str]] = {}
    for each in paths:
        if found := _APP.fullmatch(place(each)):
            by_family.setdefault(unquote(found[1]), set()).add((found[3] or "").casefold())
    for family, ways in sorted(by_family.items()):
        if "storeinstall" not in ways or "hostedinstall" in ways:
            yield family


NO_NETWORK_BY_HAND: Final = device_key(f"{POLICY}wifi/allowmanualwificonfiguration")
"""Its 0 makes the last network that is wanted the only one there is."""
VISITOR_SIGN_IN: Final = device_key(f"{POLICY}mixedreality/visitorautologon")
"""Its 1 makes a kiosk for visitors everybody's."""
