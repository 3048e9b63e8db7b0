"""A new enrollment before it is stored: its certificate and its provisioning document."""

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from lenskeep.base.identifiers import CertificateId, DeviceId, EnrollmentId
from lenskeep.base.secret import Secret
from lenskeep.certificates import keys
from lenskeep.certificates.authority import DeviceLeaf, issue_device
from lenskeep.certificates.request import CertificateRequest
from lenskeep.certificates.verify import fingerprint
from lenskeep.enrollment.lifecycle import Claim
from lenskeep.enrollment.provision import PROVIDER_ID, Provision, provisioning
from lenskeep.enrollment.wearer.words import Named, WearerWords, name_of
from lenskeep.flows.device.identity import SECRET_PURPOSE
from lenskeep.flows.device.manage import MANAGEMENT_PATH, NONCE_BYTES
from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.house import House
from lenskeep.flows.in_force.documents import words_in_force
from lenskeep.flows.records import Certificate, Enrollment
from lenskeep.wire import wap

DOCUMENT_PURPOSE: Final = "enrollment.document"
_SECRET_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"  # noqa: S105
_SECRET_LENGTH: Final = 32
"""190 bits for each of the two digest secrets."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new enrollment before it is stored."""

    enrollment: Enrollment
    certificate: Certificate
    document: bytes


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who enrolls, as which record, with which request."""

    proven: Proven
    device_id: DeviceId
    claim: Claim
    request: CertificateRequest


async def make(house: House, applicant: Applicant, now: datetime) -> Made:
    """Issue the certificate and write the document; nothing is stored yet."""
    claim, proven = applicant.claim, applicant.proven
    enrollment_id = EnrollmentId(house.ids.new("enr"))
    certificate = await issued_certificate(house, applicant.request, enrollment_id, now)
    device_secret, server_secret = _secret(house), _secret(house)
    enrollment = Enrollment(
        id=enrollment_id,
        device_id=applicant.device_id,
        principal=proven.principal,
        dev_id=claim.dev_id,
        hw_dev_id=claim.hw_dev_id,
        kind=claim.kind,
        created_at=now,
        context=claim.context,
        auth_name=enrollment_id,
        auth_secret=house.keyring.seal(SECRET_PURPOSE, device_secret.encode()),
        server_secret=house.keyring.seal(SECRET_PURPOSE, server_secret.encode()),
        first_nonce=_nonce(house),
        server_nonce=_nonce(house),
        way=proven.way.value,
        tenant=proven.tenant,
        user_id=proven.user_id,
        entra_device=proven.entra_device,
    )
    secrets = (device_secret, server_secret)
    words, _ = await words_in_force(house)
    given = Given(certificate.der, secrets, words)
    document = _write_document(house, enrollment, applicant, given)
    return Made(enrollment, certificate, document)


@dataclass(frozen=True, slots=True)
class Given:
    """What goes into the document, besides what is stored of the enrollment."""

    der: bytes
    secrets: tuple[str, str] = field(repr=False)
    """The device's and the server's."""
    words: WearerWords


async def issued_certificate(
    house: House, request: CertificateRequest, enrollment_id: EnrollmentId, now: datetime
) -> Certificate:
    """Issue a certificate for this request's key under the enrollment's name."""
    days = timedelta(days=house.settings.certificate_days)
    leaf = DeviceLeaf(request.spki_der, enrollment_id, days)
    issued = await asyncio.to_thread(issue_device, house.trust.devices, leaf, now, house.randomness)
    der = keys.dump_certificate(issued)
    return Certificate(
        id=CertificateId(house.ids.new("crt")),
        serial=keys.serial_text(issued),
        sha256=fingerprint(der),
        spki_sha256=request.spki_sha256,
        der=der,
        not_before=issued.not_valid_before_utc,
        not_after=issued.not_valid_after_utc,
    )


def _write_document(
    house: House,
    enrollment: Enrollment,
    applicant: Applicant,
    given: Given,
) -> bytes:
    settings, claim = house.settings, applicant.claim
    serial = next(iter(claim.context.get("SerialNumber", ())), "")
    named = Named(claim.device_name, serial, applicant.proven.user)
    return wap.write_provisioning(
        provisioning(
            Provision(
                root=house.trust.root_der,
                intermediate=keys.dump_certificate(house.trust.devices.certificate),
                client=given.der,
                kind=enrollment.kind,
                provider_id=PROVIDER_ID,
                display_name=settings.organization,
                management_url=settings.url(MANAGEMENT_PATH),
                auth_name=enrollment.auth_name,
                auth_secret=Secret(given.secrets[0]),
                auth_nonce=enrollment.first_nonce,
                server_secret=Secret(given.secrets[1]),
                server_nonce=enrollment.server_nonce,
                upn=applicant.proven.user,
                device_name=name_of(given.words, named),
                ent_dm_id=enrollment.id,
                renew_days=min(settings.renew_days, settings.certificate_days - 1),
                words=given.words,
            )
        )
    )


def _secret(house: House) -> str:
    return house.randomness.choice(_SECRET_ALPHABET, _SECRET_LENGTH)


def _nonce(house: House) -> str:
    return base64.b64encode(house.randomness.octets(NONCE_BYTES)).decode("ascii")
