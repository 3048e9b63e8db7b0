"""The page on which a device leaves: what it shows, what it takes, what it refuses, to whom."""

import re
from datetime import timedelta

import pytest
from tests.flows.home import Home
from tests.web.console.conftest import Browser
from tests.web.console.device.conftest import HOSTILE, came

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Custody, Departure, Way
from lenskeep.flows.records import DeviceRow, DeviceState
from lenskeep.session.state import OperationChange
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import OperationState
from lenskeep.tree.value import Format

FREE = "./DevDetail/Ext/Microsoft/FreeStorage"
FORMS = re.compile(r'<form[^>]*action="/devices/[^/"]+/([a-z/]+)"')


async def row(home: Home, device: DeviceId) -> DeviceRow:
    """The device as it is now."""
    return (await home.house.fleet.device(device)).row


async def leaving(visitor: Browser, device: DeviceId) -> str:
    """The page."""
    return (await visitor.get(f"/devices/{device}/leaving")).text


def wrong(page: str) -> set[str]:
    """The fields at which something is wrong, as `form-field`."""
    return set(re.findall(r'id="wrong-([a-z-]+)"', page))


async def little_room(home: Home) -> DeviceId:
    """A headset that has not the storage that a reset needs."""
    device = await came(home)
    await home.tell(device, Fact(FREE, 200, home.clock.now(), Format.INT, "4096"))
    return device


async def later(home: Home, visitor: Browser, **by: float) -> None:
    """Come back after a while, when the sign-in is over."""
    home.clock.advance(**by)
    visitor.client.cookies.clear()
    await visitor.sign_in("admin")


async def delivered(home: Home, device: DeviceId) -> None:
    """Let the headset take the command that sends it away."""
    (command,) = (await home.house.fleet.operations(device, None, 1)).items
    change = OperationChange(command.id, OperationState.DONE, status=200, status_text="OK")
    await home.answer(device, change)


@pytest.mark.parametrize(
    ("way", "best"),
    [
        (Way.LOCAL, "unenroll it"),
        (Way.ENTRA_JOIN, "wipe it"),
        (Way.ENTRA_ACCOUNT, "the wearer disconnects it"),
    ],
)
async def test_the_ways_stand_side_by_side_and_the_best_is_marked(
    home: Home, visitor: Browser, way: Way, best: str
) -> None:
    await visitor.sign_in("viewer")

    page = await leaving(visitor, await came(home, way))

    assert f"Best for this headset: {best}." in page
    assert page.count("lk-badge-best") == 2
    assert page.count('data-label="Users and their data"') == 6


async def test_each_role_is_offered_what_it_may_do(home: Home, visitor: Browser) -> None:
    device = await came(home)
    offered = {}
    for role in ("viewer", "operator", "admin"):
        visitor.client.cookies.clear()
        await visitor.sign_in(role)
        offered[role] = sorted(FORMS.findall(await leaving(visitor, device)))

    assert offered["viewer"] == []
    assert offered["operator"] == ["custody", "operations", "unenroll", "wipe", "wipe"]
    assert offered["admin"] == [
        *["custody", "operations", "retire", "revoke", "unenroll", "wipe", "wipe"]
    ]


