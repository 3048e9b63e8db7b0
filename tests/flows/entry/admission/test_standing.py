"""What is in force and what is set up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.flows.home import ADMIN, OPERATOR, Home

from lenskeep.base.secret import Secret
from lenskeep.enrollment.offering import ENTRA_WAYS
from lenskeep.enrollment.rules.rules import WAYS, Rules
from lenskeep.enrollment.rules.ways import Need
from lenskeep.flows.entrance import Way
from lenskeep.flows.entry.admission.rules import set_rules
from lenskeep.flows.entry.admission.standing import needs_met, rules_in_force, set_up, zone
from lenskeep.flows.people import add_account, audit_line, disable_account, new_code
from lenskeep.flows.records import Account


def test_rules_speak_of_the_ways_that_there_are() -> None:
    """The words of rules and of enrollments are the same."""
    assert WAYS == tuple(each.value for each in Way)
    assert {Way.ENTRA_JOIN, Way.ENTRA_ACCOUNT, Way.AUTOPILOT, Way.BULK_TOKEN} == {
        Way(each) for each in ENTRA_WAYS
    }


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/New_York"])
def test_time_zones_are_known_by_name(name: str) -> None:
    """Those of the IANA."""
    assert zone(name) is not None


@pytest.mark.parametrize("name", ["", "Berlin", "../etc/passwd", "Europe", "/etc/passwd", "x\0"])
def test_no_other_name_is_a_time_zone_and_no_file_is_read_for_it(name: str) -> None:
    """Whatever is typed."""
    assert zone(name) is None


async def test_nothing_was_set_is_no_rule(home: Home) -> None:
    """And what was set is in force at once."""
    before = await rules_in_force(home.house)
    await set_rules(home.house, ADMIN, {"cap_per_user": 2}, 0)
    after = await rules_in_force(home.house)

    assert (Rules(), 0) == (before.rules, before.version)
    assert (2, 1, "ada") == (after.rules.cap_per_user, after.version, after.actor)


async def test_needs_are_met_while_they_would_work(home: Home) -> None:
    """A code while it lasts, an account until it is disabled, bulk accounts of either kind."""
    house = home.house
    assert frozenset() == await needs_met(house)

    await new_code(house, OPERATOR, minutes=10)
    assert frozenset({Need.SECRET, Need.SIGN_IN}) == await needs_met(house)
    home.clock.advance(minutes=11)
    assert frozenset() == await needs_met(house)

    account, _ = await add_account(house, ADMIN, "anna@example.org", Secret("a" * 20))
    assert Need.SECRET in await needs_met(house)
    await disable_account(house, ADMIN, account.id)
    assert frozenset() == await needs_met(house)


async def test_bulk_accounts_are_seen_where_they_are_asked_for(home: Home) -> None:
    """By kind; ended and used up ones are none."""
    house = home.house
    now = house.clock.now()
    base = Account(house.ids.new("acc"), "fleet@example.org", "x", now, bulk=True)  # type: ignore[arg-type]
    for number, account in enumerate(
        (
            replace(base, expires_at=now + timedelta(days=1)),
            replace(base, certificate_sha256=b"c" * 32, uses_left=0),
        )
    ):
        made = replace(account, id=f"acc_{number}", name=f"fleet{number}@example.org")  # type: ignore[arg-type]
        await house.people.add_account(made, audit_line(house, ADMIN, "account.add", made.id))

    seen = await set_up(house, Rules(), bulk=True)
    unseen = await set_up(house, Rules(), bulk=False)
    home.clock.advance(days=2)
    ended = await set_up(house, Rules(), bulk=True)

    assert (True, False) == (seen.bulk_passwords, seen.bulk_certificates)
    assert (False, False) == (unseen.bulk_passwords, unseen.bulk_certificates)
    assert (False, False) == (ended.bulk_passwords, ended.bulk_certificates)
