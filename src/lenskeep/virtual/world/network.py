"""The headset's way to the server: by cable, by the Wi-Fi that its wearer joined, by a profile.

Policies cut ways off for good, as they do for real: what is set in one session is felt when the
next one starts. CSP: WiFi/Profile, Policy/Wifi, NetworkProxy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import unquote

from lenskeep.virtual.builds import Profile
from lenskeep.virtual.tree.documents import wlan_name
from lenskeep.virtual.tree.rules import USER_VENDOR, VENDOR
from lenskeep.virtual.tree.seed import SSID
from lenskeep.virtual.tree.store import Tree

_SYNCS_OVER_PROXY: Final = (20348, 1450)
"""Before, a session that nobody started by hand did not find its way through a proxy."""

_RESULT: Final = f"{VENDOR}Policy/Result/Wifi/"


@dataclass(frozen=True, slots=True)
class Network:
    """What the headset could connect with, policies apart.

    `by_hand` is the Wi-Fi that the wearer joined (None: none any more); `away` names the Wi-Fi
    networks that cannot be received here, whatever profiles say.
    """

    ethernet: bool = False
    by_hand: str | None = SSID
    away: tuple[str, ...] = ()


class By(Enum):
    """How the headset is connected."""

    CABLE = "ethernet"
    HAND = "Wi-Fi joined by hand"
    PROFILE = "Wi-Fi by an MDM profile"


@dataclass(frozen=True, slots=True)
class Way:
    """A connection: how, the network's name, and the node of the profile where it has one."""

    by: By
    name: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Stranded:
    """No connection, and why; nothing that a server sends can change it."""

    reason: str


def way_out(tree: Tree, network: Network, *, with_user: bool = True) -> Way | Stranded:
    """Return how the headset reaches the world at this moment."""
    if network.ethernet:
        return Way(By.CABLE)
    if tree.value(_RESULT + "AllowWiFi") == "0":
        return Stranded("Wi-Fi is switched off by policy")
    by_hand_allowed = tree.value(_RESULT + "AllowManualWiFiConfiguration") != "0"
    if network.by_hand and by_hand_allowed and network.by_hand not in network.away:
        return Way(By.HAND, network.by_hand)
    for path, name in _profiles(tree, with_user=with_user):
        if name not in network.away:
            return Way(By.PROFILE, name, path)
    if network.by_hand and not by_hand_allowed:
        return Stranded("a policy forbids the Wi-Fi joined by hand, and no MDM profile fits")
    return Stranded("there is no Wi-Fi that the headset knows")


def _profiles(tree: Tree, *, with_user: bool) -> Iterator[tuple[str, str]]:
    """Yield node and name of every profile that can be used."""
    for root in (VENDOR, USER_VENDOR) if with_user else (VENDOR,):
        for node in tree.children(f"{root}WiFi/Profile"):
            text = tree.value(f"{node.path}/WlanXml")
            if text and wlan_name(text) is not None:
                yield node.path, unquote(node.path.rpartition("/")[2])


def proxy_of(tree: Tree, way: Way) -> str:
    """Return the proxy in use, empty for none: the device's own, or the profile's."""
    own = f"{VENDOR}NetworkProxy/"
    places = [own + "ProxyServer/ProxyAddress", own + "SetupScriptUrl"]
    if way.profile:
        places += [f"{way.profile}/Proxy", f"{way.profile}/ProxyPacUrl"]
    return next((value for place in places if (value := tree.value(place))), "")


def syncs_over_proxy(profile: Profile) -> bool:
    """Return whether background sessions of this build get through a proxy."""
    return profile.reaches(_SYNCS_OVER_PROXY)
