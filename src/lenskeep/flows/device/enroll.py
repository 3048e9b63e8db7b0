"""Discovery, policy, enrollment: how a headset becomes a device of ours.

Nothing is stored before a secret was proved and a certificate request was accepted; then device,
enrollment, certificate, the code's use and the audit line are stored in one transaction.
"""

import asyncio
import base64
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.identifiers import CertificateId, DeviceId, EnrollmentId
from lenskeep.base.secret import Secret
from lenskeep.certificates import keys
from lenskeep.certificates.authority import DeviceLeaf, issue_device
from lenskeep.certificates.request import CertificateRequest, read_request
from lenskeep.certificates.verify import fingerprint
from lenskeep.enrollment.lifecycle import Claim, read_claim
from lenskeep.enrollment.provision import (
    PROVIDER_ID,
    Endpoints,
    Provision,
    negotiate,
    policies_answer,
    provisioning,
)
from lenskeep.flows.device.identity import SECRET_PURPOSE
from lenskeep.flows.device.manage import MANAGEMENT_PATH, NONCE_BYTES
from lenskeep.flows.device.proving import REPEAT_WINDOW, prove
from lenskeep.flows.house import House
from lenskeep.flows.ports import Enrolled, NewEnrollment
from lenskeep.flows.records import (
    Actor,
    ActorKind,
    Audit,
    Certificate,
    Enrollment,
    Principal,
    PrincipalKind,
)
from lenskeep.wire import discover as discovery
from lenskeep.wire import soap, wap, wstep, xcep
from lenskeep.wire.errors import BadMessage

DISCOVERY_PATH: Final = "/EnrollmentServer/Discovery.svc"
POLICY_PATH: Final = "/EnrollmentServer/Policy.svc"
ENROLLMENT_PATH: Final = "/EnrollmentServer/Enrollment.svc"
DOCUMENT_PURPOSE: Final = "enrollment.document"
_SECRET_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"  # noqa: S105
_SECRET_LENGTH: Final = 32
"""190 bits for each of the two digest secrets."""
TIMESTAMP_LIFE: Final = timedelta(minutes=5)


async def discover(house: House, body: bytes, _address: str) -> bytes:
    """Answer Discover with the URLs and the way of signing in ([MS-MDE2] 3.1.4.1)."""
    header, asked = discovery.read_discover(body)
    settings = house.settings
    endpoints = Endpoints(settings.url(POLICY_PATH), settings.url(ENROLLMENT_PATH))
    result = negotiate(asked, endpoints)
    if isinstance(result, Refused):
        raise result
    answer = _response_header(house, header, soap.ACTION_DISCOVER_RESPONSE)
    return discovery.write_discover_response(answer, result)


async def policies(house: House, body: bytes, address: str) -> bytes:
    """Answer GetPolicies for a proved secret ([MS-XCEP] 3.1.4.1). Consumes nothing."""
    header, _ = xcep.read_get_policies(body)
    await prove(house, header.token, address)
    answer = _response_header(house, header, soap.ACTION_GET_POLICIES_RESPONSE)
    settings = house.settings
    value = policies_answer(settings.certificate_days, settings.renew_days)
    return xcep.write_policies(answer, value)


async def enroll(house: House, body: bytes, address: str) -> bytes:
    """Answer RequestSecurityToken with a certificate and the provisioning document.

    [MS-MDE2] 3.4.4.1. The same principal and public key again within minutes get the same
    document: a lost answer costs no second code and makes no second record.
    """
    header, asked = wstep.read_request(body)
    if asked.request_type is wstep.RequestType.RENEW:
        raise Refused(Refusal.NOT_ELIGIBLE_TO_RENEW, "renewal is not offered yet")
    if asked.request_type is not wstep.RequestType.ISSUE:
        raise Refused(Refusal.NOT_SUPPORTED, f"request type {asked.request_type.name}")
    if asked.is_pkcs7:
        raise BadMessage("a PKCS#10 request is expected to issue", section="[MS-MDE2] 3.4.4.1.1.1")
    principal = await prove(house, header.token, address)
    claim = read_claim(asked.context)
    request = await asyncio.to_thread(read_request, asked.request)
    document = await _document(house, principal, claim, request, address)
    now = house.clock.now()
    value = wstep.SecurityTokenResponse(
        document, created=now - TIMESTAMP_LIFE, expires=now + TIMESTAMP_LIFE
    )
    return wstep.write_response(_response_header(house, header, soap.ACTION_RSTRC), value)


