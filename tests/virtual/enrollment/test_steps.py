"""What the headset sends and accepts on its way into management."""

from datetime import UTC, datetime

import pytest
from tests.virtual import double
from tests.virtual.double import Reply
from tests.virtual.tree.test_verbs import HARDWARE

from lenskeep.base.errors import Invalid
from lenskeep.virtual.builds import find_profile
from lenskeep.virtual.enrollment import steps
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.passage import passage_of
from lenskeep.virtual.enrollment.proof import by_password
from lenskeep.virtual.enrollment.ways import Local
from lenskeep.virtual.transport import Answer
from lenskeep.virtual.trouble import Breach
from lenskeep.wire import discover, wstep

PROOF = by_password("anna@example.com", "secret")
PASSAGE = passage_of(Local("anna@example.com", "secret"), datetime(2026, 1, 1, tzinfo=UTC))
BASE = "https://mdm.example"


def came(reply: Reply) -> Answer:
    headers = {"content-type": reply.kind, "content-length": str(len(reply.body))}
    return Answer(reply.status, headers, reply.body)


@pytest.mark.parametrize(
    ("server", "user", "url"),
    [
        ("mdm.example", "", "https://mdm.example/EnrollmentServer/Discovery.svc"),
        ("mdm.example:8443", "", "https://mdm.example:8443/EnrollmentServer/Discovery.svc"),
        ("https://mdm.example/", "", "https://mdm.example/EnrollmentServer/Discovery.svc"),
        ("https://mdm.example/own/path.svc", "", "https://mdm.example/own/path.svc"),
        (
            "",
            "a@b.example",
            "https://EnterpriseEnrollment.b.example/EnrollmentServer/Discovery.svc",
        ),
    ],
)
def test_a_server_may_be_named_in_many_ways(server: str, user: str, url: str) -> None:
    assert url == steps.discovery_url(server, user)


@pytest.mark.parametrize(
    ("server", "user"),
    [("http://mdm.example", ""), ("https://[", ""), ("a:99999", ""), ("", "anna"), ("", "")],
)
def test_an_address_that_cannot_be_used_is_refused(server: str, user: str) -> None:
    with pytest.raises(Invalid):
        steps.discovery_url(server, user)


def test_discovery_offers_what_a_headset_offers() -> None:
    profile = find_profile("HL1 17763 Dev")

    _, asked = discover.read_discover(steps.discover_message(profile, BASE, "anna"))

    assert (
        asked.request_version,
        asked.os_edition,
        asked.application_version,
    ) == ("4.0", "135", "10.0.17763.1")
    assert asked.auth_policies == ("OnPremise", "Federated")


@pytest.mark.parametrize(
    ("build", "last"), [("HL2-19041.1128", "NotInOobe"), ("HL2-22621.1244", "RequestVersion")]
)
def test_the_certificate_is_asked_for_with_the_items_in_order(build: str, last: str) -> None:
    asked = steps.TokenRequest(b"\x30\x00", "0A" * 16, find_profile(build), HARDWARE, PASSAGE)

    _, request = wstep.read_request(steps.token_message(BASE, PROOF, asked))

    names = [name for name, _ in request.context]
    assert names[:3] == ["UXInitiated", "HWDevID", "Locale"]
    assert names[-1] == last
    assert ("MAC", "02-00-5E-00-53-10") in request.context
    assert ("EnrollmentType", "Full") in request.context


@pytest.mark.parametrize("status", [200, 500])
def test_a_fault_counts_whatever_its_http_status(status: int) -> None:
    path = "/Policy"
    reply = double.fault(path, "s:Authorization", "not you", status=status)

    with pytest.raises(EnrollmentRefused, match=r"0x80180003.*not you") as refused:
        steps.read_policies(came(reply))

    assert refused.value.hresult is Hresult.AUTHORIZATION


def test_too_many_requests_have_a_number_of_their_own() -> None:
    with pytest.raises(EnrollmentRefused, match=r"0x80180033.*60 s"):
        steps.read_policies(Answer(429, {"retry-after": "60"}, b""))


def test_a_failure_without_a_fault_is_a_breach() -> None:
    """HTTP 200, or a SOAP fault ([MS-MDE2] 2.1)."""
    with pytest.raises(Breach, match="0x80190194"):
        steps.read_policies(came(Reply(b"gone", 404, "text/plain")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<minimalKeyLength>2048", "<minimalKeyLength>2000"),
        ("<renewalPeriodSeconds>172800", "<renewalPeriodSeconds>1209600"),
        ("<provider>Microsoft Software Key Storage Provider</provider>", ""),
        ("<oIDReferenceID>0", "<oIDReferenceID>7"),
    ],
)
def test_a_policy_that_makes_no_sense_is_a_breach(old: str, new: str) -> None:
    with pytest.raises(Breach):
        steps.read_policies(came(double.policies(old=old, new=new)))


def test_a_good_policy_is_read() -> None:
    policies = steps.read_policies(came(double.policies()))

    assert (policies.minimal_key_length, policies.hash_oid) == (2048, "2.16.840.1.101.3.4.2.1")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("urn:uuid:748132ec", "urn:uuid:000032ec", Breach),
        ("<AuthPolicy>OnPremise", "<AuthPolicy>Certificate", Breach),
        ("<EnrollmentVersion>4.0", "<EnrollmentVersion>2.0", Breach),
        ("https://mdm.example/Policy", "https://other.example/Policy", Breach),
        ("https://mdm.example/Policy", "http://mdm.example/Policy", Breach),
        ("https://mdm.example/Policy", "https://[mdm.example/Policy", EnrollmentRefused),
    ],
)
def test_a_discovery_that_makes_no_sense_is_a_breach(
    old: str, new: str, error: type[Exception]
) -> None:
    """It relates to another message, or answers what was not offered ([WS-Addressing 1.0] 3.4)."""
    body = double.discovered(BASE).body.decode()
    assert old in body

    with pytest.raises(error):
        steps.read_discovery(
            came(Reply(body.replace(old, new).encode(), kind=double.SOAP_KIND)),
            find_profile("19041.1128"),
        )
