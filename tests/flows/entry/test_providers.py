"""Sign-in providers as an administrator keeps them."""

from dataclasses import replace

import pytest
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home
from tests.flows.vouching import ISSUER, Vouching, described, vouched

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.certificates.keyring import Keyring, new_master_key
from lenskeep.enrollment.web.provider import Provider
from lenskeep.flows.entrance import ItemKind
from lenskeep.flows.entry.providers import (
    active_provider,
    active_providers,
    add_provider,
    check_provider,
    get_provider,
    list_providers,
    provider_for,
    remove_provider,
)

CALLBACK = "https://localhost:8443/EnrollmentServer/Authenticate/callback"


async def test_what_was_described_is_kept_and_its_secret_sealed(home: Home) -> None:
    """All of it comes back; the secret only to whoever signs in."""
    listed = await described(
        home,
        " Clinic ",
        domains=("Clinic.example", "clinic.example."),
        acr_values=("phr",),
        required_claim="groups",
        required_value="hl",
        prompt="login",
        user_claim="upn",
    )

    kept = await active_provider(home.house, listed.id)
    (item,) = await home.house.entry.items.items(ItemKind.PROVIDER)
    assert listed.has_secret
    assert listed.provider.client_secret is None
    assert listed.redirect_uri == CALLBACK
    assert kept == Provider(
        "Clinic",
        ISSUER,
        "lenskeep",
        Secret("hunter2"),
        domains=("clinic.example",),
        acr_values=("phr",),
        required_claim="groups",
        required_value="hl",
        prompt="login",
        user_claim="upn",
        id=listed.id,
    )
    assert "hunter2" not in repr(item) + str(item.body) + item.sealed


async def test_everything_wrong_is_said_at_once(home: Home) -> None:
    """Name, issuer and client."""
    with pytest.raises(Invalid) as invalid:
        await add_provider(home.house, ADMIN, Provider("", "http://id.example", ""))

    found = {each.field for each in invalid.value.complaints}
    assert {"name", "issuer", "client_id"} == found


async def test_two_of_a_name_or_a_domain_are_a_conflict(home: Home) -> None:
    """Nobody could tell which is meant."""
    await described(home, domains=("clinic.example",))

    with pytest.raises(Conflict):
        await described(home, "CLINIC")
    with pytest.raises(Conflict, match=r"clinic\.example is served by Clinic"):
        await described(home, "Other", domains=("other.example", "clinic.example"))


async def test_a_provider_is_found_by_the_domain_of_a_name(home: Home) -> None:
    """Whatever the case; a name of elsewhere, or of nowhere, belongs to none."""
    listed = await described(home, domains=("clinic.example",))

    found = await provider_for(home.house, "Ana@Clinic.Example")

    assert found is not None
    assert found.id == listed.id
    assert await provider_for(home.house, "ana@sub.clinic.example") is None
    assert await provider_for(home.house, "ana") is None


async def test_a_removed_provider_is_gone(home: Home) -> None:
    """By name or id, and once."""
    listed = await described(home)

    await remove_provider(home.house, ADMIN, "clinic")

    assert await list_providers(home.house, VIEWER) == ()
    with pytest.raises(Missing):
        await get_provider(home.house, VIEWER, listed.id)
    with pytest.raises(Missing):
        await remove_provider(home.house, ADMIN, listed.id)


async def test_a_check_says_where_wearers_go_or_what_is_wrong(home: Home) -> None:
    """In the words of whoever found it."""
    vouching = Vouching()
    vouched(home, vouching)
    listed = await described(home)

    good = await check_provider(home.house, ADMIN, listed.id)
    vouching.trouble = Invalid.field("issuer", "it calls itself 'x'")
    unfit = await check_provider(home.house, ADMIN, "Clinic")
    vouching.trouble = Unavailable("nobody answers")
    away = await check_provider(home.house, ADMIN, "Clinic")

    assert (good.ok, good.page, good.redirect_uri) == (True, "id.example", CALLBACK)
    assert (unfit.ok, unfit.words) == (False, "it calls itself 'x'")
    assert (away.ok, away.words) == (False, "nobody answers")


async def test_a_secret_whose_master_key_is_gone_is_said_by_the_check(home: Home) -> None:
    """The page goes on without it: names are found, and only this provider cannot be used."""
    listed = await described(home, domains=("clinic.example",))
    keyring = Keyring.from_text(new_master_key(home.house.randomness))
    house = replace(home.house, tools=replace(home.house.tools, keyring=keyring))

    checked = await check_provider(house, ADMIN, listed.id)

    assert not checked.ok
    assert "master key" in checked.words
    assert [each.name for each in await active_providers(house)] == ["Clinic"]
    with pytest.raises(Unavailable):
        await active_provider(house, listed.id)


async def test_a_provider_is_used_by_its_id_alone(home: Home) -> None:
    """A name in its place, as a link could hold, is nobody."""
    await described(home)

    with pytest.raises(Missing):
        await active_provider(home.house, "Clinic")


async def test_only_administrators_change_them(home: Home) -> None:
    """Everybody else sees them."""
    await described(home)

    for caller in (VIEWER, OPERATOR):
        with pytest.raises(Refused):
            await add_provider(home.house, caller, Provider("X", ISSUER, "lenskeep"))
        with pytest.raises(Refused):
            await remove_provider(home.house, caller, "Clinic")
        with pytest.raises(Refused):
            await check_provider(home.house, caller, "Clinic")
    assert len(await list_providers(home.house, VIEWER)) == 1
