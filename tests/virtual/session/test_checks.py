"""Every rule that a headset holds a server to is noticed when it is broken.

Origin: the messages below were written by hand for this project from the published rules.
"""

import pytest

from lenskeep.virtual.session.checks import Own, check_message, check_transport
from lenskeep.virtual.transport import Answer
from lenskeep.virtual.trouble import Breach
from lenskeep.wire.syncml.model import (
    Alert,
    CommandName,
    Header,
    Item,
    Message,
    Request,
    Results,
    Status,
)

DEVICE = "0123456789ABCDEF0123456789ABCDEF"
ADDRESS = "https://mdm.example/ManagementServer/MDM.svc"
OURS = Message(
    Header("7", "1", ADDRESS, DEVICE),
    (
        Alert("2", 1201),
        Alert("3", 1224, (Item(data="user"),)),
        Request(CommandName.REPLACE, "4", (Item(source="./DevInfo/Lang", data="en-US"),)),
    ),
)
OWN = Own(OURS, DEVICE)

GOOD = f"""<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>
<SessionID>7</SessionID><MsgID>1</MsgID><Target><LocURI>{DEVICE}</LocURI></Target>
<Source><LocURI>{ADDRESS}</LocURI></Source></SyncHdr><SyncBody>
<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>
<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>
<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>3</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>
<Status><CmdID>4</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Replace</Cmd><Data>200</Data></Status>
<Get><CmdID>5</CmdID><Item><Target><LocURI>./DevDetail/SwV</LocURI></Target></Item></Get>
<Atomic><CmdID>6</CmdID><Replace><CmdID>7</CmdID><Item><Target>
<LocURI>./Vendor/MSFT/Policy/Config/System/AllowLocation</LocURI></Target>
<Meta><Format xmlns="syncml:metinf">int</Format></Meta><Data>2</Data></Item></Replace></Atomic>
<Final/></SyncBody></SyncML>"""

GET = "<Get><CmdID>5</CmdID>"
ALERT_STATUS = (
    "<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>3</CmdRef>"
    "<Cmd>Alert</Cmd><Data>200</Data></Status>"
)
REPLACE = "<Replace><CmdID>7</CmdID>"


