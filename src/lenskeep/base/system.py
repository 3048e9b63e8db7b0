"""The real answers to the questions of `base.ambient`. Imported by `app` alone."""

import secrets
import threading
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32, lower case
_TIME_CHARACTERS = 10  # 50 bits of milliseconds: enough past the year 10000
_RANDOM_CHARACTERS = 16  # 80 bits


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        return datetime.now(UTC)


class SystemRandomness:
    """The operating system's generator."""

    def octets(self, count: int) -> bytes:
        """Return `count` random bytes."""
        return secrets.token_bytes(count)

    def choice(self, alphabet: str, length: int) -> str:
        """Return `length` characters drawn evenly from `alphabet`."""
        return "".join(secrets.choice(alphabet) for _ in range(length))


class SortableIds:
    """Identifiers that sort by the time they were made, strictly within one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0
        self._last_random = 0

    def new(self, prefix: str) -> str:
        """Return a fresh identifier `prefix_<26 characters>`."""
        with self._lock:
            now_ms = max(int(time.time() * 1000), self._last_ms)
            if now_ms == self._last_ms:
                self._last_random += 1
            else:
                self._last_random = secrets.randbits(79)  # one bit of head room for the increments
            self._last_ms = now_ms
            number = self._last_random
        return f"{prefix}_{_spell(now_ms, _TIME_CHARACTERS)}{_spell(number, _RANDOM_CHARACTERS)}"


def _spell(number: int, length: int) -> str:
    characters = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))
