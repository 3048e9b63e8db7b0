"""The certificate of a provisioning package: whether it is ours, and its key signed the request.

[MS-MDE2] 3.4: at GetPolicies the certificate is all that comes, and it proves nothing: who has
seen it can send it. So there it opens what the policy answer says, the same for everybody, and a
certificate that is unknown, disabled or ended is refused like any wrong secret. The certificate
request is signed with its key, and only what the signature covers is believed.
"""

import asyncio
from datetime import datetime

from cryptography import x509

from lenskeep.base.errors import Invalid, Refusal, Refused
from lenskeep.certificates.keys import load_certificate
from lenskeep.certificates.verify import MAX_CERTIFICATE_BYTES, fingerprint
from lenskeep.flows.device.proving.asked import Asked, Proven
from lenskeep.flows.device.proving.passwords import wrong
from lenskeep.flows.entrance import Way
from lenskeep.flows.house import House
from lenskeep.flows.records import Account, Principal, PrincipalKind
from lenskeep.wire.security import salvage_base64
from lenskeep.wire.soap import BinaryToken


async def prove_certificate(house: House, asked: Asked, token: BinaryToken) -> Proven:
    """Return whose certificate it is. Raises Refused: the same for everything wrong with it.

    The message is not looked at more closely before its certificate was found good: nobody else
    can make us check a signature.
    """
    der = salvage_base64(token.data) if len(token.data) <= 2 * MAX_CERTIFICATE_BYTES else b""
    digest = fingerprint(der)
    found = await house.enrollments.account_by_certificate(digest)
    try:
        account = _good(found, house.clock.now())
        certificate = _loaded(der, house.clock.now())
        signed = await _signed(house, asked, certificate) if asked.issuing else None
    except Refused as refused:
        name = digest.hex() if found is None else found.name
        raise await wrong(house, name, asked.visitor.address, refused.reason) from None
    principal = Principal(PrincipalKind.BULK, account.id, account.name)
    return Proven(principal, Way.PACKAGE_CERTIFICATE, account.name, signed_body=signed)


async def _signed(house: House, asked: Asked, certificate: x509.Certificate) -> bytes:
    from lenskeep.certificates.xml_signature import verify_signature  # brings lxml: few need it

    now = house.clock.now()
    return await asyncio.to_thread(verify_signature, asked.body, certificate, now)


def _good(account: Account | None, now: datetime) -> Account:
    """Return an account that may enroll now."""
    if account is None or not account.bulk:
        raise _refused("a certificate that no bulk account has")
    if account.disabled_at is not None:
        raise _refused(f"the certificate of account {account.id}, which is disabled")
    if account.expires_at is not None and account.expires_at <= now:
        raise _refused(f"the certificate of account {account.id}, which has expired")
    return account


def _loaded(der: bytes, now: datetime) -> x509.Certificate:
    """Return a certificate that is good now."""
    try:
        certificate = load_certificate(der)
    except Invalid:
        raise _refused("a certificate that cannot be read") from None
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise _refused("the certificate of a bulk account, at a time when it is not good")
    return certificate


def _refused(reason: str) -> Refused:
    return Refused(Refusal.AUTHENTICATION, reason)
