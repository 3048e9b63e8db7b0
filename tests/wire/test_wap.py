"""Provisioning documents, both ways.

The sample was written by hand from the rules ([MS-MDE2] 2.2.9.1, 3.6; CSPs CertificateStore,
w7 APPLICATION, DMClient) in November 2026; its thumbprints were computed with `openssl sha1`.
"""

# ruff: noqa: E501 - a rule a line in the tables

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.secret import Secret
from lenskeep.wire.errors import BadMessage, CannotEncode
from lenskeep.wire.wap import (
    Application,
    Characteristic,
    CompletePage,
    Credentials,
    Help,
    Parm,
    Poll,
    ProvisioningDocument,
    Renewal,
    RenewalDocument,
    read_characteristics,
    read_provisioning,
    read_renewal,
    thumbprint,
    write_characteristics,
    write_provisioning,
    write_renewal,
)

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?><wap-provisioningdoc version="1.1">\
<characteristic type="CertificateStore">\
<characteristic type="Root"><characteristic type="System">\
<characteristic type="DC76E9F0C0006E8F919E0C515C66DBBA3982F785">\
<parm name="EncodedCertificate" value="cm9vdA=="/></characteristic>\
</characteristic></characteristic>\
<characteristic type="CA"><characteristic type="System">\
<characteristic type="F15238512DBE5032DC7A8D36DFCD24CF39488201">\
<parm name="EncodedCertificate" value="aXNzdWluZw=="/></characteristic>\
</characteristic></characteristic></characteristic>\
<characteristic type="CertificateStore"><characteristic type="My"><characteristic type="User">\
<characteristic type="D2A04D71301A8915217DD5FAF81D12CFFD6CD958">\
<parm name="EncodedCertificate" value="Y2xpZW50"/></characteristic>\
<characteristic type="PrivateKeyContainer"/></characteristic>\
<characteristic type="WSTEP"><characteristic type="Renew">\
<parm name="ROBOSupport" value="true" datatype="boolean"/>\
<parm name="RenewPeriod" value="60" datatype="integer"/>\
<parm name="RetryInterval" value="4" datatype="integer"/>\
</characteristic></characteristic></characteristic></characteristic>\
<characteristic type="APPLICATION"><parm name="APPID" value="w7"/>\
<parm name="PROVIDER-ID" value="Lenskeep"/><parm name="NAME" value="Lenskeep &amp; Co"/>\
<parm name="ADDR" value="https://mdm.example/ManagementServer/MDM.svc"/>\
<parm name="CONNRETRYFREQ" value="6"/><parm name="INITIALBACKOFFTIME" value="30000"/>\
<parm name="MAXBACKOFFTIME" value="120000"/><parm name="BACKCOMPATRETRYDISABLED"/>\
<parm name="DEFAULTENCODING" value="application/vnd.syncml.dm+xml"/>\
<parm name="SSLCLIENTCERTSEARCHCRITERIA" \
value="Subject=CN%3DABCDEF%2CO%3DExample&amp;Stores=My%5CUser"/>\
<characteristic type="APPAUTH"><parm name="AAUTHLEVEL" value="CLIENT"/>\
<parm name="AAUTHTYPE" value="DIGEST"/><parm name="AAUTHSECRET" value="server-secret"/>\
<parm name="AAUTHDATA" value="AAECAwQFBgcICQoLDA0ODw=="/></characteristic>\
<characteristic type="APPAUTH"><parm name="AAUTHLEVEL" value="APPSRV"/>\
<parm name="AAUTHTYPE" value="DIGEST"/><parm name="AAUTHNAME" value="enr_1"/>\
<parm name="AAUTHSECRET" value="client-secret"/>\
<parm name="AAUTHDATA" value="EBESExQVFhcYGRobHB0eHw=="/></characteristic></characteristic>\
<characteristic type="DMClient"><characteristic type="Provider"><characteristic type="Lenskeep">\
<parm name="UPN" value="wearer@example.com" datatype="string"/>\
<parm name="EntDeviceName" value="HoloLens of wearer" datatype="string"/>\
<parm name="EntDMID" value="enr_1" datatype="string"/><characteristic type="Poll">\
<parm name="NumberOfFirstRetries" value="8" datatype="integer"/>\
<parm name="IntervalForFirstSetOfRetries" value="15" datatype="integer"/>\
<parm name="NumberOfSecondRetries" value="5" datatype="integer"/>\
<parm name="IntervalForSecondSetOfRetries" value="3" datatype="integer"/>\
<parm name="NumberOfRemainingScheduledRetries" value="0" datatype="integer"/>\
<parm name="IntervalForRemainingScheduledRetries" value="480" datatype="integer"/>\
<parm name="PollOnLogin" value="true" datatype="boolean"/>\
<parm name="AllUsersPollOnFirstLogin" value="false" datatype="boolean"/>\
</characteristic></characteristic></characteristic></characteristic></wap-provisioningdoc>"""

VALUE = ProvisioningDocument(
    root=b"root",
    intermediate=b"issuing",
    client=b"client",
    store="User",
    renewal=Renewal(60, 4),
    application=Application(
        "Lenskeep",
        "Lenskeep & Co",
        "https://mdm.example/ManagementServer/MDM.svc",
        certificate_subject="CN=ABCDEF,O=Example",
    ),
    client_auth=Credentials("APPSRV", "enr_1", Secret("client-secret"), "EBESExQVFhcYGRobHB0eHw=="),
    server_auth=Credentials("CLIENT", "", Secret("server-secret"), "AAECAwQFBgcICQoLDA0ODw=="),
    upn="wearer@example.com",
    device_name="HoloLens of wearer",
    ent_dm_id="enr_1",
    poll=Poll(15, 8, 3, 5, 480, 0, on_login=True),
)


def test_a_hand_written_document_and_its_value_are_each_other() -> None:
    assert read_provisioning(DOCUMENT.encode()) == VALUE
    assert write_provisioning(VALUE).decode() == DOCUMENT


def test_a_thumbprint_is_sha_1_in_upper_case_hex() -> None:
    assert thumbprint(b"abc") == "A9993E364706816ABA3E25717850C26C9CD0D89D"  # [FIPS 180-4]


def test_a_device_enrollment_uses_the_machine_s_store() -> None:
    document = replace(VALUE, store="System")

    written = write_provisioning(document)

    assert b'<characteristic type="My"><characteristic type="System">' in written
    assert b"Stores=My%5CSystem" in written
    assert read_provisioning(written) == document


def test_no_secret_shows_in_a_document_s_text_form() -> None:
    assert "client-secret" not in repr(VALUE)
    assert "client-secret" not in repr(read_characteristics(DOCUMENT.encode()))


KEY = '<characteristic type="PrivateKeyContainer"/>'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (f"</characteristic>{KEY}", f"{KEY}</characteristic>", VALUE),
        ('"Y2xpZW50"', '" Y2xp\nZW50 "', VALUE),
        ("CN%3DABCDEF%2C", "CN%3dABCDEF%2c", VALUE),
        ("My%5CUser", "CA%EF%80%80My%5CUser", VALUE),
        ('<parm name="BACKCOMPATRETRYDISABLED"/>', "", VALUE),
        ('<parm name="APPID" value="w7"/>', '<parm name="APPID" value="w7" datatype="string"/>', VALUE),
        ('<parm name="AllUsersPollOnFirstLogin" value="false" datatype="boolean"/>', "", VALUE),
        (
            '<characteristic type="Poll">',
            '<characteristic type="Push"><parm name="PFN" value="x" datatype="string"/>'
            '</characteristic><characteristic type="Poll">',
            VALUE,
        ),
        ('<parm name="UPN" value="wearer@example.com" datatype="string"/>', "", replace(VALUE, upn="")),
        (
            '<parm name="CONNRETRYFREQ" value="6"/>',
            "",
            replace(VALUE, application=replace(VALUE.application, connection_retries=3)),
        ),
    ],
)  # fmt: skip
def test_what_a_headset_takes_is_read(old: str, new: str, expected: ProvisioningDocument) -> None:
    varied = DOCUMENT.replace(old, new)
    assert varied != DOCUMENT

    assert read_provisioning(varied.encode()) == expected


def test_a_document_without_a_renewal_schedule_has_the_defaults_of_windows() -> None:
    start = DOCUMENT.index('<characteristic type="WSTEP">')
    end = DOCUMENT.index("</characteristic></characteristic>", start) + 34

    document = read_provisioning((DOCUMENT[:start] + DOCUMENT[end:]).encode())

    assert document == replace(VALUE, renewal=Renewal(42, 7))


FOREIGN = '<characteristic type="RootCATrustedCertificates"/>'


@pytest.mark.parametrize(
    ("old", "new", "where", "problem"),
    [
        # CertificateStore
        ("D2A04D71", "d2a04d71", "CertificateStore/My/User", "thumbprint"),
        ("D2A04D71", "D2A04D72", "CertificateStore/My/User", "thumbprint"),
        ("cm9vdA==", "cm9vdQ==", "CertificateStore/Root/System", "thumbprint"),
        ("cm9vdA==", "cm#9vdA==", "CertificateStore/Root/System/EncodedCertificate", "base64"),
        ("Y2xpZW50", "", "CertificateStore/My/User", "EncodedCertificate"),
        ('"EncodedCertificate" value="Y2', '"Certificate" value="Y2', "CertificateStore/My/User", "EncodedCertificate"),
        (KEY, "", "CertificateStore/My", "PrivateKeyContainer"),
        ('"Root"', '"Trusted"', "CertificateStore", "a store besides"),
        ('"Root"><characteristic type="System"', '"Root"><characteristic type="User"', "CertificateStore/Root", "a place besides"),
        ('"User"', '"Users"', "CertificateStore/My", "a place besides"),
        ('"Root"', '"CA"', "CertificateStore/Root/System", "one certificate is expected, 0 came"),
        ('"CA"', '"Root"', "CertificateStore/Root/System", "one certificate is expected, 2 came"),
        ('"Renew"', '"Renewal"', "CertificateStore/My/WSTEP", "besides Renew"),
        ('value="60" datatype="integer"', 'value="60"', "CertificateStore/My/WSTEP/Renew", "datatype"),
        ('value="60" datatype="integer"', 'value="60" datatype="string"', "CertificateStore/My/WSTEP/Renew", "datatype"),
        ('value="60"', 'value="0"', "CertificateStore/My/WSTEP/Renew", "RenewPeriod"),
        ('value="60"', 'value="1001"', "CertificateStore/My/WSTEP/Renew", "RenewPeriod"),
        ('value="4"', 'value="61"', "CertificateStore/My/WSTEP/Renew", "RetryInterval"),
        ('value="60"', 'value="sixty"', "CertificateStore/My/WSTEP/Renew", "RenewPeriod"),
        # APPLICATION
        ("https://mdm", "http://mdm", "APPLICATION", "ADDR"),
        ('"ADDR"', '"addr"', "APPLICATION", "unknown parm"),
        ('"NAME"', '"ADDR"', "APPLICATION", "twice"),
        ('"w7"', '"w5"', "APPLICATION", "APPID"),
        ('value="6"', 'value="-6"', "APPLICATION", "CONNRETRYFREQ"),
        ('value="6"', 'value="6" datatype="string"', "APPLICATION", "CONNRETRYFREQ"),
        ("dm+xml", "dm+json", "APPLICATION", "DEFAULTENCODING"),
        ("CN%3D", "CN=", "APPLICATION/SSLCLIENTCERTSEARCHCRITERIA", "escaped"),
        ("My%5CUser", "My%5CSystem", "APPLICATION/SSLCLIENTCERTSEARCHCRITERIA", "Stores"),
        ("Subject=", "Issuer=", "APPLICATION", "Subject"),
        ('<parm name="AAUTHDATA" value="AAECAwQFBgcICQoLDA0ODw=="/>', "", "APPLICATION/APPAUTH/CLIENT", "AAUTHDATA"),
        ('<parm name="AAUTHDATA" value="EBESExQVFhcYGRobHB0eHw=="/>', "", "APPLICATION/APPAUTH/APPSRV", "AAUTHDATA"),
        ("AAECAwQF", "AA#CAwQF", "APPLICATION/APPAUTH/CLIENT", "AAUTHDATA"),
        ('"CLIENT"', '"APPSRV"', "APPLICATION/APPAUTH/APPSRV", "2 came"),
        ('"CLIENT"', '"client"', "APPLICATION/APPAUTH/CLIENT", "0 came"),
        ('"AAUTHTYPE" value="DIGEST"', '"AAUTHTYPE" value="BASIC"', "APPLICATION/APPAUTH/CLIENT", "AAUTHTYPE"),
        ('"AAUTHTYPE" value="DIGEST"', '"AAUTHTYPE" value="HMAC"', "APPLICATION/APPAUTH/APPSRV", "AAUTHTYPE"),
        ('value="server-secret"', "", "APPLICATION/APPAUTH/CLIENT", "AAUTHSECRET"),
        ('<parm name="AAUTHNAME" value="enr_1"/>', "", "APPLICATION/APPAUTH/APPSRV", "AAUTHNAME"),
        ('type="APPAUTH"', 'type="APPADDR"', "APPLICATION", "besides APPAUTH"),
        ('type="APPLICATION"', 'type="DMClient"', "APPLICATION", "0 came"),
        # DMClient
        ('type="Lenskeep"', 'type="lenskeep"', "DMClient/Provider", "PROVIDER-ID"),
        ('"wearer@example.com" datatype="string"', '"wearer@example.com"', "DMClient/Provider", "datatype"),
        ('"wearer@example.com" datatype="string"', '"wearer@example.com" datatype="date"', "DMClient/Provider", "UPN"),
        ('value="480" datatype="integer"', 'value="480"', "DMClient/Provider/Poll", "datatype"),
        ('value="480"', 'value="0x1e0"', "DMClient/Provider/Poll", "whole number"),
        ('value="true" datatype="boolean"/><parm name="All', 'value="yes" datatype="boolean"/><parm name="All', "DMClient/Provider/Poll", "true nor false"),
        ('"NumberOfFirstRetries" value="8"', '"NumberOfFirstRetries" value="0"', "DMClient/Provider/Poll", "for ever"),
        ('type="Poll"', 'type="Polls"', "DMClient/Provider/Poll", "0 came"),
        ('type="Provider"', 'type="Server"', "DMClient", "0 came"),
        # the document
        ('<characteristic type="DMClient">', FOREIGN + '<characteristic type="DMClient">', "wap-provisioningdoc", "besides"),
        ('datatype="boolean"', 'datatype="bool"', "parm", "datatype"),
        ('<parm name="UPN"', "<param name=\"UPN\"", "wap-provisioningdoc", "neither"),
        ('<parm name="UPN"', "<parm", "parm", "name"),
        ('type="Poll"', 'kind="Poll"', "characteristic", "type"),
        ("wap-provisioningdoc", "wap-provisioning", "wap-provisioningdoc", "expected"),
    ],
)  # fmt: skip
def test_what_a_headset_would_refuse_is_refused_by_name(
    old: str, new: str, where: str, problem: str
) -> None:
    broken = DOCUMENT.replace(old, new)
    assert broken != DOCUMENT

    with pytest.raises(BadMessage) as caught:
        read_provisioning(broken.encode())

    assert caught.value.where == where
    assert problem in caught.value.problem


def test_a_complaint_never_holds_a_secret() -> None:
    broken = DOCUMENT.replace('"AAUTHNAME"', '"AAUTHSECRET"')

    with pytest.raises(BadMessage) as caught:
        read_provisioning(broken.encode())

    assert "secret" not in str(caught.value).lower().replace("aauthsecret", "")


def _credentials(**changes: object) -> ProvisioningDocument:
    return replace(VALUE, client_auth=replace(VALUE.client_auth, **changes))  # type: ignore[arg-type]


def _application(**changes: object) -> ProvisioningDocument:
    return replace(VALUE, application=replace(VALUE.application, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "breach",
    [
        replace(VALUE, root=b""),
        replace(VALUE, client=b""),
        replace(VALUE, intermediate=b""),
        replace(VALUE, renewal=Renewal(0, 0)),
        replace(VALUE, renewal=Renewal(5, 6)),
        replace(VALUE, client_auth=VALUE.server_auth),
        replace(VALUE, server_auth=VALUE.client_auth),
        replace(VALUE, server_auth=replace(VALUE.server_auth, scheme="BASIC")),
        _credentials(nonce=""),
        _credentials(nonce="no base64!"),
        _credentials(name=""),
        _credentials(secret=Secret("")),
        _application(address="http://mdm.example/"),
        _application(provider_id=""),
        _application(provider_id="a/b"),
        _application(encoding="text/xml"),
        _application(certificate_subject=""),
        _application(certificate_subject="CN=\ud800"),
        _application(max_backoff_ms=-1),
        replace(VALUE, poll=Poll(0, 0)),
        replace(VALUE, poll=Poll(-1, 5)),
        replace(VALUE, poll=Poll(15, 0, 3, 0)),
        replace(VALUE, upn="nul\x00"),
    ],
)
def test_what_a_headset_would_refuse_is_not_written(breach: ProvisioningDocument) -> None:
    with pytest.raises(CannotEncode):
        write_provisioning(breach)


words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=20,
)
names = words.map(lambda word: word.replace("/", "").strip() or "n")
ders = st.binary(min_size=1, max_size=60)
polls = st.builds(
    Poll,
    first_interval_min=st.integers(1, 99),
    first_count=st.integers(1, 9),
    second_interval_min=st.integers(0, 99),
    second_count=st.integers(1, 9),
    remaining_interval_min=st.integers(0, 999),
    remaining_count=st.integers(0, 9),
    on_login=st.booleans(),
    all_users_on_first_login=st.booleans(),
)
documents = st.builds(
    ProvisioningDocument,
    root=ders,
    intermediate=st.none() | ders,
    client=ders,
    store=st.sampled_from(("User", "System")),
    renewal=st.builds(Renewal, st.integers(10, 1000), st.integers(1, 10)),
    application=st.builds(
        Application,
        provider_id=names,
        name=words,
        address=words.map(lambda word: "https://" + word),
        connection_retries=st.integers(0, 99),
        certificate_subject=st.none() | names,
    ),
    client_auth=st.builds(
        Credentials,
        st.just("APPSRV"),
        names,
        names.map(Secret),
        st.just("AAAA"),
        st.sampled_from(("DIGEST", "BASIC")),
    ),
    server_auth=st.builds(Credentials, st.just("CLIENT"), words, names.map(Secret), st.just("/w==")),
    upn=words,
    device_name=words,
    ent_dm_id=words,
    poll=polls,
)  # fmt: skip


@given(document=documents)
@settings(max_examples=60, deadline=None)
def test_a_document_is_read_as_it_was_written(document: ProvisioningDocument) -> None:
    written = write_provisioning(document)

    assert read_provisioning(written) == document
    assert write_provisioning(document) == written


parms = st.builds(
    Parm,
    name=names,
    value=st.none() | words,
    datatype=st.sampled_from((None, "string", "integer", "boolean", "date", "float")),
)
trees = st.recursive(
    st.builds(Characteristic, type=names),
    lambda inner: st.builds(
        Characteristic, type=names, content=st.lists(inner | parms, max_size=4).map(tuple)
    ),
    max_leaves=12,
)


@given(document=st.lists(trees, max_size=4).map(tuple))
@settings(max_examples=60, deadline=None)
def test_any_tree_is_read_as_it_was_written(document: tuple[Characteristic, ...]) -> None:
    assert read_characteristics(write_characteristics(document)) == document


# --- renewal ------------------------------------------------------------------------------

RENEWAL = """<?xml version="1.0" encoding="UTF-8"?><wap-provisioningdoc version="1.1">\
<characteristic type="CertificateStore"><characteristic type="My"><characteristic type="User">\
<characteristic type="D2A04D71301A8915217DD5FAF81D12CFFD6CD958">\
<parm name="EncodedCertificate" value="Y2xpZW50"/><characteristic type="PrivateKeyContainer"/>\
</characteristic></characteristic></characteristic></characteristic>\
<characteristic type="APPLICATION"><parm name="PROVIDER-ID" value="Lenskeep"/></characteristic>\
</wap-provisioningdoc>"""


def test_a_hand_written_renewal_and_its_value_are_each_other() -> None:
    value = RenewalDocument(b"client", "User", "Lenskeep")

    assert read_renewal(RENEWAL.encode()) == value
    assert write_renewal(value).decode() == RENEWAL


@pytest.mark.parametrize("root", [None, b"root"])
@pytest.mark.parametrize("intermediate", [None, b"intermediate"])
def test_a_renewal_may_bring_what_stands_above_it(
    root: bytes | None, intermediate: bytes | None
) -> None:
    value = RenewalDocument(b"client", "System", "Lenskeep", root, intermediate)

    assert read_renewal(write_renewal(value)) == value


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('value="Lenskeep"', 'value=""', "APPLICATION"),
        (KEY, "", "CertificateStore/My"),
        ("D2A04D71", "D2A04D72", "CertificateStore/My/User"),
        ('"APPLICATION"', '"Wallpaper"', "wap-provisioningdoc"),
    ],
)
def test_a_renewal_that_a_headset_would_refuse_is_refused(old: str, new: str, where: str) -> None:
    with pytest.raises(BadMessage) as caught:
        read_renewal(RENEWAL.replace(old, new).encode())

    assert caught.value.where == where


def test_a_renewal_without_a_certificate_is_not_written() -> None:
    with pytest.raises(CannotEncode):
        write_renewal(RenewalDocument(b"", "User", "Lenskeep"))


# --- what the wearer reads ----------------------------------------------------------------

WEARER = """<parm name="HelpPhoneNumber" value="+49 30 1234" datatype="string"/>\
<parm name="HelpWebsite" value="https://help.example.org" datatype="string"/>\
<parm name="HelpEmailAddress" value="help@example.org" datatype="string"/>\
<characteristic type="Poll">"""
PAGE = """<characteristic type="CustomEnrollmentCompletePage">\
<parm name="Title" value="Welcome" datatype="string"/>\
<parm name="BodyText" value="Ask &amp; we help" datatype="string"/>\
<parm name="HyperlinkHref" value="https://start.example.org" datatype="string"/>\
<parm name="HyperlinkText" value="Begin" datatype="string"/></characteristic>"""
END = "</characteristic></characteristic></characteristic></wap-provisioningdoc>"


def _with_words() -> bytes:
    """The sample with help and a page of ours, put in by hand."""
    text = DOCUMENT.replace('<characteristic type="Poll">', WEARER)
    assert text.endswith(END)
    return (text.removesuffix(END) + PAGE + END).encode()


def test_help_and_the_last_page_are_read_and_written() -> None:
    """CSP: DMClient/Provider/{ID}: three texts and a page with a link."""
    document = read_provisioning(_with_words())

    assert document.help == Help("+49 30 1234", "https://help.example.org", "help@example.org")
    link = ("https://start.example.org", "Begin")
    assert document.complete_page == CompletePage("Welcome", "Ask & we help", *link)
    assert write_provisioning(document) == _with_words()


def test_a_page_without_a_title_is_neither_read_nor_written() -> None:
    """There is nothing to show then."""
    body = _with_words().replace(b'<parm name="Title" value="Welcome" datatype="string"/>', b"")
    document = replace(read_provisioning(_with_words()), complete_page=CompletePage(""))

    with pytest.raises(BadMessage):
        read_provisioning(body)
    with pytest.raises(CannotEncode):
        write_provisioning(document)


def test_a_help_text_of_another_datatype_is_refused() -> None:
    """All of them are strings, as Windows demands."""
    body = _with_words().replace(b'+49 30 1234" datatype="string"', b'110" datatype="integer"')

    with pytest.raises(BadMessage):
        read_provisioning(body)


@pytest.mark.parametrize("blank", [" ", "\t&#xA;", "\u00a0"])
def test_a_characteristic_whose_type_is_blank_is_refused(blank: str) -> None:
    body = f'<wap-provisioningdoc><characteristic type="{blank}"/></wap-provisioningdoc>'

    with pytest.raises(BadMessage, match="type is missing"):
        read_characteristics(body.encode())
