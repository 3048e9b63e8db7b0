"""A device's timeline for reading: the lines of one session together, newest first. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from lenskeep.flows.records import TimelineEntry

_TONES: Final[tuple[tuple[str, str], ...]] = (
    ("lost", "warn"),
    ("unknown", "warn"),
    ("abort", "warn"),
    ("unexpected", "warn"),
    ("fail", "bad"),
    ("quarantine", "bad"),
    ("refuse", "bad"),
    ("unenroll", "calm"),
    ("retire", "calm"),
    ("end", "calm"),
    ("enroll", "good"),
    ("done", "good"),
    ("session", "busy"),
)
"""(part of the kind, tone); the first that fits."""
_TOLD_BY_ITSELF: Final = frozenset({"reason", "outcome", "text"})
"""Details whose value needs no name before it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    title: str
    detail: str
    tone: str


@dataclass(frozen=True, slots=True)
class Group:
    """What happened in one session, or one thing outside of sessions."""

    id: str
    at: datetime
    title: str
    outcome: str
    tone: str
    lines: tuple[Line, ...]
    is_quiet: bool = False
    """Whether it was a session in which there was nothing to do."""


SETTINGS: Final = "settings"
"""The kind of entry on wanted settings: what became of how many, `count` or `count: which`."""
_SETTING_TONES: Final = (
    ("failed", "bad"),
    ("drifted", "warn"),
    ("conflicting", "warn"),
    ("verified", "good"),
    ("applied", "good"),
)
"""(state, tone); the first that is told."""
_QUIET_KINDS: Final = frozenset({"session started", "login status", "message", "session ended"})
_QUIET_RUN: Final = 3
"""From so many quiet sessions in a row on, they are told as one: what happened is looked for."""


def group_entries(entries: Iterable[TimelineEntry]) -> tuple[Group, ...]:
    """Return the entries, newest first, grouped by session; quiet ones in a row as one."""
    groups: list[Group] = []
    for session_id, members in groupby(entries, key=lambda each: each.session_id):
        if session_id:
            groups.extend(_session(session_id, part) for part in _visits(tuple(members)))
        else:
            groups.extend(_single(each) for each in members)
    return tuple(_gather_quiet(groups))


def _gather_quiet(groups: Iterable[Group]) -> Iterable[Group]:
    for is_quiet, members in groupby(groups, key=lambda each: each.is_quiet):
        run = tuple(members)
        if is_quiet and len(run) >= _QUIET_RUN:
            lines = tuple(Line(each.at, each.title, "", each.tone) for each in reversed(run))
            title, newest = f"{len(run)} quiet sessions", run[0].at
            yield Group(f"q{run[-1].id}", newest, title, "There was nothing to do.", "good", lines)
        else:
            yield from run


def _visits(newest_first: tuple[TimelineEntry, ...]) -> Iterable[tuple[TimelineEntry, ...]]:
    """Yield the parts between session starts: headsets use session numbers again."""
    part: list[TimelineEntry] = []
    for entry in newest_first:
        part.append(entry)
        if entry.kind == "session started":
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)


def _session(session_id: str, newest_first: tuple[TimelineEntry, ...]) -> Group:
    oldest = newest_first[-1]
    lines = tuple(_line(each) for each in reversed(newest_first))
    weight = {"bad": 3, "warn": 2}
    worst = max(lines, key=lambda line: weight.get(line.tone, 0))
    ended = next((each for each in newest_first if "session" in each.kind), newest_first[0])
    said = (_title(ended.kind), _detail(ended.detail), _settled(newest_first))
    outcome = " – ".join(part for part in said if part)
    tone = worst.tone if worst.tone in weight else "good"
    if ended.kind == "session started":
        outcome, tone = "Going on", "busy" if tone == "good" else tone
    kinds = [each.kind for each in newest_first]
    is_quiet = _QUIET_KINDS.issuperset(kinds) and kinds[0] == "session ended"
    is_quiet = is_quiet and kinds.count("message") == 1
    name = f"Session {session_id}"
    return Group(f"t{oldest.id}", newest_first[0].at, name, outcome, tone, lines, is_quiet)


def _single(entry: TimelineEntry) -> Group:
    if entry.kind == SETTINGS:
        line = _settings_line(entry)
        return Group(f"t{entry.id}", entry.at, line.title, line.detail, line.tone, ())
    detail = _detail(entry.detail)
    return Group(f"t{entry.id}", entry.at, _title(entry.kind), detail, _tone(entry.kind), ())


def _line(entry: TimelineEntry) -> Line:
    if entry.kind == SETTINGS:
        return _settings_line(entry)
    number = f"Message {entry.msg_id}" if entry.kind == "message" and entry.msg_id else ""
    return Line(entry.at, number or _title(entry.kind), _detail(entry.detail), _tone(entry.kind))


def _settings_line(entry: TimelineEntry) -> Line:
    told = [_told(state, text) for state, text in entry.detail.items()]
    tone = next((tone for state, tone in _SETTING_TONES if state in entry.detail), "busy")
    return Line(entry.at, "Settings", ", ".join(told), tone)


def _settled(newest_first: tuple[TimelineEntry, ...]) -> str:
    """Return where a session left the settings that it changed: not each step on the way."""
    summed: Counter[str] = Counter()
    for entry in newest_first:
        if entry.kind == SETTINGS:
            for state, text in entry.detail.items():
                count = text.partition(":")[0]
                summed[state] += int(count) if count.isdecimal() else 0
    summed["sent"] = max(0, summed["sent"] - sum(summed[each] for each in _AFTER_SENT))
    summed["applied"] = max(0, summed["applied"] - summed["verified"])
    told = ", ".join(f"{count} {state}" for state, count in summed.items() if count)
    return f"settings: {told}" if told else ""


_AFTER_SENT: Final = ("applied", "failed")
"""What becomes of what was sent."""


def _told(state: str, text: str) -> str:
    """Return `3 verified`, or `1 failed: which and why`."""
    count, colon, which = text.partition(": ")
    return f"{count} {state}{colon}{which}"


def _title(kind: str) -> str:
    words = kind.replace(".", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _detail(detail: Mapping[str, str]) -> str:
    told = [value for name, value in detail.items() if value and name in _TOLD_BY_ITSELF]
    named = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in detail.items()
        if value and name not in _TOLD_BY_ITSELF
    ]
    return ", ".join([*told, *named])


def _tone(kind: str) -> str:
    lowered = kind.casefold()
    return next((tone for part, tone in _TONES if part in lowered), "calm")
