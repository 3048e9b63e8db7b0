"""A secret as a type: its text form is stars, so that it cannot slip into a log or a page."""

import hmac
from typing import Final

_STARS: Final = "********"


class Secret:
    """Text that must not be shown. `reveal()` is the one way to it, easy to search for."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __str__(self) -> str:
        return _STARS

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return _STARS

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled")
