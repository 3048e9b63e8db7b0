"""Lost, stolen, spare, retired, found; and revoked at once."""

from datetime import timedelta

import pytest
from tests.contract.world import key
from tests.flows.device.renewer import Headset, worn
from tests.flows.home import ADMIN, OPERATOR, START, VIEWER, Home
from tests.flows.leaving.leaver import came

from lenskeep.base.errors import Conflict, Invalid, Refused
from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.entry.admission.rules import set_maintenance
from lenskeep.flows.leaving import keeping, sending
from lenskeep.flows.leaving.keeping import By
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.leaving.sweeping import end_departures
from lenskeep.flows.records import DeviceRow, DeviceState
from lenskeep.wire.syncml.model import Alert

NAMED = Order(confirm="HOLO-1")


async def row(home: Home, headset: Headset) -> DeviceRow:
    """The device's row."""
    return (await home.store.fleet.device(headset.device)).row


async def kinds(home: Home, headset: Headset) -> list[str]:
    """The kinds of the newest lines of its timeline."""
    return [each.kind for each in (await home.store.fleet.timeline(headset.device, None, 20)).items]


# --- where it is --------------------------------------------------------------------------


@pytest.mark.parametrize("custody", [Custody.LOST, Custody.STOLEN, Custody.SPARE])
async def test_where_a_headset_is_is_said_and_unsaid(home: Home, custody: Custody) -> None:
    """It stays under management all the while: a missing one can still be wiped."""
    headset = await came(home)

    detail = await keeping.set_custody(home.house, OPERATOR, headset.device, custody, "Ward 3")

    assert custody is detail.row.custody
    assert "answered" == (await headset.report()).outcome
    assert custody is (await row(home, headset)).custody
    assert "custody changed" in await kinds(home, headset)
    line = (await home.store.fleet.audit_lines(None, 1)).items[0]
    assert {"before": "in use", "after": custody.value, "reason": "Ward 3"} == line.detail
    found = await keeping.set_custody(home.house, OPERATOR, headset.device, Custody.IN_USE)
    assert Custody.IN_USE is found.row.custody


async def test_a_stolen_headset_that_calls_is_seen_and_wiped(home: Home) -> None:
    """It is told of, stays stolen, and does what it is told."""
    headset = await came(home)
    await keeping.set_custody(home.house, OPERATOR, headset.device, Custody.STOLEN)
    await sending.wipe(home.house, OPERATOR, headset.device, NAMED)

    done = [each.uri for each in await worn(headset).sync()]

    assert sending.WIPE_URI in done
    assert 1 == (await kinds(home, headset)).count("heard of while missing")
    found = await row(home, headset)
    assert (Custody.STOLEN, Departure.WIPE) == (found.custody, found.departing)


async def test_a_stolen_headset_that_enrolls_again_stays_stolen(home: Home) -> None:
    """Who enrolls it may be the thief; a person says that it was found."""
    headset = await came(home)
    await keeping.set_custody(home.house, OPERATOR, headset.device, Custody.STOLEN)

    back = await came(home)

    assert headset.device == back.device
    assert Custody.STOLEN is (await row(home, back)).custody
    assert "heard of while missing" in await kinds(home, back)


async def test_a_spare_headset_that_enrolls_is_in_use(home: Home) -> None:
    """So is a retired one."""
    headset = await came(home)
    await keeping.set_custody(home.house, OPERATOR, headset.device, Custody.SPARE)
    assert Custody.IN_USE is (await row(home, await came(home))).custody

    await keeping.retire(home.house, ADMIN, headset.device, By.NOW, NAMED)
    back = await came(home)

    assert headset.device == back.device
    found = await row(home, back)
    assert (Custody.IN_USE, DeviceState.ENROLLED) == (found.custody, found.state)


async def test_retired_is_not_only_a_word(home: Home) -> None:
    """What is managed is retired by ending that."""
    headset = await came(home)

    with pytest.raises(Conflict, match="retire it"):
        await keeping.set_custody(home.house, OPERATOR, headset.device, Custody.RETIRED)
    with pytest.raises(Refused):
        await keeping.set_custody(home.house, VIEWER, headset.device, Custody.LOST)


# --- revoked ------------------------------------------------------------------------------


async def test_a_revoked_headset_is_refused_from_the_next_message_on(home: Home) -> None:
    """In the middle of a session, over the very connection: the certificate, and the digest."""
    headset = await came(home)
    assert "answered" == (await headset.report()).outcome
    second = worn(headset).write(2, (Alert("2", 1222),))

    detail = await keeping.revoke(home.house, ADMIN, headset.device, NAMED)

    assert DeviceState.UNENROLLED is detail.row.state
    with pytest.raises(AssertionError, match="unknown or revoked"):
        await worn(headset).say(second)
    answered = await headset.report()
    assert ("refused", "the certificate is unknown or revoked") == (
        answered.outcome,
        answered.reason,
    )
    enrollment = detail.enrollments[0]
    assert [home.clock.now()] == [e.revoked_at for e in detail.certificates[enrollment.id]]
    assert "certificates revoked" in await kinds(home, headset)
    name = enrollment.auth_name
    find = home.store.conversations.load_by_auth_name
    assert await find(name, key()) is None


