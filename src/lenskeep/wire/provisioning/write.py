"""Writing a provisioning document: the published order, every datatype explicit.

[MS-MDE2] 2.2.9.1, 3.6. Raises CannotEncode for what a headset would refuse.
"""

from urllib.parse import quote

from lenskeep.wire.errors import CannotEncode
from lenskeep.wire.provisioning.characteristic import (
    Characteristic,
    Parm,
    write_characteristics,
)
from lenskeep.wire.provisioning.model import (
    Application,
    CompletePage,
    Credentials,
    Poll,
    ProvisioningDocument,
    Renewal,
    RenewalDocument,
    Store,
    breaches,
    thumbprint,
)
from lenskeep.wire.security import encode_base64


def write_provisioning(document: ProvisioningDocument) -> bytes:
    """Return the document of an enrollment."""
    for where, problem in breaches(document):
        raise CannotEncode(f"{where}: {problem}")
    trusted = [_store("Root", "System", document.root)]
    if document.intermediate is not None:
        trusted.append(_store("CA", "System", document.intermediate))
    key = Characteristic("PrivateKeyContainer")  # a sibling of the certificate at enrollment
    own = (_certificate(document.client), key)
    mine = (Characteristic(document.store, own), _write_renewal_schedule(document.renewal))
    return write_characteristics(
        (
            Characteristic("CertificateStore", tuple(trusted)),
            Characteristic("CertificateStore", (Characteristic("My", mine),)),
            _write_application(document),
            _write_dm_client(document),
        )
    )


def write_renewal(document: RenewalDocument) -> bytes:
    """Return the document that answers a renewal; its key container is inside the certificate."""
    above = (("Root", document.root), ("CA", document.intermediate))
    if not (document.client and document.provider_id) or b"" in [der for _, der in above]:
        raise CannotEncode("a renewal needs a certificate and the provider's id")
    stores = [_store(area, "System", der) for area, der in above if der is not None]
    own = _certificate(document.client, Characteristic("PrivateKeyContainer"))
    mine = Characteristic("My", (Characteristic(document.store, (own,)),))
    account = Characteristic("APPLICATION", (Parm("PROVIDER-ID", document.provider_id),))
    return write_characteristics((Characteristic("CertificateStore", (*stores, mine)), account))


def _store(area: str, place: str, der: bytes) -> Characteristic:
    return Characteristic(area, (Characteristic(place, (_certificate(der),)),))


def _certificate(der: bytes, *inside: Characteristic) -> Characteristic:
    encoded = Parm("EncodedCertificate", encode_base64(der))
    return Characteristic(thumbprint(der), (encoded, *inside))


def _write_renewal_schedule(renewal: Renewal) -> Characteristic:
    """CSP: CertificateStore/My/WSTEP/Renew; Windows renews by itself whatever ROBOSupport says."""
    renew = (
        Parm("ROBOSupport", "true", "boolean"),
        Parm("RenewPeriod", str(renewal.renew_period_days), "integer"),
        Parm("RetryInterval", str(renewal.retry_interval_days), "integer"),
    )
    return Characteristic("WSTEP", (Characteristic("Renew", renew),))


def _write_application(document: ProvisioningDocument) -> Characteristic:
    """CSP: w7 APPLICATION."""
    account = document.application
    pieces: list[Parm | Characteristic] = [
        Parm("APPID", "w7"),
        Parm("PROVIDER-ID", account.provider_id),
        Parm("NAME", account.name),
        Parm("ADDR", account.address),
        Parm("CONNRETRYFREQ", str(account.connection_retries)),
        Parm("INITIALBACKOFFTIME", str(account.initial_backoff_ms)),
        Parm("MAXBACKOFFTIME", str(account.max_backoff_ms)),
        Parm("BACKCOMPATRETRYDISABLED"),
        Parm("DEFAULTENCODING", account.encoding),
    ]
    if account.certificate_subject is not None:
        criteria = _search_criteria(account, document.store)
        pieces.append(Parm("SSLCLIENTCERTSEARCHCRITERIA", criteria))
    pieces += [_write_credentials(document.server_auth), _write_credentials(document.client_auth)]
    return Characteristic("APPLICATION", tuple(pieces))


def _search_criteria(account: Application, store: Store) -> str:
    """CSP: w7 APPLICATION: each value escaped as [RFC 2396] says, `=` and `,` included."""
    try:
        subject = quote(account.certificate_subject or "", safe="")
    except UnicodeEncodeError:
        raise CannotEncode("APPLICATION: a subject that UTF-8 cannot carry") from None
    return f"Subject={subject}&Stores=My%5C{store}"


def _write_credentials(credentials: Credentials) -> Characteristic:
    pieces = [Parm("AAUTHLEVEL", credentials.level), Parm("AAUTHTYPE", credentials.scheme)]
    if credentials.name:
        pieces.append(Parm("AAUTHNAME", credentials.name))
    pieces.append(Parm("AAUTHSECRET", credentials.secret.reveal()))
    if credentials.nonce:
        pieces.append(Parm("AAUTHDATA", credentials.nonce))
    return Characteristic("APPAUTH", tuple(pieces))


def _write_dm_client(document: ProvisioningDocument) -> Characteristic:
    """CSP: DMClient/Provider/{ID}."""
    named = (
        ("UPN", document.upn),
        ("EntDeviceName", document.device_name),
        ("EntDMID", document.ent_dm_id),
        ("HelpPhoneNumber", document.help.phone),
        ("HelpWebsite", document.help.website),
        ("HelpEmailAddress", document.help.email),
    )
    inside: tuple[Parm | Characteristic, ...] = (
        *_texts(named),
        _write_poll(document.poll),
        *_write_page(document.complete_page),
    )
    provider = Characteristic(document.application.provider_id, inside)
    return Characteristic("DMClient", (Characteristic("Provider", (provider,)),))


def _texts(named: tuple[tuple[str, str], ...]) -> tuple[Parm, ...]:
    return tuple(Parm(name, text, "string") for name, text in named if text)


def _write_page(page: CompletePage | None) -> tuple[Characteristic, ...]:
    """CSP: DMClient/Provider/{ID}/CustomEnrollmentCompletePage."""
    if page is None:
        return ()
    named = (
        ("Title", page.title),
        ("BodyText", page.body),
        ("HyperlinkHref", page.link),
        ("HyperlinkText", page.link_text),
    )
    return (Characteristic("CustomEnrollmentCompletePage", _texts(named)),)


def _write_poll(poll: Poll) -> Characteristic:
    numbers = (
        ("NumberOfFirstRetries", poll.first_count),
        ("IntervalForFirstSetOfRetries", poll.first_interval_min),
        ("NumberOfSecondRetries", poll.second_count),
        ("IntervalForSecondSetOfRetries", poll.second_interval_min),
        ("NumberOfRemainingScheduledRetries", poll.remaining_count),
        ("IntervalForRemainingScheduledRetries", poll.remaining_interval_min),
    )
    switches = (
        ("PollOnLogin", poll.on_login),
        ("AllUsersPollOnFirstLogin", poll.all_users_on_first_login),
    )
    return Characteristic(
        "Poll",
        (
            *(Parm(name, str(number), "integer") for name, number in numbers),
            *(Parm(name, "true" if on else "false", "boolean") for name, on in switches),
        ),
    )
