"""Certificates are renewed by clients of many hands, in every manner that the protocol allows.

The server runs most of a year in the past while they enroll. Each answer is read without mercy.
"""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.journeys.conftest import Server, serving
from tests.strangers import csr, strict, strict_syncml
from tests.strangers.enrolling import DISCOVER_ID, RST_ID, SOAP_TYPE, Stranger, Style
from tests.strangers.markup import ENROLL, METINF, SYNCML, E, Hand
from tests.strangers.pages import Left, Page, Window
from tests.strangers.renewing import OLD_PKCS7, PATH, Manner, Renewer
from tests.strangers.talking import SYNCML_TYPE, Node, Talker
from tests.strangers.talking import Manner as Talk
from tests.strangers.tokens import USER, Issuer, in_soap
from tests.strangers.wire import USUAL, Line, Post, close_all, tls_context

pytestmark = pytest.mark.journey

DAYS_AGO = 340
"""Certificates last 365 days, and are renewed in the last 60."""
ISSUED = ENROLL + "/RSTRC/wstep"
TENANT = "5a0e9d3b-4c21-4d77-9a10-7e6f5d4c3b2a"
GOES = "com.microsoft:mdm.unenrollment.userrequest"
WAYS = ("join", "work account", "autopilot", "web sign-in")


def cms(*options: str) -> tuple[str, ...]:
    """Return how `openssl cms` is called."""
    return ("cms", "-sign", *options)


MANNERS = {
    "by itself": Manner(),
    "by hand": Manner(packing="twice"),
    "older kind of token": Manner(value_type=OLD_PKCS7),
    "older kind of token, by hand": Manner(value_type=OLD_PKCS7, packing="twice"),
    "in lines": Manner(packing="lines"),
    "in lines with returns": Manner(packing="returns"),
    "in lines, by hand": Manner(packing="twice in lines", hand=Hand(pretty=True)),
    "qualified marks": Manner(marks="qualified"),
    "no encoding type": Manner(marks="no encoding"),
    "a name and the time": Manner(security="user and time"),
    "the time alone": Manner(security="time", context="absent"),
    "an empty header": Manner(security="empty"),
    "no header at all": Manner(security="none"),
    "no header, no context": Manner(security="none", context="absent", value_type=OLD_PKCS7),
    "somebody else's name": Manner(security="somebody"),
    "no context": Manner(context="absent"),
    "an empty context": Manner(context="empty"),
    "the whole context": Manner(context="full", windows=10),
    "a context that is not its own": Manner(context="another's"),
    "machine": Manner(kind="Device"),
    "machine, the whole context": Manner(kind="Device", context="full"),
    "machine that lies": Manner(kind="Device", context="another's", security="none"),
    "nothing but the signature": Manner(cms=cms("-noattr")),
    "nothing but the signature, SHA-1": Manner(cms=cms("-noattr", "-md", "sha1"), windows=10),
    "SHA-1": Manner(cms=cms("-md", "sha1")),
    "SHA-384": Manner(cms=cms("-md", "sha384", "-nosmimecap")),
    "SHA-512": Manner(cms=cms("-md", "sha512")),
    "named by the key": Manner(cms=cms("-keyid")),
    "named by the key, without it": Manner(cms=cms("-keyid", "-nocerts")),
    "no certificate inside": Manner(cms=cms("-nocerts")),
    "no certificate, no attributes": Manner(cms=cms("-nocerts", "-noattr")),
    "more attributes": Manner(cms=cms("-cades")),
    "PKCS#7 of old": Manner(cms=("smime", "-sign", "-md", "sha1"), windows=10),
    "PKCS#7 of old, bare": Manner(cms=("smime", "-sign", "-noattr", "-nocerts")),
    "old key on a curve": Manner(old="ec"),
    "old key on a curve, bare": Manner(old="ec", cms=cms("-noattr", "-md", "sha384")),
    "new key on a curve": Manner(new="ec"),
    "both keys on a curve": Manner(old="ec", new="ec", kind="Device"),
    "TLS 1.2": Manner(post=Post(tls="1.2")),
    "TLS 1.3": Manner(post=Post(tls="1.3")),
    "a connection for each": Manner(post=Post(keep=False)),
    "chunked": Manner(post=Post(transfer="chunked")),
    "expect": Manner(post=Post(transfer="expect")),
    "http 1.0": Manner(post=Post(version="1.0")),
    "other prefixes": Manner(hand=Hand("soap", declaration=True)),
    "no prefixes": Manner(hand=Hand("none", pretty=True), security="time"),
    "byte order mark": Manner(hand=Hand(bom=True, declaration=True)),
    "least header": Manner(header="least", security="none"),
    "order changed": Manner(header="reversed"),
}


