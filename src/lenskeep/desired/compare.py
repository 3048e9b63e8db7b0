"""Whether two values of a node are the same, by what they mean and not by how they are spelled.

`typed` is strict: one meaning, one key; profiles are merged by it. `same_value` compares a wish
with what a headset tells, and forgives what headsets do to values. Neither ever raises: what
cannot be read as its type is compared as text.
"""

import base64
import binascii
import json
import re
from collections.abc import Hashable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from typing import Final, assert_never
from xml.etree.ElementTree import Element

from lenskeep.desired.validate.values import plain_list
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.value import Format
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}")
_HEXADECIMAL: Final = re.compile(r"0[xX][0-9A-Fa-f]{1,16}")
_FLOAT: Final = re.compile(r"[+-]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")
_WHOLE_TEXT: Final = (Kind.ADMX, Kind.XSD, Kind.JSON, Kind.SDDL)
"""Kinds whose values are no lists, whatever delimiter stands beside them."""
_BINARY: Final = (Format.B64, Format.BIN)


def same_value(
    record: Record, wanted: str | None, read: str | None, read_format: Format | None = None
) -> bool:
    """Return whether what was read is what was wanted.

    `read_format` is what the headset calls the value's format: a text may come back in base64 and
    the other way round. A node without a value is as wanted once it is there.
    """
    if record.format in (Format.NODE, Format.NULL) or wanted == read:
        return True
    key = typed(record, wanted)
    if any(key == typed(record, each) for each in _as_told(record, read, read_format)):
        return True
    return same_network(wanted or "", read or "")


def typed(record: Record, value: str | None) -> Hashable:
    """Return the key of a value: two values mean the same exactly if their keys are equal."""
    text = _plain(value or "")
    match record.format:
        case Format.INT | Format.CHR:
            return _listed(record, text)
        case Format.BOOL:
            return _boolean(text)
        case Format.B64 | Format.BIN:
            return _octets(text)
        case Format.XML:
            return _markup(text) or text
        case Format.FLOAT:
            return _float(text)
        case Format.DATE | Format.TIME:
            return _moment(text)
        case Format.NODE | Format.NULL:
            return None
        case _:
            assert_never(record.format)


def _plain(text: str) -> str:
    """Return the text without what C and Windows add: a NUL at its end, CR before LF."""
    return text.rstrip("\0").replace("\r\n", "\n").replace("\r", "\n")


def _as_told(record: Record, read: str | None, form: Format | None) -> tuple[str | None, ...]:
    """Return what was read in the record's format, where the headset gave it in another."""
    if form is None or read is None or (form in _BINARY) is (record.format in _BINARY):
        return (read,)
    if record.format in _BINARY:
        return read, base64.b64encode(read.encode("utf-8", "surrogatepass")).decode("ascii")
    octets = _decoded(read)
    texts = [] if octets is None else [_text_of(octets, each) for each in ("utf-8", "utf-16-le")]
    return (read, *(each for each in texts if each is not None))


def _text_of(octets: bytes, encoding: str) -> str | None:
    try:
        return octets.decode(encoding)
    except UnicodeDecodeError:
        return None


# --- Plain types ----------------------------------------------------------------------------------


def integer(text: str) -> int | None:
    """Return the number, decimal or `0x` hexadecimal, None where it is none."""
    plain = text.strip()
    if _INTEGER.fullmatch(plain):
        return int(plain)
    return int(plain, 16) if _HEXADECIMAL.fullmatch(plain) else None


def _integer(text: str) -> Hashable:
    """Return the number of 32 bits. assumed: some nodes tell 4294967295 as -1."""
    number = integer(text)
    if number is None:
        return text
    return number & 0xFFFFFFFF if -(2**31) <= number < 0 else number


def _boolean(text: str) -> Hashable:
    """Return the truth value; a few nodes have choices beyond 0 and 1."""
    word = text.strip().casefold()
    if word in ("true", "1", "false", "0"):
        return word in ("true", "1")
    return "number", integer(word), word if integer(word) is None else ""


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _octets(text: str) -> Hashable:
    octets = _decoded(text)
    return text if octets is None else octets


def _float(text: str) -> Hashable:
    plain = text.strip()
    return Decimal(plain) if _FLOAT.fullmatch(plain) else text


