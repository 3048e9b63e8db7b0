"""A certificate is renewed without a hand: who may, when, what comes, and everybody who may not."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from tests.contract import world
from tests.flows.device.renewer import (
    Headset,
    Papers,
    answered,
    enrolled,
    new_key,
    refusal,
    renewal,
    request,
    signed,
)
from tests.flows.home import Home, open_home

from lenskeep.base.errors import Refusal
from lenskeep.base.identifiers import DeviceId
from lenskeep.enrollment.renewing import Term, judge_renewal
from lenskeep.flows.device.enrolling.issue import enroll
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.entrance import Custody
from lenskeep.flows.records import Certificate, DeviceState
from lenskeep.web import respond
from lenskeep.wire import soap, wstep
from lenskeep.wire.errors import BadMessage

NOT_ELIGIBLE = Refusal.NOT_ELIGIBLE_TO_RENEW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store and a real authority."""
    with open_home(tmp_path) as home:
        yield home


@pytest.fixture
async def headset(home: Home) -> Headset:
    """A headset ten days inside its renewal window."""
    headset = await enrolled(home)
    home.clock.advance(days=315)
    return headset


async def stored(home: Home, device: DeviceId) -> dict[bytes, Certificate]:
    """Return the certificates of a device as they are stored."""
    detail = await home.store.fleet.device(device)
    return {each.der: each for found in detail.certificates.values() for each in found}


# --- what goes ----------------------------------------------------------------------------


async def test_old_and_new_are_good_until_the_new_one_is_used(home: Home, headset: Headset) -> None:
    """Nothing is lost where the answer is, and nothing is left where it arrived."""
    old = headset.papers

    document = await headset.renew()

    assert (await headset.report(old)).outcome == "answered", "the old one goes on"
    await headset.take(document)
    assert (await headset.report()).outcome == "answered"
    assert (await headset.report(old)).outcome == "refused", "its time is over at the first use"
    kept = await stored(home, headset.device)
    now = home.clock.now()
    assert (now, None) == (kept[old.der].revoked_at, kept[old.der].used_at)
    assert (None, now) == (kept[document.client].revoked_at, kept[document.client].used_at)
    assert kept[document.client].replaces == kept[old.der].id


async def test_what_comes_is_the_certificate_and_nothing_that_did_not_change(
    home: Home, headset: Headset
) -> None:
    """A year from now, under the same name, in the same store; no root."""
    document = await headset.renew()

    new = x509.load_der_x509_certificate(document.client)
    assert ("User", "Lenskeep", None) == (document.store, document.provider_id, document.root)
    assert new.subject == headset.papers.certificate.subject
    assert new.public_key() == headset.next_key.public_key()
    assert abs(new.not_valid_after_utc - home.clock.now() - timedelta(days=365)) < timedelta(
        hours=1
    )


async def test_a_headset_without_a_user_keeps_it_in_the_machine_s_store(home: Home) -> None:
    """EnrollmentType Device."""
    headset = await enrolled(home, kind="Device")
    home.clock.advance(days=315)

    assert "System" == (await headset.renew()).store


async def test_a_lost_answer_is_repeated_for_the_same_key(home: Home, headset: Headset) -> None:
    """Within minutes it is the same document, later another one; either way one is left."""
    body = headset.ask()
    first = await answered(home, body, headset.papers.der)
    home.clock.advance(minutes=5)
    again = await answered(home, body, headset.papers.der)
    home.clock.advance(minutes=15)
    later = await answered(home, body, headset.papers.der)

    assert first == again != later
    kept = await stored(home, headset.device)
    assert 3 == len(kept)
    assert kept[first.client].revoked_at is not None, "it never arrived"
    assert kept[later.client].revoked_at is None
    await headset.take(later)
    assert (await headset.report()).outcome == "answered"


async def test_another_key_within_minutes_begins_anew(home: Home, headset: Headset) -> None:
    """A headset that lost its new key asks with the next; the one before is nobody's."""
    lost = await headset.renew()
    headset.next_key = new_key()
    document = await headset.renew()

    assert lost != document
    assert (await headset.report(Papers(new_key(), lost.client))).outcome == "refused"


