"""Reading a provisioning document as strictly as a headset takes it.

[MS-MDE2] 2.2.9.1, 3.6. Every complaint is a BadMessage whose place begins with the provider that
stumbled (`CertificateStore`, `APPLICATION`, `DMClient`), for that is what a headset reports.
"""

from collections.abc import Iterable
from typing import Final, Literal, NoReturn, get_args
from urllib.parse import unquote

from lenskeep.base.secret import Secret
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.provisioning.characteristic import (
    SECTION,
    Characteristic,
    Parm,
    read_characteristics,
)
from lenskeep.wire.provisioning.model import (
    SYNCML_XML,
    Application,
    CompletePage,
    Credentials,
    Help,
    Poll,
    ProvisioningDocument,
    Renewal,
    RenewalDocument,
    Store,
    breaches,
    thumbprint,
)
from lenskeep.wire.security import decode_base64

_PROVIDERS: Final = ("CertificateStore", "APPLICATION", "DMClient")
_AREAS: Final = {"Root": ("System",), "CA": ("System",), "My": ("User", "System", "WSTEP")}
_KEY: Final = "PrivateKeyContainer"
_MOST_DIGITS: Final = 10  # of an int32
_DEFAULT_RETRIES: Final = 3  # CSP: w7 APPLICATION, as the two times below
_DEFAULT_INITIAL_BACKOFF_MS: Final = 16_000
_DEFAULT_MAX_BACKOFF_MS: Final = 86_400_000
_APPLICATION_PARMS: Final = frozenset(
    (
        "APPID",
        "PROVIDER-ID",
        "NAME",
        "ADDR",
        "CONNRETRYFREQ",
        "INITIALBACKOFFTIME",
        "MAXBACKOFFTIME",
        "BACKCOMPATRETRYDISABLED",
        "DEFAULTENCODING",
        "SSLCLIENTCERTSEARCHCRITERIA",
        "ROLE",
        "PROTOVER",
        "USEHWDEVID",
        "TO-NAPID",
        "INIT",
        "CRLCHECK",
        "USENONCERESYNC",
        "PORT",
        "PORTNBR",
    )
)
_APPAUTH_PARMS: Final = frozenset(
    (
        "AAUTHLEVEL",
        "AAUTHTYPE",
        "AAUTHNAME",
        "AAUTHSECRET",
        "AAUTHDATA",
    )
)


def read_provisioning(body: bytes) -> ProvisioningDocument:
    """Return the document of an enrollment. Raises BadMessage for what a headset would refuse."""
    trees = read_characteristics(body)
    stores = _stores(trees)
    application = _only(trees, "APPLICATION", "APPLICATION")
    dm_client = _only(trees, "DMClient", "DMClient")
    store, client = _client(stores)
    account = _read_application(application, store)
    provider = _provider(dm_client, account.provider_id)
    document = ProvisioningDocument(
        root=_one(_installed(stores, "Root", "System"), "Root/System"),
        intermediate=_at_most_one(_installed(stores, "CA", "System"), "CA/System"),
        client=client,
        store=store,
        renewal=_read_renewal_schedule(stores),
        application=account,
        client_auth=_read_credentials(application, "APPSRV"),
        server_auth=_read_credentials(application, "CLIENT"),
        upn=_string(provider, "UPN"),
        device_name=_string(provider, "EntDeviceName"),
        ent_dm_id=_string(provider, "EntDMID"),
        poll=_read_poll(provider),
        help=Help(
            _string(provider, "HelpPhoneNumber"),
            _string(provider, "HelpWebsite"),
            _string(provider, "HelpEmailAddress"),
        ),
        complete_page=_read_page(provider),
    )
    for where, problem in breaches(document):
        _refuse(where, problem)
    return document


def read_renewal(body: bytes) -> RenewalDocument:
    """Return the document that answers a renewal. Raises BadMessage."""
    trees = read_characteristics(body)
    stores = _stores(trees)
    store, client = _client(stores)
    provider = _only(trees, "APPLICATION", "APPLICATION").parm("PROVIDER-ID")
    if provider is None or not provider.value:
        _refuse("APPLICATION", "PROVIDER-ID is missing")
    root = _at_most_one(_installed(stores, "Root", "System"), "Root/System")
    intermediate = _at_most_one(_installed(stores, "CA", "System"), "CA/System")
    return RenewalDocument(client, store, provider.value, root, intermediate)


# --- CertificateStore ---------------------------------------------------------------------


def _stores(trees: tuple[Characteristic, ...]) -> tuple[Characteristic, ...]:
    """Return the certificate stores' areas from all CertificateStore trees, foreign ones refused.

    seen: Windows 11 26200 fails the enrollment for one characteristic that it does not take.
    """
    if any(tree.type not in _PROVIDERS for tree in trees):
        _refuse("wap-provisioningdoc", f"a characteristic besides {', '.join(_PROVIDERS)}")
    areas = [area for tree in trees if tree.type == _PROVIDERS[0] for area in tree.inner()]
    for area in areas:
        if area.type not in _AREAS:
            _refuse("CertificateStore", f"a store besides {', '.join(_AREAS)}")
        if any(place.type not in _AREAS[area.type] for place in area.inner()):
            allowed = ", ".join(_AREAS[area.type])
            _refuse(f"CertificateStore/{area.type}", f"a place besides {allowed}")
    return tuple(areas)


