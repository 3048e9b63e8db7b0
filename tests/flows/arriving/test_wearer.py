"""What the wearer reads: set once, told to every headset, previewed for each."""

import pytest
from tests.flows.desired.wants import BLUETOOTH, assigned, profile
from tests.flows.device.wearer import wearing
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Refused
from lenskeep.flows.arriving import wearer
from lenskeep.flows.entrance import Way

ACCOUNT = "./Device/Vendor/MSFT/DMClient/Provider/Lenskeep"
WORDS = {"organization": "Clinic", "device_name": "Ward 3 (%SERIAL%)", "help_phone": "+49 30 12"}
LEAVING = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment"


async def test_headsets_under_management_are_told_at_their_next_contact(home: Home) -> None:
    """Once; after that it costs nothing."""
    headset = await wearing(home, 1)
    await headset.sync()
    await wearer.set_words(home.house, ADMIN, WORDS, 0)
    before = await wearer.preview(home.house, VIEWER, headset.device)
    home.clock.advance(minutes=3)

    first = await headset.sync()
    home.clock.advance(minutes=3)
    second = await headset.sync()

    assert headset.value(f"{ACCOUNT}/HelpPhoneNumber") == "+49 30 12"
    assert headset.value(f"{ACCOUNT}/EntDeviceName") == "Ward 3 (000000000001)"
    assert headset.value(f"{ACCOUNT}/EntDMID") == "enr_1"
    after = await wearer.preview(home.house, VIEWER, headset.device)
    assert (before.is_told, after.is_told) == (False, True)
    assert any(each.uri.endswith("HelpPhoneNumber") for each in first)
    assert not any(each.uri.startswith(ACCOUNT) and each.verb != "get" for each in second)


async def test_a_word_that_is_taken_back_is_taken_from_the_headset(home: Home) -> None:
    """The telephone is gone from Settings as well."""
    headset = await wearing(home, 1)
    await wearer.set_words(home.house, ADMIN, WORDS, 0)
    for _ in range(2):
        await headset.sync()
        home.clock.advance(minutes=3)
    before = headset.value(f"{ACCOUNT}/HelpPhoneNumber")
    await wearer.set_words(home.house, ADMIN, {"organization": "Clinic"}, 1)

    await headset.sync()

    assert before == "+49 30 12"
    assert headset.value(f"{ACCOUNT}/HelpPhoneNumber") is None


async def test_nothing_is_told_before_the_headset_has_told_its_serial_number(home: Home) -> None:
    """It stands in the name; half a name would stay."""
    headset = await wearing(home, 1)
    await wearer.set_words(home.house, ADMIN, WORDS, 0)

    await headset.sync()
    first = headset.value(f"{ACCOUNT}/EntDeviceName")
    home.clock.advance(minutes=3)
    await headset.sync()

    assert not first
    assert headset.value(f"{ACCOUNT}/EntDeviceName") == "Ward 3 (000000000001)"


async def test_the_preview_says_what_settings_shows(home: Home) -> None:
    """Organization, user, areas, last sync, help."""
    headset = await wearing(home, 1)
    await assigned(home, await profile(home, "Ward", (BLUETOOTH, "0")))
    await wearer.set_words(home.house, ADMIN, WORDS, 0)
    await headset.sync()

    seen = await wearer.preview(home.house, VIEWER, headset.device)

    assert seen.organization == "Clinic"
    assert seen.device_name == "Ward 3 (000000000001)"
    assert (seen.areas, seen.policies, seen.apps) == (("Connectivity",), 1, ())
    assert seen.help_phone == "+49 30 12"
    assert seen.last_sync is not None
    assert seen.may_disconnect is True


@pytest.mark.parametrize("way", [Way.AUTOPILOT, Way.ENTRA_JOIN, Way.BULK_TOKEN])
async def test_who_cannot_disconnect_is_told_why(home: Home, way: Way) -> None:
    """Joined to Entra, only a reset takes a headset out."""
    headset = await wearing(home, 1, way=way.value)

    seen = await wearer.preview(home.house, VIEWER, headset.device)

    assert seen.may_disconnect is False
    assert "reset" in seen.why


async def test_a_policy_that_forbids_disconnecting_is_named(home: Home) -> None:
    """The wearer finds the button greyed out."""
    headset = await wearing(home, 1)
    await assigned(home, await profile(home, "Stay", (LEAVING, "0")))
    await headset.sync()

    seen = await wearer.preview(home.house, VIEWER, headset.device)

    assert seen.why == "Experience/AllowManualMDMUnenrollment is 0"


async def test_words_are_checked_and_versioned(home: Home) -> None:
    """Everything wrong at once, and nobody overwrites another."""
    with pytest.raises(Invalid):
        await wearer.set_words(home.house, ADMIN, {"help_email": "nobody"}, 0)
    with pytest.raises(Refused):
        await wearer.set_words(home.house, OPERATOR, WORDS, 0)
    await wearer.set_words(home.house, ADMIN, WORDS, 0)
    with pytest.raises(Conflict):
        await wearer.set_words(home.house, ADMIN, {}, 0)
    view = await wearer.show_words(home.house, VIEWER)

    assert (view.version, view.body["organization"]) == (1, "Clinic")