@dataclass
class Past:
    """A server, and the devices that enrolled with it long ago."""

    server: Server
    folder: Path
    keys: dict[str, csr.PrivateKey]
    """Few for many devices: they take long to make, and nothing forbids it."""
    renewers: dict[str, Renewer] = field(default_factory=dict)

    def enroll(self, line: Line, name: str, manner: Manner) -> None:
        """Let one more in, with a code of its own."""
        key = cast(rsa.RSAPrivateKey, self.keys[f"old {manner.old}"])
        stranger = Stranger(self.server.port, self.server.ca_path, self.folder, key)
        style = Style(kind=manner.kind, windows=11)
        body = stranger.rst("wearer@example.org", self.server.new_code(), style)
        answer = line.exchange("POST", PATH, body, SOAP_TYPE, USUAL)
        document = strict.issued(answer, RST_ID)
        stranger.keep(strict.provisioning(document, manner.kind, key.public_key()))
        self.renewers[name] = Renewer(stranger, self.folder, manner.kind)

    def enroll_otherwise(self) -> None:
        """Let one in by each other way that a device renews after."""
        issuer = Issuer(TENANT, self.server.url)
        body = {
            "tenant": TENANT,
            "audiences": [self.server.url],
            "jwks": json.loads(issuer.jwks),
        }
        answer = self.server.request("POST", "/api/v1/entra/tenants", body)
        assert answer.status_code == 201, answer.text
        then = int(time.time() - DAYS_AGO * 86400)
        times = {"iat": then, "nbf": then, "exp": then + 3600}
        nobody = {"upn": None, "unique_name": None, "oid": None}
        self._enroll_with("join", in_soap(issuer.right(**times)), "Device")
        self._enroll_with("work account", in_soap(issuer.right(**times)), "Full")
        self._enroll_with("autopilot", in_soap(issuer.right(**times, **nobody)), "Device")
        self._enroll_with("web sign-in", (USER, self._wresult()), "Full")

    def _enroll_with(self, name: str, token: tuple[str, str], kind: str) -> None:
        stranger = Stranger(self.server.port, self.server.ca_path, self.folder)
        stranger.enroll("", "", Style(token=token, kind=kind, skip_policy=True))
        self.renewers[name] = Renewer(stranger, self.folder, kind)

    def _wresult(self) -> str:
        window = Window(self.server.port, self.server.ca_path)
        url = "/EnrollmentServer/Authenticate?appru=ms-app://windows.immersivecontrolpanel"
        code = self.server.new_code()
        last = window.send(window.page(url), name="wearer@example.org", secret=code)
        assert isinstance(last, Page)
        left = window.send(last, None)
        assert isinstance(left, Left)
        return base64.b64encode(left.fields[0][1].encode()).decode()

    def managed(self, renewer: Renewer) -> None:
        """Run a session and get a value."""
        talker = Talker(renewer.stranger, {"./DevDetail/SwV": Node("10.0.22621.1244")})
        assert talker.session(Talk())[0].code == 200

    def refuses(self, renewer: Renewer) -> None:
        """The certificate opens nothing any more: neither management nor a renewal."""
        talker = Talker(renewer.stranger)
        body, expected = talker.message(Talk(), "1", talker.package_one(Talk()))
        answer = talker.post(talker.connect(Talk()), Talk(), body)
        if answer.status not in (401, 403):  # it may be asked for a name and a secret instead
            reply = strict_syncml.reply(answer, expected)
            assert (reply.code, reply.commands) == (401, ())
        body = renewer.body(self.keys["rsa"], Manner())
        fault = strict.fault(renewer.ask(renewer.line(), body), RST_ID, ISSUED)
        assert (fault.subcode, fault.error_type, fault.status) == (
            "s:CertificateRequest",
            "NotEligibleToRenew",
            500,
        )


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Everybody has enrolled, most of a year ago; the server is in the present."""
    keys: dict[str, csr.PrivateKey] = {
        "old rsa": rsa.generate_private_key(65537, 2048),
        "old ec": ec.generate_private_key(ec.SECP256R1()),
        "rsa": rsa.generate_private_key(65537, 2048),
        "other": rsa.generate_private_key(65537, 2048),
        "ec": ec.generate_private_key(ec.SECP384R1()),
    }
    named = ["life", "lost", "lost key", "second", "discovers", *(f"leaves, {x}" for x in LEAVING)]
    others = {name: Manner() for name in named}
    with serving(days_ago=DAYS_AGO) as server:
        made = Past(server, tmp_path_factory.mktemp("renewing"), keys)
        line = Line(server.port, tls_context(server.ca_path))
        for name, manner in {**MANNERS, **others}.items():
            made.enroll(line, name, manner)
        made.enroll_otherwise()
        close_all()
        server.stop()
        server.days_ago = 0
        server.start()
        yield made


@pytest.fixture(autouse=True)
def shown(past: Past) -> Iterator[None]:
    """Show the server's log beside a failure."""
    yield
    print(past.server.log())


