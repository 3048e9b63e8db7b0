"""A ticket is spent once; the newest attempts are kept."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.test_housekeeping import retention
from tests.contract.world import NOW, after, digest

from lenskeep.base.errors import Conflict, Invalid
from lenskeep.flows.entrance import Attempt, Ticket, TicketKind
from lenskeep.store import Store
from lenskeep.store.entry import rows
from lenskeep.store.entry.tickets import KEPT_ATTEMPTS
from lenskeep.store.sql import Work
from lenskeep.store.statements.entry.tickets import ADD_ATTEMPT

WEB = TicketKind.WEB_TOKEN


def ticket(number: int = 1, kind: TicketKind = WEB) -> Ticket:
    """A ticket good for ten minutes."""
    return Ticket(digest(f"ticket {number}"), kind, {"user": "ä@b"}, NOW, after(600))


def attempt(number: int) -> Attempt:
    """Somebody who tried."""
    return Attempt(
        id=f"att_{number}",
        at=after(number),
        phase="enrollment",
        outcome="refused",
        way="typed password",
        user="ada@example.org",
        device_name="HOLO-1",
        hw_dev_id="hw-1",
        os_version="10.0.22621.1244",
        address="192.0.2.8",
        reason="wrong password",
        hresult=0x80180002,
        trace="t-1",
        device_id="dev_1",
    )


# --- tickets ------------------------------------------------------------------------------


async def test_a_ticket_is_spent_once(store: Store) -> None:
    """What it stands for comes back to the one who spends it; afterwards it is found as spent."""
    await store.tickets.add(ticket())
    assert ticket() == await store.tickets.find(WEB, ticket().digest)

    spent = await store.tickets.use(WEB, ticket().digest, after(5), "enr_1")

    expected = replace(ticket(), used_at=after(5), used_for="enr_1")
    assert expected == spent
    assert expected == await store.tickets.find(WEB, ticket().digest)
    assert await store.tickets.use(WEB, ticket().digest, after(6)) is None


async def test_of_many_who_spend_at_once_one_does(store: Store) -> None:
    """The others get nothing."""
    await store.tickets.add(ticket())

    spent = await asyncio.gather(
        *(store.tickets.use(WEB, ticket().digest, after(5)) for _ in range(20))
    )

    assert 19 == spent.count(None)


async def test_a_ticket_of_another_kind_unknown_or_expired_is_not_spent(store: Store) -> None:
    """Its last moment is the one before `expires_at`."""
    await store.tickets.add(ticket())
    use = store.tickets.use

    assert await use(TicketKind.WEB_STATE, ticket().digest, after(5)) is None
    assert await use(WEB, digest("ticket 9"), after(5)) is None
    assert await use(WEB, ticket().digest, after(600)) is None
    assert await store.tickets.find(TicketKind.TERMS, ticket().digest) is None
    assert await use(WEB, ticket().digest, after(599.9)) is not None


async def test_no_ticket_is_given_out_twice(store: Store) -> None:
    """The same digest in one kind is a conflict."""
    await store.tickets.add(ticket())

    with pytest.raises(Conflict):
        await store.tickets.add(ticket())


async def test_tickets_of_a_kind_are_paged_newest_first(store: Store) -> None:
    """Who accepted the terms, say."""
    terms = [ticket(number, TicketKind.TERMS) for number in range(5)]
    for each in (*terms, ticket(9)):
        await store.tickets.add(each)

    first = await store.tickets.of_kind(TicketKind.TERMS, None, 3)
    second = await store.tickets.of_kind(TicketKind.TERMS, first.next, 3)

    assert tuple(reversed(terms)) == first.items + second.items
    assert second.next is None
    with pytest.raises(Invalid):
        await store.tickets.of_kind(TicketKind.TERMS, "x", 3)


async def test_old_tickets_are_swept_but_accepted_terms_stay(store: Store) -> None:
    """They are the record that somebody accepted; terms never used are none."""
    terms = TicketKind.TERMS
    for each in (ticket(1), ticket(2, terms), ticket(3, terms), ticket(4, TicketKind.WEB_STATE)):
        await store.tickets.add(each)
    await store.tickets.add(replace(ticket(5), expires_at=after(700)))
    await store.tickets.use(WEB, ticket(1).digest, after(5))
    await store.tickets.use(terms, ticket(2).digest, after(5))

    swept = await store.housekeeping.sweep(retention(after(601)))

    assert 3 == swept["tickets"]
    assert await store.tickets.find(terms, ticket(2).digest) is not None
    assert await store.tickets.find(WEB, ticket(5).digest) is not None
    assert await store.tickets.find(terms, ticket(3).digest) is None
    assert await store.tickets.find(WEB, ticket(1).digest) is None


# --- attempts -----------------------------------------------------------------------------


async def test_attempts_are_paged_newest_first(store: Store) -> None:
    """Each comes back as it was noted."""
    for number in range(5):
        await store.attempts.note(attempt(number))

    first = await store.attempts.attempts(None, 3)
    second = await store.attempts.attempts(first.next, 3)

    assert tuple(attempt(number) for number in (4, 3, 2, 1, 0)) == first.items + second.items
    assert second.next is None


async def test_only_the_newest_attempts_are_kept(store: Store) -> None:
    """Strangers cannot fill the disk."""

    def many() -> Work[None]:
        yield ADD_ATTEMPT.each(rows.attempt_values(attempt(n)) for n in range(KEPT_ATTEMPTS))

    await store.executor.write(many)
    for number in range(KEPT_ATTEMPTS, KEPT_ATTEMPTS + 3):
        await store.attempts.note(attempt(number))

    kept = (await store.attempts.attempts(None, KEPT_ATTEMPTS + 10)).items

    assert 2000 == KEPT_ATTEMPTS == len(kept)
    assert ("att_2002", "att_3") == (kept[0].id, kept[-1].id)


async def test_many_tries_at_once_are_all_noted(store: Store) -> None:
    """None is lost, whoever else tries in the same moment."""
    await asyncio.gather(*(store.attempts.note(attempt(number)) for number in range(60)))

    noted = (await store.attempts.attempts(None, 100)).items

    assert {f"att_{number}" for number in range(60)} == {each.id for each in noted}
