"""One number that a headset shows: what it means, why, what to do."""

from dataclasses import dataclass
from typing import Final

HEADSET: Final = "headset"
"""Says so by itself, not because a server did."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One number in words."""

    hresult: int
    by: str
    """Who says it: a fault of the server by its name on the wire, or HEADSET."""
    meaning: str
    cause: str
    remedy: str

    @property
    def number(self) -> str:
        """As the Settings app shows it."""
        return spelled(self.hresult)


def spelled(hresult: int) -> str:
    """Return a number as the Settings app shows it: `0x80180002`."""
    return f"0x{hresult & 0xFFFF_FFFF:08X}"
