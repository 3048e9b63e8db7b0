"""Every message that SyncML can say is written and read back; what it cannot say is refused."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.wire.errors import CannotEncode
from lenskeep.wire.syncml.model import (
    NO_META,
    Alert,
    BodyPart,
    Challenge,
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
    Status,
    Unknown,
)
from lenskeep.wire.syncml.order import order_breaches
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import CONTENT_TYPE, write_message

HEADER = Header("1", "1", "there", "here")
GET = Request(CommandName.GET, "1", (Item(target="./DevDetail"),))

WORDS = st.text(
    st.characters(
        categories=["L", "N", "P", "S"], exclude_characters="\ufffe\uffff", max_codepoint=0xFFFD
    ),
    min_size=1,
    max_size=12,
)
NUMBERS = st.integers(0, 10**9)
DATA = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\r\n\t <>&'\"]"),
    max_size=20,
).filter(lambda text: all((ord(c) & 0xFFFE) != 0xFFFE for c in text))
METAS = st.just(NO_META) | st.builds(
    Meta,
    format=st.none() | st.sampled_from(["chr", "int", "b64", "xml", "node"]),
    type=st.none() | WORDS,
    mark=st.none() | WORDS,
    size=st.none() | NUMBERS,
    next_nonce=st.none() | WORDS,
    max_msg_size=st.none() | NUMBERS,
    max_obj_size=st.none() | NUMBERS,
)
ITEMS = st.builds(
    Item,
    target=st.none() | WORDS,
    source=st.none() | WORDS,
    meta=METAS,
    data=st.none() | DATA,
) | st.builds(Item, data=DATA, more_data=st.just(value=True))
SOME_ITEMS = st.lists(ITEMS, min_size=1, max_size=3).map(tuple)
MAYBE_ITEMS = st.lists(ITEMS, max_size=2).map(tuple)
REFS = st.lists(WORDS, max_size=2).map(tuple)
ONE_REF = st.lists(WORDS, max_size=1).map(tuple)
CREDENTIALS = st.none() | st.builds(Credential, WORDS, WORDS, WORDS)
CHALLENGES = st.none() | st.builds(Challenge, WORDS, WORDS, st.none() | WORDS)
ID = st.just("")
REQUESTS = st.builds(
    Request,
    st.sampled_from([name for name in CommandName if name is not CommandName.EXEC]),
    ID,
    SOME_ITEMS,
    METAS,
    st.booleans(),
) | st.builds(Request, st.just(CommandName.EXEC), ID, st.tuples(ITEMS), METAS, st.booleans())
ALERTS = st.builds(
    Alert, ID, st.integers(0, 9999), MAYBE_ITEMS, st.none() | WORDS, no_resp=st.booleans()
)
COMMANDS = st.recursive(
    REQUESTS | ALERTS,
    lambda inner: st.builds(
        Group,
        st.sampled_from(GroupName),
        ID,
        st.lists(inner, min_size=1, max_size=2).map(tuple),
        METAS,
        st.booleans(),
    ),
    max_leaves=3,
)
STATUSES = st.builds(
    Status,
    cmd_id=ID,
    msg_ref=WORDS,
    cmd_ref=st.just("") | WORDS,
    cmd=WORDS,
    code=st.integers(100, 599),
    target_refs=REFS,
    source_refs=REFS,
    credential=CREDENTIALS,
    challenge=CHALLENGES,
    items=MAYBE_ITEMS,
    original_error=st.none() | WORDS,
)
RESULTS = st.builds(
    Results, ID, WORDS, WORDS, SOME_ITEMS, METAS, st.none() | WORDS, ONE_REF, ONE_REF
)
HEADERS = st.builds(
    Header,
    session_id=WORDS,
    msg_id=WORDS,
    target=WORDS,
    source=WORDS,
    source_name=st.none() | WORDS,
    target_name=st.none() | WORDS,
    credential=CREDENTIALS,
    meta=METAS,
    resp_uri=st.none() | WORDS,
    no_resp=st.booleans(),
)


def numbered(body: Sequence[BodyPart]) -> tuple[BodyPart, ...]:
    """Give every part its own CmdID, nested ones included."""
    last = 0

    def number(part: BodyPart) -> BodyPart:
        nonlocal last
        last += 1
        own = str(last)
        match part:
            case Request():
                return Request(part.name, own, part.items, part.meta, part.no_resp)
            case Alert():
                return Alert(own, part.code, part.items, part.correlator, part.no_resp)
            case Group():
                inner = tuple(number(each) for each in part.commands)
                return Group(part.name, own, inner, part.meta, part.no_resp)  # type: ignore[arg-type]
            case Status():
                return Status(
                    own,
                    *(part.msg_ref, part.cmd_ref, part.cmd, part.code),
                    target_refs=part.target_refs,
                    source_refs=part.source_refs,
                    credential=part.credential,
                    challenge=part.challenge,
                    items=part.items,
                    original_error=part.original_error,
                )
            case Results():
                return Results(
                    own,
                    *(part.msg_ref, part.cmd_ref, part.items, part.meta),
                    cmd=part.cmd,
                    target_refs=part.target_refs,
                    source_refs=part.source_refs,
                )
            case Unknown():
                return Unknown(part.name, own)

    return tuple(map(number, body))


MESSAGES = st.builds(
    Message,
    HEADERS,
    st.lists(COMMANDS | STATUSES | RESULTS, min_size=1, max_size=4).map(numbered),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(MESSAGES)
def test_what_is_written_is_read_back(message: Message) -> None:
    assert read_message(write_message(message)) == message


@settings(max_examples=60, deadline=None)
@given(MESSAGES, st.booleans())
def test_what_is_written_is_stable_and_in_exact_order(message: Message, declaration: bool) -> None:
    written = write_message(message, declaration=declaration)

    assert write_message(message, declaration=declaration) == written
    assert order_breaches(written) == ()


def test_the_declaration_is_written_on_demand() -> None:
    plain = write_message(Message(HEADER, (GET,)))

    declared = write_message(Message(HEADER, (GET,)), declaration=True)

    assert declared == b'<?xml version="1.0" encoding="UTF-8"?>' + plain
    assert plain.startswith(b'<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>')


def test_the_content_type_names_the_charset() -> None:
    assert CONTENT_TYPE == "application/vnd.syncml.dm+xml; charset=utf-8"


def test_the_microsoft_namespace_is_declared_where_it_is_used() -> None:
    plain = Status("1", "1", "2", "Get", 500)
    told = Status("1", "1", "2", "Get", 500, original_error="0x80004005")

    assert b"xmlns:msft" not in write_message(Message(HEADER, (plain,)))
    assert (
        b'<SyncBody xmlns:msft="http://schemas.microsoft.com/MobileDevice/MDM">'
        in write_message(Message(HEADER, (told,)))
    )


def item(**parts: object) -> Message:
    return Message(HEADER, (Request(CommandName.ADD, "1", (Item(**parts),)),))  # type: ignore[arg-type]


def body(*parts: BodyPart) -> Message:
    return Message(HEADER, parts)


def request(name: CommandName, cmd_id: str = "1", items: int = 1) -> Request:
    return Request(name, cmd_id, (Item(target="./DevDetail"),) * items)


IMPOSSIBLE: dict[str, Message] = {
    "an empty body": body(),
    "no SessionID": Message(Header("", "1", "there", "here"), (GET,)),
    "no MsgID": Message(Header("1", " ", "there", "here"), (GET,)),
    "no Target": Message(Header("1", "1", "", "here"), (GET,)),
    "no Source": Message(Header("1", "1", "there", ""), (GET,)),
    "no VerDTD": Message(Header("1", "1", "there", "here", ver_dtd=""), (GET,)),
    "no CmdID": body(request(CommandName.GET, "")),
    "CmdID 0": body(request(CommandName.GET, "0")),
    "a CmdID twice": body(GET, GET),
    "a nested CmdID twice": body(GET, Group(GroupName.ATOMIC, "2", (GET,))),
    "a nested CmdID empty": body(Group(GroupName.ATOMIC, "2", (request(CommandName.DELETE, ""),))),
    "a CmdID 0 of an answer": body(Status("0", "1", "0", "SyncHdr", 200)),
    "a Get of nothing": body(request(CommandName.GET, items=0)),
    "two Items in an Exec": body(request(CommandName.EXEC, items=2)),
    "an empty Atomic": body(Group(GroupName.ATOMIC, "1", ())),
    "an Unknown": body(Unknown("Put", "1")),
    "an Unknown in an Atomic": body(Group(GroupName.ATOMIC, "1", (Unknown("Put", "2"),))),
    "a Status to no message": body(Status("1", "", "2", "Get", 200)),
    "a Status to no command's name": body(Status("1", "1", "2", "", 200)),
    "a Status code of one digit": body(Status("1", "1", "2", "Get", 2)),
    "a Status code of four digits": body(Status("1", "1", "2", "Get", 1226)),
    "a negative alert": body(Alert("1", -1)),
    "Results without an Item": body(Results("1", "1", "2", ())),
    "Results with two TargetRefs": body(
        Results("1", "1", "2", (Item(data=""),), target_refs=("a", "b"))
    ),
    "MoreData without Data": item(more_data=True),
    "a negative Size": item(meta=Meta(size=-1)),
    "an empty Format": item(meta=Meta(format="")),
    "a Challenge without a type": body(
        Status("1", "1", "0", "SyncHdr", 407, challenge=Challenge("", "b64"))
    ),
    "a character that XML lacks": item(data="\x00"),
    "half a character": item(target="\ud800"),
}


@pytest.mark.parametrize("message", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_the_impossible_is_not_written(message: Message) -> None:
    """What SyncML cannot say ([MS-MDM] 2.2.3.2, [MS-MDM] 2.2.7.5)."""
    with pytest.raises(CannotEncode):
        write_message(message)


def test_groups_deeper_than_the_reader_takes_are_not_written() -> None:
    group: Request | Group = request(CommandName.DELETE, "x")
    for number in range(1, 70):
        group = Group(GroupName.SEQUENCE, str(number), (group,))

    with pytest.raises(CannotEncode, match="levels"):
        write_message(body(group))
