"""Clients of many manners are managed: a Replace lands, a Get brings its value home."""

from dataclasses import replace

import pytest
from tests.strangers import strict_syncml
from tests.strangers.conftest import Field
from tests.strangers.markup import METINF, SYNCML, E, Hand
from tests.strangers.talking import Manner, Node, Talker, status
from tests.strangers.wire import Line, Post

pytestmark = pytest.mark.journey

CAMERA = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera"
NAME = "./DevDetail/DNSComputerName"

MANNERS = {
    "windows": Manner(),
    "printed": Manner(hand=Hand(pretty=True)),
    "declared, with a mark": Manner(hand=Hand(declaration=True, bom=True)),
    "prefixed": Manner(hand=Hand(more=((SYNCML, "sync"),)), meta="prefixed"),
    "cdata": Manner(cdata=True),
    "cdata, printed": Manner(cdata=True, hand=Hand(pretty=True)),
    "meta without namespace": Manner(meta="none", results_meta=True),
    "meta declared on the root": Manner(meta="prefixed", results_meta=True),
    "session 0": Manner(session_id="0"),
    "session in hexadecimal": Manner(session_id="001A"),
    "long session": Manner(session_id="8f1c2c8e-6a0e-4d5e-9d0c-1f7b2a3c4d5e"),
    "commands from one": Manner(ids="one"),
    "commands in words": Manner(ids="words"),
    "called": Manner(start="1200"),
    "start after the login": Manner(start_last=True),
    "login in other case": Manner(login_type="COM.MICROSOFT/mdm/loginstatus", login="User"),
    "results with all parts": Manner(results_cmd=True, results_meta=True, results_refs=True),
    "statuses name their node": Manner(status_refs=True),
    "results before statuses": Manner(results_first=True),
    "results twice": Manner(results_twice=True),
    "one status for many items": Manner(multi="one"),
    "statuses out of order": Manner(reverse=True),
    "out of order, values first, twice": Manner(
        reverse=True, results_first=True, results_twice=True
    ),
    "strange elements": Manner(strange=True),
    "no device information": Manner(dev_info=False),
    "device id in lower case": Manner(lower_case=True),
    "device id in lower case, by digest": Manner(lower_case=True, credential="digest"),
    "user name": Manner(loc_name=True),
    "type with charset": Manner(content_type="application/vnd.syncml.dm+xml; charset=utf-8"),
    "type in other case": Manner(content_type="Application/Vnd.SyncML.DM+XML;Charset=UTF-8"),
    "declared as utf-16": Manner(hand=Hand(encoding="utf-16")),
    "chunked": Manner(post=Post(transfer="chunked")),
    "expect": Manner(post=Post(transfer="expect")),
    "http 1.0": Manner(post=Post(version="1.0", keep=False)),
    "lower case headers": Manner(post=Post(lower=True)),
    "new connections": Manner(post=Post(keep=False)),
    "tls 1.2": Manner(post=Post(tls="1.2")),
    "tls 1.3": Manner(post=Post(tls="1.3")),
    "machine mode": Manner(query="?mode=Machine&Platform=WoA"),
    "no query": Manner(query=""),
    "digest": Manner(credential="digest", loc_name=True),
    "digest without a name": Manner(credential="digest"),
    "digest, printed": Manner(credential="digest", hand=Hand(pretty=True), loc_name=True),
    "digest, tls 1.2, new connections": Manner(
        credential="digest", post=Post(keep=False, tls="1.2")
    ),
    "certificate and digest": Manner(credential="both", loc_name=True),
    "bearer token and all headers": Manner(
        post=Post(
            headers=(
                ("Accept", "application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml"),
                ("User-Agent", "MSFT OMA DM Client/1.2.0.1"),
                ("Client-Request-Id", "0"),
                ("Authorization", "Bearer eyJ0eXAiOiJKV1QifQ.e30.c2ln"),
                ("UserAgentOrigin", "5,2"),
                ("Accept-Encoding", "gzip, deflate"),
            )
        )
    ),
}


@pytest.fixture(scope="module")
def talker(field: Field) -> Talker:
    """A managed device that changes its manners."""
    talker = field.talker()
    talker.nodes["./DevDetail/SwV"] = Node("10.0.22621.1244")
    talker.nodes["./DevDetail/Ext/Microsoft/TotalRAM"] = Node("4096", "int")
    return talker


