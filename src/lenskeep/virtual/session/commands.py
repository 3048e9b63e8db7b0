"""The headset carries out the server's commands and says what became of each.

[MS-MDM] 2.2.6 and 3; how Statuses and Results are arranged is `seen:` 26200, 2026: one Status a
command, or one an Item with TargetRef where the outcomes differ, all before the one Results.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format
from lenskeep.virtual.session.checks import Command, command_name, is_user_scope
from lenskeep.virtual.session.chunks import Chunks, Incoming
from lenskeep.virtual.state import Chunk
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.verbs import Act, Circumstances, Effect, Found, Outcome, perform
from lenskeep.wire.syncml.codes import AlertCode, StatusCode
from lenskeep.wire.syncml.model import (
    Alert,
    BodyPart,
    CommandName,
    Group,
    GroupName,
    Item,
    Meta,
    Request,
    Results,
    Status,
    Unknown,
)

_OPTIONAL: Final = frozenset({"Copy", "Move", "Put", "Search", "Map", "Sync"})
"""Commands of the standard that Windows does not have; any other name is malformed."""

_VERBS: Final = {
    CommandName.GET: Verb.GET,
    CommandName.ADD: Verb.ADD,
    CommandName.REPLACE: Verb.REPLACE,
    CommandName.DELETE: Verb.DELETE,
    CommandName.EXEC: Verb.EXEC,
}


@dataclass(frozen=True, slots=True)
class Done:
    """One Item carried out, for the report."""

    verb: str
    uri: str
    status: int
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Execution:
    """Everything that became of one message's commands."""

    parts: tuple[BodyPart, ...]
    done: tuple[Done, ...]
    effects: tuple[Effect, ...]
    chunk: Chunk | None
    aborted: bool


@dataclass(slots=True)
class _Work:
    """The answer as it grows."""

    msg_ref: str
    ids: Iterator[int]
    parts: list[BodyPart] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    aborted: bool = False

    def add_status(
        self, command: Command, code: int, *, target: str | None = None, at: int | None = None
    ) -> None:
        """Add a Status, or put it in front of those from position `at` on."""
        refs = (target,) if target is not None else ()
        name = command_name(command)
        part = Status(str(next(self.ids)), self.msg_ref, command.cmd_id, name, code, refs)
        self.parts.insert(len(self.parts) if at is None else at, part)


