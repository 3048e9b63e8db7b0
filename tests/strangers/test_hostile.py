"""People who mean harm: what they send is refused, costs little, and tells them nothing."""

import base64
import hashlib
import json
import statistics
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.strangers import csr, strict, strict_syncml
from tests.strangers.conftest import Field
from tests.strangers.enrolling import (
    DISCOVER_ID,
    POLICIES_ID,
    RST_ID,
    SOAP_TYPE,
    Stranger,
    Style,
)
from tests.strangers.markup import ENROLL, XCEP
from tests.strangers.strict_syncml import Reply
from tests.strangers.talking import PATH, SYNCML_TYPE, Manner, Node, Talker
from tests.strangers.wire import USUAL, Line, Response, tls_context

pytestmark = pytest.mark.journey

USER = "wearer@example.org"
ISSUED = ENROLL + "/RSTRC/wstep"
POLICIED = XCEP + "/IPolicy/GetPoliciesResponse"
SWV = "./DevDetail/SwV"
DOORS = [
    ("/EnrollmentServer/Discovery.svc", SOAP_TYPE),
    ("/EnrollmentServer/Policy.svc", SOAP_TYPE),
    ("/EnrollmentServer/Enrollment.svc", SOAP_TYPE),
    (PATH, SYNCML_TYPE),
]


def line_to(field: Field, stranger: Stranger | None = None) -> Line:
    """Return a connection, with a device's certificate where one is given."""
    context = stranger.tls() if stranger else tls_context(field.server.ca_path)
    return Line(field.server.port, context)


def manage(field: Field, body: bytes, stranger: Stranger | None = None) -> Response:
    """Post bytes to the management door."""
    return line_to(field, stranger).exchange("POST", PATH, body, SYNCML_TYPE, USUAL)


def enroll(field: Field, body: bytes) -> Response:
    """Post bytes to the enrollment door."""
    path = "/EnrollmentServer/Enrollment.svc"
    return line_to(field).exchange("POST", path, body, SOAP_TYPE, USUAL)


def managed(field: Field) -> tuple[Talker, str]:
    """Return a managed device that answers, and the identifier of its record."""
    talker = field.talker()
    talker.nodes[SWV] = Node(f"value of {talker.stranger.dev_id}")
    talker.session(Manner())
    return talker, field.id_of(talker.stranger)


def refused(response: Response, talker: Talker, manner: Manner, number: str, code: int) -> Reply:
    """Check a refusal with the merciless reader: 200, the code, a challenge, nothing else."""
    _, expected = talker.message(manner, number, [])
    reply = strict_syncml.reply(response, expected)
    assert reply.code == code
    return reply


# --- another's words ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def alice(field: Field) -> tuple[Talker, str]:
    """A device with a session that carried a value."""
    return managed(field)


@pytest.fixture(scope="module")
def mallory(field: Field) -> tuple[Talker, str]:
    """Another device, enrolled as properly, that means harm."""
    return managed(field)


def test_the_bytes_of_one_by_the_certificate_of_another_get_nothing(
    field: Field, alice: tuple[Talker, str], mallory: tuple[Talker, str]
) -> None:
    """A captured message replayed: no stored answer, no operation, 401 and a challenge."""
    field.server.queue(alice[1], "get", SWV)
    manner = Manner(session_id="31")
    alice[0].session(manner)
    assert any(b"<Get>" in each.body for each in alice[0].received)

    for number, body in enumerate(alice[0].sent, 1):
        answer = manage(field, body, mallory[0].stranger)
        refused(answer, alice[0], manner, str(number), 401)
        assert b"<Get>" not in answer.body
        refused(manage(field, body), alice[0], manner, str(number), 407)


def test_a_stored_answer_is_for_its_own_device_and_session_alone(
    field: Field, alice: tuple[Talker, str], mallory: tuple[Talker, str]
) -> None:
    """While a session is open its answer is repeated to the device, to nobody else."""
    operation = field.server.queue(alice[1], "exec", "./Device/Vendor/MSFT/Reboot/RebootNow")
    manner = Manner(session_id="32")
    body, _ = alice[0].message(manner, "1", alice[0].package_one(manner))

    mine = manage(field, body, alice[0].stranger)
    again = manage(field, body, alice[0].stranger)
    theirs = manage(field, body, mallory[0].stranger)
    swapped = body.replace(alice[0].stranger.dev_id.encode(), mallory[0].stranger.dev_id.encode())
    own = manage(field, swapped, mallory[0].stranger)

    assert b"<Exec>" in mine.body
    assert mine.body == again.body
    refused(theirs, alice[0], manner, "1", 401)
    assert b"<Exec>" not in own.body
    assert field.server.operation(alice[1], operation["id"])["state"] == "sent"


