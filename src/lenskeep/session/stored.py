"""A session as text, for the store: written and read back without loss, nothing else.

Fields that a newer version adds have defaults, so that a session stored before an upgrade is
still read after it; fields it does not know are passed over.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from lenskeep.base.identifiers import OperationId
from lenskeep.session.state import (
    Awaited,
    Grouped,
    LoginStatus,
    Parcel,
    Phase,
    Pieces,
    Read,
    Session,
)
from lenskeep.tree.operation import Verb

_Json = Mapping[str, Any]
_PLAIN: Final = ("session_id", "msg_id", "messages", "max_msg_size", "asked")


def dump_session(session: Session) -> str:
    """Return the session as compact JSON text; the same session gives the same text."""
    stored: dict[str, object] = {name: getattr(session, name) for name in _PLAIN}
    stored["started_at"] = session.started_at.isoformat()
    stored["phase"] = session.phase.value
    stored["login"] = session.login.value
    stored["settled"] = list(session.settled)
    stored["awaited"] = [_dump_awaited(each) for each in session.awaited]
    stored["groups"] = [[each.msg_ref, each.cmd_ref, each.status] for each in session.groups]
    if session.introduced:
        stored["introduced"] = session.introduced
    if session.incoming is not None:
        stored["incoming"] = _dump_pieces(session.incoming)
    if session.outgoing is not None:
        stored["outgoing"] = [session.outgoing.operation, session.outgoing.offset]
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def load_session(text: str) -> Session:
    """Return the session that `dump_session` wrote."""
    stored: _Json = json.loads(text)
    incoming, outgoing = stored.get("incoming"), stored.get("outgoing")
    return Session(
        session_id=stored["session_id"],
        msg_id=stored["msg_id"],
        started_at=datetime.fromisoformat(stored["started_at"]),
        phase=Phase(stored["phase"]),
        login=LoginStatus(stored["login"]),
        messages=stored["messages"],
        awaited=tuple(_load_awaited(each) for each in stored["awaited"]),
        incoming=Pieces(**incoming) if incoming else None,
        outgoing=Parcel(OperationId(outgoing[0]), outgoing[1]) if outgoing else None,
        max_msg_size=stored["max_msg_size"],
        asked=stored["asked"],
        settled=tuple(stored.get("settled", ())),
        groups=tuple(Grouped(*each) for each in stored.get("groups", ())),
        introduced=stored.get("introduced", ""),
    )


def introduced_part(introduction: str) -> str:
    """Return how the text of every session reads in which this was the introduction."""
    return f'"introduced":{json.dumps(introduction)}'


def _dump_awaited(awaited: Awaited) -> dict[str, object]:
    return {
        "msg_ref": awaited.msg_ref,
        "cmd_ref": awaited.cmd_ref,
        "verb": awaited.verb.value,
        "uris": list(awaited.uris),
        "operation": awaited.operation,
        "status": awaited.status,
        "reads": [[each.uri, each.format, each.value] for each in awaited.reads],
        "late": awaited.late,
        "heard": list(awaited.heard),
        "group": awaited.group,
    }


def _load_awaited(stored: _Json) -> Awaited:
    operation = stored["operation"]
    return Awaited(
        msg_ref=stored["msg_ref"],
        cmd_ref=stored["cmd_ref"],
        verb=Verb(stored["verb"]),
        uris=tuple(stored["uris"]),
        operation=OperationId(operation) if operation is not None else None,
        status=stored["status"],
        reads=tuple(Read(*each) for each in stored.get("reads", ())),
        late=stored.get("late", False),
        heard=tuple(stored.get("heard", ())),
        group=stored.get("group", ""),
    )


def _dump_pieces(pieces: Pieces) -> dict[str, object]:
    return {
        "msg_ref": pieces.msg_ref,
        "cmd_ref": pieces.cmd_ref,
        "uri": pieces.uri,
        "size": pieces.size,
        "format": pieces.format,
        "data": pieces.data,
    }
