"""A session is stored and read back without loss."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.session.state import Session
from lenskeep.session.stored import dump_session, load_session

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
