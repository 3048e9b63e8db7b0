"""Serves the question which devices rest on which era of the authority."""

from datetime import datetime
from functools import partial

from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.ports.authority import Living
from lenskeep.flows.records import Audit, Page
from lenskeep.store.rows import maybe_moment, micros, moment
from lenskeep.store.sql import Executor, Row, Work
from lenskeep.store.statements.authority import KNOWN_OF, LIVING
from lenskeep.store.units.journal import record
from lenskeep.store.units.paging import listed


class LivingCertificates:
    """The LivingStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def living(self, now: datetime, after: str | None, limit: int) -> Page[Living]:
        """Return certificates that count, in a lasting order."""
        call = LIVING(now=micros(now), after=after or "", limit=limit + 1)
        return await self._executor.read(partial(listed, call, limit, _living, "id"))

    async def known_of(self, enrollment_id: EnrollmentId) -> bytes:
        """Return what is known of the enrollment's device, as it is stored."""
        return await self._executor.read(partial(_known_of, enrollment_id))

    async def note(self, audit: Audit) -> None:
        """Write down a step of a rotation."""
        await self._executor.write(partial(_note, audit))


def _note(audit: Audit) -> Work[None]:
    yield record((audit,))


def _living(row: Row) -> Living:
    return Living(
        device_id=DeviceId(row["device_id"]),
        device_name=row["name"],
        last_seen=maybe_moment(row["last_seen"]),
        enrollment_id=EnrollmentId(row["enrollment_id"]),
        der=row["der"],
        not_after=moment(row["not_after"]),
    )


def _known_of(enrollment_id: EnrollmentId) -> Work[bytes]:
    found = yield KNOWN_OF(enrollment_id=enrollment_id)
    body: bytes = found[0]["body"] if found else b""
    return body
