"""A certificate is renewed without a hand ([MS-MDE2] 3.4.4.1.1.1, [MS-WSTEP] 3.1.4.1.2.7).

The proof is double: the client certificate of the connection, and the signature over the request
by the old certificate's key. What stands in the security header is not looked at, and nothing that
the headset says of itself: its certificate says who it is. Old and new are good side by side until
the new one is used for the first time.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates import keys
from lenskeep.certificates.request import CertificateRequest, read_request
from lenskeep.certificates.signed_request import (
    SignedRequest,
    named_certificate,
    read_signed_request,
    verify_signature,
)
from lenskeep.certificates.verify import fingerprint
from lenskeep.enrollment.provision import PROVIDER_ID, store_of
from lenskeep.enrollment.renewing import Held, Term, judge_renewal
from lenskeep.flows.device.attempting import Trail
from lenskeep.flows.device.enrolling.making import DOCUMENT_PURPOSE, issued_certificate
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.device.proving.passwords import REPEAT_WINDOW
from lenskeep.flows.entrance import Custody
from lenskeep.flows.house import House
from lenskeep.flows.ports import Renewable
from lenskeep.flows.records import Actor, ActorKind, Audit, Certificate, Enrollment
from lenskeep.wire import wap, wstep
from lenskeep.wire.errors import BadMessage

_GONE: Final = (Custody.LOST, Custody.STOLEN, Custody.RETIRED)
"""A headset that is found again renews then: it tries for weeks, every few days."""


async def renew(house: House, asked: wstep.SecurityTokenRequest, visitor: Visitor) -> bytes:
    """Return the provisioning document with the new certificate.

    The same key again within minutes gets the same document: a lost answer costs nothing. Raises
    Refused: NOT_ELIGIBLE_TO_RENEW for every doubt about who asks and whether it is time, and
    CERTIFICATE_REQUEST for a request that is none.
    """
    if not asked.is_pkcs7:
        raise BadMessage("a PKCS#7 request is expected to renew", section="[MS-MDE2] 3.4.4.1.1.1")
    connection = await _renewable(house, visitor.certificate)
    if connection is None:
        raise Refused(Refusal.NOT_ELIGIBLE_TO_RENEW, "renewal: no certificate that counts")
    _tell(visitor.trail, connection.enrollment)
    signed = read_signed_request(asked.request)
    signer = await _signer(house, signed, connection)
    now = house.clock.now()
    refused = judge_renewal(_held(connection), _held(signer), _term(house, signer, now), now)
    if refused is not None or signer is None:
        raise refused or Refused(Refusal.NOT_ELIGIBLE_TO_RENEW, "renewal: nobody signed")
    request = await asyncio.to_thread(_proved, signed, signer.certificate)
    return await _document(house, _Renewal(signer, request, visitor.address), now)


def _tell(trail: Trail, enrollment: Enrollment) -> None:
    """Note whose certificate the connection shows: no stranger's."""
    trail.way, trail.user = enrollment.way, enrollment.principal.name
    trail.hw_dev_id, trail.device_id = enrollment.hw_dev_id, enrollment.device_id
    trail.is_proven = True


def _proved(signed: SignedRequest, certificate: Certificate) -> CertificateRequest:
    """Return the request within, its two signatures verified: the old key's and the new one's."""
    verify_signature(signed, x509.load_der_x509_certificate(certificate.der))
    return read_request(signed.request)


async def _renewable(house: House, der: bytes | None) -> Renewable | None:
    return await house.enrollments.renewable(fingerprint(der)) if der is not None else None


async def _signer(house: House, signed: SignedRequest, connection: Renewable) -> Renewable | None:
    """Return the certificate that the request says to be signed with.

    The connection's own unless another one is embedded and named; whether its key signed is
    verified later, against what the store has.
    """
    named = named_certificate(signed)
    if named is None or named == connection.certificate.der:
        return connection
    return await _renewable(house, named)


def _held(found: Renewable | None) -> Held | None:
    if found is None:
        return None
    certificate, hindrance = found.certificate, ""
    if found.custody in _GONE:
        hindrance = f"the headset is {found.custody.value}"
    elif found.departing is not None:
        hindrance = f"the headset was told to go ({found.departing.value})"
    return Held(found.enrollment.id, certificate.not_before, certificate.not_after, hindrance)


def _term(house: House, signer: Renewable | None, now: datetime) -> Term:
    settings, issuer = house.settings, house.trust.devices.certificate
    life = timedelta(days=settings.certificate_days)
    ends_at = min(now + life, issuer.not_valid_after_utc)
    return Term(settings.renew_days, ends_at, signer is not None and _is_retiring(house, signer))


def _is_retiring(house: House, found: Renewable) -> bool:
    """Return whether an issuer that is on its way out made this certificate."""
    certificate = x509.load_der_x509_certificate(found.certificate.der)
    return certificate.issuer != house.trust.devices.certificate.subject


@dataclass(frozen=True, slots=True)
class _Renewal:
    """A renewal that is granted."""

    old: Renewable
    request: CertificateRequest
    address: str


async def _document(house: House, renewal: _Renewal, now: datetime) -> bytes:
    """Return the document given before for this key, or renew and return a new one."""
    again = await _given_before(house, renewal, now)
    if again is not None:
        return again
    enrollment, old = renewal.old.enrollment, renewal.old.certificate
    made = await issued_certificate(house, renewal.request, enrollment.id, now)
    certificate = replace(made, replaces=old.id)
    document = _written(house, renewal.old, certificate)
    sealed = house.keyring.seal(DOCUMENT_PURPOSE, document)
    actor = Actor(ActorKind.DEVICE, enrollment.principal.name, renewal.address)
    detail = {"enrollment": enrollment.id, "old": old.serial, "new": certificate.serial}
    audit = Audit(now, actor, "certificate.renew", enrollment.device_id, detail)
    if await house.enrollments.renew(enrollment.id, certificate, sealed, audit):
        return document
    again = await _given_before(house, renewal, now)
    if again is None:
        raise Refused(Refusal.NOT_ELIGIBLE_TO_RENEW, "renewal: it ended in this very moment")
    return again


async def _given_before(house: House, renewal: _Renewal, now: datetime) -> bytes | None:
    key, since = renewal.request.spki_sha256, now - REPEAT_WINDOW
    found = await house.enrollments.renewed_since(renewal.old.enrollment.id, key, since)
    return house.keyring.open(DOCUMENT_PURPOSE, found) if found is not None else None


def _written(house: House, old: Renewable, certificate: Certificate) -> bytes:
    """What stands above is in it only where it changed since: [MS-MDE2] 3.4.4.1.1.1."""
    trust, changed = house.trust, _is_retiring(house, old)
    return wap.write_renewal(
        wap.RenewalDocument(
            client=certificate.der,
            store=store_of(old.enrollment.kind),
            provider_id=PROVIDER_ID,
            root=trust.root_der if changed and len(trust.roots) > 1 else None,
            intermediate=keys.dump_certificate(trust.devices.certificate) if changed else None,
        )
    )
