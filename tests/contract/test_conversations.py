"""One message is one change: whole, once, and only by a device that still belongs to us."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.world import (
    PRINCIPAL,
    after,
    audit,
    change,
    conversed,
    enrolled,
    entry,
    key,
    load,
    operation,
    queued,
    say,
)

from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.records import Actor, ActorKind, Audit, DeviceState, EnrollmentState
from lenskeep.session.state import Open
from lenskeep.store import Store
from lenskeep.store.rows import micros
from lenskeep.store.sql import Work
from lenskeep.store.statements.enrollments import REVOKE_CERTIFICATES
from lenskeep.tree.identity import Identity
from lenskeep.tree.operation import OperationState, Verb

HEADSET = Identity(
    generation="HoloLens 2",
    os_build="22621.1244",
    os_version="10.0.22621.1244",
    edition="Holographic for Business",
    serial="012345678901",
    model="HoloLens 2",
    manufacturer="Microsoft Corporation",
    architecture="ARM64",
    macs=("00-15-5D-00-00-01", "00-15-5D-00-00-02"),
    name="HOLOLENS-7",
)


async def test_what_was_said_is_loaded(store: Store) -> None:
    """Session, knowledge, nonces and the moment of our questions come back as committed."""
    new = await enrolled(store, 1)
    said = await say(
        store,
        new,
        1,
        known=b"\x00known",
        known_count=3,
        questions_asked_at=after(61),
        nonce="b25l",
        used_nonces=("17:YQ==", "18:Yg=="),
    )

    loaded = await load(store, new)

    assert said.session == loaded.session
    assert (b"\x00known", after(61)) == (loaded.known, loaded.questions_asked_at)
    assert (loaded.nonce, loaded.used_nonces) == ("b25l", ("17:YQ==", "18:Yg=="))
    assert new.enrollment == loaded.enrollment
    assert loaded.stored_reply is None


async def test_a_repeated_message_finds_its_reply(store: Store) -> None:
    """By session, number and bytes; other bytes under the same numbers find none."""
    new = await enrolled(store, 1)
    said = await say(store, new, 1)
    await say(store, new, 2, reply=b"")

    assert said.reply == (await load(store, new, key(1, "1"))).stored_reply
    assert (await load(store, new, key(2, "1"))).stored_reply == b""
    assert (await load(store, new, key(1, "1", "other bytes"))).stored_reply is None
    assert (await load(store, new, key(1, "2"))).stored_reply is None


async def test_replies_of_an_older_session_are_forgotten(store: Store) -> None:
    """Also where the new session has the number of the old one."""
    new = await enrolled(store, 1)
    await say(store, new, 1, session="1")
    await say(store, new, 1, session="2")
    assert (await load(store, new, key(1, "1"))).stored_reply is None

    later = conversed(1, "2", at=after(9000))
    later = replace(later, session=replace(later.session, started_at=after(9000)), reply=b"later")
    again = replace(later, key=key(1, "2", "other bytes"))
    assert await store.conversations.commit_message(await load(store, new), again)

    assert (await load(store, new, key(1, "2"))).stored_reply is None
    assert (await load(store, new, key(1, "2", "other bytes"))).stored_reply == b"later"


async def test_a_device_is_found_by_its_name_for_digests(store: Store) -> None:
    """The same is loaded, without a certificate."""
    new = await enrolled(store, 1)
    said = await say(store, new, 1)

    loaded = await store.conversations.load_by_auth_name("name-1", key(1, "1"))

    assert loaded is not None
    assert loaded == replace(await load(store, new, key(1, "1")), certificate=None)
    assert said.reply == loaded.stored_reply
    assert await store.conversations.load_by_auth_name("name-2", key()) is None


async def test_claimants_of_a_dev_id_are_the_newest_active_ones(store: Store) -> None:
    """Eight at most, newest first, ended ones left out."""
    for number in range(1, 12):
        await enrolled(store, number, dev_id="A" * 32)
    await store.fleet.end_enrollments(DeviceId("dev_10"), DeviceState.UNENROLLED, "lost", audit())

    found = await store.conversations.load_claimants("A" * 32, key())

    names = [each.enrollment.auth_name for each in found]
    assert ["name-11", *(f"name-{number}" for number in range(9, 2, -1))] == names
    assert await store.conversations.load_claimants("B" * 32, key()) == ()


async def test_challenges_answered_by_any_claimant_are_told(store: Store) -> None:
    """Of all active enrollments with the DevId, the newest first; a stranger needs no more."""
    for number in (1, 2, 3):
        new = await enrolled(store, number, dev_id="A" * 32)
        await say(store, new, 1, used_nonces=(f"17:{number}", f"18:{number}"))
    await store.fleet.end_enrollments(DeviceId("dev_2"), DeviceState.UNENROLLED, "lost", audit())

    assert await store.conversations.used_nonces_of("A" * 32) == ("17:3", "18:3", "17:1", "18:1")
    assert await store.conversations.used_nonces_of("B" * 32) == ()


async def test_unknown_and_revoked_look_the_same(store: Store) -> None:
    """Both are None, by certificate and by name."""
    new = await enrolled(store, 1)
    await store.fleet.end_enrollments(
        new.enrollment.device_id, DeviceState.UNENROLLED, "lost", audit()
    )

    by_certificate = store.conversations.load_by_certificate
    assert await by_certificate(new.certificate.sha256, key()) is None
    assert await by_certificate(b"?" * 32, key()) is None
    assert await store.conversations.load_by_auth_name("name-1", key()) is None


async def test_no_proof_opens_where_every_certificate_is_revoked(store: Store) -> None:
    """Neither the certificate nor the name and its secret; nor is the name found by DevId."""
    new = await enrolled(store, 1)

    def revoke() -> Work[None]:
        yield REVOKE_CERTIFICATES(of_enrollment=new.enrollment.id, now=micros(after(5)))

    await store.executor.write(revoke)

    find = store.conversations.load_by_certificate
    assert await find(new.certificate.sha256, key()) is None
    assert await store.conversations.load_by_auth_name("name-1", key()) is None
    assert await store.conversations.load_claimants(new.enrollment.dev_id, key()) == ()
    spki = new.certificate.spki_sha256
    assert await store.enrollments.issued_since(PRINCIPAL, spki, after(0)) is None


async def test_of_two_answers_to_one_state_one_is_kept(store: Store) -> None:
    """The other is told that the version moved, and nothing of it is stored."""
    new = await enrolled(store, 1)
    loaded = await load(store, new)
    rivals = [
        conversed(1, reply=f"reply {number}".encode(), entries=(entry(f"rival {number}"),))
        for number in range(8)
    ]

    outcomes = await asyncio.gather(
        *(store.conversations.commit_message(loaded, each) for each in rivals)
    )

    assert outcomes.count(True) == 1
    winner = rivals[outcomes.index(True)]
    assert winner.reply == (await load(store, new, key(1, "1"))).stored_reply
    told = (await store.fleet.timeline(new.enrollment.device_id, None, 20)).items
    assert [winner.entries[0].kind, "enrolled"] == [each.kind for each in told]


async def test_an_unknown_enrollment_commits_nothing(store: Store) -> None:
    """It is no error either: it looks like a version that moved."""
    loaded = await load(store, await enrolled(store, 1))
    gone = replace(loaded, enrollment=replace(loaded.enrollment, id=EnrollmentId("enr_9")))

    committed = await store.conversations.commit_message(gone, conversed())

    assert committed is False


async def test_open_operations_are_loaded_in_the_order_of_the_queue(store: Store) -> None:
    """Oldest first, each as it was queued."""
    new = await enrolled(store, 1)
    other = await enrolled(store, 2)
    await queued(store, new, [5, 3])
    await queued(store, other, [4])
    await queued(store, new, [1], verb="exec")

    found = (await load(store, new)).open

    wanted = [operation(5, new), operation(3, new), operation(1, new, "exec")]
    expected = tuple(Open(each.id, each.operation, OperationState.QUEUED) for each in wanted)
    assert expected == found


async def test_an_operation_goes_from_queued_to_done(store: Store) -> None:
    """Each state has its moment, its words, and the value that was read."""
    new = await enrolled(store, 1)
    (queued_one,) = await queued(store, new, [1])
    sent = change(1, OperationState.SENT, deliveries=1)
    await say(store, new, 1, changes=(sent,))
    found = await store.fleet.operation(queued_one.id)
    assert (OperationState.SENT, 1, after(61), None) == (
        found.state,
        found.deliveries,
        found.sent_at,
        found.ended_at,
    )
    (opened,) = (await load(store, new)).open
    assert (opened.state, opened.deliveries) == (OperationState.SENT, 1)

    done = change(
        1, OperationState.DONE, status=200, status_text="OK", result="7", result_format="int"
    )
    await say(store, new, 2, changes=(done,))

    expected = replace(
        queued_one,
        state=OperationState.DONE,
        status=200,
        status_text="OK",
        result="7",
        result_format="int",
        deliveries=1,
        sent_at=after(61),
        ended_at=after(62),
    )
    assert expected == await store.fleet.operation(queued_one.id)
    assert (await load(store, new)).open == ()


async def test_an_operation_can_go_back_to_the_queue(store: Store) -> None:
    """Its deliveries are still counted."""
    new = await enrolled(store, 1)
    await queued(store, new, [1])
    await say(store, new, 1, changes=(change(1, OperationState.SENT, deliveries=1),))
    await say(store, new, 1, session="2", changes=(change(1, OperationState.QUEUED),))

    (opened,) = (await load(store, new)).open

    assert (opened.state, opened.deliveries) == (OperationState.QUEUED, 1)


async def test_an_unknown_outcome_is_loaded_in_its_own_session_only(store: Store) -> None:
    """A late answer in the same session still finds it; the next session has nothing of it."""
    new = await enrolled(store, 1)
    await queued(store, new, [1], verb="exec")
    await say(store, new, 1, changes=(change(1, OperationState.SENT, deliveries=1),))
    await say(store, new, 2, changes=(change(1, OperationState.UNKNOWN),))
    (opened,) = (await load(store, new)).open
    assert (opened.state, opened.operation.verb) == (OperationState.UNKNOWN, Verb.EXEC)

    await say(store, new, 1, session="2")

    assert (await load(store, new)).open == ()


async def test_no_message_changes_the_operations_of_another_device(store: Store) -> None:
    """The enrollment is part of the question."""
    new = await enrolled(store, 1)
    other = await enrolled(store, 2)
    (theirs,) = await queued(store, other, [1])

    await say(store, new, 1, changes=(change(1, OperationState.DONE, status=200),))

    assert theirs == await store.fleet.operation(theirs.id)


async def test_a_cancelled_operation_is_not_sent(store: Store) -> None:
    """A message that was being decided when it was cancelled is decided again."""
    new = await enrolled(store, 1)
    (queued_one,) = await queued(store, new, [1])
    loaded = await load(store, new)
    await store.fleet.cancel_operation(queued_one.id, audit())

    said = conversed(1, changes=(change(1, OperationState.SENT, deliveries=1),))
    committed = await store.conversations.commit_message(loaded, said)

    assert committed is False
    assert (await load(store, new)).open == ()


async def test_a_message_decided_before_the_enrollment_ended_is_not_stored(store: Store) -> None:
    """The certificate was revoked meanwhile: the next look finds nobody."""
    new = await enrolled(store, 1)
    loaded = await load(store, new)
    device_id = new.enrollment.device_id
    await store.fleet.end_enrollments(device_id, DeviceState.UNENROLLED, "lost", audit())

    committed = await store.conversations.commit_message(loaded, conversed())

    assert committed is False
    assert (await store.fleet.device(device_id)).row.state is DeviceState.UNENROLLED


async def test_the_first_message_makes_a_device_managed(store: Store) -> None:
    """Its row tells when it was heard, who it says it is and how much is known of it."""
    new = await enrolled(store, 1)
    before = (await store.fleet.device(new.enrollment.device_id)).row
    said = await say(store, new, 1, identity=HEADSET, known=b"much", known_count=40)

    detail = await store.fleet.device(new.enrollment.device_id)

    told = {
        name: getattr(HEADSET, name)
        for name in Identity.__slots__
        if name in type(before).__slots__
    }
    expected = replace(before, **told, state=DeviceState.MANAGED, last_seen=said.at, nodes_known=40)
    assert expected == detail.row
    assert detail.known == b"much"


async def test_what_a_device_does_not_say_is_not_forgotten(store: Store) -> None:
    """An empty field of an identity changes nothing; a new value does."""
    new = await enrolled(store, 1)
    await say(store, new, 1, identity=HEADSET)
    await say(store, new, 2, identity=Identity(os_build="22621.1300"))

    row = (await store.fleet.device(new.enrollment.device_id)).row

    assert ("22621.1300", HEADSET.serial, HEADSET.macs, HEADSET.name) == (
        row.os_build,
        row.serial,
        row.macs,
        row.name,
    )


async def test_a_message_that_teaches_nothing_leaves_what_is_known(store: Store) -> None:
    """Knowledge, its count and the identity stay as they are."""
    new = await enrolled(store, 1)
    await say(store, new, 1, identity=HEADSET, known=b"much", known_count=40)
    before = (await store.fleet.device(new.enrollment.device_id)).row

    said = await say(store, new, 2)

    detail = await store.fleet.device(new.enrollment.device_id)
    assert detail.row == replace(before, last_seen=said.at)
    assert detail.known == b"much"


async def test_a_name_given_by_an_administrator_stays(store: Store) -> None:
    """The device's own name for itself no longer counts."""
    new = await enrolled(store, 1)
    await store.fleet.rename_device(new.enrollment.device_id, "Workshop 3", audit())

    await say(store, new, 1, identity=HEADSET)

    row = (await store.fleet.device(new.enrollment.device_id)).row
    assert ("Workshop 3", HEADSET.serial) == (row.name, row.serial)


