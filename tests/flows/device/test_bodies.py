"""Messages kept for debugging hold no proof and no secret value."""

import pytest

from lenskeep.flows.device.bodies import redacted_bodies
from lenskeep.wire.syncml.model import (
    BodyPart,
    CommandName,
    Credential,
    Group,
    GroupName,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Results,
)
from lenskeep.wire.syncml.write import write_message

SECRET = "hunter2-in-the-clear"
GET = Request(CommandName.GET, "2", (Item(target="./DevDetail/SwV"),))
WLAN = "./Vendor/MSFT/WiFi/Profile/ward/WlanXml"


def message(*body: BodyPart, credential: Credential | None = None) -> Message:
    """A message of a device."""
    header = Header("1", "1", "https://mdm.example/", "00", credential=credential)
    return Message(header, body)


def request(item: Item) -> Request:
    """A Replace of one item."""
    return Request(CommandName.REPLACE, "2", (item,))


@pytest.mark.parametrize(
    "body",
    [
        request(Item(target=WLAN, data=SECRET)),
        Group(GroupName.ATOMIC, "1", (request(Item(target=WLAN, data=SECRET)),)),
        Results("2", "1", "3", (Item(source=WLAN, data=SECRET),)),
        Results("2", "1", "3", (Item(data=SECRET),), source_refs=(WLAN,)),
        Results("2", "1", "3", (Item(data=SECRET),)),
    ],
    ids=["replace", "in atomic", "results", "results by reference", "results of who knows what"],
)
def test_a_secret_value_is_taken_out_of_both_messages(body: BodyPart) -> None:
    reply = write_message(message(body))

    texts = dict(redacted_bodies(message(body), reply))

    assert texts.keys() == {"from device", "to device"}
    for text in texts.values():
        assert SECRET not in text
        assert "[redacted]" in text


def test_a_credential_is_taken_out() -> None:
    proof = Credential("syncml:auth-md5", "b64", "bm90IHRoZSByZWFsIG9uZQ==")

    ((_, text),) = redacted_bodies(message(GET, credential=proof), b"")

    assert proof.data not in text
    assert "syncml:auth-md5" in text


def test_what_is_no_secret_stays_readable() -> None:
    body = Results("2", "1", "3", (Item(source="./DevDetail/SwV", data="10.0", meta=Meta()),))

    ((_, text),) = redacted_bodies(message(body), b"")

    assert ">10.0<" in text


def test_a_reply_that_cannot_be_read_is_not_kept_raw() -> None:
    texts = dict(redacted_bodies(message(), b"<secret"))

    assert texts["to device"] == "[could not be read back]"
