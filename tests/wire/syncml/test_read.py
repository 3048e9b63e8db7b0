"""What makes the reader refuse a SyncML message, and what does not."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.wire.errors import BadMessage
from lenskeep.wire.syncml.model import Alert, Group, Item, Message, Request, Status, Unknown
from lenskeep.wire.syncml.read import MAX_PARTS, read_message

SAMPLES = Path(__file__).parent / "samples"
HEADER = (
    "<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>"
    "<Target><LocURI>there</LocURI></Target><Source><LocURI>here</LocURI></Source>"
)
STATUS = "<CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Get</Cmd>"


def message(body: str, header: str = HEADER) -> bytes:
    return (
        f"<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr>{header}</SyncHdr>"
        f"<SyncBody>{body}</SyncBody></SyncML>"
    ).encode()


def only_part(body: str) -> object:
    (part,) = read_message(message(body)).body
    return part


def only_item(inside: str) -> Item:
    part = only_part(f"<Replace><CmdID>1</CmdID><Item>{inside}</Item></Replace>")
    assert isinstance(part, Request)
    (item,) = part.items
    return item


def without(part: str) -> bytes:
    assert part in HEADER
    return message("<Final/>", HEADER.replace(part, ""))


BAD: dict[str, tuple[bytes, str, str]] = {
    "another root": (b"<Sync xmlns='SYNCML:SYNCML1.2'/>", "root", "2.2.4.1"),
    "no namespace": (b"<SyncML><SyncHdr/><SyncBody/></SyncML>", "root", "2.2.4.1"),
    "another namespace": (b"<SyncML xmlns='SYNCML:SYNCML1.3'/>", "root", "2.2.4.1"),
    "no header": (
        b"<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody/></SyncML>",
        "SyncML",
        "2.2.4.1",
    ),
    "no body": (
        f"<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr>{HEADER}</SyncHdr></SyncML>".encode(),
        "SyncML",
        "2.2.4.1",
    ),
    "two bodies": (
        message("<Final/>").replace(b"</SyncML>", b"<SyncBody/></SyncML>"),
        "SyncML",
        "2.2.4.1",
    ),
    "two headers": (
        message("<Final/>").replace(b"<SyncBody>", b"<SyncHdr/><SyncBody>"),
        "SyncML",
        "2.2.4.1",
    ),
    "no VerDTD": (without("<VerDTD>1.2</VerDTD>"), "SyncHdr", "2.2.4.2"),
    "no VerProto": (without("<VerProto>DM/1.2</VerProto>"), "SyncHdr", "2.2.4.2"),
    "no SessionID": (without("<SessionID>1</SessionID>"), "SyncHdr", "2.2.4.2"),
    "no MsgID": (without("<MsgID>1</MsgID>"), "SyncHdr", "2.2.4.2"),
    "an empty MsgID": (
        message("<Final/>", HEADER.replace("<MsgID>1</MsgID>", "<MsgID> </MsgID>")),
        "SyncHdr",
        "2.2.4.2",
    ),
    "no Target": (
        without("<Target><LocURI>there</LocURI></Target>"),
        "SyncHdr/Target",
        "2.2.3.11",
    ),
    "no Source": (without("<Source><LocURI>here</LocURI></Source>"), "SyncHdr/Source", "2.2.3.9"),
    "an empty Source": (without("here"), "SyncHdr/Source", "2.2.3.9"),
    "a Source without LocURI": (
        message("<Final/>", HEADER.replace("<LocURI>here</LocURI>", "here")),
        "SyncHdr/Source",
        "2.2.3.9",
    ),
    "header parts in another namespace": (
        message("<Final/>", HEADER.replace("<MsgID>", "<MsgID xmlns='urn:x'>")),
        "SyncHdr",
        "2.2.4.2",
    ),
    "a SessionID of 1000 characters": (
        message("<Final/>", HEADER.replace("<SessionID>1", "<SessionID>" + "1" * 999)),
        "SessionID",
        "2.2.3",
    ),
    "a Status without Data": (message(f"<Status>{STATUS}</Status>"), "Status", "2.2.6.1"),
    "a Status that is no number": (
        message(f"<Status>{STATUS}<Data>OK</Data></Status>"),
        "Status",
        "2.2.6.1",
    ),
    "a Status of other digits": (
        message(f"<Status>{STATUS}<Data>\u0662\u0660\u0660</Data></Status>"),
        "Status",
        "2.2.6.1",
    ),
    "a negative Status": (
        message(f"<Status>{STATUS}<Data>-200</Data></Status>"),
        "Status",
        "2.2.6.1",
    ),
    "a Status of many digits": (
        message(f"<Status>{STATUS}<Data>{'2' * 9999}</Data></Status>"),
        "Status",
        "2.2.6.1",
    ),
    "an Alert that is no number": (
        message("<Alert><CmdID>1</CmdID><Data>now</Data></Alert>"),
        "Alert",
        "2.2.7.2",
    ),
    "an Alert without Data": (message("<Alert><CmdID>1</CmdID></Alert>"), "Alert", "2.2.7.2"),
    "a Size that is no number": (
        message("<Add><CmdID>1</CmdID><Item><Meta><Size>big</Size></Meta></Item></Add>"),
        "Meta",
        "2.2.5.3",
    ),
}


@pytest.mark.parametrize(("body", "where", "section"), BAD.values(), ids=BAD.keys())
def test_a_broken_frame_is_refused_with_its_place_and_rule(
    body: bytes, where: str, section: str
) -> None:
    """Each place is measured by a rule of its own.

    [MS-MDM] 2.2.3.9, [MS-MDM] 2.2.3.11, [MS-MDM] 2.2.4.1, [MS-MDM] 2.2.4.2, [MS-MDM] 2.2.5.3,
    [MS-MDM] 2.2.6.1, [MS-MDM] 2.2.7.2.
    """
    with pytest.raises(BadMessage) as refused:
        read_message(body)

    assert (refused.value.where, refused.value.section) == (where, f"[MS-MDM] {section}")


def test_a_message_larger_than_allowed_is_refused() -> None:
    with pytest.raises(BadMessage, match="at most 50"):
        read_message(message("<Final/>"), max_bytes=50)


ALERTS = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>"


@pytest.mark.parametrize(
    ("body", "most"),
    [
        (ALERTS * MAX_PARTS, True),
        (ALERTS * (MAX_PARTS + 1), False),
        ("<a>some text to fill it</a>" * (MAX_PARTS + 1), False),
        (f"<Atomic><CmdID>1</CmdID>{ALERTS * MAX_PARTS}</Atomic>", False),
        (
            f"<Results><CmdID>1</CmdID>{'<Item><Data>v</Data></Item>' * (MAX_PARTS + 1)}</Results>",
            False,
        ),
    ],
)
def test_a_message_holds_only_so_many_commands_and_items(body: str, *, most: bool) -> None:
    """However they lie in one another."""
    if most:
        assert len(read_message(message(body)).body) == MAX_PARTS
        return
    with pytest.raises(BadMessage, match=f"at most {MAX_PARTS}"):
        read_message(message(body))


def test_versions_are_read_and_not_judged() -> None:
    header = HEADER.replace("DM/1.2", "DM/9.9").replace("<VerDTD>1.2", "<VerDTD>9")

    read = read_message(message("<Final/>", header)).header

    assert (read.ver_dtd, read.ver_proto) == ("9", "DM/9.9")


def test_a_message_without_final_has_more_to_come() -> None:
    assert not read_message(message("<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>")).final


def test_an_empty_body_is_legible() -> None:
    assert read_message(message("")) == Message(read_message(message("")).header, (), final=False)


def test_the_rest_of_the_header_is_read() -> None:
    more = (
        "<RespURI>https://there.example/</RespURI><NoResp/>"
        "<Meta><MaxMsgSize xmlns='syncml:metinf'>4096</MaxMsgSize></Meta>"
    )

    header = read_message(message("<Final/>", HEADER + more)).header

    assert (header.resp_uri, header.no_resp) == ("https://there.example/", True)
    assert header.meta.max_msg_size == 4096


@pytest.mark.parametrize(
    ("inside", "data"),
    [
        ("", None),
        ("<Data/>", ""),
        ("<Data></Data>", ""),
        ("<Data> \n x \t</Data>", " \n x \t"),
        ("<Data>&#xD;\n</Data>", "\r\n"),
        ("<Data><![CDATA[ <a> ]]></Data>", " <a> "),
        ("<Data>&lt;a/&gt;</Data>", "<a/>"),
        ("<Data>\n  <a xmlns=''/>\n</Data>", "<a/>"),
        ("<Data>x<!-- y -->z</Data>", "xz"),
        ("<Data>0</Data>", "0"),
    ],
)
def test_data_is_kept_exactly(inside: str, data: str | None) -> None:
    assert only_item(inside).data == data


@pytest.mark.parametrize("namespace", ["syncml:metinf", "syncml:metinfo", "SYNCML:SYNCML1.2", ""])
def test_meta_is_read_in_every_namespace_seen(namespace: str) -> None:
    meta = only_item(f"<Meta><Format xmlns='{namespace}'> int </Format></Meta>").meta

    assert meta.format == "int"


def test_meta_of_a_stranger_is_ignored() -> None:
    assert only_item("<Meta><Format xmlns='urn:x'>int</Format></Meta>").meta.format is None


def test_a_status_is_trimmed() -> None:
    part = only_part(f"<Status>{STATUS}<Data>\n 200 </Data></Status>")

    assert isinstance(part, Status)
    assert part.code == 200


def test_what_a_status_leaves_out_is_empty() -> None:
    assert only_part("<Status><Data>400</Data></Status>") == Status("", "", "", "", 400)


@pytest.mark.parametrize(
    "namespace", ["", "http://schemas.microsoft.com/MobileDevice/MDM", "urn:x"]
)
def test_the_original_error_is_read_in_any_namespace(namespace: str) -> None:
    name = "m:originalerror" if namespace else "originalerror"
    declared = f"xmlns:m='{namespace}'" if namespace else ""

    part = only_part(f"<Status>{STATUS}<Data {declared} {name}='0x80004005'>500</Data></Status>")

    assert isinstance(part, Status)
    assert part.original_error == "0x80004005"


@pytest.mark.parametrize("name", ["Copy", "Map", "Move", "Put", "Search", "Sync", "Whatever"])
def test_other_body_elements_are_unknown(name: str) -> None:
    assert only_part(f"<{name}><CmdID>9</CmdID></{name}>") == Unknown(name, "9")


def test_a_known_name_in_another_namespace_is_unknown() -> None:
    assert only_part("<Get xmlns='urn:x'><CmdID>9</CmdID></Get>") == Unknown("Get", "")


def test_a_group_holds_commands_and_groups_but_no_answers() -> None:
    part = only_part(
        "<Atomic><CmdID>1</CmdID><Meta/><NoResp/><Sequence><CmdID>2</CmdID>"
        "<Alert><CmdID>3</CmdID><Data>1223</Data></Alert></Sequence>"
        f"<Status>{STATUS}<Data>200</Data></Status></Atomic>"
    )

    assert isinstance(part, Group)
    inner, answer = part.commands
    assert part.no_resp
    assert isinstance(inner, Group)
    assert inner.commands == (Alert("3", 1223),)
    assert answer == Unknown("Status", "1")


def test_doubled_and_missing_ids_are_kept_as_they_came() -> None:
    read = read_message(message("<Get><CmdID>2</CmdID></Get><Get><CmdID>2</CmdID></Get><Get/>"))

    assert [part.cmd_id for part in read.body] == ["2", "2", ""]


def test_the_text_form_of_a_message_shows_no_data() -> None:
    """A value may be a Wi-Fi password or the token of a user."""
    body = message(
        "<Replace><CmdID>1</CmdID><Item><Data>hunter2</Data></Item></Replace>",
        HEADER + "<Cred><Meta/><Data>hunter2</Data></Cred>",
    )

    assert "hunter2" not in repr(read_message(body))


def cut(body: bytes, at: int, _: int) -> bytes:
    return body[: at % len(body)]


def flip(body: bytes, at: int, byte: int) -> bytes:
    at %= len(body)
    return body[:at] + bytes([byte]) + body[at + 1 :]


def swap(body: bytes, at: int, other: int) -> bytes:
    """Move one tag to another place."""
    tags = body.split(b"<")
    at, other = at % len(tags), other % len(tags)
    tags[at], tags[other] = tags[other], tags[at]
    return b"<".join(tags)


def drop(body: bytes, at: int, length: int) -> bytes:
    at %= len(body)
    return body[:at] + body[at + length % 64 :]


def retell(body: bytes, at: int, which: int) -> bytes:
    """Give one element's text another value."""
    words = (b"", b" ", b"0", b"-1", b"x" * 300, b"1e9", b"&#x1F600;", b"<a/>", b"<![CDATA[]]>")
    head, _, tail = body[at % len(body) :].partition(b">")
    _, _, tail = tail.partition(b"<")
    return body[: at % len(body)] + head + b">" + words[which % len(words)] + b"<" + tail


CHANGES: tuple[Callable[[bytes, int, int], bytes], ...] = (cut, flip, swap, drop, retell)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(path.name for path in SAMPLES.glob("*.xml"))),
    changes=st.lists(
        st.tuples(st.sampled_from(CHANGES), st.integers(0, 9999), st.integers(0, 255)),
        min_size=1,
        max_size=4,
    ),
)
def test_a_mutilated_message_is_read_or_refused(
    name: str, changes: list[tuple[Callable[[bytes, int, int], bytes], int, int]]
) -> None:
    """Nothing but BadMessage escapes."""
    body = (SAMPLES / name).read_bytes()
    for change, one, other in changes:
        body = change(body, one, other) or b"<"

    with suppress(BadMessage):
        assert isinstance(read_message(body), Message)
