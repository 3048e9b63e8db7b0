"""Our own layer over the descriptions: what HoloLens documentation says, missing nodes, words.

Four files, each given as bytes: the policies and the CSPs that documentation lists (CSV), nodes
that the descriptions lack (JSON lines), and our words with what else documentation says of single
nodes (TOML).
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from lenskeep.base.errors import Invalid
from lenskeep.tree.catalog.allowed import UNSTATED, Allowed, Kind
from lenskeep.tree.catalog.record import (
    Build,
    Evidence,
    Generation,
    Naming,
    Placeholder,
    Reboot,
    Record,
    Says,
    Source,
)
from lenskeep.tree.catalog.template import place_of
from lenskeep.tree.ddf import canonical_path, scope_of
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format

_SAYS: Final = {"yes": Says.YES, "no": Says.NO, "insider": Says.INSIDER, "ppkg only": Says.PACKAGE}
_ACCESS: Final = {
    "A": Verb.ADD,
    "D": Verb.DELETE,
    "E": Verb.EXEC,
    "G": Verb.GET,
    "R": Verb.REPLACE,
}
_UNLISTED: Final = re.compile(r"not in the (published )?support list")
_ABSENT: Final = "absent from the CSP table"
_KINDS: Final = {"ENUM": Kind.ENUM, "Range": Kind.RANGE}
_NAMINGS: Final = {"ClientInventory": Naming.CLIENT}
_REBOOTS: Final = {"ServerInitiated": Reboot.SERVER, "Automatic": Reboot.AUTOMATIC}

_UNREADABLE: Final = (
    *(ValueError, KeyError, TypeError, AttributeError),
    *(csv.Error, RecursionError),
)
"""What comes of a file that is no text, no table, no JSON, or of another shape."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list: what documentation says, and since which HoloLens build."""

    evidence: Evidence
    min_build: Build | None = None


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What is known of a single node beside its description."""

    min_build: Build | None = None
    reboot: Reboot | None = None
    excluded: str = ""
    """Why HoloLens 2 does not have it; empty where nothing says so."""
    note: str = ""
    since: Build | None = None
    """The Windows of a HoloLens that had it before the description's first build."""
    allowed: Allowed | None = None
    """What it takes, where the description cannot say; it never outweighs one that can."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """The whole layer. Keys are without case, as `template.short_name` has them: `area/policy`,
    the CSP's name, `csp/node`.
    """

    policies: Mapping[str, Listed] = field(default_factory=dict)
    csps: Mapping[str, Listed] = field(default_factory=dict)
    supplement: tuple[Record, ...] = ()
    nodes: Mapping[str, NodeFacts] = field(default_factory=dict)
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Title and explanation."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What a set of descriptions is called, by its digest."""


@dataclass(frozen=True, slots=True)
class OverlayFiles:
    """The four files; an empty one says nothing."""

    policies: bytes = b""
    csps: bytes = b""
    supplement: bytes = b""
    own: bytes = b""


def read_overlay(files: OverlayFiles) -> Overlay:
    """Return the layer. Raises Invalid, naming the file that cannot be read."""
    own = _read("overlay", files.own, lambda body: tomllib.loads(body.decode("utf-8")))
    return Overlay(
        policies=_read("policies", files.policies, lambda body: dict(_policies(body))),
        csps=_read("csps", files.csps, lambda body: dict(_csps(body))),
        supplement=_read("supplement", files.supplement, read_supplement),
        nodes={name.casefold(): _facts(row) for name, row in own.get("nodes", {}).items()},
        words=dict(_words(own)),
        labels=own.get("labels", {}),
    )


def _read(name: str, body: bytes, read: Callable[[bytes], T]) -> T:
    try:
        return read(body)
    except _UNREADABLE as error:
        raise Invalid.field(name, f"the file cannot be read: {error}") from None


def read_hololens_build(text: str) -> Build | None:
    """Return `22621.1244` (also with `10.0.` before) as a build; None for any other word."""
    found = re.fullmatch(r"(?:10\.0\.)?(\d{5})(?:\.(\d+))?", text.strip())
    return Build(int(found[1]), int(found[2]) if found[2] else None) if found else None


# --- the lists ---


def _policies(body: bytes) -> Iterator[tuple[str, Listed]]:
    for row in _rows(body):
        source = Source.RELEASE_NOTES if _UNLISTED.search(row["notes"]) else Source.POLICY_LIST
        yield f"{row['area']}/{row['policy']}".casefold(), _listed(row, source)