def test_the_session_of_another_cannot_be_taken_over(
    field: Field, alice: tuple[Talker, str], mallory: tuple[Talker, str]
) -> None:
    """The same SessionID by another device is another session; answers land at their own."""
    manner = Manner(session_id="33")
    operation = field.server.queue(alice[1], "get", SWV)
    line = alice[0].connect(manner)
    body, expected = alice[0].message(manner, "1", alice[0].package_one(manner))
    first = strict_syncml.reply(alice[0].post(line, manner, body), expected)

    thief = mallory[0]
    forged, owed = thief.message(manner, "2", alice[0].answers(first, manner))
    strict_syncml.reply(manage(field, forged, thief.stranger), owed)
    assert field.server.operation(alice[1], operation["id"])["state"] == "sent"

    body, expected = alice[0].message(manner, "2", alice[0].answers(first, manner))
    strict_syncml.reply(alice[0].post(line, manner, body), expected)
    found = field.server.operation(alice[1], operation["id"])
    assert (found["state"], found["result"]) == ("done", alice[0].nodes[SWV].value)


def test_the_digest_of_one_does_not_speak_for_another(
    field: Field, alice: tuple[Talker, str], mallory: tuple[Talker, str]
) -> None:
    """A's proof under B's name, B's under A's DevId, with and without a user name: 401."""
    assert alice[0].stranger.provisioned is not None
    assert mallory[0].stranger.provisioned is not None
    names = alice[0].stranger.provisioned.auth_name, mallory[0].stranger.provisioned.auth_name
    manner = Manner(session_id="34", credential="digest", loc_name=True)
    own, expected = mallory[0].message(manner, "1", mallory[0].package_one(manner))
    challenge = strict_syncml.reply(manage(field, own), expected).next_nonce
    mallory[0].nonce = challenge

    good, _ = mallory[0].message(manner, "2", mallory[0].package_one(manner))
    as_alice = good.replace(names[1].encode(), names[0].encode())
    for_alice = good.replace(mallory[0].stranger.dev_id.encode(), alice[0].stranger.dev_id.encode())
    nameless = for_alice.replace(f"<LocName>{names[1]}</LocName>".encode(), b"")

    assert nameless != for_alice != good
    refused(manage(field, as_alice), mallory[0], manner, "2", 401)
    refused(manage(field, for_alice), alice[0], manner, "2", 401)
    refused(manage(field, nameless), alice[0], manner, "2", 401)


def test_after_enrolling_again_the_old_certificate_is_a_strangers(field: Field) -> None:
    """Same account, same hardware: one record, and what was issued before ends."""
    body = {"name": "again@example.org", "password": "gaze-and-commit-7"}
    assert field.server.request("POST", "/api/v1/accounts", body).status_code == 201
    first, second = field.stranger(), field.stranger()
    second.hw_dev_id = first.hw_dev_id
    for each in (first, second):
        each.enroll(body["name"], body["password"], Style())
    old, new = Talker(first), Talker(second)

    message, _ = old.message(Manner(), "1", old.package_one(Manner()))
    refused(manage(field, message, first), old, Manner(), "1", 401)
    by_digest = Manner(credential="digest", loc_name=True)
    message, _ = old.message(by_digest, "1", old.package_one(by_digest))
    refused(manage(field, message), old, by_digest, "1", 401)
    assert new.session(Manner())[0].code == 200