async def test_lines_of_the_timeline_are_kept_in_order(store: Store) -> None:
    """Newest first, each with its session and message."""
    new = await enrolled(store, 1)
    first = entry("session started", after(61))
    second = entry("message", after(61), {"statuses": "3", "größe": "Ø"})
    await say(store, new, 1, entries=(first, second))

    told = (await store.fleet.timeline(new.enrollment.device_id, None, 10)).items

    assert [second, first] == [replace(each, id=0) for each in told[:2]]
    assert told[0].id > told[1].id > told[2].id > 0


@pytest.mark.parametrize("sent", [True, False])
async def test_a_device_that_leaves_is_let_go(store: Store, *, sent: bool) -> None:
    """Enrollment ended, certificate revoked, operations cancelled, and the device is the actor."""
    new = await enrolled(store, 1)
    await queued(store, new, [1])
    changes = (change(1, OperationState.SENT, deliveries=1),) if sent else ()
    await say(store, new, 1, changes=changes)
    await say(store, new, 2, ended=True, end_reason="the wearer disconnected it")

    device_id = new.enrollment.device_id
    detail = await store.fleet.device(device_id)
    (ended,) = detail.enrollments
    assert (EnrollmentState.ENDED, after(62), "the wearer disconnected it") == (
        ended.state,
        ended.ended_at,
        ended.end_reason,
    )
    assert detail.certificates[ended.id][0].revoked_at == after(62)
    assert (detail.row.state, detail.row.operations_open) == (DeviceState.UNENROLLED, 0)
    (left,) = (await store.fleet.operations(device_id, None, 10)).items
    assert (OperationState.CANCELLED, after(62)) == (left.state, left.ended_at)
    assert sent == ("sent, and" in left.status_text)
    find = store.conversations.load_by_certificate
    assert await find(new.certificate.sha256, key(2, "1")) is None
    line = (await store.fleet.audit_lines(None, 1)).items[0]
    by_device = Actor(ActorKind.DEVICE, device_id)
    reason = {"reason": "the wearer disconnected it"}
    assert Audit(after(62), by_device, "enrollment.end", ended.id, reason) == line


async def test_counts_of_a_device_follow_its_operations(store: Store) -> None:
    """Open, failed and unknown ones, in lists and on its page."""
    new = await enrolled(store, 1)
    await queued(store, new, [1, 2, 3, 4, 5])
    await say(
        store,
        new,
        1,
        changes=(
            change(1, OperationState.FAILED, status=500),
            change(2, OperationState.UNKNOWN),
            change(3, OperationState.DONE, status=200),
            change(4, OperationState.SENT, deliveries=1),
        ),
    )

    row = (await store.fleet.device(new.enrollment.device_id)).row

    assert (row.operations_open, row.operations_failed, row.operations_unknown) == (2, 1, 1)


async def test_devices_do_not_see_each_other(store: Store) -> None:
    """What one says changes nothing of another."""
    new = await enrolled(store, 1)
    other = await enrolled(store, 2)
    before = await load(store, other)

    await say(store, new, 1, known=b"mine", entries=(entry("message"),), identity=HEADSET)

    assert before == await load(store, other)
    assert len((await store.fleet.timeline(DeviceId("dev_2"), None, 10)).items) == 1
