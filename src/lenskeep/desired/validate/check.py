"""Validate a setting against the catalog, in eight steps, and say everything that is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from lenskeep.base.errors import Invalid
from lenskeep.desired.applies import DeviceFacts, Verdict, applies
from lenskeep.desired.guard.lockout import lockouts_of
from lenskeep.desired.guard.whole import together
from lenskeep.desired.validate import address
from lenskeep.desired.validate.circumstances import Circumstances
from lenskeep.desired.validate.finding import (
    Finding,
    Findings,
    Found,
    Setting,
    Weight,
    Wire,
    hidden,
    locks_out,
    refused,
    warned,
)
from lenskeep.desired.validate.formats import on_wire
from lenskeep.desired.validate.special import check_for, parts_of
from lenskeep.desired.validate.values import described, fitting, plain_list
from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.catalog.load import Match
from lenskeep.tree.catalog.record import Confidence, Dependency, DependencyGroup, Record
from lenskeep.tree.operation import Verb
from lenskeep.tree.sensitive import is_sensitive
from lenskeep.tree.uri import LocUri, node_key, parse_uri
from lenskeep.tree.value import Format

MAX_FOUND: Final = 50
"""Findings of one setting that are kept; the first tell the story."""
_BY_HAND: Final = (Kind.ANY, Kind.UNSTATED, Kind.XSD, Kind.ADMX, Kind.SDDL)
"""Kinds that a hand-written check replaces; others it adds to."""


class Nodes(Protocol):
    """The catalog, as far as validation asks it."""

    @property
    def schemas(self) -> Mapping[str, str]:
        """Bodies of schemas by id; empty unless an administrator imported them."""

    def match(self, uri: str) -> Match | None:
        """Return the node that a concrete LocURI names, None where there is none."""


def validate(
    catalog: Nodes,
    setting: Setting,
    wanted: Mapping[str, str | None] | None = None,
    device: DeviceFacts | None = None,
    now: datetime | None = None,
) -> Findings:
    """Return everything noticed about the setting, and what goes on the wire unless refused.

    `wanted` is what the same device shall have: value by LocURI, for dependencies and lock-outs;
    without it they are looked at alone. With a device, whether the node applies to it is said
    too; with a moment, whether certificates hold.
    """
    whole = None if wanted is None else together((*wanted.items(), (setting.uri, setting.value)))
    found = validate_among(catalog, setting, Circumstances(whole, device, now))
    if device is None or found.record is None:
        return found
    against = on_device(found.record, device)
    if against is None:
        return found
    is_refused = against.weight is Weight.REFUSED
    wire = None if is_refused else found.wire
    return replace(found, found=(*found.found, against)[:MAX_FOUND], wire=wire)


def validate_among(catalog: Nodes, setting: Setting, around: Circumstances) -> Findings:
    """Return the same, given what is known together; whether a device has the node is not said."""
    try:
        uri = parse_uri(setting.uri)
    except Invalid as invalid:
        return Findings(_complaints(invalid))
    match = catalog.match(uri.path)
    if match is None:
        return Findings((refused("is no node of the catalog", None, uri.text, field="uri"),))
    record = match.record
    known = None if around.wanted is None else around.wanted.values
    met, unmet = _dependencies(record, uri, known)
    allowed = met if met is not None else record.allowed
    schema = catalog.schemas.get(allowed.xsd_id or "", "")
    wire, found = _value(record, uri, setting, _Rule(allowed, around, schema))
    found = (
        *address.names(record, uri),
        *address.verb(record, setting),
        *_format(record, setting),
        *found,
        *unmet,
        *_standing(record),
        *_lockouts(wire, setting, around),
    )
    if is_sensitive(uri.path):
        found = hidden(found)
    return _findings(_kept(found), wire, record, uri)


def _kept(found: Found) -> Found:
    """Return the findings that are kept: what stops or locks first, when there are too many."""
    if len(found) <= MAX_FOUND:
        return found
    return tuple(sorted(found, key=lambda each: each.weight is Weight.WARNING))[:MAX_FOUND]


def _findings(found: Found, wire: Wire | None, record: Record, uri: LocUri) -> Findings:
    is_refused = any(each.weight is Weight.REFUSED for each in found)
    root = address.concrete(record.atomic_root, record, uri) if record.atomic_root else ""
    return Findings(found, None if is_refused else wire, root, record)


def _complaints(invalid: Invalid) -> Found:
    return tuple(
        Finding(Weight.REFUSED, each.field, f"is wrong: {each.message}", each.allowed)
        for each in invalid.complaints
    )


# --- Steps 3 to 5: the value ----------------------------------------------------------------------


def _format(record: Record, setting: Setting) -> Found:
    if setting.format is None or setting.format is record.format:
        return ()
    if setting.verb in (Verb.GET, Verb.DELETE):
        return ()
    given = setting.format.value
    return (refused("is not the node's format", record.format.value, given, field="format"),)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the value is held against: what the node allows here, and what is known beside it."""

    allowed: Allowed
    around: Circumstances
    schema: str = ""
    """The body of the schema that the node names, empty where it is not here."""


