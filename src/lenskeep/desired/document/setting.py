"""One setting of a document: its node, and its value in whichever way it was written."""

from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.desired.document.admx import ENABLED, admx_value, switch_text
from lenskeep.desired.document.nodes import Entry, Mapping, Node, Scalar, Sequence
from lenskeep.desired.document.profile import long_form
from lenskeep.desired.document.scalars import as_boolean, is_null, wire_text
from lenskeep.desired.document.wrongs import Wrongs
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.validate.check import Nodes
from lenskeep.desired.validate.content.admx import Part
from lenskeep.desired.validate.special import parts_of
from lenskeep.tree.catalog.allowed import UNSTATED, Kind
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format, parse_format

KEYS: Final = ("uri", "policy", "value", "admx", "secret", "format", "acknowledged")
_VALUES: Final = ("value", "admx", "secret")


@dataclass(frozen=True, slots=True)
class Given:
    """The entries of a setting by their key, and its line."""

    line: int
    entries: dict[str, Entry]

    @classmethod
    def of(cls, row: Mapping) -> "Given":
        """Return the entries of a mapping."""
        return cls(row.line, {each.key: each for each in row.entries})

    def get(self, key: str) -> Entry | None:
        """Return the entry of this key."""
        return self.entries.get(key)


def read_setting(
    given: Given, catalog: Nodes, kept: ProfileBody, wrongs: Wrongs
) -> ProfileSetting | None:
    """Return the setting, None where not even its node can be read."""
    uri = _uri(given, wrongs)
    acknowledged = _boolean(given.get("acknowledged"), wrongs)
    form = _format(given.get("format"), wrongs)
    if not uri:
        return None
    match = catalog.match(parse_uri(uri).path)
    reading = _Value(uri, form, None if match is None else match.record, kept, wrongs)
    return ProfileSetting(uri, reading.value(given), form, acknowledged)


def _uri(given: Given, wrongs: Wrongs) -> str:
    """Return the concrete LocURI, empty where there is none."""
    uri, policy = given.get("uri"), given.get("policy")
    entry = uri or policy
    if entry is None or (uri and policy):
        wrongs.add(".uri", given.line, "it has to name one node", "uri: or policy: Area/Name")
        return ""
    text = entry.value.text.strip() if isinstance(entry.value, Scalar) else ""
    if entry is policy:
        long = long_form(text)
        if not long:
            wrongs.add(".policy", entry.line, "it is no policy", "Area/Name")
            return ""
        text = long
    try:
        return parse_uri(text).text
    except Invalid as invalid:
        for each in invalid.complaints:
            wrongs.add(".uri", entry.line, each.message, each.allowed)
        return ""


def _format(entry: Entry | None, wrongs: Wrongs) -> Format | None:
    if entry is None:
        return None
    try:
        return parse_format(entry.value.text if isinstance(entry.value, Scalar) else "")
    except Invalid as invalid:
        for each in invalid.complaints:
            wrongs.add(".format", entry.line, each.message, each.allowed)
        return None


def _boolean(entry: Entry | None, wrongs: Wrongs) -> bool:
    if entry is None:
        return False
    said = as_boolean(entry.value) if isinstance(entry.value, Scalar) else None
    if said is None:
        wrongs.add(f".{entry.key}", entry.line, "it is neither true nor false", "true, false")
    return bool(said)


class _Value:
    """The value of one setting being read."""

    def __init__(
        self,
        uri: str,
        form: Format | None,
        record: Record | None,
        kept: ProfileBody,
        wrongs: Wrongs,
    ) -> None:
        self._uri = uri
        self._form = form or (record.format if record else None)
        self._allowed = record.allowed if record else UNSTATED
        self._is_known = record is not None
        self._kept = kept
        self._wrongs = wrongs

    def value(self, given: Given) -> str | None:
        """Return the value as text, None where there is none."""
        entries = [each for each in map(given.get, _VALUES) if each is not None]
        if len(entries) > 1:
            said = " and ".join(each.key for each in entries)
            allowed = "one of value, admx, secret"
            self._wrongs.add(".value", entries[1].line, f"it is said twice, by {said}", allowed)
            return None
        if not entries:
            return None
        if entries[0].key == "secret":
            return self._secret(entries[0])
        return self._admx(entries[0]) if entries[0].key == "admx" else self._plain(entries[0])

    def _plain(self, entry: Entry) -> str | None:
        node = entry.value
        if isinstance(node, Scalar):
            return wire_text(node, self._form, self._allowed)
        delimiter = self._allowed.delimiter
        if isinstance(node, Sequence) and delimiter:
            return self._joined(node, delimiter)
        if isinstance(node, Mapping):
            allowed = "a text; admx: for <enabled/> with data"
            self._wrongs.add(".value", entry.line, "it is a mapping", allowed)
        else:
            self._wrongs.add(".value", entry.line, "the node takes no list", "one value")
        return None

    def _joined(self, node: Sequence, delimiter: str) -> str:
        items: list[str] = []
        for number, each in enumerate(node.items):
            place = f".value[{number}]"
            if not isinstance(each, Scalar):
                self._wrongs.add(place, each.line, "it is no single value", "a text")
            elif delimiter in each.text:
                problem = "it holds the character that divides this list"
                self._wrongs.add(place, each.line, problem, "an item of its own for each")
            else:
                items.append(wire_text(each, self._form, self._allowed) or "")
        return delimiter.join(items)

    def _secret(self, entry: Entry) -> str | None:
        if not _boolean(entry, self._wrongs):
            return None
        before = self._kept.get(self._uri)
        if before is None or before.value is None:
            problem = "its secret was left out when this was written, and none is stored to keep"
            self._wrongs.add(".secret", entry.line, problem, "value: with the secret itself")
            return None
        return before.value

    def _admx(self, entry: Entry) -> str | None:
        node = entry.value
        if self._is_known and self._allowed.kind is not Kind.ADMX:
            self._wrongs.add(".admx", entry.line, "the node takes no ADMX data", "value:")
            return None
        switch = None
        if isinstance(node, Mapping):
            switch = next((each for each in node.entries if each.key == ENABLED), None)
        if switch is None or not isinstance(node, Mapping):
            allowed = "{enabled: true, Id: value} or {enabled: false}"
            self._wrongs.add(".admx", entry.line, "it does not say whether it is enabled", allowed)
            return None
        is_on = _boolean(switch, self._wrongs.under(".admx"))
        rest = tuple(each for each in node.entries if each is not switch)
        if not is_on and rest:
            self._wrongs.add(".admx", entry.line, "it is disabled and has data", "enabled: false")
        text = admx_value(self._data(rest) if is_on else None)
        if text is None:
            self._wrongs.add(".admx", entry.line, "it holds characters that XML cannot carry")
        return text

    def _data(self, entries: tuple[Entry, ...]) -> dict[str, str | tuple[str, ...]]:
        parts = {each.id.casefold(): each for each in parts_of(parse_uri(self._uri)) or ()}
        data: dict[str, str | tuple[str, ...]] = {}
        for each in entries:
            part = parts.get(each.key.casefold())
            if isinstance(each.value, Sequence):
                data[each.key] = tuple(
                    self._text(each.key, item, None) for item in each.value.items
                )
            else:
                data[each.key] = self._text(each.key, each.value, part)
        return data

    def _text(self, key: str, node: Node, part: Part | None) -> str:
        if not isinstance(node, Scalar) or is_null(node):
            self._wrongs.add(f".admx.{key[:80]}", node.line, "it is no value", "a text or a number")
            return ""
        is_on = as_boolean(node)
        return node.text if is_on is None else switch_text(is_on=is_on, part=part)
