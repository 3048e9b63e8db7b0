"""An enrollment spends what allows it, stays below the cap, and remembers how it came."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.entry.test_tickets import ticket
from tests.contract.world import (
    NOW,
    PRINCIPAL,
    account,
    after,
    audit,
    by_code,
    code,
    digest,
    enrolled,
    load,
    new_enrollment,
    say,
)

from lenskeep.base.errors import Conflict
from lenskeep.base.identifiers import AccountId, DeviceId
from lenskeep.flows.entrance import Custody, TicketKind
from lenskeep.flows.ports import Enrolled
from lenskeep.flows.records import (
    Account,
    DeviceFilter,
    DeviceState,
    Principal,
    PrincipalKind,
)
from lenskeep.store import Store

BULK = Principal(PrincipalKind.BULK, "acc_7", "package@example.org")
ENTRA = Principal(PrincipalKind.ENTRA, "tenant/oid", "ada@contoso.com")


def bulk(**changed: object) -> Account:
    """A bulk account."""
    made = Account(AccountId("acc_7"), "package@example.org", "$argon2id$made-up", NOW, bulk=True)
    return replace(made, **changed)  # type: ignore[arg-type]


async def nothing_is_stored(store: Store) -> bool:
    """Whether no device is there, not even a half one."""
    return not (await store.fleet.devices(DeviceFilter(), None, 9)).items


# --- bulk accounts ------------------------------------------------------------------------


async def test_a_bulk_account_comes_back_as_it_was_made(store: Store) -> None:
    """By name and by its certificate."""
    made = bulk(uses_left=3, expires_at=after(90), certificate_sha256=digest("package"))
    await store.people.add_account(made, audit())

    assert made == await store.enrollments.account_by_name("PACKAGE@example.org")
    assert made == await store.enrollments.account_by_certificate(digest("package"))
    assert await store.enrollments.account_by_certificate(digest("other")) is None
    assert (made,) == (await store.people.accounts(None, 9)).items


@pytest.mark.parametrize(
    ("changed", "proofs"),
    [
        ({}, (True, False)),
        ({"certificate_sha256": digest("package")}, (False, True)),
        ({"uses_left": 1, "expires_at": after(2)}, (True, False)),
        ({"uses_left": 0}, (False, False)),
        ({"expires_at": after(1)}, (False, False)),
        ({"disabled_at": NOW}, (False, False)),
        ({"bulk": False}, (False, False)),
    ],
)
async def test_which_bulk_accounts_could_enroll_is_known_by_kind(
    store: Store, changed: dict[str, object], proofs: tuple[bool, bool]
) -> None:
    """Only those that are good now; people's accounts are none."""
    await store.people.add_account(bulk(**changed), audit())

    assert await store.enrollments.bulk_proofs(after(1)) == proofs


async def test_a_certificate_proves_one_account(store: Store) -> None:
    """Accounts without a certificate are no obstacle to each other."""
    await store.people.add_account(bulk(certificate_sha256=digest("package")), audit())
    second = replace(bulk(), id=AccountId("acc_8"), name="other")

    with pytest.raises(Conflict):
        await store.people.add_account(
            replace(second, certificate_sha256=digest("package")), audit()
        )
    await store.people.add_account(second, audit())
    await store.people.add_account(account(), audit())


async def test_a_bulk_account_enrolls_as_many_as_it_may(store: Store) -> None:
    """Of twenty at once, three."""
    await store.people.add_account(bulk(uses_left=3), audit())

    outcomes = await asyncio.gather(
        *(
            store.enrollments.enroll(new_enrollment(number, principal=BULK))
            for number in range(1, 21)
        )
    )

    assert (3, 17) == (
        outcomes.count(Enrolled.STORED),
        outcomes.count(Enrolled.PRINCIPAL_GONE),
    )
    assert 3 == await store.enrollments.living_of(BULK)
    found = await store.enrollments.account_by_name(BULK.name)
    assert found is not None
    assert 0 == found.uses_left


async def test_a_bulk_account_without_a_limit_enrolls_on(store: Store) -> None:
    """No limit stays none."""
    await store.people.add_account(bulk(), audit())

    for number in (1, 2, 3):
        new = new_enrollment(number, principal=BULK)
        assert await store.enrollments.enroll(new) is Enrolled.STORED

    assert bulk() == await store.enrollments.account_by_name(BULK.name)