def _places(stores: Iterable[Characteristic], area: str, place: str) -> list[Characteristic]:
    return [found for each in stores if each.type == area for found in each.inner(place)]


def _installed(stores: Iterable[Characteristic], area: str, place: str) -> list[bytes]:
    """Return the certificates in one place of one store."""
    where = f"CertificateStore/{area}/{place}"
    return [
        _certificate(node, where)
        for found in _places(stores, area, place)
        for node in found.inner()
        if node.type != _KEY
    ]


def _certificate(node: Characteristic, where: str) -> bytes:
    encoded = node.parm("EncodedCertificate")
    if encoded is None or not encoded.value:
        _refuse(where, "EncodedCertificate is missing")
    der = decode_base64(encoded.value, where=f"{where}/EncodedCertificate")
    if node.type != thumbprint(der):
        _refuse(where, "a node's name is not its certificate's SHA-1 thumbprint in upper-case hex")
    return der


def _client(stores: tuple[Characteristic, ...]) -> tuple[Store, bytes]:
    """Return the one client certificate and where it goes."""
    found: list[tuple[Store, bytes]] = []
    for store in get_args(Store):
        found += [(store, der) for der in _installed(stores, "My", store)]
    if len(found) != 1:
        _refuse("CertificateStore/My", f"one client certificate is expected, {len(found)} came")
    places = _places(stores, "My", found[0][0])
    # [MS-MDE2] 2.2.9.1 has it beside the certificate, the renewal page inside it.
    if not any(node.type == _KEY or node.inner(_KEY) for p in places for node in p.inner()):
        _refuse("CertificateStore/My", f"{_KEY} is missing")
    return found[0]


def _one(certificates: list[bytes], place: str) -> bytes:
    if len(certificates) != 1:
        came = len(certificates)
        _refuse(f"CertificateStore/{place}", f"one certificate is expected, {came} came")
    return certificates[0]


def _at_most_one(certificates: list[bytes], place: str) -> bytes | None:
    return _one(certificates, place) if certificates else None


def _read_renewal_schedule(stores: tuple[Characteristic, ...]) -> Renewal:
    """Return the schedule, the CSP's own where the document has none."""
    where = "CertificateStore/My/WSTEP/Renew"
    given = Renewal()
    for renew in (each for wstep in _places(stores, "My", "WSTEP") for each in wstep.inner()):
        if renew.type != "Renew":
            _refuse("CertificateStore/My/WSTEP", "a characteristic besides Renew")
        _require_datatypes(renew, where)
        given = Renewal(
            _integer(renew, "RenewPeriod", given.renew_period_days, where),
            _integer(renew, "RetryInterval", given.retry_interval_days, where),
        )
    return given


# --- APPLICATION --------------------------------------------------------------------------


def _read_application(application: Characteristic, store: Store) -> Application:
    """CSP: w7 APPLICATION; names are upper case and count so."""
    where = "APPLICATION"
    _refuse_foreign(application, _APPLICATION_PARMS, where)
    if any(inner.type != "APPAUTH" for inner in application.inner()):
        _refuse(where, "a characteristic besides APPAUTH")
    if _value(application, "APPID") != "w7":
        _refuse(where, "APPID is not w7")
    return Application(
        provider_id=_value(application, "PROVIDER-ID"),
        name=_value(application, "NAME"),
        address=_value(application, "ADDR"),
        connection_retries=_integer(application, "CONNRETRYFREQ", _DEFAULT_RETRIES, where),
        initial_backoff_ms=_integer(
            application, "INITIALBACKOFFTIME", _DEFAULT_INITIAL_BACKOFF_MS, where
        ),
        max_backoff_ms=_integer(application, "MAXBACKOFFTIME", _DEFAULT_MAX_BACKOFF_MS, where),
        encoding=_value(application, "DEFAULTENCODING") or SYNCML_XML,
        certificate_subject=_subject(application, store),
    )


def _subject(application: Characteristic, store: Store) -> str | None:
    """Return the DN of SSLCLIENTCERTSEARCHCRITERIA; the store it names must be the document's.

    A headset that searches in vain presents no certificate at all, so a mismatch is refused here.
    """
    criteria = application.parm("SSLCLIENTCERTSEARCHCRITERIA")
    if criteria is None:
        return None
    where = "APPLICATION/SSLCLIENTCERTSEARCHCRITERIA"
    pairs = [pair.partition("=") for pair in (criteria.value or "").split("&")]
    named = {key: unquote(value) for key, _, value in pairs}
    if any("=" in value or "," in value for _, _, value in pairs):
        _refuse(where, "a value is not escaped")
    if f"My\\{store}" not in named.get("Stores", "").split("\uf000"):
        _refuse(where, f"Stores does not name My\\{store}, where the certificate goes")
    return named.get("Subject", "")


