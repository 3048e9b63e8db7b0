"""Where sealed texts are kept, and how they are found in what is stored."""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lenskeep.base.errors import Unavailable
from lenskeep.certificates.keyring import Keyring
from lenskeep.files.folder import SERVER_KEY, DataFolder
from lenskeep.store.copying import Moment, shapes

SEALED_COLUMNS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("enrollment", "auth_secret"): ("enrollment.secret",),
    ("enrollment", "server_secret"): ("enrollment.secret",),
    ("provisioning", "body"): ("enrollment.document",),
    ("renewal", "body"): ("enrollment.document",),
    ("item", "sealed"): ("sign-in provider.client secret", "package.secrets", "license"),
    ("revision", "sealed"): ("profile.revision",),
    ("wanted_tree", "sealed"): ("wanted.tree",),
    ("known", "body"): ("known.value",),
    ("conversation", "session"): ("session.pieces",),
    ("reply", "body"): ("reply",),
}
"""Column -> the purposes for which what is in it may have been sealed."""

_SEALED: Final = re.compile(r"lk1:([0-9a-f]{12}):[A-Za-z0-9_-]+={0,2}")
_ZLIB: Final = b"\x78"
_LEVEL: Final = 6
_UTF_8: Final = ("utf-8", "surrogatepass")
Value = str | bytes


def seals_in(value: object) -> Iterator[str]:
    """Yield the names of the keys that sealed something in a stored value."""
    text = _text_of(value) if isinstance(value, str | bytes) else ""
    for found in _SEALED.finditer(text):
        yield found[1]


def resealed(keyring: Keyring, purposes: tuple[str, ...], value: Value) -> Value:
    """Return the value with everything in it sealed by the current key; the very same where it
    is, or where its key is gone for good.
    """
    text = _text_of(value)
    after = _SEALED.sub(lambda found: _one(keyring, purposes, found), text)
    if after == text:
        return value
    if isinstance(value, str):
        return after
    plain = after.encode(*_UTF_8)
    return zlib.compress(plain, _LEVEL) if value.startswith(_ZLIB) else plain


def _one(keyring: Keyring, purposes: tuple[str, ...], found: re.Match[str]) -> str:
    if found[1] == keyring.current_id or found[1] not in keyring.ids:
        return found[0]
    for purpose in purposes[:-1]:
        try:
            return keyring.reseal(purpose, found[0])
        except Unavailable:  # sealed for another of the purposes
            continue
    return keyring.reseal(purposes[-1], found[0])


def _text_of(value: Value) -> str:
    """Return the text that a stored value is; nothing for bytes that are none."""
    if isinstance(value, str):
        return value
    try:
        plain = zlib.decompress(value) if value.startswith(_ZLIB) else value
        return plain.decode(*_UTF_8)
    except (zlib.error, UnicodeDecodeError):
        return ""


# --- everywhere ---------------------------------------------------------------------------

Found = Counter[tuple[str, str]]
"""(key name, where) -> how many."""


async def find_seals(moment: Moment, tell: Callable[[str, int, int], None]) -> Found:
    """Return what is sealed with which key, in every column of every table."""
    found: Found = Counter()
    for shape in shapes():
        seen, rows = 0, await moment.count(shape)
        async for batch in moment.rows(shape):
            for row in batch:
                for name, value in zip(shape.columns, row, strict=True):
                    found.update((key, f"{shape.name}.{name}") for key in seals_in(value))
            seen += len(batch)
            tell(f"looking through {shape.name}", seen, rows)
    return found


def find_sealed_files(folder: DataFolder) -> Found:
    """Return which files are sealed with which key."""
    return Counter(
        (key, name) for name in _sealed_files(folder) for key in seals_in(folder.read(name))
    )


def reseal_files(folder: DataFolder, keyring: Keyring) -> int:
    """Seal the private keys in the folder anew; return how many were changed."""
    changed = 0
    with folder.alone():
        for name in _sealed_files(folder):
            stem = name.rpartition("/")[2].removesuffix(".key")
            purpose = "tls.server" if name == SERVER_KEY else f"ca.{stem}"
            before = folder.read(name)
            after = resealed(keyring, (purpose,), before)
            if after != before and isinstance(after, bytes):
                folder.write(name, after)
                changed += 1
    return changed


def _sealed_files(folder: DataFolder) -> tuple[str, ...]:
    return tuple(name for place in ("ca", "tls") for name in folder.below(place) if _is_key(name))


def _is_key(name: str) -> bool:
    return name.endswith(".key")
