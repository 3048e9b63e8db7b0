"""A row as one line of JSON: the same bytes for the same row, whichever database it lies in."""

import base64
import binascii
import hashlib
import json

from lenskeep.base.errors import Invalid
from lenskeep.store.copying.shapes import Row, Shape, Value


def dump_row(shape: Shape, row: Row) -> bytes:
    """Return the line, with its end; bytes are base64."""
    plain = [
        base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for value in row
    ]
    if len(plain) != len(shape.columns):
        raise Invalid.field(shape.name, f"a row of {len(plain)} values", str(len(shape.columns)))
    return json.dumps(plain, separators=(",", ":")).encode("ascii") + b"\n"


def load_row(shape: Shape, line: bytes) -> Row:
    """Return the row of a line. Raises Invalid, naming the table and nothing of what is in it."""
    try:
        plain = json.loads(line)
        pairs = zip(shape.columns, plain, strict=True)
        return [_value(name in shape.blobs, value) for name, value in pairs]
    except (ValueError, TypeError, binascii.Error):
        raise Invalid.field(shape.name, "a line is no row of it") from None


def _value(is_blob: bool, value: object) -> Value:
    if value is None:
        return None
    if is_blob and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    if isinstance(value, str | int) and not isinstance(value, bool) and not is_blob:
        return value
    raise TypeError


class Sum:
    """Counts the rows of one table, and digests them in their order."""

    __slots__ = ("_hash", "rows")

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, line: bytes) -> None:
        """Take one more row, as its line."""
        self.rows += 1
        self._hash.update(line)

    @property
    def digest(self) -> str:
        """The digest of all rows so far."""
        return self._hash.hexdigest()
