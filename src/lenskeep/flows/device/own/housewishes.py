"""What the server itself wants of a headset, in a turn: first run, and what the wearer reads.

Pure: text in, commands and text out. A headset whose first run is over, and that is owed no
words, has no voice of the house at all, and costs nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from lenskeep.base.identifiers import OperationId
from lenskeep.desired.inventory import SOFTWARE
from lenskeep.desired.known import Known
from lenskeep.enrollment.first_run.arrival import (
    Around,
    Arrival,
    Outcome,
    Stage,
    advance,
    dump_arrival,
    load_arrival,
    wishes,
)
from lenskeep.enrollment.first_run.goods import Goods
from lenskeep.enrollment.first_run.model import FirstRunPlan
from lenskeep.enrollment.first_run.wishes import StatusPage
from lenskeep.enrollment.provision import PROVIDER_ID
from lenskeep.enrollment.wishes.book import Book, Told, load_book
from lenskeep.enrollment.wishes.wish import HouseWish, is_house
from lenskeep.flows.device.own.expecting import Wanting, goods_of
from lenskeep.session.state import LoginStatus, News, Open, OperationChange, Planned, Turn
from lenskeep.tree.operation import Operation, OperationState, Verb
from lenskeep.tree.uri import parse_uri

__all__ = ["HouseMemory", "HouseVoice", "HouseWish", "Spoken", "first_memory", "load_memory"]

MAX_NAMED: Final = 5
"""Refused settings that one line of a timeline names."""
_SAID: Final = {
    Stage.ANNOUNCING: "the headset is told what to wait for",
    Stage.DELIVERING: "it gets its settings",
    Stage.RELEASING: "it is let go",
    Stage.OVER: "over",
}


@dataclass(frozen=True, slots=True)
class HouseMemory:
    """What is remembered of it between messages."""

    arrival: Arrival | None = None
    """None: there is no first run, or it is over."""
    book: Book = field(default_factory=Book)

    def dump(self) -> str:
        """Return the stored form; empty where there is nothing to remember."""
        stored: dict[str, Any] = {}
        if self.arrival is not None:
            stored["first run"] = dump_arrival(self.arrival)
        if not self.book.is_empty:
            stored["book"] = self.book.dump()
        return json.dumps(stored, ensure_ascii=False, separators=(",", ":")) if stored else ""


def load_memory(stored: str) -> HouseMemory:
    """Return what `HouseMemory.dump` stored; empty text is nothing remembered."""
    if not stored:
        return HouseMemory()
    given: Mapping[str, Any] = json.loads(stored)
    arrival = load_arrival(given["first run"]) if "first run" in given else None
    return HouseMemory(arrival, load_book(given.get("book", {})))


def first_memory(arrival: Arrival | None) -> str:
    """Return what is stored with a new enrollment."""
    return HouseMemory(arrival).dump()


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is to be stored of a turn."""

    memory: str
    noticed: bool
    """Whether the headset now has all that the wearer is to read."""
    lines: tuple[Mapping[str, str], ...] = ()
    """Details of timeline lines of the kind `first run`."""


