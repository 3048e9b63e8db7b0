"""The one table: attempts, console and command line speak by it, and the page
docs/reference/enrollment-errors is held against it.
"""

from typing import Final

from lenskeep.enrollment.troubles.faults import FAULTS
from lenskeep.enrollment.troubles.found import FOUND, WINDOWS
from lenskeep.enrollment.troubles.trouble import HEADSET, Trouble

_HTTP: Final = 0x8019_0000
"""FACILITY_HTTP: the status is in the low half."""
_HTTP_STATUSES: Final = range(100, 600)

TROUBLES: Final = (*FAULTS, *FOUND, *WINDOWS)
"""In the order of the page."""

_BY_NUMBER: Final = {each.hresult: each for each in TROUBLES}


def describe(hresult: int) -> Trouble | None:
    """Return what is known of a number; None for one that nobody knows."""
    unsigned = hresult & 0xFFFF_FFFF
    found = _BY_NUMBER.get(unsigned)
    if found is not None or unsigned & 0xFFFF_0000 != _HTTP:
        return found
    status = unsigned & 0xFFFF
    return _http(unsigned, status) if status in _HTTP_STATUSES else None


def _http(hresult: int, status: int) -> Trouble:
    return Trouble(
        hresult,
        HEADSET,
        f"the server answered HTTP {status}",
        "something between the headset and the server answers, or another program",
        f"open the server's /healthz in the headset's browser; look for HTTP {status} in the proxy",
    )