@pytest.mark.parametrize("value_type", [wstep.PKCS7, wstep.PKCS7.replace("secext", "x")])
async def test_both_names_of_the_kind_and_both_encodings_go(
    home: Home, headset: Headset, value_type: str
) -> None:
    """By itself Windows encodes once; started by hand, twice."""
    if value_type != wstep.PKCS7:
        value_type = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS7"
    content = signed(headset.papers, request(headset.next_key))

    once = await answered(home, renewal(content, value_type), headset.papers.der)
    twice = base64.b64encode(content)
    again = await answered(home, renewal(twice, value_type), headset.papers.der)

    assert once == again


async def test_an_rsa_headset_renews_as_windows_does(home: Home, headset: Headset) -> None:
    """RSA 2048 in the request; without a token in the header, which is not looked at anyway."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "next")])
    built = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    content = signed(headset.papers, built.public_bytes(serialization.Encoding.DER))
    body = renewal(content)
    header, asked = wstep.read_request(body)
    bare = wstep.write_request(replace(header, token=None), asked)

    document = await answered(home, bare, headset.papers.der)

    assert key.public_key() == x509.load_der_x509_certificate(document.client).public_key()


async def test_a_renewal_is_on_record(home: Home, headset: Headset) -> None:
    """Who looks later sees when, and which certificate took the place of which."""
    await headset.renew()

    line = (await home.store.fleet.audit_lines(None, 1)).items[0]
    assert ("certificate.renew", headset.device) == (line.action, line.target)
    assert line.detail["old"] != line.detail["new"]


async def test_the_new_certificate_is_renewed_in_its_turn(home: Home, headset: Headset) -> None:
    """And the old one's window does not count for it."""
    await headset.take(await headset.renew())
    await headset.report()

    kind, reason = await refusal(home, headset.ask(), headset.papers.der)
    assert (NOT_ELIGIBLE, True) == (kind, "too early" in reason)
    home.clock.advance(days=310)
    await headset.take(await headset.renew())
    assert (await headset.report()).outcome == "answered"


# --- who does not -------------------------------------------------------------------------


