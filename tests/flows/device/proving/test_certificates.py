"""Enrollment with the certificate of a package: what is believed, and what is not."""

import base64
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.certificates import signing
from tests.certificates.signing import Form, Holder
from tests.flows.device.renewer import new_key, request
from tests.flows.home import ADMIN, START, Home

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.certificates.xml_signature import CLOCK_SKEW, MAX_AGE
from lenskeep.flows.device.enrolling.issue import enroll
from lenskeep.flows.device.enrolling.policy import policies
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.device.proving.passwords import REPEAT_WINDOW
from lenskeep.flows.entry.bulk import BulkWish, add_bulk, disable_bulk
from lenskeep.flows.records import DeviceFilter, PrincipalKind
from lenskeep.wire import soap, wap, wstep, xcep
from lenskeep.wire.security import X509_TOKEN, BinaryToken

NAME = "ward7@example.org"
SOMEWHERE = Visitor("192.0.2.7")


@cache
def _made(name: str) -> Holder:
    return signing.holder(START, name)


def holder(name: str = "package") -> Holder:
    """Return a certificate with its key, made once: they cost a tenth of a second."""
    return _made(name)


async def known(home: Home, *, days: int = 365, uses: int | None = None) -> Holder:
    """Return a certificate that has a bulk account."""
    who = holder()
    der = who.certificate.public_bytes(Encoding.DER)
    await add_bulk(home.house, ADMIN, BulkWish(NAME, days, uses, der))
    return who


def form(number: int = 1) -> Form:
    """Return a request of the headset with this number."""
    csr = base64.b64encode(request(new_key())).decode()
    more = (("EnrollmentType", "Full"), ("HWDevID", f"{number:064X}"))
    return Form(request=csr, context=f"{number:032X}", more=more)


def asking(home: Home, who: Holder, chosen: Form | None = None) -> bytes:
    return signing.signed_request(who, home.clock.now(), chosen or form())


def policies_request(data: str, kind: str = X509_TOKEN) -> bytes:
    token = BinaryToken(kind, soap.BASE64_BINARY, data)
    url = "https://localhost/EnrollmentServer/Policy.svc"
    header = soap.RequestHeader(soap.ACTION_GET_POLICIES, soap.MESSAGE_ID_GET_POLICIES, url, token)
    return xcep.write_get_policies(header, xcep.GetPolicies())