class HouseVoice:
    """The server's own wishes on one headset within one turn; used once, then dropped.

    `words` is what the wearer is to read, empty where the headset has it.
    """

    def __init__(
        self,
        stored: str,
        words: Iterable[HouseWish],
        known: Known,
        now: datetime,
    ) -> None:
        self._before = self._memory = load_memory(stored)
        self._words = tuple(words)
        self._known = known
        self._now = now
        self._page = StatusPage(PROVIDER_ID)
        self._wished = self._words
        self._planned: tuple[HouseWish, ...] = ()
        self._failed: frozenset[OperationId] = frozenset()
        self._session = ""
        self._goods: Goods | None = None

    @property
    def plan(self) -> FirstRunPlan | None:
        """How first run is held up; None where it is not."""
        return self._memory.arrival.plan if self._memory.arrival is not None else None

    def on_their_way(self, wanting: Wanting | None) -> tuple[Open, ...]:
        """Return the commands that were sent and not answered, under the ids they went by."""
        around = self._around(user_is_there=True, known=self._known, wanting=wanting)
        by_mark = {each.mark: each for each in self._wishes(around)}
        return tuple(
            Open(
                id=OperationId(id_),
                operation=_operation(by_mark.get(flight.mark), flight.uri, flight.verb),
                state=OperationState.SENT,
                deliveries=flight.deliveries,
            )
            for id_, flight in self._memory.book.flights.items()
            if flight.is_up
        )

    def __call__(self, news: News, wanting: Wanting | None) -> Planned:
        """Return what to send next; `wanting` is what profiles want, after this message."""
        self._session = news.started_at.isoformat()
        self._hear(news.changes)
        known = self._known.learn(news.facts)
        user_is_there = news.login is LoginStatus.USER
        around = self._around(user_is_there=user_is_there, known=known, wanting=wanting)
        self._advance(around)
        wished = self._wished = self._wishes(around)
        self._memory = replace(self._memory, book=self._memory.book.only(wished))
        book = self._memory.book
        sendable = [w for w in wished if user_is_there or not w.uri.startswith("./User/")]
        due = tuple(book.due(sendable, self._session))
        self._planned = tuple(wish for wish, _ in due)
        opens = (
            Open(wish.id, wish.operation, OperationState.QUEUED, deliveries)
            for wish, deliveries in due
        )
        return Planned(open=tuple(opens))

    def after(self, turn: Turn) -> Spoken:
        """Return what is to be stored once this turn is committed."""
        if not self._session:  # nothing could be sent in this turn: only listened
            self._session = turn.session.started_at.isoformat()
            self._hear(turn.changes)
        book = self._book_after(turn)
        arrival = self._memory.arrival
        lasting = None if arrival is not None and arrival.stage is Stage.OVER else arrival
        is_told = bool(self._words) and all(book.is_done(each) for each in self._words)
        if is_told or lasting is None:
            book = book.only(self._lasting(arrival=lasting is not None, words=not is_told))
        return Spoken(HouseMemory(lasting, book).dump(), is_told, self._lines())

    def _book_after(self, turn: Turn) -> Book:
        """Return the book with what really went out, and what no message can carry."""
        ours = {each.id: each for each in turn.changes if is_house(each.id)}
        out = {i: c.deliveries or 1 for i, c in ours.items() if c.state is OperationState.SENT}
        unwritable = (
            each
            for each in self._planned
            if each.id not in self._failed
            and each.id in ours
            and ours[each.id].state is OperationState.FAILED
        )
        book = self._memory.book.sent(self._planned, out)
        return book.failed_to_write(unwritable, self._session)

    def _lasting(self, *, arrival: bool, words: bool) -> tuple[HouseWish, ...]:
        """Return the wishes of this turn that go on."""
        of_words = {each.mark for each in self._words}
        return tuple(each for each in self._wished if (words if each.mark in of_words else arrival))

    # --- in it ---

    def _hear(self, changes: Sequence[OperationChange]) -> None:
        failed = (each.id for each in changes if each.state is OperationState.FAILED)
        self._failed = frozenset(failed)
        told = (Told(each.id, each.state, each.status) for each in changes if is_house(each.id))
        book = self._memory.book.heard(told, self._session)
        self._memory = replace(self._memory, book=book)

    def _around(self, *, user_is_there: bool, known: Known, wanting: Wanting | None) -> Around:
        goods: Goods | None = None
        if self.plan is not None and wanting is not None:
            goods = goods_of(self.plan, wanting)
        self._goods = goods
        has_told = known.get(SOFTWARE) is not None
        return Around(self._now, user_is_there, has_told, goods)

    def _advance(self, around: Around) -> None:
        before = self._memory
        if before.arrival is not None:
            arrival = advance(before.arrival, before.book, self._page, around)
            self._memory = replace(before, arrival=arrival)

    def _wishes(self, around: Around) -> tuple[HouseWish, ...]:
        memory = self._memory
        if memory.arrival is None:
            return self._words
        return (*wishes(memory.arrival, memory.book, self._page, around), *self._words)

    def _lines(self) -> tuple[Mapping[str, str], ...]:
        before, after = self._before.arrival, self._memory.arrival
        if before is None or after is None or before.stage is after.stage:
            return ()
        detail = {"stage": _SAID[after.stage]}
        if after.outcome is not Outcome.OPEN:
            detail["outcome"] = after.outcome.value
        return (detail | self._missing(after),)

    def _missing(self, arrival: Arrival) -> dict[str, str]:
        """Return what was missing, or refused, where it was let go all the same."""
        goods = self._goods
        if goods is None or arrival.stage is not Stage.RELEASING:
            return {}
        found: dict[str, str] = {}
        if goods.waiting_device:
            found["to come"] = str(goods.waiting_device)
        if goods.failed:
            more = len(goods.failed) - MAX_NAMED
            named = ", ".join(goods.failed[:MAX_NAMED])
            found["refused"] = named + (f" and {more} more" if more > 0 else "")
        return found


def _operation(wish: HouseWish | None, uri: str, verb: Verb) -> Operation:
    """Return the command that is on its way; its value, where it still is what is wanted."""
    if wish is None:
        return Operation(verb, parse_uri(uri))
    return Operation(verb, wish.place, wish.format, wish.value)
