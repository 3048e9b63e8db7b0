"""The open operations while one turn is taken: what becomes of each, and in which words.

Holds the two laws of delivery: an Exec is delivered once, and a repeatable verb that nobody
answers is delivered MAX_DELIVERIES times and then given up, so that it never blocks the queue.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from lenskeep.base.identifiers import OperationId
from lenskeep.session.state import Open, OperationChange
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.tree.uri import Scope
from lenskeep.wire.syncml.codes import StatusCode, is_success, meaning

MAX_DELIVERIES: Final = 3
"""Once in company, then twice alone: tells a message that the headset drops from a lost reply.

seen: Windows drops a message whole, without a word, where a value in it is markup unescaped."""

OUTCOME_UNKNOWN: Final = (
    "The headset went silent after this was sent, so it may or may not have been carried out. "
    "It is not sent again. Look at the headset, or read a node that shows the effect, and queue "
    "it again if it did not happen."
)
DROPPED: Final = (
    f"The headset was sent this {MAX_DELIVERIES} times, the last times alone, and dropped the "
    "message each time without an answer. Check the LocURI, the format and the value: markup "
    "or a value it cannot read makes it drop a message whole. Then queue it anew."
)
NO_VALUE: Final = (
    "The headset answered 200 but sent no value. Queue it again; if that does not help, read "
    "the node above it."
)
NO_STATUS: Final = "The headset sent the value, but no status with it."
NOT_PUT_TOGETHER: Final = "The headset took a piece of the value for the whole. Queue it again."
WAITS_FOR_MORE: Final = (
    "The headset waits for more of a value that was sent to its end. Queue it again."
)
NOT_SENT: Final = "Not sent, because the group it belongs to is sent whole or not at all, and "
LEFT: Final = "The headset left management."
_ADDED_BEFORE: Final = (
    "Done: the node was there, presumably from an earlier delivery whose answer was lost."
)
_DELETED_BEFORE: Final = (
    "Done: the node was gone, presumably by an earlier delivery whose answer was lost."
)
_USER_NOT_READY: Final = (
    " For a ./User node this can also mean that the user's management is not ready yet: queue "
    "it again in some minutes."
)


class Ledger:
    """The operations of one turn, and the last change of each. Used by one turn, then dropped."""

    def __init__(self, open_: Iterable[Open]) -> None:
        self._open = {each.id: each for each in open_}
        self._changes: dict[OperationId, OperationChange] = {}

    def __iter__(self) -> Iterator[Open]:
        """Go through what is open now, oldest first."""
        return iter(tuple(self._open.values()))

    @property
    def changes(self) -> tuple[OperationChange, ...]:
        """What changed in this turn, one change an operation, in the order of the queue."""
        return tuple(self._changes.values())

    def get(self, operation: OperationId) -> Open | None:
        """Return the operation while it is open, or while its outcome is unknown."""
        return self._open.get(operation)

    def plan(self, planned: Iterable[Open]) -> None:
        """Put what is planned behind the queue, in place of what was planned and not sent.

        One sent before without an answer keeps its deliveries while it says the same.
        """
        waiting = {each.id: each for each in self if each.is_planned and _waits(each)}
        for id_ in waiting:
            del self._open[id_]
        for each in planned:
            if each.id in self._open:
                continue
            before = waiting.get(each.id)
            same = before is not None and before.operation == each.operation
            count = max(each.deliveries, before.deliveries) if before and same else each.deliveries
            self._open[each.id] = replace(each, state=OperationState.QUEUED, deliveries=count)

    def send(self, id_: OperationId) -> None:
        """Count a delivery."""
        count = self._open[id_].deliveries + 1
        self._put(OperationChange(id_, OperationState.SENT, deliveries=count), count)

    def lose(self, id_: OperationId) -> OperationState | None:
        """Decide about one that was sent and not answered; None where nothing was awaited."""
        each = self._open.get(id_)
        if each is None or each.state is not OperationState.SENT:
            return None
        if not _is_repeatable(each, self):
            self._put(OperationChange(id_, OperationState.UNKNOWN, status_text=OUTCOME_UNKNOWN))
            return OperationState.UNKNOWN
        if each.deliveries >= MAX_DELIVERIES:
            self.fail(id_, None, DROPPED)
            return OperationState.FAILED
        times = "once" if each.deliveries == 1 else f"{each.deliveries} times"
        text = f"Sent {times} without an answer; it is sent again, alone."
        self._put(OperationChange(id_, OperationState.QUEUED, status_text=text))
        return OperationState.QUEUED

    def settle(self, id_: OperationId, status: int) -> None:
        """End one whose status came and which has no value to wait for."""
        each = self._open.get(id_)
        if each is None:
            return
        text = _in_words(each, status)
        if is_success(status) or done_before(each, status):
            self.finish(OperationChange(id_, OperationState.DONE, status, text))
        else:
            self.fail(id_, status, text)

    def fail(self, id_: OperationId, status: int | None, text: str) -> None:
        """End one as failed."""
        self.finish(OperationChange(id_, OperationState.FAILED, status, text))

    def finish(self, change: OperationChange) -> None:
        """End one; a second ending of the same is passed over."""
        if self._open.pop(change.id, None) is not None:
            self._changes[change.id] = change

    def _put(self, change: OperationChange, deliveries: int | None = None) -> None:
        each = self._open[change.id]
        count = each.deliveries if deliveries is None else deliveries
        self._open[change.id] = replace(each, state=change.state, deliveries=count)
        self._changes[change.id] = change


def _waits(each: Open) -> bool:
    return each.state is OperationState.QUEUED


def _is_repeatable(each: Open, open_: Iterable[Open]) -> bool:
    """Return whether it may be delivered twice: so may every neighbor of its group."""
    group = [one for one in open_ if each.atomic and one.atomic == each.atomic]
    return all(one.operation.verb.is_repeatable for one in (each, *group))


def done_before(each: Open, status: int) -> bool:
    """Return whether the error only says that an earlier delivery did its work."""
    if each.deliveries < 2:
        return False
    verb = each.operation.verb
    return (verb, status) in (
        (Verb.ADD, StatusCode.ALREADY_EXISTS),
        (Verb.DELETE, StatusCode.NOT_FOUND),
    )


def _in_words(each: Open, status: int) -> str:
    if done_before(each, status):
        return _ADDED_BEFORE if each.operation.verb is Verb.ADD else _DELETED_BEFORE
    text = meaning(status)
    if each.operation.uri.scope is Scope.USER and status == StatusCode.NOT_ALLOWED:
        text += _USER_NOT_READY
    return text