def test_a_good_message_passes() -> None:
    message = check_message(GOOD.encode(), OWN)

    assert len(message.body) == 6


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"SYNCML:SYNCML1.2"', '"SYNCML:SYNCML9"', "root"),
        (f"<LocURI>{DEVICE}", "<LocURI>SOMEBODY", "Target is 'SOMEBODY'"),
        (f"<LocURI>{ADDRESS}", "<LocURI>https://other", "Source is"),
        ("<SessionID>7", "<SessionID>8", "SessionID is '8'"),
        ("<MsgID>1", "<MsgID>2", "MsgID is '2'"),
        ("<VerProto>DM/1.2", "<VerProto>DM/1.1", "VerProto|DM/1.1"),
        ("<SessionID>7</SessionID><MsgID>1</MsgID>", "<MsgID>1</MsgID><SessionID>7</SessionID>",
         "SessionID comes after"),
        ("<CmdRef>0</CmdRef><Cmd>SyncHdr", "<CmdRef>9</CmdRef><Cmd>Alert", "first Status"),
        (ALERT_STATUS, "", "expected"),
        ("<CmdRef>3</CmdRef>", "<CmdRef>2</CmdRef>", "expected"),
        ("<Cmd>Replace</Cmd>", "<Cmd>Add</Cmd>", "expected"),
        ("<CmdID>2</CmdID><MsgRef>1", "<CmdID>2</CmdID><MsgRef>3", "MsgRef 3"),
        ("SyncHdr</Cmd><Data>200", "SyncHdr</Cmd><Data>500", "answered 500"),
        (GET, "<Get>", "CmdID"),
        (GET, "<Get><CmdID>0</CmdID>", "CmdID"),
        (GET, "<Get><CmdID>7</CmdID>", "twice"),
        (REPLACE, "<Replace>", "CmdID"),
        ("./DevDetail/SwV", "/DevDetail/SwV", "LocURI"),
        ("./DevDetail/SwV", "./DevDetail//SwV", "LocURI"),
        ("./DevDetail/SwV", "./DevDetail/../SwV", "LocURI"),
        ("<Final/>", ALERT_STATUS.replace("<CmdID>3", "<CmdID>30") + "<Final/>", "behind a"),
        ('xmlns="syncml:metinf">int', ">int", "not in syncml:metinf"),
        ('"syncml:metinf">int', '"syncml:metinf">colour', "is not a format"),
        (GET, "<Put><CmdID>50</CmdID></Put>" + GET, "Put"),
        ("<Get>", "<Alert><CmdID>50</CmdID><Data>1200</Data></Alert><Get>", "Alert 1200"),
        (REPLACE, GET.replace("5", "50") + "<Item><Target><LocURI>./DevInfo/Man</LocURI></Target>"
         "</Item></Get>" + REPLACE, "a Get inside an Atomic"),
        (REPLACE, "<Atomic><CmdID>50</CmdID><Delete><CmdID>51</CmdID><Item><Target>"
         "<LocURI>./Vendor/MSFT/WiFi/Profile/A</LocURI></Target></Item></Delete></Atomic>"
         + REPLACE, "an Atomic inside an Atomic"),
        (REPLACE, "<Delete><CmdID>51</CmdID><Item><Target><LocURI>./User/Vendor/MSFT/WiFi/Profile/A"
         "</LocURI></Target></Item></Delete>" + REPLACE, "mixes"),
        ("<Data>2</Data></Item></Replace>", "</Item></Replace>", "without Data"),
        ("<Get>", "<Results><CmdID>50</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item>"
         "<Data>x</Data></Item></Results><Get>", "no Results"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_noticed(old: str, new: str, words: str) -> None:
    """One departure is enough ([MS-MDM] 2.2, [MS-MDM] 2.2.5, [MS-MDM] 2.2.6)."""
    assert old in GOOD

    with pytest.raises(Breach, match=words):
        check_message(GOOD.replace(old, new, 1).encode(), OWN)


def test_final_may_only_be_missing_where_commands_follow() -> None:
    """A package ends with Final ([OMA-DM-Protocol 1.2.1] 8)."""
    bare = GOOD.replace("<Final/>", "")
    start, end = bare.index("<Get>"), bare.index("</SyncBody>")

    assert check_message(bare.encode(), OWN).final is False
    with pytest.raises(Breach, match="Final"):
        check_message((bare[:start] + bare[end:]).encode(), OWN)


def test_good_results_get_no_status_but_bad_ones_may() -> None:
    ours = Message(
        OURS.header,
        (
            Status("1", "1", "0", "SyncHdr", 200),
            Results("2", "1", "5", (Item(source="./DevInfo/Man", data="x"),)),
        ),
    )
    start, end = GOOD.index("<Status><CmdID>2"), GOOD.index("<Get>")
    for_results = (
        "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef>"
        "<Cmd>Results</Cmd><Data>{}</Data></Status>"
    )

    def message(code: int) -> bytes:
        return (GOOD[:start] + for_results.format(code) + GOOD[end:]).encode()

    assert len(check_message(message(416), Own(ours, DEVICE)).body) == 4
    with pytest.raises(Breach, match="good Results"):
        check_message(message(200), Own(ours, DEVICE))


def test_a_refused_headset_gets_no_commands() -> None:
    """Nothing is asked of whoever has not proved anything ([OMA-DM-Security 1.2.1] 5)."""
    refused = GOOD.replace("SyncHdr</Cmd><Data>200", "SyncHdr</Cmd><Data>407", 1)

    with pytest.raises(Breach, match="refused"):
        check_message(refused.encode(), OWN)


def test_a_refusal_need_not_answer_the_commands() -> None:
    start, end = GOOD.index("<Status><CmdID>2"), GOOD.index("<Final/>")
    refused = GOOD.replace("SyncHdr</Cmd><Data>200", "SyncHdr</Cmd><Data>407", 1)

    assert len(check_message((refused[:start] + refused[end:]).encode(), OWN).body) == 1


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (500, {"content-length": "2"}, "got 500"),
        (200, {}, "Content-Length"),
        (200, {"content-length": "2", "transfer-encoding": "chunked"}, "chunked"),
        (200, {"content-length": "3"}, "Content-Length 3"),
        (200, {"content-length": "2", "content-encoding": "gzip"}, "compressed"),
        (200, {"content-length": "2", "content-type": "text/xml"}, "content type"),
    ],
)
def test_a_wrong_frame_is_noticed(status: int, headers: dict[str, str], words: str) -> None:
    """Status, length and type of the HTTP answer ([MS-MDM] 2.1)."""
    with pytest.raises(Breach, match=words):
        check_transport(Answer(status, headers, b"ab"))