def _read_credentials(
    application: Characteristic, level: Literal["CLIENT", "APPSRV"]
) -> Credentials:
    """Return the one APPAUTH of that level."""
    where = f"APPLICATION/APPAUTH/{level}"
    entries = [e for e in application.inner("APPAUTH") if _value(e, "AAUTHLEVEL") == level]
    if len(entries) != 1:
        _refuse(where, f"one APPAUTH is expected, {len(entries)} came")
    entry = entries[0]
    _refuse_foreign(entry, _APPAUTH_PARMS, where)
    return Credentials(
        level=level,
        name=_value(entry, "AAUTHNAME"),
        secret=Secret(_value(entry, "AAUTHSECRET")),
        nonce=_value(entry, "AAUTHDATA"),
        scheme=_scheme(_value(entry, "AAUTHTYPE"), where),
    )


def _scheme(text: str, where: str) -> Literal["DIGEST", "BASIC"]:
    if text not in ("DIGEST", "BASIC"):
        _refuse(where, "AAUTHTYPE is neither DIGEST nor BASIC")
    return "BASIC" if text == "BASIC" else "DIGEST"


# --- DMClient -----------------------------------------------------------------------------


def _provider(dm_client: Characteristic, provider_id: str) -> Characteristic:
    """Return DMClient/Provider/{ID}, which must be the account's."""
    holder = _only(dm_client.inner(), "Provider", "DMClient")
    accounts = holder.inner()
    if len(accounts) != 1 or accounts[0].type != provider_id:
        _refuse("DMClient/Provider", "the one provider here must be APPLICATION's PROVIDER-ID")
    _require_datatypes(accounts[0], "DMClient/Provider")
    return accounts[0]


def _read_page(provider: Characteristic) -> CompletePage | None:
    name = "CustomEnrollmentCompletePage"
    pages = provider.inner(name)
    if not pages:
        return None
    page = _only(pages, name, f"DMClient/Provider/{name}")
    _require_datatypes(page, f"DMClient/Provider/{name}")
    return CompletePage(
        title=_string(page, "Title"),
        body=_string(page, "BodyText"),
        link=_string(page, "HyperlinkHref"),
        link_text=_string(page, "HyperlinkText"),
    )


def _read_poll(provider: Characteristic) -> Poll:
    where = "DMClient/Provider/Poll"
    poll = _only(provider.inner(), "Poll", where)
    _require_datatypes(poll, where)
    return Poll(
        first_interval_min=_integer(poll, "IntervalForFirstSetOfRetries", 0, where),
        first_count=_integer(poll, "NumberOfFirstRetries", 0, where),
        second_interval_min=_integer(poll, "IntervalForSecondSetOfRetries", 0, where),
        second_count=_integer(poll, "NumberOfSecondRetries", 0, where),
        remaining_interval_min=_integer(poll, "IntervalForRemainingScheduledRetries", 0, where),
        remaining_count=_integer(poll, "NumberOfRemainingScheduledRetries", 0, where),
        on_login=_boolean(poll, "PollOnLogin", where),
        all_users_on_first_login=_boolean(poll, "AllUsersPollOnFirstLogin", where),
    )


# --- parms --------------------------------------------------------------------------------


def _only(trees: Iterable[Characteristic], type_: str, where: str) -> Characteristic:
    found = [tree for tree in trees if tree.type == type_]
    if len(found) != 1:
        _refuse(where, f"one {type_} is expected, {len(found)} came")
    return found[0]


def _refuse_foreign(node: Characteristic, known: frozenset[str], where: str) -> None:
    names = [parm.name for parm in node.parms()]
    if not known.issuperset(names):
        _refuse(where, "an unknown parm (upper and lower case count)")
    if len(set(names)) < len(names):
        _refuse(where, "a parm comes twice")


def _require_datatypes(node: Characteristic, where: str) -> None:
    for parm in node.parms():
        if parm.datatype is None:
            _refuse(where, "a parm has no datatype")


def _value(node: Characteristic, name: str) -> str:
    parm = node.parm(name)
    return "" if parm is None or parm.value is None else parm.value


def _string(node: Characteristic, name: str) -> str:
    parm = node.parm(name)
    if parm is not None and parm.datatype != "string":
        _refuse("DMClient/Provider", f"{name} has another datatype than string")
    return _value(node, name)


def _integer(node: Characteristic, name: str, default: int, where: str) -> int:
    parm = node.parm(name)
    if parm is None:
        return default
    text = parm.value or ""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        _refuse(where, f"{name} is no whole number")
    _check_datatype(parm, "integer", where)
    return int(text)


def _boolean(node: Characteristic, name: str, where: str) -> bool:
    parm = node.parm(name)
    if parm is None:
        return False
    if parm.value not in ("true", "false"):
        _refuse(where, f"{name} is neither true nor false")
    _check_datatype(parm, "boolean", where)
    return parm.value == "true"


def _check_datatype(parm: Parm, expected: str, where: str) -> None:
    if parm.datatype not in (None, expected):
        _refuse(where, f"{parm.name} has another datatype than {expected}")


def _refuse(where: str, problem: str) -> NoReturn:
    raise BadMessage(problem, where=where, section=SECTION)
