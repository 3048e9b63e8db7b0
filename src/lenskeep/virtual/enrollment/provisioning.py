"""The provisioning document is applied: checked as strictly as the headset's own providers do.

[MS-MDE2] 2.2.9.1 and 3.6. A document is taken whole or not at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lenskeep.tree.value import Format
from lenskeep.virtual.enrollment.hresult import from_breach
from lenskeep.virtual.schedule import complaints
from lenskeep.virtual.state import Account
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.trouble import Breach
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.wap import ProvisioningDocument, read_provisioning

_RULE: Final = "[MS-MDE2] 2.2.9.1"
_CLOCK_SLACK: Final = timedelta(minutes=10)
"""How far the two clocks may be apart; certificates are checked to the second at TLS."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits for the document: the key, the device's and the user's name, the time."""

    key: rsa.RSAPrivateKey
    device_id: str
    user: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What the document brought. `chain` is the root, then the intermediate (PEM)."""

    account: Account
    certificate: bytes
    chain: bytes


def apply_document(body: bytes, pending: Pending) -> Provisioned:
    """Return account and certificates. Raises Breach where a headset would fail the enrollment."""
    try:
        document = read_provisioning(body)
    except BadMessage as error:
        code = from_breach(error).spelled
        raise Breach(error.section or _RULE, f"{code} {error.where}: {error.problem}") from error
    client = _load(document.client, "the client certificate")
    _check_certificate(client, document, pending)
    chain = _check_chain(client, document)
    if problems := complaints(document.poll):
        raise Breach("CSP: DMClient/Provider/Poll", "; ".join(problems))
    return Provisioned(_account(document, pending), client.public_bytes(Encoding.PEM), chain)


def _load(der: bytes, what: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise Breach(_RULE, f"{what} cannot be read") from error


def _check_certificate(
    client: x509.Certificate, document: ProvisioningDocument, pending: Pending
) -> None:
    """The headset finds its key by the public key, and shows the certificate at TLS."""
    mine = pending.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    issued = client.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if mine != issued:
        raise Breach(_RULE, "the client certificate holds another public key than the request")
    if client.not_valid_before_utc > pending.now + _CLOCK_SLACK:
        raise Breach("[RFC 5280] 4.1.2.5", "the client certificate is not valid yet")
    opens = client.not_valid_after_utc - timedelta(days=document.renewal.renew_period_days)
    if opens <= pending.now:
        raise Breach(
            "CSP: CertificateStore/My/WSTEP/Renew", "the renewal window is open from the start"
        )
    _check_usage(client)
    _check_search(client, document.application.certificate_subject)


def _check_usage(client: x509.Certificate) -> None:
    try:
        usage = client.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = x509.ExtendedKeyUsage([])
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise Breach("[RFC 5280] 4.2.1.12", "the client certificate is not for client sign-in")


def _check_search(client: x509.Certificate, subject: str | None) -> None:
    """A wrong SSLCLIENTCERTSEARCHCRITERIA makes every later TLS sign-in fail, silently."""
    if subject is None:
        return
    names = client.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    common_name = str(names[0].value) if names else ""
    if f"cn={common_name}".casefold() not in subject.casefold():
        raise Breach(
            "CSP: w7 APPLICATION/SSLCLIENTCERTSEARCHCRITERIA",
            "the search criteria do not find the certificate that was issued",
        )


def _check_chain(client: x509.Certificate, document: ProvisioningDocument) -> bytes:
    root = _load(document.root, "the root certificate")
    chain = [root]
    if document.intermediate is not None:
        chain.append(_load(document.intermediate, "the intermediate certificate"))
    links = [*reversed(chain), root]
    for below, above in zip([client, *links], links, strict=False):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise Breach(
                "[RFC 5280] 6.1", "the certificates of the document do not form a chain"
            ) from error
    return b"".join(each.public_bytes(Encoding.PEM) for each in chain)


def _account(document: ProvisioningDocument, pending: Pending) -> Account:
    application = document.application
    return Account(
        provider=application.provider_id,
        name=application.name,
        address=application.address,
        device_id=pending.device_id,
        user=pending.user,
        client_name=document.client_auth.name,
        client_secret=document.client_auth.secret,
        nonce=document.client_auth.nonce,
        server_secret=document.server_auth.secret,
        retries=application.connection_retries,
        enrolled_at=pending.now,
        first_backoff_s=application.initial_backoff_ms / 1000,
        longest_backoff_s=application.max_backoff_ms / 1000,
        store=document.store,
        leaves=_leaves(document),
    )


def _leaves(document: ProvisioningDocument) -> tuple[tuple[str, Format, str], ...]:
    provider = f"{VENDOR}DMClient/Provider/{document.application.provider_id}/"
    renew = f"{VENDOR}CertificateStore/My/WSTEP/Renew/"
    poll = document.poll
    numbers = {
        f"{provider}Poll/IntervalForFirstSetOfRetries": poll.first_interval_min,
        f"{provider}Poll/NumberOfFirstRetries": poll.first_count,
        f"{provider}Poll/IntervalForSecondSetOfRetries": poll.second_interval_min,
        f"{provider}Poll/NumberOfSecondRetries": poll.second_count,
        f"{provider}Poll/IntervalForRemainingScheduledRetries": poll.remaining_interval_min,
        f"{provider}Poll/NumberOfRemainingScheduledRetries": poll.remaining_count,
        f"{renew}RenewPeriod": document.renewal.renew_period_days,
        f"{renew}RetryInterval": document.renewal.retry_interval_days,
    }
    texts = {
        f"{provider}UPN": document.upn,
        f"{provider}EntDeviceName": document.device_name,
        f"{provider}EntDMID": document.ent_dm_id,
    }
    switches = {
        f"{provider}Poll/PollOnLogin": poll.on_login,
        f"{provider}Poll/AllUsersPollOnFirstLogin": poll.all_users_on_first_login,
    }
    return (
        *((path, Format.CHR, text) for path, text in texts.items() if text),
        *((path, Format.INT, str(number)) for path, number in numbers.items()),
        *((path, Format.BOOL, str(flag).lower()) for path, flag in switches.items()),
    )
