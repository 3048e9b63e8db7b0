"""Lock-outs that nobody's setting is alone: they come of what profiles want together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.guard.danger import LockoutKind
from lenskeep.desired.guard.lockout import Around, Lockout, is_guarded, lockouts, lockouts_of
from lenskeep.desired.guard.places import NO_NETWORK_BY_HAND, VISITOR_SIGN_IN, apps
from lenskeep.desired.guard.whole import Whole, together
from lenskeep.desired.profile import Owner
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.flows.desired.casting.clashing import Where, owners_in_words


@dataclass(frozen=True, slots=True)
class Danger:
    """A lock-out, whose setting it is, and whose other wish makes it one."""

    lockout: Lockout
    owners: tuple[Owner, ...]
    others: tuple[Owner, ...]
    """Empty where it is what nobody wants, such as a network."""


@dataclass(frozen=True, slots=True)
class Stranding:
    """A danger and the devices that it is about."""

    danger: Danger
    where: Where

    @property
    def lockout(self) -> Lockout:
        """Which node, why it strands, and how a stranded headset is recovered."""
        return self.danger.lockout

    @property
    def owners(self) -> tuple[Owner, ...]:
        """Whose setting it is, and whose other wish makes it a lock-out."""
        return tuple(dict.fromkeys((*self.danger.owners, *self.danger.others)))

    @property
    def devices(self) -> int:
        """How many devices it is about."""
        return self.where.devices

    @property
    def names(self) -> tuple[str, ...]:
        """Of the first of the devices."""
        return self.where.names

    @property
    def sentence(self) -> str:
        """All of it in words; without values."""
        found = self.danger.lockout
        about = f"{owners_in_words(self.owners)}; {self.where}"
        return f"{found.uri} {found.why} ({about}): {found.recover}"


def dangers(was: WantedTree, then: WantedTree, own: ProfileId | None = None) -> Iterator[Danger]:
    """Yield what strands a headset of which the first was wanted, and now the second is.

    Only what no setting does alone, and what was not so before. What was acknowledged is staged,
    so that is told only where it certainly strands; settings of the profile `own` were examined.
    """
    gone = tuple(_withdrawn(was, then))
    yield from gone
    before = {_key(each.lockout) for each in _together(was)}
    for each in _together(then):
        is_own = own in {owner.profile for owner in each.owners}
        is_told = bool(gone) and each.lockout.kind is LockoutKind.WIFI_BY_HAND
        if not (is_own or is_told or _key(each.lockout) in before):
            yield each


def may_strand(tree: WantedTree) -> bool:
    """Return whether something in the tree can lock out at all: most trees have nothing."""
    return any(is_guarded(each.key) for each in tree.nodes)


def _key(lockout: Lockout) -> tuple[str, LockoutKind, bool]:
    return lockout.key, lockout.kind, lockout.is_certain


def _together(tree: WantedTree) -> Iterator[Danger]:
    locking = [each for each in tree.nodes if is_guarded(each.key)]
    if not locking:
        return
    whole = _whole(tree)
    for node in locking:
        uri = node.uri.text
        alone = {_key(each) for each in lockouts_of(uri, node.value)}
        for each in lockouts_of(uri, node.value, whole):
            if _key(each) not in alone and (each.is_certain or not node.guard):
                yield Danger(each, node.owners, _causes(tree, each.kind))


def _withdrawn(was: WantedTree, then: WantedTree) -> Iterator[Danger]:
    gone = [each.uri.text for each in was.nodes if each.key not in then.by_key]
    around = Around({each.uri.text: each.value for each in _decided(then)}, gone)
    for each in lockouts((), around):
        if each.is_certain:
            yield Danger(each, was.by_key[each.key].owners, _causes(then, each.kind))


def _whole(tree: WantedTree) -> Whole:
    return together((each.uri.text, each.value) for each in _decided(tree))


def _decided(tree: WantedTree) -> Iterator[WantedNode]:
    return (each for each in tree.nodes if not each.undecided)


_MADE_BY: Final = {
    LockoutKind.WIFI_WITHDRAWN: NO_NETWORK_BY_HAND,
    LockoutKind.KIOSK: VISITOR_SIGN_IN,
}
"""The node whose value makes another one a lock-out."""


def _causes(tree: WantedTree, kind: LockoutKind) -> tuple[Owner, ...]:
    """Return whose wish makes it a lock-out; nobody's where it is the lack of something."""
    key = _MADE_BY.get(kind, "")
    nodes = [tree.by_key[key]] if key in tree.by_key else []
    if kind is LockoutKind.APPS:
        nodes = [each for each in tree.nodes if any(apps((each.uri.path,)))]
    return tuple(dict.fromkeys(owner for each in nodes for owner in each.owners))
