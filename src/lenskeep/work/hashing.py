"""Hashing passwords with argon2id, off the event loop and in a fair order.

As many hashings at once as there are cores; whoever has guessed wrong before waits behind those
who have not, so that a guesser delays nobody but other guessers. The same question asked twice
at once (a fleet enrolling with one account) is computed once. All bookkeeping happens on the
event loop; threads see one hash and one secret each.
"""

import asyncio
import heapq
import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Generic, TypeVar

import argon2
from argon2.exceptions import Argon2Error

from lenskeep.base.errors import Unavailable
from lenskeep.base.secret import Secret

T = TypeVar("T")

MAX_WAITING: Final = 256
"""Hashings in the queue: ten to twenty seconds on two cores, about what a headset waits
(assumed). More than that, and the most suspicious are sent away."""

_MAX_PLACES: Final = 4
"""Places in the queue for one that may wait: more are those of dropped jobs, and are cleared."""

RETRY_AFTER_S: Final = 15
"""When the queue that was full has been worked off."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hashing costs, one thread each: cores are shared out between hashings.

    The default took 80 ms on a server of 2026. [RFC 9106] 4 and the OWASP sheet (19 MiB in two
    passes at least) are both met at a size of which a small server can do many at once.
    """

    memory_kib: int = 32 * 1024
    passes: int = 3


DEFAULT_COST: Final = Cost()


@dataclass(eq=False, slots=True)
class _Job(Generic[T]):
    """One hashing, wanted by one or more callers."""

    work: Callable[[], T]
    answer: "asyncio.Future[T]"
    rank: tuple[int, int]
    """Suspicion, then the order of arrival."""
    callers: int = field(default=0)


class PasswordHasher:
    """Hashes and verifies; meant to live as long as the process, on one event loop."""

    def __init__(
        self,
        *,
        workers: int | None = None,
        max_waiting: int = MAX_WAITING,
        cost: Cost = DEFAULT_COST,
    ) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._max_waiting = max_waiting
        self._argon2 = argon2.PasswordHasher(
            time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1
        )
        self._dummy = _unknown(cost)
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="hashing")
        self._running = 0
        self._numbers = itertools.count()
        self._queue: list[tuple[tuple[int, int], _Job[Any]]] = []
        self._waiting: set[_Job[Any]] = set()
        self._verifying: dict[tuple[str, Secret], _Job[bool]] = {}

    @property
    def dummy_hash(self) -> str:
        """A hash of nothing known, to be verified for unknown names so that they cost the same."""
        return self._dummy

    @property
    def waiting(self) -> int:
        """How many hashings wait for their turn."""
        return len(self._waiting)

    async def hash(self, secret: Secret) -> str:
        """Return the argon2id hash in PHC form. Raises Unavailable when the queue is full."""
        return await self._answer(self._admit(partial(_hash, self._argon2, secret), 0))

    async def verify(self, password_hash: str, secret: Secret, *, suspicion: int = 0) -> bool:
        """Return whether it is the secret; the less suspicion, the sooner it is its turn.

        A hash that cannot be read matches nothing. Raises Unavailable when the queue is full of
        callers that are no more suspicious.
        """
        job = self._verifying.get((password_hash, secret))
        if job is None or job.answer.done():
            job = self._admit(partial(_verify, self._argon2, password_hash, secret), suspicion)
            self._share((password_hash, secret), job)
        elif job in self._waiting and suspicion < job.rank[0]:
            self._enqueue(job, suspicion)
        return await self._answer(job)

    def close(self) -> None:
        """Let the threads end; what still waits is not computed."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _share(self, key: tuple[str, Secret], job: _Job[bool]) -> None:
        """Let whoever asks the same meanwhile wait for this job."""
        self._verifying[key] = job

        def forget(_: "asyncio.Future[bool]") -> None:
            if self._verifying.get(key) is job:
                del self._verifying[key]

        job.answer.add_done_callback(forget)

    async def _answer(self, job: _Job[T]) -> T:
        """Wait for the job; when the last caller goes away before its turn, it is dropped."""
        self._start()
        job.callers += 1
        try:
            return await asyncio.shield(job.answer)
        finally:
            job.callers -= 1
            if job.callers == 0 and job in self._waiting:
                self._waiting.discard(job)
                job.answer.cancel()

    def _admit(self, work: Callable[[], T], suspicion: int) -> _Job[T]:
        """Return a job in the queue, in the place of a more suspicious one where it is full."""
        if len(self._waiting) >= self._max_waiting:
            self._make_room(suspicion)
        job = _Job(work, asyncio.get_running_loop().create_future(), (suspicion, 0))
        self._waiting.add(job)
        self._enqueue(job, suspicion)
        return job

    def _make_room(self, suspicion: int) -> None:
        busy = Unavailable("too many passwords wait to be checked", retry_after_s=RETRY_AFTER_S)
        worst = max(self._waiting, key=lambda job: job.rank, default=None)
        if worst is None or worst.rank[0] <= suspicion:
            raise busy
        self._waiting.discard(worst)
        worst.answer.set_exception(busy)

    def _enqueue(self, job: _Job[Any], suspicion: int) -> None:
        """Give the job its place; an earlier, worse place of it is skipped when its turn comes."""
        job.rank = (suspicion, next(self._numbers))
        heapq.heappush(self._queue, (job.rank, job))
        if len(self._queue) > _MAX_PLACES * self._max_waiting:
            self._queue = [(each.rank, each) for each in self._waiting]
            heapq.heapify(self._queue)

    def _start(self) -> None:
        """Hand the next jobs to free threads."""
        while self._running < self._workers and self._queue:
            rank, job = heapq.heappop(self._queue)
            if job in self._waiting and rank == job.rank:
                self._waiting.discard(job)
                self._running += 1
                loop = asyncio.get_running_loop()
                done = loop.run_in_executor(self._threads, job.work)
                done.add_done_callback(partial(self._finish, job))

    def _finish(self, job: _Job[T], done: "asyncio.Future[T]") -> None:
        self._running -= 1
        self._start()
        if done.cancelled():
            job.answer.cancel()
        elif error := done.exception():
            job.answer.set_exception(error)
        else:
            job.answer.set_result(done.result())


def _hash(hasher: argon2.PasswordHasher, secret: Secret) -> str:
    return hasher.hash(_octets(secret))


def _verify(hasher: argon2.PasswordHasher, password_hash: str, secret: Secret) -> bool:
    try:
        return hasher.verify(password_hash, _octets(secret))
    except (Argon2Error, ValueError):  # a mismatch, or a hash that is none
        return False


def _octets(secret: Secret) -> bytes:
    return secret.reveal().encode("utf-8", "surrogatepass")


def _unknown(cost: Cost) -> str:
    """Return a hash at this cost that no secret is known for: salt and digest are all zero."""
    salt, digest = "A" * 22, "A" * 43  # 16 and 32 bytes, as argon2-cffi makes them
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p=1${salt}${digest}"
