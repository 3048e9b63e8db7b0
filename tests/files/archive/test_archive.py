"""An archive gives back what was put in, to whoever may open it, and shows any tampering."""

import io
import os
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Invalid
from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemRandomness
from lenskeep.files.archive import (
    ArchiveReader,
    ArchiveWriter,
    End,
    Entry,
    Lock,
    Manifest,
    Opener,
    PassphraseLock,
    PassphraseOpener,
    StoredFile,
    TableEnd,
    TableRows,
    TableStart,
    new_backup_key,
    public_half,
    read_opener,
    read_public_key,
)
from lenskeep.files.archive.sealing import CHUNK, MAGIC, SealedReader, SealedWriter

DICE = SystemRandomness()
PRIVATE, PUBLIC = new_backup_key(DICE)
BY_KEY, OPENER = read_public_key(PUBLIC), read_opener(PRIVATE)
WORDS = Secret("six random words are a fine one")
BY_WORDS = PassphraseLock(WORDS, cost=4)

ENTRIES: Sequence[Entry] = (
    Manifest("2026-11-23T00:00:00Z", "1.0", "0004", "sqlite", "a:443", ("k1", "k2"), True),
    StoredFile("ca/root.pem", 0o644, b"first line\nsecond\x00\xff"),
    TableStart("device", ("id", "b"), ("b",), ("id",), None, False, 2),
    TableRows((b'["a","AA=="]\n', b'["\\u2028\\n",null]\n')),
    TableEnd(2, "00" * 32),
    End(1, 1, 2),
)


def sealed(data: bytes, locks: Sequence[Lock] = (BY_KEY,)) -> bytes:
    """Return the bytes as an archive holds them."""
    out = io.BytesIO()
    writer = SealedWriter(out, locks, DICE)
    writer.write(data)
    writer.close()
    return out.getvalue()


def opened(archive: bytes, opener: Opener = OPENER) -> bytes:
    """Return what is in it."""
    return SealedReader(io.BytesIO(archive), opener).read(1 << 30)


def head_of(archive: bytes) -> int:
    """Return where the chunks begin."""
    return archive.index(b"\n", archive.index(b"\n") + 1) + 1


def test_entries_come_back_as_they_were_put() -> None:
    """In their order, bytes and all."""
    out = io.BytesIO()
    writer = ArchiveWriter(out, (BY_KEY,), DICE)
    for entry in ENTRIES:
        writer.put(entry)
    writer.close()
    out.seek(0)

    assert list(ENTRIES) == list(ArchiveReader(out, OPENER))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_any_length_comes_back(size: int) -> None:
    """At the edges of chunks too."""
    data = os.urandom(size)

    assert data == opened(sealed(data))


def test_each_lock_opens_it() -> None:
    """A passphrase for the safe, a key for the night: the same archive."""
    archive = sealed(b"content", (BY_WORDS, BY_KEY))

    assert b"content" == opened(archive, PassphraseOpener(WORDS)) == opened(archive, OPENER)
    assert b"content" not in archive


def test_a_wrong_passphrase_is_told_apart_from_damage() -> None:
    """The words say what is wrong."""
    archive = sealed(b"content", (BY_WORDS,))

    with pytest.raises(Invalid, match=r"^passphrase: it does not open"):
        opened(archive, PassphraseOpener(Secret("six other words that are wrong")))


def test_another_key_does_not_open_it() -> None:
    """Nor does a key open what is locked by a passphrase alone."""
    other = read_opener(new_backup_key(DICE)[0])
    for archive, opener in ((sealed(b"content"), other), (sealed(b"content", (BY_WORDS,)), OPENER)):
        with pytest.raises(Invalid, match=r"^backup key: it does not open"):
            opened(archive, opener)


def test_a_passphrase_may_be_typed_in_either_form() -> None:
    """Composed or not: keyboards differ in how they write an umlaut."""
    archive = sealed(b"content", (PassphraseLock(Secret("Schl\u00fcsselbund 12"), cost=4),))

    assert b"content" == opened(archive, PassphraseOpener(Secret("Schlu\u0308sselbund 12")))


def test_a_short_passphrase_is_refused() -> None:
    """Whoever has the archive may guess for years."""
    with pytest.raises(Invalid, match="too short"):
        PassphraseLock(Secret("password"))


