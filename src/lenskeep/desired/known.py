"""What is known of a device's tree: the newest fact of each node, kept compactly.

One value per enrollment, stored as one zlib'd JSON text, so that a fleet costs a row a device
and not a row a setting. Bounded: a headset that reports without end cannot fill the store. The
values of nodes that may hold a secret are sealed one by one; who has no key sees their status.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from lenskeep.tree.fact import Fact
from lenskeep.tree.sensitive import is_sensitive
from lenskeep.tree.uri import MAX_LENGTH, node_key
from lenskeep.tree.value import Format

MAX_NODES: Final = 20_000
"""Nodes a device. A HoloLens with 100 apps inventoried has about 3000; the rest is head room."""
MAX_VALUE: Final = 256 * 1024
"""Characters a value. The longest wanted back is an ADMX or kiosk document of some 100 KiB; a
longer one is known by its status alone."""
MAX_TOTAL: Final = 8 * 1024 * 1024
"""Characters of all values of a device: read and written with every message that teaches
something, so a fleet must not be slowed by one headset that reports without end."""

Seal = Callable[[str], str]
"""Makes a secret unreadable; another one makes it readable again."""
Unseal = Callable[[str], str | None]
"""None where its key is gone: then the node is known by its status alone."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Known:
    """The newest fact of every node that a device has told of. Iterates in order of LocURI."""

    facts: Mapping[str, Fact] = field(default_factory=dict, repr=False)
    """By comparison key (`_key`), never handed out."""

    @property
    def count(self) -> int:
        """How many nodes are known, counting those that answered with an error."""
        return len(self.facts)

    def __iter__(self) -> Iterator[Fact]:
        return iter(sorted(self.facts.values(), key=lambda fact: fact.uri))

    def get(self, uri: str) -> Fact | None:
        """Return what is known of the node, in whatever spelling."""
        return self.facts.get(_key(uri))

    def learn(self, facts: Iterable[Fact]) -> "Known":
        """Return what is known now: of two facts on a node the newer one stays.

        An error is a fact too: a node that answers 404 has no value any more. Of facts of the
        same moment the later in order wins. Passed over are new nodes beyond MAX_NODES, and names
        longer than any LocURI.
        """
        merged = dict(self.facts)
        room = MAX_TOTAL - sum(len(fact.value or "") for fact in merged.values())
        for fact in facts:
            key = _key(fact.uri)
            old = merged.get(key)
            if len(fact.uri) > MAX_LENGTH or (old is None and len(merged) >= MAX_NODES):
                continue
            if old is None or old.learned_at <= fact.learned_at:
                room += len(old.value or "") if old else 0
                merged[key] = _bounded(fact, min(room, MAX_VALUE))
                room -= len(merged[key].value or "")
        return Known(merged)

    def as_of(self, now: datetime) -> "Known":
        """Return it with nothing learned later than now: a clock that was set back would take old
        facts for news, and news for old.
        """
        if all(fact.learned_at <= now for fact in self.facts.values()):
            return self
        before = now - timedelta(microseconds=1)
        return Known(
            {
                key: fact if fact.learned_at <= now else replace(fact, learned_at=before)
                for key, fact in self.facts.items()
            }
        )

    def dump(self, seal: Seal | None = None) -> bytes:
        """Return the stored form, with secrets sealed; without a seal as they are, for what is
        never stored. The same knowledge gives the same bytes where nothing is sealed.
        """
        rows = [_row(fact, seal) for fact in self]
        text = json.dumps([_VERSION, rows], ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def load_known(stored: bytes, unseal: Unseal | None = None) -> Known:
    """Return what `dump` stored; empty bytes are a device of which nothing is known.

    Without `unseal`, what is sealed is known by its status alone.
    """
    if not stored:
        return Known()
    _, rows = json.loads(zlib.decompress(stored).decode("utf-8", "surrogatepass"))
    facts = (_fact(row, unseal) for row in rows)
    return Known({_key(fact.uri): fact for fact in facts})


def _key(uri: str) -> str:
    """Return the comparison key: of the node, and of what was asked of it."""
    path, mark, query = uri.strip().partition("?")
    return node_key(path) + mark + query.casefold()


def _bounded(fact: Fact, limit: int) -> Fact:
    if fact.value is None or len(fact.value) <= limit:
        return fact
    return Fact(fact.uri, fact.status, fact.learned_at, fact.format, None)


def _row(fact: Fact, seal: Seal | None) -> list[object]:
    learned = (fact.learned_at - _EPOCH) // timedelta(microseconds=1)
    row = [fact.uri, fact.status, learned, fact.format.value if fact.format else None]
    if seal is not None and fact.value and _may_be_secret(fact):
        return [*row, None, seal(fact.value)]
    return [*row, fact.value]


def _may_be_secret(fact: Fact) -> bool:
    """Return whether the node may hold a secret, or lists nodes that may."""
    path, _, query = fact.uri.partition("?")
    return _has_secretive_name(path) or (
        query.startswith("list=") and is_sensitive(fact.value or "")
    )


@lru_cache(maxsize=8192)
def _has_secretive_name(path: str) -> bool:
    """Devices have much the same nodes, and all are looked at whenever one teaches something."""
    return is_sensitive(path)


def _fact(row: list[Any], unseal: Unseal | None) -> Fact:
    uri, status, learned, form, value, *sealed = row
    at = _EPOCH + timedelta(microseconds=learned)
    if sealed and unseal is not None:
        value = unseal(sealed[0])
    return Fact(uri, status, at, Format(form) if form else None, value)
