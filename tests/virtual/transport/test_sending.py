"""Retries, patience with a busy server, and accidents: each is counted, none changes a byte."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.virtual import double
from tests.virtual.double import Call, Double, Reply
from tests.virtual.transport.test_line import Counting

from lenskeep.virtual.transport import (
    NO_ACCIDENTS,
    Accidents,
    Answer,
    Fate,
    Outgoing,
    Patience,
    Purpose,
    Switchboard,
    Transport,
    Trust,
)
from lenskeep.virtual.trouble import Breach, LostPower, NoConnection

QUICK = Patience(retries=2, first_pause_s=0, longest_pause_s=0, jitter=0.5)
Say = Callable[[int, Call], Reply]


class Heard:
    """A server that remembers what it heard, and says what it is told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.say: Say = lambda number, call: Reply(body=call.body)

    def __call__(self, call: Call) -> Reply:
        self.bodies.append(call.body)
        return self.say(len(self.bodies), call)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[Heard, Double]]:
    authority, heard = double.make_authority(), Heard()
    async with double.serve(authority, heard, tmp_path) as running:
        yield heard, running


class Sender:
    """Sends numbered messages and counts what happens."""

    def __init__(self, running: Double) -> None:
        self.watch = Counting()
        self._running = running

    async def send(
        self,
        *bodies: bytes,
        patience: Patience = QUICK,
        fate: Fate = NO_ACCIDENTS,
        purpose: Purpose = Purpose.SESSION,
    ) -> list[Answer]:
        """Send some messages over one line; return their answers."""
        trust, board = Trust(self._running.authority.pem), Switchboard(watch=self.watch)
        async with Transport(trust, patience, fate, purpose, board) as transport:
            return [
                await transport.send(Outgoing("POST", f"{self._running.base}/x", (), body), number)
                for number, body in enumerate(bodies, start=1)
            ]


def busy(until: int, *, after: str = "0") -> Say:
    """Return a server that is busy until it was asked so often."""

    def say(number: int, call: Call) -> Reply:
        if number < until:
            return Reply(status=429, headers={"Retry-After": after, "Content-Length": "0"})
        return Reply(body=call.body)

    return say


async def test_a_busy_server_is_asked_again_with_the_same_bytes(
    server: tuple[Heard, Double],
) -> None:
    heard, running = server
    heard.say = busy(3)
    sender = Sender(running)

    (answer,) = await sender.send(b"one", patience=Patience(retries=0, holds=5))

    assert answer.status == 200
    assert heard.bodies == [b"one"] * 3
    assert sender.watch.told.count("held back") == 2


async def test_who_has_no_patience_is_told_that_the_server_is_busy(
    server: tuple[Heard, Double],
) -> None:
    heard, running = server
    heard.say = busy(9)

    (answer,) = await Sender(running).send(b"one", patience=Patience(retries=0))

    assert (answer.status, answer.header("Retry-After")) == (429, "0")


async def test_patience_ends(server: tuple[Heard, Double]) -> None:
    heard, running = server
    heard.say = busy(9)

    (answer,) = await Sender(running).send(b"one", patience=Patience(retries=0, holds=2))

    assert answer.status == 429
    assert len(heard.bodies) == 3


@pytest.mark.parametrize(
    ("fate", "heard_bodies", "told"),
    [
        (Accidents(lose_request=2), [b"1", b"2"], "lose-request"),
        (Accidents(lose_answer=2), [b"1", b"2", b"2"], "lose-answer"),
        (Accidents(double=2), [b"1", b"2", b"2"], "double"),
        (Accidents(reorder=2), [b"1", b"1", b"2"], "reorder"),
        (Accidents(hang=2, hang_s=0.01), [b"1", b"2"], "slow"),
    ],
)
async def test_what_goes_wrong_is_mended_with_the_same_bytes(
    server: tuple[Heard, Double], fate: Accidents, heard_bodies: list[bytes], told: str
) -> None:
    heard, running = server
    sender = Sender(running)

    answers = await sender.send(b"1", b"2", fate=fate)

    assert [answer.body for answer in answers] == [b"1", b"2"]
    assert heard.bodies == heard_bodies
    assert told in sender.watch.told


async def test_a_power_cut_is_the_headsets_own(server: tuple[Heard, Double]) -> None:
    heard, running = server

    with pytest.raises(LostPower):
        await Sender(running).send(b"1", b"2", fate=Accidents(drop=2))

    assert heard.bodies == [b"1"]


async def test_a_session_wants_the_same_answer_to_the_same_bytes(
    server: tuple[Heard, Double],
) -> None:
    heard, running = server
    heard.say = lambda number, _: Reply(body=str(number).encode())

    with pytest.raises(Breach, match="differently"):
        await Sender(running).send(b"1", fate=Accidents(double=1))


async def test_an_enrollments_answer_names_its_moment(server: tuple[Heard, Double]) -> None:
    heard, running = server
    heard.say = lambda number, _: Reply(body=str(number).encode())

    (answer,) = await Sender(running).send(b"1", fate=Accidents(double=1), purpose=Purpose.ENROLL)

    assert answer.body == b"2"


async def test_every_retry_is_counted_until_there_are_none(tmp_path: Path) -> None:
    authority = double.make_authority()
    async with double.serve(authority, Heard(), tmp_path) as running:
        gone = running
    sender = Sender(gone)

    with pytest.raises(NoConnection):
        await sender.send(b"1")

    assert sender.watch.told == ["retried", "retried"]


async def test_times_are_kept_by_what_they_are_for(server: tuple[Heard, Double]) -> None:
    sender = Sender(server[1])

    await sender.send(b"1", b"2", b"3")
    await sender.send(b"1", purpose=Purpose.RENEW)

    assert sender.watch.told == [
        *("handshake", "first message", "later message", "later message"),
        *("handshake", "renew"),
    ]


async def test_lines_are_kept_open_for_those_who_come_again(server: tuple[Heard, Double]) -> None:
    _, running = server
    trust, watch = Trust(running.authority.pem), Counting()
    board = Switchboard(keep=1, watch=watch)
    out = Outgoing("POST", f"{running.base}/x", (), b"1")

    for _ in range(3):
        async with Transport(trust, QUICK, switchboard=board) as transport:
            await transport.send(out, 1)
    board.close()

    assert watch.told.count("first message") == 3
    assert watch.told.count("handshake") + watch.told.count("reconnected") <= 4
