"""A small strict reader of DER, for bytes of strangers that no ready parser accepts whole.

It splits nested fields without copying and judges no content: strings, extensions and keys are
the caller's to read. It never recurses, so depth is what the caller asks for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONTEXT_0: Final = 0xA0
"""`[0]`, constructed: the attributes of a certification request."""

_HIGH_TAG: Final = 0x1F
"""[X.690] 8.1.2.4: tags of more than one byte; no field read here has one."""

_MAX_OID_BYTES: Final = 64
"""The longest that is read here has 11; one of 16 KiB would be a log line of as many numbers."""

_MAX_LENGTH_BYTES: Final = 3
"""Lengths up to 16 MiB: far above any limit a caller sets."""


class BadDer(ValueError):
    """The bytes are not the DER that was expected here."""


@dataclass(frozen=True, slots=True)
class Field:
    """One tag-length-value inside `data`, from `start` to `end`, its content from `content_at`."""

    data: bytes
    tag: int
    start: int
    content_at: int
    end: int

    @property
    def raw(self) -> bytes:
        """The whole field, tag and length included: what a signature covers."""
        return self.data[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The value alone."""
        return self.data[self.content_at : self.end]


def only(data: bytes, tag: int) -> Field:
    """Return the one field that `data` is. Raises BadDer for another tag or bytes left over."""
    field = _field(data, 0, len(data))
    if field.end != len(data):
        raise BadDer(f"{len(data) - field.end} bytes after the end")
    return expect(field, tag)


def fields(parent: Field) -> Iterator[Field]:
    """Return the fields inside a constructed one, in order."""
    at = parent.content_at
    while at < parent.end:
        found = _field(parent.data, at, parent.end)
        yield found
        at = found.end


def expect(field: Field, tag: int) -> Field:
    """Return the field if it has that tag. Raises BadDer otherwise."""
    if field.tag != tag:
        raise BadDer(f"tag {field.tag:#04x} where {tag:#04x} belongs")
    return field


def oid(field: Field) -> str:
    """Return an object identifier in dotted form. Raises BadDer where it is none."""
    content = expect(field, OID).content
    if len(content) > _MAX_OID_BYTES:
        raise BadDer(f"an object identifier of {len(content)} bytes")
    if not content or content[-1] & 0x80:
        raise BadDer("an unfinished object identifier")
    numbers: list[int] = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if number >> 64:
            raise BadDer("an object identifier with a number above 64 bits")
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _field(data: bytes, at: int, limit: int) -> Field:
    """Return the field that begins at `at` and ends before `limit`."""
    if limit - at < 2:
        raise BadDer("cut off")
    tag = data[at]
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise BadDer("a tag of several bytes")
    content_at, length = _length(data, at + 1, limit)
    if length > limit - content_at:
        raise BadDer("longer than what holds it")
    return Field(data, tag, at, content_at, content_at + length)


def _length(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """Return where the content begins and its length ([X.690] 10.1: definite, shortest form)."""
    first = data[at]
    if first < 0x80:
        return at + 1, first
    count = first & 0x7F
    if not 1 <= count <= _MAX_LENGTH_BYTES or at + 1 + count > limit:
        raise BadDer("an indefinite, oversized or cut-off length")
    length = int.from_bytes(data[at + 1 : at + 1 + count], "big")
    if length < 0x80 or length < 1 << 8 * (count - 1):
        raise BadDer("a length not in its shortest form")
    return at + 1 + count, length