@pytest.mark.parametrize("cut", [1, 16, CHUNK, CHUNK + 16])
def test_a_file_that_ends_early_is_refused(cut: int) -> None:
    """Also where it is cut between two chunks."""
    with pytest.raises(Invalid, match=r"at byte \d+"):
        opened(sealed(os.urandom(2 * CHUNK + 5))[:-cut])


def test_a_file_cut_between_chunks_says_that_a_part_is_missing() -> None:
    """A copy that was broken off is told apart from damage."""
    archive = sealed(bytes(3 * CHUNK))

    with pytest.raises(Invalid, match="ends too early"):
        opened(archive[: head_of(archive) + CHUNK + 16])


def test_what_is_put_behind_is_noticed() -> None:
    """So is what is put between, or the order of chunks."""
    archive = sealed(bytes(3 * CHUNK))
    begin, size = head_of(archive), CHUNK + 16
    first, second = archive[begin : begin + size], archive[begin + size : begin + 2 * size]

    with pytest.raises(Invalid):
        opened(archive + b"x")
    with pytest.raises(Invalid, match=f"damaged \\(at byte {begin}\\)"):
        opened(archive[:begin] + second + first + archive[begin + 2 * size :])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    """In the head as well as in what is sealed."""
    archive = bytearray(sealed(b"some content" * 20))
    at = data.draw(st.integers(0, len(archive) - 1))
    archive[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Invalid):
        opened(bytes(archive))


def test_a_newer_format_is_refused_in_plain_words() -> None:
    """And what is no backup is said to be none."""
    with pytest.raises(Invalid, match="newer Lenskeep"):
        opened(MAGIC + b'2\n{"locks":[]}\n')
    with pytest.raises(Invalid, match="no backup"):
        opened(b"SQLite format 3\x00")
    with pytest.raises(Invalid, match="no backup"):
        opened(b"")


def test_a_cost_that_would_stop_the_machine_is_damage() -> None:
    """A stranger's head does not choose how much memory is used."""
    archive = sealed(b"", (BY_WORDS,)).replace(b'"cost":4', b'"cost":40')

    with pytest.raises(Invalid, match="head is damaged"):
        opened(archive, PassphraseOpener(WORDS))


@pytest.mark.parametrize(
    "text",
    ["", "lenskeep-backup-public-key-1:AAAA", PRIVATE.reveal(), "x\ny"],
    ids=["nothing", "short", "private", "two lines"],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    """A private key in its place above all; and it is not repeated in the complaint."""
    with pytest.raises(Invalid, match="no public key") as caught:
        read_public_key(text)
    assert "lenskeep-backup-private" not in str(caught.value)


def test_the_public_half_belongs_to_the_private_key() -> None:
    """With comments around it, as files have them."""
    assert PUBLIC == public_half(Secret(f"# keep it apart\n{PRIVATE.reveal()}\n"))


def test_nobody_to_open_it_is_refused() -> None:
    """An archive without a lock would be lost."""
    with pytest.raises(Invalid, match="nobody"):
        ArchiveWriter(io.BytesIO(), (), DICE)


def test_repr_shows_no_secret() -> None:
    """Neither keys nor contents."""
    for each in (OPENER, BY_WORDS, *ENTRIES):
        assert WORDS.reveal() not in repr(each)
        assert "second" not in repr(each)
        assert "AA==" not in repr(each)


@pytest.mark.parametrize("body", [b"[]", b"[" * 60_000, b'{"files": 1}'])
def test_a_record_of_another_shape_is_refused(body: bytes) -> None:
    """It opens with the public half of a key, which is no secret: anybody may have made it."""
    archive = sealed(b"E" + len(body).to_bytes(4, "big") + body)

    with pytest.raises(Invalid, match="a record in it cannot be read"):
        list(ArchiveReader(io.BytesIO(archive), OPENER))


def test_a_file_with_a_mode_beyond_numbers_is_refused() -> None:
    body = zlib.compress(b'["ca/root.pem", Infinity]\n')
    archive = sealed(b"F" + len(body).to_bytes(4, "big") + body)

    with pytest.raises(Invalid, match="a record in it cannot be read"):
        list(ArchiveReader(io.BytesIO(archive), OPENER))


def test_a_head_that_is_nested_without_end_is_damage() -> None:
    with pytest.raises(Invalid, match="its head is damaged"):
        SealedReader(io.BytesIO(MAGIC + b"1\n" + b"[" * 60_000 + b"\n"), OPENER)
