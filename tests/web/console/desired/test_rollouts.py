"""Staged roll-outs in the console."""

from tests.flows.desired.wants import assigned, fleet, locking
from tests.flows.home import OPERATOR, Home
from tests.web.console.conftest import Browser
from tests.web.console.desired.conftest import stands

from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired.profiles import Draft, create_profile
from lenskeep.flows.desired.rolling import list_guards
from lenskeep.flows.mandate import GuardState
from lenskeep.flows.ports import Stood


async def _begun(home: Home) -> tuple[DeviceId, str]:
    """Let a staged roll-out begin on two devices; return the first of them and its key."""
    device, _ = await fleet(home, 2)
    made = await create_profile(home.house, OPERATOR, Draft("Locked", "", locking()))
    await assigned(home, made.profile)
    return device, f"{made.profile.id}/1"


async def _claim(home: Home, device: DeviceId, key: str) -> None:
    await stands(home, device, SettingState.SENT)
    wanting = await home.house.standings.standing_of(device)
    stood = Stood(wanting.tree, wanting.standing, False, None, "", None, claims=(key,))
    await home.say(device, stood=stood)


async def test_an_open_one_waits_for_its_first_headset(home: Home, browser: Browser) -> None:
    await browser.sign_in("viewer")
    await _begun(home)

    page = (await browser.get("/rollouts")).text

    assert ">Locked</a>" in page
    assert "The next headset of its groups" in page
    assert "To bring it back:" in page
    assert "Release for all" not in page, "a viewer has no button"


async def test_a_claimed_one_names_the_headset_and_warns_when_it_is_late(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("operator")
    device, key = await _begun(home)
    await _claim(home, device, key)

    soon = (await browser.get("/rollouts/list", live=True)).text
    home.clock.advance(hours=20)
    await browser.sign_in("admin")
    late = (await browser.get("/rollouts/list", live=True)).text

    assert f'href="/devices/{device}"' in soon
    assert "was not heard of for more than" not in soon
    assert "was not heard of for more than 12 hours" in late
    assert "Another headset first" in late


async def test_another_headset_is_let_be_the_first(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    device, key = await _begun(home)
    await _claim(home, device, key)

    await browser.send("/rollouts/another", {"key": key})

    (guard,) = await list_guards(home.house, OPERATOR)
    assert (guard.state, guard.scout) == (GuardState.OPEN, None)


async def test_release_wants_the_box_ticked(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    _, key = await _begun(home)

    refused = await browser.send("/rollouts/release", {"key": key}, live=True)
    (held,) = await list_guards(home.house, OPERATOR)
    await browser.send("/rollouts/release", {"key": key, "sure": "1"}, live=True)
    (released,) = await list_guards(home.house, OPERATOR)
    again = await browser.send("/rollouts/release", {"key": key, "sure": "1"}, live=True)

    assert refused.status_code == 422
    assert held.state is GuardState.OPEN
    assert (released.state, released.released_by) == (GuardState.RELEASED, "the operator")
    assert again.status_code == 409
    assert "released already" in again.text
    assert "Released" in (await browser.get("/rollouts")).text
