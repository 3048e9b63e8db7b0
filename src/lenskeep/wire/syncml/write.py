"""A `Message` becomes SyncML bytes: exact order, compact, stable, always escaped.

The order of elements is that of the DTD of [OMA-SyncMLRP 1.2.2], binding by [MS-MDM] 2.2.3 to
2.2.7; Windows refuses another.
Raises CannotEncode rather than write what a peer would stumble over.
"""

from typing import Final, assert_never

from lenskeep.wire import xml
from lenskeep.wire.errors import CannotEncode
from lenskeep.wire.syncml.model import (
    NO_META,
    Alert,
    BodyPart,
    Challenge,
    CommandName,
    Credential,
    Group,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Results,
    Status,
    Unknown,
)
from lenskeep.wire.xml import Out

MEDIA_TYPE: Final = "application/vnd.syncml.dm+xml"
CONTENT_TYPE: Final = MEDIA_TYPE + "; charset=utf-8"

MSFT_NAMESPACE: Final = "http://schemas.microsoft.com/MobileDevice/MDM"

_ROOT_ATTRIBUTES: Final = (("xmlns", "SYNCML:SYNCML1.2"),)
_META_ATTRIBUTES: Final = (("xmlns", "syncml:metinf"),)
_MSFT_ATTRIBUTES: Final = (("xmlns:msft", MSFT_NAMESPACE),)
_FINAL: Final = Out("Final")
_MORE_DATA: Final = Out("MoreData")
_NO_RESP: Final = Out("NoResp")


def write_message(message: Message, *, declaration: bool = False) -> bytes:
    """Return the message's bytes. Raises CannotEncode for what SyncML cannot say."""
    if not message.body:
        raise CannotEncode("a body needs at least one command")
    _check_ids(message.body)
    parts = [_part(part) for part in message.body]
    if message.final:
        parts.append(_FINAL)
    attributes = _MSFT_ATTRIBUTES if _has_original_error(message.body) else ()
    body = Out("SyncBody", tuple(parts), attributes)
    root = Out("SyncML", (_header(message.header), body), _ROOT_ATTRIBUTES)
    return xml.write(root, declaration=declaration)


def size_of_part(part: BodyPart) -> int:
    """Return the octets that a part adds to a message. Raises CannotEncode like `write_message`."""
    _check_ids((part,))
    return len(xml.write(_part(part)))


def _check_ids(body: tuple[BodyPart, ...]) -> None:
    """Require a CmdID on every command, nested ones too; never 0 or twice ([MS-MDM] 2.2.3.2)."""
    seen: set[str] = set()
    pending: list[BodyPart] = list(body)
    while pending:
        part = pending.pop()
        if part.cmd_id in ("", "0"):
            raise CannotEncode(f"a CmdID is empty or 0: {part.cmd_id!r}")
        if part.cmd_id in seen:
            raise CannotEncode(f"the CmdID {part.cmd_id} stands twice")
        seen.add(part.cmd_id)
        if isinstance(part, Group):
            pending.extend(part.commands)


def _has_original_error(body: tuple[BodyPart, ...]) -> bool:
    return any(isinstance(part, Status) and part.original_error for part in body)


def _header(header: Header) -> Out:
    inner = [
        Out("VerDTD", _needed(header.ver_dtd, "VerDTD")),
        Out("VerProto", _needed(header.ver_proto, "VerProto")),
        Out("SessionID", _needed(header.session_id, "SessionID")),
        Out("MsgID", _needed(header.msg_id, "MsgID")),
        _end("Target", _needed(header.target, "Target"), header.target_name),
        _end("Source", _needed(header.source, "Source"), header.source_name),
    ]
    if header.resp_uri is not None:
        inner.append(Out("RespURI", header.resp_uri))
    if header.no_resp:
        inner.append(_NO_RESP)
    if header.credential is not None:
        inner.append(_credential(header.credential))
    _add_meta(inner, header.meta)
    return Out("SyncHdr", tuple(inner))


def _needed(value: str, name: str) -> str:
    if not value.strip():
        raise CannotEncode(f"{name} is empty")
    return value


def _end(name: str, uri: str, local_name: str | None = None) -> Out:
    """Return a Target or a Source."""
    location = Out("LocURI", uri)
    if local_name is None:
        return Out(name, (location,))
    return Out(name, (location, Out("LocName", local_name)))


def _part(part: BodyPart) -> Out:
    match part:
        case Request():
            return _request(part)
        case Alert():
            return _alert(part)
        case Group():
            return _group(part)
        case Status():
            return _status(part)
        case Results():
            return _results(part)
        case Unknown():
            raise CannotEncode(f"{part.name} is not a command that we write")
        case _:
            assert_never(part)


def _request(request: Request) -> Out:
    if not request.items:
        raise CannotEncode(f"{request.name.value} needs an Item")
    if request.name is CommandName.EXEC and len(request.items) > 1:
        raise CannotEncode("Exec takes exactly one Item")  # [MS-MDM] 2.2.7.5
    inner = [Out("CmdID", request.cmd_id)]
    if request.no_resp:
        inner.append(_NO_RESP)
    _add_meta(inner, request.meta)
    inner.extend([_item(item) for item in request.items])
    return Out(request.name.value, tuple(inner))


