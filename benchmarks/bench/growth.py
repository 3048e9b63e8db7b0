"""Growth, one axis at a time: what a message, an assignment cost as the fleet or the profile grows.

Measured in one process, without the door: the way of a message through `flows` and the store is
what could grow, and what does not grow (TLS, HTTP) would only water the ratio down. Every message
is another device's, drawn from the whole fleet, so that no cache is warm for it.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.bench.fleet.pattern import WHO, Pattern, certificate_of
from benchmarks.bench.fleet.seeding import Member
from benchmarks.bench.places import Place

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.flows.desired.assigning import assign, unassign
from lenskeep.flows.desired.profiles import Draft, create_profile
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import manage
from lenskeep.flows.house import House
from lenskeep.flows.mandate import ALL_DEVICES

AT_ONCE: Final = 16
"""Messages in flight."""
_CONFIG: Final = "./Device/Vendor/MSFT/Policy/Config/"
_BROAD: Final = ("Experience/AllowCortana", "Browser/AllowPopups", "System/AllowLocation")


@dataclass
class Grown:
    """One size: its house, those who check in, and the milliseconds of each round."""

    place: Place
    house: House
    pattern: Pattern
    members: Sequence[Member]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    _sessions: Iterator[int] = field(default_factory=lambda: itertools.count(0x1000))

    def __post_init__(self) -> None:
        self._opening = self.pattern.headset.opening("SESSION").split(b"SESSION")
        self._own = self.pattern.headset.dev_id.encode("ascii")

    def message(self, member: Member) -> bytes:
        """Return what this device says who has nothing to tell, in a session of its own."""
        text = (b"%04X" % next(self._sessions)).join(self._opening)
        return text.replace(self._own, member.dev_id.encode("ascii"))

    async def round(self, messages: int, dice: random.Random) -> None:
        """Let so many of them check in; keep what one message took."""
        chosen = [dice.choice(self.members) for _ in range(messages)]
        work = iter([(each, self.message(each)) for each in chosen])

        async def lane() -> None:
            for member, body in work:
                proof = Proof(certificate_of(member.number))
                answered = await manage(self.house, proof, body)
                assert answered.outcome == "answered", answered.reason

        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
        self.wall.append((time.perf_counter() - wall) * 1e3 / messages)
        self.cpu.append((time.process_time() - cpu) * 1e3 / messages)


async def check_ins(sizes: Sequence[Grown], rounds: int, messages: int) -> None:
    """Let all sizes check in, in turn, there and back; the first round is not kept."""
    dice = random.Random(5)
    for number in range(rounds + 1):
        for each in reversed(sizes) if number % 2 else sizes:
            await each.round(messages, dice)
            if number == 0:
                each.wall.clear()
                each.cpu.clear()


async def assignments(house: House, rounds: int) -> list[float]:
    """Return the milliseconds of each assignment of one profile to all devices."""
    rows = tuple(ProfileSetting(_CONFIG + each, "0", acknowledged=True) for each in _BROAD)
    draft = Draft("For everybody", "", ProfileBody(rows))
    profile: ProfileId = (await create_profile(house, WHO, draft)).profile.id
    spent = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        done = await assign(house, WHO, profile, ALL_DEVICES, accept_conflicts=True)
        spent.append((time.perf_counter() - started) * 1e3)
        assert done.assignment is not None
        await unassign(house, WHO, done.assignment.id)
    return spent[1:]