async def test_it_is_told_to_leave_and_called_back(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("operator")
    device = await came(home)

    told = await visitor.send(f"/devices/{device}/unenroll", {"reason": "moved"})
    going = await leaving(visitor, device)
    first = (await visitor.get(f"/devices/{device}")).text
    back = await visitor.send(f"/devices/{device}/stay")

    assert (303, f"/devices/{device}/leaving") == (told.status_code, told.headers["location"])
    assert "It is told to leave management" in going
    assert "Waits for its next contact" in going
    assert ">Call it back</button>" in going
    assert "unenroll" not in FORMS.findall(going)
    assert ">Told to leave</span>" in first
    assert 303 == back.status_code
    assert (await row(home, device)).departing is None


async def test_a_command_that_was_taken_counts_down_and_is_not_called_back(
    home: Home, visitor: Browser
) -> None:
    await visitor.sign_in("operator")
    device = await came(home)
    await visitor.send(f"/devices/{device}/wipe", {"confirm": "HOLO-1"})
    await delivered(home, device)
    await later(home, visitor, days=3, hours=12)

    page = await leaving(visitor, device)
    answer = await visitor.send(f"/devices/{device}/stay")

    assert "It counts as gone <b>in 3 days</b>" in page
    assert 'aria-label="50 percent of the grace time is over"' in page
    assert ">Call it back</button>" not in page
    assert "Tell it to reset itself again" in page
    assert 409 == answer.status_code
    assert 'role="alert"' in answer.text
    assert Departure.WIPE is (await row(home, device)).departing


async def test_the_page_is_loaded_again_when_it_has_other_forms_to_offer(
    home: Home, visitor: Browser
) -> None:
    await visitor.sign_in("operator")
    device = await came(home)
    (path,) = re.findall(r'id="going"[^>]*hx-get="([^"]+)"', await leaving(visitor, device))

    before = await visitor.get(path, live=True)
    await visitor.send(f"/devices/{device}/unenroll")
    after = await visitor.get(path, live=True)

    assert "hx-refresh" not in before.headers
    assert "true" == after.headers["hx-refresh"]


async def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(
    home: Home, visitor: Browser
) -> None:
    await visitor.sign_in("operator")
    device = await little_room(home)
    typed = {"confirm": "HOLO-2", "reason": "x" * 201}

    answer = await visitor.send(f"/devices/{device}/wipe", typed)

    assert 422 == answer.status_code
    assert {"wipe-confirm", "wipe-reason", "wipe-anyway"} == wrong(answer.text)
    assert 'id="wipe" open' in answer.text
    assert 'name="confirm" value="HOLO-2"' in answer.text
    assert f'value="{"x" * 201}"' in answer.text
    assert (await row(home, device)).departing is None


async def test_what_speaks_against_it_must_be_accepted(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("operator")
    device = await little_room(home)
    order = {"confirm": "HOLO-1", "keep": "1"}

    unread = await visitor.send(f"/devices/{device}/wipe", order)
    read = await visitor.send(f"/devices/{device}/wipe", order | {"anyway": "1"})

    assert "4096 MB" in unread.text
    assert (422, {"wipe-keeping-anyway"}) == (unread.status_code, wrong(unread.text))
    assert 303 == read.status_code
    (command,) = (await home.house.fleet.operations(device, None, 1)).items
    assert command.operation.uri.text.endswith("/doWipePersistProvisionedData")


async def test_what_was_told_already_is_refused_in_words(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("operator")
    device = await came(home)
    await visitor.send(f"/devices/{device}/unenroll")

    answer = await visitor.send(f"/devices/{device}/wipe", {"confirm": "HOLO-1"})

    assert 409 == answer.status_code
    assert Departure.UNENROLL is (await row(home, device)).departing


@pytest.mark.parametrize("custody", [Custody.LOST, Custody.STOLEN, Custody.SPARE])
async def test_where_it_is_is_said_and_it_is_found_again(
    home: Home, visitor: Browser, custody: Custody
) -> None:
    await visitor.sign_in("operator")
    device = await came(home)

    await visitor.send(f"/devices/{device}/custody", {"custody": custody.value, "reason": "ward 3"})
    said = (await row(home, device)).custody
    page = await leaving(visitor, device)
    await visitor.send(f"/devices/{device}/custody", {"custody": "in use"})

    assert custody is said
    assert f'value="{custody.value}" checked' in page
    assert ("it was found" in page) is (custody is not Custody.SPARE)
    assert Custody.IN_USE is (await row(home, device)).custody


@pytest.mark.parametrize("typed", ["", "on the moon", "retired"])
async def test_where_it_cannot_be_is_refused(home: Home, visitor: Browser, typed: str) -> None:
    """One that is managed is retired by the form that ends that, too."""
    await visitor.sign_in("operator")
    device = await came(home)

    answer = await visitor.send(f"/devices/{device}/custody", {"custody": typed})

    assert answer.status_code in (409, 422)
    assert "custody" in answer.text
    assert Custody.IN_USE is (await row(home, device)).custody


async def test_a_missing_headset_is_told_on_its_first_page(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("operator")
    device = await came(home)
    await visitor.send(f"/devices/{device}/custody", {"custody": "stolen"})

    page = (await visitor.get(f"/devices/{device}")).text

    assert "It is stolen" in page
    assert ">Stolen</span>" in page


async def test_revoking_asks_for_the_name_and_ends_everything(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("admin")
    device = await came(home)

    unnamed = await visitor.send(f"/devices/{device}/revoke", {"confirm": ""})
    named = await visitor.send(f"/devices/{device}/revoke", {"confirm": device})
    again = await visitor.send(f"/devices/{device}/revoke", {"confirm": device})

    assert (422, {"revoke-confirm"}) == (unnamed.status_code, wrong(unnamed.text))
    assert 303 == named.status_code
    assert DeviceState.UNENROLLED is (await row(home, device)).state
    assert 409 == again.status_code
    assert "Management has ended" in again.text
    assert "What each way removes" not in again.text


async def test_it_is_retired_now_or_told_first(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("admin")
    now, told = await came(home, number=1), await came(home, number=2)

    wrong_name = await visitor.send(f"/devices/{now}/retire", {"by": "now", "confirm": "HOLO-2"})
    await visitor.send(f"/devices/{now}/retire", {"by": "now", "confirm": "holo-1"})
    await visitor.send(f"/devices/{told}/retire", {"by": "wipe", "confirm": "HOLO-2"})

    assert {"retire-confirm"} == wrong(wrong_name.text)
    assert (DeviceState.UNENROLLED, Custody.RETIRED) == (
        (await row(home, now)).state,
        (await row(home, now)).custody,
    )
    assert (Departure.WIPE, Custody.RETIRED) == (
        (await row(home, told)).departing,
        (await row(home, told)).custody,
    )
    assert "retire" not in FORMS.findall(await leaving(visitor, now))


async def test_a_form_from_elsewhere_does_nothing(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("admin")
    device = await came(home)
    order = {"confirm": "HOLO-1", "custody": "lost", "by": "now", "form_proof": "forged"}

    answers = [
        await visitor.send(f"/devices/{device}/{act}", order)
        for act in ("unenroll", "wipe", "stay", "retire", "custody", "revoke", "edition")
    ]

    assert {403} == {each.status_code for each in answers}
    found = await row(home, device)
    assert (None, Custody.IN_USE) == (found.departing, found.custody)


async def test_what_people_and_headsets_say_comes_out_as_text(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("admin")
    device = await came(home)
    await visitor.send(f"/devices/{device}/name", {"name": HOSTILE})

    pages = [
        await leaving(visitor, device),
        (await visitor.send(f"/devices/{device}/wipe", {"confirm": HOSTILE + "x"})).text,
        (await visitor.send(f"/devices/{device}/custody", {"custody": HOSTILE})).text,
        (await visitor.get(f"/devices/{device}/who")).text,
    ]

    for page in pages:
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page


async def test_a_device_that_is_not_there_is_missed(visitor: Browser) -> None:
    await visitor.sign_in("viewer")

    for path in ("leaving", "who", "doing", "edition"):
        assert 404 == (await visitor.get(f"/devices/dev_none/{path}")).status_code


async def test_silence_is_said_in_words(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("viewer")
    device = await came(home)
    fresh = await leaving(visitor, device)
    await later(home, visitor, days=4)

    late = await leaving(visitor, device)
    first = (await visitor.get(f"/devices/{device}")).text

    assert "It stays under management" in fresh
    assert "It fell silent" in late
    assert "calls did not come" in late
    assert "It fell silent" in first


def test_the_grace_time_is_a_week(home: Home) -> None:
    """What the countdown above is measured by."""
    assert timedelta(days=home.house.settings.leaving_grace_days) == timedelta(days=7)