async def _document(
    house: House, principal: Principal, claim: Claim, request: CertificateRequest, address: str
) -> bytes:
    """Return the document given before for this key, or enroll and return a new one."""
    now = house.clock.now()
    since = now - REPEAT_WINDOW
    issued = await house.enrollments.issued_since(principal, request.spki_sha256, since)
    if issued is None:
        existing = await _existing(house, principal, claim)
        device_id = existing or DeviceId(house.ids.new("dev"))
        made = await _make(house, _Applicant(principal, device_id, claim, request), now)
        new = NewEnrollment(
            enrollment=made.enrollment,
            certificate=made.certificate,
            provisioning=house.keyring.seal(DOCUMENT_PURPOSE, made.document),
            device_name=claim.device_name,
            user=principal.name,
            os_version=claim.os_version,
            existing_device=existing,
            audit=_audit(made.enrollment, address, now),
        )
        if await house.enrollments.enroll(new) is Enrolled.STORED:
            return made.document
        issued = await house.enrollments.issued_since(principal, request.spki_sha256, since)
    if issued is None:
        raise Refused(Refusal.AUTHENTICATION, "the code has no use left, or the account ended")
    return house.keyring.open(DOCUMENT_PURPOSE, issued.provisioning)


@dataclass(frozen=True, slots=True)
class _Made:
    """A new enrollment before it is stored."""

    enrollment: Enrollment
    certificate: Certificate
    document: bytes


@dataclass(frozen=True, slots=True)
class _Applicant:
    """Who enrolls, as which record, with which request."""

    principal: Principal
    device_id: DeviceId
    claim: Claim
    request: CertificateRequest


async def _make(house: House, applicant: _Applicant, now: datetime) -> _Made:
    """Issue the certificate and write the document; nothing is stored yet."""
    claim, request = applicant.claim, applicant.request
    enrollment_id = EnrollmentId(house.ids.new("enr"))
    days = timedelta(days=house.settings.certificate_days)
    leaf = DeviceLeaf(request.spki_der, enrollment_id, days)
    issued = await asyncio.to_thread(issue_device, house.trust.devices, leaf, now, house.randomness)
    der = keys.dump_certificate(issued)
    certificate = Certificate(
        id=CertificateId(house.ids.new("crt")),
        serial=keys.serial_text(issued),
        sha256=fingerprint(der),
        spki_sha256=request.spki_sha256,
        der=der,
        not_before=issued.not_valid_before_utc,
        not_after=issued.not_valid_after_utc,
    )
    device_secret, server_secret = _secret(house), _secret(house)
    enrollment = Enrollment(
        id=enrollment_id,
        device_id=applicant.device_id,
        principal=applicant.principal,
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
    )
    document = _write_document(house, enrollment, claim, der, (device_secret, server_secret))
    return _Made(enrollment, certificate, document)


def _write_document(
    house: House, enrollment: Enrollment, claim: Claim, der: bytes, secrets: tuple[str, str]
) -> bytes:
    settings = house.settings
    return wap.write_provisioning(
        provisioning(
            Provision(
                root=house.trust.root_der,
                intermediate=keys.dump_certificate(house.trust.devices.certificate),
                client=der,
                kind=enrollment.kind,
                provider_id=PROVIDER_ID,
                display_name=settings.organization,
                management_url=settings.url(MANAGEMENT_PATH),
                auth_name=enrollment.auth_name,
                auth_secret=Secret(secrets[0]),
                auth_nonce=enrollment.first_nonce,
                server_secret=Secret(secrets[1]),
                server_nonce=enrollment.server_nonce,
                upn=enrollment.principal.name,
                device_name=claim.device_name,
                ent_dm_id=enrollment.id,
                renew_days=min(settings.renew_days, settings.certificate_days - 1),
            )
        )
    )


async def _existing(house: House, principal: Principal, claim: Claim) -> DeviceId | None:
    """Return the record of the same headset under the same account: it goes on.

    A hardware id is only a claim, so that it counts together with the same proof alone; a code
    proves nobody in particular and continues nothing.
    """
    if not claim.hw_dev_id or principal.kind is not PrincipalKind.ACCOUNT:
        return None
    return await house.enrollments.device_of(principal, claim.hw_dev_id)


def _audit(enrollment: Enrollment, address: str, now: datetime) -> Audit:
    principal = enrollment.principal
    actor = Actor(ActorKind.DEVICE, principal.name, address)
    detail = {"by": principal.kind.value, "id": principal.id, "dev_id": enrollment.dev_id}
    return Audit(now, actor, "device.enroll", enrollment.device_id, detail)


# --- headers ------------------------------------------------------------------------------


def fault_header(body: bytes, trace: str) -> soap.ResponseHeader:
    """Return the header of a fault that answers this body, readable or not."""
    try:
        action = soap.RESPONSE_ACTIONS.get(soap.read_action(body), soap.ACTION_RSTRC)
        return soap.ResponseHeader(action, soap.read_message_id(body), trace)
    except BadMessage:
        return soap.ResponseHeader(soap.ACTION_RSTRC, "", trace)


def new_guid(house: House) -> str:
    """Return a random GUID: what ActivityId and TraceId hold."""
    return str(uuid.UUID(bytes=house.randomness.octets(16), version=4))


def _response_header(house: House, header: soap.RequestHeader, action: str) -> soap.ResponseHeader:
    return soap.ResponseHeader(action, header.message_id, new_guid(house))


def _secret(house: House) -> str:
    return house.randomness.choice(_SECRET_ALPHABET, _SECRET_LENGTH)


def _nonce(house: House) -> str:
    return base64.b64encode(house.randomness.octets(NONCE_BYTES)).decode("ascii")
