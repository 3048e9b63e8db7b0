"""Clients of many hands enroll: every one that keeps to the rules, or breaks them as real ones do.

Each answer is checked by the clients' own merciless readers, `strict` and `strict_syncml`.
"""

import pytest
from tests.strangers.conftest import Field
from tests.strangers.enrolling import SOAP_SECURITY, Style
from tests.strangers.markup import Hand
from tests.strangers.talking import Manner, Node, Talker
from tests.strangers.wire import Post

pytestmark = pytest.mark.journey

STYLES = {
    "windows 10": Style(),
    "windows 11": Style(windows=11, context="windows11", version="9.0", qualified=False),
    "other prefixes": Style(hand=Hand("soap")),
    "no prefixes": Style(hand=Hand("none")),
    "printed": Style(hand=Hand(pretty=True)),
    "printed without prefixes": Style(hand=Hand("none", pretty=True), auth_policies="direct"),
    "declared": Style(hand=Hand(declaration=True)),
    "byte order mark": Style(hand=Hand(bom=True, declaration=True)),
    "order changed": Style(header="reversed"),
    "order changed, printed": Style(header="reversed", hand=Hand("soap", pretty=True)),
    "trailing slash": Style(slash=True),
    "soap 1.1": Style(soap_11=True, content_type="text/xml; charset=utf-8"),
    "soap 1.1, other prefixes": Style(soap_11=True, hand=Hand("soap")),
    "plain attributes": Style(qualified=False),
    "other encoding type": Style(encoding_type=SOAP_SECURITY),
    "base64 in lines": Style(base64="crlf"),
    "base64 in short lines, printed": Style(base64="64", hand=Hand(pretty=True), windows=11),
    "space in the identifier": Style(message_id="urn:uuid: {}"),
    "upper case identifier": Style(upper_id=True),
    "identifier twice marked": Style(message_id="urn:uuid:urn:uuid:{}"),
    "3.0": Style(version="3.0"),
    "5.0": Style(version="5.0", windows=11),
    "6.0": Style(version="6.0", windows=11),
    "7.0": Style(version="7.0", context="windows11", windows=11),
    "9.0": Style(version="9.0"),
    "1.0": Style(version="1.0"),
    "policies unlisted": Style(auth_policies="direct"),
    "two ways of signing in": Style(auth_policies="many"),
    "no address": Style(email=""),
    "an address that is none": Style(email="CONTOSO\\ada"),
    "development edition": Style(edition="135"),
    "least context": Style(context="minimal"),
    "least context, windows 11": Style(context="minimal", windows=11, kind="Device"),
    "machine": Style(kind="Device"),
    "lower case kind": Style(kind="full"),
    "dashed device id": Style(dashed_dev_id=True),
    "no policy asked": Style(skip_policy=True),
    "chunked": Style(post=Post(transfer="chunked")),
    "expect": Style(post=Post(transfer="expect")),
    "http 1.0": Style(post=Post(version="1.0")),
    "lower case headers": Style(post=Post(lower=True)),
    "new connections": Style(post=Post(keep=False)),
    "tls 1.2": Style(post=Post(tls="1.2")),
    "tls 1.3": Style(post=Post(tls="1.3")),
    "least header": Style(least_header=True),
    "declared as utf-16": Style(hand=Hand(encoding="utf-16")),
    "a query": Style(query="?api-version=1.0&x=%20"),
    "type without charset": Style(content_type="application/soap+xml"),
    "type with action": Style(
        content_type='Application/SOAP+XML;charset="UTF-8";action="http://example.org/x"'
    ),
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_a_stranger_enrolls_and_is_managed(field: Field, style: Style) -> None:
    """Whatever the hand: a certificate, a first session, a value."""
    stranger = field.stranger()
    answers = stranger.enroll("wearer@example.org", field.code, style)
    assert answers.provisioned.address.startswith(f"https://localhost:{field.server.port}/")
    talker = Talker(stranger, {"./DevDetail/SwV": Node("10.0.22621.1244")})

    device = field.id_of(stranger)
    operation = field.server.queue(device, "get", "./DevDetail/SwV")
    replies = talker.session(Manner())

    assert replies[0].code == 200
    found = field.server.operation(device, operation["id"])
    assert (found["state"], found["result"]) == ("done", "10.0.22621.1244")


def test_what_a_stranger_says_of_itself_arrives(field: Field) -> None:
    """Repeated MACs once, unknown items kept, escaped characters intact."""
    stranger = field.stranger()
    style = STYLES["windows 11"]
    stranger.enroll("wearer@example.org", field.code, style)

    shown = field.server.get(f"/api/v1/devices/{field.id_of(stranger)}").text

    assert "HOLO-7" in shown


def test_the_answer_to_a_policy_request_says_what_keys_to_make(field: Field) -> None:
    """At least 2048 bits, SHA-256 named, the TPM preferred."""
    answers = field.stranger().enroll("wearer@example.org", field.code, Style())

    assert answers.policies is not None
    assert answers.policies.key_length == 2048
    assert answers.policies.hash_oid == "2.16.840.1.101.3.4.2.1"
    assert answers.policies.providers[0] == "Microsoft Platform Crypto Provider"
