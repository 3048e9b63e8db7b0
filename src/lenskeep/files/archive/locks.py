"""Who may open an archive: whoever knows its passphrase, or holds the private backup key.

The archive's own key is drawn anew for each archive and lies in its head once for every lock. A
server that makes backups every night holds the public half of a backup key: no secret at all.
"""

import base64
import binascii
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Invalid
from lenskeep.base.secret import Secret

KEY_BYTES: Final = 32
MIN_PASSPHRASE: Final = 12
"""Characters: whoever has the archive may guess as long and as fast as he likes."""
_SALT_BYTES: Final = 16
_COST: Final = 17
"""[RFC 7914] 2: N = 2^17, r = 8: 128 MiB and about half a second a guess."""
_MAX_COST: Final = 20
_BLOCK: Final = 8
_ONCE: Final = bytes(12)
"""A nonce of zeros: every wrapping key is used for one text alone."""
_PRIVATE: Final = "lenskeep-backup-private-key-1:"
_PUBLIC: Final = "lenskeep-backup-public-key-1:"
_PASSPHRASE_KIND: Final = "passphrase"  # noqa: S105 - what kind of lock it is
_KEY_KIND: Final = "x25519"

Head = Mapping[str, Any]
"""One lock as it stands in the archive's head: JSON."""


class Lock(Protocol):
    """A way by which an archive can be opened later."""

    def close(self, key: bytes, randomness: Randomness) -> Head:
        """Return the head that holds this key."""
        ...


class Opener(Protocol):
    """What opens an archive."""

    def open(self, head: Head) -> bytes | None:
        """Return the key in this head; None where it is a lock of another kind or another's."""
        ...

    @property
    def complaint(self) -> tuple[str, str]:
        """What to say when no lock of an archive was opened: of which input, and what."""
        ...


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(head: Head, name: str) -> bytes:
    try:
        return base64.b64decode(str(head[name]), validate=True)
    except (KeyError, binascii.Error, ValueError):
        raise Invalid.field("archive", "its head is damaged") from None


# --- by passphrase ------------------------------------------------------------------------


def _normal(passphrase: Secret) -> bytes:
    return unicodedata.normalize("NFC", passphrase.reveal()).encode("utf-8", "replace")


def _stretched(passphrase: Secret, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt, KEY_BYTES, n=1 << cost, r=_BLOCK, p=1).derive(_normal(passphrase))


@dataclass(frozen=True, slots=True)
class PassphraseLock:
    """Opened by who knows the passphrase."""

    passphrase: Secret
    cost: int = _COST
    """The power of two that scrypt calls N."""

    def __post_init__(self) -> None:
        """Refuse one that is guessed in an afternoon."""
        if len(self.passphrase.reveal()) < MIN_PASSPHRASE:
            allowed = f"at least {MIN_PASSPHRASE} characters, better six random words"
            raise Invalid.field("passphrase", "it is too short", allowed)

    def close(self, key: bytes, randomness: Randomness) -> Head:
        """Return the head that holds this key."""
        salt = randomness.octets(_SALT_BYTES)
        wrapped = AESGCM(_stretched(self.passphrase, salt, self.cost)).encrypt(_ONCE, key, None)
        return {
            "kind": _PASSPHRASE_KIND,
            "salt": _b64(salt),
            "cost": self.cost,
            "key": _b64(wrapped),
        }


@dataclass(frozen=True, slots=True)
class PassphraseOpener:
    """Opens by a passphrase."""

    passphrase: Secret
    complaint: tuple[str, str] = (
        "passphrase",
        "it does not open the archive: it is another one, or a backup key opens it",
    )

    def open(self, head: Head) -> bytes | None:
        """Return the key in this head."""
        if head.get("kind") != _PASSPHRASE_KIND:
            return None
        cost = head.get("cost")
        if not isinstance(cost, int) or not 1 <= cost <= _MAX_COST:
            raise Invalid.field("archive", "its head is damaged")
        wrapping = AESGCM(_stretched(self.passphrase, _raw(head, "salt"), cost))
        return _unwrapped(wrapping, _raw(head, "key"))