@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS.keys())
def test_a_stranger_is_managed(field: Field, talker: Talker, manner: Manner) -> None:
    """A value is set and read, another is read that is not there."""
    server, device = field.server, field.id_of(talker.stranger)
    talker.nodes[NAME] = Node('HOLO <&> "7" ü')
    talker.nodes.pop(CAMERA, None)
    wished = [
        server.queue(device, "replace", CAMERA, value="0", format="int"),
        server.queue(device, "get", NAME),
        server.queue(device, "get", CAMERA),
        server.queue(device, "get", "./DevDetail/Ext/Microsoft/TotalRAM"),
        server.queue(device, "get", "./Vendor/MSFT/NoSuchThing"),
    ]

    replies = talker.session(manner)

    assert replies[-1].commands == ()
    assert talker.nodes[CAMERA] == Node("0", "int")
    found = [server.operation(device, each["id"]) for each in wished]
    assert [each["state"] for each in found] == ["done", "done", "done", "done", "failed"]
    values = [each["result"] for each in found[1:4]]
    assert values == ['HOLO <&> "7" ü', "0", "4096"]
    assert found[4]["status"] == 404


@pytest.mark.parametrize("multi", ["each", "one"])
@pytest.mark.parametrize("credential", ["certificate", "digest"])
def test_questions_of_a_first_session_are_answered_item_by_item(
    field: Field, multi: str, credential: str
) -> None:
    """One Get with many Items: a status each or one for all, and what is known is known."""
    talker = field.talker()
    talker.nodes |= {
        "./DevDetail/SwV": Node("10.0.22621.1244"),
        "./DevDetail/Ext/Microsoft/SMBIOSSerialNumber": Node("002114950001"),
    }

    talker.session(Manner(multi=multi, credential=credential))  # type: ignore[arg-type]

    assert any(len(each.uris) > 4 for each in talker.seen)
    shown = field.server.get(f"/api/v1/devices/{field.id_of(talker.stranger)}").json()
    assert shown["os_build"].startswith("22621")
    assert shown["serial"] == "002114950001"


def test_a_message_without_final_is_asked_for_its_rest(field: Field, talker: Talker) -> None:
    """What has no Final is a part; the server says 1222 and keeps its commands."""
    server, device = field.server, field.id_of(talker.stranger)
    operation = server.queue(device, "get", "./DevDetail/SwV")
    manner = Manner(session_id="77")
    line = talker.connect(manner)
    body, expected = talker.message(
        Manner(session_id="77", final=False), "1", talker.package_one(manner)
    )
    first = strict_syncml.reply(talker.post(line, manner, body), expected)
    assert [(each.name, each.code) for each in first.commands] == [("Alert", "1222")]
    assert server.operation(device, operation["id"])["state"] == "queued"

    body, expected = talker.message(manner, "2", talker.answers(first, manner))
    second = strict_syncml.reply(talker.post(line, manner, body), expected)
    assert [each.name for each in second.commands] == ["Get"]
    body, expected = talker.message(manner, "3", talker.answers(second, manner))
    third = strict_syncml.reply(talker.post(line, manner, body), expected)
    assert third.commands == ()
    assert server.operation(device, operation["id"])["state"] == "done"


def test_a_client_that_never_counts_its_sessions_is_managed(field: Field) -> None:
    """The very bytes that began the session before begin another, once that one has ended.

    Only an answer that is still needed is given twice; a stale one would hold the queue for ever.
    """
    talker = field.talker()
    talker.nodes["./DevDetail/SwV"] = Node("10.0.22621.1244")
    device = field.id_of(talker.stranger)
    talker.session(Manner())
    talker.session(Manner())
    opening = talker.sent[0]
    operation = field.server.queue(device, "get", "./DevDetail/SwV")

    talker.session(Manner())

    assert talker.sent[0] == opening
    assert field.server.operation(device, operation["id"])["state"] == "done"


def test_a_lost_answer_is_given_again_while_the_session_lasts(field: Field) -> None:
    """The same bytes, the same commands, the same numbers; nothing is sent to the device twice."""
    talker = field.talker()
    device = field.id_of(talker.stranger)
    talker.session(Manner())
    operation = field.server.queue(device, "exec", "./Device/Vendor/MSFT/Reboot/RebootNow")
    manner = Manner(session_id="2")
    line = talker.connect(manner)
    body, _ = talker.message(manner, "1", talker.package_one(manner))

    answers = [talker.post(line, manner, body).body for _ in range(3)]

    assert b"<Exec>" in answers[0]
    assert answers[0] == answers[1] == answers[2]
    found = field.server.operation(device, operation["id"])
    assert found["state"] == "sent"


