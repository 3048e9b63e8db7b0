"""The provisioning document is applied: checked as strictly as the headset's own providers do.

[MS-MDE2] 2.2.9.1 and 3.6. A document is taken whole or not at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lenskeep.tree.value import Format
from lenskeep.virtual.device import Device
from lenskeep.virtual.enrollment.hresult import Hresult, from_breach
from lenskeep.virtual.enrollment.passage import Passage
from lenskeep.virtual.schedule import complaints
from lenskeep.virtual.state import CHAIN_FILE, Account
from lenskeep.virtual.tree.renewing import renewal_of
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.trouble import Breach
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.wap import (
    CompletePage,
    ProvisioningDocument,
    read_characteristics,
    read_provisioning,
    read_renewal,
)

_RULE: Final = "[MS-MDE2] 2.2.9.1"
_CLOCK_SLACK: Final = timedelta(minutes=10)
"""How far the two clocks may be apart; certificates are checked to the second at TLS."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits for the document: the key, the device's name, how it came, and the time."""

    key: rsa.RSAPrivateKey
    device_id: str
    passage: Passage
    now: datetime
    discovery_url: str = ""
    enrollment_url: str = ""


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What the document brought. `chain` is the root, then the intermediate (PEM)."""

    account: Account
    certificate: bytes
    chain: bytes


def apply_document(body: bytes, pending: Pending) -> Provisioned:
    """Return account and certificates. Raises Breach where a headset would fail the enrollment."""
    _check_providers(body)
    try:
        document = read_provisioning(body)
    except BadMessage as error:
        raise refusal(error) from error
    _check_store(document.store, pending.passage)
    client = _load(document.client, "the client certificate")
    _check_certificate(client, document, pending)
    chain = _check_chain(client, document)
    if problems := complaints(document.poll):
        raise Breach("CSP: DMClient/Provider/Poll", "; ".join(problems))
    account = _account(document, pending, is_found=finds(client, _criteria(document)))
    return Provisioned(account, client.public_bytes(Encoding.PEM), chain)


def _criteria(document: ProvisioningDocument) -> str | None:
    return document.application.certificate_subject


@dataclass(frozen=True, slots=True)
class Renewed:
    """What the document of a renewal brought, as PEM; `above` is empty where it did not change."""

    certificate: bytes
    above: bytes


def apply_renewal(body: bytes, key: rsa.RSAPrivateKey, device: Device) -> Renewed:
    """Return the new certificate. Raises Breach where a headset would keep the old one."""
    account = device.account
    try:
        document = read_renewal(body)
    except BadMessage as error:
        raise refusal(error) from error
    if document.provider_id != account.provider:
        raise Breach(_RULE, "PROVIDER-ID names another account than the one that renews")
    if document.store != account.store:
        raise Breach(_RULE, f"the certificate goes to My/{document.store}, not My/{account.store}")
    client = _load(document.client, "the client certificate")
    _check_key(client, key, device.now())
    _check_window(client, renewal_of(device.tree).period.days, device.now())
    _check_usage(client)
    brought = (
        (document.root, "the root certificate"),
        (document.intermediate, "the intermediate certificate"),
    )
    above = [_load(der, what) for der, what in brought if der]
    known = x509.load_pem_x509_certificates(device.vault.read(CHAIN_FILE) or b"")
    for each in above:
        if each.issuer != each.subject:
            _check_issuer(each, known)
        known.append(each)
    _check_issuer(client, known)
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in above)
    return Renewed(client.public_bytes(Encoding.PEM), pem)


def _check_issuer(certificate: x509.Certificate, known: list[x509.Certificate]) -> None:
    """A new certificate comes from an authority that the headset knows, or gets to know now."""
    for above in known:
        try:
            certificate.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return
    raise Breach("[RFC 5280] 6.1", "the new certificate was issued by nobody that is known here")


def refusal(error: BadMessage) -> Breach:
    """Return the breach for a document that cannot be read, with the number that is shown."""
    code = from_breach(error).spelled
    return Breach(error.section or _RULE, f"{code} {error.where}: {error.problem}")


_PROVIDERS: Final = {
    "RootCATrustedCertificates": Hresult.OTHER_PROVIDER_FAILED,
    "ClientCertificateInstall": Hresult.OTHER_PROVIDER_FAILED,
    "Policy": Hresult.OTHER_PROVIDER_FAILED,
    "PassportForWork": Hresult.PASSPORT_FAILED,
    "EnterpriseModernAppManagement": Hresult.APPLICATIONS_FAILED,
}
"""Providers that may stand in the document by the book and that this headset fails over.

