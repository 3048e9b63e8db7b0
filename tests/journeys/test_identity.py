"""Who is not who they say is refused, always in the same way, with no operation."""

import base64
import re
from dataclasses import replace

import httpx2
import pytest
from tests.journeys.conftest import Headset, Server

from lenskeep.virtual.enrollment.keys import encode_key, make_key
from lenskeep.virtual.headset import VirtualHeadset
from lenskeep.virtual.state import KEY_FILE, Candidate
from lenskeep.wire.syncml.codes import AUTH_MD5
from lenskeep.wire.syncml.digest import md5_digest
from lenskeep.wire.syncml.model import (
    Alert,
    Credential,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Status,
)
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message

pytestmark = pytest.mark.journey

CONTENT = {"Content-Type": "application/vnd.syncml.dm+xml"}
UNKNOWN = "F" * 32


def package_one(server: Server, dev_id: str, session: str = "900", msg_id: str = "1") -> Message:
    """Return a first message, by the rules of [MS-MDM]."""
    login = Item(meta=Meta(type="com.microsoft/MDM/LoginStatus"), data="user")
    header = Header(session, msg_id, f"{server.url}/ManagementServer/MDM.svc", dev_id)
    return Message(header, (Alert("2", 1201), Alert("3", 1224, (login,))))


def post(server: Server, message: Message, headset: Headset | None = None) -> httpx2.Response:
    """Send a message, with a headset's certificate or with none."""
    context = headset.tls() if headset else server.tls()
    with httpx2.Client(verify=context, timeout=30) as client:
        url = f"{server.url}/ManagementServer/MDM.svc?mode=Maintenance&Platform=WoA"
        return client.post(url, content=write_message(message), headers=CONTENT)


def with_digest(
    headset: Headset, message: Message, nonce: bytes, name: str | None = None
) -> Message:
    """Return the message with the credential of a headset for a nonce."""
    account = headset.virtual.device.account
    data = md5_digest(account.client_name, account.client_secret, nonce)
    header = replace(
        message.header,
        source_name=account.client_name if name is None else name,
        credential=Credential(AUTH_MD5, "b64", data),
    )
    return replace(message, header=header)


def header_status(response: httpx2.Response) -> Status:
    """Return the status of the header of an answer."""
    first = read_message(response.content).body[0]
    assert isinstance(first, Status)
    return first


def nonce_of(response: httpx2.Response) -> bytes:
    """Return the next nonce of an answer."""
    challenge = header_status(response).challenge
    assert challenge is not None
    assert challenge.next_nonce is not None
    return base64.b64decode(challenge.next_nonce)


def shape(response: httpx2.Response, dev_id: str) -> bytes:
    """Return the answer without its nonce and the sender's own name."""
    plain = re.sub(rb"(<NextNonce[^>]*>)[^<]*", rb"\1", response.content)
    return plain.replace(dev_id.encode(), b"")


def assert_refused(response: httpx2.Response, code: int) -> None:
    """Assert a refusal of item 5: HTTP 200, the status, a challenge, no operation."""
    body = read_message(response.content).body
    assert (response.status_code, header_status(response).code) == (200, code)
    assert len(nonce_of(response)) == 16
    assert not [part for part in body if isinstance(part, Request)]
    assert len(body) == 1


@pytest.fixture(scope="module")
def headset(running_server: Server) -> Headset:
    """A managed headset with an operation waiting."""
    headset = running_server.enroll_virtual()
    headset.sync()
    return headset


@pytest.fixture(autouse=True)
def waiting_operation(running_server: Server, headset: Headset) -> None:
    """Something that a thief would like to see."""
    device = running_server.device_of(headset)
    if device["state"] == "managed":
        running_server.queue(device["id"], "get", "./DevDetail/SwV")


def test_nothing_shown_is_407(running_server: Server, headset: Headset) -> None:
    """A known DevId alone proves nothing ([OMA-DM-Security 1.2.1] 5.3)."""
    assert_refused(post(running_server, package_one(running_server, headset.dev_id)), 407)


def test_nothing_shown_looks_the_same_for_an_unknown_device(
    running_server: Server, headset: Headset
) -> None:
    """Nobody finds out who is enrolled here."""
    known = post(running_server, package_one(running_server, headset.dev_id))
    unknown = post(running_server, package_one(running_server, UNKNOWN))

    assert_refused(unknown, 407)
    assert shape(known, headset.dev_id) == shape(unknown, UNKNOWN)


def test_the_certificate_of_one_with_the_name_of_another_is_401(
    running_server: Server, headset: Headset
) -> None:
    """The DevId must be the one that the certificate was issued for."""
    other = running_server.enroll_virtual()

    assert_refused(post(running_server, package_one(running_server, other.dev_id), headset), 401)


def test_an_unknown_name_with_a_good_certificate_is_401(
    running_server: Server, headset: Headset
) -> None:
    """A name nobody has is as wrong as another's."""
    assert_refused(post(running_server, package_one(running_server, UNKNOWN), headset), 401)


def test_a_wrong_digest_is_401_whoever_is_named(running_server: Server, headset: Headset) -> None:
    """Known and unknown devices, known and unknown user names: one answer."""
    nonce = b"0123456789abcdef"
    known = package_one(running_server, headset.dev_id)
    unknown = package_one(running_server, UNKNOWN)
    answers = [
        (post(running_server, with_digest(headset, known, nonce)), headset.dev_id),
        (post(running_server, with_digest(headset, known, nonce, "nobody")), headset.dev_id),
        (post(running_server, with_digest(headset, unknown, nonce)), UNKNOWN),
        (post(running_server, with_digest(headset, unknown, nonce, "")), UNKNOWN),
    ]

    for answer, _ in answers:
        assert_refused(answer, 401)
    assert len({shape(answer, name) for answer, name in answers}) == 1


