"""DDF nodes -> records: what the descriptions' texts mean. Facts, and Microsoft's words beside.

Oddities that a set of descriptions holds are met here: builds that stand for "not released",
applicability that a whole tree leaves to another file, references that are spelled loosely,
patterns of another dialect. A word that is unknown is taken for "nothing is said".
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from lenskeep.base.errors import shown
from lenskeep.tree.catalog.allowed import (
    UNSTATED,
    Admx,
    Allowed,
    Kind,
    read_delimiter,
    read_ranges,
)
from lenskeep.tree.catalog.record import (
    Build,
    Conflict,
    Dependency,
    DependencyGroup,
    Naming,
    Placeholder,
    Reboot,
    Record,
    Words,
)
from lenskeep.tree.catalog.template import place_of, template_key
from lenskeep.tree.ddf import (
    Applicability,
    DdfAllowed,
    DdfDependencyGroup,
    DdfNode,
    canonical_path,
)
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format
from lenskeep.wire.errors import BadMessage

_POLICY_OF_DEVICE: Final = "./device/vendor/msft/policy"
_POLICY_OF_USER: Final = "./user/vendor/msft/policy"
_AREA_ROOT: Final = re.compile(r"\./(?:device|user)/vendor/msft/policy/config/[^/{]+")
_KINDS: Final = {
    "ENUM": Kind.ENUM,
    "Range": Kind.RANGE,
    "Flag": Kind.FLAGS,
    "RegEx": Kind.REGEX,
    "XSD": Kind.XSD,
    "JSON": Kind.JSON,
    "SDDL": Kind.SDDL,
    "ADMX": Kind.ADMX,
    "None": Kind.ANY,
}
_NAMINGS: Final = {
    "UniqueName": Naming.SERVER,
    "ServerGeneratedUniqueIdentifier": Naming.SERVER_GUID,
    "ClientInventory": Naming.CLIENT,
}
_REBOOTS: Final = {"Automatic": Reboot.AUTOMATIC, "ServerInitiated": Reboot.SERVER}
_CASES: Final = {"CIS": False, "CS": True}
_RELEASED: Final = "10.0."
"""Other versions (99.9.99999, 88.8.88888) stand for a build that is not released."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The records of a set of descriptions, and the bodies of the schemas they refer to."""

    records: tuple[Record, ...]
    schemas: Mapping[str, str]


def compile_nodes(nodes: Iterable[DdfNode]) -> Compiled:
    """Return the records, in the order of their LocURIs. Raises BadMessage."""
    known = {node.uri.casefold(): node for node in nodes}
    complete = _complete(known)
    names = {template_key(node.uri): node.uri for node in complete}
    schemas: dict[str, str] = {}
    for node in complete:
        if node.allowed and node.allowed.value_type == "XSD" and node.allowed.text:
            schemas[schema_id(node.allowed.text)] = node.allowed.text
    chains = {node.uri: node for node in complete}
    records = (_record(node, chains, names) for node in complete)
    return Compiled(tuple(sorted(records, key=lambda each: each.key)), schemas)


def schema_id(body: str) -> str:
    """Return the name under which a schema is known: the beginning of its digest."""
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def read_builds(text: str) -> tuple[tuple[Build, ...], bool]:
    """Return the builds of a comma-separated list, and whether a build not released is in it."""
    builds: set[Build] = set()
    is_insider = False
    for piece in filter(None, (each.strip() for each in text.split(","))):
        numbers = piece.removeprefix(_RELEASED).split(".")
        if not piece.startswith(_RELEASED) or not all(each.isdecimal() for each in numbers):
            is_insider = True
        else:
            builds.add(Build(int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else None))
    return tuple(sorted(builds, key=lambda each: (each.number, each.revision or 0))), is_insider


def read_editions(text: str) -> frozenset[str]:
    """Return the edition codes of a list separated by semicolons."""
    return frozenset(filter(None, (each.strip() for each in text.split(";"))))


def read_pattern(text: str) -> str | None:
    """Return a pattern in Python's dialect, or None where there is none to be had.

    `/.../` is JavaScript's spelling; Python wants `(?i)` at the beginning.
    """
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        text = text[1:-1]
    if "(?i)" in text[1:]:
        text = "(?i)" + text.replace("(?i)", "")
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return None
    return text or None


# --- applicability that stands in another file ---


def _complete(known: Mapping[str, DdfNode]) -> tuple[DdfNode, ...]:
    """Return all nodes, with applicability where their own file leaves it to others.

    The user half of the Policy CSP is where its device half is. A policy area is where any of
    its policies is.
    """
    policy = known.get(_POLICY_OF_DEVICE)
    below: dict[str, set[str]] = {}
    for key, node in known.items():
        above = key.rpartition("/")[0]
        if node.applicability.editions is not None and _AREA_ROOT.fullmatch(above):
            below.setdefault(above, set()).update(read_editions(node.applicability.editions))
    return tuple(
        _completed(key, node, policy, below.get(key, set()))
        if node.applicability.editions is None
        else node
        for key, node in known.items()
    )


