"""The first two steps: the address against its node's template, the verb against its access."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from lenskeep.desired.validate.finding import Finding, Found, Setting, refused, warned
from lenskeep.desired.validate.values import matches
from lenskeep.tree.catalog.record import Naming, Placeholder, Record
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import LocUri

_BROKEN_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_GUID: Final = re.compile(r"\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_ORDER: Final = (Verb.GET, Verb.REPLACE, Verb.ADD, Verb.DELETE, Verb.EXEC)


_ANY_POLICY: Final = "/policy/config/{"
"""The open place for a policy that nobody described."""


def names(record: Record, uri: LocUri) -> Found:
    """Check the names that the address puts in place of the template's."""
    pairs = tuple(bound(record, uri))
    found: list[Finding] = []
    for each, segment in pairs:
        found.extend(_name(each, segment))
    return tuple(found)


def bound(record: Record, uri: LocUri) -> Iterator[tuple[Placeholder, str]]:
    """Return each dynamic segment with the name that the address has for it, still encoded."""
    segments = template_segments(record.uri)
    dynamic = [at for at, each in enumerate(segments) if is_placeholder(each)]
    for at, each in zip(dynamic, record.placeholders, strict=False):
        if at < len(uri.segments):
            yield each, uri.segments[at]


def template_segments(template: str) -> tuple[str, ...]:
    """Return the segments of a template below the dot, in the canonical form of `LocUri`."""
    segments = template.split("/")[1:]
    if segments and segments[0].casefold() == "vendor":
        segments.insert(0, "Device")
    return tuple(segments)


def is_placeholder(segment: str) -> bool:
    """Return whether the segment stands for a name."""
    return segment.startswith("{") and segment.endswith("}")


def concrete(template: str, record: Record, uri: LocUri) -> str:
    """Return the template's address with this address's names; empty where one is missing.

    Names go over where both templates have the same placeholder at the same place.
    """
    own = template_segments(record.uri)
    filled: list[str] = []
    for at, each in enumerate(template_segments(template)):
        if not is_placeholder(each):
            filled.append(each)
        elif at < min(len(own), len(uri.segments)) and own[at].casefold() == each.casefold():
            filled.append(uri.segments[at])
        else:
            return ""
    return "./" + "/".join(filled)


def _name(placeholder: Placeholder, segment: str) -> Iterator[Finding]:
    if _BROKEN_ESCAPE.search(segment):
        yield refused(
            "has a % that is no escape", "percent-encoded, % itself as %25", segment, field="uri"
        )
        return
    plain = unquote(segment, errors="surrogateescape")
    if is_placeholder(plain) and plain[1:-1].casefold() == placeholder.name.strip("{}").casefold():
        yield refused("stands for a name and is none", "the name itself", segment, field="uri")
    elif placeholder.pattern:
        fits = matches(placeholder.pattern, plain)
        if fits is False:
            yield refused(
                f"does not fit {placeholder.name}", placeholder.pattern, segment, field="uri"
            )
    elif "guid" in placeholder.name.casefold() and not _GUID.fullmatch(plain):
        yield warned(f"is not a GUID for {placeholder.name}", "a GUID", segment, field="uri")


def verb(record: Record, setting: Setting) -> Found:
    """Check the verb against the node's access."""
    allowed = ", ".join(each.value for each in _ORDER if each in record.access) or "nothing"
    if setting.verb is None:
        if Verb.REPLACE not in record.access and Verb.ADD not in record.access:
            return (refused("cannot be set", allowed, field="uri"),)
    elif setting.verb not in record.access:
        return (refused("is not what the node takes", allowed, setting.verb.value, field="verb"),)
    is_made = setting.verb in (None, Verb.ADD) and record.is_dynamic and record.placeholders
    if is_made and record.placeholders[-1].naming is Naming.CLIENT:
        if _ANY_POLICY in record.key:
            where = "a policy of the catalog; most are under ./Device, some under ./User"
            return (refused("is no policy of the catalog in this scope", where, field="uri"),)
        return (refused("is named by the device, and never made", "get, delete", field="uri"),)
    return ()
