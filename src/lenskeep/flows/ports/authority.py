"""Serves the certificate authority: its eras, and the certificates that rest on them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.certificates.authority import Authority
from lenskeep.certificates.rotation import Era, Eras
from lenskeep.flows.records import Audit, Page


@dataclass(frozen=True, slots=True)
class Living:
    """A device certificate that counts: neither revoked nor at its end, of a living enrollment."""

    device_id: DeviceId
    device_name: str
    last_seen: datetime | None
    enrollment_id: EnrollmentId
    der: bytes = field(repr=False)
    not_after: datetime


class AuthorityFiles(Protocol):
    """Serves the authority's certificates and keys. Blocks: making keys takes a second."""

    def state(self) -> Eras:
        """Return which era issues, which the server shows, which count."""
        ...

    def era(self, number: int) -> Era:
        """Return the certificates of an era. Raises Missing."""
        ...

    def issuing(self) -> Authority:
        """Return what issues to devices, with its key."""
        ...

    def begin(self, *, keep_root: bool) -> Eras:
        """Make a new era that issues from now on, under a new root or the same one.

        Raises Conflict while a rotation is under way, or where the root's key is needed and
        lies elsewhere.
        """
        ...

    def serve(self) -> Eras:
        """Let the server show the newest era. Raises Conflict where it does."""
        ...

    def finish(self) -> Eras:
        """Let only the newest era count. Raises Conflict without a rotation."""
        ...


class LivingStore(Protocol):
    """Serves the question which devices rest on which era."""

    async def living(self, now: datetime, after: str | None, limit: int) -> Page[Living]:
        """Return certificates that count, in a lasting order."""
        ...

    async def known_of(self, enrollment_id: EnrollmentId) -> bytes:
        """Return what is known of the enrollment's device, as it is stored."""
        ...

    async def note(self, audit: Audit) -> None:
        """Write down a step of a rotation: what changed lies in files."""
        ...
