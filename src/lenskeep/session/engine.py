"""One turn of a management session: a message and what stands in, a reply and changes out.

Pure: the flow that calls it commits the turn and sends the bytes. What a session may do when is
TRANSITIONS, and nowhere else.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from lenskeep.session.alerts import Heard
from lenskeep.session.inbox import Listened, continues, in_words, introduction, listen, unfit
from lenskeep.session.ledger import LEFT, Ledger
from lenskeep.session.outbox import (
    Asking,
    Reply,
    acknowledge,
    begin_reply,
    say,
    send,
    waiting_for_user,
)
from lenskeep.session.state import (
    LoginStatus,
    News,
    Note,
    NoteKind,
    OperationChange,
    Phase,
    Planned,
    Planner,
    Session,
    Standing,
    Turn,
)
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.wire.syncml.codes import AlertCode, StatusCode
from lenskeep.wire.syncml.model import Group, Message, Request, Status

MAX_MESSAGES: Final = 1000
"""Messages a session: at 100 operations a message it empties any queue; more is a loop."""
MAX_UNEXPECTED: Final = 5
"""Timeline lines a message about answers that belong to nothing."""


class Event(Enum):
    """What a message is for the session it belongs to, the weightiest first."""

    UNFIT = "a version that is not spoken, or one message too many"
    ABORT = "the headset breaks off"
    LEAVE = "the wearer disconnects the headset"
    PART = "more of the package is to come"
    PENDING = "a command still runs"
    WHOLE = "a complete package"


class Action(Enum):
    """What is said back, after the statuses."""

    SEND = "questions and operations, or nothing: the end"
    ASK = "next message, please"
    HOLD = "nothing, but the session stays up"
    CLOSE = "nothing: the end"
    QUIT = "the server breaks off"


@dataclass(frozen=True, slots=True)
class Step:
    """What is said, and where the session stands then."""

    action: Action
    phase: Phase


_ENDING: Final = {
    Event.UNFIT: Step(Action.QUIT, Phase.ENDED),
    Event.ABORT: Step(Action.CLOSE, Phase.ENDED),
    Event.LEAVE: Step(Action.CLOSE, Phase.ENDED),
}
_LIVING: Final = _ENDING | {
    Event.PART: Step(Action.ASK, Phase.MORE_COMING),
    Event.PENDING: Step(Action.HOLD, Phase.OPEN),
    Event.WHOLE: Step(Action.SEND, Phase.OPEN),
}
TRANSITIONS: Final[Mapping[tuple[Phase, Event], Step]] = MappingProxyType(
    {(Phase.OPEN, event): step for event, step in _LIVING.items()}
    | {(Phase.MORE_COMING, event): step for event, step in _LIVING.items()}
    | {(Phase.ENDED, event): step for event, step in _ENDING.items()}
    | {
        # What comes after the end is listened to, and never answered with a command.
        (Phase.ENDED, Event.PART): Step(Action.CLOSE, Phase.ENDED),
        (Phase.ENDED, Event.PENDING): Step(Action.CLOSE, Phase.ENDED),
        (Phase.ENDED, Event.WHOLE): Step(Action.CLOSE, Phase.ENDED),
    }
)
"""The whole of it: where a session stands, what comes, what is said ([OMA-DM-Protocol 1.2.1])."""


def converse(
    standing: Standing, message: Message, now: datetime, planner: Planner | None = None
) -> Turn:
    """Take one turn. The sender has proved that it is the device of `standing`.

    `planner` is asked once where anything may be sent, when all that came is settled.
    """
    ledger = Ledger(standing.open)
    notes: list[Note] = []
    first = not continues(standing.session, message)
    session = _begin(standing, ledger, message, now, notes) if first else standing.session
    assert session is not None
    refused = unfit(message.header)
    heard_of = message if refused is None else replace(message, body=())
    listened = listen(session, ledger, heard_of, now)
    event = _event(session, message, listened, refused)
    step = TRANSITIONS[session.phase, event]
    session = _settle(session, ledger, message, listened, event)
    told = introduction(heard_of)
    news = listened.facts if told != session.introduced else ()
    session = replace(session, introduced=told or session.introduced)
    facts = (*news, *listened.answers.facts)
    planned = Planned()
    if planner is not None and step.action is Action.SEND:
        planned = planner(News(facts, ledger.changes, session.login, session.started_at))
        ledger.plan(planned.open)
    reply = begin_reply(standing, message.header, refused or StatusCode.OK)
    acknowledge(reply, message.header, listened.owed)
    if listened.answers.object_broken:
        say(reply, AlertCode.NO_END_OF_DATA)
    _speak(reply, step, session, ledger, Asking(standing.questions, planned.asks))
    after = _after(session, reply, step)
    body = _body(reply, standing, after, first=first)
    notes += _notes(after.login, listened, first=first)
    notes.append(_message_note(listened, reply, body, waiting_for_user(ledger, session.login)))
    notes += _ending_notes(session, after, event)
    return Turn(
        reply=body,
        session=after,
        changes=ledger.changes,
        facts=facts,
        notes=tuple(notes),
        unenrolled=event is Event.LEAVE,
        asked=reply.asks,
    )


# --- beginning and ending -----------------------------------------------------------------


def _begin(
    standing: Standing, ledger: Ledger, message: Message, now: datetime, notes: list[Note]
) -> Session:
    """Return a fresh session; what the one before left unanswered is lost."""
    lost = Counter(ledger.lose(each.id) for each in ledger)
    del lost[None]
    old = standing.session
    if lost:
        detail = {"session": old.session_id if old else "", "unanswered": _lost_in_words(lost)}
        notes.append(Note(NoteKind.SESSION_LOST, detail))
    introduced = old.introduced if old else ""
    return Session(message.header.session_id, message.header.msg_id, now, introduced=introduced)


def _lost_in_words(lost: Mapping[OperationState | None, int]) -> str:
    words = {
        OperationState.QUEUED: "to be sent again",
        OperationState.UNKNOWN: "of unknown outcome",
        OperationState.FAILED: "given up",
    }
    return ", ".join(f"{lost[state]} {text}" for state, text in words.items() if state in lost)


def _event(
    session: Session, message: Message, listened: Listened, refused: StatusCode | None
) -> Event:
    heard = listened.heard
    if refused is not None or session.messages >= MAX_MESSAGES:
        return Event.UNFIT
    if heard.aborted:
        return Event.ABORT
    if heard.unenrolled:
        return Event.LEAVE
    wants_next_piece = session.outgoing is not None and heard.next_message
    if listened.answers.incoming is not None or not (message.final or wants_next_piece):
        return Event.PART
    if heard.pending or listened.answers.in_progress:
        return Event.PENDING
    return Event.WHOLE


def _settle(
    session: Session, ledger: Ledger, message: Message, listened: Listened, event: Event
) -> Session:
    """Draw the line under what was heard; return the session as it is before we speak."""
    answers, heard = listened.answers, listened.heard
    if heard.no_end_of_data:
        answers.break_off_parcel()
    answers.draw_line(whole=event is Event.WHOLE)
    if event is Event.LEAVE:
        _settle_unenroll(ledger)
    if event in (Event.ABORT, Event.LEAVE, Event.UNFIT):
        answers.lose_all()
    stated = message.header.meta.max_msg_size
    return replace(
        session,
        msg_id=message.header.msg_id,
        login=heard.login or session.login,
        messages=session.messages + 1,
        awaited=answers.awaited,
        incoming=answers.incoming,
        outgoing=answers.outgoing,
        max_msg_size=stated if stated else session.max_msg_size,
        settled=answers.settled,
        groups=answers.groups,
    )


def _settle_unenroll(ledger: Ledger) -> None:
    """Take the leaving for the answer to an Exec that asked for it, which gets no other.

    The headset breaks off the session at once (CSP: DMClient/Provider/{ID}/Unenroll).
    """
    for each in ledger:
        operation = each.operation
        asked = operation.verb is Verb.EXEC and operation.uri.key.endswith("/unenroll")
        if asked and each.state in (OperationState.SENT, OperationState.UNKNOWN):
            ledger.finish(OperationChange(each.id, OperationState.DONE, None, LEFT))


# --- speaking -----------------------------------------------------------------------------


def _speak(reply: Reply, step: Step, session: Session, ledger: Ledger, asking: Asking) -> None:
    match step.action:
        case Action.SEND:
            send(reply, session, ledger, asking)
        case Action.ASK:
            say(reply, AlertCode.NEXT_MESSAGE)
        case Action.QUIT:
            say(reply, AlertCode.ABORT)
        case Action.HOLD | Action.CLOSE:
            pass


def _after(session: Session, reply: Reply, step: Step) -> Session:
    """Return the session as stored: with what was sent, ended where nothing more is."""
    phase = step.phase
    if step.action is Action.SEND and not reply.has_commands:
        phase = Phase.ENDED
    return replace(
        session,
        phase=phase,
        awaited=(*session.awaited, *reply.awaited),
        outgoing=reply.parcel if step.action is Action.SEND else session.outgoing,
        asked=session.asked or reply.asked,
        settled=(*session.settled, *reply.settled),
        groups=(*session.groups, *reply.groups),
    )


def _body(reply: Reply, standing: Standing, after: Session, *, first: bool) -> bytes:
    """Return the bytes; none where the header's status is all there is to say.

    An empty answer ends a session (seen: Windows 11). It cannot carry the next nonce, and a
    first package is always answered.
    """
    only_header = len(reply.parts) <= 1 and not reply.has_commands
    if not reply.parts:
        return b""
    ended = after.phase is Phase.ENDED
    if only_header and ended and not first and standing.next_nonce is None:
        return b""
    return reply.encode()


# --- the timeline -------------------------------------------------------------------------


def _notes(login: LoginStatus, listened: Listened, *, first: bool) -> list[Note]:
    heard = listened.heard
    notes: list[Note] = []
    if first:
        notes.append(Note(NoteKind.SESSION_STARTED, _start_detail(heard, login)))
    elif heard.login is not None:
        notes.append(Note(NoteKind.LOGIN, {"user": _LOGIN_WORDS[heard.login]}))
    notes += heard.notes
    unexpected = Counter(listened.answers.unexpected)
    if listened.answers.object_broken:
        unexpected["a value in pieces broke off before its end"] += 1
    for what, count in unexpected.most_common(MAX_UNEXPECTED):
        notes.append(Note(NoteKind.UNEXPECTED, {"what": what, "times": str(count)}))
    return notes


def _start_detail(heard: Heard, login: LoginStatus) -> dict[str, str]:
    detail = {"user": _LOGIN_WORDS[login]}
    if heard.started_by:
        detail["started by"] = heard.started_by
    return detail


def _message_note(listened: Listened, reply: Reply, body: bytes, waiting: int) -> Note:
    sent = (kind for part in reply.parts for kind in _sent_kinds(part)) if body else ()
    detail = {"received": listened.received, "sent": in_words(sent)}
    if waiting:
        detail["waiting"] = f"{waiting} for the enrolled user to sign in"
    return Note(NoteKind.MESSAGE, detail)


def _sent_kinds(part: object) -> Iterator[str]:
    match part:
        case Status():
            yield "status"
        case Request():
            yield part.name.value
        case Group():
            yield part.name.value
            for each in part.commands:
                yield from _sent_kinds(each)
        case _:
            yield "alert"


def _ending_notes(session: Session, after: Session, event: Event) -> list[Note]:
    notes: list[Note] = []
    if event is Event.LEAVE:
        notes.append(Note(NoteKind.UNENROLLED))
    if event is Event.ABORT:
        notes.append(Note(NoteKind.SESSION_ABORTED))
    elif after.phase is Phase.ENDED and session.phase is not Phase.ENDED:
        reason = event.value if event is not Event.WHOLE else "nothing is left to say"
        detail = {"reason": reason, "messages": str(after.messages)}
        notes.append(Note(NoteKind.SESSION_ENDED, detail))
    return notes


_LOGIN_WORDS: Final = {
    LoginStatus.USER: "the enrolled user is signed in",
    LoginStatus.OTHERS: "another user is signed in",
    LoginStatus.NONE: "nobody is signed in",
    LoginStatus.UNTOLD: "not told who is signed in",
}
