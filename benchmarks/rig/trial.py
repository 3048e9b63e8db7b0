"""A fleet at work while something goes wrong; afterwards the books are compared.

The fleet are virtual headsets in this process; each counts what it really carried out. An
administrator queues operations and saves profile revisions all the while. A disturber, given by
the command, does its worst. Then all come to rest, and nothing may be lost or done twice.
"""

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
from benchmarks.rig.site import BUILD, Site

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.enrollment.keys import KeyPool
from lenskeep.virtual.headset import SyncOptions, VirtualHeadset
from lenskeep.virtual.session.commands import Executor
from lenskeep.virtual.transport import NO_ACCIDENTS, Accidents, Outgoing, Patience, Transport

CONFIG: Final = "./Device/Vendor/MSFT/Policy/Config/"
LOCK: Final = "./Device/Vendor/MSFT/RemoteLock/Lock"
UNENROLL: Final = f"{CONFIG}Experience/AllowManualMDMUnenrollment"
VERSION: Final = "./DevDetail/SwV"
SETTINGS: Final = (
    "Update/ActiveHoursStart",
    "Update/ActiveHoursMaxRange",
    "Experience/AllowCortana",
)
EVERYBODY: Final = "grp_all"
PATIENCE: Final = Patience(retries=2, first_pause_s=0.05, longest_pause_s=0.5, answer_s=20)
REST_ROUNDS: Final = 40
"""Sessions a headset gets at most to come to rest."""
OPEN: Final = ("queued", "sent")
_SHOWN: Final = 30
_WEIGHED_S: Final = 2.0
_PAUSE_S: Final = 0.3
"""Between two sessions of a headset: a headset that hammers leaves no time for anybody else."""

_WISHES: Final[tuple[dict[str, object], ...]] = (
    {"verb": "exec", "uri": LOCK},
    {"verb": "get", "uri": VERSION},
    {"verb": "replace", "uri": UNENROLL, "format": "int", "value": "1"},
)

Disturb = Callable[["Trial"], Awaitable[None]]
Misfortune = Callable[[random.Random], Accidents]


@dataclass
class Book:
    """What one headset carried out, by verb and node."""

    done: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass
