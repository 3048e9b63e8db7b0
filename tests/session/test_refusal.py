"""A refusal has one shape, whatever was wrong."""

import pytest
from tests.session.client import DEV, URL, header, package1

from lenskeep.session.refusal import refuse
from lenskeep.wire.syncml.model import Alert, Challenge, Item, Message, Status
from lenskeep.wire.syncml.order import order_breaches
from lenskeep.wire.syncml.read import read_message

NONCE = "bm9uY2Ugb25l"


@pytest.mark.parametrize("code", [401, 407])
def test_a_refusal_is_a_challenge_and_nothing_else(code: int) -> None:
    """One status, for the header, and Final; no status for a command, no command."""
    body = refuse(package1("3", "1"), code, NONCE, URL)

    reply = read_message(body)
    assert order_breaches(body) == ()
    assert reply.final
    assert (reply.header.session_id, reply.header.msg_id) == ("3", "1")
    assert (reply.header.target, reply.header.source) == (DEV, URL)
    assert reply.body == (
        Status(
            "1",
            "1",
            "0",
            "SyncHdr",
            code,
            challenge=Challenge("syncml:auth-md5", "b64", NONCE),
        ),
    )


def test_what_the_message_asked_for_does_not_show_in_the_refusal() -> None:
    """Two messages with the same numbers are refused with the same bytes."""
    other = Message(header("3", "1"), (Alert("7", 1226, (Item(data="x"),)),), final=False)

    assert refuse(package1("3", "1"), 401, NONCE, URL) == refuse(other, 401, NONCE, URL)
