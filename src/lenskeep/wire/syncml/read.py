"""SyncML bytes become a `Message`. Strict about the frame, lenient about what real peers do.

The frame is the root's namespace, the header's parts, and numbers where numbers belong. Lenient:
order, white space around names and references, the namespace of Meta's children, absent CmdIDs.
Who needs the exact order asks `wire.syncml.order`.
"""

from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage
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

NAMESPACE: Final = "SYNCML:SYNCML1.2"
OLD_NAMESPACE: Final = "SYNCML:SYNCML1.1"
"""seen: Windows 11 26200 takes it from a server; so do we from anybody."""

_SECTIONS: Final = {
    "root": "[MS-MDM] 2.2.4.1",
    "SyncML": "[MS-MDM] 2.2.4.1",
    "SyncHdr": "[MS-MDM] 2.2.4.2",
    "SyncHdr/Target": "[MS-MDM] 2.2.3.11",
    "SyncHdr/Source": "[MS-MDM] 2.2.3.9",
    "Meta": "[MS-MDM] 2.2.5.3",
    "Status": "[MS-MDM] 2.2.6.1",
    "Alert": "[MS-MDM] 2.2.7.2",
}
"""The rule that a place in the message is measured by."""

MAX_ID: Final = 128
"""Characters of an identifier. seen: GUIDs, up to 64 characters; the standard's own are shorter."""

MAX_PARTS: Final = 10_000
"""Commands and items of one message together. What is longest, the values of 1,000 settings, has
3,000; ten thousand take a quarter of a second, in which nobody else is answered."""
_SMALLEST_PART: Final = 4
"""Bytes: `<a/>`."""

_META_NAMESPACES: Final = frozenset({"syncml:metinf", "syncml:metinfo", NAMESPACE, ""})
"""seen: the typo `metinfo` and absent declarations, both in published samples."""

_NS: Final = f"{{{NAMESPACE}}}"
_CMD_ID: Final = _NS + "CmdID"
_MSG_REF: Final = _NS + "MsgRef"
_CMD_REF: Final = _NS + "CmdRef"
_CMD: Final = _NS + "Cmd"
_DATA: Final = _NS + "Data"
_ITEM: Final = _NS + "Item"
_META: Final = _NS + "Meta"
_TARGET: Final = _NS + "Target"
_SOURCE: Final = _NS + "Source"
_LOC_URI: Final = _NS + "LocURI"
_LOC_NAME: Final = _NS + "LocName"
_TARGET_REF: Final = _NS + "TargetRef"
_SOURCE_REF: Final = _NS + "SourceRef"
_MORE_DATA: Final = _NS + "MoreData"
_NO_RESP: Final = _NS + "NoResp"
_CRED: Final = _NS + "Cred"
_CHAL: Final = _NS + "Chal"
_FINAL: Final = _NS + "Final"

_COMMANDS: Final = {_NS + name.value: name for name in CommandName}
_GROUPS: Final = {_NS + name.value: name for name in GroupName}
_ALERT: Final = _NS + "Alert"
_STATUS: Final = _NS + "Status"
_RESULTS: Final = _NS + "Results"


def read_message(body: bytes, *, max_bytes: int = xml.MAX_BYTES_UNPROVEN) -> Message:
    """Return the message. Raises BadMessage with the place and the rule that was broken."""
    root = xml.read(body, max_bytes=max_bytes)
    _check_root(root)
    header = _only(root, "SyncHdr")
    parts = _only(root, "SyncBody")
    if len(body) > MAX_PARTS * _SMALLEST_PART:
        _check_parts(parts)
    return Message(
        header=_header(header),
        body=tuple(_part(element) for element in parts if element.tag != _FINAL),
        final=parts.find(_FINAL) is not None,
    )


def _check_root(root: Element) -> None:
    """Require SyncML 1.2; the elements of an older one are taken for its own."""
    namespace = xml.namespace_of(root)
    if xml.local_name(root) != "SyncML" or namespace not in (NAMESPACE, OLD_NAMESPACE):
        raise _bad(f"the root is not SyncML in {NAMESPACE}", "root")
    if namespace == OLD_NAMESPACE:
        old = f"{{{OLD_NAMESPACE}}}"
        for element in root.iter():
            element.tag = element.tag.replace(old, _NS, 1)


