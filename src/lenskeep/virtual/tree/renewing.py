"""The nodes by which a headset renews its certificate, and says how it went.

CSP: CertificateStore/My/WSTEP/Renew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from lenskeep.tree.value import Format
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.tree.store import Tree

RENEW: Final = f"{VENDOR}CertificateStore/My/WSTEP/Renew"

_DEFAULT_PERIOD_DAYS: Final = "42"
_DEFAULT_RETRY_DAYS: Final = "7"


class Status(IntEnum):
    """How the last renewal went."""

    NOT_STARTED = 0
    IN_PROGRESS = 1
    SUCCEEDED = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class RenewalNodes:
    """What the nodes say."""

    period: timedelta
    retry_interval: timedelta
    status: Status
    last_attempt: datetime | None


def renewal_of(tree: Tree) -> RenewalNodes:
    """Return what the nodes say at present."""

    def number(name: str, default: str) -> int:
        return int(tree.value(f"{RENEW}/{name}") or default)

    last = tree.value(f"{RENEW}/LastRenewalAttemptTime")
    return RenewalNodes(
        timedelta(days=number("RenewPeriod", _DEFAULT_PERIOD_DAYS)),
        timedelta(days=number("RetryInterval", _DEFAULT_RETRY_DAYS)),
        Status(number("Status", "0")),
        datetime.fromisoformat(last) if last else None,
    )


def note_attempt(tree: Tree, at: datetime) -> None:
    """Write down that an attempt began."""
    tree.put(f"{RENEW}/Status", Format.INT, str(int(Status.IN_PROGRESS)))
    tree.put(f"{RENEW}/LastRenewalAttemptTime", Format.TIME, at.isoformat(timespec="seconds"))


def note_end(tree: Tree, status: Status, code: int) -> None:
    """Write down how an attempt ended; `code` is an HRESULT, 0 for success."""
    tree.put(f"{RENEW}/Status", Format.INT, str(int(status)))
    tree.put(f"{RENEW}/ErrorCode", Format.INT, str(code))
