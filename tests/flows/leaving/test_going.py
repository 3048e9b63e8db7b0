"""A headset is told to go, and goes: by its word, by silence, or not at all."""

from dataclasses import replace

import pytest
from tests.flows.device.renewer import Headset, worn
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home
from tests.flows.leaving.leaver import came

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Departure
from lenskeep.flows.fleet import rename_device
from lenskeep.flows.leaving import sending
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.leaving.sending import UNENROLL_URI, WIPE_KEEPING_URI, WIPE_URI
from lenskeep.flows.leaving.showing import show_leaving
from lenskeep.flows.leaving.sweeping import end_departures
from lenskeep.flows.operations import Wish, queue_operations
from lenskeep.flows.records import DeviceRow, DeviceState, EnrollmentState
from lenskeep.tree.operation import OperationState
from lenskeep.wire.syncml.model import Alert, Header, Item, Message, Meta
from lenskeep.wire.syncml.write import write_message

FREE = "./DevDetail/Ext/Microsoft/FreeStorage"
NAMED = Order(confirm="holo-1")


async def row(home: Home, device: DeviceId) -> DeviceRow:
    """The device's row."""
    return (await home.store.fleet.device(device)).row


async def kinds(home: Home, device: DeviceId) -> list[str]:
    """The kinds of the newest lines of its timeline."""
    return [each.kind for each in (await home.store.fleet.timeline(device, None, 20)).items]


async def actions(home: Home) -> list[str]:
    """What was done lately, newest first."""
    return [each.action for each in (await home.store.fleet.audit_lines(None, 20)).items]


async def words(home: Home, device: DeviceId) -> str:
    """How it stands with going, in words."""
    going = (await show_leaving(home.house, VIEWER, device)).going
    return going.words if going else ""


async def farewell(headset: Headset) -> bytes:
    """Say that it leaves, as a headset does in its first message."""
    headset.session += 1
    meta = Meta(type="com.microsoft:mdm.unenrollment.userrequest", format="int", mark="critical")
    parts = (Alert("2", 1201), Alert("3", 1226, (Item(meta=meta, data="1"),)))
    wearer = worn(headset)
    header = Header(str(headset.session), "1", "https://localhost/", headset.dev_id)
    return await wearer.say(write_message(Message(header, parts)))


# --- unenroll -----------------------------------------------------------------------------


async def test_a_headset_told_to_leave_says_so_and_is_gone(home: Home) -> None:
    """Pending until its alert; then unenrolled, with the certificate refused."""
    headset = await came(home)
    await headset.report()

    detail = await sending.unenroll(home.house, OPERATOR, headset.device, Order(reason="sold"))

    assert (Departure.UNENROLL, home.clock.now()) == (
        detail.row.departing,
        detail.row.departing_since,
    )
    assert "told at its next contact" in await words(home, headset.device)
    done = await worn(headset).sync()
    assert UNENROLL_URI in [each.uri for each in done]
    assert Departure.UNENROLL is (await row(home, headset.device)).departing
    assert "It counts as gone once it is silent for 7 days" in await words(home, headset.device)

    headset.session += 2
    await farewell(headset)

    found = await row(home, headset.device)
    assert (DeviceState.UNENROLLED, None) == (found.state, found.departing)
    assert "refused" == (await headset.report()).outcome
    seen = await kinds(home, headset.device)
    assert {"told to leave", "left as told", "enrollment ended"} <= set(seen)
    assert "unenrolled by the wearer" not in seen
    lines = (await home.store.fleet.audit_lines(None, 20)).items
    told = next(each for each in lines if each.action == "device.unenroll")
    assert {"way": "unenroll", "reason": "sold"} == told.detail


async def test_a_wearer_who_disconnects_it_is_told_apart(home: Home) -> None:
    """The alert is the same; what we asked for is not."""
    headset = await came(home)

    await farewell(headset)

    detail = await home.store.fleet.device(headset.device)
    assert "the wearer disconnected it" == detail.enrollments[0].end_reason
    seen = await kinds(home, headset.device)
    assert ("unenrolled by the wearer" in seen, "left as told" in seen) == (True, False)