def _check_parts(body: Element) -> None:
    groups = sum(len(each) for tag in _GROUPS for each in body.iter(tag))
    count = len(body) + groups + sum(1 for _ in body.iter(_ITEM))
    if count > MAX_PARTS:
        raise _bad(f"{count} commands and items, at most {MAX_PARTS}", "SyncBody")


def _only(root: Element, local: str) -> Element:
    found = root.findall(_NS + local)
    if len(found) != 1:
        raise _bad(f"{local} is there {len(found)} times, expected once", "SyncML")
    return found[0]


def _header(element: Element) -> Header:
    cred = element.find(_CRED)
    return Header(
        session_id=_required(element, "SessionID"),
        msg_id=_required(element, "MsgID"),
        target=_address(element, "Target"),
        source=_address(element, "Source"),
        source_name=_name(element, _SOURCE),
        target_name=_name(element, _TARGET),
        credential=None if cred is None else _credential(cred),
        meta=_meta(element.find(_META)),
        resp_uri=_text(element, _NS + "RespURI") or None,
        no_resp=element.find(_NO_RESP) is not None,
        ver_dtd=_required(element, "VerDTD"),
        ver_proto=_required(element, "VerProto"),
    )


def _required(element: Element, local: str) -> str:
    value = _identifier(element, _NS + local)
    if not value:
        raise _bad(f"{local} is missing or empty", "SyncHdr")
    return value


def _address(element: Element, local: str) -> str:
    value = _location(element.find(_NS + local))
    if not value:
        raise _bad("LocURI is missing or empty", f"SyncHdr/{local}")
    return value


def _name(element: Element, tag: str) -> str | None:
    """Return `LocName`: in Source the user name that goes with a credential."""
    end = element.find(tag)
    return None if end is None else (_text(end, _LOC_NAME) or None)


def _part(element: Element) -> BodyPart:
    if element.tag == _STATUS:
        return _status(element)
    if element.tag == _RESULTS:
        return _results(element)
    return _command(element)


def _command(element: Element) -> Request | Alert | Group | Unknown:
    """Return what may stand in the body and in a group alike."""
    command = _COMMANDS.get(element.tag)
    if command is not None:
        return _request(element, command)
    if element.tag == _ALERT:
        return _alert(element)
    group = _GROUPS.get(element.tag)
    if group is not None:
        return _group(element, group)
    return Unknown(xml.local_name(element)[:MAX_ID], _identifier(element, _CMD_ID))


def _request(element: Element, name: CommandName) -> Request:
    return Request(
        name=name,
        cmd_id=_identifier(element, _CMD_ID),
        items=_items(element),
        meta=_meta(element.find(_META)),
        no_resp=element.find(_NO_RESP) is not None,
    )


def _alert(element: Element) -> Alert:
    return Alert(
        cmd_id=_identifier(element, _CMD_ID),
        code=_code(element, "Alert"),
        items=_items(element),
        correlator=_text(element, _NS + "Correlator") or None,
        no_resp=element.find(_NO_RESP) is not None,
    )


_OWN_OF_GROUP: Final = frozenset({_CMD_ID, _META, _NO_RESP})


def _group(element: Element, name: GroupName) -> Group:
    return Group(
        name=name,
        cmd_id=_identifier(element, _CMD_ID),
        commands=tuple(_command(each) for each in element if each.tag not in _OWN_OF_GROUP),
        meta=_meta(element.find(_META)),
        no_resp=element.find(_NO_RESP) is not None,
    )


