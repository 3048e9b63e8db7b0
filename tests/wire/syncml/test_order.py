"""Every departure from the exact syntax is listed, one sentence each."""

from pathlib import Path

import pytest

from lenskeep.wire.errors import BadMessage
from lenskeep.wire.syncml.order import order_breaches

SAMPLES = Path(__file__).parent / "samples"
HEADER = (
    "<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>"
    "<Target><LocURI>there</LocURI></Target><Source><LocURI>here</LocURI></Source>"
)
ITEM = "<Item><Target><LocURI>./DevDetail</LocURI></Target></Item>"
GET = f"<Get><CmdID>1</CmdID>{ITEM}</Get>"
STATUS = "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Get</Cmd>{}</Status>"


def message(body: str, header: str = HEADER) -> bytes:
    return (
        "<?xml version='1.0'?>\n<SyncML xmlns='SYNCML:SYNCML1.2'>\n"
        f"<SyncHdr>{header}</SyncHdr>\n<SyncBody>{body}</SyncBody></SyncML>"
    ).encode()


def item(inside: str) -> str:
    return f"<Replace><CmdID>1</CmdID><Item>{inside}</Item></Replace>"


BREACHES: dict[str, tuple[bytes, str]] = {
    "another root": (b"<SyncML/>", "the root is not SyncML in SYNCML:SYNCML1.2"),
    "the older namespace": (
        b"<SyncML xmlns='SYNCML:SYNCML1.1'/>",
        "the root is not SyncML in SYNCML:SYNCML1.2",
    ),
    "Final before a command": (
        message("<Final/>" + GET),
        "SyncML/SyncBody: Get comes after Final",
    ),
    "two Finals": (message(GET + "<Final/><Final/>"), "SyncML/SyncBody: Final stands 2 times"),
    "a Final with text": (
        message(GET + "<Final>x</Final>"),
        "SyncML/SyncBody/Final: must be empty",
    ),
    "an unknown command": (message(GET + "<Put/>"), "SyncML/SyncBody: Put does not belong here"),
    "a stranger's command": (
        message(GET + "<Get xmlns='urn:x'/>"),
        "SyncML/SyncBody: Get does not belong here",
    ),
    "text between commands": (message(GET + "x"), "SyncML/SyncBody: text between elements"),
    "no SyncBody": (
        f"<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr>{HEADER}</SyncHdr></SyncML>".encode(),
        "SyncML: SyncBody is missing",
    ),
    "no VerDTD": (
        message(GET, HEADER.replace("<VerDTD>1.2</VerDTD>", "")),
        "SyncML/SyncHdr: VerDTD is missing",
    ),
    "another VerProto": (
        message(GET, HEADER.replace("DM/1.2", "DM/1.1")),
        "SyncML/SyncHdr/VerProto: must be DM/1.2",
    ),
    "MsgID before SessionID": (
        message(
            GET,
            HEADER.replace(
                "<SessionID>1</SessionID><MsgID>1</MsgID>",
                "<MsgID>1</MsgID><SessionID>1</SessionID>",
            ),
        ),
        "SyncML/SyncHdr: SessionID comes after MsgID",
    ),
    "an empty LocURI": (
        message(GET.replace("./DevDetail", "")),
        "SyncML/SyncBody/Get[1]/Item/Target/LocURI: is empty",
    ),
    "Meta before Cred in the header": (
        message(GET, HEADER + "<Meta/><Cred><Meta/><Data/></Cred>"),
        "SyncML/SyncHdr: Cred comes after Meta",
    ),
    "no Item": (
        message("<Get><CmdID>1</CmdID></Get>"),
        "SyncML/SyncBody/Get[1]: Item is missing",
    ),
    "two Items in an Exec": (
        message(f"<Exec><CmdID>1</CmdID>{ITEM}{ITEM}</Exec>"),
        "SyncML/SyncBody/Exec[1]: Item stands 2 times",
    ),
    "an Item before CmdID": (
        message(f"<Get>{ITEM}<CmdID>1</CmdID></Get>"),
        "SyncML/SyncBody/Get[1]: CmdID comes after Item",
    ),
    "a Meta after an Item": (
        message(f"<Get><CmdID>1</CmdID>{ITEM}<Meta/></Get>"),
        "SyncML/SyncBody/Get[1]: Meta comes after Item",
    ),
    "no CmdID": (message(f"<Get>{ITEM}</Get>"), "SyncML/SyncBody/Get: CmdID is missing"),
    "no CmdID in an Atomic": (
        message(f"<Atomic><CmdID>1</CmdID><Get>{ITEM}</Get></Atomic>"),
        "SyncML/SyncBody/Atomic[1]/Get: CmdID is missing",
    ),
    "an empty CmdID": (message(f"<Get><CmdID/>{ITEM}</Get>"), "Get: CmdID is empty or 0"),
    "CmdID 0": (message(f"<Get><CmdID>0</CmdID>{ITEM}</Get>"), "Get: CmdID is empty or 0"),
    "a CmdID twice": (message(GET + GET), "Get: CmdID 1 stands twice"),
    "a CmdID twice, once nested": (
        message(f"<Sequence><CmdID>1</CmdID>{GET}</Sequence>"),
        "Get: CmdID 1 stands twice",
    ),
    "an empty Atomic": (
        message("<Atomic><CmdID>1</CmdID></Atomic>"),
        "SyncML/SyncBody/Atomic[1]: "
        "Add or Alert or Atomic or Delete or Exec or Get or Replace or Sequence is missing",
    ),
    "a Status in an Atomic": (
        message(f"<Atomic><CmdID>2</CmdID>{GET}<Status><CmdID>3</CmdID></Status></Atomic>"),
        "SyncML/SyncBody/Atomic[2]: Status does not belong here",
    ),
    "a Status without Data": (
        message(STATUS.format("")),
        "SyncML/SyncBody/Status[1]: Data is missing",
    ),
    "a TargetRef after Data": (
        message(STATUS.format("<Data>200</Data><TargetRef>x</TargetRef>")),
        "SyncML/SyncBody/Status[1]: TargetRef comes after Data",
    ),
    "a Chal after Data": (
        message(STATUS.format("<Data>407</Data><Chal><Meta/></Chal>")),
        "SyncML/SyncBody/Status[1]: Chal comes after Data",
    ),
    "a Chal without Meta": (
        message(STATUS.format("<Chal/><Data>407</Data>")),
        "SyncML/SyncBody/Status[1]/Chal: Meta is missing",
    ),
    "Results with an Item before CmdRef": (
        message(f"<Results><CmdID>1</CmdID><MsgRef>1</MsgRef>{ITEM}<CmdRef>1</CmdRef></Results>"),
        "SyncML/SyncBody/Results[1]: CmdRef comes after Item",
    ),
    "an Alert's Item before its Data": (
        message(f"<Alert><CmdID>1</CmdID>{ITEM}<Data>1226</Data></Alert>"),
        "SyncML/SyncBody/Alert[1]: Data comes after Item",
    ),
    "Data before Meta": (
        message(item("<Data>1</Data><Meta/>")),
        "SyncML/SyncBody/Replace[1]/Item: Meta comes after Data",
    ),
    "Source before Target": (
        message(item("<Source><LocURI>a</LocURI></Source><Target><LocURI>b</LocURI></Target>")),
        "SyncML/SyncBody/Replace[1]/Item: Target comes after Source",
    ),
    "MoreData before Data": (
        message(item("<MoreData/><Data>1</Data>")),
        "SyncML/SyncBody/Replace[1]/Item: Data comes after MoreData",
    ),
    "Meta's children without their namespace": (
        message(item("<Meta><Format>int</Format></Meta>")),
        "SyncML/SyncBody/Replace[1]/Item/Meta: Format is not in syncml:metinf",
    ),
    "a typo in Meta's namespace": (
        message(item("<Meta><Format xmlns='syncml:metinfo'>int</Format></Meta>")),
        "SyncML/SyncBody/Replace[1]/Item/Meta: Format is not in syncml:metinf",
    ),
    "an unknown child of Meta": (
        message(item("<Meta><Colour xmlns='syncml:metinf'>red</Colour></Meta>")),
        "SyncML/SyncBody/Replace[1]/Item/Meta: Colour does not belong here",
    ),
    "two Formats": (
        message(
            item(
                "<Meta xmlns:m='syncml:metinf'><m:Format>a</m:Format><m:Format>b</m:Format></Meta>"
            )
        ),
        "SyncML/SyncBody/Replace[1]/Item/Meta: Format stands twice",
    ),
    "text in Meta": (
        message(item("<Meta>int</Meta>")),
        "SyncML/SyncBody/Replace[1]/Item/Meta: text between elements",
    ),
    "unescaped markup in Data": (
        message(item("<Data><b/></Data>")),
        "SyncML/SyncBody/Replace[1]/Item/Data: unescaped markup",
    ),
    "markup in an identifier": (
        message(f"<Get><CmdID>1<b/></CmdID>{ITEM}</Get>"),
        "SyncML/SyncBody/Get[1]/CmdID: unescaped markup",
    ),
    "CDATA": (message(item("<Data><![CDATA[<a>]]></Data>")), "SyncML: a CDATA section"),
}


