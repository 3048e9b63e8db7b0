"""What the headset says to the commands we sent: statuses, values, and values in pieces.

Matched on (message, command, node) within the session. Said twice is said once; said late is
still heard; never said is never taken for done.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lenskeep.session.ledger import NO_STATUS, NO_VALUE, NOT_PUT_TOGETHER, WAITS_FOR_MORE, Ledger
from lenskeep.session.outcome.atomic import is_answered, is_decided, settle_group
from lenskeep.session.outcome.values import (
    continues_object,
    fact_of,
    has_size_announced,
    is_below,
    place_of,
    query_of,
    single_value,
    subtree_value,
)
from lenskeep.session.state import Awaited, Grouped, OperationChange, Pieces, Read, Session
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.tree.uri import node_key
from lenskeep.wire.syncml.codes import SYNC_HEADER, StatusCode, is_success, meaning
from lenskeep.wire.syncml.model import Results, Status

MAX_OBJECT: Final = 8 * 1024 * 1024
"""Characters of a value that comes in pieces: as much as one management message may have."""
MAX_SETTLED: Final = 512
"""References kept so that a repeated answer is known as one: two full messages of ours, each
command in an Atomic of its own."""
MAX_LATE: Final = 64
"""Commands whose answer may still come after its package; older ones are let go."""


@dataclass(frozen=True, slots=True)
class ChunkAnswer:
    """The status that Results in pieces get ([OMA-DM-Protocol 1.2.1])."""

    cmd_id: str
    code: int
    uri: str


class Answers:
    """Hears the answers of one message. Used by one turn, then dropped."""

    def __init__(self, session: Session, ledger: Ledger, now: datetime) -> None:
        self.facts: list[Fact] = []
        self.unexpected: list[str] = []
        self.incoming = session.incoming
        self.outgoing = session.outgoing
        self.object_broken = False
        """A new object came before the end of the one before: Alert 1225 is due."""
        self.in_progress = False
        """A command still runs (101)."""
        self._awaited = {(each.msg_ref, each.cmd_ref): each for each in session.awaited}
        self._groups = {(each.msg_ref, each.cmd_ref): each for each in session.groups}
        self._settled = dict.fromkeys(session.settled)
        self._keys: dict[str, str] = {}
        self._ledger = ledger
        self._now = now

    @property
    def awaited(self) -> tuple[Awaited, ...]:
        """What is still awaited; of the late ones the newest MAX_LATE."""
        late = [key for key, each in self._awaited.items() if each.late]
        gone = set(late[: max(0, len(late) - MAX_LATE)])
        return tuple(each for key, each in self._awaited.items() if key not in gone)

    @property
    def groups(self) -> tuple[Grouped, ...]:
        """The Atomics of what is still awaited."""
        held = {(each.msg_ref, each.group) for each in self.awaited}
        return tuple(each for key, each in self._groups.items() if key in held)

    @property
    def settled(self) -> tuple[str, ...]:
        """What need not be heard of again, the newest MAX_SETTLED."""
        return tuple(self._settled)[-MAX_SETTLED:]

    # --- hearing --------------------------------------------------------------------------

    def hear_status(self, status: Status) -> None:
        """Take a Status."""
        if status.cmd_ref == "0" or status.cmd == SYNC_HEADER:
            if status.code >= 400:
                self.unexpected.append(f"the headset answered our header with {status.code}")
            return
        named = {node_key(each) for each in status.target_refs if each}
        group = self._groups.get((status.msg_ref, status.cmd_ref))
        if group is not None:
            self._hear_group(group, status.code, named)
            return
        found = self._find(status.msg_ref, status.cmd_ref, f"status {status.code}")
        if found is not None:
            self._hear_one(found, status.code, named)

    def _hear_group(self, group: Grouped, code: int, named: set[str]) -> None:
        """Take the status of an Atomic; one that names nodes is that of the commands on them."""
        self.in_progress |= code == StatusCode.IN_PROGRESS
        meant = [each for each in self._children(group) if self._key(each.uris[0]) in named]
        for each in meant:
            self._put(replace(each, status=code))
        if not meant:
            self._groups[group.msg_ref, group.cmd_ref] = replace(group, status=code)

    def _hear_one(self, found: Awaited, code: int, named: set[str]) -> None:
        uris = tuple(uri for uri in found.uris if not named or self._key(uri) in named)
        if not uris:
            self.unexpected.append(f"status {code} for a node that was not asked for")
            return
        self.in_progress |= code == StatusCode.IN_PROGRESS
        if found.operation is None:
            self._hear_of_question(found, code, uris if named else ())
            return
        self._put(replace(found, status=code))
        if found.verb is Verb.GET and code >= 300:
            self.facts.extend(fact_of(self._now, uri, code) for uri in uris)

    def _hear_of_question(self, found: Awaited, code: int, named: tuple[str, ...]) -> None:
        """Take a status of the nodes named; one for the whole question counts at the line, for
        the nodes of which nothing else was heard. Of two such the failure stays.
        """
        if not named:
            if not is_answered(found.status) or code >= 300:
                self._put(replace(found, status=code))
            return
        if code == StatusCode.IN_PROGRESS:
            return
        if code >= 300:
            self.facts.extend(fact_of(self._now, uri, code) for uri in named)
        new = tuple(key for key in map(self._key, named) if key not in found.heard)
        self._put(replace(found, heard=found.heard + new))

    def hear_results(self, results: Results) -> ChunkAnswer | None:
        """Take Results; return the status they are owed, which is none where all is well."""
        answer = None
        for item in results.items:
            found = self._find(results.msg_ref, results.cmd_ref, "a value")
            if found is None:
                return answer
            uri = place_of(results, item, found)
            if found.verb is not Verb.GET or not self._asked(found, uri):
                self.unexpected.append("a value of a node that was not asked for")
                continue
            read = Read(uri, item.meta.format or results.meta.format, item.data)
            size = item.meta.size if item.meta.size is not None else results.meta.size
            code = self._hear_item(found, read, size, more=item.more_data)
            if code is not None:
                answer = ChunkAnswer(results.cmd_id, code, uri)
        return answer

    def _hear_item(self, found: Awaited, read: Read, size: int | None, *, more: bool) -> int | None:
        pieces = self.incoming
        if pieces is not None and not continues_object(pieces, found, read, size):
            self.object_broken = True  # [OMA-DM-Protocol 1.2.1]: no end of data
            self.incoming = pieces = None
        if pieces is None and not more:
            self._learn(found, read)
            return None
        if pieces is None:
            pieces = Pieces(found.msg_ref, found.cmd_ref, read.uri, size, read.format, "")
        pieces = replace(pieces, data=pieces.data + (read.value or ""))
        self.incoming = None
        if len(pieces.data) > MAX_OBJECT:
            return self._refuse(found, read.uri, StatusCode.SIZE_TOO_BIG)
        if more:
            self.incoming = pieces
            return StatusCode.CHUNK_ACCEPTED
        if not has_size_announced(pieces):
            return self._refuse(found, read.uri, StatusCode.SIZE_MISMATCH)
        self._learn(found, Read(pieces.uri, pieces.format, pieces.data))
        return StatusCode.OK

    def _learn(self, found: Awaited, read: Read) -> None:
        """Keep a value: for its operation, and as a fact."""
        if found.operation is None:
            self._mark(found, read.uri)
        else:
            reads = tuple(each for each in found.reads if each.uri != read.uri)
            self._put(replace(found, reads=(*reads, read)))
        query = query_of(found)
        if query != "?list=Struct":
            self.facts.append(fact_of(self._now, read.uri, StatusCode.OK, read, query))

    def _refuse(self, found: Awaited, uri: str, code: StatusCode) -> int:
        """Give up an object that came in pieces: too big, or of another size than announced."""
        self.facts.append(fact_of(self._now, uri, code))
        if found.operation is None:
            self._mark(found, uri)
            return code
        self._ledger.fail(found.operation, int(code), meaning(code))
        self._forget(found)
        return code

    # --- drawing the line -----------------------------------------------------------------

    def draw_line(self, *, whole: bool) -> None:
        """Settle what is answered; `whole`: the package is complete, so what is not is lost."""
        for group in tuple(self._groups.values()):
            self._close_group(group, whole=whole)
        for found in tuple(self._awaited.values()):
            if found.operation is None:
                self._close_question(found, whole=whole)
            elif (found.msg_ref, found.group) not in self._groups:
                self._close_operation(found, whole=whole)
        if whole:
            self._lose_strays()

    def _lose_strays(self) -> None:
        """Give up what is marked as sent and awaited by nobody, so that nothing stays so."""
        held = {each.operation for each in self._awaited.values() if not each.late}
        if self.outgoing is not None:
            held.add(self.outgoing.operation)
        for each in self._ledger:
            if each.id not in held:
                self._ledger.lose(each.id)

    def lose_all(self) -> None:
        """Give up everything awaited: the session is over."""
        for group in tuple(self._groups.values()):
            self._close_group(group, whole=True)
        for found in tuple(self._awaited.values()):
            if found.operation is None:
                self._close_question(found, whole=True)
            else:
                self._ledger.lose(found.operation)
        self.incoming = self.outgoing = None

    def break_off_parcel(self) -> None:
        """Take back what we send in pieces: the headset missed its end (Alert 1225)."""
        for found in tuple(self._awaited.values()):
            if self._sends(found):
                self._forget(found)  # its 213 is not worth anything any more
        if self.outgoing is not None:
            self._ledger.lose(self.outgoing.operation)
            self.outgoing = None

    def _close_question(self, found: Awaited, *, whole: bool) -> None:
        """Let go of a question that is answered; assumed: a failure of the whole is that of
        every node of which nothing was heard, and a success without a value says nothing.
        """
        if not whole:
            return
        silent = tuple(uri for uri in found.uris if self._key(uri) not in found.heard)
        if silent and not is_answered(found.status):
            self._put(replace(found, late=True))
            return
        if found.status is not None and found.status >= 300:
            code = found.status
            self.facts.extend(fact_of(self._now, uri, code) for uri in silent)
        self._forget(found)

    def _close_group(self, group: Grouped, *, whole: bool) -> None:
        children = self._children(group)
        live = any(each.operation and self._ledger.get(each.operation) for each in children)
        if not live or is_decided(group.status, children, whole=whole):
            settle_group(group.status, children, self._ledger)
            for each in children:
                self._forget(each)
            del self._groups[group.msg_ref, group.cmd_ref]
            self._settled[f"{group.msg_ref}/{group.cmd_ref}"] = None
        elif whole:
            for each in children:
                self._lose_late(each)

    def _lose_late(self, found: Awaited) -> None:
        if not found.late and found.operation is not None:
            self._ledger.lose(found.operation)
            self._put(replace(found, late=True))

    def _children(self, group: Grouped) -> tuple[Awaited, ...]:
        held = self._awaited.values()
        place = (group.msg_ref, group.cmd_ref)
        return tuple(each for each in held if (each.msg_ref, each.group) == place)

    def _close_operation(self, found: Awaited, *, whole: bool) -> None:
        assert found.operation is not None
        if self._ledger.get(found.operation) is None:
            self._forget(found)
            return
        if found.status is None or not is_answered(found.status):
            self._close_without_status(found, whole=whole)
        elif found.status == StatusCode.CHUNK_ACCEPTED:
            if self._sends_more(found):
                self._forget(found)  # the next piece follows, see outbox
            else:
                self._end(found, found.status, WAITS_FOR_MORE)
        elif self._sends_more(found) and is_success(found.status):
            self._end(found, found.status, NOT_PUT_TOGETHER)
        elif found.verb is Verb.GET and is_success(found.status):
            self._close_read(found, whole=whole)
        else:
            self._ledger.settle(found.operation, found.status)
            self._done_with(found)

    def _close_without_status(self, found: Awaited, *, whole: bool) -> None:
        if not whole or found.late:
            return
        assert found.operation is not None
        if found.reads:
            self._close_read(found, whole=True)
            return
        self._ledger.lose(found.operation)
        if self._sends(found):
            self.outgoing = None
        self._put(replace(found, status=None, late=True))

    def _close_read(self, found: Awaited, *, whole: bool) -> None:
        assert found.operation is not None
        if not found.reads:
            if whole:
                self._end(found, found.status, NO_VALUE)
            return
        listed = query_of(found).startswith("?list=")
        if listed and not whole:
            return  # more of the subtree may follow
        result, form = subtree_value(found) if listed else single_value(found)
        text = NO_STATUS if found.status is None else meaning(found.status)
        self._ledger.finish(
            OperationChange(found.operation, OperationState.DONE, found.status, text, result, form)
        )
        self._done_with(found)

    def _end(self, found: Awaited, status: int | None, text: str) -> None:
        assert found.operation is not None
        self._ledger.fail(found.operation, status, text)
        self._done_with(found)

    def _done_with(self, found: Awaited) -> None:
        if self._sends(found):
            self.outgoing = None
        self._forget(found)

    def _sends(self, found: Awaited) -> bool:
        return self.outgoing is not None and self.outgoing.operation == found.operation

    def _sends_more(self, found: Awaited) -> bool:
        """Return whether pieces of the operation's value are still to be sent."""
        if self.outgoing is None or not self._sends(found):
            return False
        each = self._ledger.get(self.outgoing.operation)
        return each is not None and self.outgoing.offset < len(each.operation.value or "")

    # --- small change ---------------------------------------------------------------------

    def _find(self, msg_ref: str, cmd_ref: str, what: str) -> Awaited | None:
        found = self._awaited.get((msg_ref, cmd_ref))
        if found is None and f"{msg_ref}/{cmd_ref}" not in self._settled:
            self.unexpected.append(f"{what} for a command that was not sent")
        return found

    def _key(self, uri: str) -> str:
        """Return the comparison key of a node of ours: kept, since one question has many."""
        if uri not in self._keys:
            self._keys[uri] = node_key(uri)
        return self._keys[uri]

    def _asked(self, found: Awaited, uri: str) -> tuple[str, ...]:
        """Return the keys of the nodes asked for that the node is, or is below."""
        key = node_key(uri)
        asked = map(self._key, found.uris)
        return tuple(each for each in asked if key == each or is_below(key, each))

    def _mark(self, found: Awaited, uri: str) -> None:
        """Keep that a node of a question was answered."""
        new = tuple(each for each in self._asked(found, uri) if each not in found.heard)
        self._put(replace(found, heard=found.heard + new))

    def _put(self, found: Awaited) -> None:
        self._awaited[found.msg_ref, found.cmd_ref] = found

    def _forget(self, found: Awaited) -> None:
        del self._awaited[found.msg_ref, found.cmd_ref]
        self._settled[f"{found.msg_ref}/{found.cmd_ref}"] = None