def _unwrapped(wrapping: AESGCM, wrapped: bytes) -> bytes | None:
    try:
        return wrapping.decrypt(_ONCE, wrapped, None)
    except (InvalidTag, ValueError):
        return None


# --- by key -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublicKeyLock:
    """Opened by who holds the private half."""

    public: bytes

    def close(self, key: bytes, randomness: Randomness) -> Head:
        """Return the head that holds this key."""
        passing = X25519PrivateKey.from_private_bytes(randomness.octets(KEY_BYTES))
        shown = passing.public_key().public_bytes_raw()
        shared = passing.exchange(X25519PublicKey.from_public_bytes(self.public))
        wrapped = _between(shared, shown, self.public).encrypt(_ONCE, key, None)
        return {
            "kind": _KEY_KIND,
            "for": _b64(self.public),
            "shown": _b64(shown),
            "key": _b64(wrapped),
        }


@dataclass(frozen=True, slots=True)
class PrivateKeyOpener:
    """Opens by a private backup key."""

    private: bytes = field(repr=False)
    complaint: tuple[str, str] = (
        "backup key",
        "it does not open the archive, which was made for another one or for a passphrase",
    )

    def open(self, head: Head) -> bytes | None:
        """Return the key in this head."""
        own = X25519PrivateKey.from_private_bytes(self.private)
        public = own.public_key().public_bytes_raw()
        if head.get("kind") != _KEY_KIND or _raw(head, "for") != public:
            return None
        shown = _raw(head, "shown")
        try:
            shared = own.exchange(X25519PublicKey.from_public_bytes(shown))
        except ValueError:  # no point, or one of small order
            return None
        return _unwrapped(_between(shared, shown, public), _raw(head, "key"))


def _between(shared: bytes, shown: bytes, public: bytes) -> AESGCM:
    """[RFC 7748] 6.1: the shared secret goes through a derivation, bound to both public keys."""
    info = b"lenskeep backup key"
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=shown + public, info=info).derive(shared))


def new_backup_key(randomness: Randomness) -> tuple[Secret, str]:
    """Return the texts of a new private key and of its public half."""
    private = randomness.octets(KEY_BYTES)
    secret = Secret(_PRIVATE + _b64(private))
    return secret, public_half(secret)


def public_half(private: Secret) -> str:
    """Return the text of a private key's public half. Raises Invalid."""
    own = X25519PrivateKey.from_private_bytes(_key_of(private.reveal(), _PRIVATE, "private"))
    return _PUBLIC + _b64(own.public_key().public_bytes_raw())


def read_public_key(text: str) -> PublicKeyLock:
    """Return the lock of a public key's text. Raises Invalid."""
    return PublicKeyLock(_key_of(text, _PUBLIC, "public"))


def read_opener(text: Secret) -> PrivateKeyOpener:
    """Return the opener of a private key's text. Raises Invalid."""
    return PrivateKeyOpener(_key_of(text.reveal(), _PRIVATE, "private"))


def _key_of(text: str, prefix: str, which: str) -> bytes:
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    try:
        if len(found) == 1 and found[0].startswith(prefix):
            key = base64.b64decode(found[0].removeprefix(prefix), validate=True)
            if len(key) == KEY_BYTES:
                return key
    except (binascii.Error, ValueError):
        pass
    allowed = f"one line {prefix}..., as `lenskeep backup-key new` makes it"
    raise Invalid.field("backup key", f"it is no {which} key", allowed)


def opened_by(opener: Opener, heads: list[Head]) -> bytes:
    """Return the archive's key. Raises Invalid when this opens none of its locks."""
    for head in heads:
        key = opener.open(head)
        if key is not None and len(key) == KEY_BYTES:
            return key
    raise Invalid.field(*opener.complaint)