async def refusal(home: Home, body: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        await enroll(home.house, body, SOMEWHERE)
    return caught.value


async def devices(home: Home) -> list[str]:
    page = await home.store.fleet.devices(DeviceFilter(), None, 100)
    return [row.device_id for row in page.items]


# --- what is right ------------------------------------------------------------------------


async def test_a_signed_request_enrolls(home: Home) -> None:
    who = await known(home)

    answer = await enroll(home.house, asking(home, who), SOMEWHERE)

    document = wap.read_provisioning(wstep.read_response(answer)[1].provisioning)
    assert document.client
    assert [f"{1:032X}"] == await devices(home)
    row = (await home.store.fleet.devices(DeviceFilter(), None, 1)).items[0]
    (enrollment,) = (await home.store.fleet.device(row.id)).enrollments
    assert PrincipalKind.BULK is enrollment.principal.kind
    assert "package certificate" == enrollment.way
    assert NAME == enrollment.principal.name


async def test_one_account_enrolls_many_headsets(home: Home) -> None:
    who = await known(home)

    for number in range(1, 6):
        await enroll(home.house, asking(home, who, form(number)), SOMEWHERE)

    assert 5 == len(await devices(home))


@pytest.mark.parametrize("kind", [X509_TOKEN, "X509v3", soap.USER_TOKEN])
async def test_policies_are_told_to_whoever_shows_a_known_certificate(
    home: Home, kind: str
) -> None:
    """No proof of possession is possible there, and nothing is told but what all are told."""
    who = await known(home)

    answer = await policies(home.house, policies_request(who.token, kind), SOMEWHERE)

    assert xcep.read_policies(answer)[1] is not None


async def test_a_lost_answer_is_repeated_though_no_use_is_left(home: Home) -> None:
    who = await known(home, uses=1)
    body = asking(home, who)

    first = await enroll(home.house, body, SOMEWHERE)
    home.clock.advance(seconds=30)
    again = await enroll(home.house, body, SOMEWHERE)

    documents = [wstep.read_response(each)[1].provisioning for each in (first, again)]
    assert documents[0] == documents[1]
    assert 1 == len(await devices(home))


async def test_a_message_sent_once_more_makes_no_second_record(home: Home) -> None:
    """For as long as it is believed at all, it gets the answer that it got before."""
    who = await known(home)
    body = asking(home, who, replace(form(), life=timedelta(hours=1)))
    first = await enroll(home.house, body, SOMEWHERE)

    assert REPEAT_WINDOW == MAX_AGE + CLOCK_SKEW
    home.clock.advance(seconds=REPEAT_WINDOW.total_seconds() - 1)
    again = await enroll(home.house, body, SOMEWHERE)
    home.clock.advance(seconds=1)
    refused = await refusal(home, body)

    documents = [wstep.read_response(each)[1].provisioning for each in (first, again)]
    assert documents[0] == documents[1]
    assert Refusal.AUTHENTICATION is refused.kind
    assert 1 == len(await devices(home))


# --- what is not --------------------------------------------------------------------------


async def test_everything_wrong_with_a_certificate_looks_alike(home: Home) -> None:
    """Unknown, disabled, expired, ended: at the policy answer nobody learns which."""
    good = await known(home)
    unknown = holder("other")
    kinds = set()
    bodies = [policies_request(unknown.token), policies_request("!!!"), policies_request("")]
    for body in bodies:
        with pytest.raises(Refused) as caught:
            await policies(home.house, body, SOMEWHERE)
        kinds.add((caught.value.kind, caught.value.words))
    await disable_bulk(home.house, ADMIN, NAME)
    with pytest.raises(Refused) as caught:
        await policies(home.house, policies_request(good.token), SOMEWHERE)
    kinds.add((caught.value.kind, caught.value.words))

    assert {(Refusal.AUTHENTICATION, "")} == kinds


async def test_a_foreign_certificate_enrolls_nothing(home: Home) -> None:
    await known(home)

    refused = await refusal(home, asking(home, holder("other")))

    assert Refusal.AUTHENTICATION is refused.kind
    assert "no bulk account has" in refused.reason
    assert [] == await devices(home)


async def test_a_disabled_account_enrolls_nothing(home: Home) -> None:
    who = await known(home)
    await disable_bulk(home.house, ADMIN, NAME)

    refused = await refusal(home, asking(home, who))

    assert Refusal.AUTHENTICATION is refused.kind
    assert "is disabled" in refused.reason
    assert [] == await devices(home)


async def test_an_expired_account_enrolls_nothing(home: Home) -> None:
    who = await known(home, days=10)
    home.clock.advance(days=10)

    refused = await refusal(home, asking(home, who))

    assert Refusal.AUTHENTICATION is refused.kind
    assert "has expired" in refused.reason


async def test_a_certificate_that_ended_enrolls_nothing(home: Home) -> None:
    who = await known(home, days=365)
    home.clock.advance(days=31)

    refused = await refusal(home, asking(home, who))

    assert Refusal.AUTHENTICATION is refused.kind
    assert [] == await devices(home)


async def test_one_more_than_the_cap_is_told_so(home: Home) -> None:
    who = await known(home, uses=1)
    await enroll(home.house, asking(home, who, form(1)), SOMEWHERE)

    refused = await refusal(home, asking(home, who, form(2)))

    assert Refusal.DEVICE_CAP is refused.kind
    assert [f"{1:032X}"] == await devices(home)


async def test_a_stale_request_enrolls_nothing(home: Home) -> None:
    who = await known(home)
    body = asking(home, who)
    home.clock.advance(minutes=10)

    refused = await refusal(home, body)

    assert Refusal.AUTHENTICATION is refused.kind
    assert "time is over" in refused.reason
    assert [] == await devices(home)


async def test_a_recorded_request_with_another_key_in_it_enrolls_nothing(home: Home) -> None:
    who = await known(home)
    mine, theirs = form(1), form(2)
    recorded = asking(home, who, mine)

    swapped = recorded.replace(mine.request.encode(), theirs.request.encode())
    refused = await refusal(home, swapped)

    assert swapped != recorded
    assert Refusal.AUTHENTICATION is refused.kind
    assert "InvalidDigest" in refused.reason
    assert [] == await devices(home)


async def test_a_wrapped_request_enrolls_nothing(home: Home) -> None:
    """The signed body is moved aside and another one is put in its place."""
    who = await known(home)
    body = asking(home, who)
    start, end = body.index(b"<s:Body>"), body.index(b"</s:Body>") + len(b"</s:Body>")
    good = body[start:end]
    evil = good.replace(f"{1:032X}".encode(), f"{9:032X}".encode())
    for wrapped in (
        body.replace(good, evil + good),
        body.replace(good, evil).replace(b"</s:Header>", good + b"</s:Header>"),
        body.replace(good, b"<s:Body><x>" + good + b"</x>" + evil[len(b"<s:Body>") :]),
    ):
        refused = await refusal(home, wrapped)
        assert Refusal.AUTHENTICATION is refused.kind
    assert [] == await devices(home)


async def test_what_a_comment_hides_from_one_reader_hides_from_none(home: Home) -> None:
    who = await known(home)
    body = asking(home, who).replace(
        b">" + f"{1:032X}".encode(), b">" + f"{1:032X}".encode() + b"<!-- -->"
    )

    await enroll(home.house, body, SOMEWHERE)

    assert [f"{1:032X}"] == await devices(home)


async def test_an_unsigned_request_with_a_known_certificate_enrolls_nothing(home: Home) -> None:
    who = await known(home)
    body = signing.envelope(who, home.clock.now(), form()).encode()

    refused = await refusal(home, body)

    assert Refusal.AUTHENTICATION is refused.kind
    assert "0 signatures" in refused.reason


async def test_wrong_signatures_are_counted(home: Home) -> None:
    who, other = await known(home), holder("other")
    chosen = replace(form(), token=who.token)
    body = asking(home, other, chosen)

    kinds = [(await refusal(home, body)).kind for _ in range(12)]

    assert Refusal.AUTHENTICATION is kinds[0]
    assert Refusal.TOO_MANY_ATTEMPTS is kinds[-1]
    await enroll(home.house, asking(home, who), SOMEWHERE)
    assert 1 == len(await devices(home))


async def test_the_password_of_a_certificate_account_fits_nothing(home: Home) -> None:
    await known(home)
    token = soap.UsernameToken(NAME, Secret(""))
    url = "https://localhost/EnrollmentServer/Policy.svc"
    header = soap.RequestHeader(soap.ACTION_GET_POLICIES, soap.MESSAGE_ID_GET_POLICIES, url, token)

    with pytest.raises(Refused) as caught:
        await policies(home.house, xcep.write_get_policies(header, xcep.GetPolicies()), SOMEWHERE)

    assert Refusal.AUTHENTICATION is caught.value.kind
