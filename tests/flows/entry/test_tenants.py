"""Entra tenants as an administrator keeps them."""

import json
from datetime import timedelta

import pytest
from tests.enrollment.entra.issuer import (
    AUDIENCE,
    CLIENT_ID,
    NOW,
    OTHER_TENANT,
    TENANT,
    claims,
    jwk,
    jwks,
    token,
)
from tests.flows.entra.tenancy import Tenancy, at_home
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused, Unavailable
from lenskeep.flows.entry.tenants import (
    TenantDraft,
    add_tenant,
    change_tenant,
    list_tenants,
    refresh_keys,
    remove_tenant,
    show_tenant,
    try_token,
)
from lenskeep.flows.reading import PageRequest, list_audit


@pytest.fixture
def tenancy(home: Home) -> Tenancy:
    """A house with no tenant yet."""
    return at_home(home)


async def test_a_tenant_is_added_with_its_keys(tenancy: Tenancy) -> None:
    """They are fetched from where Entra has them."""
    added = await tenancy.add(TENANT.upper(), label="Contoso")

    assert (await list_tenants(tenancy.house, VIEWER)) == (added,)
    assert (added.tenant, added.label, added.keys) == (TENANT, "Contoso", ("one",))
    url = f"https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"
    assert tenancy.web.asked == [url]


async def test_a_tenant_of_another_cloud_has_keys_elsewhere(tenancy: Tenancy) -> None:
    """And so has one that is moved there."""
    added = await tenancy.add(cloud="China")
    moved = await change_tenant(tenancy.house, ADMIN, TENANT, TenantDraft(cloud="us government"))

    assert added.keys_url.startswith("https://login.partner.microsoftonline.cn/")
    assert moved.keys_url.startswith("https://login.microsoftonline.us/")
    assert len(tenancy.web.asked) == 2


async def test_keys_may_be_given_or_lie_elsewhere(tenancy: Tenancy) -> None:
    """Given ones are not fetched."""
    given = await tenancy.add(jwks=jwks("two"))
    elsewhere = await tenancy.add(OTHER_TENANT, keys_url="https://keys.example.org/k")

    assert (given.keys_url, given.keys, given.keys_at) == ("", ("two",), NOW)
    assert elsewhere.keys_url == "https://keys.example.org/k"
    assert tenancy.web.asked == ["https://keys.example.org/k"]


@pytest.mark.parametrize(
    ("tenant", "draft", "fields"),
    [
        ("contoso.example", {}, ["tenant"]),
        (TENANT, {"audiences": (), "client_id": ""}, ["audiences"]),
        (TENANT, {"audiences": ("mdm.example.org",)}, ["audiences"]),
        (TENANT, {"audiences": ("https://a b",)}, ["audiences"]),
        (TENANT, {"audiences": ("",)}, ["audiences"]),
        (TENANT, {"audiences": (AUDIENCE,) * 9}, ["audiences"]),
        (TENANT, {"client_id": "7"}, ["client_id"]),
        (TENANT, {"cloud": "moon"}, ["cloud"]),
        (TENANT, {"scope": "some"}, ["scope"]),
        (TENANT, {"label": "a\nb"}, ["label"]),
        (TENANT, {"label": "x" * 81}, ["label"]),
        (TENANT, {"keys_url": "http://keys.example.org"}, ["keys_url"]),
        (TENANT, {"jwks": "{}"}, ["jwks"]),
        (TENANT, {"jwks": jwks("one"), "keys_url": "https://k.example.org"}, ["jwks"]),
        (
            "x",
            {"client_id": "7", "cloud": "moon", "jwks": ""},
            ["cloud", "tenant", "client_id", "jwks"],
        ),
    ],
)
async def test_a_wrong_tenant_is_refused_with_every_complaint(
    tenancy: Tenancy, tenant: str, draft: dict[str, object], fields: list[str]
) -> None:
    """And nothing is stored or fetched."""
    with pytest.raises(Invalid) as caught:
        await tenancy.add(tenant, **draft)

    assert sorted(fields) == sorted({each.field for each in caught.value.complaints})
    assert await list_tenants(tenancy.house, ADMIN) == ()
    assert tenancy.web.asked == []


async def test_without_keys_a_tenant_is_not_added(tenancy: Tenancy) -> None:
    """It would refuse everybody, without a word."""
    tenancy.web.keys = None

    with pytest.raises(Unavailable):
        await tenancy.add()

    assert await list_tenants(tenancy.house, ADMIN) == ()


async def test_a_tenant_is_added_once(tenancy: Tenancy) -> None:
    """In whatever letters."""
    await tenancy.add()

    with pytest.raises(Conflict):
        await tenancy.add(TENANT.upper())


async def test_a_change_changes_what_it_names(tenancy: Tenancy) -> None:
    """The rest stays, the keys too."""
    added = await tenancy.add()

    changed = await change_tenant(
        tenancy.house, ADMIN, added.id, TenantDraft(audiences=("api://x",), scope="always")
    )

    assert (changed.audiences, changed.scope) == (("api://x",), "always")
    assert (changed.client_id, changed.keys, changed.created_at) == (CLIENT_ID, ("one",), NOW)
    assert changed == await show_tenant(tenancy.house, VIEWER, TENANT)
    assert len(tenancy.web.asked) == 1