def _alert(alert: Alert) -> Out:
    inner = [Out("CmdID", alert.cmd_id)]
    if alert.no_resp:
        inner.append(_NO_RESP)
    inner.append(Out("Data", _number(alert.code, "an alert code")))
    if alert.correlator is not None:
        inner.append(Out("Correlator", alert.correlator))
    inner.extend([_item(item) for item in alert.items])
    return Out("Alert", tuple(inner))


def _group(group: Group) -> Out:
    if not group.commands:
        raise CannotEncode(f"{group.name.value} needs a command")
    inner = [Out("CmdID", group.cmd_id)]
    if group.no_resp:
        inner.append(_NO_RESP)
    _add_meta(inner, group.meta)
    inner.extend([_part(command) for command in group.commands])
    return Out(group.name.value, tuple(inner))


def _status(status: Status) -> Out:
    """Return the Status. deviates: [MS-MDM] 2.2.6.1 lists TargetRef last; the DTD, and Windows'
    own messages, have it before Data.
    """
    if not 100 <= status.code <= 999:
        raise CannotEncode(f"{status.code} is not a status code")
    inner = _references(status)
    inner.append(Out("Cmd", _needed(status.cmd, "Cmd")))
    inner.extend([Out("TargetRef", each) for each in status.target_refs])
    inner.extend([Out("SourceRef", each) for each in status.source_refs])
    if status.credential is not None:
        inner.append(_credential(status.credential))
    if status.challenge is not None:
        inner.append(_challenge(status.challenge))
    error = status.original_error
    attributes = (("msft:originalerror", error),) if error else ()
    inner.append(Out("Data", str(int(status.code)), attributes))
    inner.extend([_item(item) for item in status.items])
    return Out("Status", tuple(inner))


def _references(answer: Status | Results) -> list[Out]:
    """Return what an answer begins with; CmdRef is empty where the command had no CmdID."""
    return [
        Out("CmdID", answer.cmd_id),
        Out("MsgRef", _needed(answer.msg_ref, "MsgRef")),
        Out("CmdRef", answer.cmd_ref),
    ]


def _results(results: Results) -> Out:
    if not results.items:
        raise CannotEncode("Results need an Item")
    if len(results.target_refs) > 1 or len(results.source_refs) > 1:
        raise CannotEncode("Results take one TargetRef and one SourceRef at most")
    inner = _references(results)
    if results.cmd is not None:
        inner.append(Out("Cmd", results.cmd))
    _add_meta(inner, results.meta)
    inner.extend([Out("TargetRef", each) for each in results.target_refs])
    inner.extend([Out("SourceRef", each) for each in results.source_refs])
    inner.extend([_item(item) for item in results.items])
    return Out("Results", tuple(inner))


def _item(item: Item) -> Out:
    if item.more_data and item.data is None:
        raise CannotEncode("MoreData follows Data only")
    inner: list[Out] = []
    if item.target is not None:
        inner.append(_end("Target", item.target))
    if item.source is not None:
        inner.append(_end("Source", item.source))
    _add_meta(inner, item.meta)
    if item.data is not None:
        inner.append(Out("Data", item.data))
    if item.more_data:
        inner.append(_MORE_DATA)
    return Out("Item", tuple(inner))


def _add_meta(inner: list[Out], meta: Meta) -> None:
    """Add a Meta unless there is nothing in it."""
    if meta is NO_META or meta == NO_META:
        return
    texts = (("Format", meta.format), ("Type", meta.type), ("Mark", meta.mark))
    found = [_metinf(name, value) for name, value in texts if value is not None]
    if meta.size is not None:
        found.append(_metinf("Size", _number(meta.size, "Size")))
    if meta.next_nonce is not None:
        found.append(_metinf("NextNonce", meta.next_nonce))
    if meta.max_msg_size is not None:
        found.append(_metinf("MaxMsgSize", _number(meta.max_msg_size, "MaxMsgSize")))
    if meta.max_obj_size is not None:
        found.append(_metinf("MaxObjSize", _number(meta.max_obj_size, "MaxObjSize")))
    inner.append(Out("Meta", tuple(found)))


def _metinf(name: str, value: str) -> Out:
    return Out(name, _needed(value, name), _META_ATTRIBUTES)


def _number(value: int, name: str) -> str:
    if value < 0:
        raise CannotEncode(f"{name} is negative")
    return str(int(value))


def _credential(credential: Credential) -> Out:
    meta = Out("Meta", (_metinf("Format", credential.format), _metinf("Type", credential.type)))
    return Out("Cred", (meta, Out("Data", credential.data)))


def _challenge(challenge: Challenge) -> Out:
    inner = [_metinf("Type", challenge.type), _metinf("Format", challenge.format)]
    if challenge.next_nonce is not None:
        inner.append(_metinf("NextNonce", challenge.next_nonce))
    return Out("Chal", (Out("Meta", tuple(inner)),))
