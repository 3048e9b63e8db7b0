"""The lock to a tenant: only for headsets that came by Autopilot, and typed by somebody.

It outlives reset and reflash, so every way to it is tried: operations, profiles, the plan.
"""

import pytest
from tests.flows.device.wearer import wearing
from tests.flows.home import OPERATOR, Home

from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.guard.tenant import CONFIRMATION, NOT_BY_AUTOPILOT, locks_tenant
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.flows import operations
from lenskeep.flows.desired import profiles
from lenskeep.flows.desired.assigning import assign
from lenskeep.flows.desired.planning import plan_device
from lenskeep.flows.desired.profiles import Draft
from lenskeep.flows.entrance import Way
from lenskeep.flows.mandate import ALL_DEVICES
from lenskeep.flows.operations import Wish

LOCK = "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE"
TYPED = CONFIRMATION.upper()


async def refused(home: Home, device: DeviceId, wish: Wish) -> list[str]:
    """The fields that are complained of."""
    with pytest.raises(Invalid) as caught:
        await operations.queue_operations(home.house, OPERATOR, [device], wish)
    return [each.field for each in caught.value.complaints]


# --- what counts as the lock --------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "value", "locks"),
    [
        (LOCK, "true", True),
        (LOCK, "1", True),
        (LOCK, " TRUE ", True),
        ("./Device/Vendor/MSFT/tenantlockdown/requirenetworkinoobe", "true", True),
        ("./Device/Vendor/MSFT/TenantLockdown/Require%4EetworkInOOBE", "true", True),
        ("./Vendor/MSFT/%54enantLockdown/RequireNetworkInOOBE", "true", True),
        (LOCK, "dHJ1ZQ==", True),
        (LOCK, "false", False),
        (LOCK, "0", False),
        (LOCK, None, False),
        ("./Vendor/MSFT/Policy/Config/Wifi/AllowWiFi", "true", False),
    ],
)
def test_the_lock_is_seen_however_it_is_spelled(uri: str, value: str | None, locks: bool) -> None:
    """Case, escapes and odd values do not hide it; taking it off is always allowed."""
    assert locks_tenant(uri, value) is locks


# --- operations ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", [each for each in Way if each is not Way.AUTOPILOT])
async def test_a_headset_that_came_another_way_is_never_locked(home: Home, way: Way) -> None:
    """However it came, and whatever was typed."""
    device = (await wearing(home, 1, way=way.value)).device

    wish = Wish("replace", LOCK, "bool", "true", TYPED)
    assert await refused(home, device, wish) == ["devices"]
    assert await refused(home, device, Wish("add", LOCK, "bool", "true")) == [
        "confirmation",
        "devices",
    ]


async def test_one_of_several_devices_stops_all(home: Home) -> None:
    """On all of them or on none."""
    good = (await wearing(home, 1, way=Way.AUTOPILOT.value)).device
    bad = (await wearing(home, 2)).device

    wish = Wish("replace", LOCK, "bool", "true", TYPED)

    with pytest.raises(Invalid, match=bad):
        await operations.queue_operations(home.house, OPERATOR, [good, bad], wish)


@pytest.mark.parametrize("typed", ["", "yes", "lock", "lock to", "lock-to-tenant"])
async def test_it_has_to_be_typed(home: Home, typed: str) -> None:
    """Nothing but the phrase does."""
    device = (await wearing(home, 1, way=Way.AUTOPILOT.value)).device

    assert await refused(home, device, Wish("replace", LOCK, "bool", "true", typed)) == [
        "confirmation"
    ]


async def test_typed_for_a_headset_of_autopilot_it_is_queued(home: Home) -> None:
    """Case and blanks do not count."""
    device = (await wearing(home, 1, way=Way.AUTOPILOT.value)).device
    wish = Wish("replace", LOCK, "bool", "true", "  Lock  to TENANT ")

    queued = await operations.queue_operations(home.house, OPERATOR, [device], wish)

    assert queued.operations[0].operation.uri.text == LOCK


async def test_reading_it_and_taking_it_off_need_nothing(home: Home) -> None:
    """A headset that is locked must be freed, whatever it is."""
    device = (await wearing(home, 1)).device

    for wish in (Wish("get", LOCK), Wish("replace", LOCK, "bool", "false")):
        queued = await operations.queue_operations(home.house, OPERATOR, [device], wish)
        assert len(queued.operations) == 1


# --- profiles -----------------------------------------------------------------------------


def locking(value: str = "true") -> ProfileBody:
    """A profile that locks, acknowledged as any lock-out."""
    return ProfileBody((ProfileSetting(LOCK, value, acknowledged=True),))


async def test_a_profile_that_locks_is_saved_with_the_words_in_its_reason(home: Home) -> None:
    """They stand in its history then; an acknowledgement alone is not enough."""
    draft = Draft("Lent out", "", locking())

    with pytest.raises(Invalid) as caught:
        await profiles.create_profile(home.house, OPERATOR, draft, reason="as agreed")
    saved = await profiles.create_profile(
        home.house, OPERATOR, draft, reason="as agreed: lock to tenant"
    )

    assert [each.field for each in caught.value.complaints] == ["reason"]
    assert saved.profile.revision == 1


async def test_a_revision_that_begins_to_lock_asks_and_a_later_one_does_not(home: Home) -> None:
    """What was confirmed once goes on; what is taken out and put in again is asked for again."""
    made = await profiles.create_profile(home.house, OPERATOR, Draft("P", "", locking("false")))
    profile = made.profile.id

    async def save(body: ProfileBody, reason: str, base: int) -> None:
        await profiles.save_revision(home.house, OPERATOR, profile, body, base=base, reason=reason)

    with pytest.raises(Invalid):
        await save(locking(), "why not", 1)
    await save(locking(), "Lock to tenant, as agreed", 1)
    await save(locking(), "another word", 2)
    await save(locking("false"), "enough", 3)
    with pytest.raises(Invalid):
        await save(locking(), "again", 4)


@pytest.mark.parametrize(("way", "value"), [(Way.AUTOPILOT, "true"), (Way.LOCAL, "false")])
async def test_a_profile_locks_only_those_that_came_by_autopilot(
    home: Home, way: Way, value: str
) -> None:
    """Assigned to everybody, it is sent to those alone; the others are told why not."""
    headset = await wearing(home, 1, way=way.value)
    saved = await profiles.create_profile(
        home.house, OPERATOR, Draft("Lock", "", locking()), reason="lock to tenant"
    )
    await assign(home.house, OPERATOR, saved.profile.id, ALL_DEVICES)
    for _ in range(4):
        await headset.sync()
        home.clock.advance(minutes=2)
    previews = await plan_device(home.house, OPERATOR, headset.device)

    assert headset.value(LOCK.replace("./", "./Device/")) == value
    assert any(each.text == NOT_BY_AUTOPILOT for each in previews) is (way is Way.LOCAL)
