"""Reading the file with the hardware hashes as tools write it: CSV in any of its dialects.

Lenient with form (BOM, UTF-16, `;` or tabs, order and spelling of columns, more columns), strict
with content: every complaint of the whole file at once, each with its line.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final

from lenskeep.base.errors import Complaint, Invalid, shown
from lenskeep.enrollment.autopilot.rows import HashRow, wrongs

MAX_ROWS: Final = 10_000
MAX_BYTES: Final = 64 * 1024 * 1024
"""10,000 headsets of 4 kB each, with room."""
MAX_COMPLAINTS: Final = 200
"""More are counted; nobody reads them at once."""
MAX_CELL: Final = 65_536

_COLUMNS: Final[Mapping[str, str]] = {
    "deviceserialnumber": "serial",
    "serialnumber": "serial",
    "serial": "serial",
    "windowsproductid": "product_id",
    "productid": "product_id",
    "productkey": "product_id",
    "hardwarehash": "hardware_hash",
    "hardwareidentifier": "hardware_hash",
    "hash": "hardware_hash",
    "grouptag": "group_tag",
    "orderid": "group_tag",
    "ordertag": "group_tag",
    "assigneduser": "assigned_user",
    "assigneduserprincipalname": "assigned_user",
    "userprincipalname": "assigned_user",
}
"""Column names without blanks, dashes and case; the first of a field is the usual one."""
_NEEDED: Final = {"serial": "Device Serial Number", "hardware_hash": "Hardware Hash"}
_ALLOWED: Final = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User"


def read_hashes(body: bytes) -> tuple[HashRow, ...]:
    """Return the headsets of a file. Raises Invalid with every complaint of every line."""
    rows = _rows(_text(body))
    columns = _columns(next(rows, (1, []))[1])
    found: dict[str, HashRow] = {}
    lines: dict[str, int] = {}
    wrong: list[Complaint] = []
    for line, cells in rows:
        if len(lines) >= MAX_ROWS:
            wrong.append(Complaint(f"line {line}", "more than fits", f"{MAX_ROWS} headsets"))
            break
        row = _row(columns, cells)
        problems = [
            Complaint(f"line {line}: {n}", text, allowed) for n, text, allowed in wrongs(row)
        ]
        if row.key in found and found[row.key] != row:
            text = f"{shown(row.serial)} is on line {lines[row.key]} with other values"
            problems.append(Complaint(f"line {line}: {_NEEDED['serial']}", text, "each once"))
        wrong.extend(problems)
        found.setdefault(row.key, row)
        lines.setdefault(row.key, line)
    if wrong:
        raise Invalid(*_bounded(wrong))
    if not found:
        raise Invalid.field("file", "it names no headset", "a header, and a line for each headset")
    return tuple(found.values())


def _text(body: bytes) -> str:
    """seen: Excel saves UTF-16 with a BOM, PowerShell UTF-8 with or without."""
    if len(body) > MAX_BYTES:
        raise Invalid.field("file", f"it has {len(body)} bytes", f"at most {MAX_BYTES}")
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        raise Invalid.field("file", "it is no text", "UTF-8 or UTF-16") from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that hold something, with their numbers."""
    header = text.partition("\n")[0]
    divider = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider)
    try:
        for cells in reader:
            if any(len(each) > MAX_CELL for each in cells):
                raise Invalid.field(f"line {reader.line_num}", "a cell is too long")
            if any(each.strip() for each in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise Invalid.field(f"line {reader.line_num}", f"it is no CSV: {error}") from None


def _columns(header: list[str]) -> tuple[str, ...]:
    """Return which field each column holds, empty for one that is passed over."""
    names = ("".join(c for c in each.casefold() if c.isalnum()) for each in header)
    fields = tuple(_COLUMNS.get(each, "") for each in names)
    named = [each for each in fields if each]
    wrong = [
        Complaint("line 1", f"there is no column {name}", _ALLOWED)
        for field, name in _NEEDED.items()
        if field not in named
    ]
    if len(set(named)) < len(named):
        wrong.append(Complaint("line 1", "two columns are the same", _ALLOWED))
    if wrong:
        raise Invalid(*wrong)
    return fields


def _row(columns: tuple[str, ...], cells: list[str]) -> HashRow:
    values = {field: _plain(cell) for field, cell in zip(columns, cells, strict=False) if field}
    return HashRow(**{"serial": "", **values})


def _plain(cell: str) -> str:
    """Return a cell without blanks around it, and without the mark that `writing` puts on it."""
    text = cell.strip()
    is_marked = text.startswith("'") and text.lstrip("'").startswith(("=", "+", "-", "@"))
    return text[1:] if is_marked else text


def _bounded(wrong: list[Complaint]) -> list[Complaint]:
    more = len(wrong) - MAX_COMPLAINTS
    if more <= 0:
        return wrong
    return [*wrong[:MAX_COMPLAINTS], Complaint("file", f"{more} more complaints")]
