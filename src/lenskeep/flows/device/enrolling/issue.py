"""A certificate request: how a headset becomes a device of ours ([MS-MDE2] 3.4.4.1).

Nothing is stored before a proof and a certificate request were accepted and the rules allow it;
then device, enrollment, certificate, what was spent and the audit line are stored in one
transaction.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.identifiers import DeviceId
from lenskeep.certificates.request import CertificateRequest, read_request
from lenskeep.enrollment.lifecycle import Claim, read_claim
from lenskeep.flows.device.attempting import RENEWAL
from lenskeep.flows.device.enrolling.arriving import first_run
from lenskeep.flows.device.enrolling.headers import response_header
from lenskeep.flows.device.enrolling.judging import judge
from lenskeep.flows.device.enrolling.making import DOCUMENT_PURPOSE, Applicant, make
from lenskeep.flows.device.enrolling.renewing import renew
from lenskeep.flows.device.enrolling.terms import accepted_terms
from lenskeep.flows.device.proving.asked import Asked, Proven, Visitor
from lenskeep.flows.device.proving.dispatch import prove
from lenskeep.flows.device.proving.passwords import REPEAT_WINDOW
from lenskeep.flows.house import House
from lenskeep.flows.ports import Enrolled, NewEnrollment
from lenskeep.flows.records import (
    Actor,
    ActorKind,
    Audit,
    DeviceState,
    Enrollment,
    PrincipalKind,
)
from lenskeep.wire import soap, wstep
from lenskeep.wire.errors import BadMessage

TIMESTAMP_LIFE: Final = timedelta(minutes=5)
_LIVING: Final = (DeviceState.ENROLLED, DeviceState.MANAGED)

_NOT_STORED: Final = {
    Enrolled.PRINCIPAL_GONE: Refusal.AUTHENTICATION,
    Enrolled.TICKET_SPENT: Refusal.AUTHENTICATION,
    Enrolled.CAP_REACHED: Refusal.DEVICE_CAP,
}


async def enroll(house: House, body: bytes, visitor: Visitor) -> bytes:
    """Answer RequestSecurityToken with a certificate and the provisioning document.

    The same principal and public key again within minutes get the same document: a lost answer
    costs no second code and makes no second record.
    """
    header, asked = wstep.read_request(body)
    if asked.request_type is wstep.RequestType.RENEW:
        visitor.trail.phase = RENEWAL
        return _answer(house, header, await renew(house, asked, visitor))
    if asked.request_type is not wstep.RequestType.ISSUE:
        raise Refused(Refusal.NOT_SUPPORTED, f"request type {asked.request_type.name}")
    proven = await prove(house, Asked(header.token, visitor, body, True, asked.context))
    if proven.signed_body is not None:  # what a signature covers, and nothing else
        header, asked = wstep.read_request(proven.signed_body)
    if asked.is_pkcs7:
        raise BadMessage("a PKCS#10 request is expected to issue", section="[MS-MDE2] 3.4.4.1.1.1")
    claim = read_claim(asked.context)
    visitor.trail.tell_claim(claim)
    request = await asyncio.to_thread(read_request, asked.request)
    coming = _Coming(proven, claim, request, asked.context)
    return _answer(house, header, await _document(house, coming, visitor))


def _answer(house: House, header: soap.RequestHeader, document: bytes) -> bytes:
    now = house.clock.now()
    value = wstep.SecurityTokenResponse(
        document, created=now - TIMESTAMP_LIFE, expires=now + TIMESTAMP_LIFE
    )
    return wstep.write_response(response_header(house, header, soap.ACTION_RSTRC), value)


@dataclass(frozen=True, slots=True)
class _Coming:
    """Somebody who proved himself and wants in."""

    proven: Proven
    claim: Claim
    request: CertificateRequest
    context: tuple[tuple[str, str], ...]


async def _document(house: House, coming: _Coming, visitor: Visitor) -> bytes:
    """Return the document given before for this key, or enroll and return a new one."""
    now = house.clock.now()
    again = await _given_before(house, coming, now)
    if again is not None:
        return again
    stored, document = await _store(house, coming, visitor, now)
    if stored is Enrolled.STORED:
        return document
    again = await _given_before(house, coming, now)
    if again is None:
        raise _not_stored(stored, coming.proven)
    return again


def _not_stored(stored: Enrolled, proven: Proven) -> Refused:
    """Return the refusal. A bulk account that was good a moment ago has no use left."""
    if stored is Enrolled.PRINCIPAL_GONE and proven.principal.kind is PrincipalKind.BULK:
        return Refused(Refusal.DEVICE_CAP, f"account {proven.principal.id} has no use left")
    return Refused(_NOT_STORED[stored], stored.value)


async def _given_before(house: House, coming: _Coming, now: datetime) -> bytes | None:
    principal, key = coming.proven.principal, coming.request.spki_sha256
    issued = await house.enrollments.issued_since(principal, key, now - REPEAT_WINDOW)
    return house.keyring.open(DOCUMENT_PURPOSE, issued.provisioning) if issued else None


async def _store(
    house: House, coming: _Coming, visitor: Visitor, now: datetime
) -> tuple[Enrolled, bytes]:
    proven, claim = coming.proven, coming.claim
    tickets = await accepted_terms(house, proven, coming.context)
    cap = await judge(house, proven, claim, visitor.trail)
    existing = await _existing(house, proven, claim)
    device_id = existing or DeviceId(house.ids.new("dev"))
    made = await make(house, Applicant(proven, device_id, claim, coming.request), now)
    new = NewEnrollment(
        enrollment=made.enrollment,
        certificate=made.certificate,
        provisioning=house.keyring.seal(DOCUMENT_PURPOSE, made.document),
        device_name=claim.device_name,
        user=proven.user,
        os_version=claim.os_version,
        existing_device=existing,
        audit=_audit(made.enrollment, visitor.address, now),
        tickets=(*proven.tickets, *tickets),
        cap=cap,
        arrival=await first_run(house, proven, claim),
    )
    stored = await house.enrollments.enroll(new)
    if stored is Enrolled.STORED:
        visitor.trail.device_id = device_id
    return stored, made.document


async def _existing(house: House, proven: Proven, claim: Claim) -> DeviceId | None:
    """Return the record of the same headset under the same principal: it goes on.

    A hardware id is only a claim, so that it counts together with the same proof alone. A code
    proves nobody in particular and continues nothing; a bulk account, or the tenant of headsets
    without a user, is shared by many, and none of them may put out another one: it continues only
    what is no longer managed.
    """
    principal = proven.principal
    if not claim.hw_dev_id or principal.kind is PrincipalKind.CODE:
        return None
    found = await house.enrollments.device_of(principal, claim.hw_dev_id)
    is_shared = principal.kind is PrincipalKind.BULK or (
        principal.kind is PrincipalKind.ENTRA and not proven.user_id
    )
    if found is None or not is_shared:
        return found
    row = (await house.fleet.device(found)).row
    return None if row.state in _LIVING and row.departing is None else found


def _audit(enrollment: Enrollment, address: str, now: datetime) -> Audit:
    principal = enrollment.principal
    actor = Actor(ActorKind.DEVICE, principal.name, address)
    detail = {
        "by": principal.kind.value,
        "id": principal.id,
        "way": enrollment.way,
        "dev_id": enrollment.dev_id,
    }
    return Audit(now, actor, "device.enroll", enrollment.device_id, detail)