def _completed(key: str, node: DdfNode, policy: DdfNode | None, below: set[str]) -> DdfNode:
    if _AREA_ROOT.fullmatch(key):
        if below:
            found = replace(node.applicability, editions=";".join(sorted(below)))
            return replace(node, applicability=found)
        return node
    if policy and (key == _POLICY_OF_USER or key.startswith(f"{_POLICY_OF_USER}/")):
        own, others = node.applicability, policy.applicability
        found = Applicability(
            own.builds if own.builds is not None else others.builds,
            own.csp_version if own.csp_version is not None else others.csp_version,
            others.editions,
        )
        return replace(node, applicability=found)
    return node


# --- one node ---


def _record(node: DdfNode, chain: Mapping[str, DdfNode], names: Mapping[str, str]) -> Record:
    builds, is_insider = read_builds(node.applicability.builds or "")
    editions = node.applicability.editions
    place = place_of(node.uri)
    return Record(
        uri=node.uri,
        scope=node.scope,
        csp=place.csp,
        area=place.area,
        name=node.name,
        access=frozenset(_verb(node, word) for word in node.access if word != "Copy"),
        format=_format(node),
        default=node.default,
        allowed=UNSTATED if node.is_dynamic else read_allowed(node.allowed),
        placeholders=_placeholders(node.uri, chain),
        occurrence=node.occurrence,
        is_permanent=node.is_permanent,
        case_sensitive=_CASES.get(node.case_sense),
        mime=node.mime,
        dependencies=tuple(_group(group, names) for group in node.dependencies),
        atomic_root=node.atomic_root,
        conflict=_conflict(node.conflict),
        reboot=_REBOOTS.get(node.reboot, Reboot.NONE),
        is_deprecated=node.deprecated is not None,
        deprecated_since=node.deprecated or "",
        builds=builds,
        is_insider=is_insider,
        csp_version=node.applicability.csp_version or "",
        editions=None if editions is None else read_editions(editions),
        words=Words("" if node.is_dynamic else node.title, "", node.description, node.group_policy),
    )


def _verb(node: DdfNode, word: str) -> Verb:
    try:
        return Verb(word.lower())
    except ValueError:
        raise BadMessage(f"the access type {shown(word)} is unknown", where=node.uri) from None


def _format(node: DdfNode) -> Format:
    try:
        return Format(node.format.lower())
    except ValueError:
        raise BadMessage(f"the format {shown(node.format)} is unknown", where=node.uri) from None


def _conflict(word: str) -> Conflict:
    try:
        return Conflict(word)
    except ValueError:
        return Conflict.NO_MERGE


def read_allowed(found: DdfAllowed | None) -> Allowed:
    """Return what is allowed; an enumeration that calls itself a range is understood."""
    if found is None:
        return UNSTATED
    kind = _KINDS.get(found.value_type, Kind.UNSTATED)
    text = found.text or ""
    ranges = read_ranges(text) if kind is Kind.RANGE else ()
    if kind is Kind.RANGE and not ranges and found.choices:
        kind = Kind.ENUM
    pattern = read_pattern(text) if kind is Kind.REGEX else None
    if kind is Kind.REGEX and pattern is None:
        kind = Kind.ANY
    delimiter = found.delimiter or None
    if kind is Kind.ANY and delimiter is None and text in (",", ";", "|"):
        delimiter = text
    choices = found.choices if kind in (Kind.ENUM, Kind.FLAGS) else ()
    return Allowed(
        kind=kind,
        values=tuple(each.value for each in choices),
        labels=tuple(each.label for each in choices),
        ranges=ranges,
        pattern=pattern,
        xsd_id=schema_id(text) if kind is Kind.XSD else None,
        admx=Admx(*found.admx) if found.admx else None,
        delimiter=None if delimiter is None else read_delimiter(delimiter),
    )


def _placeholders(uri: str, chain: Mapping[str, DdfNode]) -> tuple[Placeholder, ...]:
    """Return the dynamic segments of the LocURI, from the nodes that stand there."""
    found: list[Placeholder] = []
    pieces = uri.split("/")
    for count, piece in enumerate(pieces, start=1):
        if not piece.startswith("{"):
            continue
        node = chain.get("/".join(pieces[:count]))
        if node is None:  # its title holds a slash, or its place is in the Path of another
            raise BadMessage("an open place that no node describes", where=uri)
        word, rule = node.naming or ("", "")
        pattern = node.allowed.text if node.allowed and node.allowed.value_type == "RegEx" else None
        found.append(
            Placeholder(
                piece[1:-1],
                _NAMINGS.get(word, Naming.UNSTATED),
                read_pattern(pattern) if pattern else None,
                rule,
            )
        )
    return tuple(found)


def _group(group: DdfDependencyGroup, names: Mapping[str, str]) -> DependencyGroup:
    return DependencyGroup(
        group.name,
        tuple(
            Dependency(_reference(each.uri, names), read_allowed(each.allowed), each.type == "Not")
            for each in group.dependencies
        ),
        read_allowed(group.then_allowed) if group.then_allowed else None,
    )


def _reference(uri: str, names: Mapping[str, str]) -> str:
    """Return the LocURI meant: they are written without `./`, with `[Name]`, in any case."""
    path = canonical_path(uri.replace("[", "{").replace("]", "}"))
    return names.get(template_key(path), path)
