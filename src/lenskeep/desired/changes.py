"""What differs between two bodies of settings, as a person is shown it. Values only.

Values compare as their format means them; what may be a secret is never shown.
"""

from dataclasses import dataclass, field
from enum import Enum
from xml.etree.ElementTree import Element

from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.validate.check import Nodes
from lenskeep.desired.validate.formats import on_wire
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.sensitive import redacted
from lenskeep.tree.value import Format
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage


class ChangeKind(Enum):
    """What became of a setting."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    """It has another value, or another format."""
    ACKNOWLEDGED = "acknowledged"
    """The value is the same; that it can lock out was acknowledged, or is no longer."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs. Secrets are redacted on both sides."""

    kind: ChangeKind
    uri: str
    title: str
    before: str | None = field(default=None, repr=False)
    after: str | None = field(default=None, repr=False)
    acknowledged: bool = False
    """Whether it is acknowledged now."""


def changes(old: ProfileBody, new: ProfileBody, catalog: Nodes) -> tuple[Change, ...]:
    """Return what differs, in the order of the new body; what was removed comes last.

    The order of settings makes no difference, nor does the spelling of an address.
    """
    before = {each.key: each for each in old.settings}
    after = {each.key: each for each in new.settings}
    found = [_change(before.get(each.key), each, catalog) for each in after.values()]
    gone = [_removed(each, catalog) for each in before.values() if each.key not in after]
    return (*(each for each in found if each is not None), *gone)


def same_value(record: Record | None, one: str | None, other: str | None) -> bool:
    """Return whether two texts are the same value of the node: numbers as numbers, and so on."""
    if one == other:
        return True
    if one is None or other is None or record is None:
        return False
    if record.allowed.kind is Kind.ADMX:
        left, right = _markup(one), _markup(other)
        return left is not None and left == right
    if record.format in (Format.CHR, Format.XML):
        return False
    left_text, wrong = on_wire(record.format, one)
    right_text, also_wrong = on_wire(record.format, other)
    return not wrong and not also_wrong and left_text == right_text


def title_of(record: Record | None, uri: str) -> str:
    """Return what a person calls the node; its last name where the catalog has none."""
    return record.title if record is not None else uri.rpartition("/")[2]


def record_of(uri: str, catalog: Nodes) -> Record | None:
    """Return the catalog's node, None where there is none."""
    match = catalog.match(uri.partition("?")[0])
    return None if match is None else match.record


def _change(old: ProfileSetting | None, new: ProfileSetting, catalog: Nodes) -> Change | None:
    record = record_of(new.uri, catalog)
    if old is None:
        return _made(ChangeKind.ADDED, None, new, record)
    if old.format is not new.format or not same_value(record, old.value, new.value):
        return _made(ChangeKind.CHANGED, old, new, record)
    if old.acknowledged is not new.acknowledged:
        return _made(ChangeKind.ACKNOWLEDGED, old, new, record)
    return None


def _made(
    kind: ChangeKind, old: ProfileSetting | None, new: ProfileSetting, record: Record | None
) -> Change:
    before = None if old is None else redacted(new.uri, old.value)
    after = redacted(new.uri, new.value)
    return Change(kind, new.uri, title_of(record, new.uri), before, after, new.acknowledged)


def _removed(old: ProfileSetting, catalog: Nodes) -> Change:
    title = title_of(record_of(old.uri, catalog), old.uri)
    return Change(ChangeKind.REMOVED, old.uri, title, redacted(old.uri, old.value))


def _markup(value: str) -> list[tuple[str, tuple[tuple[str, str], ...]]] | None:
    """Return the elements of an ADMX value, free of how they were written."""
    try:
        root = xml.read(f"<root>{value}</root>".encode("utf-8", "surrogatepass"))
    except BadMessage:
        return None
    return [_plain(each) for each in root]


def _plain(element: Element) -> tuple[str, tuple[tuple[str, str], ...]]:
    return element.tag, tuple(sorted(element.attrib.items()))
