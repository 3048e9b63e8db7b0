"""What may stand in the place of a password, and how wrong guesses are counted.

A one-time code goes where the password goes. Codes are judged here by plain values; accounts are
checked by the password hasher, which is slow on purpose, so what it found is remembered for
minutes. Everything takes the time as an argument and lives in one thread; nothing is stored.
"""

import ipaddress
import math
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, TypeAlias

from lenskeep.base.ambient import Randomness
from lenskeep.base.secret import Secret

Digest: TypeAlias = Callable[[str, bytes], bytes]
"""A keyed digest of a purpose and data: `Keyring.digest`."""

# --- codes --------------------------------------------------------------------------------

CODE_ALPHABET: Final = "bcdfghjkmnpqrstvwxz"
"""19 letters: no vowels (no words), no `l` and `y` (misread); typed without a layer change."""

CODE_LETTERS: Final = 8
"""19^8 is 1.7e10: at a hundred guesses a minute a code of an hour is hit once in a million."""

REPEAT_WINDOW: Final = timedelta(minutes=10)
"""How long a lost answer is repeated for the same code or account and the same public key."""

CODE_PURPOSE: Final = "enrollment.code"
_LONGEST_TYPED: Final = 64


def new_code(randomness: Randomness) -> Secret:
    """Return a fresh code as it is shown: `bcdf-ghjk`."""
    letters = randomness.choice(CODE_ALPHABET, CODE_LETTERS)
    half = CODE_LETTERS // 2
    return Secret(f"{letters[:half]}-{letters[half:]}")


def normalize_code(text: str) -> str | None:
    """Return the eight letters of what was typed, or None if it cannot be a code.

    Dashes of any kind, spaces and case are ignored: keyboards put in their own.
    """
    if len(text) > _LONGEST_TYPED:
        return None
    letters = "".join(each for each in text if not _ignored(each)).lower()
    is_code = len(letters) == CODE_LETTERS and set(letters) <= set(CODE_ALPHABET)
    return letters if is_code else None