def test_a_wrong_digest_beside_a_good_certificate_is_401(
    running_server: Server, headset: Headset
) -> None:
    """What is shown must be right, all of it."""
    message = with_digest(headset, package_one(running_server, headset.dev_id), b"x" * 16)

    assert_refused(post(running_server, message, headset), 401)


def test_no_nonce_works_twice(running_server: Server, headset: Headset) -> None:
    """A challenge is answered once; the same proof on another message is refused."""
    challenge = nonce_of(post(running_server, package_one(running_server, headset.dev_id)))
    first = with_digest(headset, package_one(running_server, headset.dev_id, "901", "2"), challenge)
    again = with_digest(headset, package_one(running_server, headset.dev_id, "902", "1"), challenge)

    accepted = post(running_server, first)
    assert header_status(accepted).code == 200
    assert_refused(post(running_server, again), 401)

    following = with_digest(
        headset, package_one(running_server, headset.dev_id, "903"), nonce_of(accepted)
    )
    assert header_status(post(running_server, following)).code == 200
    late = with_digest(
        headset, package_one(running_server, headset.dev_id, "904"), nonce_of(accepted)
    )
    assert_refused(post(running_server, late), 401)


def test_the_same_bytes_again_get_the_same_answer_though_their_nonce_is_spent(
    running_server: Server, headset: Headset
) -> None:
    """A device that lost our answer asks with the bytes it has."""
    challenge = nonce_of(post(running_server, package_one(running_server, headset.dev_id)))
    message = with_digest(
        headset, package_one(running_server, headset.dev_id, "905", "2"), challenge
    )

    assert post(running_server, message).content == post(running_server, message).content


def test_a_digest_may_come_without_the_user_name(running_server: Server, headset: Headset) -> None:
    """Clients that leave LocName out are found by their DevId, and still must prove it."""
    challenge = nonce_of(post(running_server, package_one(running_server, headset.dev_id)))
    message = with_digest(
        headset, package_one(running_server, headset.dev_id, "906", "2"), challenge, ""
    )

    assert header_status(post(running_server, message)).code == 200


def test_a_virtual_headset_without_its_certificate_manages_by_digest(
    running_server: Server,
) -> None:
    """Behind a proxy that swallows certificates, session after session."""
    headset = running_server.enroll_virtual()
    device = ""
    for _ in range(3):
        report = headset.sync(client_certificate=False)
        device = running_server.device_of(headset)["id"]
        operation = running_server.queue(device, "get", "./DevDetail/SwV")
        headset.sync(client_certificate=False)
        assert running_server.operation(device, operation["id"])["state"] == "done"
        assert report.challenged


def test_two_that_claim_one_name_do_not_spoil_each_others_proofs(running_server: Server) -> None:
    """Digest alone, the same DevId: each is let in session after session, as itself."""
    first = running_server.enroll_virtual()
    second = Headset(VirtualHeadset.create(build="HL2-22621.1244"))
    second.virtual.device.vault.write(KEY_FILE, encode_key(make_key(2048)))
    second.virtual.device.save(candidate=Candidate(first.dev_id, "0F3B8E6C-A271-4556-9B72-A26CBD"))
    second.enroll(running_server, "other@example.org", running_server.new_code())
    assert first.dev_id == second.dev_id

    for headset in (first, first, first, second, first, second, second):
        assert headset.sync(client_certificate=False).challenged

    rows = [row for row in running_server.devices() if row["device_id"] == first.dev_id]
    assert [row["state"] for row in rows] == ["managed", "managed"]


def test_a_retired_device_is_refused_like_a_stranger(running_server: Server) -> None:
    """Its certificate is revoked in the moment it is retired, digest and all."""
    headset = running_server.enroll_virtual()
    headset.sync()
    device = running_server.device_of(headset)["id"]
    before = post(running_server, package_one(running_server, headset.dev_id), headset)
    assert header_status(before).code == 200

    retired = running_server.request(
        "POST", f"/api/v1/devices/{device}/retire", {"confirm": device}
    )
    assert retired.status_code in (200, 204), retired.text

    after = post(running_server, package_one(running_server, headset.dev_id), headset)
    assert_refused(after, 401)
    message = with_digest(headset, package_one(running_server, headset.dev_id), b"x" * 16)
    assert shape(after, "") == shape(post(running_server, message), "")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/vnd.syncml.dm+xml", 400),
        (b"<SyncML/>", "application/vnd.syncml.dm+xml", 400),
        (b"<!DOCTYPE a><a/>", "application/vnd.syncml.dm+xml", 400),
        (b"\x02\x00\x00j", "application/vnd.syncml.dm+wbxml", 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_message_is_refused_before_anything_is_looked_up(
    running_server: Server, body: bytes, content_type: str, status: int
) -> None:
    """Garbage, declarations, WBXML and forms."""
    with httpx2.Client(verify=running_server.tls()) as client:
        url = f"{running_server.url}/ManagementServer/MDM.svc"
        answer = client.post(url, content=body, headers={"Content-Type": content_type})

    assert answer.status_code == status