@pytest.mark.parametrize(("body", "breach"), BREACHES.values(), ids=BREACHES.keys())
def test_a_departure_is_named_with_its_place(body: bytes, breach: str) -> None:
    """Order, number and identifiers ([OMA-SyncMLRP 1.2.2], [MS-MDM] 2.2.3.2)."""
    assert order_breaches(body) == (breach,)


@pytest.mark.parametrize(
    "body",
    [
        message(GET + "<Final/>"),
        message(f"\n {GET}\n"),
        message(item("<Data> <!-- x --> </Data>")),
        message(
            item("<Meta><m:Type xmlns:m='syncml:metinf'/><Format xmlns='syncml:metinf'/></Meta>")
        ),
        message(item("<Meta><Format xmlns='syncml:metinf'>xml</Format></Meta><Data><b/></Data>")),
        message(
            "<Replace><CmdID>1</CmdID><Meta><Format xmlns='syncml:metinf'>xml</Format></Meta>"
            "<Item><Data><b xmlns='urn:x'>1</b></Data></Item></Replace>"
        ),
        message(STATUS.replace("<CmdRef>2</CmdRef>", "<CmdRef/>").format("<Data>400</Data>")),
        message(f"<Atomic><CmdID>2</CmdID><NoResp/><Meta/>{GET}</Atomic>"),
    ],
)
def test_what_the_syntax_allows_is_no_breach(body: bytes) -> None:
    assert order_breaches(body) == ()


def test_all_departures_are_listed_at_once() -> None:
    """The lenient sample breaks the order everywhere and is in the newest namespace."""
    body = (SAMPLES / "lenient.xml").read_bytes().replace(b"SYNCML1.1/", b"SYNCML1.2/")

    found = order_breaches(body)

    assert len(found) > 15
    assert "SyncML/SyncBody/Alert: CmdID is missing" in found
    assert "SyncML/SyncBody: Surprise does not belong here" in found


def test_bytes_that_are_no_xml_are_a_bad_message() -> None:
    with pytest.raises(BadMessage):
        order_breaches(b"<SyncML")
