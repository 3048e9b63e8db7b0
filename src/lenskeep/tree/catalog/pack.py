"""The catalog as a file: gzipped JSON, the same bytes for the same records.

    {"format": 1, "header": {...}, "editions": [[...]], "evidence": [[...]], "schemas": {...},
     "records": [{...}]}

A record's fields are left out where they have their usual value; what many records share stands
once, in a pool, and is referred to by number. Scope, CSP, area and name follow from the LocURI.
"""

import gzip
import json
import zlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

from lenskeep.base.errors import Invalid, shown
from lenskeep.tree.catalog.allowed import UNSTATED, Admx, Allowed, Kind
from lenskeep.tree.catalog.record import (
    Build,
    Confidence,
    Conflict,
    Dependency,
    DependencyGroup,
    Evidence,
    Generation,
    Naming,
    Placeholder,
    Reboot,
    Record,
    Says,
    Source,
    Words,
)
from lenskeep.tree.catalog.template import place_of
from lenskeep.tree.ddf import scope_of
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format

FORMAT: Final = 1

_UNREADABLE: Final = (
    *(OSError, EOFError, zlib.error, ValueError, RecursionError),
    *(KeyError, TypeError, AttributeError),
)
"""What comes of a file that is not gzip, not JSON, or of another shape than ours."""

Row: TypeAlias = dict[str, Any]
"""A record as JSON has it."""

_RECORDS: Final = '"records":['
"""How the last part of a file of ours begins; within a text its quotes would be escaped."""