class Executor:
    """Carries out commands on one tree under the present circumstances."""

    def __init__(self, tree: Tree, around: Circumstances, chunk: Chunk | None = None) -> None:
        self._tree = tree
        self._around = around
        self._chunks = Chunks(chunk)

    def carry_out(self, commands: tuple[Command, ...], msg_ref: str, first_id: int) -> Execution:
        """Carry out the commands in order; our own CmdIDs go on from `first_id`."""
        work = _Work(msg_ref, count(first_id))
        for command in commands:
            self._run(command, work)
        for code in self._chunks.alerts:
            work.parts.append(Alert(str(next(work.ids)), code))
        return Execution(
            tuple(work.parts),
            tuple(work.done),
            tuple(work.effects),
            self._chunks.pending,
            work.aborted,
        )

    def _run(self, command: Command, work: _Work) -> None:
        match command:
            case Request():
                self._answer(command, self._perform(command, work, self._around), work)
            case Group() if command.name is GroupName.ATOMIC:
                self._atomic(command, work)
            case Group():
                code = StatusCode.OK if command.cmd_id else StatusCode.BAD_REQUEST
                work.add_status(command, code)
                for each in command.commands:
                    self._run(each, work)
            case Alert():
                work.aborted = work.aborted or command.code == AlertCode.ABORT
                work.add_status(command, StatusCode.OK)
            case Unknown():
                known = command.name in _OPTIONAL
                code = StatusCode.NOT_SUPPORTED if known else StatusCode.BAD_REQUEST
                work.add_status(command, code)

    def _perform(self, request: Request, work: _Work, around: Circumstances) -> list[Outcome]:
        """Return an outcome for each Item, none where the command itself is malformed."""
        if not request.cmd_id or not request.items:
            return []
        if request.name is CommandName.EXEC and len(request.items) > 1:
            return []
        outcomes = [self._one(request, item, around) for item in request.items]
        for item, outcome in zip(request.items, outcomes, strict=True):
            value = outcome.found[0].value if outcome.found else item.data
            uri = item.target or ""
            work.done.append(Done(_VERBS[request.name].value, uri, outcome.status, value))
            if outcome.effect:
                work.effects.append(outcome.effect)
        return outcomes

    def _one(self, request: Request, item: Item, around: Circumstances) -> Outcome:
        verb = _VERBS[request.name]
        format_ = item.meta.format or request.meta.format
        size = item.meta.size if item.meta.size is not None else request.meta.size
        came = Incoming(verb.value, item.target or "", format_, size, item.data, item.more_data)
        whole = self._chunks.take(came)
        if isinstance(whole, int):
            return Outcome(whole)
        if not item.target:
            return Outcome(StatusCode.BAD_REQUEST)
        act = Act(verb, item.target, whole.format, whole.data)
        return perform(self._tree, act, around)

    def _answer(self, request: Request, outcomes: list[Outcome], work: _Work) -> None:
        if not outcomes:
            work.add_status(request, StatusCode.BAD_REQUEST)
            return
        codes = {outcome.status for outcome in outcomes}
        if len(codes) == 1:  # assumed: equal outcomes share one Status
            work.add_status(request, outcomes[0].status)
        else:
            for item, outcome in zip(request.items, outcomes, strict=True):
                work.add_status(request, outcome.status, target=item.target or "")
        found = [each for outcome in outcomes for each in outcome.found]
        if found:
            items = tuple(_result(each) for each in found)
            results = Results(str(next(work.ids)), work.msg_ref, request.cmd_id, items)
            work.parts.append(results)

    def _atomic(self, group: Group, work: _Work) -> None:
        """All or nothing: the Status for the Atomic first, then one for each child."""
        if not group.cmd_id:
            work.add_status(group, StatusCode.BAD_REQUEST)
            return
        before, place = self._tree.snapshot(), len(work.parts)
        effects, done = len(work.effects), len(work.done)
        codes = self._children(group, work)
        if all(code < 300 for code in codes):
            work.add_status(group, StatusCode.OK, at=place)
            return
        self._tree.restore(before)
        del work.effects[effects:]
        self._retell(work, done)
        failed = next(index for index, code in enumerate(codes) if code >= 300)
        for index, command in enumerate(group.commands):
            code = codes[index] if index == failed else StatusCode.ROLLED_BACK
            work.add_status(command, StatusCode.NOT_EXECUTED if index > failed else code)
        work.add_status(group, StatusCode.ATOMIC_FAILED, at=place)

    def _children(self, group: Group, work: _Work) -> list[int]:
        """Carry out the children until one fails; Statuses are only written where none did."""
        mixed = _is_mixed(group)
        codes: list[int] = []
        added: set[str] = set()
        for command in group.commands:
            code = StatusCode.FAILED if mixed else self._child(command, work, added)
            codes.append(code)
            if code >= 300:
                return codes
        for command, code in zip(group.commands, codes, strict=True):
            work.add_status(command, code)
        return codes

    def _child(self, command: Command, work: _Work, added: set[str]) -> int:
        """Return the status of one command inside an Atomic."""
        if not isinstance(command, Request) or not command.cmd_id:
            malformed = isinstance(command, Request | Unknown)
            return StatusCode.BAD_REQUEST if malformed else StatusCode.FAILED
        if command.name is CommandName.GET:
            return StatusCode.FAILED
        targets = {(item.target or "").casefold() for item in command.items}
        if command.name is CommandName.REPLACE and targets & added:
            return StatusCode.FAILED  # an Add and then a Replace of the same node
        if command.name is CommandName.ADD:
            added |= targets
        outcomes = self._perform(command, work, replace(self._around, in_atomic=True))
        worst = max((outcome.status for outcome in outcomes), default=StatusCode.BAD_REQUEST)
        return StatusCode.FAILED if worst == 405 and _is_users(command) else worst

    @staticmethod
    def _retell(work: _Work, start: int) -> None:
        """Report as rolled back what the Atomic had done before it failed."""
        for index in range(start, len(work.done)):
            done = work.done[index]
            if done.status < 300:
                work.done[index] = Done(done.verb, done.uri, StatusCode.ROLLED_BACK, done.value)


def _is_users(request: Request) -> bool:
    """`seen:` ./User without a user answers 500 inside an Atomic, 405 outside."""
    return any(is_user_scope(item.target or "") for item in request.items)


def _is_mixed(group: Group) -> bool:
    scopes = {
        is_user_scope(item.target or "")
        for command in group.commands
        if isinstance(command, Request)
        for item in command.items
    }
    return len(scopes) > 1


def _result(found: Found) -> Item:
    """Return one Item of Results: no Meta for text, only the Format for the rest."""
    meta = Meta() if found.format is Format.CHR else Meta(format=found.format.value)
    return Item(source=found.uri, meta=meta, data=found.value)
