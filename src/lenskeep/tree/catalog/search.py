"""Full-text search: every word somewhere in the node's name, LocURI, title or text.

A plain walk over prepared texts: some thousand nodes take a millisecond or two, and parts of
words are found as well ("logon" in AutoLogonUser).
"""

from dataclasses import dataclass
from typing import Final

from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.pack import Row
from lenskeep.tree.catalog.record import Build, Confidence, Record

_HIDDEN: Final = frozenset(
    {
        Confidence.DDF_ADMX_BLANKET.value,
        Confidence.EXCLUDED.value,
        Confidence.NONE.value,
    }
)
_SURE: Final = {each.value: place for place, each in enumerate(Confidence)}


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Without words: everything that may be shown."""

    words: str = ""
    build: Build | None = None
    """Only what this HoloLens build may have; what nobody gives a build for is shown."""
    everything: bool = False
    """Also what no HoloLens has by any evidence, and the blanket `ADMX_*` areas."""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    text: str
    name: str
    title: str
    confidence: str
    is_setting: bool


class SearchIndex:
    """A catalog made ready for search."""

    __slots__ = ("_catalog", "_entries")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._entries = [_entry(number, row) for number, row in enumerate(catalog.rows)]

    def find(self, query: Query) -> tuple[Record, ...]:
        """Return what fits, best first: hits in the name before hits in the text."""
        words = query.words.casefold().split()
        hits = (
            entry
            for entry in self._entries
            if (query.everything or entry.confidence not in _HIDDEN)
            and all(word in entry.text for word in words)
        )
        found: list[Record] = []
        for entry in sorted(hits, key=lambda each: _rank(each, words)):
            record = self._catalog.record(entry.number)
            if query.build is None or may_be_on(record, query.build):
                found.append(record)
                if len(found) == query.limit:
                    break
        return tuple(found)


def may_be_on(record: Record, build: Build) -> bool:
    """Return whether a HoloLens build may have the node, as far as builds alone tell it.

    HoloLens documentation wins. The DDF's builds count by number alone, for its revisions are
    those of desktop builds.
    """
    if record.confidence is Confidence.INSIDER:
        return False
    if record.hl_min_build is not None:
        return _order(record.hl_min_build) <= _order(build)
    if not record.builds:
        return not record.is_insider
    return any(each.number <= build.number for each in record.builds)


def _order(build: Build) -> tuple[int, int]:
    return build.number, build.revision or 0


def _entry(number: int, row: Row) -> _Entry:
    uri: str = row["uri"]
    title: str = row.get("title", "")
    texts = (uri, title, *(row.get(name, "") for name in ("explanation", "note", "description")))
    return _Entry(
        number,
        "\n".join(filter(None, texts)).casefold(),
        uri.rpartition("/")[2].casefold(),
        title.casefold(),
        row.get("confidence", Confidence.NONE.value),
        row["format"] != "node",
    )


def _rank(entry: _Entry, words: list[str]) -> tuple[int, int, int, int]:
    """Return the place among the hits: where the words stand, how sure it is, the order."""
    if not words:
        return 0, 0, 0, entry.number
    whole = "".join(words)
    if whole == entry.name:
        place = 0
    elif all(word in entry.name or word in entry.title for word in words):
        place = 1
    else:
        place = 2
    return place, 0 if entry.is_setting else 1, _SURE[entry.confidence], entry.number