@pytest.mark.parametrize("name", MANNERS)
def test_a_stranger_renews(past: Past, name: str) -> None:
    """Whatever the hand: a new certificate, which is used at once."""
    manner, renewer = MANNERS[name], past.renewers[name]
    key = past.keys[manner.new]

    renewed = renewer.renew(key, manner)

    renewer.use(renewed, key)
    past.managed(renewer)


@pytest.mark.parametrize("name", WAYS)
def test_whoever_came_in_otherwise_renews(past: Past, name: str) -> None:
    """It needs nothing of the way by which it came: no token, no window."""
    renewer, key = past.renewers[name], past.keys["rsa"]

    renewer.use(renewer.renew(key, Manner(security="none", context="absent")), key)

    past.managed(renewer)


@dataclass(frozen=True)
class Leaving:
    """How a wearer's headset says that it goes."""

    talk: Talk = field(default_factory=Talk)
    at: int = 2
    """Before which command of the first package; Windows 11: behind who is signed in."""
    mark: str = "critical"
    waits: bool = True
    """Whether it reads the answer."""


LEAVING = {
    "windows 11": Leaving(),
    "no mark": Leaving(mark=""),
    "said first": Leaving(at=0),
    "said last": Leaving(at=3),
    "printed": Leaving(Talk(hand=Hand(pretty=True), meta="none")),
    "nobody signed in": Leaving(Talk(login="none", query="?mode=Machine&Platform=WoA")),
    "a header of HTTP, too": Leaving(Talk(post=Post(headers=(("MDM-GenericAlert", f"<{GOES}>"),)))),
    "does not wait": Leaving(waits=False),
}


@pytest.mark.parametrize("name", LEAVING)
def test_who_left_is_let_in_no_more(past: Past, name: str) -> None:
    """1226 in the first message, the answer awaited or not; then neither its certificate nor its
    secret counts, and it does not renew.
    """
    how, renewer = LEAVING[name], past.renewers[f"leaves, {name}"]
    talker = Talker(renewer.stranger)
    parts = talker.package_one(how.talk)
    parts.insert(how.at, _goes(how))
    body, expected = talker.message(how.talk, "1", parts)

    line = talker.connect(how.talk)
    if how.waits:
        reply = strict_syncml.reply(talker.post(line, how.talk, body), expected)
        assert (reply.code, reply.commands) == (200, ())
    else:
        head = f"POST /ManagementServer/MDM.svc{how.talk.query} HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Content-Type: {SYNCML_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
        line.send(head.encode() + body)
        until_left(past, renewer)
        line.close()

    past.refuses(renewer)
    with pytest.raises(AssertionError, match="refused again and again"):
        talker.session(Talk(credential="digest", loc_name=True))


