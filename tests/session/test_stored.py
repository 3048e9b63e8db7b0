"""A session is stored and read back without loss."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.identifiers import OperationId
from lenskeep.session.state import Awaited, Parcel, Read, Session
from lenskeep.session.stored import dump_session, load_session
from lenskeep.tree.operation import Verb

sessions = st.builds(
    Session,
    started_at=st.integers(0, 10**15).map(
        lambda us: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    ),
)


@settings(max_examples=60, deadline=None)
@given(session=sessions)
def test_what_is_stored_is_read_back(session: Session) -> None:
    """Every field, and the same text for the same session."""
    text = dump_session(session)

    assert session == load_session(text)
    assert text == dump_session(load_session(text))


def test_a_session_of_an_earlier_version_is_read() -> None:
    """Fields added since have their defaults; fields gone since are passed over."""
    session = Session("1", "2", datetime(2026, 1, 1, tzinfo=UTC))
    stored = json.loads(dump_session(session))
    del stored["settled"]
    stored["gone"] = 1

    assert session == load_session(json.dumps(stored))


def test_a_session_stored_before_there_were_groups_is_read() -> None:
    """With what was awaited then; the words are written by hand, as they were stored."""
    text = """{"asked":true,"awaited":[{"cmd_ref":"5","late":false,"msg_ref":"1","operation":"op_1",
    "reads":[["./DevDetail/SwV","chr","10.0"]],"status":200,"uris":["./DevDetail/SwV"],
    "verb":"get"},{"cmd_ref":"6","msg_ref":"1","operation":null,"status":null,
    "uris":["./DevInfo/Mod","./DevInfo/Man"],"verb":"get"}],"login":"user","max_msg_size":null,
    "messages":1,"msg_id":"1","outgoing":["op_1",12],"phase":"open","session_id":"7",
    "settled":["1/4"],"started_at":"2026-05-04T12:00:00+00:00"}"""

    session = load_session(text)

    read = Read("./DevDetail/SwV", "chr", "10.0")
    one = OperationId("op_1")
    assert session.awaited == (
        Awaited("1", "5", Verb.GET, ("./DevDetail/SwV",), one, 200, (read,)),
        Awaited("1", "6", Verb.GET, ("./DevInfo/Mod", "./DevInfo/Man"), None),
    )
    assert session.outgoing == Parcel(one, 12)
    assert session.groups == ()
    assert session == load_session(dump_session(session))
