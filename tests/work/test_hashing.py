"""The password hasher: right answers, equal cost, fair order, bounded queue.

Order is certain without sleeping: all callers of one `gather` take their places before the event
loop sees the first thread's answer.
"""

import asyncio
from collections.abc import Iterator

import argon2
import pytest

from lenskeep.base.errors import Unavailable
from lenskeep.base.secret import Secret
from lenskeep.work.hashing import DEFAULT_COST, Cost, PasswordHasher

CHEAP = Cost(memory_kib=8, passes=1)
RIGHT = Secret("correct horse")


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    """One worker, room for three."""
    made = PasswordHasher(workers=1, max_waiting=3, cost=CHEAP)
    yield made
    made.close()


async def _timed(
    hasher: PasswordHasher, stored: str, text: str, suspicion: int, ended: list[str]
) -> bool:
    try:
        return await hasher.verify(stored, Secret(text), suspicion=suspicion)
    finally:
        ended.append(text)


async def test_what_was_hashed_verifies_and_nothing_else_does(hasher: PasswordHasher) -> None:
    """The right secret is right, another is wrong, and the hash is argon2id of another salt."""
    stored = await hasher.hash(RIGHT)

    assert await hasher.verify(stored, RIGHT)
    assert not await hasher.verify(stored, Secret("correct horse "))
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert stored != await hasher.hash(RIGHT)


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$!$!", "ä"])
async def test_a_malformed_hash_matches_nothing(hasher: PasswordHasher, stored: str) -> None:
    """A damaged row locks its account, it does not break the server."""
    assert not await hasher.verify(stored, RIGHT)


@pytest.mark.parametrize("text", ["", "ü" * 40, "x" * 10_000, "\ud800"])
async def test_any_text_can_be_a_secret(hasher: PasswordHasher, text: str) -> None:
    """Empty, long, beyond ASCII and even half a surrogate pair."""
    assert await hasher.verify(await hasher.hash(Secret(text)), Secret(text))


@pytest.mark.parametrize("cost", [CHEAP, DEFAULT_COST])
def test_an_unknown_name_costs_what_a_known_one_costs(cost: Cost) -> None:
    """The dummy hash has the same parameters and sizes as a real one made at that cost."""
    hasher = PasswordHasher(workers=1, cost=cost)
    real = argon2.PasswordHasher(
        time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1
    ).hash("x")

    assert argon2.extract_parameters(hasher.dummy_hash) == argon2.extract_parameters(real)
    hasher.close()


async def test_no_secret_matches_the_dummy_hash(hasher: PasswordHasher) -> None:
    """It is computed with, and it is never right."""
    for text in ("", "A", "correct horse"):
        assert not await hasher.verify(hasher.dummy_hash, Secret(text))


async def test_the_clean_go_first_and_the_suspicious_in_order_of_suspicion(
    hasher: PasswordHasher,
) -> None:
    """Whoever guessed wrong before waits behind those who did not; among equals, first come."""
    stored = hasher.dummy_hash
    ended: list[str] = []
    callers = [("running", 0), ("guesser", 9), ("clean 1", 0), ("clean 2", 0)]

    await asyncio.gather(*(_timed(hasher, stored, text, rank, ended) for text, rank in callers))

    assert ended == ["running", "clean 1", "clean 2", "guesser"]


async def test_a_full_queue_sends_the_newcomer_away(hasher: PasswordHasher) -> None:
    """Four are served, one computed and three waiting; the fifth is to come back later."""
    stored = hasher.dummy_hash
    calls = [hasher.verify(stored, Secret(str(number))) for number in range(5)]

    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert answers[:4] == [False] * 4
    assert isinstance(answers[4], Unavailable)
    assert answers[4].retry_after_s > 0


async def test_a_full_queue_makes_room_for_the_clean(hasher: PasswordHasher) -> None:
    """The most suspicious of those who wait goes, never someone who is no worse."""
    stored = await hasher.hash(RIGHT)
    suspicions = [0, 3, 7, 5]
    calls = [hasher.verify(stored, Secret(str(each)), suspicion=each) for each in suspicions]

    answers = await asyncio.gather(*calls, hasher.verify(stored, RIGHT), return_exceptions=True)

    assert isinstance(answers[2], Unavailable)
    assert [answers[0], answers[1], answers[3], answers[4]] == [False, False, False, True]


async def test_the_same_question_is_computed_once(hasher: PasswordHasher) -> None:
    """A fleet that enrolls with one account takes one place in the queue."""
    stored = await hasher.hash(RIGHT)

    answers = await asyncio.gather(*(hasher.verify(stored, RIGHT) for _ in range(50)))

    assert answers == [True] * 50


async def test_a_shared_question_takes_the_best_place_of_its_callers(
    hasher: PasswordHasher,
) -> None:
    """A guesser who asks the same first does not hold the true owner back."""
    stored = await hasher.hash(RIGHT)
    ended: list[str] = []
    callers = [("running", 0), ("correct horse", 9), ("other", 4), ("correct horse", 0)]

    await asyncio.gather(*(_timed(hasher, stored, text, rank, ended) for text, rank in callers))

    assert ended == ["running", "correct horse", "correct horse", "other"]


async def test_who_goes_away_before_its_turn_leaves_its_place(hasher: PasswordHasher) -> None:
    """A caller that hung up is not computed for, and the same question can be asked again."""
    stored = await hasher.hash(RIGHT)
    tasks = [
        asyncio.ensure_future(hasher.verify(stored, secret))
        for secret in (Secret("running"), Secret("a"), Secret("b"), RIGHT)
    ]
    await asyncio.sleep(0)
    tasks[3].cancel()
    again = asyncio.ensure_future(hasher.verify(stored, RIGHT))

    answers = await asyncio.gather(*tasks, again, return_exceptions=True)

    assert answers[:3] == [False] * 3
    assert isinstance(answers[3], asyncio.CancelledError)
    assert answers[4] is True


async def test_many_who_go_away_leave_no_trace() -> None:
    """The queue does not grow with callers that come and hang up while the worker is busy."""
    hasher = PasswordHasher(workers=1, max_waiting=3, cost=Cost(memory_kib=64 * 1024, passes=2))
    stored = hasher.dummy_hash
    running = asyncio.ensure_future(hasher.verify(stored, RIGHT))
    await asyncio.sleep(0)

    for number in range(100):
        task = asyncio.ensure_future(hasher.verify(stored, Secret(str(number)), suspicion=number))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert len(hasher._queue) <= 12
    assert not await running
    assert not hasher._verifying
    hasher.close()