_LETTERS: Final = {
    Verb.ADD: "A",
    Verb.DELETE: "D",
    Verb.EXEC: "E",
    Verb.GET: "G",
    Verb.REPLACE: "R",
}
_VERBS: Final = {letter: verb for verb, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Header:
    """Where a catalog comes from. `sha256` is over the names and bytes of the descriptions."""

    label: str = ""
    """What the set is called where we know it ("DDF v2, May 2024")."""
    sha256: str = ""
    files: int = 0
    nodes: int = 0
    supplemented: int = 0
    has_text: bool = False
    """Whether Microsoft's descriptions, labels and schemas are in it: an administrator's import."""


@dataclass(frozen=True, slots=True)
class Pools:
    """What many records share."""

    editions: tuple[frozenset[str], ...]
    evidence: tuple[Evidence, ...]


class Rows:
    """Records as JSON has them, each kept as it is written and parsed when it is asked for."""

    __slots__ = ("_written",)

    def __init__(self, written: Iterable[bytes]) -> None:
        self._written = tuple(written)

    def __len__(self) -> int:
        return len(self._written)

    def __getitem__(self, number: int) -> Row:
        row: Row = json.loads(self._written[number])
        return row

    def __iter__(self) -> Iterator[Row]:
        return (self[number] for number in range(len(self)))


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A catalog's file, its records still as rows."""

    header: Header
    pools: Pools
    schemas: Mapping[str, str]
    rows: Rows


def pack(header: Header, records: Sequence[Record], schemas: Mapping[str, str]) -> bytes:
    """Return the file."""
    editions: dict[Hashable, int] = {}
    evidence: dict[Hashable, int] = {}
    shared: dict[str, list[Any]] = {"editions": [], "evidence": []}
    rows: list[Row] = []
    for record in records:
        row = to_row(record)
        if record.editions is not None:
            row["editions"] = _pooled(editions, shared["editions"], sorted(record.editions))
        if record.evidence:
            row["evidence"] = [
                _pooled(evidence, shared["evidence"], _from_evidence(each))
                for each in record.evidence
            ]
        rows.append(row)
    body = {
        "format": FORMAT,
        "header": asdict(header),
        **shared,
        "schemas": dict(sorted(schemas.items())),
        "records": rows,
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0)


def unpack(body: bytes) -> Unpacked:
    """Return what a file holds. Raises Invalid where it is none of ours."""
    try:
        found, rows = _opened(gzip.decompress(body).decode("utf-8"))
        if found["format"] != FORMAT:
            came = shown(str(found["format"]))
            raise Invalid.field("catalog", f"format {came} is not read", str(FORMAT))
        return Unpacked(
            Header(**found["header"]),
            Pools(
                tuple(frozenset(each) for each in found["editions"]),
                tuple(_to_evidence(each) for each in found["evidence"]),
            ),
            found["schemas"],
            rows,
        )
    except _UNREADABLE as error:
        raise Invalid.field("catalog", f"the file cannot be read: {type(error).__name__}") from None


def _opened(text: str) -> tuple[dict[str, Any], Rows]:
    """Return what stands beside the records, and the records as they are written.

    They are parsed one by one: all of them at once take five times the room of the file.
    """
    head, mark, tail = text.partition(_RECORDS)
    if not mark:  # not as we write it
        whole = json.loads(text)
        if not isinstance(whole["records"], list):
            raise Invalid.field("catalog", "its records are none of ours")
        return whole, Rows(json.dumps(each).encode() for each in whole["records"])
    rows, at, scan = [], 0, json.JSONDecoder().raw_decode
    while tail[at : at + 1] != "]":
        _, end = scan(tail, at)
        rows.append(tail[at:end].encode())
        at = end + (tail[end : end + 1] == ",")
    return json.loads(f"{head}{mark}{tail[at:]}"), Rows(rows)


def _pooled(known: dict[Hashable, int], pool: list[Any], value: Any) -> int:
    key = json.dumps(value)
    if key not in known:
        known[key] = len(pool)
        pool.append(value)
    return known[key]


# --- a record and its row ---


def to_row(record: Record) -> Row:
    """Return the record's row, without what stands in the pools."""
    words = record.words
    row: Row = {
        "uri": record.uri,
        "access": "".join(sorted(_LETTERS[verb] for verb in record.access)),
        "format": record.format.value,
        "default": record.default,
        "allowed": None if record.allowed == UNSTATED else _from_allowed(record.allowed),
        "placeholders": [_from_placeholder(each) for each in record.placeholders],
        "occurrence": record.occurrence,
        "permanent": record.is_permanent,
        "case": record.case_sensitive,
        "mime": record.mime,
        "dependencies": [_from_group(each) for each in record.dependencies],
        "atomic": record.atomic_root,
        "conflict": _unless(record.conflict, Conflict.NO_MERGE),
        "reboot": _unless(record.reboot, Reboot.NONE),
        "deprecated": record.deprecated_since if record.is_deprecated else None,
        "builds": [_from_build(each) for each in record.builds],
        "insider": record.is_insider,
        "csp_version": record.csp_version,
        "confidence": _unless(record.confidence, Confidence.NONE),
        "hl_min_build": _from_build(record.hl_min_build) if record.hl_min_build else None,
        "note": record.note,
        "title": words.title,
        "explanation": words.explanation,
        "description": words.description,
        "group_policy": words.group_policy,
    }
    return {
        name: value
        for name, value in row.items()
        if value or (value is not None and name in ("default", "deprecated", "case"))
    }


def from_row(row: Row, pools: Pools) -> Record:
    """Return the record of a row."""
    uri: str = row["uri"]
    place = place_of(uri)
    number = row.get("editions")
    policy = row.get("group_policy")
    return Record(
        uri=uri,
        scope=scope_of(uri),
        csp=place.csp,
        area=place.area,
        name=uri.rpartition("/")[2],
        access=frozenset(_VERBS[letter] for letter in row.get("access", "")),
        format=Format(row["format"]),
        default=row.get("default"),
        allowed=_to_allowed(row["allowed"]) if "allowed" in row else UNSTATED,
        placeholders=tuple(_to_placeholder(each) for each in row.get("placeholders", ())),
        occurrence=row.get("occurrence", ""),
        is_permanent=row.get("permanent", False),
        case_sensitive=row.get("case"),
        mime=row.get("mime", ""),
        dependencies=tuple(_to_group(each) for each in row.get("dependencies", ())),
        atomic_root=row.get("atomic"),
        conflict=Conflict(row.get("conflict", Conflict.NO_MERGE.value)),
        reboot=Reboot(row.get("reboot", Reboot.NONE.value)),
        is_deprecated="deprecated" in row,
        deprecated_since=row.get("deprecated", ""),
        builds=tuple(to_build(each) for each in row.get("builds", ())),
        is_insider=row.get("insider", False),
        csp_version=row.get("csp_version", ""),
        editions=None if number is None else pools.editions[number],
        evidence=tuple(pools.evidence[each] for each in row.get("evidence", ())),
        confidence=Confidence(row.get("confidence", Confidence.NONE.value)),
        hl_min_build=to_build(row["hl_min_build"]) if "hl_min_build" in row else None,
        note=row.get("note", ""),
        words=Words(
            row.get("title", ""),
            row.get("explanation", ""),
            row.get("description", ""),
            (policy[0], policy[1], policy[2]) if policy else None,
        ),
    )


def _unless(value: Conflict | Reboot | Confidence, usual: object) -> str | None:
    return None if value is usual else value.value


def _from_build(build: Build) -> str:
    return str(build)


def to_build(text: str) -> Build:
    """Return `22621` or `22621.1244` as a build."""
    number, _, revision = text.partition(".")
    return Build(int(number), int(revision) if revision else None)


def _from_allowed(allowed: Allowed) -> Row:
    row: Row = {
        "kind": allowed.kind.value,
        "values": list(allowed.values),
        "labels": list(allowed.labels),
        "ranges": [list(each) for each in allowed.ranges],
        "pattern": allowed.pattern,
        "xsd": allowed.xsd_id,
        "admx": [allowed.admx.file, allowed.admx.area, allowed.admx.name] if allowed.admx else None,
        "delimiter": allowed.delimiter,
    }
    return {name: value for name, value in row.items() if value}


def _to_allowed(row: Row) -> Allowed:
    return Allowed(
        kind=Kind(row["kind"]),
        values=tuple(row.get("values", ())),
        labels=tuple(row.get("labels", ())),
        ranges=tuple((low, high) for low, high in row.get("ranges", ())),
        pattern=row.get("pattern"),
        xsd_id=row.get("xsd"),
        admx=Admx(*row["admx"]) if "admx" in row else None,
        delimiter=row.get("delimiter"),
    )


def _from_placeholder(each: Placeholder) -> list[Any]:
    return [each.name, each.naming.value, each.pattern, each.rule]


def _to_placeholder(row: Sequence[Any]) -> Placeholder:
    return Placeholder(row[0], Naming(row[1]), row[2], row[3])


def _from_group(group: DependencyGroup) -> Row:
    return {
        "name": group.name,
        "on": [
            [each.uri, _from_allowed(each.allowed), each.negated] for each in group.dependencies
        ],
        "then": _from_allowed(group.then_allowed) if group.then_allowed else None,
    }


def _to_group(row: Row) -> DependencyGroup:
    return DependencyGroup(
        row["name"],
        tuple(Dependency(uri, _to_allowed(found), negated) for uri, found, negated in row["on"]),
        _to_allowed(row["then"]) if row["then"] else None,
    )


def _from_evidence(each: Evidence) -> list[Any]:
    generations = {key.value: value.value for key, value in each.generations.items()}
    return [each.source.value, each.says.value, generations, each.note]


def _to_evidence(row: Sequence[Any]) -> Evidence:
    source, says, generations, note = row
    return Evidence(
        Source(source),
        Says(says),
        {Generation(key): Says(value) for key, value in generations.items()},
        note,
    )