@pytest.mark.parametrize(
    "gone",
    [
        bulk(disabled_at=after(0)),
        bulk(expires_at=after(1)),
        bulk(uses_left=0),
        bulk(bulk=False),
        replace(bulk(), id=AccountId("acc_9")),
    ],
)
async def test_a_bulk_account_that_ended_enrolls_nobody(store: Store, gone: Account) -> None:
    """Disabled, past its time, used up, no bulk account, or another one."""
    await store.people.add_account(gone, audit())

    outcome = await store.enrollments.enroll(new_enrollment(1, principal=BULK))

    assert outcome is Enrolled.PRINCIPAL_GONE
    assert await nothing_is_stored(store)


async def test_a_bulk_account_is_no_account_of_a_person(store: Store) -> None:
    """Who says to be the person of that name and id is not let in by it."""
    await store.people.add_account(bulk(), audit())
    person = Principal(PrincipalKind.ACCOUNT, "acc_7", BULK.name)

    outcome = await store.enrollments.enroll(new_enrollment(1, principal=person))

    assert outcome is Enrolled.PRINCIPAL_GONE


@pytest.mark.parametrize("kind", [PrincipalKind.ENTRA, PrincipalKind.FEDERATED])
async def test_whom_others_vouch_for_needs_no_row(store: Store, kind: PrincipalKind) -> None:
    """There is nothing of theirs that could have ended here."""
    new = new_enrollment(1, principal=replace(ENTRA, kind=kind))

    assert await store.enrollments.enroll(new) is Enrolled.STORED


# --- how it came --------------------------------------------------------------------------


async def test_how_it_came_is_remembered(store: Store) -> None:
    """The way, the tenant, the user, the Entra device, and how its first run stands."""
    new = new_enrollment(
        1,
        principal=ENTRA,
        way="entra join",
        tenant="tenant",
        user_id="oid",
        entra_device="deviceid",
        arrival='{"phase":"waiting"}',
    )

    assert await store.enrollments.enroll(new) is Enrolled.STORED

    loaded = await load(store, new)
    assert (new.enrollment, new.arrival) == (loaded.enrollment, loaded.arrival)
    assert (False, False) == (loaded.notice_due, loaded.device.departing)
    line = (await store.fleet.timeline(DeviceId("dev_1"), None, 1)).items[0]
    assert ("enrolled", "entra join") == (line.kind, line.detail["way"])


async def test_the_first_run_goes_on_with_the_messages(store: Store) -> None:
    """What a message does not change stays as it was."""
    new = await enrolled(store, 1, arrival="begun")

    await say(store, new, 1)
    assert "begun" == (await load(store, new)).arrival
    await say(store, new, 2, arrival="")
    assert "" == (await load(store, new)).arrival


# --- tickets ------------------------------------------------------------------------------


async def test_tickets_are_spent_with_the_enrollment(store: Store) -> None:
    """All of them, for this enrollment."""
    tickets = (ticket(1), ticket(2, TicketKind.TERMS))
    for each in tickets:
        await store.tickets.add(each)

    await enrolled(store, 1, tickets=tuple(each.digest for each in tickets))

    for each in tickets:
        found = await store.tickets.find(each.kind, each.digest)
        assert replace(each, used_at=after(1), used_for="enr_1") == found


async def test_one_ticket_that_is_spent_undoes_all(store: Store) -> None:
    """The other ticket is not spent, nor the use of the code, and no device is there."""
    await store.people.add_code(code(), audit())
    await store.tickets.add(ticket(1))
    await store.tickets.add(ticket(2))
    await store.tickets.use(TicketKind.WEB_TOKEN, ticket(2).digest, after(0))
    digests = (ticket(1).digest, ticket(2).digest)

    new = new_enrollment(1, principal=by_code(), tickets=digests)
    outcome = await store.enrollments.enroll(new)

    assert outcome is Enrolled.TICKET_SPENT
    assert ticket(1) == await store.tickets.find(TicketKind.WEB_TOKEN, ticket(1).digest)
    assert code() == await store.enrollments.code_by_digest(digest("code 0"))
    assert await nothing_is_stored(store)
    assert 1 == len((await store.fleet.audit_lines(None, 9)).items)


