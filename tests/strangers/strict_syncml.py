"""What a merciless client demands of the server's SyncML, word by word."""

import base64
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from tests.strangers.markup import METINF, SYNCML
from tests.strangers.strict import framing, names, text
from tests.strangers.wire import Response

ORDER = {
    "SyncHdr": "VerDTD VerProto SessionID MsgID Target Source( RespURI)?( NoResp)?( Cred)?( Meta)?",
    "Status": "CmdID MsgRef CmdRef Cmd( TargetRef)*( SourceRef)*( Cred)?( Chal)? Data( Item)*",
    "Alert": "CmdID( NoResp)?( Cred)? Data( Correlator)?( Item)*",
    "Get": "CmdID( NoResp)?( Cred)?( Meta)?( Item)+",
    "Replace": "CmdID( NoResp)?( Cred)?( Meta)?( Item)+",
    "Add": "CmdID( NoResp)?( Cred)?( Meta)?( Item)+",
    "Delete": "CmdID( NoResp)?( Cred)?( Meta)?( Item)+",
    "Exec": "CmdID( NoResp)?( Cred)?( Meta)? Item",
    "Item": "(Target)?( ?Source)?( ?Meta)?( ?Data)?( ?MoreData)?",
    "Chal": "Meta",
    "Target": "LocURI( LocName)?",
    "Source": "LocURI( LocName)?",
}
FORMATS = {"chr", "int", "bool", "b64", "bin", "xml", "node", "null", "date", "time", "float"}
VERBS = ("Get", "Replace", "Add", "Delete", "Exec", "Alert")
SEGMENT = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()+,;=:@{}]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True)
class Expected:
    """What the answer to a message must agree with."""

    session_id: str
    msg_id: str
    source: str
    address: str
    owed: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Command:
    """A command of the server."""

    name: str
    cmd_id: str
    uris: list[str]
    values: list[str | None]
    formats: list[str | None]
    code: str = ""
    """Of an alert."""


@dataclass(frozen=True)
class Reply:
    """A checked reply."""

    code: int
    """Of the header; 0 for an empty body."""
    msg_id: str = ""
    statuses: tuple[tuple[str, int], ...] = ()
    commands: tuple[Command, ...] = ()
    next_nonce: str = ""


def reply(response: Response, expected: Expected) -> Reply:
    """Check the reply to a message; an empty one ends the session."""
    assert response.status == 200, (response.status, response.body)
    framing(response, "application/vnd.syncml.dm+xml")
    if not response.body:
        return Reply(0)
    assert b"<![CDATA[" not in response.body, "the client does not take CDATA"
    root = ET.fromstring(response.body)
    assert root.tag == f"{{{SYNCML}}}SyncML"
    assert names(root) == ["SyncHdr", "SyncBody"]
    for element in root.iter():
        _check(element)
    header, body = root
    _header(header, expected)
    assert body[-1].tag == f"{{{SYNCML}}}Final"
    assert len(body[-1]) == 0
    parts = list(body)[:-1]
    identifiers = [text(part[0]) for part in parts]
    assert len(set(identifiers)) == len(identifiers), "a CmdID twice"
    assert "0" not in identifiers
    assert all(0 < len(each) <= 64 for each in identifiers)
    kinds = names(body)[:-1]
    count = kinds.count("Status")
    assert set(kinds[:count]) == {"Status"}, "statuses come first"
    assert set(kinds[count:]) <= set(VERBS), kinds
    return _read(parts, count, expected)


def _check(element: ET.Element) -> None:
    name = element.tag.rpartition("}")[2]
    ns = element.tag[1:].rpartition("}")[0]
    if name in ORDER:
        children = " ".join(names(element))
        assert re.fullmatch(ORDER[name], children), f"{name}: {children}"
    if name == "Meta":
        for child in element:
            assert child.tag.startswith(f"{{{METINF}}}"), f"{child.tag} is not in {METINF}"
        assert "MaxMsgSize" not in names(element), "never advertised"
        assert len(set(names(element))) == len(element)
        for child in element:
            if child.tag == f"{{{METINF}}}Format":
                assert child.text in FORMATS
    else:
        assert ns in (SYNCML, METINF), ns
    if name not in ("Data", "NextNonce") and len(element) == 0:
        assert element.text == (element.text or "").strip() or element.text is None


def _header(header: ET.Element, expected: Expected) -> None:
    found = {each.tag.rpartition("}")[2]: each for each in header}
    assert text(found["VerDTD"]) == "1.2"
    assert text(found["VerProto"]) == "DM/1.2"
    assert text(found["SessionID"]) == expected.session_id
    assert text(found["MsgID"]) == expected.msg_id
    assert text(found["Target"][0]) == expected.source
    assert text(found["Source"][0]) == expected.address
    assert "RespURI" not in found


def _read(parts: list[ET.Element], count: int, expected: Expected) -> Reply:
    statuses = []
    for part in parts[:count]:
        fields = {each.tag.rpartition("}")[2]: each for each in part}
        assert text(fields["MsgRef"]) == expected.msg_id
        key = (text(fields["CmdRef"]) if fields["CmdRef"].text else "", text(fields["Cmd"]))
        statuses.append((key, int(text(fields["Data"])), fields))
    assert statuses, "no status for the header"
    key, code, fields = statuses[0]
    assert key == ("0", "SyncHdr")
    owed = () if code in (401, 407) else expected.owed
    assert tuple(each[0] for each in statuses[1:]) == owed, "a status each, in order"
    assert all("Chal" not in each[2] for each in statuses[1:])
    nonce = _challenge(fields["Chal"]) if "Chal" in fields else ""
    if code in (401, 407):
        assert nonce
        assert len(parts) == 1, "nothing but the challenge"
    commands = tuple(_command(part) for part in parts[count:])
    shown = tuple((key[1], code) for key, code, _ in statuses)
    return Reply(code, expected.msg_id, shown, commands, nonce)


def _challenge(element: ET.Element) -> str:
    meta = {each.tag.rpartition("}")[2]: text(each) for each in element[0]}
    assert names(element[0]) == ["Type", "Format", "NextNonce"]
    assert meta["Type"] == "syncml:auth-md5"
    assert meta["Format"] == "b64"
    assert len(base64.b64decode(meta["NextNonce"], validate=True)) == 16
    return meta["NextNonce"]


def _command(part: ET.Element) -> Command:
    name = part.tag.rpartition("}")[2]
    uris, values, formats = [], [], []
    ns = {"s": SYNCML, "m": METINF}
    code = part.findtext("s:Data", "", ns)
    for item in part.findall("s:Item", ns):
        uri = text(item.find("s:Target/s:LocURI", ns))
        location(uri)
        uris.append(uri)
        values.append(item.findtext("s:Data", None, ns))
        formats.append(item.findtext("s:Meta/m:Format", None, ns))
        if name in ("Replace", "Add") and values[-1] is not None:
            assert formats[-1] is not None, "a value without a format"
        if name in ("Get", "Delete"):
            assert values[-1] is None
    return Command(name, text(part[0]), uris, values, formats, code)


def location(uri: str) -> None:
    """Check a LocURI."""
    path, _, query = uri.partition("?")
    assert path.startswith("./"), uri
    assert not query or re.fullmatch(r"(list=(Struct|StructData)|prop=\w+)", query)
    for segment in path.split("/")[1:]:
        assert SEGMENT.fullmatch(segment), uri
        assert segment not in (".", "..")
