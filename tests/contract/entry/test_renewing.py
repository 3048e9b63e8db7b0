"""A renewed certificate and the one that it replaces are both good until the new one is used."""

from dataclasses import replace

from tests.contract.test_housekeeping import retention
from tests.contract.world import (
    after,
    audit,
    certificate,
    conversed,
    digest,
    enrolled,
    key,
    load,
    say,
)

from lenskeep.base.identifiers import CertificateId, EnrollmentId
from lenskeep.flows.entrance import Custody
from lenskeep.flows.ports import NewEnrollment, Renewable
from lenskeep.flows.records import Certificate, DeviceState
from lenskeep.store import Store


def renewed(number: int, replaces: int) -> Certificate:
    """A certificate that replaces the one with this number."""
    return replace(certificate(number), replaces=CertificateId(f"crt_{replaces}"))


async def renew(store: Store, new: NewEnrollment, number: int, replaces: int) -> bool:
    """Renew it."""
    line = audit("certificate.renew", f"crt_{number}", after(100 + number))
    made = renewed(number, replaces)
    return await store.enrollments.renew(new.enrollment.id, made, f"sealed:{number}", line)


async def opens(store: Store, number: int) -> bool:
    """Whether the certificate with this number is accepted."""
    found = await store.conversations.load_by_certificate(certificate(number).sha256, key())
    return found is not None


async def test_what_asks_to_be_renewed_is_found(store: Store) -> None:
    """With what it belongs to; unknown, revoked and ended ones alike are not."""
    new = await enrolled(store, 1)
    await store.leaving.set_custody(new.enrollment.device_id, Custody.LOST, audit())
    find = store.enrollments.renewable

    expected = Renewable(new.enrollment, new.certificate, Custody.LOST, None)
    assert expected == await find(new.certificate.sha256)
    assert await find(digest("unknown")) is None
    await store.fleet.end_enrollments(
        new.enrollment.device_id, DeviceState.UNENROLLED, "x", audit()
    )
    assert await find(new.certificate.sha256) is None


async def test_both_are_good_until_the_new_one_is_used(store: Store) -> None:
    """From its first use on only the new one is."""
    new = await enrolled(store, 1)

    assert await renew(store, new, 2, replaces=1)

    assert (True, True) == (await opens(store, 1), await opens(store, 2))
    await say(store, new, 1)
    assert (True, True) == (await opens(store, 1), await opens(store, 2))
    await say(store, new, 2, first_use=CertificateId("crt_2"))
    assert (False, True) == (await opens(store, 1), await opens(store, 2))
    found = (await store.fleet.device(new.enrollment.device_id)).certificates[new.enrollment.id]
    used_at = after(62)
    both = {each.id: each for each in found}
    assert replace(renewed(2, 1), used_at=used_at) == both[CertificateId("crt_2")]
    assert replace(certificate(1), revoked_at=used_at) == both[CertificateId("crt_1")]
    assert "certificate.renew" == (await store.fleet.audit_lines(None, 1)).items[0].action


async def test_a_first_use_twice_is_one(store: Store) -> None:
    """The moment of the first stays, and what is good stays good."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)
    current = replace(new, certificate=certificate(2))
    await say(store, current, 1, first_use=CertificateId("crt_2"))

    await say(store, current, 2, first_use=CertificateId("crt_2"))

    loaded = await load(store, current)
    assert loaded.certificate is not None
    assert after(61) == loaded.certificate.used_at


async def test_the_first_use_of_another_enrollments_certificate_is_none(store: Store) -> None:
    """Only what belongs to the conversation changes."""
    new, other = await enrolled(store, 1), await enrolled(store, 2)
    await renew(store, other, 3, replaces=2)

    await say(store, new, 1, first_use=CertificateId("crt_3"))

    assert await opens(store, 2)


async def test_a_renewal_that_never_arrived_gives_way_to_the_next(store: Store) -> None:
    """The device asks again with another key: the unused certificate is good no more."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)

    assert await renew(store, new, 3, replaces=1)

    assert [True, False, True] == [await opens(store, number) for number in (1, 2, 3)]


