"""The master key as text, and the steps by which it is exchanged.

One key a line (base64 of 32 bytes); empty lines and `#` comments are skipped. The first key seals;
all of them open. `next:KEY` opens as well, and will seal: it is announced before it is used, so
that no process meets what it cannot open. `digest:KEY` is what makes keyed digests; without such a
line it is derived from the last key. It outlives the keys: a digest is looked up by its value, and
cannot be made again under another key.

A rotation: `announced` (a new key is known to all), `switched` (it seals, and everything is sealed
anew), `dropped` (the old keys are gone).
"""

import base64
import binascii
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, Self

from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Conflict, Invalid
from lenskeep.certificates.keyring.deriving import KEY_BYTES, digesting_key

_NEXT: Final = "next:"
_DIGEST: Final = "digest:"
_HEAD: Final = (
    "# Lenskeep's master key: whoever has it opens everything. Changed by `lenskeep keys`.\n"
)


class Stage(Enum):
    """How far a rotation is."""

    AT_REST = "at rest"
    ANNOUNCED = "announced"
    SWITCHED = "switched"


@dataclass(frozen=True, slots=True)
class KeyLines:
    """What a master key text holds."""

    keys: tuple[bytes, ...] = field(repr=False)
    """The one that seals first."""
    coming: bytes | None = field(default=None, repr=False)
    """Known to all, and not used yet."""
    digesting: bytes | None = field(default=None, repr=False)
    """What makes digests, where that is a line of its own."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what a text holds. Raises Invalid, naming the line and nothing in it."""
        found: dict[str, list[bytes]] = {"": [], _NEXT: [], _DIGEST: []}
        for number, line in enumerate(text.splitlines(), start=1):
            plain = line.partition("#")[0].strip()
            if plain:
                kind = next((each for each in (_NEXT, _DIGEST) if plain.startswith(each)), "")
                found[kind].append(_key(number, plain.removeprefix(kind)))
        if not found[""]:
            raise Invalid.field("master key", "there is none", "one base64 line of 32 bytes")
        for kind in (_NEXT, _DIGEST):
            if len(found[kind]) > 1:
                raise Invalid.field("master key", f"there is more than one line {kind}")
        coming, digesting = (next(iter(found[kind]), None) for kind in (_NEXT, _DIGEST))
        return cls(tuple(dict.fromkeys(found[""])), coming, digesting)

    def dump(self) -> str:
        """Return the text."""
        lines = [*map(_text, self.keys)]
        lines += [_NEXT + _text(self.coming)] if self.coming else []
        lines += [_DIGEST + _text(self.digesting)] if self.digesting else []
        return _HEAD + "".join(f"{line}\n" for line in lines)

    @property
    def stage(self) -> Stage:
        """How far a rotation is."""
        if self.coming is not None:
            return Stage.ANNOUNCED
        return Stage.SWITCHED if len(self.keys) > 1 else Stage.AT_REST

    @property
    def digest_key(self) -> bytes:
        """What makes digests."""
        return self.digesting or digesting_key(self.keys[-1])

    # --- the steps ------------------------------------------------------------------------

    def announce(self, key: bytes) -> Self:
        """Add a key that will seal. Raises Conflict while a rotation is under way."""
        if self.stage is not Stage.AT_REST:
            raise Conflict("a rotation is under way: `lenskeep keys rotate` goes on with it")
        return replace(self, coming=key, digesting=self.digest_key)

    def switch(self) -> Self:
        """Let the announced key seal. Raises Conflict where none is."""
        if self.coming is None:
            raise Conflict("no key is announced")
        return replace(self, keys=(self.coming, *self.keys), coming=None)

    def drop(self) -> Self:
        """Keep the key that seals alone, and what makes digests. Raises Conflict too early."""
        if self.stage is not Stage.SWITCHED:
            raise Conflict("there is no old key to drop")
        return replace(self, keys=self.keys[:1], digesting=self.digest_key)


def new_master_key(randomness: Randomness) -> str:
    """Return a fresh master key text of one line."""
    return _text(randomness.octets(KEY_BYTES))


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _key(number: int, line: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise Invalid.field("master key", f"line {number} is no key", "base64 of 32 bytes")
    return key
