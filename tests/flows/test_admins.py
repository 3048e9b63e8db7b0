"""People who sign in: refused alike, changed and disabled at once, one always in charge."""

import pytest
from tests.flows.home import ADMIN, Home

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.base.errors import Conflict, Invalid, Missing, Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.flows import admins
from lenskeep.flows.reading import PageRequest

PASSWORD = Secret("correct horse battery")
OTHER = Secret("battery staple")


async def test_name_and_password_are_complained_of_together(home: Home) -> None:
    with pytest.raises(Invalid) as caught:
        await admins.add_admin(home.house, ADMIN, "", "owner", Secret("short"))

    assert [each.field for each in caught.value.complaints] == ["name", "password", "role"]
    assert "short" not in str(caught.value)


async def test_a_person_signs_in_is_known_and_signs_out(home: Home) -> None:
    await admins.add_admin(home.house, ADMIN, "grace", "operator", PASSWORD)

    _, secret = await admins.sign_in(home.house, "Grace", PASSWORD, "192.0.2.9")
    caller = await admins.who(home.house, secret, "192.0.2.9")
    await admins.sign_out(home.house, caller, secret)

    assert caller == Caller(CallerKind.ADMIN, "grace", Role.OPERATOR, "192.0.2.9")
    with pytest.raises(Refused):
        await admins.who(home.house, secret)


async def test_a_sign_in_ends_by_itself(home: Home) -> None:
    await admins.add_admin(home.house, ADMIN, "grace", "viewer", PASSWORD)
    _, secret = await admins.sign_in(home.house, "grace", PASSWORD)

    home.clock.advance(hours=admins.SIGN_IN_HOURS)

    with pytest.raises(Refused, match="ended"):
        await admins.who(home.house, secret)


async def test_a_wrong_password_and_an_unknown_name_are_refused_alike(home: Home) -> None:
    await admins.add_admin(home.house, ADMIN, "grace", "viewer", PASSWORD)

    refusals = []
    for name, password in (("grace", Secret("wrong password")), ("nobody", PASSWORD)):
        with pytest.raises(Refused) as caught:
            await admins.sign_in(home.house, name, password, "192.0.2.9")
        refusals.append((caught.value.kind, caught.value.reason))

    assert len(set(refusals)) == 1
    assert refusals[0][0] is Refusal.AUTHENTICATION


async def test_guessing_is_told_to_wait_but_the_right_password_is_not(home: Home) -> None:
    await admins.add_admin(home.house, ADMIN, "grace", "viewer", PASSWORD)
    kinds = []

    for _ in range(11):
        with pytest.raises(Refused) as caught:
            await admins.sign_in(home.house, "grace", Secret("guess guess"), "192.0.2.66")
        kinds.append((caught.value.kind, caught.value.retry_after_s))
    signed, _ = await admins.sign_in(home.house, "grace", PASSWORD, "192.0.2.9")

    assert kinds[:10] == [(Refusal.AUTHENTICATION, None)] * 10
    assert kinds[10] == (Refusal.TOO_MANY_ATTEMPTS, 60)
    assert signed.admin.name == "grace"


# --- changes ------------------------------------------------------------------------------


async def add(home: Home, name: str, role: str) -> None:
    """Add a person with the password of this module."""
    await admins.add_admin(home.house, ADMIN, name, role, PASSWORD)


async def test_people_are_listed_page_by_page_by_name(home: Home) -> None:
    for name in ("Grace", "ada", "linus"):
        await add(home, name, "viewer")

    first = await admins.list_admins(home.house, ADMIN, PageRequest(None, 2))
    rest = await admins.list_admins(home.house, ADMIN, PageRequest(first.next, 2))

    assert [each.name for each in (*first.items, *rest.items)] == ["ada", "Grace", "linus"]
    assert rest.next is None


async def test_a_disabled_person_is_out_at_once_and_stays_out(home: Home) -> None:
    await add(home, "ada", "admin")
    await add(home, "grace", "admin")
    _, secret = await admins.sign_in(home.house, "grace", PASSWORD)

    disabled = await admins.disable_admin(home.house, ADMIN, "Grace")

    assert disabled.disabled_at == home.clock.now()
    with pytest.raises(Refused):
        await admins.who(home.house, secret)
    with pytest.raises(Refused):
        await admins.sign_in(home.house, "grace", PASSWORD)


async def test_a_new_role_counts_from_the_next_request_on(home: Home) -> None:
    await add(home, "grace", "viewer")
    _, secret = await admins.sign_in(home.house, "grace", PASSWORD)

    await admins.change_admin(home.house, ADMIN, "grace", "operator")

    assert (await admins.who(home.house, secret)).role is Role.OPERATOR


async def test_a_new_password_replaces_the_old_and_ends_sign_ins(home: Home) -> None:
    await add(home, "grace", "viewer")
    _, secret = await admins.sign_in(home.house, "grace", PASSWORD)

    await admins.change_admin(home.house, ADMIN, "grace", password=OTHER)

    with pytest.raises(Refused):
        await admins.who(home.house, secret)
    with pytest.raises(Refused):
        await admins.sign_in(home.house, "grace", PASSWORD)
    signed, _ = await admins.sign_in(home.house, "grace", OTHER)
    assert signed.admin.role == "viewer"


async def test_the_last_active_administrator_can_be_neither_disabled_nor_demoted(
    home: Home,
) -> None:
    await add(home, "ada", "admin")
    await add(home, "grace", "admin")
    await add(home, "olga", "operator")
    await admins.disable_admin(home.house, ADMIN, "grace")

    with pytest.raises(Conflict, match="last active administrator"):
        await admins.disable_admin(home.house, ADMIN, "ada")
    with pytest.raises(Conflict, match="last active administrator"):
        await admins.change_admin(home.house, ADMIN, "ada", "viewer", OTHER)

    await admins.sign_in(home.house, "ada", PASSWORD)
    await admins.change_admin(home.house, ADMIN, "olga", "admin")
    assert (await admins.disable_admin(home.house, ADMIN, "ada")).disabled_at is not None


async def test_a_change_is_complained_of_whole(home: Home) -> None:
    with pytest.raises(Invalid) as caught:
        await admins.change_admin(home.house, ADMIN, "ada", "owner", Secret("short"))
    with pytest.raises(Invalid, match="nothing is to be changed"):
        await admins.change_admin(home.house, ADMIN, "ada")
    with pytest.raises(Missing):
        await admins.change_admin(home.house, ADMIN, "nobody", "viewer")
    with pytest.raises(Missing):
        await admins.disable_admin(home.house, ADMIN, "adm_404")

    assert [each.field for each in caught.value.complaints] == ["password", "role"]


async def test_changes_are_on_record_once_and_without_the_password(home: Home) -> None:
    await add(home, "ada", "admin")
    await add(home, "grace", "viewer")

    await admins.change_admin(home.house, ADMIN, "grace", "operator", OTHER)
    await admins.change_admin(home.house, ADMIN, "grace", "operator")
    await admins.disable_admin(home.house, ADMIN, "grace")
    await admins.disable_admin(home.house, ADMIN, "grace")

    lines = (await home.house.fleet.audit_lines(None, 10)).items[:-2]
    assert [(each.action, each.detail) for each in lines] == [
        ("admin.disable", {}),
        ("admin.change", {"role": "operator", "password": "set"}),
    ]
    assert OTHER.reveal() not in str(lines)
