"""One management message: read, identify, load, decide, commit, answer.

The way is told in docs/explanation/one-message.md; the numbers in the comments are its steps.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lenskeep.base.errors import Unavailable
from lenskeep.base.identifiers import CertificateId
from lenskeep.desired.inventory import (
    INVENTORY,
    LICENSED_EDITION,
    NAME,
    identify,
    may_ask,
    questions,
)
from lenskeep.desired.known import Known, load_known
from lenskeep.flows.desired.regrouping import regroup_one
from lenskeep.flows.device.bodies import redacted_bodies
from lenskeep.flows.device.identity import (
    Proof,
    Recognized,
    answered_challenges,
    challenge,
    recognize,
)
from lenskeep.flows.device.keeping import (
    opened_reply,
    opened_session,
    sealed_reply,
    sealed_session,
)
from lenskeep.flows.device.own.collecting import collect, lasting
from lenskeep.flows.device.own.housewishes import HouseVoice, Spoken
from lenskeep.flows.device.progress import told
from lenskeep.flows.device.session_token import session_user, token_of
from lenskeep.flows.device.speaking import Speaker, words_of
from lenskeep.flows.device.wanting import DevicePlanner, Want, wanted_of
from lenskeep.flows.house import House
from lenskeep.flows.ports import Conversed, Learned, Loaded, MessageKey, Stood
from lenskeep.flows.records import TimelineEntry
from lenskeep.session.engine import converse
from lenskeep.session.inbox import starts_session
from lenskeep.session.refusal import refuse
from lenskeep.session.state import PLANNED, NoteKind, Phase, Standing, Turn
from lenskeep.tree.fact import Fact
from lenskeep.tree.uri import node_key, parse_uri
from lenskeep.wire.syncml.model import Message
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.xml import MAX_BYTES_UNPROVEN

MANAGEMENT_PATH: Final = "/ManagementServer/MDM.svc"
ATTEMPTS: Final = 8
"""Times a message is decided again when somebody else changed the enrollment meanwhile."""
NONCE_BYTES: Final = 16
_LEFT: Final = "left as told"
"""The kind of the timeline line."""
_NAME_KEY: Final = node_key(NAME)
INVENTORY_PATHS: Final = frozenset(parse_uri(each).path for each in (*INVENTORY, LICENSED_EDITION))


@dataclass(frozen=True, slots=True)
class Answered:
    """The reply, and what the log shall say of it."""

    body: bytes
    outcome: str
    """`answered`, `repeated` or `refused`."""
    reason: str = ""
    device: str = ""
    """The record of whoever proved itself."""
    ended: "Ended | None" = None
    """Set where the session came to its end with this message."""
    again: int = 0
    """How many times it was decided before that decision could be kept."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that came to its end."""

    session: str
    messages: int
    how: str
    """The kind of the timeline line that says so."""
    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message, by what it is known again, and when it came."""

    message: Message
    key: MessageKey
    at: datetime
    told: tuple[TimelineEntry, ...] = ()
    """What came with it and is only written down."""


async def manage(
    house: House, proof: Proof, body: bytes, *, max_bytes: int = MAX_BYTES_UNPROVEN
) -> Answered:
    """Answer one message. Raises BadMessage for bytes that are no SyncML message.

    A sender that does not prove itself is answered 407 (nothing shown) or 401 (anything wrong)
    with a challenge and no operation; what was wrong goes to our log alone.
    """
    step = house.tools.spans.step
    with step("read"):
        message = read_message(body, max_bytes=max_bytes)  # 2
    header = message.header
    key = MessageKey(header.session_id, header.msg_id, hashlib.sha256(body).digest())
    regrouped = False
    for again in range(ATTEMPTS):
        now = house.clock.now()
        with step("recognize"):
            found = await recognize(house, proof, message, key, now)  # 3, 4
        if not isinstance(found, Recognized):
            answered = await answered_challenges(house, message)
            nonce = challenge(house, header.source, answered, now)
            url = house.settings.url(MANAGEMENT_PATH)
            return Answered(refuse(message, found.code, nonce, url), "refused", found.reason)
        stored = found.loaded.stored_reply
        if stored is not None and not _begins_again(found.loaded, message, now):
            return Answered(opened_reply(house, stored), "repeated", "", _device(found))
        if found.loaded.mandated.groups is None and not regrouped:
            regrouped = True
            if await regroup_one(house, found.loaded.mandated.device, None):
                continue
        # 7: whoever was told to go is told nothing else
        loaded = found.loaded
        want = None if loaded.device.departing else await wanted_of(house, loaded, message, now)
        speaker = await _speaker(house, loaded, want, now)
        who = await _who_is_there(house, loaded, proof, message, now)
        arrived = Arrived(message, key, now, who)
        with step("decide"):
            turn, change = _decide(house, found, arrived, speaker)  # 5 to 9
        if not regrouped and await _moves_groups(house, found.loaded, turn):
            regrouped = True
            continue
        await collect(house, found.loaded, turn.facts)
        if house.settings.keep_bodies:
            change = replace(change, bodies=redacted_bodies(message, turn.reply))
        if not speaker.is_silent and turn.reply:
            change = replace(change, reply=sealed_reply(house, turn.reply))
        if await house.conversations.commit_message(found.loaded, change):  # 10
            await _follow_name(house, found.loaded, turn)
            return Answered(turn.reply, "answered", "", _device(found), _ended(turn), again)
    raise Unavailable("the device's record is changed by others all the time")


async def _moves_groups(house: House, loaded: Loaded, turn: Turn) -> bool:
    """Return whether what the device just told of itself brings it into other groups.

    Then the message is decided again, with what is wanted of it there.
    """
    if not any(each.uri.partition("?")[0] in INVENTORY_PATHS for each in turn.facts):
        return False
    known = load_known(loaded.known)
    if not any(_is_news(known, each) for each in turn.facts):
        return False
    return await regroup_one(house, loaded.mandated.device, known.learn(turn.facts))


def _is_news(known: Known, fact: Fact) -> bool:
    """Return whether the device says other of itself than it did: most days it does not."""
    before = known.get(fact.uri)
    return before is None or (before.status, before.value) != (fact.status, fact.value)


async def _follow_name(house: House, loaded: Loaded, turn: Turn) -> None:
    """Put the device into the groups of its name, where it told one: whether that, or the name
    that a person gave it, is the one that counts is only known once it is stored.
    """
    told = {each.value for each in turn.facts if node_key(each.uri) == _NAME_KEY}
    if told - {loaded.device.identity.name}:
        await regroup_one(house, loaded.mandated.device)


_ENDS: Final = (NoteKind.UNENROLLED, NoteKind.SESSION_ABORTED, NoteKind.SESSION_ENDED)


def _device(found: Recognized) -> str:
    return found.loaded.enrollment.device_id


def _ended(turn: Turn) -> Ended | None:
    """Return how the session ended, where it did."""
    note = next((each for each in turn.notes if each.kind in _ENDS), None)
    if note is None:
        return None
    session = turn.session
    reason = note.detail.get("reason", "")
    return Ended(session.session_id, session.messages, note.kind.value, reason)


def _begins_again(loaded: Loaded, message: Message, now: datetime) -> bool:
    """Return whether bytes that were answered before begin another session all the same.

    They do once the session that they began is over: a client that never counts its sessions
    (assumed: third-party ones) would get a stale answer for ever, and one that lost the answer
    loses nothing, since nothing is open. With a digest they are a repetition, always.
    """
    session = loaded.session
    return (
        session is not None
        and session.phase is Phase.ENDED
        and session.started_at < now
        and message.header.credential is None
        and starts_session(message)
    )


async def _speaker(house: House, loaded: Loaded, want: Want | None, now: datetime) -> Speaker:
    """Return who may want something said; nobody for a device that stands as it should."""
    owed = (loaded.arrival or loaded.notice_due) and not loaded.device.departing
    if want is None and not owed:
        return Speaker(None, None)
    known = house.open_known(loaded.known)
    words = await words_of(house, loaded)
    voice = HouseVoice(loaded.arrival, words, known, now) if words or loaded.arrival else None
    return Speaker(voice, DevicePlanner(want, known, now) if want else None)


async def _who_is_there(
    house: House, loaded: Loaded, proof: Proof, message: Message, now: datetime
) -> tuple[TimelineEntry, ...]:
    """Return the line that says whose Entra token came, once a session; it opens nothing."""
    alert = token_of(message)
    authorization = proof.authorization if starts_session(message) else ""
    if not (alert or authorization):
        return ()
    user = await session_user(house, loaded.enrollment, authorization=authorization, alert=alert)
    if user is None:
        return ()
    header = message.header
    return (TimelineEntry(now, "Entra user", user.detail, header.session_id, header.msg_id),)


def _decide(
    house: House, found: Recognized, arrived: Arrived, speaker: Speaker
) -> tuple[Turn, Conversed]:
    """Take the turn and say what is to be stored of it. Touches nothing."""
    loaded, message, now = found.loaded, arrived.message, arrived.at
    nonce = loaded.nonce
    if found.by_digest is not None:
        nonce = _b64(house.randomness.octets(NONCE_BYTES))
    standing = Standing(
        dev_id=message.header.source,
        management_url=house.settings.url(MANAGEMENT_PATH),
        session=opened_session(house, loaded.session),
        open=(*loaded.open, *speaker.on_their_way()),
        questions=_questions(loaded, now),
        next_nonce=nonce if found.by_digest is not None else None,
    )
    turn = converse(standing, message, now, None if speaker.is_silent else speaker)
    stood, entries = _stood(speaker.planner, turn, now)
    spoken = speaker.voice.after(turn) if speaker.voice else None
    change = Conversed(
        key=arrived.key,
        at=now,
        session=sealed_session(house, turn.session),
        reply=turn.reply,
        changes=tuple(each for each in turn.changes if not each.id.startswith(PLANNED)),
        questions_asked_at=now if _just_asked(loaded, turn) else loaded.questions_asked_at,
        nonce=nonce,
        used_nonces=found.used_nonces,
        entries=(
            *_entries(turn, now, loaded),
            *arrived.told,
            *entries,
            *_first_run(spoken, turn, now),
        ),
        learned=_learned(house, loaded, turn, now) if turn.facts else None,
        ended=turn.unenrolled,
        end_reason=_why_ended(loaded) if turn.unenrolled else "",
        stood=stood,
        first_use=_first_use(loaded),
        arrival=spoken.memory if spoken else None,
        noticed=spoken is not None and spoken.noticed,
    )
    return turn, change


def _first_run(spoken: Spoken | None, turn: Turn, now: datetime) -> tuple[TimelineEntry, ...]:
    """Return the lines of the timeline that say how far first run has come."""
    session = turn.session
    return tuple(
        TimelineEntry(now, "first run", detail, session.session_id, session.msg_id)
        for detail in (spoken.lines if spoken else ())
    )


def _first_use(loaded: Loaded) -> CertificateId | None:
    """Return the renewed certificate that this message is the first to use."""
    certificate = loaded.certificate
    if certificate is None or certificate.replaces is None or certificate.used_at is not None:
        return None
    return certificate.id


def _stood(
    planner: DevicePlanner | None, turn: Turn, now: datetime
) -> tuple[Stood | None, tuple[TimelineEntry, ...]]:
    """Return how the device stands now, and the line of its timeline that says what changed."""
    if planner is None:
        return None, ()
    stood, after = planner.stood(turn)
    detail = told(planner.before.standing, after)
    if not detail:
        return stood, ()
    session = turn.session
    line = TimelineEntry(now, "settings", detail, session.session_id, session.msg_id)
    return stood, (line,)


def _questions(loaded: Loaded, now: datetime) -> tuple[str, ...]:
    """What is known may be large: it is unpacked only where it can matter."""
    if not may_ask(loaded.questions_asked_at, now):
        return ()
    return questions(load_known(loaded.known), loaded.questions_asked_at, now)


def _learned(house: House, loaded: Loaded, turn: Turn, now: datetime) -> Learned:
    known = house.open_known(loaded.known).as_of(now).learn(lasting(turn.facts))
    return Learned(house.stored_known(known), known.count, identify(known))


def _just_asked(loaded: Loaded, turn: Turn) -> bool:
    """Return whether our questions went out with this very turn."""
    before = loaded.session
    same = before is not None and before.started_at == turn.session.started_at
    return turn.session.asked and not (same and before is not None and before.asked)


def _entries(turn: Turn, now: datetime, loaded: Loaded) -> tuple[TimelineEntry, ...]:
    session = turn.session
    left = turn.unenrolled and loaded.device.departing
    entries = [
        TimelineEntry(now, note.kind.value, note.detail, session.session_id, session.msg_id)
        for note in turn.notes
        if not (left and note.kind is NoteKind.UNENROLLED)
    ]
    if left:
        detail = {"reason": _why_ended(loaded)}
        entries.append(TimelineEntry(now, _LEFT, detail, session.session_id, session.msg_id))
    return tuple(entries)


def _why_ended(loaded: Loaded) -> str:
    """A headset that was told to leave says it in the same words as its wearer."""
    return "it left, as it was told" if loaded.device.departing else "the wearer disconnected it"


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
