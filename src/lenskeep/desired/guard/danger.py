"""The dangers, in words: what strands and when, how it is recovered, which network must remain.

`why` is a predicate of the value ("turns Wi-Fi off, ..."), as findings have it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class LockoutKind(Enum):
    """What is locked; the value is the spelling in REST and YAML."""

    WIFI_OFF = "wifi-off"
    WIFI_BY_HAND = "wifi-by-hand"
    """Nobody can join a network at the headset."""
    WIFI_WITHDRAWN = "wifi-withdrawn"
    """A network is taken away while none can be joined by hand."""
    VISITOR_SIGN_IN = "visitor-sign-in"
    USER_SIGN_IN = "user-sign-in"
    TENANT = "tenant"
    """First run waits for one tenant, for ever."""
    NETWORK_PAGE = "network-page"
    SYNC_PAGE = "sync-page"
    STORAGE = "storage"
    PACKAGES_ADD = "packages-add"
    PACKAGES_REMOVE = "packages-remove"
    APPS = "apps"
    PROXY = "proxy"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class Danger:
    """One way to lose a headset, or what is on it."""

    kind: LockoutKind
    why: str
    """A predicate of the value: what strands and when."""
    recover: str
    """How a stranded headset is brought back, and what is lost by that."""
    leaves: str
    """The network over which it stays reachable; it must work before the setting is sent."""
    is_certain: bool = False
    """Whether it strands as things are wanted; otherwise under the condition that `why` tells."""


_ANY: Final = "the network that it is on"
_RESET: Final = (
    "a reset (Settings > Update & Security, where it can be reached) or a reflash over USB brings "
    "it back and erases everything on it; it must be enrolled again"
)
_WITHDRAW: Final = "while the headset still syncs, withdraw the setting here; otherwise "

WIFI_OFF: Final = Danger(
    LockoutKind.WIFI_OFF,
    "turns Wi-Fi off: a headset that is not on an Ethernet adapter never syncs again",
    "put the headset on an Ethernet adapter, sync, and withdraw the setting; without one " + _RESET,
    "an Ethernet adapter at the USB-C port",
    is_certain=True,
)
"""CSP: Policy/Wifi/AllowWiFi."""

VISITOR_SIGN_IN: Final = Danger(
    LockoutKind.VISITOR_SIGN_IN,
    "signs every start in as a visitor, with no way out at the headset",
    _WITHDRAW + _RESET,
    _ANY,
    is_certain=True,
)
"""CSP: Policy/MixedReality/VisitorAutoLogon."""

USER_SIGN_IN: Final = Danger(
    LockoutKind.USER_SIGN_IN,
    "signs one user in at every start, who cannot sign out: nobody else gets to the headset",
    _WITHDRAW + _RESET,
    _ANY,
)
"""CSP: Policy/MixedReality/AutoLogonUser."""

TENANT: Final = Danger(
    LockoutKind.TENANT,
    "makes first run wait for the Autopilot profile of this tenant, for ever, on headsets that "
    "have none; local users, packages and the choice of an owner are gone",
    "only this tenant's own management can send false, while the headset still syncs; neither "
    "reset nor reflash nor an update takes it away",
    "a network in first run with Autopilot, by Ethernet or an open or password network",
    is_certain=True,
)
"""CSP: TenantLockdown/RequireNetworkInOOBE."""

NETWORK_PAGE: Final = Danger(
    LockoutKind.NETWORK_PAGE,
    "hides the page network-wifi, where a headset is put on a network",
    "bring the headset into reach of a network it knows, or on an Ethernet adapter, and withdraw "
    "the setting; otherwise " + _RESET,
    "the networks that it knows, or Ethernet",
)
SYNC_PAGE: Final = Danger(
    LockoutKind.SYNC_PAGE,
    "hides the page workplace, where the wearer can start a sync",
    "the headset syncs by itself on its schedule: withdraw the setting and wait",
    _ANY,
)
"""CSP: Policy/Settings/PageVisibilityList."""

STORAGE: Final = Danger(
    LockoutKind.STORAGE,
    "stops USB storage: packages on a stick are no longer read, not even the rest of a running "
    "set-up",
    _WITHDRAW + _RESET,
    _ANY + "; Ethernet adapters still work",
)
"""CSP: Policy/System/AllowStorageCard."""

PACKAGES_ADD: Final = Danger(
    LockoutKind.PACKAGES_ADD,
    "stops provisioning packages: a headset that lost its network cannot be given one by package",
    _WITHDRAW + _RESET,
    _ANY,
)
PACKAGES_REMOVE: Final = Danger(
    LockoutKind.PACKAGES_REMOVE,
    "makes the packages on the headset permanent: what one of them broke stays",
    _WITHDRAW + _RESET,
    _ANY,
)
"""CSP: Policy/Security/AllowAddProvisioningPackage, AllowRemoveProvisioningPackage."""

PROXY: Final = Danger(
    LockoutKind.PROXY,
    "sends all traffic through a proxy: where that cannot be reached, nothing syncs any more",
    "bring the headset onto a network from which the proxy is reached, and withdraw the setting; "
    "otherwise " + _RESET,
    "a network from which the proxy is reached, and reaches this server",
)
"""CSP: NetworkProxy."""

KIOSK: Final = Danger(
    LockoutKind.KIOSK,
    "gives everybody a kiosk without the Settings app: nobody can put the headset on a network",
    "the kiosk stays until it is changed here: bring the headset into reach of a network it "
    "knows, or on an Ethernet adapter; otherwise " + _RESET,
    "the networks that it knows, or Ethernet",
)
"""CSP: AssignedAccess/Configuration."""


def wifi_by_hand(names: tuple[str, ...] | None) -> Danger:
    """Return the danger of no networks by hand; `names` are the wanted ones, None if unknown.

    CSP: Policy/Wifi/AllowManualWiFiConfiguration.
    """
    if names:
        rest = "only the wanted Wi-Fi profiles remain, and out of their reach nothing syncs"
    elif names is None:
        rest = "without a working Wi-Fi profile it never syncs again"
    else:
        rest = "no Wi-Fi profile is wanted: away from the networks it knows it never syncs again"
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "") if names else ""
    return Danger(
        LockoutKind.WIFI_BY_HAND,
        f"stops wearers from joining networks; {rest}",
        "put the headset on an Ethernet adapter or into reach of a network it has, and withdraw "
        "the setting; otherwise " + _RESET,
        f"Wi-Fi {shown}" if shown else "an Ethernet adapter at the USB-C port",
        is_certain=names == (),
    )


def wifi_withdrawn(names: tuple[str, ...]) -> Danger:
    """Return the danger of taking a network away while none is joined by hand."""
    return Danger(
        LockoutKind.WIFI_WITHDRAWN,
        "is taken away while nobody can join a network at the headset",
        "put the headset on an Ethernet adapter, sync, and give the Wi-Fi profile back; otherwise "
        + _RESET,
        f"Wi-Fi {', '.join(names[:5])}" if names else "an Ethernet adapter at the USB-C port",
        is_certain=not names,
    )


def apps(families: tuple[str, ...]) -> Danger:
    """Return the danger of trusting no packages while some are wanted.

    CSP: Policy/ApplicationManagement/AllowAllTrustedApps.
    """
    return Danger(
        LockoutKind.APPS,
        "stops line-of-business apps, and some are wanted: they are not installed, and those "
        "there do not start",
        "withdraw the setting, or set 1: the apps start again; a kiosk of such an app is an empty "
        "headset until then",
        f"{_ANY} ({', '.join(families[:3])} stop)",
        is_certain=True,
    )