def test_two_that_claim_one_device_id_see_each_its_own(field: Field) -> None:
    """A DevId is a claim: the certificate, or the digest, says whose operations go out."""
    true, false = field.stranger(), field.stranger()
    false.dev_id, false.hw_dev_id = true.dev_id, true.hw_dev_id
    talkers: list[Talker] = []
    for each in (true, false):
        each.enroll(USER, field.code, Style())
        talkers.append(Talker(each, {SWV: Node(f"of {len(talkers)}")}))
    for talker in talkers:
        talker.session(Manner())
    items = field.server.get(f"/api/v1/devices?text={true.dev_id}").json()["items"]
    assert len(items) == 2
    uris = {each["id"]: f"./Vendor/MSFT/For/{each['id']}" for each in items}
    for identifier, uri in uris.items():
        field.server.queue(identifier, "get", uri)

    seen = []
    for manner in (Manner(session_id="2"), Manner(session_id="3", credential="digest")):
        for talker in talkers:
            talker.seen.clear()
            talker.session(manner)
            seen.append([uri for each in talker.seen for uri in each.uris if "/For/" in uri])

    assert sorted(each for found in seen[:2] for each in found) == sorted(uris.values())
    assert [len(each) for each in seen] == [1, 1, 0, 0]


# --- enrollment ---------------------------------------------------------------------------


def test_a_request_replayed_by_another_account_gets_not_the_firsts_document(field: Field) -> None:
    """The repeated answer is for the same account; anybody else gets secrets of their own."""
    for name in ("one@example.org", "two@example.org"):
        body = {"name": name, "password": "gaze-and-commit-7"}
        assert field.server.request("POST", "/api/v1/accounts", body).status_code == 201
    victim = field.stranger()
    first = victim.enroll("one@example.org", "gaze-and-commit-7", Style()).provisioned
    request = csr.request(victim.key, victim.dev_id, windows=10)

    stolen = victim.rst("two@example.org", "gaze-and-commit-7", Style(), request=request)
    answer = enroll(field, stolen)
    again = victim.rst("one@example.org", "gaze-and-commit-7", Style(), request=request)
    document = strict.issued(enroll(field, again), RST_ID)

    assert document == first.document
    if answer.status == 200:
        second = strict.provisioning(strict.issued(answer, RST_ID), "Full", victim.key.public_key())
        assert second.client != first.client
        mine = {first.secret, first.nonce, first.server_secret, first.auth_name, first.ent_dm_id}
        theirs = {second.secret, second.nonce, second.server_secret, second.auth_name}
        assert not mine & theirs
        assert second.upn == "two@example.org"
    assert Talker(victim).session(Manner())[0].code == 200


def test_a_request_for_a_key_that_the_sender_has_not_is_refused(field: Field) -> None:
    """Proof of possession: A's public key under B's signature is s:CertificateRequest."""
    victim: rsa.RSAPrivateKey = field.stranger().key
    thief = field.stranger()
    for windows in (10, 11):
        request = csr.request(thief.key, thief.dev_id, windows=windows, public=victim.public_key())
        body = thief.rst(USER, field.code, Style(), request=request)
        fault = strict.fault(enroll(field, body), RST_ID, ISSUED)
        assert fault.subcode == "s:CertificateRequest"


def test_a_wrong_password_takes_as_long_for_a_known_name_as_for_an_unknown_one(
    field: Field,
) -> None:
    """Within a factor of three: hashing is the cost, and it is paid for both."""
    body = {"name": "timed@example.org", "password": "gaze-and-commit-7"}
    assert field.server.request("POST", "/api/v1/accounts", body).status_code == 201
    stranger = field.stranger()
    times: dict[str, list[float]] = {}
    for number in range(5):
        for name in ("timed@example.org", "nobody@example.org"):
            wrong = stranger.get_policies(name, f"wrong-{name}-{number}", Style())
            line = line_to(field)
            started = time.perf_counter()
            path = "/EnrollmentServer/Policy.svc"
            answer = line.exchange("POST", path, wrong, SOAP_TYPE, USUAL)
            times.setdefault(name, []).append(time.perf_counter() - started)
            assert strict.fault(answer, POLICIES_ID, POLICIED).subcode == "s:Authentication"

    known, unknown = (statistics.median(each) for each in times.values())
    assert 1 / 3 < known / unknown < 3


