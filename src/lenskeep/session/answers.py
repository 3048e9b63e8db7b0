"""What the headset says to the commands we sent: statuses, values, and values in pieces.

Matched on (message, command, node) within the session. Said twice is said once; said late is
still heard; never said is never taken for done.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.session.ledger import NO_STATUS, NO_VALUE, NOT_PUT_TOGETHER, WAITS_FOR_MORE, Ledger
from lenskeep.session.state import Awaited, OperationChange, Pieces, Read, Session
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.tree.uri import LocUri, node_key, parse_uri
from lenskeep.tree.value import Format, parse_format
from lenskeep.wire.syncml.chunks import size_of
from lenskeep.wire.syncml.codes import SYNC_HEADER, StatusCode, is_success, meaning
from lenskeep.wire.syncml.model import Item, Results, Status

MAX_OBJECT: Final = 8 * 1024 * 1024
"""Characters of a value that comes in pieces: as much as one management message may have."""
MAX_SETTLED: Final = 256
"""References kept so that a repeated answer is known as one: two full messages of ours."""
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
        self._settled = dict.fromkeys(session.settled)
        self._ledger = ledger
        self._now = now

    @property
    def awaited(self) -> tuple[Awaited, ...]:
        """What is still awaited; of the late ones the newest MAX_LATE."""
        late = [key for key, each in self._awaited.items() if each.late]
        gone = set(late[: max(0, len(late) - MAX_LATE)])
        return tuple(each for key, each in self._awaited.items() if key not in gone)

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
        found = self._find(status.msg_ref, status.cmd_ref, f"status {status.code}")
        if found is None:
            return
        named = {node_key(each) for each in status.target_refs}
        uris = tuple(uri for uri in found.uris if not named or node_key(uri) in named)
        if not uris:
            self.unexpected.append(f"status {status.code} for a node that was not asked for")
            return
        if status.code == StatusCode.IN_PROGRESS:
            self.in_progress = True
        self._put(replace(found, status=status.code))
        if found.verb is Verb.GET and status.code >= 300:
            self.facts.extend(self._fact(uri, status.code) for uri in uris)

    def hear_results(self, results: Results) -> ChunkAnswer | None:
        """Take Results; return the status they are owed, which is none where all is well."""
        answer = None
        for item in results.items:
            found = self._find(results.msg_ref, results.cmd_ref, "a value")
            if found is None:
                return answer
            uri = _place(results, item, found)
            if found.verb is not Verb.GET or not _asked(found, uri):
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
        if pieces is not None and not _continues(pieces, found, read, size):
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
        if not _size_is_right(pieces):
            return self._refuse(found, read.uri, StatusCode.SIZE_MISMATCH)
        self._learn(found, Read(pieces.uri, pieces.format, pieces.data))
        return StatusCode.OK

    def _learn(self, found: Awaited, read: Read) -> None:
        """Keep a value: for its operation, and as a fact."""
        reads = tuple(each for each in found.reads if each.uri != read.uri)
        answered = found.status
        if found.operation is None:
            answered = answered or StatusCode.OK  # a question is answered by its values
        else:
            reads += (read,)
        self._put(replace(found, reads=reads, status=answered))
        query = _query(found)
        if query != "?list=Struct":
            self.facts.append(self._fact(read.uri, StatusCode.OK, read, query))

    def _refuse(self, found: Awaited, uri: str, code: StatusCode) -> int:
        """Give up an object that came in pieces: too big, or of another size than announced."""
        self.facts.append(self._fact(uri, code))
        if found.operation is not None:
            self._ledger.fail(found.operation, int(code), meaning(code))
        self._forget(found)
        return code

    # --- drawing the line -----------------------------------------------------------------

    def draw_line(self, *, whole: bool) -> None:
        """Settle what is answered; `whole`: the package is complete, so what is not is lost."""
        for found in tuple(self._awaited.values()):
            if found.operation is None:
                self._close_question(found, whole=whole)
            else:
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
        for found in tuple(self._awaited.values()):
            if found.operation is not None:
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
        if whole and not _unanswered(found):
            self._forget(found)
        elif whole:
            self._put(replace(found, late=True))

    def _close_operation(self, found: Awaited, *, whole: bool) -> None:
        assert found.operation is not None
        if self._ledger.get(found.operation) is None:
            self._forget(found)
            return
        if found.status is None or _unanswered(found):
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
        listed = _query(found).startswith("?list=")
        if listed and not whole:
            return  # more of the subtree may follow
        result, form = _subtree(found) if listed else _single(found)
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

    def _put(self, found: Awaited) -> None:
        self._awaited[found.msg_ref, found.cmd_ref] = found

    def _forget(self, found: Awaited) -> None:
        del self._awaited[found.msg_ref, found.cmd_ref]
        self._settled[f"{found.msg_ref}/{found.cmd_ref}"] = None

    def _fact(self, uri: str, status: int, read: Read | None = None, query: str = "") -> Fact:
        node = _parsed(uri)
        name = uri.strip() if node is None else node.path + node.query
        if read is None:
            return Fact(name, int(status), self._now)
        if query.startswith("?prop=") and "?" not in name:
            name += query
        form = read_format(read.format)
        value = read.value
        if value is None and form is not Format.NODE:
            value = ""  # seen: an empty value is 200 and no Data
        return Fact(name, int(status), self._now, form, value)


def read_format(text: str | None) -> Format | None:
    """Return the format; `chr` where none is said (seen: Windows 11 omits it), None if strange."""
    if text is None:
        return Format.CHR
    try:
        return parse_format(text)
    except Invalid:
        return None


def _place(results: Results, item: Item, found: Awaited) -> str:
    """Return the node a value belongs to: as the item says, or the only one asked for."""
    said = item.source or item.target
    if said is None and results.source_refs:
        said = results.source_refs[0]
    if said is None and results.target_refs:
        said = results.target_refs[0]
    return (said if said is not None else found.uris[0]).strip()


def _asked(found: Awaited, uri: str) -> bool:
    """Return whether the node is one that was asked for, or below one."""
    key = node_key(uri)
    asked = [node_key(each) for each in found.uris]
    return any(key == each or key.startswith(each + "/") or each == "." for each in asked)


def _unanswered(found: Awaited) -> bool:
    """Return whether the last word is still to come: nothing was said, or that it still runs."""
    return found.status in (None, StatusCode.IN_PROGRESS)


def _query(found: Awaited) -> str:
    node = _parsed(found.uris[0]) if len(found.uris) == 1 else None
    return node.query if node is not None else ""


def _parsed(uri: str) -> LocUri | None:
    try:
        return parse_uri(uri)
    except Invalid:
        return None


def _continues(pieces: Pieces, found: Awaited, read: Read, size: int | None) -> bool:
    """Return whether the item goes on with the object; one with a Size begins another."""
    same = (pieces.msg_ref, pieces.cmd_ref) == (found.msg_ref, found.cmd_ref)
    return (
        same
        and node_key(pieces.uri) == node_key(read.uri)
        and (size is None or size == pieces.size)
    )


def _size_is_right(pieces: Pieces) -> bool:
    """Compare with the Size announced: octets of what is meant, or (leniently) of its text."""
    return pieces.size in (None, size_of(pieces.data), size_of(pieces.data, pieces.format))


def _single(found: Awaited) -> tuple[str, str]:
    """Return the value and format of the node itself, else of the first node that came."""
    key = node_key(found.uris[0])
    read = next((each for each in found.reads if node_key(each.uri) == key), found.reads[0])
    return read.value or "", (read.format or Format.CHR.value).strip()


def _subtree(found: Awaited) -> tuple[str, str]:
    """Return the nodes of a `?list=` as a JSON object: LocURI to value, null for interior ones."""
    values = {each.uri: _leaf(each) for each in found.reads}
    return json.dumps(values, ensure_ascii=False), Format.NODE.value


def _leaf(read: Read) -> str | None:
    if read.value is None and read_format(read.format) is not Format.NODE:
        return ""
    return read.value