def _moment(text: str) -> Hashable:
    """Return the moment in UTC, or the local one where no zone is named."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text.strip().upper())
        return moment if moment.tzinfo is None else moment.astimezone(UTC)
    return text.strip()


# --- Texts by what the node allows ----------------------------------------------------------------


def _listed(record: Record, text: str) -> Hashable:
    """Return the key of a text or number, of each item where it is a list. Order matters.

    An empty item at the end is none: a list may end with its delimiter.
    """
    allowed = record.allowed
    if not allowed.delimiter or allowed.kind in _WHOLE_TEXT:
        return _item(record, text)
    items = [each.strip() for each in plain_list(allowed, text).split(allowed.delimiter)]
    while items and not items[-1]:
        items.pop()
    return tuple(_item(record, each) for each in items)


def _item(record: Record, text: str) -> Hashable:
    if record.format is Format.INT:
        return _integer(text)
    match record.allowed.kind:
        case Kind.RANGE | Kind.FLAGS:
            return _integer(text)
        case Kind.ENUM:
            return text.casefold() if record.case_sensitive is False else text
        case Kind.ADMX:
            return _admx(text) or text
        case Kind.JSON:
            return _json(text)
        case Kind.REGEX | Kind.SDDL:
            return text
        case Kind.XSD | Kind.ANY | Kind.UNSTATED:
            return _markup(text) or text
        case _:
            assert_never(record.allowed.kind)


def _json(text: str) -> Hashable:
    try:
        return "json", json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return text


# --- Markup ---------------------------------------------------------------------------------------


def _unwrapped(text: str) -> str:
    """Return the markup, where it is escaped once more or wrapped in CDATA."""
    text = text.strip()
    if text.startswith("<![CDATA[") and text.endswith("]]>"):
        return text[9:-3].strip()
    return unescape(text) if text.startswith("&lt;") else text


def _read(text: str) -> tuple[Element, ...]:
    """Return the elements of a document, or of a fragment of several; nothing for other text."""
    markup = _unwrapped(text)
    if not markup.startswith("<"):
        return ()
    with suppress(BadMessage):
        return (xml.read(markup.encode("utf-8", "surrogatepass")),)
    with suppress(BadMessage):
        root = xml.read(f"<root>{markup}</root>".encode("utf-8", "surrogatepass"))
        has_text = any((each or "").strip() for each in (root.text, *(e.tail for e in root)))
        return () if has_text else tuple(root)
    return ()


def _markup(text: str) -> tuple[Hashable, ...]:
    """Return the key of XML content, empty for other text."""
    return tuple(_element(each) for each in _read(text))


def _element(element: Element) -> Hashable:
    """Return the key of an element: names by namespace, attributes in no order.

    White space between elements means nothing, nor does that around a text.
    """
    inner = tuple((_element(each), (each.tail or "").strip()) for each in element)
    attributes = frozenset(element.attrib.items())
    return element.tag, attributes, (element.text or "").strip(), inner


def _admx(text: str) -> tuple[Hashable, ...]:
    """Return the key of an ADMX-backed value: its state, and its data in no order.

    Case means nothing in names and ids; in values it does. Other markup has the key of markup.
    """
    elements = _read(text)
    names = [each.tag.casefold() for each in elements]
    if not names or names[0] not in ("enabled", "disabled") or set(names[1:]) - {"data"}:
        return _markup(text)
    data = [{key.casefold(): value for key, value in each.attrib.items()} for each in elements[1:]]
    pairs = ((each.get("id", "").casefold(), each.get("value", "")) for each in data)
    return "admx", names[0], frozenset(pairs)


# --- Wi-Fi ----------------------------------------------------------------------------------------

_SHARED_KEY: Final = "sharedKey"
_ADDED: Final = "MacRandomization"


def same_network(wanted: str, read: str) -> bool:
    """Return whether two Wi-Fi profiles agree in all that a headset tells. CSP: WiFi/WlanXml.

    assumed: it keeps the key to itself, or gives it protected; it may add the SSID in hexadecimal
    and its own choice of random addresses. A key that both tell plainly has to be the same.
    """
    one, other = _network(wanted), _network(read)
    if one is None or other is None:
        return False
    if _is_key_hidden(one) or _is_key_hidden(other):
        _cut(one, _SHARED_KEY)
        _cut(other, _SHARED_KEY)
    for each in (_ADDED, "hex"):
        if not _has(one, each) or not _has(other, each):
            _cut(one, each)
            _cut(other, each)
    return _element(one) == _element(other)


def _network(text: str) -> Element | None:
    if "WLANProfile" not in text:
        return None
    elements = _read(_plain(text))
    if len(elements) != 1 or xml.local_name(elements[0]) != "WLANProfile":
        return None
    for each in elements[0].iter():
        if xml.local_name(each) == "hex":
            each.text = xml.text(each).upper()
    return elements[0]


def _is_key_hidden(root: Element) -> bool:
    """Return whether the key is not there, protected, or stars."""
    told = {xml.local_name(each): xml.text(each) for each in root.iter()}
    key = told.get("keyMaterial", "")
    return not key.strip("*") or told.get("protected", "").casefold() == "true"


def _has(root: Element, name: str) -> bool:
    return any(xml.local_name(each) == name for each in root.iter())


def _cut(root: Element, name: str) -> None:
    """Take out every element of that name."""
    for parent in list(root.iter()):
        for child in list(parent):
            if xml.local_name(child) == name:
                parent.remove(child)
