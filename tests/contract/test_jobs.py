"""A job is done by one worker at a time, and not forgotten when its worker dies."""

import asyncio

from tests.contract.world import after

from lenskeep.store import Store


async def test_a_due_job_is_claimed_once(store: Store) -> None:
    """Oldest first, not before its time, and by one of many."""
    for number, seconds in ((1, 20), (2, 10), (3, 99)):
        await store.jobs.add("wake", after(seconds), {"device": f"dev_{number}"})

    claims = await asyncio.gather(
        *(store.jobs.claim(after(30), after(90), limit=5) for _ in range(4))
    )

    claimed = [job for claim in claims for job in claim]
    assert [job.payload for job in claimed] == [{"device": "dev_2"}, {"device": "dev_1"}]
    assert [("wake", 1, after(90))] * 2 == [
        (job.kind, job.attempts, job.locked_until) for job in claimed
    ]


async def test_a_job_whose_lease_ran_out_is_claimed_again(store: Store) -> None:
    """The first worker, too late, can neither finish nor postpone it."""
    await store.jobs.add("wake", after(0), {})
    (first,) = await store.jobs.claim(after(1), after(60), 1)
    assert await store.jobs.claim(after(59), after(100), 1) == ()
    (second,) = await store.jobs.claim(after(60), after(120), 1)

    assert (first.id, 2) == (second.id, second.attempts)
    assert await store.jobs.finish(first) is False
    assert await store.jobs.postpone(first, after(500)) is False
    assert await store.jobs.finish(second) is True
    assert await store.jobs.claim(after(10_000), after(20_000), 1) == ()


async def test_a_postponed_job_comes_back_at_its_time(store: Store) -> None:
    """Not before, whatever the lease was."""
    await store.jobs.add("wake", after(0), {"a": "b"})
    (job,) = await store.jobs.claim(after(1), after(60), 1)

    assert await store.jobs.postpone(job, after(30)) is True

    assert await store.jobs.claim(after(29), after(90), 1) == ()
    (again,) = await store.jobs.claim(after(30), after(90), 1)
    assert (job.id, 2, {"a": "b"}) == (again.id, again.attempts, again.payload)