async def test_a_revoked_headset_cannot_be_wiped(home: Home) -> None:
    """Which is said before."""
    headset = await came(home)
    await keeping.revoke(home.house, ADMIN, headset.device, NAMED)

    with pytest.raises(Conflict, match="unenrolled"):
        await sending.wipe(home.house, OPERATOR, headset.device, NAMED)
    assert "no longer be locked, wiped" in keeping.REVOKED
    with pytest.raises(Conflict, match="no certificate"):
        await keeping.revoke(home.house, ADMIN, headset.device, NAMED)


async def test_only_an_administrator_revokes_and_names_it(home: Home) -> None:
    """It cannot be undone."""
    headset = await came(home)

    with pytest.raises(Refused):
        await keeping.revoke(home.house, OPERATOR, headset.device, NAMED)
    with pytest.raises(Invalid, match="confirm"):
        await keeping.revoke(home.house, ADMIN, headset.device, Order())
    assert "answered" == (await headset.report()).outcome


# --- retired ------------------------------------------------------------------------------


async def test_what_will_not_come_back_is_retired_now(home: Home) -> None:
    """Management ends on our side, once; the reason stands in the enrollment."""
    headset = await came(home)

    detail = await keeping.retire(
        home.house, ADMIN, headset.device, By.NOW, Order("holo-1", reason="fell into the sea")
    )

    assert (DeviceState.UNENROLLED, Custody.RETIRED) == (detail.row.state, detail.row.custody)
    assert "fell into the sea" == detail.enrollments[0].end_reason
    assert "refused" == (await headset.report()).outcome
    with pytest.raises(Conflict, match="retired already"):
        await keeping.retire(home.house, ADMIN, headset.device, By.NOW, NAMED)


@pytest.mark.parametrize(
    ("by", "departure", "uri", "state"),
    [
        (By.UNENROLL, Departure.UNENROLL, sending.UNENROLL_URI, DeviceState.UNENROLLED),
        (By.WIPE, Departure.WIPE, sending.WIPE_URI, DeviceState.WIPED),
    ],
)
async def test_what_is_retired_may_be_told_first(
    home: Home, by: By, departure: Departure, uri: str, state: DeviceState
) -> None:
    """It is retired at once, and gone when it is."""
    headset = await came(home)

    detail = await keeping.retire(home.house, ADMIN, headset.device, by, NAMED)

    assert (departure, Custody.RETIRED) == (detail.row.departing, detail.row.custody)
    assert uri in [each.uri for each in await worn(headset).sync()]
    home.clock.advance(days=8)
    assert 1 == await end_departures(home.house)
    found = await row(home, headset)
    assert (state, Custody.RETIRED) == (found.state, found.custody)


async def test_what_has_left_is_retired_by_word(home: Home) -> None:
    """There is nothing to end."""
    headset = await came(home)
    await keeping.revoke(home.house, ADMIN, headset.device, NAMED)

    detail = await keeping.retire(home.house, ADMIN, headset.device, By.NOW, NAMED)

    assert Custody.RETIRED is detail.row.custody


async def test_only_an_administrator_retires_and_names_it(home: Home) -> None:
    """Nothing is done otherwise."""
    headset = await came(home)

    with pytest.raises(Refused):
        await keeping.retire(home.house, OPERATOR, headset.device, By.NOW, NAMED)
    with pytest.raises(Invalid, match="confirm"):
        await keeping.retire(home.house, ADMIN, headset.device, By.WIPE, Order())
    found = await row(home, headset)
    assert (None, Custody.IN_USE) == (found.departing, found.custody)


# --- maintenance --------------------------------------------------------------------------


async def test_maintenance_keeps_nobody_out_who_is_in(home: Home) -> None:
    """Nobody enrolls meanwhile; who is managed is managed on, and can be sent away."""
    headset = await came(home)
    until = (START + timedelta(days=1)).isoformat()
    await set_maintenance(home.house, ADMIN, {"until": until, "words": "Back at noon."})

    assert "answered" == (await headset.report()).outcome
    with pytest.raises(Refused):
        await came(home, hardware=2)
    await sending.unenroll(home.house, OPERATOR, headset.device)
    assert sending.UNENROLL_URI in [each.uri for each in await worn(headset).sync()]
