"""An enrollment is stored whole or not at all, and a code is used as often as it may be."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.world import (
    PRINCIPAL,
    after,
    audit,
    by_code,
    code,
    digest,
    enrolled,
    key,
    load,
    new_enrollment,
    queued,
    say,
)

from lenskeep.base.errors import Conflict
from lenskeep.base.identifiers import AccountId, CodeId, DeviceId, EnrollmentId
from lenskeep.flows.ports import Enrolled, Issued
from lenskeep.flows.records import (
    DeviceFilter,
    DeviceState,
    EnrollmentState,
    Principal,
    PrincipalKind,
)
from lenskeep.store import Store
from lenskeep.tree.identity import Identity
from lenskeep.tree.operation import OperationState


async def test_a_new_headset_is_on_the_list(store: Store) -> None:
    """Its row, enrollment and certificate come back as they were put in."""
    new = await enrolled(store, 1)

    detail = await store.fleet.device(new.enrollment.device_id)

    assert (new.enrollment,) == detail.enrollments
    assert {new.enrollment.id: (new.certificate,)} == detail.certificates
    row = (await store.fleet.devices(DeviceFilter(), None, 10)).items[0]
    assert row == detail.row
    assert (row.id, row.name, row.state) == ("dev_1", "HOLO-1", DeviceState.ENROLLED)
    assert (f"{1:032X}", "ada@example.org") == (row.device_id, row.user)
    assert ("10.0.22621.1244", after(1), None) == (row.os_version, row.first_seen, row.last_seen)
    assert detail.known == b""


async def test_an_enrollment_is_told_on_the_timeline_and_in_the_audit_log(store: Store) -> None:
    """Both lines come with it."""
    new = await enrolled(store, 1)

    timeline = await store.fleet.timeline(new.enrollment.device_id, None, 10)
    assert [each.kind for each in timeline.items] == ["enrolled"]
    assert new.audit == (await store.fleet.audit_lines(None, 1)).items[0]


async def test_a_conversation_begins_with_the_provisioned_nonce(store: Store) -> None:
    """Nothing was said, nothing is known, and the first nonce is AAUTHDATA."""
    new = await enrolled(store, 1)

    loaded = await load(store, new)

    assert (new.enrollment, new.certificate) == (loaded.enrollment, loaded.certificate)
    assert (
        loaded.session,
        loaded.open,
        loaded.known,
        loaded.questions_asked_at,
    ) == (None, (), b"", None)
    assert (new.enrollment.first_nonce, (), None) == (
        loaded.nonce,
        loaded.used_nonces,
        loaded.stored_reply,
    )


async def test_a_code_is_used_up(store: Store) -> None:
    """Two uses enroll two headsets; the third is refused and leaves nothing behind."""
    await store.people.add_code(code(uses=2), audit())

    outcomes = [
        await store.enrollments.enroll(new_enrollment(number, principal=by_code()))
        for number in (1, 2, 3)
    ]

    assert outcomes == [Enrolled.STORED, Enrolled.STORED, Enrolled.PRINCIPAL_GONE]
    found = await store.enrollments.code_by_digest(digest("code 0"))
    assert found == replace(code(uses=2), uses_left=0, exhausted_at=after(2))
    assert [row.id for row in (await store.fleet.devices(DeviceFilter(), None, 10)).items] == [
        "dev_2",
        "dev_1",
    ]
    assert len((await store.fleet.audit_lines(None, 10)).items) == 3


async def test_the_last_use_of_a_code_goes_to_one(store: Store) -> None:
    """Of many who come at once exactly one enrolls."""
    await store.people.add_code(code(uses=1), audit())

    outcomes = await asyncio.gather(
        *(
            store.enrollments.enroll(new_enrollment(number, principal=by_code()))
            for number in range(1, 9)
        )
    )

    assert outcomes.count(Enrolled.STORED) == 1
    assert len((await store.fleet.devices(DeviceFilter(), None, 10)).items) == 1


async def test_a_code_past_its_time_enrolls_nobody(store: Store) -> None:
    """Its last moment is the one before `expires_at`."""
    await store.people.add_code(code(uses=2, minutes=1), audit())

    in_time = new_enrollment(1, principal=by_code(), created_at=after(59.9))
    too_late = new_enrollment(2, principal=by_code(), created_at=after(60))

    assert await store.enrollments.enroll(too_late) is Enrolled.PRINCIPAL_GONE
    assert await store.enrollments.enroll(in_time) is Enrolled.STORED


async def test_an_unknown_or_ended_code_enrolls_nobody(store: Store) -> None:
    """No code, no use."""
    await store.people.add_code(code(), audit())
    await store.people.end_code(CodeId("cod_0"), audit(at=after(1)))

    for number in (0, 7):
        new = new_enrollment(2, principal=by_code(number))
        assert await store.enrollments.enroll(new) is Enrolled.PRINCIPAL_GONE


async def test_a_disabled_or_unknown_account_enrolls_nobody(store: Store) -> None:
    """Disabled between GetPolicies and the certificate request, it gets nothing."""
    await enrolled(store, 1)
    await store.people.disable_account(AccountId("acc_0"), audit())
    stranger = Principal(PrincipalKind.ACCOUNT, "acc_9", "nobody")

    assert await store.enrollments.enroll(new_enrollment(2)) is Enrolled.PRINCIPAL_GONE
    assert (
        await store.enrollments.enroll(new_enrollment(3, principal=stranger))
        is Enrolled.PRINCIPAL_GONE
    )
    assert len((await store.fleet.devices(DeviceFilter(), None, 10)).items) == 1


@pytest.mark.parametrize("field", ["serial", "sha256"])
async def test_no_certificate_is_stored_twice(store: Store, field: str) -> None:
    """A serial and a hash belong to one enrollment; the code of the refused one is not used."""
    first = await enrolled(store, 1)
    await store.people.add_code(code(), audit())
    second = new_enrollment(2, principal=by_code())
    stolen = replace(second.certificate, **{field: getattr(first.certificate, field)})

    with pytest.raises(Conflict):
        await store.enrollments.enroll(replace(second, certificate=stolen))

    found = await store.enrollments.code_by_digest(digest("code 0"))
    assert found == code()


async def test_a_lost_answer_is_found_again(store: Store) -> None:
    """The same principal and public key since then; another principal, key or time finds none."""
    new = await enrolled(store, 1)
    spki = new.certificate.spki_sha256
    find = store.enrollments.issued_since
    stranger = Principal(PrincipalKind.ACCOUNT, "acc_9", PRINCIPAL.name)

    assert Issued(new.enrollment.id, "sealed:provisioning") == await find(PRINCIPAL, spki, after(0))
    assert await find(PRINCIPAL, spki, after(2)) is None
    assert await find(PRINCIPAL, digest("another key"), after(0)) is None
    assert await find(stranger, spki, after(0)) is None


async def test_an_ended_enrollment_is_not_repeated(store: Store) -> None:
    """Once it ended, the same key gets a new certificate."""
    new = await enrolled(store, 1)
    device_id = new.enrollment.device_id
    await store.fleet.end_enrollments(device_id, DeviceState.UNENROLLED, "lost", audit())

    found = await store.enrollments.issued_since(PRINCIPAL, new.certificate.spki_sha256, after(0))

    assert found is None


async def test_a_record_is_found_by_principal_and_hardware(store: Store) -> None:
    """The latest enrollment counts; no hardware id is never the same hardware."""
    await enrolled(store, 1, hw_dev_id="")
    new = await enrolled(store, 2, hw_dev_id="hw-x")
    stranger = Principal(PrincipalKind.CODE, "acc_0", PRINCIPAL.name)
    find = store.enrollments.device_of

    assert new.enrollment.device_id == await find(PRINCIPAL, "hw-x")
    assert await find(stranger, "hw-x") is None
    assert await find(PRINCIPAL, "hw-y") is None
    assert await find(PRINCIPAL, "") is None
    again = DeviceId("dev_2")
    await enrolled(store, 3, device_id=again, existing_device=again, hw_dev_id="hw-y")
    assert await find(PRINCIPAL, "hw-x") is None
    assert again == await find(PRINCIPAL, "hw-y")


async def test_enrolling_again_ends_the_earlier_life(store: Store) -> None:
    """One record, two enrollments; the old certificate opens nothing, its operations are gone."""
    old = await enrolled(store, 1)
    await queued(store, old, [1])
    await say(store, old, 1, identity=Identity(serial="0123", name="OWN-NAME"))
    record = old.enrollment.device_id

    new = await enrolled(store, 2, device_id=record, existing_device=record, os_version="")

    find = store.conversations.load_by_certificate
    assert await find(old.certificate.sha256, key()) is None
    assert (await load(store, new)).open == ()
    detail = await store.fleet.device(record)
    assert [EnrollmentId("enr_2"), EnrollmentId("enr_1")] == [
        each.id for each in detail.enrollments
    ]
    ended = detail.enrollments[1]
    assert (EnrollmentState.ENDED, after(2)) == (ended.state, ended.ended_at)
    assert detail.certificates[ended.id][0].revoked_at == after(2)
    assert (detail.row.state, detail.row.operations_open) == (DeviceState.ENROLLED, 0)
    assert (f"{2:032X}", "0123") == (detail.row.device_id, detail.row.serial)
    assert (detail.row.name, detail.row.os_version) == ("HOLO-2", "10.0.22621.1244")
    cancelled = (await store.fleet.operations(record, None, 10)).items[0]
    assert (OperationState.CANCELLED, after(2)) == (cancelled.state, cancelled.ended_at)
    kinds = [each.kind for each in (await store.fleet.timeline(record, None, 10)).items]
    assert kinds == ["enrolled again", "enrollment ended", "enrolled"]


async def test_a_name_given_by_an_administrator_outlives_enrolling_again(store: Store) -> None:
    """The headset does not rename itself back."""
    await enrolled(store, 1)
    record = DeviceId("dev_1")
    await store.fleet.rename_device(record, "Workshop 3", audit())

    await enrolled(store, 2, device_id=record, existing_device=record)

    assert (await store.fleet.device(record)).row.name == "Workshop 3"


async def test_the_same_hardware_on_two_records_is_shown(store: Store) -> None:
    """A claim only: both records stand, each names the other."""
    await enrolled(store, 1, hw_dev_id="hw-x")
    await enrolled(store, 2, hw_dev_id="hw-x")
    await enrolled(store, 3, hw_dev_id="")
    await enrolled(store, 4, hw_dev_id="")

    assert (await store.fleet.device(DeviceId("dev_1"))).row.same_hardware == ("dev_2",)
    assert (await store.fleet.device(DeviceId("dev_3"))).row.same_hardware == ()
