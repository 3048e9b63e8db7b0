"""How every wanted node stands on one device: what the planner remembers between messages.

One value per enrollment, stored as one zlib'd JSON text. It holds no value of any node, only
marks (keyed digests), words and moments.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Final

from lenskeep.desired.profile import Owner
from lenskeep.desired.wanted import owners_of_plain, owners_to_plain
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import node_key

_VERSION: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_WAIT: Final = timedelta(hours=25)
"""Nothing is due later: a day is the longest of our waits, and a clock may be an hour off."""


class SettingState(Enum):
    """How a wanted node stands on a device; the value is the spelling in REST."""

    PENDING = "pending"
    """It is to be asked or set; the text says what it waits for."""
    SENT = "sent"
    """It is on its way, the headset has not answered."""
    APPLIED = "applied"
    """The headset said yes; it was not, or cannot be, read back."""
    VERIFIED = "verified"
    """It was read from the headset and is as wanted."""
    DRIFTED = "drifted"
    """It was verified once and is different now."""
    FAILED = "failed"
    """The headset refused it; the text says why and what to do."""
    NOT_APPLICABLE = "not applicable"
    """This headset does not have it; nothing is sent."""
    CONFLICTING = "conflicting"
    """Two profiles of one priority want different values; nothing is sent."""
    REMOVING = "removing"
    """It is no longer wanted and is being taken away."""
    LEFT = "left behind"
    """It is no longer wanted and cannot be taken away without a reset."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is to be done about it for now."""
        return self not in (SettingState.PENDING, SettingState.SENT, SettingState.REMOVING)

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look at it."""
        return self in (SettingState.FAILED, SettingState.DRIFTED, SettingState.CONFLICTING)


@dataclass(frozen=True, slots=True)
class NodeStanding:
    """How one node stands."""

    uri: str
    """As it goes on the wire."""
    state: SettingState
    since: datetime
    """When it came to this state."""
    text: str = ""
    """In words: what it waits for, why it failed and the next step, why it does not apply."""
    owners: tuple[Owner, ...] = ()
    """Who wants it; for one being removed, who wanted it."""
    mark: str = ""
    """Of the wish that this state is about; empty for one that is no longer wanted."""
    set_mark: str = ""
    """Of the wish that the headset last accepted from us; empty if it never did."""
    ours: bool = False
    """Whether we ever set it: only then is it taken away when it is no longer wanted."""
    status: int | None = None
    """The OMA-DM status of the last answer to a command of ours on it."""
    verb: Verb | None = None
    """Of the command that is on its way; None: nothing is."""
    deliveries: int = 0
    """How many replies that carried a command for it were committed without an answer."""
    asks: int = 0
    """How often it was asked for without an answer."""
    failures: int = 0
    """How often in a row it failed."""
    retry_at: datetime | None = None
    """When it is tried again; None: not by itself."""
    read_at: datetime | None = None
    """When it was last read from the headset."""
    sure_at: datetime | None = None
    """When it was last certain what the headset holds here; None: it is to be asked first."""
    changed_at: datetime | None = None
    """When a command of ours on it was last answered or lost: facts up to then say nothing."""
    emptied: bool = False
    """Whether we took it away: to be added anew, or, if it is being removed, to be looked for."""

    @property
    def key(self) -> str:
        """The form by which nodes compare."""
        return node_key(self.uri)

    @property
    def is_on_its_way(self) -> bool:
        """Whether a command for it was sent and not answered."""
        return self.verb is not None


@dataclass(frozen=True)
class DeviceStanding:
    """How a device stands to a wanted tree. Nodes in order of their key."""

    tree: str = ""
    """The id of the wanted tree that it was last planned against; empty: never."""
    nodes: tuple[NodeStanding, ...] = ()
    due_at: datetime | None = None
    """When there is something to do again although nothing changed; None: never."""
    device_print: str = ""
    """A digest of the device facts (build, edition, ...) that it was last planned with."""
    network_changed_at: datetime | None = None
    """When a command of ours last changed a network: lock-downs wait for a later session."""

    def as_of(self, now: datetime) -> "DeviceStanding":
        """Return it with nothing that happened later than now, and nothing due later than it can
        be by rule: a clock that was set back would make it wait until it has caught up.
        """
        nodes = tuple(_node_as_of(each, now) for each in self.nodes)
        changed = _past(self.network_changed_at, now)
        due = self.due_at if is_plausible(self.due_at, now) else now
        if nodes == self.nodes and (changed, due) == (self.network_changed_at, self.due_at):
            return self
        return replace(self, nodes=nodes, due_at=due, network_changed_at=changed)

    @cached_property
    def by_key(self) -> Mapping[str, NodeStanding]:
        """The nodes by comparison key."""
        return {each.key: each for each in self.nodes}

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits, is on its way or is being removed."""
        return all(each.state.is_settled for each in self.nodes)

    def count(self) -> Mapping[SettingState, int]:
        """How many nodes are in each state."""
        found = dict.fromkeys(SettingState, 0)
        for each in self.nodes:
            found[each.state] += 1
        return found

    def with_nodes(self, nodes: Iterable[NodeStanding]) -> "DeviceStanding":
        """Return the same with these nodes, put in order."""
        return replace(self, nodes=tuple(sorted(nodes, key=lambda each: each.key)))

    def dump(self) -> bytes:
        """Return the stored form; the same standing gives the same bytes."""
        moments = (_micros(self.due_at), _micros(self.network_changed_at))
        head = [_VERSION, self.tree, self.device_print, *moments]
        text = json.dumps(
            [head, [_row(each) for each in self.nodes]], ensure_ascii=False, separators=(",", ":")
        )
        return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def load_standing(stored: bytes) -> DeviceStanding:
    """Return what `dump` stored; empty bytes are a device never planned for."""
    if not stored:
        return DeviceStanding()
    head, rows = json.loads(zlib.decompress(stored).decode("utf-8", "surrogatepass"))
    _, tree, device_print, due_at, network = head
    nodes = tuple(_node(*row) for row in rows)
    return DeviceStanding(tree, nodes, _moment(due_at), device_print, _moment(network))


