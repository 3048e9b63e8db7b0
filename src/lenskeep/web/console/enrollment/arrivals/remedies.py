"""Where in this console the remedy of a refusal is; the words of remedies speak of commands."""

from dataclasses import dataclass
from typing import Final

from lenskeep.wire.soap import ErrorType, Subcode


@dataclass(frozen=True, slots=True)
class Door:
    """A page, and what is done there."""

    address: str
    words: str


_RULES: Final = Door("/enrollment/rules", "Look at the rules")
_TRY: Final = Door("/enrollment/rules#try", "Try the rules")
_WAYS: Final = Door("/enrollment", "See what is missing")
_NAMES: Final = Door("/enrollment/names", "Check the names")

_DOORS: Final = {
    Subcode.AUTHENTICATION.hresult: Door("/enrollment/ways/e#code", "Make a new code"),
    Subcode.AUTHORIZATION.hresult: _TRY,
    Subcode.ENROLLMENT_SERVER.hresult: _WAYS,
    Subcode.INVALID_SECURITY.hresult: _WAYS,
    ErrorType.NOT_SUPPORTED.hresult: _WAYS,
    ErrorType.DEVICE_CAP_REACHED.hresult: _RULES,
    ErrorType.DEVICE_NOT_SUPPORTED.hresult: _TRY,
    ErrorType.IN_MAINTENANCE.hresult: Door("/enrollment/rules#maintenance", "Look at maintenance"),
    ErrorType.CUSTOM_SERVER_ERROR.hresult: _TRY,
    ErrorType.INVALID_ENROLLMENT_DATA.hresult: Door("/enrollment/terms", "Look at the terms"),
    0x80180010: _NAMES,
    0x80180012: _NAMES,
    0x8018000D: _NAMES,
    0x80072EE7: _NAMES,
    0x80072F8F: _NAMES,
}
"""0x80072...: what a headset finds by itself is looked up on the page of numbers."""


def door(hresult: int) -> Door | None:
    """Return where the remedy is; None where it is not in the console."""
    return _DOORS.get(hresult & 0xFFFF_FFFF)