async def test_a_headset_told_to_leave_that_falls_silent_is_gone_after_the_grace(
    home: Home,
) -> None:
    """Seven days after it was heard of last, in the round of housekeeping."""
    headset = await came(home)
    await sending.unenroll(home.house, OPERATOR, headset.device)
    await worn(headset).sync()

    home.clock.advance(days=7)
    assert 0 == await end_departures(home.house)
    home.clock.advance(seconds=1)
    assert 1 == await end_departures(home.house)
    assert 0 == await end_departures(home.house)

    detail = await home.store.fleet.device(headset.device)
    assert (DeviceState.UNENROLLED, None) == (detail.row.state, detail.row.departing)
    assert "silent since" in detail.enrollments[0].end_reason
    assert "refused" == (await headset.report()).outcome
    assert "device.gone" == (await actions(home))[0]


async def test_a_headset_that_never_heard_it_stays(home: Home) -> None:
    """It lies in a drawer, as managed as it was, until it is told."""
    headset = await came(home)
    await sending.unenroll(home.house, OPERATOR, headset.device)

    home.clock.advance(days=90)

    assert 0 == await end_departures(home.house)
    assert Departure.UNENROLL is (await row(home, headset.device)).departing


async def test_a_headset_that_goes_on_calling_is_not_gone(home: Home) -> None:
    """It did not do it, which is said; it can be told again once the command has ended."""
    headset = await came(home)
    await sending.unenroll(home.house, OPERATOR, headset.device)
    wearer = worn(headset)
    await wearer.sync()
    for _ in range(9):
        home.clock.advance(days=1)
        await wearer.sync()

    assert 0 == await end_departures(home.house)
    assert "was heard of long after" in await words(home, headset.device)
    await sending.unenroll(home.house, OPERATOR, headset.device)
    assert UNENROLL_URI in [each.uri for each in await wearer.sync()]


async def test_what_was_waiting_is_not_done_on_the_way_out(home: Home) -> None:
    """The headset has one thing to do."""
    headset = await came(home)
    wish = Wish("replace", "./Vendor/MSFT/Policy/Config/Experience/AllowCortana", "int", "0")
    queued = await queue_operations(home.house, OPERATOR, [headset.device], wish)

    await sending.unenroll(home.house, OPERATOR, headset.device)

    waited = await home.store.fleet.operation(queued.operations[0].id)
    assert OperationState.CANCELLED is waited.state
    done = [each.uri for each in await worn(headset).sync()]
    assert UNENROLL_URI in done
    assert wish.uri not in done


async def test_it_is_called_back_before_it_heard(home: Home) -> None:
    """Once; and not after it took the command."""
    headset = await came(home)
    await sending.unenroll(home.house, OPERATOR, headset.device)

    detail = await sending.call_back(home.house, OPERATOR, headset.device)

    assert detail.row.departing is None
    assert UNENROLL_URI not in [each.uri for each in await worn(headset).sync()]
    assert "called back" in await kinds(home, headset.device)
    with pytest.raises(Conflict, match="was not told"):
        await sending.call_back(home.house, OPERATOR, headset.device)


async def test_a_command_that_the_headset_refuses_can_be_taken_back(home: Home) -> None:
    """What it said is shown."""
    headset = await came(home)
    await sending.wipe(home.house, OPERATOR, headset.device, NAMED)
    wearer = worn(headset)
    wearer.failing[WIPE_URI] = 500
    await wearer.sync()

    view = await show_leaving(home.house, VIEWER, headset.device)
    assert view.going is not None
    assert view.going.can_be_called_back
    assert "did not do it" in view.going.words
    detail = await sending.call_back(home.house, OPERATOR, headset.device)
    assert detail.row.departing is None


# --- wipe ---------------------------------------------------------------------------------


async def test_a_wiped_headset_is_wiped_once_it_is_silent(home: Home) -> None:
    """It takes the command and never confirms; the record waits for its return."""
    headset = await came(home)
    await sending.wipe(home.house, OPERATOR, headset.device, NAMED)
    assert WIPE_URI in [each.uri for each in await worn(headset).sync()]
    assert "is back" in await words(home, headset.device)

    home.clock.advance(days=8)
    await end_departures(home.house)

    detail = await home.store.fleet.device(headset.device)
    assert (DeviceState.WIPED, None) == (detail.row.state, detail.row.departing)
    assert "refused" == (await headset.report()).outcome


async def test_provisioning_is_kept_where_that_is_asked(home: Home) -> None:
    """By the other node."""
    headset = await came(home)

    await sending.wipe(home.house, OPERATOR, headset.device, NAMED, keep_provisioning=True)

    assert WIPE_KEEPING_URI in [each.uri for each in await worn(headset).sync()]


