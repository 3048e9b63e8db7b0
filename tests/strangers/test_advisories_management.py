"""GHSA-2rc4-7jc6-qffh of a well-known MDM server, tried on this one: its management door took a
request without a client certificate for that of the headset whose device id it named.

Whatever is not the certificate of the headset, or the right digest, gets a challenge and nothing
else: no operation, no change of the record, nothing learned.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.strangers import strict_syncml
from tests.strangers.conftest import Field
from tests.strangers.markup import METINF, SYNCML, E
from tests.strangers.talking import PATH, SYNCML_TYPE, Manner, Node, Talker
from tests.strangers.tokens import Issuer
from tests.strangers.wire import USUAL, Line, Post, tls_context

pytestmark = pytest.mark.journey

SWV = "./DevDetail/SwV"
SECRET = "what a thief would like to read"
TENANT = "7d1f4c8e-3a5b-4c6d-9e0f-1a2b3c4d5e6f"
ISSUER = Issuer(TENANT, "https://mdm.ward.example")


@pytest.fixture(scope="module")
def victim(field: Field) -> Talker:
    """A managed headset with an operation waiting, on a server that believes a tenant."""
    body = {
        "tenant": TENANT,
        "audiences": [ISSUER.audience],
        "jwks": json.loads(ISSUER.jwks),
    }
    assert field.server.request("POST", "/api/v1/entra/tenants", body).is_success
    talker = field.talker()
    talker.nodes[SWV] = Node(SECRET)
    talker.session(Manner())
    uri = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana"
    field.server.queue(field.id_of(talker.stranger), "get", uri)
    return talker


def alert(code: str, kind: str, data: str) -> E:
    """Return an alert with an item."""
    meta = E(SYNCML, "Meta", [E(METINF, "Type", kind)])
    item = E(SYNCML, "Item", [meta, E(SYNCML, "Data", data)])
    return E(SYNCML, "Alert", [E(SYNCML, "Data", code), item])


def credential(kind: str, data: str) -> E:
    """Return a Cred."""
    meta = [E(METINF, "Format", "b64"), E(METINF, "Type", kind)]
    return E(SYNCML, "Cred", [E(SYNCML, "Meta", meta), E(SYNCML, "Data", data)])


class Thief(Talker):
    """Somebody who knows all that a headset says of itself, and has none of its secrets."""

    shown: E | None = None

    def credential(self, manner: Manner, nonce: str | None = None) -> E:
        """Return what is shown in the place of a digest."""
        assert self.shown is not None
        return self.shown


Trick = Callable[[Thief], tuple[Manner, list[E], int]]


def named(thief: Thief) -> tuple[Manner, list[E], int]:
    """Say the device id, as the advisory has it."""
    return Manner(), [], 407


def twice_named(thief: Thief) -> tuple[Manner, list[E], int]:
    """Say the user name of the management account too."""
    return Manner(loc_name=True), [], 407


def forwarded(thief: Thief) -> tuple[Manner, list[E], int]:
    """Say by headers of every proxy that the certificate was seen."""
    assert thief.stranger.key_file is not None
    pem = thief.stranger.key_file.read_bytes().partition(b"-----BEGIN PRIVATE")[0]
    bare = base64.b64encode(thief.stranger.provisioned.client).decode()  # type: ignore[union-attr]
    names = ("X-SSL-Client-Cert", "X-Client-Cert", "X-ARR-ClientCert", "Client-Cert", "SSL_CLIENT")
    headers = [(name, bare) for name in names]
    headers += [
        ("X-Forwarded-Client-Cert", f'Cert="{pem.decode().replace(chr(10), "%0A")}"'),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-SSL-Client-Verify", "SUCCESS"),
    ]
    return Manner(post=Post(headers=tuple(headers))), [], 407


def by_token(thief: Thief) -> tuple[Manner, list[E], int]:
    """Show a good Entra token: it tells who is signed in, and opens nothing."""
    header = ("Authorization", f"Bearer {ISSUER.right()}")
    return Manner(post=Post(headers=(header,))), [], 407


def by_alert(thief: Thief) -> tuple[Manner, list[E], int]:
    """Show it in the alert, where Windows shows it as well."""
    return Manner(), [alert("1224", "com.microsoft/MDM/AADUserToken", ISSUER.right())], 407


def leaving(thief: Thief) -> tuple[Manner, list[E], int]:
    """Say that the wearer disconnected."""
    return Manner(), [alert("1226", "com.microsoft:mdm.unenrollment.userrequest", "1")], 407


def with_empty_digest(thief: Thief) -> tuple[Manner, list[E], int]:
    """Show a digest of nothing."""
    thief.shown = credential("syncml:auth-md5", "")
    return Manner(credential="digest", loc_name=True), [], 401


def with_nobodys_digest(thief: Thief) -> tuple[Manner, list[E], int]:
    """Show a digest that was made up."""
    thief.shown = credential("syncml:auth-md5", base64.b64encode(bytes(16)).decode())
    return Manner(credential="digest", loc_name=True), [], 401


def with_password(thief: Thief) -> tuple[Manner, list[E], int]:
    """Show even the right user name and secret, in the clear: not a kind that is taken."""
    given = thief.stranger.provisioned
    assert given is not None
    clear = base64.b64encode(f"{given.auth_name}:{given.secret}".encode()).decode()
    thief.shown = credential("syncml:auth-basic", clear)
    return Manner(credential="digest", loc_name=True), [], 401


TRICKS: list[Trick] = [
    named,
    twice_named,
    forwarded,
    by_token,
    by_alert,
    leaving,
    with_empty_digest,
    with_nobodys_digest,
    with_password,
]


@pytest.mark.parametrize("trick", TRICKS, ids=[each.__name__ for each in TRICKS])
def test_to_know_a_headset_is_not_to_be_it(field: Field, victim: Talker, trick: Trick) -> None:
    """GHSA-2rc4-7jc6-qffh: a challenge and nothing else, and the record is as it was."""
    record = f"/api/v1/devices/{field.id_of(victim.stranger)}"
    watched = (record, f"{record}/timeline", f"{record}/operations")
    before = [field.server.get(path).json() for path in watched]
    thief = Thief(victim.stranger)
    manner, more, code = trick(thief)
    manner = replace(manner, session_id="66")

    body, expected = thief.message(manner, "1", [*thief.package_one(manner), *more])
    line = Line(field.server.port, tls_context(field.server.ca_path))
    answer = line.exchange("POST", PATH, body, SYNCML_TYPE, manner.post)

    reply = strict_syncml.reply(answer, expected)
    assert (reply.code, reply.commands, bool(reply.next_nonce)) == (code, (), True)
    assert SECRET.encode() not in answer.body
    assert [field.server.get(path).json() for path in watched] == before


def test_the_headset_itself_gets_what_waited(field: Field, victim: Talker) -> None:
    """The same words with its certificate: nothing of the above was refused for another reason."""
    thief = Thief(victim.stranger)
    body, expected = thief.message(Manner(session_id="77"), "1", thief.package_one(Manner()))

    line = Line(field.server.port, victim.stranger.tls())
    answer = line.exchange("POST", PATH, body, SYNCML_TYPE, USUAL)

    reply = strict_syncml.reply(answer, expected)
    assert reply.code == 200
    assert any("AllowCortana" in uri for each in reply.commands for uri in each.uris)
