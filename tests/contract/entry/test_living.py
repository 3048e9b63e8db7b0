"""Which certificates count, page by page: what the authority's rotation waits for."""

from datetime import timedelta

from tests.contract.entry.test_renewing import renewed
from tests.contract.world import NOW, audit, certificate, enrolled, say

from lenskeep.flows.records import DeviceState
from lenskeep.store import Store
from lenskeep.store.authority import LivingCertificates


async def numbers(store: Store, days: int = 0, limit: int = 10) -> list[bytes]:
    """Return the certificates that count so many days from now, read in pages."""
    living, found, after = LivingCertificates(store.executor), [], None
    while True:
        page = await living.living(NOW + timedelta(days=days), after, limit)
        found += [each.der for each in page.items]
        after = page.next
        if after is None:
            return found


async def test_only_what_counts_is_found(store: Store) -> None:
    """Neither revoked ones, nor those of ended enrollments, nor those at their end."""
    first, second = await enrolled(store, 1), await enrolled(store, 2)
    await store.enrollments.renew(first.enrollment.id, renewed(3, 1), "sealed", audit())
    assert {certificate(n).der for n in (1, 2, 3)} == set(await numbers(store))

    await store.fleet.end_enrollments(
        second.enrollment.device_id, DeviceState.UNENROLLED, "x", audit()
    )

    assert {certificate(n).der for n in (1, 3)} == set(await numbers(store))
    assert [] == await numbers(store, days=4000)


async def test_pages_miss_and_repeat_nothing(store: Store) -> None:
    """Whatever their length."""
    for number in range(1, 6):
        await enrolled(store, number)

    for limit in (1, 2, 5):
        found = await numbers(store, limit=limit)
        assert (5, 5) == (len(found), len(set(found)))


async def test_each_tells_whose_it_is(store: Store) -> None:
    """The device, its name, and what is known of it by its enrollment."""
    new = await enrolled(store, 1)
    await say(store, new, 1, known=b"known", known_count=1)
    living = LivingCertificates(store.executor)

    (found,) = (await living.living(NOW, None, 10)).items

    assert (new.enrollment.device_id, new.enrollment.id, "HOLO-1") == (
        found.device_id,
        found.enrollment_id,
        found.device_name,
    )
    assert new.certificate.not_after == found.not_after
    assert b"known" == await living.known_of(new.enrollment.id)


async def test_a_step_is_written_down(store: Store) -> None:
    """Without any other change: what changed lies in files."""
    line = audit("authority.rotate", "era 2")

    await LivingCertificates(store.executor).note(line)

    assert line == (await store.fleet.audit_lines(None, 1)).items[0]