def test_megabytes_of_context_are_cut_and_the_device_enrolls(field: Field) -> None:
    """One item of 900 kB, ten thousand MACs: kept are a few, and the pages stay small."""
    for extra in (
        [("DeviceName", "N" * 900_000)],
        [("MAC", f"00-15-5D-{n >> 8:02X}-{n & 255:02X}-01") for n in range(10_000)],
    ):
        stranger = field.stranger()
        items = [("DeviceID", stranger.dev_id), ("EnrollmentType", "Full"), *extra]
        plain = Style()
        body = stranger.rst(USER, field.code, plain, items=items)
        assert 500_000 < len(body) < 1024 * 1024
        strict.issued(enroll(field, body), RST_ID)
        shown = field.server.get(f"/api/v1/devices/{field.id_of(stranger)}")
        assert len(shown.content) < 20_000


EVIL = 'a\u009b31m\u202e\u2028<script>alert(1)</script>\n{"event":"forged"}'


def test_names_inject_nothing_into_log_timeline_and_answers(field: Field) -> None:
    """Line breaks, control and direction characters, markup: one JSON object a log line."""
    stranger = field.stranger()
    body = stranger.get_policies(EVIL, "wrong", replace(Style(), message_id="x"))
    evil = body.replace(b">x<", b">x\r\nX-Evil: 1\r\n\r\n&lt;b&gt;<")
    assert evil != body
    answer = line_to(field).exchange("POST", "/EnrollmentServer/Policy.svc", evil, SOAP_TYPE, USUAL)
    assert answer.status == 500
    assert not answer.every("X-Evil")
    items = [("DeviceID", stranger.dev_id), ("EnrollmentType", "Full"), ("DeviceName", EVIL)]
    issued = enroll(field, stranger.rst(EVIL, field.code, Style(), items=items))
    given = strict.provisioning(strict.issued(issued, RST_ID), "Full", stranger.key.public_key())
    stranger.keep(given)
    assert given.upn.isprintable()
    assert given.device_name.isprintable()
    device = field.id_of(stranger)
    talker = Talker(stranger)
    message, expected = talker.message(Manner(), "1", talker.package_one(Manner()))
    shown = EVIL.replace("<", "&lt;")
    alert = (
        f"<Alert><CmdID>90</CmdID><Data>1226</Data><Item><Source><LocURI>{shown}</LocURI></Source>"
        f'<Meta><Type xmlns="syncml:metinf">{shown}</Type><Mark xmlns="syncml:metinf">{shown}'
        f"</Mark></Meta><Data>{shown}</Data></Item></Alert><Final/>"
    )
    message = message.replace(b"<Final/>", alert.encode())
    owed = replace(expected, owed=(*expected.owed, ("90", "Alert")))
    assert strict_syncml.reply(manage(field, message, stranger), owed).code == 200
    record = field.server.get(f"/api/v1/devices/{device}").json()
    timeline = field.server.get(f"/api/v1/devices/{device}/timeline").json()
    assert "alert(1)" in str(record)
    assert "alert(1)" in str(timeline)
    for each in ("\u009b", "\u202e", "\u2028", "\n"):
        assert each not in json.dumps([record, timeline], ensure_ascii=False)

    lines = (field.server.data / "server.log").read_text().splitlines()
    for each in lines:
        assert json.loads(each).get("event") != "forged"


# --- bombs --------------------------------------------------------------------------------

MEBIBYTE = 1024 * 1024
BOMBS = {
    "laughs": (
        b'<!DOCTYPE l [<!ENTITY a "ha">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]><l>&j;</l>"
    ),
    "external": b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>',
    "external dtd": b'<!DOCTYPE l SYSTEM "http://127.0.0.1:9/x.dtd"><l/>',
    "quadratic": b'<!DOCTYPE l [<!ENTITY a "' + b"a" * 50_000 + b'">]><l>' + b"&a;" * 900 + b"</l>",
    "deep": b"<a>" * 170_000 + b"</a>" * 130_000,
    "flood": b"<a>" + b"<b/>" * 260_000 + b"</a>",
    "attributes": b"<a " + b" ".join(b"a%d='1'" % n for n in range(90_000)) + b"/>",
    "namespaces": b"<a " + b" ".join(b"xmlns:a%d='urn:%d'" % (n, n) for n in range(40_000)) + b"/>",
    "long namespace": b"<a xmlns='" + b"n" * 900_000 + b"'>" + b"<b/>" * 9000 + b"</a>",
    "one name": b"<" + b"n" * 1_000_000 + b"/>",
    "comments": b"<a>" + b"<!---->" * 149_000 + b"</a>",
    "unclosed comment": b"<a><!--" + b"-" * 1_000_000,
    "cdata": b"<a>" + b"<![CDATA[]]>" * 87_000 + b"</a>",
    "instructions": b"<?a?>" * 200_000 + b"<a/>",
    "quotes": b"<a b='" + b'"' * 1_000_000,
    "angles": b"<" * 1_000_000,
    "utf-16": "<a/>".encode("utf-16"),
    "references": b"<a>" + b"&#65;" * 200_000 + b"</a>",
}  # fmt: skip


