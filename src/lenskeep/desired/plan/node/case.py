"""One wanted node on one device, with what decides about it; and small questions about nodes."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.desired.compare import same_value
from lenskeep.desired.known import Known
from lenskeep.desired.standing import NodeStanding
from lenskeep.desired.wanted import WantedNode
from lenskeep.tree.catalog.record import Naming, Record
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.codes import StatusCode

MAX_ASKS: Final = 3
"""Questions without an answer, after which a node counts as one that cannot be read."""
DRIFT_EVERY: Final = timedelta(hours=24)
"""After which what was verified is read again."""

_CONFIG: Final = re.compile(r"(/vendor/msft/policy/)config(?=/)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """A node that is wanted, or was, and what is known of it."""

    node: NodeStanding
    record: Record | None
    """None: the catalog has no such node (any more); then the headset decides alone."""
    known: Known
    wanted: WantedNode | None = None
    """None: it is no longer wanted."""

    @property
    def fact(self) -> Fact | None:
        """The newest fact of the node, however old."""
        return self.known.get(self.node.uri)

    @property
    def is_readable(self) -> bool:
        """Whether asking may lead to an answer."""
        allowed = self.record is None or Verb.GET in self.record.access
        return allowed and self.node.asks < MAX_ASKS

    @property
    def questions(self) -> tuple[str, ...]:
        """The LocURIs to read: for a policy first what is in effect, then what is set.

        In this order, because what was asked last may be cut off; then both are asked again.
        """
        uri = self.node.uri
        result = result_uri(uri) if self.wanted is not None else None
        return (uri,) if result is None else (result, uri)

    def allows(self, verb: Verb) -> bool:
        """Return whether the node takes the verb, as far as the catalog knows."""
        return self.record is None or verb in self.record.access

    def is_same(self, value: str | None, fact: Fact) -> bool:
        """Return whether what was read means this value; a node without one need only exist."""
        if self.record is None:
            return value is None or value == fact.value
        if self.record.format in (Format.NODE, Format.NULL):
            return True
        return fact.value is not None and same_value(self.record, value, fact.value, fact.format)


def result_uri(uri: str) -> str | None:
    """Return where a policy's value in effect is read; None for what is no policy."""
    text, count = _CONFIG.subn(r"\1Result", uri, count=1)
    return text if count else None


def is_policy(key: str) -> bool:
    """Return whether the node is a policy's setting, by its comparison key."""
    return bool(_CONFIG.search(key))


def is_of_user(key: str) -> bool:
    """Return whether the node is in the user's part of the tree."""
    return key.startswith("./user/")


def is_not_ready(node: NodeStanding, session_started: datetime) -> bool:
    """Return whether this session was told that the user's management is not set up yet."""
    if node.status != StatusCode.NOT_ALLOWED or not is_of_user(node.key):
        return False
    return node.changed_at is not None and node.changed_at >= session_started


def usable(node: NodeStanding, fact: Fact | None, since: datetime, now: datetime) -> Fact | None:
    """Return the fact if it was learned since then, and after our last command on the node.

    Where the clock did not move it counts as later if the node was asked for in between.
    """
    if fact is None or fact.learned_at < since:
        return None
    if node.changed_at is not None and fact.learned_at <= node.changed_at:
        return fact if fact.learned_at == now and node.asks > 0 else None
    return fact


def names_by_server(record: Record) -> bool:
    """Return whether the node's own name was given by a server, so that it may be deleted."""
    return record.is_dynamic and record.placeholders[-1].naming is not Naming.CLIENT