def _ignored(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Pd"


def code_digest(digest: Digest, letters: str) -> bytes:
    """Return the keyed digest under which a code (its eight letters) is kept."""
    return digest(CODE_PURPOSE, letters.encode("ascii"))


@dataclass(frozen=True, slots=True)
class CodeStanding:
    """What is known of a code that was found."""

    uses_left: int
    expires_at: datetime
    exhausted_at: datetime | None = None
    """When its last use was consumed."""


class CodeVerdict(Enum):
    """What a code is still good for; the value is the reason for our log."""

    USABLE = "good"
    REPEAT_ONLY = "used up or ended minutes ago: only an answer already given is repeated"
    EXPIRED = "its time is over"
    EXHAUSTED = "all its uses are consumed"

    @property
    def accepted(self) -> bool:
        """Whether it passes as a credential (at GetPolicies, and for a repetition)."""
        return self in (CodeVerdict.USABLE, CodeVerdict.REPEAT_ONLY)


def judge_code(code: CodeStanding, now: datetime) -> CodeVerdict:
    """Return what the code is good for now.

    A use is consumed when the certificate is issued; if that answer is lost, the headset asks
    again from the beginning, with a code that has no use left or ended meanwhile.
    """
    if code.uses_left > 0:
        if now < code.expires_at:
            return CodeVerdict.USABLE
        recent = now < code.expires_at + REPEAT_WINDOW
        return CodeVerdict.REPEAT_ONLY if recent else CodeVerdict.EXPIRED
    ended = code.exhausted_at
    recent = ended is not None and now < ended + REPEAT_WINDOW
    return CodeVerdict.REPEAT_ONLY if recent else CodeVerdict.EXHAUSTED


# --- wrong guesses ------------------------------------------------------------------------

ATTEMPTS_WINDOW: Final = timedelta(minutes=1)
WRONG_PER_ACCOUNT: Final = 10
WRONG_PER_ADDRESS: Final = 100
"""More than these within the window are answered with "later". A classroom of headsets behind
one address, each with a slip of the finger, stays below a hundred."""

MAX_COUNTED: Final = 20_000
"""Names and addresses kept, each with at most a hundred moments. Pushing one out within its
minute takes that many wrong secrets in a minute; hashing allows about a thousand."""

_IPV6_SITE_BITS: Final = 64
"""[RFC 6177]: one subscriber has at least a /64; its addresses count as one."""


class Attempts:
    """Wrong secrets of the last minute, per account name and per address. Right ones are never
    counted and never refused here.
    """

    __slots__ = ("_limits", "_moments")

    def __init__(
        self, per_account: int = WRONG_PER_ACCOUNT, per_address: int = WRONG_PER_ADDRESS
    ) -> None:
        self._limits = {"account": per_account, "address": per_address}
        self._moments: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def wrong(self, account: str, address: str, now: datetime) -> int | None:
        """Count a wrong secret; return the seconds to wait (`Retry-After`) where it is one too
        many, else None.
        """
        subjects = subjects_of(account, address)
        keys = (("account", subjects.account), ("address", subjects.address))
        return _seconds(max(self._count(key, now) for key in keys))

    def learn(self, subjects: "Subjects", ages: "Ages", now: datetime) -> int | None:
        """Take over what was counted elsewhere, too, and return what `wrong` would."""
        keys = (("account", subjects.account), ("address", subjects.address))
        waits = []
        for key, known in zip(keys, (ages.account, ages.address), strict=True):
            own = self._moments.get(key, ())
            if len(known) > len(own):
                moments = (now - each for each in reversed(known))
                self._moments[key] = deque(moments, maxlen=self._limits[key[0]] + 1)
                self._moments.move_to_end(key)
            waits.append(self._wait(key, now))
        self._forget(now)
        return _seconds(max(waits))

    def suspicion(self, address: str, now: datetime) -> int:
        """Return how many wrong secrets of the last minute speak against this address: 0 is
        clean. Accounts do not count: a guesser must not make an account's true owner wait.
        """
        moments = self._moments.get(("address", _network(address)), ())
        return sum(now - each < ATTEMPTS_WINDOW for each in moments)

    def _count(self, key: tuple[str, str], now: datetime) -> timedelta:
        """Count one; return how long to wait, as `_wait` says."""
        limit = self._limits[key[0]]
        moments = self._moments.setdefault(key, deque(maxlen=limit + 1))
        self._moments.move_to_end(key)
        while moments and now - moments[0] >= ATTEMPTS_WINDOW:
            moments.popleft()
        moments.append(now)
        self._forget(now)
        return self._wait(key, now)

    def _wait(self, key: tuple[str, str], now: datetime) -> timedelta:
        """Return how long until another one would be within the limit."""
        moments = self._moments.get(key)
        if moments is None or len(moments) <= self._limits[key[0]]:
            return timedelta(0)
        return moments[1] + ATTEMPTS_WINDOW - now

    def _forget(self, now: datetime) -> None:
        """Drop the keys longest without a wrong secret: those past the window, and the excess."""
        while self._moments:
            moments = next(iter(self._moments.values()))
            if len(self._moments) <= MAX_COUNTED and now - moments[-1] < ATTEMPTS_WINDOW:
                return
            self._moments.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a wrong secret is counted against."""

    account: str
    address: str


@dataclass(frozen=True, slots=True)
class Ages:
    """How long ago the wrong secrets of the last minute were, the latest first."""

    account: tuple[timedelta, ...]
    address: tuple[timedelta, ...]


def subjects_of(account: str, address: str) -> Subjects:
    """Return whom to count a wrong secret against: spelling and lone addresses do not matter."""
    return Subjects(account.strip().casefold()[:256], _network(address))


def _seconds(wait: timedelta) -> int | None:
    return math.ceil(wait.total_seconds()) if wait > timedelta(0) else None


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_SITE_BITS), strict=False))


# --- what was found out -------------------------------------------------------------------

REMEMBER_RIGHT: Final = timedelta(minutes=10)
"""From GetPolicies to the token request is seconds; a wearer may hesitate at a page between."""

REMEMBER_WRONG: Final = timedelta(minutes=1)
"""A headset repeats what was typed; one that repeats a wrong secret costs us nothing more."""

MAX_REMEMBERED: Final = 4096
"""Of each kind: a fleet of thousands enrolling at once, in half a megabyte."""

_REMEMBERED_PURPOSE: Final = "enrollment.remembered"


class Remembered:
    """Secrets that were just checked against a password hash, as keyed digests in memory.

    Bound to the hash: a changed password is checked anew. That the account is not disabled is
    the caller's to check each time. Right and wrong ones are bounded apart, so that guessing
    pushes no right one out.
    """

    __slots__ = ("_digest", "_right", "_wrong")

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._right: OrderedDict[bytes, datetime] = OrderedDict()
        self._wrong: OrderedDict[bytes, datetime] = OrderedDict()

    def recall(
        self, account: str, password_hash: str, secret: Secret, now: datetime
    ) -> bool | None:
        """Return whether this secret was right minutes ago; None where that is not known."""
        key = self._key(account, password_hash, secret)
        if now < self._right.get(key, now):
            return True
        if now < self._wrong.get(key, now):
            return False
        return None

    def remember(
        self, account: str, password_hash: str, secret: Secret, now: datetime, *, right: bool
    ) -> None:
        """Keep what a check against this hash has found."""
        kept, time = (self._right, REMEMBER_RIGHT) if right else (self._wrong, REMEMBER_WRONG)
        key = self._key(account, password_hash, secret)
        kept[key] = now + time
        kept.move_to_end(key)
        while len(kept) > MAX_REMEMBERED or next(iter(kept.values())) <= now:
            kept.popitem(last=False)

    def _key(self, account: str, password_hash: str, secret: Secret) -> bytes:
        """Each part carries its length: no two different triples give the same bytes."""
        parts = (account.strip().casefold(), password_hash, secret.reveal())
        octets = [part.encode("utf-8", "surrogatepass") for part in parts]
        framed = b"".join(len(each).to_bytes(4, "big") + each for each in octets)
        return self._digest(_REMEMBERED_PURPOSE, framed)
