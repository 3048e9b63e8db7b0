"""What a headset says first, in which URL and with which headers; and how it proves itself.

Package 1 as captured from real clients ([MS-MDM] 3, `seen:` 19043 and 26200): alerts, login
status, pending alerts, then its five DevInfo values. CmdIDs start at 2.
"""

import base64
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from lenskeep.virtual.state import Account, PendingAlert
from lenskeep.virtual.tree.store import Tree
from lenskeep.wire.syncml.codes import (
    AUTH_MD5,
    LOGIN_STATUS,
    SYNC_HEADER,
    UNENROLLMENT,
    AlertCode,
)
from lenskeep.wire.syncml.digest import md5_digest
from lenskeep.wire.syncml.model import (
    Alert,
    BodyPart,
    CommandName,
    Credential,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Status,
)
from lenskeep.wire.syncml.read import read_message

DEV_INFO: Final = ("DevId", "Man", "Mod", "DmV", "Lang")
_FIRST_CMD_ID: Final = 2
_CONTENT_TYPE: Final = "application/vnd.syncml.dm+xml"
_ACCEPT: Final = f"{_CONTENT_TYPE}, application/vnd.syncml.dm+wbxml, application/octet-stream"
_USER_AGENT: Final = "MSFT OMA DM Client/1.2.0.1"
USER_TOKEN: Final = "com.microsoft/MDM/AADUserToken"  # noqa: S105 - a kind, no secret
"""1224; the token of the Entra user who is signed in."""

_URGENT: Final = ("fatal", "critical")


@dataclass(frozen=True, slots=True)
class Occasion:
    """The circumstances of one message on its way out."""

    user: str
    """`user`, `others` or `none`: who is signed in."""
    origin: str
    """UserAgentOrigin: 1 user, 2 schedule, 3 push, 4 sign-in, 5 after enrollment."""
    vector: str
    """The correlation vector's base."""
    ent_dm_id: str = ""
    sync_version: float = 1.0
    entra_token: str = field(default="", repr=False)
    """Of the Entra user who is signed in."""


def header(account: Account, session_id: str, number: int) -> Header:
    """Return our header: from the device, to the management address without a query."""
    return Header(session_id, str(number), account.address, account.device_id)


def package_one(tree: Tree, head: Header, opening: "Opening") -> Message:
    """Return the first message of a session."""
    alerts = (
        PendingAlert(AlertCode.CLIENT_INITIATED, "", ""),
        PendingAlert(AlertCode.CLIENT_EVENT, LOGIN_STATUS, opening.user),
        *opening.alerts,
    )
    parts: list[BodyPart] = [
        _alert(str(number), alert) for number, alert in enumerate(alerts, start=_FIRST_CMD_ID)
    ]
    items = tuple(
        Item(source=f"./DevInfo/{name}", data=tree.value(f"./DevInfo/{name}") or "")
        for name in DEV_INFO
    )
    parts.append(Request(CommandName.REPLACE, str(_FIRST_CMD_ID + len(alerts)), items))
    return Message(head, tuple(parts))


@dataclass(frozen=True, slots=True)
class Opening:
    """What a session is opened with: who is signed in, and what happened since the last one."""

    user: str
    alerts: tuple[PendingAlert, ...] = ()


def _alert(cmd_id: str, alert: PendingAlert) -> Alert:
    if not alert.type:
        return Alert(cmd_id, alert.code)
    meta = Meta(format=alert.format, type=alert.type, mark=alert.mark)
    return Alert(cmd_id, alert.code, (Item(source=alert.source, meta=meta, data=alert.data),))


@lru_cache(maxsize=256)
def read_own(body: bytes) -> Message:
    """Return a message of ours, read as anybody would read it."""
    return read_message(body)


def management_url(address: str, user: str) -> str:
    """Return the address with the query that Windows appends."""
    mode = "Machine" if user == "none" else "Maintenance"
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}mode={mode}&Platform=WoA"


def http_headers(message: Message, occasion: Occasion) -> tuple[tuple[str, str], ...]:
    """Return the request headers; some only from a certain SyncApplicationVersion on."""
    found = [
        ("Content-Type", _CONTENT_TYPE),
        ("Accept", _ACCEPT),
        ("Accept-Charset", "UTF-8"),
        ("User-Agent", _USER_AGENT),
        ("Client-Request-Id", occasion.ent_dm_id or "0"),
        ("MS-CV", f"{occasion.vector}.{message.header.msg_id}"),
    ]
    if occasion.entra_token:
        found.append(("Authorization", f"Bearer {occasion.entra_token}"))
    urgent = "".join(f"<{name}>" for name in _urgent_types(message))
    if urgent:
        found.append(("MDM-GenericAlert", urgent))
    if occasion.sync_version >= 4:
        found.append(("UserAgentOrigin", occasion.origin))
    return tuple(found)


def _urgent_types(message: Message) -> list[str]:
    items = [item for part in message.body if isinstance(part, Alert) for item in part.items]
    return [item.meta.type or "" for item in items if (item.meta.mark or "") in _URGENT]


def with_proof(message: Message, account: Account, nonce: str) -> Message:
    """Return the message with a digest over the nonce, and the name that goes with it."""
    data = md5_digest(account.client_name, account.client_secret, base64.b64decode(nonce))
    head = message.header
    proven = Header(
        head.session_id,
        head.msg_id,
        head.target,
        head.source,
        source_name=account.client_name,
        credential=Credential(AUTH_MD5, "b64", data),
        meta=head.meta,
    )
    return Message(proven, message.body, message.final)


def once_more(message: Message, server_msg_id: str) -> Message:
    """Return the message for another try: the next MsgID, our Status for their header first."""
    number = str(int(message.header.msg_id) + 1)
    kept = [
        part for part in message.body if not (isinstance(part, Status) and part.cmd == SYNC_HEADER)
    ]
    head = message.header
    fresh = Header(head.session_id, number, head.target, head.source, meta=head.meta)
    first = Status("1", server_msg_id, "0", SYNC_HEADER, 200)
    return Message(fresh, (first, *kept), message.final)


def session_name(counter: int, sync_version: float) -> str:
    """Return the SessionID: decimal, from SyncApplicationVersion 2.0 on two bytes hexadecimal."""
    return f"{counter:X}" if sync_version >= 2 else str(counter)


def user_token_alert(token: str) -> PendingAlert:
    """Return the alert that brings the signed-in user's token ([MS-MDM] 2.2.7.2)."""
    return PendingAlert(AlertCode.CLIENT_EVENT, USER_TOKEN, token)


def unenroll_alert() -> PendingAlert:
    """Return the notice that the headset leaves management (`seen:` 26200, 2026)."""
    return PendingAlert(
        AlertCode.GENERIC,
        UNENROLLMENT,
        "1",
        format="int",
        mark="critical",
    )
