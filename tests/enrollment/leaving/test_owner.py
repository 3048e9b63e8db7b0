"""Who probably owns a headset, by how it enrolled."""

import pytest

from lenskeep.enrollment.leaving.leaver import Kind
from lenskeep.enrollment.leaving.owner import ACTIONS, Certainty, owner_of


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        (Kind.USER_JOIN, "ada@contoso.com"),
        (Kind.AUTOPILOT, "Device Administrators"),
        (Kind.TOKEN_JOIN, "Device Administrators"),
        (Kind.ACCOUNT, "personal account"),
        (Kind.MANAGED_ONLY, "first local user"),
        (Kind.PACKAGE, "package's local user"),
    ],
)
def test_the_owner_follows_from_the_way_in(kind: Kind, who: str) -> None:
    """With the reason; never more than likely, since no server is told."""
    found = owner_of(kind, "ada@contoso.com")

    assert who in found.who
    assert found.why
    assert Certainty.LIKELY is found.certainty


def test_an_unknown_way_has_an_unknown_owner() -> None:
    """Nothing is made up."""
    found = owner_of(Kind.UNKNOWN, "ada")

    assert ("", Certainty.UNKNOWN) == (found.who, found.certainty)


def test_who_joined_is_named_even_without_a_name() -> None:
    """A token may bring none."""
    assert "joined it" in owner_of(Kind.USER_JOIN, "").who


def test_a_policy_of_ours_goes_before() -> None:
    """LocalUsersAndGroups, from 23H2 on."""
    assert "goes before" in owner_of(Kind.PACKAGE, "", by_policy=True).by_policy
    assert not owner_of(Kind.PACKAGE, "").by_policy


def test_what_needs_an_owner_says_how_to_do_without() -> None:
    """Each of them."""
    assert all(each.what and each.otherwise for each in ACTIONS)
