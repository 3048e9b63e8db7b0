"""The public keys that a tenant's tokens are signed with, and when to ask for them anew.

Kept as plain values, so that they lie in the database for every process and for a restart.
Whoever fetches them is not here.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from lenskeep.base.errors import Invalid

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

MIN_BITS: Final = 2048
"""[RFC 7518] 3.3: a key of 2048 bits or larger MUST be used with RS256."""
MAX_BITS: Final = 8192
"""Checking a signature takes milliseconds; larger keys are not in use anywhere."""

MAX_JWKS: Final = 256 * 1024
"""Bytes of a key list; Entra's has about 15 thousand."""
MAX_KEYS: Final = 64
MAX_KID: Final = 256
MAX_URL: Final = 512
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

ROUTINE_AGE: Final = timedelta(hours=24)
"""Entra asks its clients to look for new keys once a day."""
LONGEST_AGE: Final = timedelta(days=7)
"""Keys that could not be fetched anew for so long are believed no more: one that was withdrawn
must not live on because somebody cuts our line. A copy that was put in by hand has no age."""
PAUSE: Final = timedelta(minutes=1)
"""Between two fetches: an unknown key id is anybody's to make up."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One RSA public key, as a JWKS spells it ([RFC 7518] 6.3.1)."""

    kid: str
    modulus: str
    exponent: str
    issuer: str = ""
    """Whose tokens alone it may sign, where the list says so; `{tenantid}` stands for any."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one tenant, and where they are from."""

    url: str
    """Where they are fetched; empty: they were put in by hand and stay as they are."""
    keys: tuple[SigningKey, ...] = ()
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    """When they were asked for last, with or without success."""

    @property
    def is_offline(self) -> bool:
        """Whether the keys are a copy that is never fetched anew."""
        return not self.url

    def find(self, kid: str) -> SigningKey | None:
        """Return the key of this id."""
        return next((each for each in self.keys if each.kid == kid), None)

    def is_stale(self, now: datetime) -> bool:
        """Return whether the keys are too old to be believed."""
        if self.is_offline:
            return False
        return self.fetched_at is None or now - self.fetched_at > LONGEST_AGE

    def wants_fetch(self, kid: str, now: datetime) -> bool:
        """Return whether to ask for the keys before a token signed by this one is judged."""
        if self.is_offline or (self.tried_at is not None and now - self.tried_at < PAUSE):
            return False
        is_old = self.fetched_at is None or now - self.fetched_at >= ROUTINE_AGE
        return is_old or self.find(kid) is None


def is_fetchable(url: str) -> bool:
    """Return whether keys may be fetched there: by HTTPS, or from this very machine.

    Whoever can change what is fetched can make tokens; plain HTTP stays within the machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_URL
    if not plain or not host or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def read_jwks(text: str) -> tuple[SigningKey, ...]:
    """Return the keys of a list ([RFC 7517] 5) that may check RS256. Raises Invalid.

    Others in it are passed over: other algorithms, keys for encryption, weak ones. Private parts,
    where somebody left them in, are not kept.
    """
    if len(text) > MAX_JWKS:
        raise Invalid.field("jwks", f"the list of keys has more than {MAX_JWKS} characters")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid.field("jwks", "the list of keys is not JSON") from None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise Invalid.field("jwks", f"there is no list `keys` of at most {MAX_KEYS} keys in it")
    found: dict[str, SigningKey] = {}
    for entry in listed:
        key = _read_key(entry)
        if key is not None:
            found.setdefault(key.kid, key)
    if not found:
        raise Invalid.field(
            "jwks", "no key in the list can check a token", f"RSA, {MIN_BITS} bits or more, a kid"
        )
    return tuple(found.values())


def public_key(key: SigningKey) -> "RSAKey":
    """Return the key as the library takes it, for checking RS256 alone."""
    from joserfc.jwk import RSAKey

    return RSAKey.import_key({"kty": "RSA", "n": key.modulus, "e": key.exponent, "use": "sig"})


def _read_key(entry: object) -> SigningKey | None:
    if not isinstance(entry, dict) or entry.get("kty") != "RSA":
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    texts = tuple(entry.get(name, "") for name in ("kid", "n", "e", "issuer"))
    kid, modulus, exponent, issuer = texts
    if not all(isinstance(each, str) for each in texts) or not 0 < len(kid) <= MAX_KID:
        return None
    if not MIN_BITS <= _bits(modulus) <= MAX_BITS:
        return None
    from joserfc.errors import JoseError

    key = SigningKey(kid, modulus, exponent, issuer)
    try:
        public_key(key)
    except (JoseError, ValueError):
        return None
    return key


def _bits(modulus: str) -> int:
    """Return the size of a key; 0 for what is no number."""
    try:
        octets = base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))
    except ValueError:
        return 0
    return int.from_bytes(octets, "big").bit_length()
