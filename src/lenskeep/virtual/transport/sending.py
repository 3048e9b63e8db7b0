"""Messages and what becomes of them: retries with the same bytes, patience, accidents.

A message that is sent again is sent with the same bytes, and a server must then answer with the
same bytes. Where the server asks to come back later, a patient headset does.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.virtual.transport.accidents import NO_ACCIDENTS, Fate, Mishap
from lenskeep.virtual.transport.message import Answer, Exchange, Outgoing, Trust
from lenskeep.virtual.transport.switchboard import Switchboard
from lenskeep.virtual.trouble import Breach, LostPower, NoConnection

_ANSWER_S: Final = 60.0
"""`assumed:` the Windows client's is not published; servers are told to stay below a minute."""
BUSY: Final = (429, 503)
_DEFAULT_WAIT_S: Final = 60
"""Where a busy server names no time."""
FIRST: Final = "first message"
LATER: Final = "later message"
"""The kinds of a session's messages, for who counts them."""
_SPREAD: Final = 0.25
"""Of the time that a busy server asks for: headsets that were turned away together come apart."""


class Purpose(Enum):
    """What a run of messages is for; the name under which its times are counted."""

    ENROLL = "enroll"
    SESSION = "session"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Patience:
    """How a headset retries. `retries` None takes the account's CONNRETRYFREQ.

    The pauses are far shorter than INITIALBACKOFFTIME says, so that a test need not wait.
    `jitter` is the part of a pause that is left to chance; `holds` is how often one message is put
    off by a busy server before its sender hears of it.
    """

    retries: int | None = None
    first_pause_s: float = 0.2
    longest_pause_s: float = 2.0
    answer_s: float = _ANSWER_S
    jitter: float = 0.0
    holds: int = 0


class Transport:
    """Sends messages over a line. Use as an async context manager."""

    def __init__(
        self,
        trust: Trust,
        patience: Patience | None = None,
        accidents: Fate = NO_ACCIDENTS,
        purpose: Purpose = Purpose.SESSION,
        switchboard: Switchboard | None = None,
    ) -> None:
        self.patience = patience or Patience()
        self.exchanges: list[Exchange] = []
        self._fate = accidents
        self._purpose = purpose
        self._switchboard = switchboard or Switchboard()
        self._watch = self._switchboard.watch
        self._line = self._switchboard.take(trust)
        self._before: Outgoing | None = None

    async def __aenter__(self) -> "Transport":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._switchboard.give_back(self._line)

    @property
    def attempts(self) -> int:
        """How many requests went out, or were to."""
        return len(self.exchanges)

    async def send(self, out: Outgoing, number: int, retries: int = 0) -> Answer:
        """Send message `number`, again with the same bytes where the connection breaks.

        Raises NoConnection when the retries are used up, Breach where the same bytes get
        another answer, LostPower where the accident is the headset's own.
        """
        started = time.monotonic()
        mishap = self._fate.mishap(number) if number > 0 else None
        if mishap is not None:
            self._watch.happened(mishap.value)
        answer = await self._patiently(out, mishap, retries)
        self._watch.took(self._kind(number), time.monotonic() - started)
        self._before = out
        return answer

    async def _patiently(self, out: Outgoing, mishap: Mishap | None, retries: int) -> Answer:
        """Send until there is an answer that is more than "later"."""
        holds = 0
        while True:
            answer = await self._stubbornly(out, mishap, retries)
            if answer.status not in BUSY or holds == self.patience.holds:
                return answer
            holds, mishap = holds + 1, None
            self._watch.happened("held back")
            wait_s = wait_of(answer)
            await asyncio.sleep(wait_s * (1 + _SPREAD * random.random()))  # noqa: S311 - a pause

    async def _stubbornly(self, out: Outgoing, mishap: Mishap | None, retries: int) -> Answer:
        """Send until there is an answer, with as many retries as there are."""
        retries = self.patience.retries if self.patience.retries is not None else retries
        lost: Answer | None = None
        for attempt in range(retries + 1):
            if attempt:
                self._watch.happened("retried")
            try:
                answer = await self._attempt(out, None if attempt else mishap)
            except NoConnection:
                if attempt == retries:
                    raise
            else:
                if attempt or mishap is not Mishap.LOSE_ANSWER:
                    return self._same(lost, answer)
                lost = answer
            await self._pause(attempt)
        raise NoConnection("the answer was lost")

    async def _pause(self, attempt: int) -> None:
        patience = self.patience
        pause_s = min(patience.first_pause_s * 2.0**attempt, patience.longest_pause_s)
        chance = random.random()  # noqa: S311 - a pause
        await asyncio.sleep(pause_s * (1 - patience.jitter * chance))

    async def _attempt(self, out: Outgoing, mishap: Mishap | None) -> Answer:
        """Send once, with what goes wrong this time."""
        if self._fate.before_each_s:
            await asyncio.sleep(self._fate.before_each_s)
        match mishap:
            case Mishap.LOSE_REQUEST:
                raise NoConnection("the request was lost on the way")
            case Mishap.DROP:
                raise LostPower("the headset lost power and knows nothing of this session")
            case Mishap.TRUNCATE:
                return await self._once(out, ((_halves(out.body)[0], -1.0),))
            case Mishap.SLOW:
                first, second = _halves(out.body)
                return await self._once(out, ((first, self._fate.hold_s), (second, 0.0)))
            case Mishap.REORDER if self._before is not None:
                await self._again_late(self._before)
        answer = await self._once(out)
        if mishap is Mishap.DOUBLE:
            return self._same(answer, await self._once(out))
        return answer

    async def _again_late(self, out: Outgoing) -> None:
        """Let an older message arrive once more; nobody waits for what is said to it."""
        try:
            late = await self._once(out)
        except NoConnection:
            return
        self._watch.happened(f"late message answered {late.status}")

    async def _once(self, out: Outgoing, pieces: Sequence[tuple[bytes, float]] = ()) -> Answer:
        started = time.monotonic()
        answer: Answer | None = None
        try:
            answer = await self._line.request(out, self.patience.answer_s, pieces)
        finally:
            self.exchanges.append(Exchange(out, answer, time.monotonic() - started))
        return answer

    def _same(self, earlier: Answer | None, later: Answer) -> Answer:
        """Return the later answer; a session's message must be answered like the first time.

        The messages of an enrollment name the moment at which they were made.
        """
        if earlier is None or self._purpose is not Purpose.SESSION:
            return later
        if earlier.status in BUSY or later.status in BUSY:
            return later
        if (earlier.status, earlier.body) != (later.status, later.body):
            raise Breach(
                "[OMA-DM-Protocol 1.2.1] a repeated message gets the repeated answer",
                "the same bytes were answered differently the second time",
            )
        return later

    def _kind(self, number: int) -> str:
        if number <= 0:
            return "page"
        if self._purpose is not Purpose.SESSION:
            return str(self._purpose.value)
        return FIRST if number == 1 else LATER


def wait_of(answer: Answer) -> int:
    """Return for how many seconds a busy server asks."""
    wait = answer.header("Retry-After")
    return int(wait) if wait.isdecimal() else _DEFAULT_WAIT_S


def _halves(body: bytes) -> tuple[bytes, bytes]:
    middle = len(body) // 2
    return body[:middle], body[middle:]
