"""The catalog in memory: every record by its LocURI, concrete or template.

Rows become records when they are asked for: thousands are loaded, a handful is looked at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from lenskeep.base.errors import Invalid
from lenskeep.tree.catalog.pack import Header, Pools, Row, Unpacked, from_row, unpack
from lenskeep.tree.catalog.record import Placeholder, Record
from lenskeep.tree.catalog.template import template_key
from lenskeep.tree.ddf import canonical_path
from lenskeep.tree.operation import Verb

_CONFIG: Final = re.compile(r"^(\./(?:device|user)/vendor/msft/policy/)(result)(?=/|$)", re.I)
_OPEN: Final = "{}"


@dataclass(frozen=True, slots=True)
class Match:
    """A record found for a concrete LocURI, and the names that stand in its open places.

    `misnamed` are the open places whose name breaks the node's own rule.
    """

    record: Record
    names: tuple[tuple[Placeholder, str], ...] = ()
    misnamed: tuple[Placeholder, ...] = ()


class Catalog:
    """Every known node. Looked at, it never changes; records are made once and kept."""

    __slots__ = ("_numbers", "_pools", "_records", "_rows", "header", "schemas")

    def __init__(self, unpacked: Unpacked) -> None:
        self.header: Header = unpacked.header
        self.schemas: Mapping[str, str] = unpacked.schemas
        """Schema bodies by their id; empty unless imported."""
        self._rows = unpacked.rows
        self._pools: Pools = unpacked.pools
        self._records: list[Record | None] = [None] * len(unpacked.rows)
        self._numbers = {template_key(row["uri"]): n for n, row in enumerate(unpacked.rows)}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        return (self.record(number) for number in range(len(self._rows)))

    @property
    def rows(self) -> Iterator[Row]:
        """The records as the file has them, in the order of their LocURIs, one by one."""
        return iter(self._rows)

    def record(self, number: int) -> Record:
        """Return the record at a place in the order of their LocURIs."""
        found = self._records[number]
        if found is None:
            found = self._records[number] = from_row(self._rows[number], self._pools)
        return found

    def find(self, uri: str) -> Record | None:
        """Return the node's record; None where no node is like that or a name breaks its rule."""
        found = self.match(uri)
        return None if found is None or found.misnamed else found.record

    def match(self, uri: str) -> Match | None:
        """Return the record for a LocURI and the names in its open places, or None.

        Fixed names compare without case and win over open ones. A template matches itself.
        `Policy/Result` answers with what `Policy/Config` has, for reading only.
        """
        path = canonical_path(uri.partition("?")[0])
        config, mirrored = _CONFIG.subn(r"\1Config", path)
        number = self._numbers.get(template_key(path))
        if number is None:
            number = self._walk(config.split("/"))
        if number is None:
            return None
        record = self.record(number)
        if mirrored and "/Result" not in record.uri:
            record = _result_of(record)
        return _matched(record, path.split("/"))

    def children(self, uri: str) -> tuple[Record, ...]:
        """Return the records right below a template's LocURI, in order."""
        above = template_key(canonical_path(uri)) + "/"
        return tuple(
            self.record(number)
            for key, number in self._numbers.items()
            if key.startswith(above) and "/" not in key[len(above) :]
        )

    def _walk(self, pieces: list[str]) -> int | None:
        """Return the number of the record whose template these names follow.

        Below a record everything is a record; above a CSP (`./Device/Vendor/MSFT`) nothing is.
        """
        known = self._numbers
        keys = [pieces[0]]
        for piece in pieces[1:]:
            fixed = [f"{key}/{piece.casefold()}" for key in keys]
            opened = [f"{key}/{_OPEN}" for key in keys if key in known]
            free = [f"{key}/{piece.casefold()}" for key in keys if key not in known]
            keys = [key for key in (*fixed, *opened) if key in known or key in free]
        return next((known[key] for key in keys if key in known), None)


def load_catalog(body: bytes) -> Catalog:
    """Return the catalog of a file. Raises Invalid."""
    unpacked = unpack(body)
    try:
        return Catalog(unpacked)
    except (KeyError, TypeError, AttributeError):
        raise Invalid.field("catalog", "its records are none of ours") from None


def _result_of(record: Record) -> Record:
    return replace(
        record,
        uri=_mirrored(record.uri),
        access=frozenset({Verb.GET}),
        atomic_root=None,
        is_synthesized=True,
    )


def _mirrored(uri: str) -> str:
    return uri.replace("/Policy/Config", "/Policy/Result", 1)


def _matched(record: Record, pieces: list[str]) -> Match:
    opened = [n for n, piece in enumerate(record.uri.split("/")) if piece.startswith("{")]
    names = tuple(zip(record.placeholders, (pieces[n] for n in opened), strict=True))
    return Match(record, names, tuple(each for each, name in names if not fits(each, name)))


def fits(placeholder: Placeholder, name: str) -> bool:
    """Return whether a name obeys the node's naming rule, as far as a pattern tells it."""
    if placeholder.pattern is None or (name.startswith("{") and name[1:-1] == placeholder.name):
        return True
    return bool(_compiled(placeholder.pattern).fullmatch(unquote(name)))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
