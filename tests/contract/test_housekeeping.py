"""The sweeps take what is past its time, and nothing else."""

from dataclasses import replace
from datetime import datetime

from tests.contract.world import (
    NOW,
    PRINCIPAL,
    admin,
    after,
    audit,
    change,
    code,
    conversed,
    digest,
    enrolled,
    entry,
    key,
    load,
    queued,
    say,
)

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.ports import Retention
from lenskeep.flows.records import SignIn
from lenskeep.store import Store
from lenskeep.tree.operation import OperationState


def retention(moment: datetime) -> Retention:
    """Everything older than this moment goes."""
    return Retention(*[moment] * 7)


async def test_an_exec_without_an_answer_is_of_unknown_outcome(store: Store) -> None:
    """After the silence it says so, on its device and on the timeline; a late answer finds it."""
    new = await enrolled(store, 1)
    (sent,) = await queued(store, new, [1], verb="exec")
    await say(store, new, 1, changes=(change(1, OperationState.SENT, deliveries=1),))

    assert await store.housekeeping.lose_sessions(after(61), after(700)) == 0
    assert await store.housekeeping.lose_sessions(after(62), after(700)) == 1
    assert await store.housekeeping.lose_sessions(after(62), after(700)) == 0

    lost = await store.fleet.operation(sent.id)
    assert (OperationState.UNKNOWN, after(700)) == (lost.state, lost.ended_at)
    assert "not known" in lost.status_text
    row = (await store.fleet.device(new.enrollment.device_id)).row
    assert (row.operations_open, row.operations_unknown) == (0, 1)
    line = (await store.fleet.timeline(new.enrollment.device_id, None, 1)).items[0]
    assert ("session lost", after(700), "op_1") == (line.kind, line.at, line.detail["operation"])
    (late,) = (await load(store, new)).open
    assert (sent.id, OperationState.UNKNOWN) == (late.id, late.state)


async def test_only_execs_that_were_sent_are_lost(store: Store) -> None:
    """What may be sent again is, and what waits in the queue waits on."""
    new = await enrolled(store, 1)
    await queued(store, new, [1], verb="get")
    await queued(store, new, [2], verb="exec")
    await say(store, new, 1, changes=(change(1, OperationState.SENT, deliveries=1),))

    assert await store.housekeeping.lose_sessions(after(10_000), after(10_000)) == 0


async def test_a_message_decided_before_its_exec_was_lost_is_decided_again(store: Store) -> None:
    """Otherwise its answer would be overwritten, or overwrite."""
    new = await enrolled(store, 1)
    await queued(store, new, [1], verb="exec")
    await say(store, new, 1, changes=(change(1, OperationState.SENT, deliveries=1),))
    loaded = await load(store, new)

    await store.housekeeping.lose_sessions(after(62), after(700))

    said = conversed(2, changes=(change(1, OperationState.DONE, status=200),))
    assert await store.conversations.commit_message(loaded, said) is False


async def test_old_things_are_swept(store: Store) -> None:
    """Replies, timelines, bodies, sign-ins, codes, provisioning and ended operations."""
    new = await enrolled(store, 1)
    await queued(store, new, [1, 2, 3])
    done = change(1, OperationState.DONE, status=200)
    failed = change(2, OperationState.FAILED, status=500)
    bodies = (("in", "<a/>"), ("out", "<b/>"))
    await say(store, new, 1, changes=(done, failed), bodies=bodies, entries=(entry("x"),))
    await store.people.add_admin(admin(), audit())
    await store.people.add_sign_in(SignIn(digest("c"), admin(), NOW, after(10)), audit())
    await store.people.add_code(code(minutes=0), audit())

    swept = await store.housekeeping.sweep(retention(after(10_000)))

    assert swept == {
        "replies": 1,
        "timeline": 2,
        "bodies": 2,
        "sign_ins": 1,
        "codes": 1,
        "provisioning": 1,
        "renewals": 0,
        "tickets": 0,
        "operations": 2,
        "cohorts": 0,
        "trees": 0,
        "staged_rollouts": 0,
    }
    left = (await store.fleet.operations(DeviceId("dev_1"), None, 9)).items
    assert [each.id for each in left] == ["op_3"]
    row = (await store.fleet.device(DeviceId("dev_1"))).row
    assert (row.operations_open, row.operations_failed) == (1, 0)
    assert (await load(store, new, key(1, "1"))).stored_reply is None
    assert await store.people.sign_in_by_digest(digest("c")) is None
    assert await store.enrollments.code_by_digest(digest("code 0")) is None
    spki = new.certificate.spki_sha256
    assert await store.enrollments.issued_since(PRINCIPAL, spki, NOW) is None
    assert len((await store.fleet.audit_lines(None, 10)).items) == 6


async def test_what_is_not_past_its_time_stays(store: Store) -> None:
    """A moment is kept until it is older than the limit."""
    new = await enrolled(store, 1)
    await queued(store, new, [1])
    said = await say(
        store, new, 1, changes=(change(1, OperationState.DONE),), entries=(entry("x", after(61)),)
    )

    swept = await store.housekeeping.sweep(replace(retention(after(61)), timeline_before=after(1)))

    assert {name: swept[name] for name in ("replies", "timeline", "operations")} == {
        "replies": 0,
        "timeline": 0,
        "operations": 0,
    }
    assert said.reply == (await load(store, new, key(1, "1"))).stored_reply


async def test_a_sweep_larger_than_a_batch_is_finished(store: Store) -> None:
    """It goes on until nothing old is left."""
    new = await enrolled(store, 1)
    lines = tuple(entry(f"line {number}", after(number / 1000)) for number in range(1200))
    await say(store, new, 1, entries=lines)

    swept = await store.housekeeping.sweep(retention(after(1)))

    assert swept["timeline"] == 1000
    assert len((await store.fleet.timeline(DeviceId("dev_1"), None, 500)).items) == 201