async def test_keys_are_refreshed_by_hand(tenancy: Tenancy) -> None:
    """Fetched without waiting for their day, or given, from then on for good."""
    await tenancy.add()
    tenancy.web.keys = jwks("one", "two")
    tenancy.home.clock.advance(seconds=1)

    fetched = await refresh_keys(tenancy.house, ADMIN, TENANT)
    given = await refresh_keys(tenancy.house, ADMIN, TENANT, json.dumps({"keys": [jwk("three")]}))

    assert fetched.keys == ("one", "two")
    assert (given.keys, given.keys_url) == (("three",), "")
    with pytest.raises(Invalid):
        await refresh_keys(tenancy.house, ADMIN, TENANT)
    back = TenantDraft(keys_url="https://keys.example.org/k")
    assert (await change_tenant(tenancy.house, ADMIN, TENANT, back)).keys == ("one", "two")


@pytest.mark.parametrize("by", ["refreshing", "changing"])
async def test_what_another_administrator_did_during_a_fetch_stays(
    tenancy: Tenancy, by: str
) -> None:
    """A tenant that was switched off is not switched on again by fresh keys."""
    await tenancy.add()

    async def switched_off() -> None:
        await change_tenant(tenancy.house, ADMIN, TENANT, TenantDraft(enabled=False))

    tenancy.web.meanwhile, tenancy.web.keys = switched_off, jwks("two")
    if by == "refreshing":
        after = await refresh_keys(tenancy.house, ADMIN, TENANT)
    else:
        draft = TenantDraft(keys_url="https://keys.example.org/k")
        after = await change_tenant(tenancy.house, ADMIN, TENANT, draft)

    assert (after.enabled, after.keys) == (False, ("two",))
    assert after == await show_tenant(tenancy.house, VIEWER, TENANT)


async def test_keys_put_in_by_hand_during_a_fetch_are_not_overwritten(tenancy: Tenancy) -> None:
    """Whoever asked for the fetch is told, and may look."""
    await tenancy.add()

    async def put_in() -> None:
        await refresh_keys(tenancy.house, ADMIN, TENANT, jwks("three"))

    tenancy.web.meanwhile = put_in

    with pytest.raises(Conflict, match="meanwhile"):
        await refresh_keys(tenancy.house, ADMIN, TENANT)
    assert (await show_tenant(tenancy.house, VIEWER, TENANT)).keys == ("three",)


async def test_what_is_not_there_is_missing(tenancy: Tenancy) -> None:
    """By either id."""
    for action in (
        show_tenant(tenancy.house, ADMIN, TENANT),
        remove_tenant(tenancy.house, ADMIN, TENANT),
        refresh_keys(tenancy.house, ADMIN, TENANT),
        change_tenant(tenancy.house, ADMIN, TENANT, TenantDraft()),
    ):
        with pytest.raises(Missing):
            await action


async def test_a_token_is_tried(tenancy: Tenancy) -> None:
    """Each check says what it asked, what it found, and what is wrong."""
    await tenancy.add()
    old = claims(exp=int((NOW - timedelta(hours=1)).timestamp()), upn="ada@example.org")

    right = await try_token(tenancy.house, ADMIN, token())
    wrong = await try_token(tenancy.house, ADMIN, token(old))
    foreign = await try_token(tenancy.house, ADMIN, token(claims(tid=OTHER_TENANT)))

    assert (right.believed, right.tenant) == (True, TENANT)
    assert [each.name for each in wrong.checks if not each.passed] == ["time"]
    assert {each.name: each.found for each in wrong.checks}["user"] == "ada@example.org"
    assert (foreign.believed, foreign.tenant, foreign.checks[0].passed) == (False, "", False)


async def test_only_administrators_change_tenants(tenancy: Tenancy) -> None:
    """And only they may try a token; everybody may look."""
    await tenancy.add()
    for caller in (VIEWER, OPERATOR):
        for action in (
            add_tenant(tenancy.house, caller, OTHER_TENANT, TenantDraft(audiences=(AUDIENCE,))),
            change_tenant(tenancy.house, caller, TENANT, TenantDraft(label="x")),
            remove_tenant(tenancy.house, caller, TENANT),
            refresh_keys(tenancy.house, caller, TENANT),
            try_token(tenancy.house, caller, token()),
        ):
            with pytest.raises(Refused):
                await action
        assert len(await list_tenants(tenancy.house, caller)) == 1


async def test_every_change_is_in_the_audit_and_a_fetch_of_keys_is_not(tenancy: Tenancy) -> None:
    """What we do by ourselves fills no audit."""
    await tenancy.add()
    await change_tenant(tenancy.house, ADMIN, TENANT, TenantDraft(label="x"))
    await refresh_keys(tenancy.house, ADMIN, TENANT)
    tenancy.home.clock.advance(days=2)
    await try_token(tenancy.house, ADMIN, token())
    await remove_tenant(tenancy.house, ADMIN, TENANT)

    lines = (await list_audit(tenancy.house, ADMIN, PageRequest())).items

    actions = [each.action for each in lines]
    assert actions == ["tenant.remove", "tenant.keys", "tenant.change", "tenant.add"]