@pytest.mark.parametrize("waits", [True, False])
async def test_a_wiped_headset_comes_back_with_its_history(home: Home, waits: bool) -> None:
    """Under the same account it is the same record: before the grace is over, and after it."""
    headset = await came(home)
    await rename_device(home.house, OPERATOR, headset.device, "Ward 3")
    await sending.wipe(home.house, OPERATOR, headset.device, Order(confirm="Ward 3"))
    await worn(headset).sync()
    if waits:
        home.clock.advance(days=8)
        await end_departures(home.house)

    back = await came(home)

    detail = await home.store.fleet.device(headset.device)
    assert headset.device == back.device
    assert (DeviceState.ENROLLED, None, "Ward 3") == (
        detail.row.state,
        detail.row.departing,
        detail.row.name,
    )
    assert [EnrollmentState.ACTIVE, EnrollmentState.ENDED] == [
        each.state for each in detail.enrollments
    ]
    seen = await kinds(home, headset.device)
    assert seen[0] == "enrolled again"
    assert {"told to leave", "enrolled"} <= set(seen)
    assert ("answered", "refused") == (
        (await back.report()).outcome,
        (await headset.report()).outcome,
    )
    home.clock.advance(days=30)
    assert 0 == await end_departures(home.house)


async def test_under_another_account_it_is_another_record_with_a_hint(home: Home) -> None:
    """A hardware id is a claim; the old record ends by silence."""
    headset = await came(home)
    await sending.wipe(home.house, OPERATOR, headset.device, NAMED)
    await worn(headset).sync()

    other = await came(home, "bea@example.org")

    assert headset.device != other.device
    assert (headset.device,) == (await row(home, other.device)).same_hardware
    home.clock.advance(days=8)
    await other.report()
    await end_departures(home.house)
    assert DeviceState.WIPED is (await row(home, headset.device)).state
    assert DeviceState.MANAGED is (await row(home, other.device)).state


async def test_a_wipe_asks_for_the_headset_s_name(home: Home) -> None:
    """Its name or its id, in any case; nothing else, and nothing is done without."""
    headset = await came(home)

    for typed in ("", " ", "HOLO-2", "yes", "dev_"):
        with pytest.raises(Invalid, match="confirm"):
            await sending.wipe(home.house, OPERATOR, headset.device, Order(confirm=typed))
    assert (await row(home, headset.device)).departing is None
    await sending.wipe(home.house, OPERATOR, headset.device, Order(confirm=headset.device))
    assert Departure.WIPE is (await row(home, headset.device)).departing


async def test_what_speaks_against_a_wipe_is_accepted_first(home: Home) -> None:
    """Too little room may leave a headset that only a reflash brings back."""
    headset = await came(home)
    wearer = worn(headset)
    wearer.tamper(FREE, "4096")
    await wearer.sync()
    order = Order(confirm=headset.device)

    with pytest.raises(Conflict, match="4096 MB"):
        await sending.wipe(home.house, OPERATOR, headset.device, order)
    await sending.wipe(home.house, OPERATOR, headset.device, replace(order, anyway=True))

    assert Departure.WIPE is (await row(home, headset.device)).departing


# --- who may, and when --------------------------------------------------------------------


async def test_only_who_may_operate_sends_away(home: Home) -> None:
    """A viewer sees how, and does nothing."""
    headset = await came(home)

    for order in (
        sending.unenroll(home.house, VIEWER, headset.device),
        sending.wipe(home.house, VIEWER, headset.device, NAMED),
        sending.call_back(home.house, VIEWER, headset.device),
    ):
        with pytest.raises(Refused):
            await order
    assert (await show_leaving(home.house, VIEWER, headset.device)).going is None


async def test_what_has_left_is_not_sent_away(home: Home) -> None:
    """Nor what is not there."""
    headset = await came(home)
    await farewell(headset)

    with pytest.raises(Conflict, match="unenrolled"):
        await sending.unenroll(home.house, ADMIN, headset.device)
    with pytest.raises(Missing):
        await sending.unenroll(home.house, ADMIN, DeviceId("dev_404"))


async def test_a_reason_is_one_line(home: Home) -> None:
    """It goes into the audit."""
    headset = await came(home)

    for reason in ("x" * 201, "two\nlines"):
        with pytest.raises(Invalid, match="reason"):
            await sending.unenroll(home.house, ADMIN, headset.device, Order(reason=reason))
