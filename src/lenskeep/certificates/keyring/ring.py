"""Seals secrets at rest and makes keyed digests, under the keys of a master key text.

The keys may be exchanged while the server runs: `refresh` reads the text again, and so does `open`
where it meets a key it does not have. No secret is ever in an error here.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lenskeep.base.errors import Invalid, LenskeepError, Unavailable
from lenskeep.certificates.keyring.deriving import (
    ID_BYTES,
    KEY_BYTES,
    SCHEME,
    key_name,
    sealing_key,
)
from lenskeep.certificates.keyring.lines import KeyLines

_NONCE_BYTES: Final = 12
"""[NIST SP 800-38D] 5.2.1.1: 96 bits; drawn at random, good for 2^32 seals of one key."""
_TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class _Keys:
    """All keys at one moment; exchanged as a whole."""

    text: str = field(repr=False)
    current: str
    """The name of the one that seals."""
    sealing: Mapping[str, bytes] = field(repr=False)
    """By name, in order."""
    digesting: bytes = field(repr=False)


class Keyring:
    """Named keys: the current one seals, all of them open what they sealed."""

    __slots__ = ("_keys", "_source")

    def __init__(self, masters: Sequence[bytes], source: Callable[[], str] | None = None) -> None:
        for master in masters:
            if len(master) != KEY_BYTES:
                raise Invalid.field("master key", f"{len(master)} bytes", f"{KEY_BYTES} bytes")
        if not masters:
            raise Invalid.field("master key", "there is none", "one base64 line of 32 bytes")
        self._keys = _keys_of(KeyLines(tuple(masters)), "")
        self._source = source

    @classmethod
    def from_text(cls, text: str, source: Callable[[], str] | None = None) -> Self:
        """Return the keyring of a master key text; `source` reads that text again.

        Raises Invalid, naming the line.
        """
        lines = KeyLines.read(text)
        ring = cls(lines.keys, source)
        ring._keys = _keys_of(lines, text)
        return ring

    def refresh(self) -> bool:
        """Read the master key text again; return whether it changed. What cannot be read, or is
        none, changes nothing: the keys at hand are good.
        """
        with suppress(LenskeepError):
            text = self._source() if self._source is not None else self._keys.text
            if text != self._keys.text:
                self._keys = _keys_of(KeyLines.read(text), text)
                return True
        return False

    @property
    def current_id(self) -> str:
        """The name of the key that seals."""
        return self._keys.current

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of all keys, the current one first."""
        return tuple(self._keys.sealing)

    def seal(self, purpose: str, plain: bytes) -> str:
        """Return `lk1:<key id>:<base64url of nonce, ciphertext and tag>`, opened by the same
        purpose only.
        """
        # The nonce is the cipher's own affair, not a decision: a caller cannot get it wrong.
        nonce, keys = secrets.token_bytes(_NONCE_BYTES), self._keys
        cipher, name = AESGCM(keys.sealing[keys.current]), keys.current
        box = nonce + cipher.encrypt(nonce, plain, _bound(name, purpose))
        return f"{SCHEME}:{name}:{base64.urlsafe_b64encode(box).decode('ascii')}"

    def open(self, purpose: str, sealed: str) -> bytes:
        """Return what was sealed for this purpose.

        Raises Unavailable when its key is not among ours or the text was changed: either way
        the house lacks something that it depends on, and no caller is at fault.
        """
        key_id, box = _parts(purpose, sealed)
        key = self._keys.sealing.get(key_id)
        if key is None and self.refresh():  # another process seals with it already
            key = self._keys.sealing.get(key_id)
        if key is None:
            raise Unavailable(f"{purpose}: sealed with master key {key_id}, which is not given")
        try:
            return AESGCM(key).decrypt(
                box[:_NONCE_BYTES], box[_NONCE_BYTES:], _bound(key_id, purpose)
            )
        except InvalidTag:
            raise Unavailable(f"{purpose}: the sealed text was changed or is another's") from None

    def reseal(self, purpose: str, sealed: str) -> str:
        """Return the same secret under the current key; the very text where it is already."""
        if sealed.startswith(sealed_with(self.current_id)):
            return sealed
        return self.seal(purpose, self.open(purpose, sealed))

    def digest(self, purpose: str, data: bytes) -> bytes:
        """Return a keyed HMAC-SHA256 that says nothing without the key."""
        label = purpose.encode("utf-8")
        message = len(label).to_bytes(2, "big") + label + data
        return hmac.digest(self._keys.digesting, message, "sha256")

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.ids)})"


def sealed_with(key_id: str) -> str:
    """Return how every text begins that this key sealed."""
    return f"{SCHEME}:{key_id}:"


def _keys_of(lines: KeyLines, text: str) -> _Keys:
    masters = [*lines.keys, *([lines.coming] if lines.coming else [])]
    sealing = {key_name(each): sealing_key(each) for each in masters}
    return _Keys(text, key_name(lines.keys[0]), sealing, lines.digest_key)


def _bound(key_id: str, purpose: str) -> bytes:
    """What the ciphertext is bound to besides its key."""
    return f"{SCHEME}:{key_id}:{purpose}".encode()


def _parts(purpose: str, sealed: str) -> tuple[str, bytes]:
    scheme, _, rest = sealed.partition(":")
    key_id, _, body = rest.partition(":")
    try:
        box = base64.b64decode(body, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        box = b""
    named = len(key_id) == 2 * ID_BYTES and key_id.isascii() and key_id.isalnum()
    exact = base64.urlsafe_b64encode(box).decode("ascii") == body  # no spare bits to play with
    if scheme != SCHEME or not named or not exact or len(box) < _NONCE_BYTES + _TAG_BYTES:
        raise Unavailable(f"{purpose}: not a sealed text")
    return key_id, box
