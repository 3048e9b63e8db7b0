"""The timeline for reading."""

from datetime import UTC, datetime, timedelta

from lenskeep.flows.records import TimelineEntry
from lenskeep.web.console.device.timeline import group_entries

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _newest_first(*told: tuple[str, str]) -> list[TimelineEntry]:
    entries = [
        TimelineEntry(START + timedelta(seconds=n), kind, {}, session, str(n), n)
        for n, (session, kind) in enumerate(told, start=1)
    ]
    return entries[::-1]


def test_lines_of_one_session_stand_together_in_their_order() -> None:
    entries = _newest_first(
        ("", "enrolled"), ("1", "session started"), ("1", "message"), ("1", "session ended")
    )

    session, enrolled = group_entries(entries)

    assert session.title == "Session 1"
    assert session.outcome == "Session ended"
    assert [e.title for e in session.lines] == ["Session started", "Message 3", "Session ended"]
    assert enrolled.title == "Enrolled"


def test_a_session_number_used_again_is_another_session() -> None:
    entries = _newest_first(
        ("1", "session started"),
        ("1", "session ended"),
        ("1", "session started"),
        ("1", "message"),
    )

    groups = group_entries(entries)

    assert [each.outcome for each in groups] == ["Going on", "Session ended"]


def test_a_lost_session_is_marked() -> None:
    entries = _newest_first(("1", "session started"), ("1", "session lost"))

    (group,) = group_entries(entries)

    assert group.tone == "warn"


def test_a_group_keeps_its_name_while_its_session_grows() -> None:
    short = _newest_first(("1", "session started"), ("1", "message"))
    long = _newest_first(("1", "session started"), ("1", "message"), ("1", "message"))

    assert group_entries(short)[0].id == group_entries(long)[0].id


def test_the_reason_comes_before_the_numbers() -> None:
    detail = {"messages": "2", "reason": "nothing is left to say"}

    (group,) = group_entries([TimelineEntry(START, "session ended", detail, "1", "2", 1)])

    assert group.outcome == "Session ended – nothing is left to say, messages 2"
