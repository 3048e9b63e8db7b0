"""One device's settings as a person sees them: wanted, known, effective, and how that stands."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lenskeep.desired.changes import record_of, title_of
from lenskeep.desired.known import Known
from lenskeep.desired.plan.node.case import result_uri
from lenskeep.desired.profile import Owner
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Reboot
from lenskeep.tree.fact import Fact
from lenskeep.tree.sensitive import redacted
from lenskeep.wire.syncml.codes import is_success

NOT_HEARD: Final = "the headset was not heard of since this is wanted"
_NO_LONGER: Final = "no longer wanted; the headset was not heard of since"
_UNDECIDED: Final = "two profiles of one priority want different values, so nothing is sent"


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting of one device: what is wanted, what is known, and how that stands."""

    uri: str
    title: str
    state: SettingState
    text: str
    """In words: what it waits for, why it failed and what to do."""
    wanted: str | None = field(repr=False)
    """None: nothing any more."""
    known: str | None = field(repr=False)
    """What the device told last; None: nothing, or that it has none."""
    known_at: datetime | None
    effective: str | None = field(repr=False)
    """What Policy/Result says; None outside of policies."""
    owners: tuple[Owner, ...]
    overruled: tuple[Owner, ...]
    """Whose other value lost."""
    status: int | None
    """The OMA-DM status of the last command."""
    since: datetime | None
    """When it came to its state; None: nothing was heard of the device since it is wanted."""
    retry_at: datetime | None
    guard: str
    """The staged roll-out that it is part of; empty for none."""
    reboot: Reboot
    undecided: tuple[Owner, ...] = ()
    """Whose values contradict each other at one priority."""


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """All that is wanted of one device, or is being taken away from it."""

    tree: str
    """The id of its wanted tree; empty: nothing is wanted."""
    planned: bool
    """Whether the device was heard of since this is wanted."""
    settings: tuple[SettingView, ...]
    """In order of their LocURI."""
    counts: Mapping[SettingState, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is put together of one device."""

    tree_id: str
    tree: WantedTree
    standing: DeviceStanding
    known: Known
    held: Collection[str]
    """The staged roll-outs that were not released yet."""

    @property
    def is_planned(self) -> bool:
        """Whether the device was heard of since this is wanted."""
        return self.standing.tree == self.tree_id


def view_settings(seen: Seen, catalog: Catalog, *, shows_secrets: bool) -> DeviceSettings:
    """Return all that is wanted of the device, or is being taken away from it."""
    keys = sorted({*seen.tree.by_key, *seen.standing.by_key})
    told = (_Telling(seen, catalog, shows_secrets).view(key) for key in keys)
    settings = tuple(each for each in told if each is not None)
    counts = dict.fromkeys(SettingState, 0)
    for each in settings:
        counts[each.state] += 1
    return DeviceSettings(seen.tree_id, seen.is_planned, settings, counts)


@dataclass(frozen=True, slots=True)
class _Telling:
    seen: Seen
    catalog: Catalog
    shows_secrets: bool

    def view(self, key: str) -> SettingView | None:
        """Return the setting; None for one that was never ours and is no longer wanted."""
        wish, node = self.seen.tree.by_key.get(key), self.seen.standing.by_key.get(key)
        uri = wish.uri.text if wish is not None else node.uri if node is not None else key
        stand = self._stand(wish, node)
        if stand is None:
            return None
        state, text, since = stand
        fact = self.seen.known.get(uri)
        record = record_of(uri, self.catalog)
        return SettingView(
            uri=uri,
            title=title_of(record, uri),
            state=state,
            text=text,
            wanted=self._shown(uri, wish.value if wish else None),
            known=self._shown(uri, _value(fact)),
            known_at=fact.learned_at if fact else None,
            effective=self._effective(uri),
            owners=wish.owners if wish else node.owners if node else (),
            overruled=wish.overruled if wish else (),
            status=node.status if node else None,
            since=since,
            retry_at=node.retry_at if node else None,
            guard=wish.guard if wish and wish.guard in self.seen.held else "",
            reboot=record.reboot if record else Reboot.NONE,
            undecided=wish.undecided if wish else (),
        )

    def _stand(
        self, wish: WantedNode | None, node: NodeStanding | None
    ) -> tuple[SettingState, str, datetime | None] | None:
        """Return state, words and moment; what was not planned yet is told beforehand."""
        if node is not None and (self.seen.is_planned or (wish and wish.mark == node.mark)):
            return node.state, node.text, node.since
        if wish is None:
            is_ours = node is not None and (node.ours or node.state is SettingState.REMOVING)
            return (SettingState.REMOVING, _NO_LONGER, None) if is_ours else None
        if wish.undecided:
            return SettingState.CONFLICTING, _UNDECIDED, None
        return SettingState.PENDING, NOT_HEARD, None

    def _effective(self, uri: str) -> str | None:
        result = result_uri(uri)
        return None if result is None else self._shown(uri, _value(self.seen.known.get(result)))

    def _shown(self, uri: str, value: str | None) -> str | None:
        return value if self.shows_secrets else redacted(uri, value)


def _value(fact: Fact | None) -> str | None:
    return fact.value if fact is not None and is_success(fact.status) else None
