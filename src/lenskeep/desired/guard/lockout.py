"""The lock-outs of settings: which of them can strand a headset, as all is wanted together."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from lenskeep.desired.guard import danger
from lenskeep.desired.guard.danger import Danger, LockoutKind
from lenskeep.desired.guard.kiosk import without_settings
from lenskeep.desired.guard.pages import NETWORK, SYNC, read_pages
from lenskeep.desired.guard.places import (
    NO_NETWORK_BY_HAND,
    POLICY,
    VISITOR_SIGN_IN,
    networks,
    place,
)
from lenskeep.desired.guard.whole import Whole, together
from lenskeep.tree.uri import node_key


@dataclass(frozen=True, slots=True)
class Lockout:
    """A setting that can lock a headset out, or its wearer. It never holds the value."""

    uri: str
    key: str
    kind: LockoutKind
    why: str
    """A predicate of the value: what strands and when."""
    recover: str
    """How a stranded headset is brought back, and what is lost by that."""
    leaves: str
    """The network over which it stays reachable; it must work before the setting is sent."""
    is_certain: bool
    """Whether it strands as things are wanted; otherwise under the condition that `why` tells."""


@dataclass(frozen=True, slots=True)
class Around:
    """What else is so of the devices: all else that is wanted of them, and what is taken away."""

    others: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """Value by LocURI."""
    withdrawn: Collection[str] = ()
    """LocURIs that were wanted until now."""


def lockouts(
    settings: Iterable[tuple[str, str | None]], around: Around | None = None
) -> tuple[Lockout, ...]:
    """Return the lock-outs of these settings (LocURI and value), in their order.

    Settings of others count as wanted; lock-outs of theirs are not told again. After the
    settings' own come those of withdrawn nodes.
    """
    around = around or Around()
    rows = tuple(settings)
    wanted = together((*around.others.items(), *rows))
    own = (each for uri, value in rows for each in lockouts_of(uri, value, wanted))
    return (*own, *_withdrawn(around.withdrawn, wanted))


def lockouts_of(uri: str, value: str | None, wanted: Whole | None = None) -> tuple[Lockout, ...]:
    """Return the lock-outs of one setting; without `wanted` nothing is known of the others."""
    key = node_key(uri)
    rule = _RULES.get(place(key))
    if rule is None or value is None:
        return ()
    return tuple(_lockout(uri, key, each) for each in rule(value.strip(), wanted))


def is_guarded(key: str) -> bool:
    """Return whether a node, by its comparison key, can lock out with some value."""
    return place(key) in _RULES


def _lockout(uri: str, key: str, found: Danger) -> Lockout:
    return Lockout(uri, key, found.kind, found.why, found.recover, found.leaves, found.is_certain)


def _withdrawn(uris: Collection[str], wanted: Whole) -> Iterator[Lockout]:
    """Yield the Wi-Fi profiles that go while none can be joined by hand. CSP: WiFi/Profile."""
    if not _is_number(wanted.get(NO_NETWORK_BY_HAND) or "", 0):
        return
    for uri in uris:
        key = node_key(uri)
        if networks((key, f"{key}/wlanxml")) and key not in wanted.values:
            yield _lockout(uri, key, danger.wifi_withdrawn(wanted.networks))


# --- Rules ----------------------------------------------------------------------------------------

_Rule = Callable[[str, Whole | None], Iterator[Danger]]


def _at(number: int, found: Danger) -> _Rule:
    """Return the rule of a switch that is a danger at this number."""

    def rule(value: str, _: Whole | None) -> Iterator[Danger]:
        if _is_number(value, number):
            yield found

    return rule


def _filled(found: Danger) -> _Rule:
    """Return the rule of a text that is a danger when it is not empty."""

    def rule(value: str, _: Whole | None) -> Iterator[Danger]:
        if value:
            yield found

    return rule


def _tenant(value: str, _: Whole | None) -> Iterator[Danger]:
    if value.casefold() == "true" or _is_number(value, 1):
        yield danger.TENANT


def _by_hand(value: str, wanted: Whole | None) -> Iterator[Danger]:
    if _is_number(value, 0):
        yield danger.wifi_by_hand(None if wanted is None else wanted.networks)


def _apps(value: str, wanted: Whole | None) -> Iterator[Danger]:
    if _is_number(value, 0) and wanted is not None and wanted.apps:
        yield danger.apps(wanted.apps)


def _pages(value: str, _: Whole | None) -> Iterator[Danger]:
    pages = read_pages(value)
    if pages is None or not pages.names:
        return
    if pages.hides(NETWORK):
        yield danger.NETWORK_PAGE
    if pages.hides(SYNC):
        yield danger.SYNC_PAGE


def _kiosk(value: str, wanted: Whole | None) -> Iterator[Danger]:
    visitors = wanted.get(VISITOR_SIGN_IN) if wanted is not None else None
    visitors_only = _is_number(visitors or "", 1)
    if without_settings(value, visitors_only=visitors_only):
        yield danger.KIOSK


def _is_number(text: str, number: int) -> bool:
    stripped = text.strip()
    return stripped.isascii() and stripped.isdecimal() and int(stripped[:20]) == number


_RULES: Final[Mapping[str, _Rule]] = MappingProxyType(
    {
        f"{POLICY}wifi/allowwifi": _at(0, danger.WIFI_OFF),
        f"{POLICY}wifi/allowmanualwificonfiguration": _by_hand,
        f"{POLICY}mixedreality/visitorautologon": _at(1, danger.VISITOR_SIGN_IN),
        f"{POLICY}mixedreality/autologonuser": _filled(danger.USER_SIGN_IN),
        f"{POLICY}settings/pagevisibilitylist": _pages,
        f"{POLICY}system/allowstoragecard": _at(0, danger.STORAGE),
        f"{POLICY}security/allowaddprovisioningpackage": _at(0, danger.PACKAGES_ADD),
        f"{POLICY}security/allowremoveprovisioningpackage": _at(0, danger.PACKAGES_REMOVE),
        f"{POLICY}applicationmanagement/allowalltrustedapps": _apps,
        "tenantlockdown/requirenetworkinoobe": _tenant,
        "networkproxy/proxyserver/proxyaddress": _filled(danger.PROXY),
        "networkproxy/setupscripturl": _filled(danger.PROXY),
        "assignedaccess/configuration": _kiosk,
    }
)
"""By the place after `Vendor/MSFT/`, in lower case."""
