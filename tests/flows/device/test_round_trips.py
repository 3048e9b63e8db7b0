"""What one message costs the database: one round trip to read, one to commit."""

import base64
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.world import key, queued
from tests.flows.device.test_wanting import LENGTH, MICROPHONE, want
from tests.flows.device.wearer import SERVER, Wearer, wearing
from tests.flows.home import Home, open_home

from lenskeep.base.secret import Secret
from lenskeep.flows.device.identity import SECRET_PURPOSE, Proof
from lenskeep.flows.device.manage import manage
from lenskeep.store import serve
from lenskeep.store.sql import Executor, Rows, Step, T, Work
from lenskeep.wire.syncml.codes import AUTH_MD5
from lenskeep.wire.syncml.digest import md5_digest
from lenskeep.wire.syncml.model import Alert, Credential, Header, Message
from lenskeep.wire.syncml.write import write_message


@dataclass
class Counting:
    """An executor that counts how often it has to go to a database that is elsewhere.

    One statement that is its unit's only one is a round trip; a transaction of several is one
    each, and one for its beginning and its end.
    """

    within: Executor
    reads: list[int] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run and count it."""
        steps: list[Step] = []
        result = await self.within.read(lambda: _noting(work, steps))
        self.reads.append(_trips(steps))
        return result

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run and count it."""
        steps: list[Step] = []
        result = await self.within.write(lambda: _noting(work, steps))
        self.writes.append(_trips(steps))
        return result

    def close(self) -> None:
        """Leave it open: the house closes it."""

    async def aclose(self) -> None:
        """Leave it open, too."""

    def counted(self) -> tuple[list[int], list[int]]:
        """Return the round trips of each reading and each writing unit, and begin anew."""
        found = self.reads[:], self.writes[:]
        self.reads.clear()
        self.writes.clear()
        return found


def _noting(work: Callable[[], Work[T]], steps: list[Step]) -> Generator[Step, Rows, T]:
    unit = work()
    steps.clear()
    try:
        step = next(unit)
        while True:
            steps.append(step)
            step = unit.send((yield step))
    except StopIteration as done:
        result: T = done.value
        return result


def _trips(steps: list[Step]) -> int:
    alone = len(steps) == 1 and steps[0].last
    return 1 if alone else len(steps) + 2


@dataclass
class Counted:
    """A house whose trips are counted, with its messages one by one."""

    home: Home
    executor: Counting
    messages: list[tuple[list[int], list[int]]] = field(default_factory=list)

    async def session(self, wearer: Wearer, *, user: str = "user") -> None:
        """Have one session and note what each of its messages cost."""
        self.messages.clear()
        real = wearer.say

        async def say(body: bytes) -> bytes:
            self.executor.counted()
            reply = await real(body)
            self.messages.append(self.executor.counted())
            return reply

        wearer.say = say  # type: ignore[method-assign]
        try:
            await wearer.sync(user)
        finally:
            wearer.say = real  # type: ignore[method-assign]


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    """A house on a store that counts."""
    with open_home(tmp_path) as home:
        executor = Counting(home.store.executor)
        store = serve(executor)
        ports: dict[str, Any] = {
            name: getattr(store, name) for name in ("conversations", "standings", "mandate")
        }
        home.house = replace(home.house, **ports)
        yield Counted(home, executor)


ONCE = ([1], [1])
"""One read, one commit."""


async def test_an_idle_check_in_costs_one_of_each(counted: Counted) -> None:
    """Whether anything is wanted of the device or not."""
    wearer = await wearing(counted.home, 1)
    await counted.session(wearer)
    await counted.session(wearer)
    assert [ONCE] == counted.messages

    await want(counted.home, (LENGTH, "8"))
    await counted.session(wearer)
    await counted.session(wearer)

    assert [ONCE] == counted.messages


async def test_so_does_every_message_of_a_profile_change(counted: Counted) -> None:
    """The wanted tree is read once by a process, whatever the number of devices."""
    first, second = [await wearing(counted.home, number) for number in (1, 2)]
    for each in (first, second):
        await counted.session(each)
    await want(counted.home, (LENGTH, "8"), (MICROPHONE, "1"))

    await counted.session(first)
    assert [([1, 1], [1]), *[ONCE] * 3] == counted.messages
    await counted.session(second)

    assert [ONCE] * 4 == counted.messages
    assert second.value(LENGTH) == "8"


async def test_so_do_the_messages_of_a_day_later(counted: Counted) -> None:
    """All is read again, and what the device says of itself is as it was: no rule is asked."""
    wearer = await wearing(counted.home, 1)
    await want(counted.home, (LENGTH, "8"))
    for _ in range(2):
        await counted.session(wearer)
    counted.home.clock.advance(hours=25)

    await counted.session(wearer)

    assert [ONCE] * len(counted.messages) == counted.messages
    assert len(counted.messages) > 1


@pytest.mark.parametrize("count", [1, 10, 150])
async def test_so_do_operations_however_many(counted: Counted, count: int) -> None:
    """Sent, answered, refused: they are one list in a statement."""
    wearer = await wearing(counted.home, 1)
    await counted.session(wearer)
    await queued(counted.home.store, counted.home.enrolled[wearer.device], range(count))

    await counted.session(wearer)

    assert [ONCE] * len(counted.messages) == counted.messages
    row = (await counted.home.store.fleet.device(wearer.device)).row
    assert (0, count) == (row.operations_open, row.operations_failed)


async def test_a_repeated_message_is_only_read(counted: Counted) -> None:
    """The reply that was stored goes out again."""
    wearer = await wearing(counted.home, 1)
    await counted.session(wearer)
    wearer.lose = iter([True])

    await counted.session(wearer)

    assert [ONCE, ([1], [])] == counted.messages


@pytest.mark.parametrize("named", [True, False])
async def test_a_digest_is_checked_with_what_was_loaded(counted: Counted, *, named: bool) -> None:
    """The challenges that were answered come with the rest; so do all who claim the DevId."""
    home, secret = counted.home, "of the device"
    sealed = home.house.keyring.seal(SECRET_PURPOSE, secret.encode())
    wearer = await wearing(home, 1, auth_secret=sealed)
    await counted.session(wearer)
    name = home.enrolled[wearer.device].enrollment.auth_name
    loaded = await home.house.conversations.load_by_auth_name(name, key())
    assert loaded is not None
    proof = md5_digest(name, Secret(secret), base64.b64decode(loaded.nonce))
    header = Header("77", "1", SERVER, wearer.dev_id, source_name=name if named else None)
    header = replace(header, credential=Credential(AUTH_MD5, "b64", proof))
    counted.executor.counted()

    answered = await manage(
        home.house, Proof(), write_message(Message(header, (Alert("2", 1201),)))
    )

    assert "answered" == answered.outcome, answered.reason
    assert ONCE == counted.executor.counted()
