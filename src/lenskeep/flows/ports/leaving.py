"""Serves the ways out: custody, departures, revocation, silence."""

from datetime import datetime
from typing import Protocol

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.records import Audit, DeviceRow, OperationRecord


class LeavingStore(Protocol):
    """Serves the ways out. Methods that change raise Missing for an unknown device; each puts a
    line on the device's timeline, of its audit line's action and detail.
    """

    async def set_custody(self, device_id: DeviceId, custody: Custody, audit: Audit) -> None: ...

    async def begin(
        self, device_id: DeviceId, departure: Departure, operation: OperationRecord, audit: Audit
    ) -> None:
        """Queue the command that sends it away, in front of nothing, and mark it as departing
        since `audit.at`; open operations that were not sent are cancelled. Raises Conflict where
        it is departing already, or is not under management.
        """
        ...

    async def call_back(self, device_id: DeviceId, audit: Audit) -> None:
        """Take it back while the command was not sent. Raises Conflict otherwise."""
        ...

    async def overdue(self, departure: Departure, since: datetime) -> tuple[DeviceId, ...]:
        """Return those told to go before `since`, by a command that was delivered, and not heard
        of after it.
        """
        ...

    async def silent(self, since: datetime, limit: int) -> tuple[DeviceRow, ...]:
        """Return devices under management that were not heard of since then, longest first."""
        ...

    async def revoke_certificates(self, device_id: DeviceId, audit: Audit) -> int:
        """Revoke all that are good now, at once; return how many."""
        ...
