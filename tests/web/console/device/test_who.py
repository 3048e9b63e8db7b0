"""Who a device belongs to and how it came; its first run and its edition."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contract import world
from tests.flows.arriving.test_first_run import arriving
from tests.flows.desired.wants import CACHE, assigned, profile
from tests.flows.edition.test_upgrading import LICENSE, first_gen
from tests.flows.home import ADMIN, START, Home
from tests.web.console.conftest import Browser
from tests.web.console.device.conftest import HOSTILE, came

from lenskeep.flows.arriving.wearer import set_words
from lenskeep.flows.authority.rotating import Paper
from lenskeep.flows.edition.licenses import add_license
from lenskeep.flows.entrance import Way
from lenskeep.flows.operations import list_operations
from lenskeep.flows.reading import PageRequest
from lenskeep.web.console.device.lives import SHOWN, draw

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("way", "kind", "owner"),
    [
        (Way.ENTRA_JOIN, "Joined to Entra by a user", "ada@example.org"),
        (Way.AUTOPILOT, "Joined to Entra by Autopilot", "Global Administrators"),
        (Way.LOCAL, "Enrolled in device management alone", "the first local user"),
    ],
)
async def test_the_page_says_how_it_came_and_whose_it_probably_is(
    home: Home, visitor: Browser, way: Way, kind: str, owner: str
) -> None:
    await visitor.sign_in("viewer")
    device = await came(home, way)

    page = (await visitor.get(f"/devices/{device}/who")).text

    assert f"<b>{kind}</b>" in page
    assert f'class="lk-owner">{owner}' in page
    assert "Only an owner can" in page
    assert "Add and remove users" in page


async def test_the_wearer_s_settings_are_shown_as_they_will_be(
    home: Home, visitor: Browser
) -> None:
    await visitor.sign_in("viewer")
    joined, alone = await came(home, Way.ENTRA_JOIN, 1), await came(home, Way.LOCAL, 2)
    words = {"organization": "Clinic East", "help_phone": "+43 1 555 0100"}
    await set_words(home.house, ADMIN, words, 0)

    kept = (await visitor.get(f"/devices/{joined}/who")).text
    free = (await visitor.get(f"/devices/{alone}/who")).text

    assert "Managed by Clinic East" in kept
    assert "+43 1 555 0100" in kept
    assert "only a reset takes it out of management" in kept
    assert "<i>Disconnect</i>" not in kept
    assert "<i>Disconnect</i>" in free


async def test_words_for_the_wearer_come_out_as_text(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("viewer")
    device = await came(home)
    await set_words(home.house, ADMIN, {"organization": HOSTILE}, 0)

    page = (await visitor.get(f"/devices/{device}/who")).text

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


# --- certificates -------------------------------------------------------------------------


def paper(begins: int, ends: int, state: str, revoked: int | None = None) -> Paper:
    """A certificate of these days, whose window opens sixty days before its end."""
    made = replace(
        world.certificate(1),
        not_before=START + begins * DAY,
        not_after=START + ends * DAY,
        revoked_at=None if revoked is None else START + revoked * DAY,
    )
    return Paper(made, START + (ends - 60) * DAY, state)


def test_lives_are_drawn_on_one_time_so_that_overlaps_are_seen() -> None:
    """The second begins within the window of the first, which was revoked when it was used."""
    first, second = paper(0, 100, "revoked", 60), paper(50, 200, "in use")

    found = draw([second, first], START + 60 * DAY)

    assert found is not None
    drawn = [[(e.look.word, e.start, e.width) for e in life.stretches] for life in found.lives]
    assert drawn == [
        [("valid", 25.0, 45.0), ("to be renewed", 70.0, 30.0)],
        [("valid", 0.0, 20.0), ("to be renewed", 20.0, 10.0), ("revoked", 30.0, 20.0)],
    ]
    assert (30.0, 0) == (found.now_at, found.hidden)


def test_what_is_due_is_said_only_of_what_still_counts() -> None:
    """A revoked certificate is not to be renewed."""
    due, gone, ended = paper(0, 50, "in use"), paper(0, 50, "revoked", 1), paper(-90, -1, "ended")

    found = draw([due, gone, ended], START)

    assert found is not None
    assert [True, False, False] == [each.is_open for each in found.lives]


def test_many_lives_and_none() -> None:
    """The newest are drawn, the others counted."""
    found = draw([paper(0, 365, "ended")] * (SHOWN + 3), START)

    assert found is not None
    assert (SHOWN, 3) == (len(found.lives), found.hidden)
    assert draw([], START) is None


# --- first run ----------------------------------------------------------------------------


async def test_a_first_run_is_seen_while_it_goes_on_and_afterwards(
    home: Home, visitor: Browser
) -> None:
    await visitor.sign_in("viewer")
    wearer = await arriving(home)
    await assigned(home, await profile(home, "Ward", (CACHE, "7")))
    before = (await visitor.get(f"/devices/{wearer.device}")).text
    await wearer.sync()
    await wearer.sync()

    after = (await visitor.get(f"/devices/{wearer.device}")).text
    who = (await visitor.get(f"/devices/{wearer.device}/who")).text

    assert "Its first run goes on" in before
    assert 'aria-current="step">Told to wait</li>' in before
    assert "Its first run goes on" not in after
    assert "the headset was let go" in who


# --- edition ------------------------------------------------------------------------------


async def test_a_first_generation_headset_is_upgraded_from_its_page(
    home: Home, visitor: Browser
) -> None:
    await visitor.sign_in("operator")
    wearer = await first_gen(home)
    without = (await visitor.get(f"/devices/{wearer.device}")).text
    await add_license(home.house, ADMIN, "suite", LICENSE)
    ready = (await visitor.get(f"/devices/{wearer.device}")).text

    sent = await visitor.send(f"/devices/{wearer.device}/edition", {"license": "suite"})
    again = await visitor.send(f"/devices/{wearer.device}/edition", {"license": "suite"})
    part = (await visitor.get(f"/devices/{wearer.device}/edition", live=True)).text

    assert "There is no license here yet" in without
    assert '<option value="suite"' in ready
    assert 303 == sent.status_code
    assert 409 == again.status_code
    assert "on its way" in again.text
    assert ">Pending</span>" in part
    assert "hx-trigger" in part
    queued = await list_operations(home.house, ADMIN, wearer.device, PageRequest())
    assert any(each.operation.uri.key.endswith("withlicense") for each in queued.items)


async def test_a_license_that_is_not_there_is_missed(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("operator")
    wearer = await first_gen(home)

    none = await visitor.send(f"/devices/{wearer.device}/edition")
    wrong = await visitor.send(f"/devices/{wearer.device}/edition", {"license": HOSTILE})

    assert 422 == none.status_code
    assert 'id="wrong-edition-license"' in none.text
    assert wrong.status_code == 409
    assert HOSTILE not in wrong.text


async def test_edition_is_no_question_on_a_hololens_2(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("operator")
    wearer = await first_gen(home, build="HL2-22621.1244")

    page = (await visitor.get(f"/devices/{wearer.device}")).text

    assert 'id="edition-title"' not in page


async def test_a_viewer_upgrades_nothing(home: Home, visitor: Browser) -> None:
    await visitor.sign_in("viewer")
    wearer = await first_gen(home)
    await add_license(home.house, ADMIN, "suite", LICENSE)

    page = (await visitor.get(f"/devices/{wearer.device}")).text
    answer = await visitor.send(f"/devices/{wearer.device}/edition", {"license": "suite"})

    assert not re.findall(r'<form[^>]*action="/devices', page)
    assert 403 == answer.status_code