def _value(record: Record, uri: LocUri, setting: Setting, rule: _Rule) -> tuple[Wire | None, Found]:
    allowed = rule.allowed
    if setting.verb in (Verb.GET, Verb.DELETE):
        too_much = (refused("is too much: this verb carries none", "no value"),)
        return Wire(uri, None, None), () if setting.value is None else too_much
    given, mended = _mended(record.format, allowed, setting.value)
    text, found = on_wire(record.format, given)
    if found or text is None:
        return Wire(uri, record.format, text), mended + _with_choices(found, record, allowed)
    text = plain_list(allowed, text)
    text, found = _content(record, uri, text, rule)
    return Wire(uri, record.format, text), mended + found


def _mended(form: Format, allowed: Allowed, value: str | None) -> tuple[str | None, Found]:
    """Return 0 or 1 for a word: pages about HoloLens call some switches Boolean that are int."""
    word = (value or "").strip().casefold()
    is_switch = allowed.kind is Kind.ENUM and {"0", "1"} <= set(allowed.values)
    if form is not Format.INT or not is_switch or word not in ("true", "false"):
        return value, ()
    number = "1" if word == "true" else "0"
    return number, (warned("is sent as a number", number, value),)


def _with_choices(found: Found, record: Record, allowed: Allowed) -> Found:
    """Say the node's own choices where the format step could only say its format."""
    words = described(allowed)
    if not words or record.format not in (Format.INT, Format.BOOL):
        return found
    return tuple(replace(each, allowed=words) for each in found)


def _content(record: Record, uri: LocUri, text: str, rule: _Rule) -> tuple[str, Found]:
    allowed = rule.allowed
    by_hand = check_for(uri)
    if record.format is Format.BOOL and text not in ("true", "false") and not allowed.values:
        return text, (refused("is neither true nor false", "true, false", text),)
    by_schema = _against_schema(rule.schema, text) if rule.schema else ()
    if by_hand is None:
        text, found = fitting(allowed, record.format, text, parts_of(uri))
        return text, found + by_schema
    found = by_hand(uri, text, rule.around) + by_schema
    if allowed.kind in _BY_HAND:
        return text, found
    text, more = fitting(allowed, record.format, text, parts_of(uri))
    return text, found + more


def _against_schema(schema: str, text: str) -> Found:
    from lenskeep.desired.validate.content.schema import against_schema  # brings lxml: few need it

    return against_schema(schema, text)


# --- Step 6: dependencies -------------------------------------------------------------------------


def _dependencies(
    record: Record, uri: LocUri, wanted: Mapping[str, str | None] | None
) -> tuple[Allowed | None, Found]:
    """Return what a met dependency allows instead, and a warning for each that is not met."""
    if wanted is None:
        return None, ()
    instead: Allowed | None = None
    unmet: list[Finding] = []
    for group in record.dependencies:
        missing = tuple(_missing(group, record, uri, wanted))
        unmet.extend(missing)
        if not missing and group.then_allowed is not None:
            instead = group.then_allowed
    return instead, tuple(unmet)


def _missing(
    group: DependencyGroup, record: Record, uri: LocUri, wanted: Mapping[str, str | None]
) -> Iterator[Finding]:
    for each in group.dependencies:
        other = address.concrete(each.uri, record, uri)
        if not other or _is_met(each, wanted, node_key(other)):
            continue
        allowed = described(each.allowed) or "any value"
        need = f"anything but {allowed}" if each.negated else allowed
        yield warned(f"has an effect only with {other}", need)


def _is_met(dependency: Dependency, wanted: Mapping[str, str | None], key: str) -> bool:
    if key not in wanted:
        return dependency.negated
    value = wanted[key] or ""
    _, found = fitting(dependency.allowed, Format.CHR, value)
    return bool(found) if dependency.negated else not found


# --- Step 8: standing and device ------------------------------------------------------------------


def _standing(record: Record) -> Iterator[Finding]:
    if record.is_deprecated:
        since = f" since {record.deprecated_since}" if record.deprecated_since else ""
        yield warned(f"is of a node that is deprecated{since}")
    if record.confidence is Confidence.INSIDER:
        yield warned("is of a node that only Insider builds have")


def _lockouts(wire: Wire | None, setting: Setting, around: Circumstances) -> Iterator[Finding]:
    """Yield what setting this value locks; what is only asked for or taken away sets nothing."""
    if wire is None or setting.verb not in (None, Verb.ADD, Verb.REPLACE):
        return
    for each in lockouts_of(wire.uri.text, wire.value, around.wanted):
        yield locks_out(each)


def on_device(record: Record, device: DeviceFacts) -> Finding | None:
    """Return what speaks against the node on this device: a refusal, a doubt, or nothing."""
    answer = applies(record, device)
    if answer.verdict is Verdict.NO:
        return Finding(Weight.REFUSED, "device", f"does not have the node: {answer.reason}")
    if answer.verdict is Verdict.UNKNOWN:
        return Finding(Weight.WARNING, "device", f"may lack the node: {answer.reason}")
    return None
