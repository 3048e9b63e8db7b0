"""A stream of bytes, sealed in chunks as it is written, so that memory stays flat.

STREAM [Hoang, Reyhanitabar, Rogaway, Vizar 2015] over AES-256-GCM: a chunk's nonce is its number
and whether it is the last, so chunks that are changed, moved, dropped, or put behind are noticed,
and so is a file that ends early. docs/decisions/0027 says why it is so.
"""

import json
from collections.abc import Sequence
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Invalid
from lenskeep.files.archive.locks import KEY_BYTES, Head, Lock, Opener, opened_by

MAGIC: Final = b"LENSKEEP-BACKUP "
FORMAT: Final = 1
CHUNK: Final = 64 * 1024
"""Bytes sealed together: what is held in memory, and 0.02 % longer for the tags."""
_TAG: Final = 16
_COUNTER: Final = 11
_MAX_HEAD: Final = 64 * 1024
_MAX_LOCKS: Final = 16


def _payload_key(key: bytes, head: bytes) -> AESGCM:
    """Bind the key to the head: with another head, nothing opens."""
    digest = Hash(SHA256())
    digest.update(head)
    return AESGCM(
        HKDF(SHA256(), KEY_BYTES, salt=digest.finalize(), info=b"lenskeep backup").derive(key)
    )


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER, "big") + (b"\x01" if is_last else b"\x00")


class SealedWriter:
    """Writes sealed chunks behind a head."""

    def __init__(self, out: BinaryIO, locks: Sequence[Lock], randomness: Randomness) -> None:
        key = randomness.octets(KEY_BYTES)
        heads = [dict(lock.close(key, randomness)) for lock in locks]
        plain = json.dumps({"locks": heads}, separators=(",", ":")).encode("ascii")
        head = b"%s%d\n%s\n" % (MAGIC, FORMAT, plain)
        self._out, self._cipher = out, _payload_key(key, head)
        self._number, self._waiting = 0, bytearray()
        out.write(head)

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._waiting += data
        while len(self._waiting) > CHUNK:  # one is kept back: it may be the last
            self._put(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        """Write the last chunk; without it the archive counts as cut off."""
        self._put(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), chunk, None))
        self._number += 1


class SealedReader:
    """Reads what `SealedWriter` wrote. Raises Invalid, saying where, for any other bytes."""

    def __init__(self, source: BinaryIO, opener: Opener) -> None:
        self._source = source
        head, heads = _read_head(source)
        self._cipher = _payload_key(opened_by(opener, heads), head)
        self._at = len(head)
        self._number = 0
        self._ahead = source.read(CHUNK + _TAG)
        self._open = bytearray()
        self._ended = False

    @property
    def position(self) -> int:
        """How many bytes of the file were read."""
        return self._at

    def read(self, size: int) -> bytes:
        """Return this many bytes; fewer at the end of all."""
        while len(self._open) < size and not self._ended:
            self._open += self._next()
        data = bytes(self._open[:size])
        del self._open[:size]
        return data

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._source.read(CHUNK + _TAG)
        self._ended = not self._ahead
        plain = self._opened(sealed, is_last=self._ended)
        if plain is None:
            if self._ended and self._opened(sealed, is_last=False) is not None:
                raise _damaged(self._at + len(sealed), "it ends too early: a part is missing")
            if not self._ended and self._opened(sealed, is_last=True) is not None:
                raise _damaged(self._at + len(sealed), "something was put behind its end")
            raise _damaged(self._at, "it is damaged")
        self._at += len(sealed)
        self._number += 1
        return plain

    def _opened(self, sealed: bytes, *, is_last: bool) -> bytes | None:
        try:
            return self._cipher.decrypt(_nonce(self._number, is_last=is_last), sealed, None)
        except (InvalidTag, ValueError):
            return None


def _damaged(at: int, what: str) -> Invalid:
    return Invalid.field("archive", f"{what} (at byte {at})")


def _read_head(source: BinaryIO) -> tuple[bytes, list[Head]]:
    first = source.readline(64)
    if not first.startswith(MAGIC) or not first.endswith(b"\n"):
        raise Invalid.field("archive", "it is no backup of Lenskeep")
    form = first.removeprefix(MAGIC).strip()
    if form != b"%d" % FORMAT:
        shown = form.decode("ascii", "replace") if form.isdigit() else "?"
        raise Invalid.field(
            "archive", f"its format is {shown}, this version reads {FORMAT}: use a newer Lenskeep"
        )
    second = source.readline(_MAX_HEAD)
    try:
        plain: dict[str, Any] = json.loads(second)
        heads: list[Head] = list(plain["locks"])
        sound = second.endswith(b"\n") and all(isinstance(each, dict) for each in heads)
    except (ValueError, KeyError, TypeError, RecursionError):
        sound, heads = False, []
    if not sound or len(heads) > _MAX_LOCKS:
        raise Invalid.field("archive", "its head is damaged")
    return first + second, heads
