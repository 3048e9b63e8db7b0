"""A template starts a profile, and shows how far a device or profile is from it."""

import pytest
from tests.flows.desired.wants import CAMERA, fleet, profile
from tests.flows.home import OPERATOR, VIEWER, Home

from lenskeep.base.errors import Invalid, Missing, Refused
from lenskeep.desired.templates.against import Standing
from lenskeep.desired.templates.every import templates as every
from lenskeep.flows.desired import profiles, templates

HARMLESS = next(each for each in every() if not each.traps and each.fill({}).settings)
TRAPPED = next(each for each in every() if each.traps and each.fill({}).settings)


async def test_the_templates_are_listed_and_shown(home: Home) -> None:
    listed = await templates.list_templates(home.house, VIEWER)

    assert listed == every()
    assert await templates.show_template(home.house, VIEWER, HARMLESS.id) == HARMLESS
    filled = await templates.fill_template(home.house, VIEWER, HARMLESS.id, {})
    assert filled == HARMLESS.fill({})


async def test_a_profile_starts_from_a_template(home: Home) -> None:
    saved = await templates.start_from_template(
        home.house, OPERATOR, HARMLESS.id, "Mine", {}, acknowledged=True
    )

    assert (saved.profile.name, saved.profile.template) == ("Mine", HARMLESS.id)
    assert (
        await templates.compare_with_profile(home.house, VIEWER, HARMLESS.id, {}, saved.profile.id)
        == ()
    )


async def test_what_can_lock_out_has_to_be_acknowledged(home: Home) -> None:
    with pytest.raises(Invalid, match="acknowledged"):
        await templates.start_from_template(home.house, OPERATOR, TRAPPED.id, "Mine", {})

    saved = await templates.start_from_template(
        home.house, OPERATOR, TRAPPED.id, "Mine", {}, acknowledged=True
    )

    view = await profiles.show_revision(home.house, OPERATOR, saved.profile.id)
    assert any(each.acknowledged for each in view.body.settings)


async def test_a_device_is_held_against_a_template(home: Home) -> None:
    (device,) = await fleet(home, 1)

    found = await templates.compare_with_device(home.house, VIEWER, HARMLESS.id, {}, device)

    assert [each.uri for each in found] == [each.uri for each in HARMLESS.fill({}).settings]
    assert {each.verdict for each in found} <= {Standing.UNKNOWN, Standing.NOT_APPLICABLE}


async def test_a_profile_is_held_against_a_template(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))

    found = await templates.compare_with_profile(home.house, VIEWER, HARMLESS.id, {}, made.id)

    assert CAMERA in {each.uri for each in found}


async def test_a_template_that_is_not_there_is_missing(home: Home) -> None:
    with pytest.raises(Missing):
        await templates.show_template(home.house, VIEWER, "nothing")


async def test_a_viewer_starts_nothing(home: Home) -> None:
    with pytest.raises(Refused):
        await templates.start_from_template(home.house, VIEWER, HARMLESS.id, "Mine", {})
