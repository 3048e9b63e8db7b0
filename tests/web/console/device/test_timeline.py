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


def visit(number: int, messages: int = 1) -> list[TimelineEntry]:
    """Return a session's entries, newest first."""
    kinds = ["session ended", *["message"] * messages, "session started"]
    first = number * 10
    return [
        TimelineEntry(START, kind, {}, str(number), "1", first + len(kinds) - at)
        for at, kind in enumerate(kinds)
    ]


def test_quiet_sessions_in_a_row_are_told_as_one() -> None:
    """What happened stands out; three sessions with nothing to do are one line."""
    entries = [*visit(5), *visit(4), *visit(3), *visit(2, messages=2), *visit(1)]

    groups = group_entries(entries)

    assert [each.title for each in groups] == ["3 quiet sessions", "Session 2", "Session 1"]
    assert [line.title for line in groups[0].lines] == ["Session 3", "Session 4", "Session 5"]


def test_two_quiet_sessions_stay_two() -> None:
    """Nothing is hidden where little is to be seen."""
    assert len(group_entries([*visit(2), *visit(1)])) == 2


def test_a_growing_run_of_quiet_sessions_keeps_its_place() -> None:
    """The live refresh finds it again, opened or not."""
    three = group_entries([*visit(3), *visit(2), *visit(1)])
    four = group_entries([*visit(4), *visit(3), *visit(2), *visit(1)])

    assert three[0].id == four[0].id


def _settings(at: int, **detail: str) -> TimelineEntry:
    told = {name.replace("_", " "): text for name, text in detail.items()}
    return TimelineEntry(START + timedelta(seconds=at), "settings", told, "1", "1", at)


def test_a_session_says_where_it_left_the_settings_not_each_step() -> None:
    entries = _newest_first(("1", "session started"))
    steps = [
        _settings(2, sent="3", not_applicable="1"),
        _settings(3, applied="2", failed="1: ./Vendor/MSFT/X (no such thing)"),
        _settings(4, verified="2"),
    ]

    (group,) = group_entries([*reversed(steps), *entries])

    assert group.outcome == "Going on"
    assert group.tone == "bad"
    assert [each.detail for each in group.lines][1:] == [
        "3 sent, 1 not applicable",
        "2 applied, 1 failed: ./Vendor/MSFT/X (no such thing)",
        "2 verified",
    ]


def test_the_end_of_a_session_sums_up_the_settings() -> None:
    ended = TimelineEntry(START + timedelta(seconds=9), "session ended", {}, "1", "3", 9)
    steps = [
        _settings(2, sent="3"),
        _settings(3, applied="2", failed="1: x"),
        _settings(4, verified="2"),
    ]

    (group,) = group_entries([ended, *reversed(steps)])

    assert group.outcome == "Session ended – settings: 2 verified, 1 failed"


def test_what_changed_outside_of_sessions_stands_alone() -> None:
    entry = TimelineEntry(START, "settings", {"drifted": "1: ./Vendor/MSFT/X"}, "", "", 1)

    (group,) = group_entries([entry])

    assert (group.title, group.outcome) == ("Settings", "1 drifted: ./Vendor/MSFT/X")
    assert group.tone == "warn"