def test_a_value_in_pieces_is_put_together(field: Field) -> None:
    """Size on the first piece, MoreData on all but the last; 213 and 1222 in between."""
    talker = field.talker()
    talker.session(Manner())
    device = field.id_of(talker.stranger)
    operation = field.server.queue(device, "get", "./DevDetail/Ext/DeviceHardwareData")
    value = "abcdefghij" * 3000
    manner = Manner(session_id="2")
    line = talker.connect(manner)
    body, expected = talker.message(manner, "1", talker.package_one(manner))
    got = strict_syncml.reply(talker.post(line, manner, body), expected)
    (get,) = got.commands
    pieces = [value[at : at + 10_000] for at in range(0, len(value), 10_000)]
    last = got

    for number, piece in enumerate(pieces):
        more = number < len(pieces) - 1
        meta = [E(METINF, "Size", str(len(value)))] if number == 0 else []
        item = [
            E(SYNCML, "Source", [E(SYNCML, "LocURI", get.uris[0])]),
            *([E(SYNCML, "Meta", [*meta])] if meta else []),
            E(SYNCML, "Data", piece, exact=True),
            *([E(SYNCML, "MoreData")] if more else []),
        ]
        refs = [E(SYNCML, "MsgRef", "1"), E(SYNCML, "CmdRef", get.cmd_id)]
        results = E(SYNCML, "Results", [*refs, E(SYNCML, "Item", item)])
        parts = talker.answers(replace(last, commands=()), manner)
        if number == 0:
            parts.append(status(last, get, 200))
        else:
            parts.append(E(SYNCML, "Alert", [E(SYNCML, "Data", "1222")]))
        parts.append(results)
        body, expected = talker.message(manner, str(number + 2), parts)
        owed = [*expected.owed, (str(len(parts)), "Results")]
        last = strict_syncml.reply(
            talker.post(line, manner, body), replace(expected, owed=tuple(owed))
        )
        assert last.statuses[-1] == ("Results", 213 if more else 200)
        assert [each.code for each in last.commands] == (["1222"] if more else [])

    found = field.server.operation(device, operation["id"])
    assert (found["state"], found["result"]) == ("done", value)


def test_values_that_come_again_in_the_next_message_change_nothing(field: Field) -> None:
    """Results may reappear; what was answered stays answered."""
    talker = field.talker()
    talker.nodes["./DevDetail/SwV"] = Node("10.0.22621.1244")
    talker.session(Manner())
    device = field.id_of(talker.stranger)
    first = field.server.queue(device, "get", "./DevDetail/SwV")
    reboot = field.server.queue(device, "exec", "./Device/Vendor/MSFT/Reboot/RebootNow")
    manner = Manner(session_id="2")
    line = talker.connect(manner)
    body, expected = talker.message(manner, "1", talker.package_one(manner))
    one = strict_syncml.reply(talker.post(line, manner, body), expected)
    said = talker.answers(one, manner)
    body, expected = talker.message(manner, "2", said)
    two = strict_syncml.reply(talker.post(line, manner, body), expected)
    assert [each.name for each in two.commands] == ["Exec"]
    talker.nodes["./DevDetail/SwV"] = Node("another value")

    body, expected = talker.message(
        manner, "3", [*talker.answers(two, manner), *said[1:], *talker.answers(one, manner)[1:]]
    )
    strict_syncml.reply(talker.post(line, manner, body), expected)

    found = [field.server.operation(device, each["id"]) for each in (first, reboot)]
    assert [each["state"] for each in found] == ["done", "done"]
    assert found[0]["result"] == "10.0.22621.1244"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_resumed_connection_is_still_the_devices(field: Field, version: str) -> None:
    """TLS sessions may be taken up again; the certificate shown at first still speaks."""
    talker = field.talker()
    manner = Manner(post=Post(tls=version))
    context = talker.stranger.tls(versions=version)
    body, expected = talker.message(manner, "1", talker.package_one(manner))
    first = Line(field.server.port, context)
    assert strict_syncml.reply(talker.post(first, manner, body), expected).code == 200
    ticket = first.tls.session
    first.close()

    second = Line(field.server.port, context, session=ticket)
    body, expected = talker.message(
        replace(manner, session_id="2"), "1", talker.package_one(manner)
    )

    assert strict_syncml.reply(talker.post(second, manner, body), expected).code == 200
    assert second.tls.session_reused