class Counts:
    """What happened in a trial."""

    sessions: int = 0
    messages: int = 0
    broken: int = 0
    """Sessions that were cut off, and went on later."""
    refused: Counter[str] = field(default_factory=Counter)
    queued: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Operations that the server acknowledged: id -> device, verb."""
    saved: int = 0
    unheard: int = 0
    """Requests of the administrator that nobody answered."""
    accidents: Counter[str] = field(default_factory=Counter)
    memory_mb: list[float] = field(default_factory=list)


@dataclass
class Trial:
    """One trial on one site; `judged` holds what was found wrong, in plain words."""

    site: Site
    size: int
    seed: int = 1
    misfortune: Misfortune = lambda _dice: NO_ACCIDENTS
    pause_s: float = _PAUSE_S
    late: float = 0
    """Part of the sessions after which one of their messages comes once more, late."""
    headsets: list[VirtualHeadset] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    wrong: list[str] = field(default_factory=list)
    profile: str = ""
    revision: int = 0
    over: bool = False
    _books: dict[int, Book] = field(default_factory=dict)

    # --- the whole of it --------------------------------------------------------------------

    async def run(self, disturb: Disturb) -> None:
        """Enroll, work while it is disturbed, come to rest, judge."""
        count_in(self._books)
        await self.enroll()
        work = [asyncio.create_task(self._live(each)) for each in range(self.size)]
        admin = asyncio.gather(self._administer(), self._weigh())
        await disturb(self)
        self.over = True
        await asyncio.gather(*work, admin)
        await self.rest()
        await self.judge()

    async def enroll(self) -> None:
        """Enroll the fleet with one code and give it the first revision."""
        code, ca = await asyncio.to_thread(self.site.code), self.site.ca
        with KeyPool(self.size) as keys:
            for number in range(self.size):
                headset = VirtualHeadset.create(build=BUILD, keys=keys)
                await headset.enroll(self.site.url, f"wearer{number}@example.org", code, ca)
                self.headsets.append(headset)
                self._books[id(headset.tree)] = Book()
        body: dict[str, object] = {"name": "trial", "settings": self._settings(0)}
        made = await asyncio.to_thread(self.site.ask, "POST", "/api/v1/profiles", body)
        self.profile, self.revision = made["profile"]["id"], 1
        body = {"profile": self.profile, "group": EVERYBODY, "accept_conflicts": True}
        await asyncio.to_thread(self.site.ask, "POST", "/api/v1/assignments", body)

    # --- living -----------------------------------------------------------------------------

    async def _live(self, number: int) -> None:
        """Sync again and again; whatever goes wrong, go on with the next session."""
        dice = random.Random(self.seed * 1000 + number)
        while not self.over:
            await self.sync(number, self.misfortune(dice), dice)
            await asyncio.sleep(dice.uniform(0, 2 * self.pause_s))

    async def sync(
        self,
        number: int,
        accidents: Accidents = NO_ACCIDENTS,
        dice: random.Random | None = None,
    ) -> bool:
        """Run one session of a headset; return whether it came to its end."""
        options = SyncOptions(patience=PATIENCE, accidents=accidents)
        self.counts.accidents.update(
            name
            for name in ("lose_request", "lose_answer", "double", "truncate")
            if getattr(accidents, name)
        )
        try:
            report = await self.headsets[number].sync(options)
        except LenskeepError as error:
            self.counts.broken += 1
            self.counts.refused[f"{type(error).__name__}: {error}"[:100]] += 1
            return False
        self.counts.sessions += 1
        self.counts.messages += report.messages
        if dice is not None and report.exchanges and dice.random() < self.late:
            await self._once_more(number, dice.choice(report.exchanges).request)
        return True

    async def _once_more(self, number: int, request: Outgoing) -> None:
        """Send a message again behind those that followed it; what is answered is not heard."""
        self.counts.accidents["reorder"] += 1
        trust = self.headsets[number].device.trust(with_certificate=True)
        async with Transport(trust, PATIENCE) as transport:
            with suppress(LenskeepError):
                answer = await transport.send(request, 0)
                if answer.status >= httpx2.codes.INTERNAL_SERVER_ERROR:
                    self.wrong.append(f"a late message was answered {answer.status}")

    async def _weigh(self) -> None:
        """Look at the server's memory now and then."""
        while not self.over:
            with suppress(OSError):
                self.counts.memory_mb.append(self.site.memory_mb())
            await asyncio.sleep(_WEIGHED_S)

    async def _administer(self) -> None:
        """Queue operations and save revisions, one wish after the other."""
        dice = random.Random(self.seed)
        for turn in itertools.count(1):
            if self.over:
                return
            try:
                await asyncio.to_thread(self._save if turn % 10 == 0 else self._queue, dice, turn)
            except (httpx2.HTTPError, RuntimeError):
                self.counts.unheard += 1
            await asyncio.sleep(0.1)

    def _queue(self, dice: random.Random, _turn: int) -> None:
        headset = dice.choice(self.headsets)
        device = self._record(headset)
        wish = dice.choice(_WISHES)
        made = self.site.ask("POST", f"/api/v1/devices/{device}/operations", wish)
        self.counts.queued[made["id"]] = (device, str(wish["verb"]))

    def _record(self, headset: VirtualHeadset) -> str:
        """Return the id of its record."""
        found = self.site.ask("GET", f"/api/v1/devices?text={headset.device_id}")["items"]
        device: str = found[0]["id"]
        return device

    def _save(self, _dice: random.Random, turn: int) -> None:
        """Save a revision; one that nobody acknowledged may have been saved all the same."""
        base = self.site.ask("GET", f"/api/v1/profiles/{self.profile}")["profile"]["revision"]
        body = {"settings": self._settings(turn), "base": base, "accept_conflicts": True}
        self.site.ask("POST", f"/api/v1/profiles/{self.profile}/revisions", body)
        self.counts.saved += 1

    def _settings(self, turn: int) -> list[dict[str, object]]:
        values = (turn % 24, 8 + turn % 11, turn % 2)
        return [
            {"uri": CONFIG + name, "value": value, "acknowledged": True}
            for name, value in zip(SETTINGS, values, strict=True)
        ]

    # --- coming to rest ---------------------------------------------------------------------

    async def rest(self) -> None:
        """Let every headset sync until nothing more comes, and no session is left open."""
        await asyncio.to_thread(self.site.wait_until_up)
        gate = asyncio.Semaphore(10)

        async def one(number: int) -> None:
            async with gate:
                quiet = 0
                for _ in range(REST_ROUNDS):
                    before = self.book(number).done.total()
                    ended = await self.sync(number)
                    quiet = quiet + 1 if ended and before == self.book(number).done.total() else 0
                    if quiet == 2:
                        return
                self.wrong.append(f"headset {number} does not come to rest")

        await asyncio.gather(*(one(number) for number in range(self.size)))

    def book(self, number: int) -> Book:
        """Return what this headset carried out."""
        return self._books[id(self.headsets[number].tree)]

    # --- judging ----------------------------------------------------------------------------

    async def judge(self) -> None:
        """Compare what the server says with what the headsets did."""
        await asyncio.to_thread(self._judge)

    def _judge(self) -> None:
        count = len(self.site.devices())
        if count != self.size:
            self.wrong.append(f"{count} devices are there, {self.size} enrolled")
        stored: dict[str, dict[str, Any]] = {}
        for number, headset in enumerate(self.headsets):
            device = self._record(headset)
            path = f"/api/v1/devices/{device}/operations?limit=200"
            operations = list(self.site.pages(path))
            stored |= {each["id"]: each for each in operations}
            self._judge_operations(number, operations)
        lost = self.counts.queued.keys() - stored.keys()
        if lost:
            self.wrong.append(f"{len(lost)} operations that were acknowledged are not there")
        self._judge_settings()

    def _judge_operations(self, number: int, operations: list[dict[str, Any]]) -> None:
        states = Counter(each["state"] for each in operations if each["verb"] == "exec")
        carried = self.book(number).done[("exec", LOCK)]
        if not states["done"] <= carried <= states["done"] + states["unknown"]:
            self.wrong.append(
                f"headset {number} locked itself {carried} times, the server says {dict(states)}"
            )
        for each in operations:
            if each["state"] in OPEN or each["state"] == "failed":
                self.wrong.append(
                    f"{each['verb']} {each['id']} ends {each['state']}: "
                    f"{each['status']} {each['status_text']}"
                )

    def _judge_settings(self) -> None:
        path = f"/api/v1/profiles/{self.profile}"
        newest = self.site.ask("GET", path)["profile"]["revision"]
        page = self.site.ask("GET", f"{path}/revisions/{newest}")
        progress = self.site.ask("GET", f"{path}/progress")["rollout"]["by_state"]
        if progress.get("verified") != self.size:
            self.wrong.append(f"not all are verified: {progress}")
            self._explain()
        for number, headset in enumerate(self.headsets):
            for setting in page["settings"]:
                if headset.value(setting["uri"]) != setting["value"]:
                    self.wrong.append(f"headset {number} lacks {setting['uri']}")

    def _explain(self) -> None:
        """Print how the first headset that is not verified stands."""
        for headset in self.headsets:
            found = self.site.ask("GET", f"/api/v1/devices/{self._record(headset)}/settings")
            bad = [each for each in found["settings"] if each["state"] != "verified"]
            if bad:
                print(json.dumps(bad, indent=1))
                return

    def told(self) -> str:
        """Return what happened, for people."""
        counts = self.counts
        lines = [
            f"{counts.sessions} sessions with {counts.messages} messages came to their end, "
            f"{counts.broken} were cut off and went on",
            f"{len(counts.queued)} operations and {counts.saved} revisions acknowledged, "
            f"{counts.unheard} requests of the administrator unanswered",
        ]
        if counts.memory_mb:
            early = counts.memory_mb[: max(1, len(counts.memory_mb) // 5)]
            lines.append(
                f"memory of the largest server process: {max(early):.0f} MB at most in the first "
                f"fifth of the time, {max(counts.memory_mb):.0f} MB in all of it"
            )
        lines += [f"  {count:5} x {reason}" for reason, count in counts.refused.most_common(8)]
        return "\n".join(lines)

    def verdict(self) -> int:
        """Print what was found; return the exit status."""
        print(self.told())
        errors = self.site.log.read_text("utf-8", "replace").count("request_failed")
        if errors or self.wrong:
            kept = Path("trial.log").resolve()
            kept.write_bytes(self.site.log.read_bytes())
            self.wrong.append(f"{errors} requests met an error of ours; the log is {kept}")
        for each in self.wrong[:_SHOWN]:
            print(f"WRONG: {each}")
        print(f"{len(self.wrong)} wrong" if self.wrong else "nothing lost, nothing done twice")
        return bool(self.wrong)


def count_in(books: dict[int, Book]) -> None:
    """Let every headset of this process write down what it carries out."""
    carry_out = Executor.carry_out

    def counting(self: Executor, *arguments: Any, **more: Any) -> Any:
        execution = carry_out(self, *arguments, **more)
        book = books.get(id(self._tree))
        if book is not None:
            book.done.update((done.verb, done.uri) for done in execution.done)
        return execution

    Executor.carry_out = counting  # type: ignore[method-assign]


def say(started: float, text: str) -> None:
    """Print a line with the time since the start."""
    print(f"{time.monotonic() - started:7.1f} s  {text}", flush=True)
