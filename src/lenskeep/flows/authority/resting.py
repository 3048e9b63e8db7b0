"""Which devices rest on which era of the authority, and bringing them over to the newest.

A device rests on an era while a certificate of it counts: the one before ends when the next
is used. What it needs before that is the new root; it is sent as an ordinary operation, seen and
retried like any other, and read back, so that it is known to have arrived.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from lenskeep.access import Caller
from lenskeep.base.errors import Conflict
from lenskeep.base.identifiers import DeviceId, EnrollmentId, OperationId
from lenskeep.certificates.keys import dump_certificate
from lenskeep.certificates.rotation import Era, Eras
from lenskeep.desired.known import load_known
from lenskeep.flows.house import House
from lenskeep.flows.ports import Living
from lenskeep.flows.records import OperationRecord
from lenskeep.tree.operation import Operation, OperationState, Verb
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.codes import is_success
from lenskeep.wire.wap import thumbprint

PAGE: Final = 500
"""Certificates that are read at a time."""
SHOWN: Final = 20
"""Open operations of a device that are looked through for one of ours."""
_RENEW_NOW: Final = "./Device/Vendor/MSFT/CertificateStore/MY/WSTEP/Renew/RenewNow"
_ROOT: Final = "./Device/Vendor/MSFT/RootCATrustedCertificates/Root/{}/EncodedCertificate"


@dataclass(frozen=True, slots=True)
class Rest:
    """A device that rests on an era that a rotation is to end."""

    device_id: DeviceId
    name: str
    enrollment_id: EnrollmentId
    last_seen: datetime | None
    not_after: datetime
    """When its certificate ends, whatever happens."""
    has_root: bool
    """Whether it has the newest era's root, as far as is known."""


@dataclass(frozen=True, slots=True)
class Resting:
    """Who rests on what."""

    counts: dict[int, int]
    """Devices by era; during an overlap a device counts for both."""
    retiring: tuple[Rest, ...]
    """Those that hold up the end of a rotation."""

    @property
    def without_root(self) -> tuple[Rest, ...]:
        """Those that would not trust a server of the newest era."""
        return tuple(each for each in self.retiring if not each.has_root)


def read_eras(house: House) -> tuple[Eras, tuple[Era, ...]]:
    """Return how the eras stand, and those that count, the oldest first."""
    files = house.authorities.files
    state = files.state()
    return state, tuple(files.era(number) for number in state.accepted)


async def find_resting(house: House, state: Eras, eras: Sequence[Era]) -> Resting:
    """Look through all certificates that count."""
    devices: dict[int, set[DeviceId]] = {each.number: set() for each in eras}
    retiring: dict[DeviceId, Rest] = {}
    root = _changed_root(eras)
    async for living, number in _certificates(house, eras):
        devices[number].add(living.device_id)
        if number in state.retiring:
            has_root = root is None or await _has_root(house, living, root)
            retiring[living.device_id] = _rest(living, has_root=has_root)
    counts = {number: len(found) for number, found in devices.items()}
    return Resting(counts, tuple(retiring.values()))


async def _certificates(house: House, eras: Sequence[Era]) -> AsyncIterator[tuple[Living, int]]:
    """Yield the certificates that count, each with its era's number."""
    store, now, after = house.authorities.living, house.clock.now(), None
    while True:
        page = await store.living(now, after, PAGE)
        numbers = await asyncio.to_thread(_numbers, page.items, eras)
        for living, number in zip(page.items, numbers, strict=True):
            if number is not None:
                yield living, number
        after = page.next
        if after is None:
            return


def _numbers(found: Sequence[Living], eras: Sequence[Era]) -> list[int | None]:
    """Return the era of each; None for one that counts no more."""
    by_name = {each.devices.subject: each.number for each in eras}
    return [by_name.get(x509.load_der_x509_certificate(each.der).issuer) for each in found]


def _changed_root(eras: Sequence[Era]) -> bytes | None:
    """Return the newest root (DER) where an older one is trusted too."""
    roots = {each.root for each in eras}
    newest = dump_certificate(eras[-1].root)
    return newest if len(roots) > 1 else None


async def _has_root(house: House, living: Living, root: bytes) -> bool:
    body = await house.authorities.living.known_of(living.enrollment_id)
    fact = load_known(body).get(root_uri(root))
    return fact is not None and is_success(fact.status)


def _rest(living: Living, *, has_root: bool) -> Rest:
    return Rest(
        device_id=living.device_id,
        name=living.device_name,
        enrollment_id=living.enrollment_id,
        last_seen=living.last_seen,
        not_after=living.not_after,
        has_root=has_root,
    )


# --- bringing them over -------------------------------------------------------------------


def root_uri(der: bytes) -> str:
    """Return the node of a root. CSP: RootCATrustedCertificates/Root."""
    return _ROOT.format(thumbprint(der))


async def bring_over(house: House, caller: Caller, resting: Resting, *, renew_now: bool) -> int:
    """Send the newest root to who lacks it and, if wished, the word to renew at once.

    Returns how many devices got something to do. One whose queue is full, or that is not under
    management any more, is passed over: it shows as lacking the root.
    """
    reached = 0
    for each in resting.retiring:
        operations = await _lacking(
            house, each, tuple(_operations(house, each, renew_now=renew_now))
        )
        if not operations:
            continue
        records = [_record(house, caller, each, operation) for operation in operations]
        try:
            await house.fleet.queue_operations(records, [])
        except Conflict:
            continue
        reached += 1
    return reached


def _operations(house: House, rest: Rest, *, renew_now: bool) -> Iterator[Operation]:
    """CSP: RootCATrustedCertificates, CertificateStore. assumed: RenewNow begins at once."""
    root = house.trust.root_der
    if not rest.has_root:
        node, value = parse_uri(root_uri(root)), base64.b64encode(root).decode("ascii")
        yield Operation(Verb.ADD, node, Format.B64, value)
        yield Operation(Verb.GET, node)
    if renew_now:
        yield Operation(Verb.EXEC, parse_uri(_RENEW_NOW), Format.NULL)


async def _lacking(
    house: House, rest: Rest, operations: Sequence[Operation]
) -> tuple[Operation, ...]:
    """Return those that are not on their way already."""
    page = await house.fleet.operations(rest.device_id, None, SHOWN)
    under_way = {
        (each.operation.verb, each.operation.uri.key) for each in page.items if each.state.is_open
    }
    return tuple(each for each in operations if (each.verb, each.uri.key) not in under_way)


def _record(house: House, caller: Caller, rest: Rest, operation: Operation) -> OperationRecord:
    return OperationRecord(
        id=OperationId(house.ids.new("op")),
        device_id=rest.device_id,
        enrollment_id=rest.enrollment_id,
        operation=operation,
        state=OperationState.QUEUED,
        created_at=house.clock.now(),
        actor=caller.name,
    )