`seen:` Windows 11 26200 fails the enrollment for RootCATrustedCertificates."""
_CLASSIC: Final = ("CertificateStore", "APPLICATION", "DMClient")


def _check_providers(body: bytes) -> None:
    """One characteristic of an unknown provider fails the whole enrollment (0x80180023)."""
    try:
        trees = read_characteristics(body)
    except BadMessage as error:
        raise refusal(error) from error
    for tree in trees:
        if tree.type not in _CLASSIC:
            code = _PROVIDERS.get(tree.type, Hresult.PROVISIONING_FAILED)
            raise Breach(_RULE, f"{code.spelled} {tree.type}: {code.meaning}")


def _check_store(store: str, passage: Passage) -> None:
    """[MS-MDE2] 3.6: `Full` enrollments have the certificate in My/User, `Device` in My/System."""
    wanted = "User" if passage.enrollment_type == "Full" else "System"
    if store != wanted:
        raise Breach(
            "[MS-MDE2] 3.6 the certificate's store follows from EnrollmentType",
            f"{Hresult.CERTIFICATE_STORE_FAILED.spelled} the certificate goes to My/{store}, "
            f"an enrollment of type {passage.enrollment_type} needs My/{wanted}",
        )


_UNREADABLE: Final = (
    *(ValueError, TypeError, UnsupportedAlgorithm),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)


def _load(der: bytes, what: str) -> x509.Certificate:
    try:
        found = x509.load_der_x509_certificate(der)
        # The library reads these only when they are asked for.
        _ = found.subject, found.issuer, found.public_key(), found.extensions
    except _UNREADABLE as error:
        raise Breach(_RULE, f"{what} cannot be read") from error
    return found


def _check_certificate(
    client: x509.Certificate, document: ProvisioningDocument, pending: Pending
) -> None:
    """The headset finds its key by the public key, and shows the certificate at TLS."""
    _check_key(client, pending.key, pending.now)
    _check_window(client, document.renewal.renew_period_days, pending.now)
    _check_usage(client)


def _check_key(client: x509.Certificate, key: rsa.RSAPrivateKey, now: datetime) -> None:
    mine = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    issued = client.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if mine != issued:
        code = Hresult.CERTIFICATE_STORE_FAILED.spelled
        raise Breach(_RULE, f"{code} the client certificate holds another public key than ours")
    if client.not_valid_before_utc > now + _CLOCK_SLACK:
        raise Breach("[RFC 5280] 4.1.2.5", "the client certificate is not valid yet")


def _check_window(client: x509.Certificate, renew_period_days: int, now: datetime) -> None:
    """`seen:` a NotBefore dated back by the renewal period opens the window at once."""
    period, rule = timedelta(days=renew_period_days), "CSP: CertificateStore/My/WSTEP/Renew"
    if client.not_valid_after_utc - period <= now:
        raise Breach(rule, "the renewal window is open from the start")
    if client.not_valid_before_utc + period <= now:
        raise Breach(rule, "NotBefore is dated back so far that the headset renews at once")


def _check_usage(client: x509.Certificate) -> None:
    try:
        usage = client.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = x509.ExtendedKeyUsage([])
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise Breach("[RFC 5280] 4.2.1.12", "the client certificate is not for client sign-in")


def finds(client: x509.Certificate, subject: str | None) -> bool:
    """Return whether the search criteria of the account find that certificate.

    Where they do not, every later TLS sign-in fails, silently: no certificate is shown. CSP: w7
    APPLICATION/SSLCLIENTCERTSEARCHCRITERIA.
    """
    if subject is None:
        return True
    names = client.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    common_name = str(names[0].value) if names else ""
    return f"cn={common_name}".casefold() in subject.casefold()


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


def _account(document: ProvisioningDocument, pending: Pending, *, is_found: bool) -> Account:
    application, passage = document.application, pending.passage
    return Account(
        provider=application.provider_id,
        name=application.name,
        address=application.address,
        device_id=pending.device_id,
        user=passage.user,
        client_name=document.client_auth.name,
        client_secret=document.client_auth.secret,
        nonce=document.client_auth.nonce,
        server_secret=document.server_auth.secret,
        retries=application.connection_retries,
        enrolled_at=pending.now,
        first_backoff_s=application.initial_backoff_ms / 1000,
        longest_backoff_s=application.max_backoff_ms / 1000,
        store=document.store,
        leaves=_leaves(document, passage),
        enrollment_type=passage.enrollment_type,
        entrance=passage.entrance.value,
        tenant=passage.tenant,
        discovery_url=pending.discovery_url,
        enrollment_url=pending.enrollment_url,
        shows_certificate=is_found,
    )


def _page(root: str, page: CompletePage | None) -> dict[str, str]:
    if page is None:
        return {}
    return {
        f"{root}Title": page.title,
        f"{root}BodyText": page.body,
        f"{root}HyperlinkHref": page.link,
        f"{root}HyperlinkText": page.link_text,
    }


def _leaves(
    document: ProvisioningDocument, passage: Passage
) -> tuple[tuple[str, Format, str], ...]:
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
        f"{provider}HelpPhoneNumber": document.help.phone,
        f"{provider}HelpWebsite": document.help.website,
        f"{provider}HelpEmailAddress": document.help.email,
        **_page(f"{provider}CustomEnrollmentCompletePage/", document.complete_page),
        f"{provider}EnrollmentType": passage.enrollment_type,
        f"{provider}AADDeviceID": passage.entra_device,
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
