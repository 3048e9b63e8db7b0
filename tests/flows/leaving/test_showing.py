"""What is shown of leaving follows from how a headset came, and what it told of itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contract import world
from tests.flows.home import VIEWER, Home

from lenskeep.base.errors import Invalid, Missing
from lenskeep.base.identifiers import DeviceId
from lenskeep.enrollment.leaving.leaver import Kind
from lenskeep.enrollment.leaving.ways import Exit
from lenskeep.flows.entrance import Way
from lenskeep.flows.leaving.showing import list_silent, show_leaving, show_owner
from lenskeep.flows.records import DeviceState, Principal, PrincipalKind
from lenskeep.tree.fact import Fact
from lenskeep.tree.value import Format

LOCK = "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE"
BATTERY = "./Vendor/MSFT/DeviceStatus/Battery/EstimatedChargeRemaining"
DISCONNECT = "./Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment"
OWNERS = "./Device/Vendor/MSFT/Policy/Config/LocalUsersAndGroups/Configure"


async def enrolled(home: Home, way: Way, number: int = 1) -> DeviceId:
    """A headset that came this way."""
    new = await world.enrolled(home.store, number, way=way.value)
    home.enrolled[new.enrollment.device_id] = new
    return new.enrollment.device_id


def told(home: Home, uri: str, value: str) -> Fact:
    """What the headset tells of itself now."""
    return Fact(uri, 200, home.clock.now(), Format.CHR, value)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (Way.ENTRA_JOIN, Exit.WIPE),
        (Way.AUTOPILOT, Exit.WIPE),
        (Way.BULK_TOKEN, Exit.WIPE),
        (Way.ENTRA_ACCOUNT, Exit.DISCONNECT),
        (Way.LOCAL, Exit.UNENROLL),
        (Way.FEDERATED, Exit.UNENROLL),
        (Way.PACKAGE, Exit.UNENROLL),
        (Way.PACKAGE_CERTIFICATE, Exit.UNENROLL),
    ],
)
async def test_the_best_way_out_follows_from_the_way_in(
    home: Home, way: Way, expected: Exit
) -> None:
    """With a reason; all ways are shown."""
    view = await show_leaving(home.house, VIEWER, await enrolled(home, way))

    assert (way.value, expected) == (view.way, view.best.exit)
    assert list(Exit) == [each.exit for each in view.ways]
    assert view.silence is not None


@pytest.mark.parametrize(
    ("kind", "user_id", "said"),
    [
        (PrincipalKind.ACCOUNT, "", "the same account"),
        (PrincipalKind.FEDERATED, "", "the same account"),
        (PrincipalKind.ENTRA, "oid", "the same account"),
        (PrincipalKind.CODE, "", "a new record"),
        (PrincipalKind.BULK, "", "ended here before"),
        (PrincipalKind.ENTRA, "", "ended here before"),
    ],
)
async def test_what_it_comes_back_as_follows_from_who_enrolled_it(
    home: Home, kind: PrincipalKind, user_id: str, said: str
) -> None:
    """A reset headset goes on with its record only where enrolling would let it."""
    who = Principal(kind, "x_1", "x")
    if kind is PrincipalKind.ACCOUNT:
        who = world.PRINCIPAL
    if kind is PrincipalKind.CODE:
        await home.store.people.add_code(world.code(1), world.audit())
        who = world.by_code(1)
    if kind is PrincipalKind.BULK:
        account = replace(world.account(7, "bulk"), bulk=True)
        await home.store.people.add_account(account, world.audit())
        who = Principal(kind, account.id, account.name)
    new = await world.enrolled(home.store, 1, principal=who, user_id=user_id)

    view = await show_leaving(home.house, VIEWER, new.enrollment.device_id)

    reset = next(each for each in view.ways if each.exit is Exit.RESET)
    assert any(said in each for each in reset.notes)


async def test_what_the_headset_told_counts(home: Home) -> None:
    """Its lock, its policy, its battery."""
    device = await enrolled(home, Way.LOCAL)
    facts = (told(home, LOCK, "true"), told(home, BATTERY, "12"), told(home, DISCONNECT, "0"))
    await home.tell(device, *facts)

    view = await show_leaving(home.house, VIEWER, device)

    ways = {each.exit: each for each in view.ways}
    assert any("tenant lock" in each for each in ways[Exit.UNENROLL].notes)
    assert any("12 %" in each for each in ways[Exit.WIPE].dangers)
    assert not ways[Exit.DISCONNECT].possible


async def test_an_old_reading_of_the_battery_does_not_count(home: Home) -> None:
    """It was charged since, or is empty."""
    device = await enrolled(home, Way.LOCAL)
    await home.tell(device, told(home, BATTERY, "12"))
    home.clock.advance(hours=3)

    view = await show_leaving(home.house, VIEWER, device)

    assert not {each.exit: each for each in view.ways}[Exit.WIPE].dangers


async def test_the_owner_is_guessed_and_the_guess_explained(home: Home) -> None:
    """By the way in; a policy of ours goes before."""
    device = await enrolled(home, Way.ENTRA_JOIN)

    before = await show_owner(home.house, VIEWER, device)
    await home.tell(device, told(home, OWNERS, "<GroupConfiguration/>"))
    after = await show_owner(home.house, VIEWER, device)

    assert (Kind.USER_JOIN, "ada@example.org") == (before.kind, before.owner.who)
    assert before.actions
    assert ("", True) == (before.owner.by_policy, bool(after.owner.by_policy))


async def test_what_has_left_is_not_silent(home: Home) -> None:
    """Nobody waits for it."""
    device = await enrolled(home, Way.LOCAL)
    line = world.audit()
    await home.store.fleet.end_enrollments(device, DeviceState.UNENROLLED, "x", line)

    assert (await show_leaving(home.house, VIEWER, device)).silence is None


async def test_who_fell_silent_is_listed_longest_first(home: Home) -> None:
    """With words on each."""
    for number in (1, 2, 3):
        await enrolled(home, Way.LOCAL, number)
    await home.say(DeviceId("dev_2"), at=home.clock.now() - timedelta(minutes=10))
    home.clock.advance(days=2)
    await home.say(DeviceId("dev_3"), at=home.clock.now())

    found = await list_silent(home.house, VIEWER, 1)

    assert ["dev_1", "dev_2"] == [each.row.id for each in found]
    assert "2 days ago" in found[1].silence.words
    assert () == await list_silent(home.house, VIEWER, 3)


@pytest.mark.parametrize(("days", "limit"), [(0, 10), (3651, 10), (1, 0), (1, 201)])
async def test_a_list_of_silence_has_bounds(home: Home, days: int, limit: int) -> None:
    """A day at least, a page at most."""
    with pytest.raises(Invalid):
        await list_silent(home.house, VIEWER, days, limit)


async def test_what_is_not_there_is_missing(home: Home) -> None:
    """Both pages say so."""
    for show in (show_leaving, show_owner):
        with pytest.raises(Missing):
            await show(home.house, VIEWER, DeviceId("dev_404"))
