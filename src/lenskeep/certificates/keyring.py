"""Master keys, and what is done with them: sealing secrets at rest and keyed digests.

A master key text holds one key a line (base64 of 32 bytes; empty lines and `#` comments are
skipped). The first key is current and seals; all of them open. To rotate, put a new key on top and
keep the old lines: nothing goes through what is stored yet to `reseal` it.

Digests carry no key name, since they are looked up by value, so they are made with the *last*
key of the text and stay the same while keys are put on top. Dropping the last line ends what is
kept as digests: unused codes, REST tokens, console sign-ins. No secret is ever in an error here.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Invalid, Unavailable

KEY_BYTES: Final = 32
"""AES-256 and HMAC-SHA256 both take 256 bits."""

_SCHEME: Final = "lk1"
_NONCE_BYTES: Final = 12
"""[NIST SP 800-38D] 5.2.1.1: 96 bits; drawn at random, good for 2^32 seals of one key."""
_TAG_BYTES: Final = 16
_ID_BYTES: Final = 6
"""48 bits name a key: enough to tell a handful apart, nothing to learn the key from."""


def new_master_key(randomness: Randomness) -> str:
    """Return a fresh master key text of one line."""
    return base64.b64encode(randomness.octets(KEY_BYTES)).decode("ascii")


@dataclass(frozen=True, slots=True)
class _Key:
    """What is derived from one master key; the master key itself is not kept."""

    id: str
    sealing: bytes = field(repr=False)
    digesting: bytes = field(repr=False)


class Keyring:
    """Named keys: the current one first, then older ones that still open what they sealed."""

    __slots__ = ("_by_id", "_current", "_digesting")

    def __init__(self, masters: Sequence[bytes]) -> None:
        if not masters:
            raise Invalid.field("master key", "there is none", "one base64 line of 32 bytes")
        keys = [_derive(master) for master in masters]
        self._current = keys[0]
        self._digesting = keys[-1].digesting
        self._by_id = {key.id: key for key in keys}

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the keyring of a master key text. Raises Invalid, naming the line."""
        numbered = enumerate(text.splitlines(), start=1)
        lines = ((number, line.partition("#")[0].strip()) for number, line in numbered)
        return cls([_master(number, line) for number, line in lines if line])

    @property
    def current_id(self) -> str:
        """The name of the key that seals."""
        return self._current.id

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of all keys, the current one first."""
        return tuple(self._by_id)

    def seal(self, purpose: str, plain: bytes) -> str:
        """Return `lk1:<key id>:<base64url of nonce, ciphertext and tag>`, opened by the same
        purpose only.
        """
        # The nonce is the cipher's own affair, not a decision: a caller cannot get it wrong.
        nonce = secrets.token_bytes(_NONCE_BYTES)
        key = self._current
        box = nonce + AESGCM(key.sealing).encrypt(nonce, plain, _bound(key.id, purpose))
        return f"{_SCHEME}:{key.id}:{base64.urlsafe_b64encode(box).decode('ascii')}"

    def open(self, purpose: str, sealed: str) -> bytes:
        """Return what was sealed for this purpose.

        Raises Unavailable when its key is not among ours or the text was changed: either way
        the house lacks something that it depends on, and no caller is at fault.
        """
        key_id, box = _parts(purpose, sealed)
        key = self._by_id.get(key_id)
        if key is None:
            raise Unavailable(f"{purpose}: sealed with master key {key_id}, which is not given")
        try:
            return AESGCM(key.sealing).decrypt(
                box[:_NONCE_BYTES], box[_NONCE_BYTES:], _bound(key_id, purpose)
            )
        except InvalidTag:
            raise Unavailable(f"{purpose}: the sealed text was changed or is another's") from None

    def reseal(self, purpose: str, sealed: str) -> str:
        """Return the same secret under the current key; the very text where it is already."""
        if sealed.startswith(f"{_SCHEME}:{self._current.id}:"):
            return sealed
        return self.seal(purpose, self.open(purpose, sealed))

    def digest(self, purpose: str, data: bytes) -> bytes:
        """Return a keyed HMAC-SHA256 that says nothing without the key; see the module on
        rotation.
        """
        label = purpose.encode("utf-8")
        return hmac.digest(self._digesting, len(label).to_bytes(2, "big") + label + data, "sha256")

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.ids)})"


def _master(number: int, line: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise Invalid.field("master key", f"line {number} is no key", "base64 of 32 bytes")
    return key


def _derive(master: bytes) -> _Key:
    if len(master) != KEY_BYTES:
        raise Invalid.field("master key", f"{len(master)} bytes", f"{KEY_BYTES} bytes")
    return _Key(
        id=_expand(master, "key id", _ID_BYTES).hex(),
        sealing=_expand(master, "seal", KEY_BYTES),
        digesting=_expand(master, "digest", KEY_BYTES),
    )


def _expand(master: bytes, use: str, length: int) -> bytes:
    """[RFC 5869]: one derived key a use, so that none can stand in for another."""
    info = f"lenskeep {_SCHEME} {use}".encode()
    return HKDF(SHA256(), length, salt=None, info=info).derive(master)


def _bound(key_id: str, purpose: str) -> bytes:
    """What the ciphertext is bound to besides its key."""
    return f"{_SCHEME}:{key_id}:{purpose}".encode()


def _parts(purpose: str, sealed: str) -> tuple[str, bytes]:
    scheme, _, rest = sealed.partition(":")
    key_id, _, body = rest.partition(":")
    try:
        box = base64.b64decode(body, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        box = b""
    named = len(key_id) == 2 * _ID_BYTES and key_id.isascii() and key_id.isalnum()
    exact = base64.urlsafe_b64encode(box).decode("ascii") == body  # no spare bits to play with
    if scheme != _SCHEME or not named or not exact or len(box) < _NONCE_BYTES + _TAG_BYTES:
        raise Unavailable(f"{purpose}: not a sealed text")
    return key_id, box
