"""What a provisioning document says, as values, and the rules that its values keep.

[MS-MDE2] 2.2.9.1, 3.6. Reader and writer ask `breaches`, so that neither passes what the other
would not.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from lenskeep.base.secret import Secret
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.security import decode_base64

Store = Literal["User", "System"]
"""Where the client certificate goes: `Full` enrollments User, `Device` enrollments System."""

SYNCML_XML: Final = "application/vnd.syncml.dm+xml"
_ENCODINGS: Final = (SYNCML_XML, "application/vnd.syncml.dm+wbxml")
_LONGEST_RENEW_PERIOD_DAYS: Final = 1000  # CSP: CertificateStore/My/WSTEP/Renew/RenewPeriod


@dataclass(frozen=True, slots=True)
class Poll:
    """When a headset calls of its own accord: three sets of minutes between calls and a count.

    CSP: DMClient/Provider/{ID}/Poll. A count of 0 with an interval repeats for ever.
    """

    first_interval_min: int = 15
    first_count: int = 10
    second_interval_min: int = 0
    second_count: int = 0
    remaining_interval_min: int = 0
    remaining_count: int = 0
    on_login: bool = False
    all_users_on_first_login: bool = False

    def sets(self) -> tuple[tuple[int, int], ...]:
        """Return interval and count of the three sets, in order."""
        return (
            (self.first_interval_min, self.first_count),
            (self.second_interval_min, self.second_count),
            (self.remaining_interval_min, self.remaining_count),
        )


@dataclass(frozen=True, slots=True)
class Renewal:
    """When a headset renews its certificate by itself; the defaults are those of the CSP.

    CSP: CertificateStore/My/WSTEP/Renew.
    """

    renew_period_days: int = 42
    retry_interval_days: int = 7


@dataclass(frozen=True, slots=True)
class Credentials:
    """One APPAUTH: level CLIENT proves the server to the headset, APPSRV the headset to us.

    `nonce` is base64. seen: Windows 11 26200 fails the enrollment where a DIGEST has none.
    """

    level: Literal["CLIENT", "APPSRV"]
    name: str
    secret: Secret
    nonce: str
    scheme: Literal["DIGEST", "BASIC"] = "DIGEST"


@dataclass(frozen=True, slots=True)
class Application:
    """The management account. CSP: w7 APPLICATION; times in milliseconds.

    `certificate_subject` is the DN by which the headset finds its certificate for TLS; without
    it the headset takes the one that this document brings.
    """

    provider_id: str
    name: str
    address: str
    connection_retries: int = 6
    initial_backoff_ms: int = 30_000
    max_backoff_ms: int = 120_000
    encoding: str = SYNCML_XML
    certificate_subject: str | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """Where Settings sends a wearer who needs help. CSP: DMClient/Provider/{ID}/Help*."""

    phone: str = ""
    website: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class CompletePage:
    """The page that ends an enrollment. CSP: DMClient/Provider/{ID}/CustomEnrollmentCompletePage.

    assumed: a HoloLens shows it; its description names the Holographic editions.
    """

    title: str
    body: str = ""
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True, slots=True)
class ProvisioningDocument:
    """Everything that an enrollment gives a headset; certificates as DER.

    `client_auth` is the APPSRV entry, `server_auth` the CLIENT entry. Texts that are empty are
    left out.
    """

    root: bytes
    intermediate: bytes | None
    client: bytes
    store: Store
    renewal: Renewal
    application: Application
    client_auth: Credentials
    server_auth: Credentials
    upn: str
    device_name: str
    ent_dm_id: str
    poll: Poll
    help: Help = Help()
    complete_page: CompletePage | None = None


@dataclass(frozen=True, slots=True)
class RenewalDocument:
    """What a renewal gives: the new certificate (DER), and what stands above it only where that
    changed. assumed: an intermediate is taken as at enrollment; the one sample has a root alone.
    """

    client: bytes
    store: Store
    provider_id: str
    root: bytes | None = None
    intermediate: bytes | None = None


def thumbprint(der: bytes) -> str:
    """Return the SHA-1 of a certificate in upper-case hex: its node's name in CertificateStore."""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def breaches(document: ProvisioningDocument) -> Iterator[tuple[str, str]]:
    """Return each rule that the values break: where (the provider first) and what is wrong."""
    certificates = (document.root, document.client, document.intermediate)
    if b"" in certificates:
        yield "CertificateStore", "a certificate is empty"
    yield from _renewal_breaches(document.renewal)
    yield from _application_breaches(document.application)
    yield from _credentials_breaches(document.server_auth, "CLIENT")
    yield from _credentials_breaches(document.client_auth, "APPSRV")
    yield from _poll_breaches(document.poll)
    page = document.complete_page
    if page is not None and not page.title:
        yield "DMClient/Provider/CustomEnrollmentCompletePage", "Title is missing"


def _renewal_breaches(renewal: Renewal) -> Iterator[tuple[str, str]]:
    where = "CertificateStore/My/WSTEP/Renew"
    if not 1 <= renewal.renew_period_days <= _LONGEST_RENEW_PERIOD_DAYS:
        yield where, f"RenewPeriod is not between 1 and {_LONGEST_RENEW_PERIOD_DAYS} days"
    if not 1 <= renewal.retry_interval_days <= renewal.renew_period_days:
        yield where, "RetryInterval is not between 1 day and RenewPeriod"


def _application_breaches(application: Application) -> Iterator[tuple[str, str]]:
    where = "APPLICATION"
    if not application.provider_id or "/" in application.provider_id:
        yield where, "PROVIDER-ID is empty or holds a slash"  # it becomes a node's name
    if not application.address.lower().startswith("https://"):
        yield where, "ADDR is no https URL"
    if application.encoding not in _ENCODINGS:
        yield where, f"DEFAULTENCODING is none of {', '.join(_ENCODINGS)}"
    if application.certificate_subject == "":
        yield where, "SSLCLIENTCERTSEARCHCRITERIA names no Subject"
    times = (application.initial_backoff_ms, application.max_backoff_ms)
    if min(*times, application.connection_retries) < 0:
        yield where, "a negative retry count or back-off time"


def _credentials_breaches(credentials: Credentials, level: str) -> Iterator[tuple[str, str]]:
    where = f"APPLICATION/APPAUTH/{level}"
    if credentials.level != level:
        yield where, f"AAUTHLEVEL {level} is expected here"
    if not credentials.secret:
        yield where, "AAUTHSECRET is missing"
    if level == "APPSRV" and not credentials.name:
        yield where, "AAUTHNAME is missing"
    if level == "CLIENT" and credentials.scheme != "DIGEST":
        yield where, "AAUTHTYPE is not DIGEST, the only one for CLIENT"
    if credentials.scheme == "DIGEST" and not _is_nonce(credentials.nonce):
        yield where, "AAUTHDATA is not the base64 of a nonce"


def _is_nonce(text: str) -> bool:
    try:
        return len(decode_base64(text, where="AAUTHDATA")) > 0
    except BadMessage:
        return False


def _poll_breaches(poll: Poll) -> Iterator[tuple[str, str]]:
    where = "DMClient/Provider/Poll"
    if min(number for pair in poll.sets() for number in pair) < 0:
        yield where, "a negative interval or count"
    if all(interval == 0 for interval, _ in poll.sets()):
        yield where, "no set of retries has an interval"
    if sum(interval > 0 and count == 0 for interval, count in poll.sets()) > 1:
        yield where, "more than one set of retries repeats for ever"