def _status(element: Element) -> Status:
    cred = element.find(_CRED)
    chal = element.find(_CHAL)
    data = element.find(_DATA)
    return Status(
        cmd_id=_identifier(element, _CMD_ID),
        msg_ref=_identifier(element, _MSG_REF),
        cmd_ref=_identifier(element, _CMD_REF),
        cmd=_text(element, _CMD),
        code=_code(element, "Status"),
        target_refs=_texts(element.iterfind(_TARGET_REF)),
        source_refs=_texts(element.iterfind(_SOURCE_REF)),
        credential=None if cred is None else _credential(cred),
        challenge=None if chal is None else _challenge(chal),
        items=_items(element),
        original_error=_original_error(data),
    )


def _original_error(data: Element | None) -> str | None:
    """Return `msft:originalerror`, in whatever namespace the client of the day puts it."""
    if data is None or not data.attrib:
        return None
    return xml.attribute(data, "originalerror") or None


def _results(element: Element) -> Results:
    return Results(
        cmd_id=_identifier(element, _CMD_ID),
        msg_ref=_identifier(element, _MSG_REF),
        cmd_ref=_identifier(element, _CMD_REF),
        items=_items(element),
        meta=_meta(element.find(_META)),
        cmd=_text(element, _CMD) or None,
        target_refs=_texts(element.iterfind(_TARGET_REF)),
        source_refs=_texts(element.iterfind(_SOURCE_REF)),
    )


def _items(element: Element) -> tuple[Item, ...]:
    return tuple([_item(each) for each in element.iterfind(_ITEM)])


def _item(element: Element) -> Item:
    target = element.find(_TARGET)
    source = element.find(_SOURCE)
    data = element.find(_DATA)
    return Item(
        None if target is None else _location(target),
        None if source is None else _location(source),
        _meta(element.find(_META)),
        None if data is None else xml.content(data),
        element.find(_MORE_DATA) is not None,
    )


def _location(end: Element | None) -> str:
    """Return the LocURI without the white space that published samples put around it."""
    return "" if end is None else _text(end, _LOC_URI)


def _meta(element: Element | None) -> Meta:
    """Return the Meta; its children in any order, and in the namespaces seen for them."""
    if element is None:
        return NO_META
    values: dict[str, str] = {}
    for each in element:
        if xml.namespace_of(each) in _META_NAMESPACES:
            values.setdefault(xml.local_name(each), (each.text or "").strip())
    return Meta(
        format=values.get("Format") or None,
        type=values.get("Type") or None,
        mark=values.get("Mark") or None,
        size=_number(values.get("Size"), "Size"),
        next_nonce=values.get("NextNonce") or None,
        max_msg_size=_number(values.get("MaxMsgSize"), "MaxMsgSize"),
        max_obj_size=_number(values.get("MaxObjSize"), "MaxObjSize"),
    )


def _credential(element: Element) -> Credential:
    meta = _meta(element.find(_META))
    return Credential(meta.type or "", meta.format or "", _text(element, _DATA))


def _challenge(element: Element) -> Challenge:
    meta = _meta(element.find(_META))
    return Challenge(meta.type or "", meta.format or "", meta.next_nonce)


def _code(element: Element, where: str) -> int:
    """Return the Data of a Status or an Alert, which is a number."""
    code = _number(_text(element, _DATA), "Data", where=where)
    if code is None:
        raise _bad("Data is missing or empty, expected a number", where)
    return code


def _number(text: str | None, local: str, *, where: str = "Meta") -> int | None:
    """Return the number, None for an absent or empty one; 18 digits fit every size there is."""
    if not text:
        return None
    if len(text) > 18 or not (text.isascii() and text.isdigit()):
        raise _bad(f"{local} is not a number", where)
    return int(text)


def _identifier(element: Element, tag: str) -> str:
    """Return a short text, empty where it is absent."""
    value = _text(element, tag)
    if len(value) > MAX_ID:
        raise _bad(f"{len(value)} characters, at most {MAX_ID}", tag.removeprefix(_NS))
    return value


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _texts(elements: Iterable[Element]) -> tuple[str, ...]:
    return tuple([(each.text or "").strip() for each in elements])


def _bad(problem: str, where: str) -> BadMessage:
    return BadMessage(problem, where=where, section=_SECTIONS.get(where, "[MS-MDM] 2.2.3"))
