"""The file with the hardware hashes: every dialect is read, every mistake is told, nothing runs.

The samples are written here by hand after the published header line.
"""

import base64
import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.autopilot.merging import collected, imported
from lenskeep.enrollment.autopilot.reading import MAX_COMPLAINTS, MAX_ROWS, read_hashes
from lenskeep.enrollment.autopilot.rows import HashRow
from lenskeep.enrollment.autopilot.writing import write_hashes

HASH = base64.b64encode(bytes(range(250)) * 12).decode()
OTHER = base64.b64encode(bytes(reversed(range(250))) * 12).decode()
HEADER = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User"


def complaints(body: bytes) -> list[str]:
    """What is wrong with a file, field by field."""
    with pytest.raises(Invalid) as caught:
        read_hashes(body)
    return [f"{each.field}: {each.message}" for each in caught.value.complaints]


def test_the_published_form_is_read() -> None:
    """Serial number, product, hash, tag and user."""
    body = f"{HEADER}\r\n003008,00331,{HASH},ward-3,anna@example.org\r\n".encode()

    assert read_hashes(body) == (HashRow("003008", "00331", HASH, "ward-3", "anna@example.org"),)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"\ufeff{HEADER}\n003008,,{HASH},,\n".encode(), id="UTF-8 with BOM"),
        pytest.param(f"{HEADER}\n003008,,{HASH},,\n".encode("utf-16"), id="UTF-16"),
        pytest.param(
            b"\xfe\xff" + f"{HEADER}\n003008,,{HASH},,\n".encode("utf-16-be"), id="big endian"
        ),
        pytest.param(f'{HEADER}\n"003008","","{HASH}","",""\n'.encode(), id="quotes"),
        pytest.param(
            f"device serial number;HARDWARE HASH\r\n003008;{HASH}\r\n".encode(), id="semicolons"
        ),
        pytest.param(f"Serial Number\tHardware-Hash\n003008\t{HASH}".encode(), id="tabs, no end"),
        pytest.param(
            f"Hardware Hash,Device Serial Number\n{HASH},003008\n".encode(), id="other order"
        ),
        pytest.param(
            f"Device Serial Number,Make,Hardware Hash\n003008,Microsoft,{HASH}\n".encode(),
            id="a column more",
        ),
        pytest.param(f"{HEADER}\n\n ,,,,\n  003008 ,,{HASH},,\n\n".encode(), id="blank lines"),
        pytest.param(
            f"Device Serial Number,Windows Product ID,Hardware Hash\n003008,,{HASH}\n".encode(),
            id="without optional columns",
        ),
        pytest.param(f"{HEADER}\n003008,,{HASH}\n".encode(), id="a short line"),
        pytest.param(f"{HEADER}\n003008,,{HASH},,\n003008,,{HASH},,\n".encode(), id="twice"),
    ],
)
def test_every_dialect_says_the_same(body: bytes) -> None:
    """What tools and spreadsheets make of the same line."""
    assert read_hashes(body) == (HashRow("003008", hardware_hash=HASH),)


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    """Nobody mends a file of thousands of lines one mistake at a time."""
    lines = [HEADER, f",,{HASH},,", "003009,,,,", "003010,,no-base64!,,", "003011,,AAAA,,"]
    lines += [f"003012,,{HASH},a,", f"003012,,{OTHER},b,"]

    found = complaints("\n".join(lines).encode())

    assert found == [
        "line 2: Device Serial Number: it is missing",
        "line 3: Hardware Hash: it is missing",
        "line 4: Hardware Hash: it is no base64",
        "line 5: Hardware Hash: it is the base64 of 3 octets",
        "line 7: Device Serial Number: '003012' is on line 6 with other values",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "line 1"),
        (b"a,b\n1,2\n", "line 1"),
        (HEADER.encode(), "file"),
        (b"\xff\xff\xff", "file"),
        (f"{HEADER},Hash\n".encode(), "line 1"),
        (f'{HEADER}\n"003008,,'.encode() + b"A" * 200_000, "line 2"),
    ],
)
def test_what_is_no_such_file_is_refused_in_words(body: bytes, field: str) -> None:
    """A missing column, no headset, no text, two columns of a kind, one endless cell."""
    assert complaints(body)[0].startswith(field)


def test_ten_thousand_headsets_are_read_and_one_more_is_not() -> None:
    """The limit is told with the line at which it was passed."""
    lines = [f"S{n:06},,{HASH},," for n in range(MAX_ROWS)]

    assert len(read_hashes("\n".join([HEADER, *lines]).encode())) == MAX_ROWS
    assert complaints("\n".join([HEADER, *lines, f"MORE,,{HASH},,"]).encode()) == [
        f"line {MAX_ROWS + 2}: more than fits"
    ]


def test_complaints_are_counted_when_nobody_could_read_them_all() -> None:
    """Two hundred are told, the rest is a number."""
    body = "\n".join([HEADER, *(f"S{n},,,," for n in range(500))]).encode()

    found = complaints(body)

    assert len(found) == MAX_COMPLAINTS + 1
    assert found[-1] == "file: 300 more complaints"


@pytest.mark.parametrize("text", ["=1+1", "+49", "-x", "@SUM(A1)", "'=1", "''=1"])
def test_an_exported_cell_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    """A tag that a stranger's tool put in must not run in the administrator's spreadsheet."""
    body = write_hashes([HashRow("003008", "", HASH, text, "")])

    cell = list(csv.reader(io.StringIO(body.decode())))[1][3]
    assert not cell.startswith(("=", "+", "-", "@"))
    assert read_hashes(body)[0].group_tag == text


LINE = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="\ufeff"), max_size=20
)
ROWS = st.lists(
    st.builds(
        HashRow,
        st.from_regex(r"[0-9A-Z]{1,12}", fullmatch=True),
        LINE,
        st.sampled_from([HASH, OTHER]),
        LINE,
        LINE,
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row.key,
)


@settings(max_examples=50, deadline=None)
@given(rows=ROWS, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_is_written_is_read_again(rows: list[HashRow], encoding: str) -> None:
    """In whatever encoding a tool saved it meanwhile."""
    body = write_hashes(rows).decode().encode(encoding)

    assert read_hashes(body) == tuple(rows)


@settings(max_examples=60, deadline=None)
@given(
    body=st.binary(max_size=400) | st.text(max_size=300).map(lambda t: f"{HEADER}\n{t}".encode())
)
def test_any_bytes_are_read_or_refused_in_words(body: bytes) -> None:
    """A file is a stranger's: nothing but Invalid comes of it."""
    rows: tuple[HashRow, ...] = ()
    with suppress(Invalid):
        rows = read_hashes(body)

    assert all(each.serial and each.hardware_hash for each in rows)


# --- two sources --------------------------------------------------------------------------


def test_a_file_changes_what_it_says_and_leaves_the_rest() -> None:
    """An import without tags does not take the tags away."""
    known = HashRow("003008", "00331", HASH, "ward-3", "anna@example.org")

    after = imported(known, HashRow("003008", "", OTHER, "", "ben@example.org"))

    assert after == HashRow("003008", "00331", OTHER, "ward-3", "ben@example.org")


def test_a_headsets_own_hash_does_not_replace_the_registered_one() -> None:
    """Each reading gives another hash; the one from the file is what Autopilot knows."""
    known = HashRow("003008", "", HASH, "ward-3", "")
    told = HashRow("003008", "", OTHER)

    assert collected(known, told, was_imported=True) == known
    assert collected(known, told, was_imported=False).hardware_hash == OTHER
    assert collected(None, told, was_imported=False) == told