def _row(node: NodeStanding) -> list[object]:
    return [
        node.uri,
        node.state.value,
        _micros(node.since),
        node.text,
        owners_to_plain(node.owners),
        node.mark,
        node.set_mark,
        node.ours,
        node.status,
        node.verb.value if node.verb else None,
        node.deliveries,
        node.asks,
        node.failures,
        _micros(node.retry_at),
        _micros(node.read_at),
        _micros(node.sure_at),
        _micros(node.changed_at),
        node.emptied,
    ]


def _node(*row: object) -> NodeStanding:
    uri, state, since, text, owners, mark, set_mark, ours, *rest = row
    status, verb, deliveries, asks, failures, *moments, emptied = rest
    retry_at, read_at, sure_at, changed_at = (_moment(each) for each in moments)
    assert isinstance(owners, list)
    began = _moment(since)
    assert began is not None
    return NodeStanding(
        uri=str(uri),
        state=SettingState(state),
        since=began,
        text=str(text),
        owners=owners_of_plain(owners),
        mark=str(mark),
        set_mark=str(set_mark),
        ours=bool(ours),
        status=None if status is None else int(str(status)),
        verb=None if verb is None else Verb(verb),
        deliveries=int(str(deliveries)),
        asks=int(str(asks)),
        failures=int(str(failures)),
        retry_at=retry_at,
        read_at=read_at,
        sure_at=sure_at,
        changed_at=changed_at,
        emptied=bool(emptied),
    )


def is_plausible(due_at: datetime | None, now: datetime) -> bool:
    """Return whether something can be due then; no rule of ours waits longer than LONGEST_WAIT."""
    return due_at is None or due_at <= now + LONGEST_WAIT


def _past(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is None or at <= now else now


def _node_as_of(node: NodeStanding, now: datetime) -> NodeStanding:
    moments = (node.since, node.read_at, node.sure_at, node.changed_at)
    if all(at is None or at <= now for at in moments) and is_plausible(node.retry_at, now):
        return node
    return replace(
        node,
        since=min(node.since, now),
        read_at=_past(node.read_at, now),
        sure_at=_past(node.sure_at, now),
        changed_at=_past(node.changed_at, now),
        retry_at=node.retry_at if is_plausible(node.retry_at, now) else now,
    )


def _micros(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: object) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(microseconds=int(str(micros)))
