"""YAML text as plain nodes with their lines: mappings, sequences, scalars, and nothing else.

Anchors, aliases, tags and directives are refused as they come by, before anything is built of
them; what a plain word means is left to whoever knows what is wanted there. Sizes are bounded;
a contrived text at the bounds still takes ten seconds, so whoever serves others reads in a thread.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from lenskeep.base.errors import Complaint, Invalid, shown

MAX_CHARACTERS: Final = 4 * 1024 * 1024
"""assumed: no profile is larger; a kiosk document has 100 KiB."""
MAX_EVENTS: Final = 50_000
"""About 20 us each: a second. A setting takes eight, an item of a list one."""
MAX_DEPTH: Final = 16
"""A document of ours has five levels."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""An escape can spell one, and no encoding carries it."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word, number or text as it was written; `is_plain` where it stood without quotes."""

    line: int
    text: str = field(repr=False)
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items in their order."""

    line: int
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping, the line of the key, and what it holds."""

    key: str
    line: int
    value: "Node"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries in their order, each key once."""

    line: int
    entries: tuple[Entry, ...]


Node: TypeAlias = Scalar | Sequence | Mapping


def read_nodes(text: str) -> tuple[Node, ...]:
    """Return the root of each document in the text. Raises Invalid."""
    if len(text) > MAX_CHARACTERS:
        raise Invalid.field(
            "document", f"it has {len(text)} characters", f"at most {MAX_CHARACTERS}"
        )
    reader = YAML(typ="safe", pure=True)
    try:
        return tuple(_documents(_bounded(reader.parse(text.removeprefix("\ufeff")))))
    except MarkedYAMLError as error:
        raise _wrong(_line_of(error), f"this is not YAML: {_problem(error)}") from None
    except (YAMLError, ValueError, OverflowError):
        raise Invalid.field(
            "document", "this is not YAML: it holds characters that YAML does not allow"
        ) from None
    except AssertionError:  # the library's word for `%YAML 1.3`
        raise Invalid.field("document", "this is YAML of no known version", "YAML 1.2") from None


def _problem(error: MarkedYAMLError) -> str:
    """Return the library's word for it, which holds marks of punctuation and no content."""
    return str(error.problem or error.context or "it cannot be read")


def _line_of(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return 1 if mark is None else int(mark.line) + 1


def _bounded(events: Iterator[Event]) -> Iterator[Event]:
    """Pass the events on while they are few, shallow and plain."""
    depth = 0
    for number, event in enumerate(events):
        line = _line(event)
        if number > MAX_EVENTS:
            raise _wrong(line, "there is too much in it", f"at most {MAX_EVENTS} parts")
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _wrong(line, "it is nested too deeply", f"at most {MAX_DEPTH} levels")
        _refuse_references(event, line)
        yield event


def _refuse_references(event: Event, line: int) -> None:
    """Refuse what makes a small text large, or a word into something else."""
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
        raise _wrong(line, "anchors and aliases (& and *) are not used here", "the value itself")
    if isinstance(event, NodeEvent) and getattr(event, "ctag", None) is not None:
        raise _wrong(line, "tags (!) are not used here", "the value alone, quoted if it is text")
    if isinstance(event, DocumentStartEvent):
        version = event.version
        if event.tags or (version is not None and tuple(version) != (1, 2)):
            raise _wrong(line, "directives (%) are not used here", "YAML 1.2 without them")


def _line(event: Event) -> int:
    mark = event.start_mark
    return 1 if mark is None else int(mark.line) + 1


def _wrong(line: int, message: str, allowed: str | None = None) -> Invalid:
    return Invalid(Complaint("document", f"line {line}: {message}", allowed))


# --- Building -------------------------------------------------------------------------------------


def _documents(events: Iterator[Event]) -> Iterator[Node]:
    for event in events:
        if isinstance(event, DocumentStartEvent):
            yield _node(next(events), events)
        elif isinstance(event, DocumentEndEvent):
            continue


def _node(event: Event, events: Iterator[Event]) -> Node:
    """Return the node that begins here. Recursion is as deep as MAX_DEPTH."""
    line = _line(event)
    if isinstance(event, SequenceStartEvent):
        return Sequence(line, tuple(_items(events)))
    if isinstance(event, MappingStartEvent):
        return Mapping(line, tuple(_entries(events)))
    assert isinstance(event, ScalarEvent)
    text = str(event.value)
    if _SURROGATE.search(text):
        raise _wrong(line, "half a character stands alone", "whole characters")
    return Scalar(line, text, is_plain=event.style is None)


def _items(events: Iterator[Event]) -> Iterator[Node]:
    for event in events:
        if isinstance(event, SequenceEndEvent):
            return
        yield _node(event, events)


def _entries(events: Iterator[Event]) -> Iterator[Entry]:
    seen: dict[str, int] = {}
    for event in events:
        if isinstance(event, MappingEndEvent):
            return
        line = _line(event)
        key = _node(event, events)
        if not isinstance(key, Scalar):
            raise _wrong(line, "a key is more than a word", "key: value")
        if key.text in seen:
            earlier = seen[key.text]
            raise _wrong(line, f"the key {shown(key.text)} is there twice, first in line {earlier}")
        seen[key.text] = line
        yield Entry(key.text, line, _node(next(events), events))