def until_left(past: Past, renewer: Renewer) -> None:
    """Wait until the server has read what was said."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        (item,) = past.server.get(f"/api/v1/devices?text={renewer.stranger.dev_id}").json()["items"]
        if item["state"] == "unenrolled":
            return
    raise AssertionError("it is still enrolled")


def _goes(how: Leaving) -> E:
    ns = SYNCML if how.talk.meta == "none" else METINF
    meta = [E(ns, "Type", GOES), E(ns, "Format", "int")]
    if how.mark:
        meta.append(E(ns, "Mark", how.mark))
    item = [E(SYNCML, "Meta", meta), E(SYNCML, "Data", "1")]
    return E(SYNCML, "Alert", [E(SYNCML, "Data", "1226"), E(SYNCML, "Item", item)])


def test_the_old_certificate_lasts_until_the_new_one_is_used(past: Past) -> None:
    """Then it opens nothing any more; the new one goes on."""
    renewer, key = past.renewers["life"], past.keys["rsa"]
    stranger = renewer.stranger
    assert stranger.provisioned is not None
    old = replace(stranger.provisioned), stranger.key_file

    renewed = renewer.renew(key, Manner())
    past.managed(renewer)
    past.managed(renewer)
    renewer.use(renewed, key)
    new = replace(stranger.provisioned), stranger.key_file
    past.managed(renewer)

    stranger.provisioned, stranger.key_file = old
    past.refuses(renewer)
    stranger.provisioned, stranger.key_file = new
    past.managed(renewer)


def test_a_lost_answer_is_given_again(past: Past) -> None:
    """The same key gets the same document, on the same connection and on another one."""
    renewer, key = past.renewers["lost"], past.keys["rsa"]
    line = renewer.line()
    body = renewer.body(key, Manner())

    first, second = (renewer.read(renewer.ask(line, body), key) for _ in range(2))
    third = renewer.renew(key, Manner(packing="twice", security="none"))

    assert first.document == second.document == third.document


def test_a_lost_key_is_made_anew(past: Past) -> None:
    """A device that forgot what it asked for asks with another key, and uses that one."""
    renewer, key, other = past.renewers["lost key"], past.keys["rsa"], past.keys["other"]
    lost = renewer.renew(key, Manner())

    renewed = renewer.renew(other, Manner())

    assert renewed.client != lost.client
    renewer.use(renewed, other)
    past.managed(renewer)


def test_a_fresh_certificate_is_not_renewed(past: Past) -> None:
    """The window is not open at issue: NotEligibleToRenew over HTTP 500."""
    renewer, key = past.renewers["second"], past.keys["rsa"]
    renewer.use(renewer.renew(key, Manner()), key)
    past.managed(renewer)
    renewer.stranger.key = cast(rsa.RSAPrivateKey, key)

    body = renewer.body(past.keys["other"], Manner())
    fault = strict.fault(renewer.ask(renewer.line(), body), RST_ID, ISSUED)

    assert (fault.subcode, fault.error_type) == ("s:CertificateRequest", "NotEligibleToRenew")


def test_a_device_that_renews_may_look_for_the_server_again(past: Past) -> None:
    """GET and Discover, with its certificate and without it, lead to where it renews."""
    renewer, key = past.renewers["discovers"], past.keys["rsa"]
    stranger = renewer.stranger
    for post in (Post(), Post(keep=False)):
        for context in (stranger.tls(), tls_context(stranger.ca)):
            line = Line(stranger.port, context)
            path = "/EnrollmentServer/Discovery.svc"
            assert line.exchange("GET", path, b"", "", post).status == 200
            answer = line.exchange("POST", path, stranger.discover(Style()), SOAP_TYPE, post)
            found = strict.discovery(answer, DISCOVER_ID, "4.0")
            assert found.enrollment_url.endswith("/EnrollmentServer/Enrollment.svc")
    renewer.renew(key, Manner())
