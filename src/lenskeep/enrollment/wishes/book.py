"""What became of the server's own wishes on one headset: sent, taken, refused.

Stored as part of a small JSON text. Hearing the same twice is the same as once, and what was
sent without an answer is wanted again: a lost reply skips nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lenskeep.base.identifiers import OperationId
from lenskeep.enrollment.wishes.wish import HouseWish
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.wire.syncml.codes import StatusCode

_TURN: Final = {
    (Verb.REPLACE, StatusCode.NOT_FOUND): Verb.ADD,
    (Verb.ADD, StatusCode.ALREADY_EXISTS): Verb.REPLACE,
}
_SO_ALREADY: Final = (
    (Verb.DELETE, StatusCode.NOT_FOUND),
    (Verb.ADD, StatusCode.ALREADY_EXISTS),
)
"""Refusals that say that it is as wanted; an Add of a value turns before it comes to this."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a command: the engine's word on it."""

    id: OperationId
    state: OperationState
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """A command that was sent."""

    uri: str
    verb: Verb
    mark: str
    turns: bool
    deliveries: int
    is_up: bool
    """Whether its answer may still come; otherwise it was lost and is to be sent again."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the headset said instead of yes."""

    status: int | None
    """None: it dropped the message without a word."""
    session: str
    """In which session, by its start."""


@dataclass(frozen=True, slots=True)
class Book:
    """By marks of wishes, and by ids of commands under way."""

    flights: Mapping[str, Flight] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    turned: frozenset[str] = frozenset()
    """Wishes whose node turned out to be there, or not: the other verb counts."""

    def has_taken(self, wish: HouseWish) -> bool:
        """Return whether the headset took it."""
        return wish.mark in self.taken

    def refusal(self, wish: HouseWish) -> Refusal | None:
        """Return how it was refused last; None: it was not."""
        return self.refused.get(wish.mark)

    def is_done(self, wish: HouseWish) -> bool:
        """Return whether nothing more is to be done about it."""
        return self.has_taken(wish) or (not wish.insists and wish.mark in self.refused)

    def due(self, wishes: Iterable[HouseWish], session: str) -> Iterator[tuple[HouseWish, int]]:
        """Yield what is to be sent now, as it is to be sent, with its earlier deliveries."""
        for wish in wishes:
            refusal = self.refused.get(wish.mark)
            if self.is_done(wish) or (refusal is not None and refusal.session == session):
                continue
            chosen = self._turned(wish)
            flight = self.flights.get(chosen.id)
            if flight is None or not flight.is_up:
                same = flight is not None and flight.mark == wish.mark
                yield chosen, flight.deliveries if flight is not None and same else 0

    def _turned(self, wish: HouseWish) -> HouseWish:
        if not wish.turns or wish.mark not in self.turned:
            return wish
        return replace(wish, verb=Verb.ADD if wish.verb is Verb.REPLACE else Verb.REPLACE)

    def sent(self, wishes: Iterable[HouseWish], delivered: Mapping[OperationId, int]) -> "Book":
        """Return it once these commands are on their way; `delivered` counts deliveries."""
        flights = dict(self.flights)
        for each in wishes:
            if each.id in delivered:
                count = delivered[each.id]
                flights[each.id] = Flight(
                    each.uri, each.verb, each.mark, each.turns, count, is_up=True
                )
        return replace(self, flights=flights)

    def heard(self, told: Iterable[Told], session: str) -> "Book":
        """Return it with these answers; what is not awaited says nothing."""
        book = self
        for each in told:
            flight = book.flights.get(each.id)
            if flight is not None and flight.is_up:
                book = book._heard(each, flight, session)
        return book

    def _heard(self, told: Told, flight: Flight, session: str) -> "Book":
        mark = flight.mark
        if told.state is OperationState.QUEUED:  # lost: to be sent again
            lost = replace(flight, is_up=False)
            return replace(self, flights={**self.flights, told.id: lost})
        if told.state.is_open:
            return self
        book = replace(self, flights=_without(self.flights, told.id))
        if told.state is OperationState.DONE:
            return replace(book, taken=book.taken | {mark}, refused=_without(book.refused, mark))
        key = (flight.verb, told.status)
        if flight.turns and key in _TURN and mark not in book.turned:
            return replace(book, turned=book.turned | {mark})
        if not flight.turns and key in _SO_ALREADY:
            return replace(book, taken=book.taken | {mark}, refused=_without(book.refused, mark))
        refused = {**book.refused, mark: Refusal(told.status, session)}
        return replace(book, refused=refused, turned=book.turned - {mark})

    def failed_to_write(self, wishes: Iterable[HouseWish], session: str) -> "Book":
        """Return it with wishes refused that no message can carry."""
        more = {each.mark: Refusal(None, session) for each in wishes}
        return replace(self, refused={**self.refused, **more})

    def only(self, wishes: Sequence[HouseWish]) -> "Book":
        """Return it without what is no longer wished; what is on its way stays."""
        marks = frozenset(each.mark for each in wishes)
        up = {id_: each for id_, each in self.flights.items() if each.is_up or each.mark in marks}
        return Book(
            flights=up,
            taken=self.taken & marks,
            refused={mark: each for mark, each in self.refused.items() if mark in marks},
            turned=self.turned & marks,
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remember."""
        return not (self.flights or self.taken or self.refused or self.turned)

    def dump(self) -> dict[str, Any]:
        """Return the stored form, for JSON."""
        rows = {
            id_: [f.uri, f.verb.value, f.mark, f.turns, f.deliveries, f.is_up]
            for id_, f in sorted(self.flights.items())
        }
        refused = {mark: [each.status, each.session] for mark, each in sorted(self.refused.items())}
        stored = {
            "flights": rows,
            "taken": sorted(self.taken),
            "refused": refused,
            "turned": sorted(self.turned),
        }
        return {name: each for name, each in stored.items() if each}


def load_book(stored: Mapping[str, Any]) -> Book:
    """Return what `dump` stored."""
    flights = {id_: _flight(*row) for id_, row in stored.get("flights", {}).items()}
    refused = {mark: Refusal(*row) for mark, row in stored.get("refused", {}).items()}
    taken, turned = (frozenset(stored.get(name, ())) for name in ("taken", "turned"))
    return Book(flights, taken, refused, turned)


def _flight(*row: Any) -> Flight:
    uri, verb, mark, turns, deliveries, is_up = row
    return Flight(uri, Verb(verb), mark, turns, deliveries, is_up)


def _without(rows: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {each: row for each, row in rows.items() if each != key}