def memory(field: Field) -> int:
    """Return the most memory that the server ever had, in MiB."""
    assert field.server.process is not None
    status = Path(f"/proc/{field.server.process.pid}/status").read_text()
    (line,) = (each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


@pytest.mark.parametrize("door", DOORS, ids=["discovery", "policy", "enrollment", "management"])
def test_a_bomb_goes_off_nowhere(field: Field, door: tuple[str, str]) -> None:
    """Refused within seconds, in bounded memory, without a word of any file."""
    path, kind = door
    before = memory(field)
    slow = {}
    for name, bomb in BOMBS.items():
        assert len(bomb) <= MEBIBYTE, name
        line = line_to(field)
        started = time.perf_counter()
        answer = line.exchange("POST", path, bomb, kind, USUAL)
        taken = time.perf_counter() - started
        if taken > 3:
            slow[name] = taken
        assert answer.status in (400, 500), name
        assert b"root:" not in answer.body
        if path != PATH:
            assert strict.fault(answer, "", ISSUED).subcode == "s:MessageFormat"
        line.close()

    assert not slow
    assert memory(field) - before < 200


def test_a_source_of_a_hundred_kilobytes_is_nobody(field: Field, alice: tuple[Talker, str]) -> None:
    """Without proof 407 and with a proof 401, in no time; a longer number of a message is 400."""
    manner = Manner(session_id="41")
    body, _ = alice[0].message(manner, "1", alice[0].package_one(manner))
    own = alice[0].stranger.dev_id.encode()
    long = body.replace(own, b"S" * 100_000, 1)

    started = time.perf_counter()
    answers = manage(field, long), manage(field, long, alice[0].stranger)

    assert time.perf_counter() - started < 3
    for answer, code in zip(answers, (b"407", b"401"), strict=True):
        assert answer.status in (200, 400)
        assert answer.status == 400 or b"<Data>" + code + b"</Data>" in answer.body
    numbers = body.replace(b"<MsgID>1<", b"<MsgID>" + b"1" * 5000 + b"<")
    assert manage(field, numbers, alice[0].stranger).status == 400


# --- lies of a managed device -------------------------------------------------------------


def test_tricks_with_names_of_nodes_change_nothing_but_what_was_asked(field: Field) -> None:
    """Foreign, climbing, endless LocURIs in values and in its own description of itself."""
    talker, device = managed(field)
    dev_id = talker.stranger.dev_id
    operation = field.server.queue(device, "get", SWV)
    manner = Manner(session_id="51")
    line = talker.connect(manner)
    tricks = [
        "./DevInfo/../DevDetail/SwV",
        "./DevInfo/%2e%2e/x",
        "//DevInfo/DevId",
        "./DevInfo/" + "x/" * 3000,
        "./DevInfo/*",
        "../../etc/passwd",
        "./DevInfo/\u0000".replace("\u0000", "%00"),
        "./DevInfo/DevId?prop=ACL",
    ]
    body, expected = talker.message(manner, "1", talker.package_one(manner))
    items = "".join(
        f"<Item><Source><LocURI>{each}</LocURI></Source><Data>{'F' * 32}</Data></Item>"
        for each in (*tricks, "./DevInfo/DevId")
    )
    body = body.replace(b"</Item></Replace>", b"</Item>" + items.encode() + b"</Replace>")
    answer = talker.post(line, manner, body)
    (command,) = [
        each
        for each in strict_syncml.reply(
            Response(
                answer.version,
                answer.status,
                answer.headers,
                answer.body.replace(b"<Data>406</Data>", b"<Data>200</Data>"),
            ),
            expected,
        ).commands
        if each.name == "Get"
    ]
    values = "".join(
        f"<Results><CmdID>{n}</CmdID><MsgRef>1</MsgRef><CmdRef>{ref}</CmdRef><Item><Source>"
        f"<LocURI>{uri}</LocURI></Source><Data>WHOPPER</Data></Item></Results>"
        for n, (ref, uri) in enumerate(
            [
                (command.cmd_id, "./DevDetail/HwV"),
                ("999", SWV),
                ("0", SWV),
                *[(command.cmd_id, each) for each in tricks],
            ],
            start=20,
        )
    )
    second, expected = talker.message(
        manner, "2", talker.answers(Reply(200, "1", (), (command,)), manner)
    )
    second = second.replace(b"<Final/>", values.encode() + b"<Final/>")
    assert b"WHOPPER" in second
    strict_syncml.reply(talker.post(line, manner, second), expected)

    found = field.server.operation(device, operation["id"])
    assert (found["state"], found["result"]) == ("done", f"value of {dev_id}")
    shown = field.server.get(f"/api/v1/devices/{device}")
    assert shown.json()["device_id"] == dev_id
    assert "WHOPPER" not in shown.text
    assert "passwd" not in shown.text


# --- the connection -----------------------------------------------------------------------

HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
SMUGGLED = {
    "length and chunks": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    % (5 + len(HIDDEN)),
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n0\r\n\r\n"
    % (5 + len(HIDDEN)),
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "length with a sign": b"Content-Length: +0\r\n\r\n",
    "length in hexadecimal": b"Content-Length: 0x0\r\n\r\n",
    "list of lengths": b"Content-Length: 0, %d\r\n\r\n" % len(HIDDEN),
    "space before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "strange coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "folded": b"Content-Length: 0\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bare carriage return": b"X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk with a sign": b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n",
    "chunk beyond 64 bits": b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n",
}


def statuses_of(field: Field, framing: bytes) -> list[int]:
    """Send a request framed like that and one more behind it; return what is answered."""
    line = line_to(field)
    head = b"POST /EnrollmentServer/Discovery.svc HTTP/1.1\r\nHost: localhost\r\n"
    line.send(head + b"Content-Type: application/soap+xml\r\n" + framing + HIDDEN)
    line.tls.settimeout(1)
    statuses: list[int] = []
    try:
        while len(statuses) < 3:
            statuses.append(line.read().status)
    except OSError:
        pass
    return statuses


def test_a_request_behind_another_is_answered_where_the_border_is_clear(field: Field) -> None:
    """So that the next test could find what is hidden."""
    assert statuses_of(field, b"Content-Length: 0\r\n\r\n") == [500, 200]


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_request_hides_in_another(field: Field, name: str) -> None:
    """Where two readers could disagree on the end of a request, it and the connection end."""
    assert statuses_of(field, SMUGGLED[name]) in ([], [400])


def test_three_hundred_that_hang_in_the_middle_hold_up_nobody(field: Field) -> None:
    """Half a message each, on open connections; another device is managed meanwhile."""
    talker, device = managed(field)
    context = tls_context(field.server.ca_path)
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 5000\r\n\r\n<SyncML"
    hanging = [Line(field.server.port, context) for _ in range(300)]
    for number, each in enumerate(hanging):
        path, kind = DOORS[number % 4]
        each.send(head % (path.encode(), kind.encode()))
    operation = field.server.queue(device, "get", SWV)

    started = time.perf_counter()
    talker.session(Manner(session_id="61", post=replace(USUAL, keep=False)))
    taken = time.perf_counter() - started

    assert field.server.operation(device, operation["id"])["state"] == "done"
    assert taken < 5
    for each in hanging:
        each.close()


def test_a_digest_is_what_the_reference_says() -> None:
    """The test vector of OMA, so that the client here is no accomplice."""
    inner = base64.b64encode(hashlib.md5(b"Bruce2:OhBehave").digest())
    assert base64.b64encode(hashlib.md5(inner + b":Nonce").digest()) == b"Zz6EivR3yeaaENcRN6lpAQ=="
    assert DISCOVER_ID
