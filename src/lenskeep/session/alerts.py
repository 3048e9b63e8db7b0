"""What the headset says of itself: alerts, read into what the session must know and a note."""

from dataclasses import dataclass, replace
from typing import Final

from lenskeep.session.state import LoginStatus, Note, NoteKind
from lenskeep.wire.syncml.codes import (
    LOGIN_STATUS,
    REQUEST_PENDING,
    UNENROLLMENT,
    AlertCode,
    StatusCode,
    is_type,
)
from lenskeep.wire.syncml.model import Alert, Item

MAX_DATA: Final = 256
"""Characters of an alert's data that a timeline line shows; results of installs have about 10."""
MAX_NAME: Final = 128
"""Characters of an alert's type or source that a timeline line shows."""

_KNOWN_CODES: Final = frozenset(AlertCode) - {AlertCode.DISPLAY}


@dataclass(frozen=True, slots=True)
class Heard:
    """What the alerts of one message say together."""

    started_by: str = ""
    """`the headset` or `the server`; empty where the message begins no session."""
    login: LoginStatus | None = None
    next_message: bool = False
    aborted: bool = False
    pending: bool = False
    """A long command still runs: keep the session up."""
    no_end_of_data: bool = False
    unenrolled: bool = False
    notes: tuple[Note, ...] = ()


def hear(heard: Heard, alert: Alert) -> Heard:
    """Return what is known with this alert too."""
    match alert.code:
        case AlertCode.SERVER_INITIATED:
            return replace(heard, started_by="the server")
        case AlertCode.CLIENT_INITIATED:
            return replace(heard, started_by="the headset")
        case AlertCode.NEXT_MESSAGE:
            return replace(heard, next_message=True)
        case AlertCode.ABORT:
            return replace(heard, aborted=True)
        case AlertCode.NO_END_OF_DATA:
            return replace(heard, no_end_of_data=True)
        case _:
            for item in alert.items or (Item(),):
                heard = _hear_item(heard, alert.code, item)
            return heard


def answer_to(alert: Alert) -> StatusCode:
    """Return the status an alert gets: every type is taken, a code nobody defined is not."""
    if not alert.cmd_id:
        return StatusCode.BAD_REQUEST  # [OMA-SyncMLRP 1.2.2]: CmdID is required
    return StatusCode.OK if alert.code in _KNOWN_CODES else StatusCode.NOT_SUPPORTED


def _hear_item(heard: Heard, code: int, item: Item) -> Heard:
    """Read one item of a client event (1224) or generic alert (1226); types without case."""
    kind = item.meta.type
    data = (item.data or "").strip()
    if code == AlertCode.CLIENT_EVENT and is_type(kind, LOGIN_STATUS):
        return replace(heard, login=_login(data))
    if code == AlertCode.CLIENT_EVENT and is_type(kind, REQUEST_PENDING):
        return replace(heard, pending=data != "0")
    if code == AlertCode.GENERIC and is_type(kind, UNENROLLMENT):
        return replace(heard, unenrolled=True)
    return replace(heard, notes=(*heard.notes, Note(NoteKind.ALERT, _detail(code, item))))


def _login(data: str) -> LoginStatus:
    try:
        return LoginStatus(data.casefold())
    except ValueError:
        return LoginStatus.UNTOLD


def _detail(code: int, item: Item) -> dict[str, str]:
    """Return what a timeline may show; the data of tokens and their like never."""
    kind = item.meta.type or ""
    detail = {"code": str(code), "type": _shown(kind, MAX_NAME)}
    if item.source:
        detail["source"] = _shown(item.source, MAX_NAME)
    if item.meta.mark:
        detail["mark"] = _shown(item.meta.mark, MAX_NAME)
    if item.data and not _is_secret(kind):
        detail["data"] = _shown(item.data, MAX_DATA)
    return detail


def _shown(text: str, limit: int) -> str:
    """Return the text in one line, cut, without characters that cannot be shown."""
    line = " ".join(text[: 2 * limit].split())
    return "".join(each for each in line if each.isprintable())[:limit]


def _is_secret(kind: str) -> bool:
    """Return whether the data may prove somebody's identity (AADUserToken and what follows it)."""
    folded = kind.casefold()
    return not kind or any(word in folded for word in ("token", "secret", "password", "credential"))
