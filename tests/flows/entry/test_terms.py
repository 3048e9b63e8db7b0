"""The terms of use as an administrator keeps them."""

import pytest
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Refused
from lenskeep.flows.entra.agreed import terms_in_force
from lenskeep.flows.entry.terms import (
    acceptances,
    end_terms,
    set_terms,
    show_terms,
    terms_versions,
)
from lenskeep.flows.reading import PageRequest, list_audit


async def test_every_text_is_a_version(home: Home) -> None:
    """The latest is in force, all are kept."""
    first = await set_terms(home.house, ADMIN, "Terms", "Be kind.")
    second = await set_terms(home.house, ADMIN, "Terms", "Be kinder.", base=1)

    assert (first.version, second.version) == (1, 2)
    assert await show_terms(home.house, VIEWER) == second == await terms_in_force(home.house)
    assert await terms_versions(home.house, VIEWER) == (second, first)


async def test_terms_are_switched_off_and_on(home: Home) -> None:
    """Off is a version too; off again is nothing new."""
    await set_terms(home.house, ADMIN, "Terms", "Be kind.")
    off = await end_terms(home.house, ADMIN)
    again = await end_terms(home.house, ADMIN)
    in_force = await terms_in_force(home.house)
    on = await set_terms(home.house, ADMIN, "Terms", "Be kind.")

    assert off is not None
    assert (off.version, off.on, again, in_force) == (2, False, off, None)
    assert (on.version, on.on) == (3, True)


async def test_without_terms_there_is_nothing(home: Home) -> None:
    """Nor anything to switch off."""
    assert await show_terms(home.house, VIEWER) is None
    assert await end_terms(home.house, ADMIN) is None
    assert await terms_versions(home.house, VIEWER) == ()
    assert (await acceptances(home.house, VIEWER, PageRequest())).items == ()


async def test_an_older_base_is_refused(home: Home) -> None:
    """Somebody else wrote meanwhile."""
    await set_terms(home.house, ADMIN, "Terms", "Be kind.")

    with pytest.raises(Conflict):
        await set_terms(home.house, ADMIN, "Terms", "Mine.", base=0)


async def test_a_wrong_text_is_refused(home: Home) -> None:
    """With the field."""
    with pytest.raises(Invalid):
        await set_terms(home.house, ADMIN, "", "Be kind.")


async def test_only_administrators_write_terms(home: Home) -> None:
    """Everybody may read them."""
    for caller in (VIEWER, OPERATOR):
        for action in (set_terms(home.house, caller, "T", "x"), end_terms(home.house, caller)):
            with pytest.raises(Refused):
                await action
        assert await show_terms(home.house, caller) is None


async def test_changes_are_in_the_audit(home: Home) -> None:
    """With the version, not the text."""
    await set_terms(home.house, ADMIN, "Terms", "Be kind.")
    await end_terms(home.house, ADMIN)

    lines = (await list_audit(home.house, ADMIN, PageRequest())).items

    assert [(each.action, dict(each.detail)) for each in lines] == [
        ("terms.off", {"version": "2"}),
        ("terms.set", {"version": "1"}),
    ]