async def test_a_renewed_certificate_that_was_never_used_may_renew_itself(store: Store) -> None:
    """It is what the device holds; its next one replaces it."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)

    assert await renew(store, new, 3, replaces=2)

    assert [True, True, True] == [await opens(store, number) for number in (1, 2, 3)]


async def test_the_first_use_ends_all_that_came_before(store: Store) -> None:
    """Also what was replaced by one that was never used; what comes after it stays."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)
    await renew(store, new, 3, replaces=2)

    await say(store, new, 1, first_use=CertificateId("crt_2"))
    assert [False, True, True] == [await opens(store, number) for number in (1, 2, 3)]
    current = replace(new, certificate=certificate(2))
    await say(store, current, 2, first_use=CertificateId("crt_3"))
    assert [False, False, True] == [await opens(store, number) for number in (1, 2, 3)]


async def test_a_renewal_and_its_first_use_are_on_the_timeline(store: Store) -> None:
    """Which certificate, and when."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)
    await say(store, new, 2, first_use=CertificateId("crt_2"))

    lines = (await store.fleet.timeline(new.enrollment.device_id, None, 10)).items
    told = [(each.kind, each.detail.get("certificate")) for each in lines]
    assert ("certificate renewed", "crt_2") in told
    assert ("renewed certificate in use", "crt_2") in told


async def test_nothing_is_renewed_that_ended_meanwhile(store: Store) -> None:
    """A revoked certificate, one of another enrollment, an ended enrollment: nothing is stored."""
    new, other = await enrolled(store, 1), await enrolled(store, 2)

    assert not await renew(store, new, 3, replaces=2)
    assert not await renew(store, new, 3, replaces=9)
    await store.leaving.revoke_certificates(new.enrollment.device_id, audit())
    assert not await renew(store, new, 3, replaces=1)
    await store.fleet.end_enrollments(
        other.enrollment.device_id, DeviceState.UNENROLLED, "x", audit()
    )
    assert not await renew(store, other, 3, replaces=2)
    assert not await opens(store, 3)


async def test_a_lost_answer_is_given_again(store: Store) -> None:
    """To the same key of the same enrollment since then; not what the first key got."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)
    find = store.enrollments.renewed_since
    spki = certificate(2).spki_sha256

    assert "sealed:2" == await find(new.enrollment.id, spki, after(102))
    assert await find(new.enrollment.id, spki, after(103)) is None
    assert await find(EnrollmentId("enr_9"), spki, after(0)) is None
    assert await find(new.enrollment.id, certificate(1).spki_sha256, after(0)) is None
    await renew(store, new, 3, replaces=1)
    assert await find(new.enrollment.id, spki, after(0)) is None


async def test_the_key_of_a_renewal_is_no_key_of_an_enrollment(store: Store) -> None:
    """An enrollment asked for with it is not answered by the first document, of another key."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)

    spki = certificate(2).spki_sha256
    issued = await store.enrollments.issued_since(new.enrollment.principal, spki, after(0))

    assert issued is None


async def test_the_documents_of_renewals_are_swept(store: Store) -> None:
    """They hold secrets and are repeated for minutes only."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)

    swept = await store.housekeeping.sweep(retention(after(10_000)))

    assert 1 == swept["renewals"]
    spki = certificate(2).spki_sha256
    assert await store.enrollments.renewed_since(new.enrollment.id, spki, after(0)) is None
    assert await opens(store, 2)


async def test_revoking_revokes_the_new_and_the_old(store: Store) -> None:
    """At once: a message that is being decided is decided again."""
    new = await enrolled(store, 1)
    await renew(store, new, 2, replaces=1)
    loaded = await load(store, new)

    assert 2 == await store.leaving.revoke_certificates(
        new.enrollment.device_id, audit("certificate.revoke", "dev_1", after(500))
    )

    assert (False, False) == (await opens(store, 1), await opens(store, 2))
    assert not await store.conversations.commit_message(loaded, conversed(1))
    line = (await store.fleet.timeline(new.enrollment.device_id, None, 1)).items[0]
    assert ("certificates revoked", "grace") == (line.kind, line.detail["by"])
    assert 0 == await store.leaving.revoke_certificates(new.enrollment.device_id, audit())