async def prepare_early(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """The day it enrolled."""
    home.clock.advance(days=-314)
    return headset.ask(), headset.papers.der


async def prepare_late(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """A second after its end."""
    ends = headset.papers.certificate.not_valid_after_utc
    home.clock.moment = ends + timedelta(seconds=1)
    return headset.ask(), headset.papers.der


async def prepare_no_certificate(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """A signature alone, over a connection that shows nothing."""
    return headset.ask(), None


async def prepare_unknown(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """A certificate that nobody issued."""
    return headset.ask(), b"\x30\x00"


async def prepare_revoked(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """Revoked by an administrator."""
    audit = world.audit(at=home.clock.now())
    await home.store.leaving.revoke_certificates(headset.device, audit)
    return headset.ask(), headset.papers.der


async def prepare_replaced(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """The one before the one in use."""
    old = headset.papers
    await headset.take(await headset.renew())
    await headset.report()
    return headset.ask(old), old.der


async def prepare_others_connection(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """Connected as another headset, signed by this one."""
    other = await enrolled(home, 2)
    return headset.ask(), other.papers.der


async def prepare_others_signature(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """Connected as this headset, signed by another one."""
    other = await enrolled(home, 2)
    return headset.ask(other.papers), headset.papers.der


async def prepare_forged(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """Our certificate is named, another key signed."""
    own = headset.papers.certificate
    key = new_key()
    twin = (
        x509.CertificateBuilder()
        .subject_name(own.subject)
        .issuer_name(own.issuer)
        .serial_number(own.serial_number)
        .public_key(key.public_key())
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    papers = Papers(key, twin.public_bytes(serialization.Encoding.DER))
    return headset.ask(papers), headset.papers.der


async def prepare_retired(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """Management was ended."""
    audit = world.audit(at=home.clock.now())
    await home.store.fleet.end_enrollments(headset.device, DeviceState.UNENROLLED, "retired", audit)
    return headset.ask(), headset.papers.der


async def prepare_wiped(home: Home, headset: Headset) -> tuple[bytes, bytes | None]:
    """Wiped, and not come back."""
    audit = world.audit(at=home.clock.now())
    await home.store.fleet.end_enrollments(headset.device, DeviceState.WIPED, "wiped", audit)
    return headset.ask(), headset.papers.der


@pytest.mark.parametrize(
    "prepare",
    [
        prepare_early,
        prepare_late,
        prepare_no_certificate,
        prepare_unknown,
        prepare_revoked,
        prepare_replaced,
        prepare_others_connection,
        prepare_others_signature,
        prepare_forged,
        prepare_retired,
        prepare_wiped,
    ],
    ids=lambda each: each.__name__.removeprefix("prepare_"),
)
async def test_nobody_else_renews(home: Home, headset: Headset, prepare: object) -> None:
    """One refusal for all of them, word for word, and nothing is stored."""
    body, der = await prepare(home, headset)  # type: ignore[operator]
    before = await stored(home, headset.device)

    kind, _ = await refusal(home, body, der)

    assert NOT_ELIGIBLE is kind
    assert before == await stored(home, headset.device)


@pytest.mark.parametrize("custody", [Custody.LOST, Custody.STOLEN, Custody.RETIRED])
async def test_a_headset_out_of_our_hands_does_not_renew(
    home: Home, headset: Headset, custody: Custody
) -> None:
    """Found again, it does: it tries for weeks."""
    await put(home, headset, custody)
    kind, reason = await refusal(home, headset.ask(), headset.papers.der)
    assert (NOT_ELIGIBLE, True) == (kind, custody.value in reason)

    await put(home, headset, Custody.IN_USE)
    await headset.renew()


async def put(home: Home, headset: Headset, custody: Custody) -> None:
    """Say where the headset is."""
    audit = world.audit(at=home.clock.now())
    await home.store.leaving.set_custody(headset.device, custody, audit)


def small_request() -> bytes:
    """A request of a key that is too short."""
    key = rsa.generate_private_key(65537, 1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "next")])
    built = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return built.public_bytes(serialization.Encoding.DER)


def foreign_proof() -> bytes:
    """A request whose signature is of another request."""
    one, other = request(new_key()), request(new_key())
    return one[:-40] + other[-40:]


@pytest.mark.parametrize(
    "content", [small_request, foreign_proof, lambda: b"", lambda: b"\x30\x00"]
)
async def test_a_request_that_is_none_is_refused_as_such(
    home: Home, headset: Headset, content: object
) -> None:
    """Rightly signed by the old key, and still no key to trust."""
    body = renewal(signed(headset.papers, content()))  # type: ignore[operator]
    before = await stored(home, headset.device)

    kind, _ = await refusal(home, body, headset.papers.der)

    assert Refusal.CERTIFICATE_REQUEST is kind
    assert before == await stored(home, headset.device)


async def test_a_bare_request_does_not_renew(home: Home, headset: Headset) -> None:
    """Nothing signs it."""
    body = renewal(request(headset.next_key), wstep.PKCS10)

    with pytest.raises(BadMessage):
        await enroll(home.house, body, Visitor("192.0.2.9", headset.papers.der))
    inside = renewal(request(headset.next_key))
    assert Refusal.CERTIFICATE_REQUEST == (await refusal(home, inside, headset.papers.der))[0]


def test_the_refusal_is_a_fault_that_windows_reads() -> None:
    """s:CertificateRequest, NotEligibleToRenew, HTTP 500 ([MS-MDE2] 2.2.10)."""
    refused = judge_renewal(None, None, Term(60, world.NOW), world.NOW)
    assert refused is not None

    fault = respond.fault(refused, "trace")

    assert (soap.Subcode.CERTIFICATE_REQUEST, soap.ErrorType.NOT_ELIGIBLE_TO_RENEW, 500) == (
        fault.subcode,
        fault.error_type,
        respond.fault_status(refused),
    )
    assert refused.reason not in fault.reason
