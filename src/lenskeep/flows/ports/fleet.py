"""Serves the faces: devices, operations, timelines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from lenskeep.base.identifiers import (
    DeviceId,
    EnrollmentId,
    OperationId,
)
from lenskeep.flows.entrance import Departure
from lenskeep.flows.records import (
    Audit,
    BodyRecord,
    Certificate,
    DeviceFilter,
    DeviceRow,
    DeviceState,
    Enrollment,
    OperationRecord,
    Page,
    TimelineEntry,
)


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """One device with all that its page shows."""

    row: DeviceRow
    enrollments: tuple[Enrollment, ...]
    """Newest first."""
    certificates: Mapping[EnrollmentId, tuple[Certificate, ...]]
    known: bytes
    arrival: str = ""
    """How the first run of its latest enrollment stands; empty: there is none, or it is over."""
    notice_due: bool = False
    """Whether it is still to be told what its wearer reads."""


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """Numbers for the head of the fleet page: devices by state, generation and build."""

    by_state: Mapping[str, int]
    by_generation: Mapping[str, int]
    by_build: Mapping[str, int]


MAX_OPEN: Final = 1000
"""Open operations a device: all of them are read with each of its messages, and a headset that
is told twenty a message needs fifty messages for as many."""


class FleetStore(Protocol):
    """Serves the faces: REST, console, command line.

    Methods that change raise Missing for an unknown id and Conflict where the state forbids it.
    """

    async def devices(
        self, narrowed: DeviceFilter, after: str | None, limit: int
    ) -> Page[DeviceRow]: ...

    async def fleet_counts(self) -> FleetCounts: ...

    async def device(self, device_id: DeviceId) -> DeviceDetail: ...

    async def timeline(
        self, device_id: DeviceId, after: str | None, limit: int
    ) -> Page[TimelineEntry]:
        """Newest first."""
        ...

    async def bodies(self, device_id: DeviceId, after: str | None, limit: int) -> Page[BodyRecord]:
        """Newest first; empty unless the debug switch is, or was, on."""
        ...

    async def rename_device(self, device_id: DeviceId, name: str, audit: Audit) -> None: ...

    async def link_device(self, device_id: DeviceId, earlier: DeviceId, audit: Audit) -> None:
        """Move the enrollments and history of `device_id` to `earlier`, whose own active
        enrollments end; `device_id` becomes REPLACED and leaves the lists.
        """
        ...

    async def end_enrollments(
        self,
        device_id: DeviceId,
        state: DeviceState,
        reason: str,
        audit: Audit,
        departing: Departure | None = None,
    ) -> None:
        """End the active enrollments: certificates revoked, open operations cancelled.

        With `departing`, Conflict unless it still is on its way out so: it may have enrolled anew.
        """
        ...

    async def queue_operations(
        self, operations: Sequence[OperationRecord], audit: Sequence[Audit]
    ) -> None:
        """Queue them, in order, each for the active enrollment that the record names.

        All or none; Conflict where a device would have more than MAX_OPEN open ones.
        """
        ...

    async def active_enrollment(self, device_id: DeviceId) -> EnrollmentId: ...

    async def operations(
        self, device_id: DeviceId, after: str | None, limit: int
    ) -> Page[OperationRecord]:
        """Newest first."""
        ...

    async def operation(self, operation_id: OperationId) -> OperationRecord: ...

    async def cancel_operation(self, operation_id: OperationId, audit: Audit) -> OperationRecord:
        """Cancel one that is queued; Conflict when it was sent or has ended."""
        ...

    async def audit_lines(self, after: str | None, limit: int) -> Page[Audit]:
        """Newest first."""
        ...


# --- monitoring ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FleetNumbers:
    """The fleet in numbers, for a monitoring system."""

    devices: Mapping[str, int] = field(default_factory=dict)
    """By state; replaced records are none."""
    silent: Mapping[str, int] = field(default_factory=dict)
    """Under management and not heard of for longer than a `day`, a `week`."""
    departing: int = 0
    """Told to go, and not gone."""
    operations: Mapping[str, int] = field(default_factory=dict)
    """`open`, `failed`, `unknown`, as devices count them."""
    certificates: Mapping[str, int] = field(default_factory=dict)
    """Active enrollments whose last certificate has `expired`, or ends within `30 days`."""
    guards: Mapping[str, int] = field(default_factory=dict)
    """Staged roll-outs by state."""
    duties: Mapping[str, datetime] = field(default_factory=dict)
    """When each background duty was last done."""
    workers: Mapping[str, int] = field(default_factory=dict)
    """Processes that serve, by version."""
    profiles: Mapping[str, str] = field(default_factory=dict)
    """The names of all profiles, by id."""


class WatchStore(Protocol):
    """Serves the monitoring."""

    async def fleet_numbers(self, now: datetime) -> FleetNumbers: ...

    async def probe(self) -> None:
        """Return when the database has answered. Raises Unavailable."""
        ...
