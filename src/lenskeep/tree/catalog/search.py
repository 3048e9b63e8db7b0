"""Full-text search: every word somewhere in the node's name, LocURI, title or text.

A plain walk over prepared texts: some thousand nodes take a millisecond or two, and parts of
words are found as well ("logon" in AutoLogonUser).
"""

from collections.abc import Iterator
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
_ANY_REVISION: Final = 1 << 31
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

    __slots__ = ("_catalog", "_entries", "_likely")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        entries = (_entry(number, row) for number, row in enumerate(catalog.rows))
        self._entries = sorted(entries, key=_standing)
        self._likely = [each for each in self._entries if each.confidence not in _HIDDEN]

    def find(self, query: Query) -> tuple[Record, ...]:
        """Return what fits, best first: hits in the name before hits in the text."""
        entries = self._entries if query.everything else self._likely
        found: list[Record] = []
        for entry in _hits(entries, query.words.casefold().split()):
            record = self._catalog.record(entry.number)
            if query.build is None or may_be_on(record, query.build):
                found.append(record)
                if len(found) == query.limit:
                    break
        return tuple(found)


def _hits(entries: list[_Entry], words: list[str]) -> Iterator[_Entry]:
    """Return the entries with all words: those so named, those with them in name or title, rest."""
    for word in words:
        entries = [each for each in entries if word in each.text]
    named = [
        each for each in entries if all(word in each.name or word in each.title for word in words)
    ]
    whole = "".join(words)
    yield from (each for each in named if each.name == whole)
    yield from (each for each in named if each.name != whole)
    known = {each.number for each in named}
    yield from (each for each in entries if each.number not in known)


def _standing(entry: _Entry) -> tuple[int, int, int]:
    """Return the place without regard to words: settings first, then the surer ones."""
    return 0 if entry.is_setting else 1, _SURE[entry.confidence], entry.number


def may_be_on(record: Record, build: Build) -> bool:
    """Return whether a HoloLens build may have the node, as far as builds alone tell it.

    HoloLens documentation wins. The DDF's builds count by number alone, for its revisions are
    those of desktop builds.
    """
    if record.confidence is Confidence.INSIDER:
        return False
    if record.hl_min_build is not None:
        return _order(record.hl_min_build, 0) <= _order(build, _ANY_REVISION)
    if not record.builds:
        return not record.is_insider
    return any(each.number <= build.number for each in record.builds)


def _order(build: Build, otherwise: int) -> tuple[int, int]:
    return build.number, otherwise if build.revision is None else build.revision


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