async def test_a_ticket_past_its_time_enrolls_nobody(store: Store) -> None:
    """Good at GetPolicies, too late at the certificate request."""
    await store.tickets.add(ticket(1))
    new = new_enrollment(1, principal=ENTRA, tickets=(ticket(1).digest,), created_at=after(600))

    assert await store.enrollments.enroll(new) is Enrolled.TICKET_SPENT
    assert await nothing_is_stored(store)


async def test_a_ticket_enrolls_one_of_many_at_once(store: Store) -> None:
    """A token copied by twenty."""
    await store.tickets.add(ticket(1))
    given = (ticket(1).digest,)

    outcomes = await asyncio.gather(
        *(
            store.enrollments.enroll(new_enrollment(number, principal=ENTRA, tickets=given))
            for number in range(1, 21)
        )
    )

    assert (1, 19) == (outcomes.count(Enrolled.STORED), outcomes.count(Enrolled.TICKET_SPENT))
    assert 1 == len((await store.fleet.devices(DeviceFilter(), None, 50)).items)


# --- the cap ------------------------------------------------------------------------------


async def test_of_many_at_once_the_cap_is_let_in(store: Store) -> None:
    """Twenty headsets of one user, three places."""
    outcomes = await asyncio.gather(
        *(
            store.enrollments.enroll(new_enrollment(number, principal=ENTRA, cap=3))
            for number in range(1, 21)
        )
    )

    assert (3, 17) == (outcomes.count(Enrolled.STORED), outcomes.count(Enrolled.CAP_REACHED))
    assert 3 == await store.enrollments.living_of(ENTRA)


async def test_the_cap_counts_the_living_of_this_principal_alone(store: Store) -> None:
    """What left is not counted, nor what others enrolled."""
    await enrolled(store, 1, principal=ENTRA)
    await enrolled(store, 2)
    stranger = replace(ENTRA, kind=PrincipalKind.FEDERATED)
    await enrolled(store, 3, principal=stranger)
    assert 1 == await store.enrollments.living_of(ENTRA)

    second = new_enrollment(4, principal=ENTRA, cap=1)
    assert await store.enrollments.enroll(second) is Enrolled.CAP_REACHED
    await store.fleet.end_enrollments(DeviceId("dev_1"), DeviceState.UNENROLLED, "x", audit())
    assert 0 == await store.enrollments.living_of(ENTRA)
    assert await store.enrollments.enroll(second) is Enrolled.STORED


async def test_the_headset_that_comes_back_is_not_counted(store: Store) -> None:
    """It had its place already; a refused one used nothing up."""
    await store.people.add_code(code(), audit())
    await enrolled(store, 1, principal=ENTRA)
    record = DeviceId("dev_1")

    again = new_enrollment(2, principal=ENTRA, cap=1, device_id=record, existing_device=record)

    assert await store.enrollments.enroll(again) is Enrolled.STORED
    assert 1 == await store.enrollments.living_of(ENTRA)
    none = new_enrollment(3, principal=by_code(), cap=0)
    assert await store.enrollments.enroll(none) is Enrolled.CAP_REACHED
    assert code() == await store.enrollments.code_by_digest(digest("code 0"))


# --- coming back --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (Custody.IN_USE, Custody.IN_USE),
        (Custody.LOST, Custody.LOST),
        (Custody.STOLEN, Custody.STOLEN),
        (Custody.SPARE, Custody.IN_USE),
        (Custody.RETIRED, Custody.IN_USE),
    ],
)
@pytest.mark.parametrize("state", [DeviceState.WIPED, DeviceState.UNENROLLED])
async def test_coming_back_takes_it_into_use_but_does_not_find_it(
    store: Store, before: Custody, expected: Custody, state: DeviceState
) -> None:
    """Who enrolls a stolen headset is perhaps the thief."""
    await enrolled(store, 1)
    record = DeviceId("dev_1")
    await store.leaving.set_custody(record, before, audit())
    await store.fleet.end_enrollments(record, state, "gone", audit())
    assert state is (await store.fleet.device(record)).row.state
    assert record == await store.enrollments.device_of(PRINCIPAL, "hw-1")

    await enrolled(store, 2, device_id=record, existing_device=record)

    row = (await store.fleet.device(record)).row
    assert (DeviceState.ENROLLED, expected) == (row.state, row.custody)
    kinds = [each.kind for each in (await store.fleet.timeline(record, None, 9)).items]
    is_missing = expected in (Custody.LOST, Custody.STOLEN)
    assert is_missing == ("heard of while missing" in kinds)