def _csps(body: bytes) -> Iterator[tuple[str, Listed]]:
    for row in _rows(body):
        source = Source.RELEASE_NOTES if _ABSENT in row["notes"] else Source.CSP_LIST
        yield row["csp"].casefold(), _listed(row, source)


def _rows(body: bytes) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))


def _listed(row: Mapping[str, str], source: Source) -> Listed:
    generations = {each: _SAYS[row[each.value]] for each in Generation if row.get(each.value)}
    says = generations[Generation.SECOND]
    return Listed(
        Evidence(source, says, generations, plain_note(row["notes"])),
        read_hololens_build(row["min_build"]),
    )


def plain_note(text: str) -> str:
    """Return a note without the release it begins with, and without what descriptions say."""
    text = re.sub(r"^see \S+\.csv; ", "", text.strip())
    text = re.sub(r"(^|; )(DDF( v2)?: .*|no DDF v2.*|not in the DDF v2 set)$", "", text)
    return re.sub(r"^(\d{4}|\d\dH\d|Insider)( [A-Z][a-z]{2}-\d{4})?(; |$)", "", text)


# --- nodes that descriptions lack ---


def read_supplement(body: bytes) -> tuple[Record, ...]:
    """Return the nodes of a supplement, one JSON object a line."""
    rows = [json.loads(line) for line in body.decode("utf-8").splitlines() if line.strip()]
    namings = {canonical_path(row["uri"]): row.get("naming", "") for row in rows}
    return tuple(_supplied(row, namings) for row in rows)


def _supplied(row: Mapping[str, Any], namings: Mapping[str, str]) -> Record:
    uri = canonical_path(row["uri"])
    place = place_of(uri)
    source = row.get("source", "")
    return Record(
        uri=uri,
        scope=scope_of(uri),
        csp=place.csp,
        area=place.area,
        name=uri.rpartition("/")[2],
        access=frozenset(_ACCESS[letter] for letter in row["access"]),
        format=Format(row["format"]),
        default=row.get("default"),
        allowed=_allowed(row.get("allowed")),
        placeholders=tuple(_placeholders(uri, namings)),
        case_sensitive=True if row.get("case") == "CS" else None,
        reboot=_REBOOTS.get(row.get("reboot", ""), Reboot.NONE),
        evidence=(Evidence(Source.SUPPLEMENT, Says.YES, note=source),) if source else (),
        hl_min_build=read_hololens_build(row.get("hl_build", "")),
        note=row.get("note", ""),
    )


def _allowed(row: Mapping[str, Any] | None) -> Allowed:
    if row is None:
        return UNSTATED
    low_high = row.get("range")
    return Allowed(
        _KINDS[row["kind"]],
        tuple(row.get("values", ())),
        ranges=((low_high[0], low_high[1]),) if low_high else (),
    )


def _placeholders(uri: str, namings: Mapping[str, str]) -> Iterator[Placeholder]:
    pieces = uri.split("/")
    for count, piece in enumerate(pieces, start=1):
        if piece.startswith("{"):
            word = namings.get("/".join(pieces[:count]), "")
            yield Placeholder(piece[1:-1], _NAMINGS.get(word, Naming.UNSTATED))


# --- our words, and facts of single nodes ---


def _facts(row: Mapping[str, Any]) -> NodeFacts:
    reboot = row.get("reboot")
    return NodeFacts(
        min_build=read_hololens_build(row.get("min_build", "")),
        reboot=Reboot(reboot) if reboot else None,
        excluded=row.get("excluded", ""),
        note=row.get("note", ""),
        since=read_hololens_build(row.get("since", "")),
        allowed=_taken(row),
    )


def _taken(row: Mapping[str, Any]) -> Allowed | None:
    if "range" in row:
        low, high = row["range"]
        return Allowed(Kind.RANGE, ranges=((low, high),))
    return Allowed(Kind(row["kind"])) if "kind" in row else None


def _words(own: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for area, policies in own.get("policy", {}).items():
        for name, (title, explanation) in policies.items():
            yield f"{area}/{name}".casefold(), (title, explanation)
    for csp, (title, explanation) in own.get("csp", {}).items():
        yield csp.casefold(), (title, explanation)
