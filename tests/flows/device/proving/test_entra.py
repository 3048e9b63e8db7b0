"""Who enrolls with a token of Entra."""

import pytest
from tests.enrollment.entra.issuer import (
    DEVICE,
    OID,
    OTHER_TENANT,
    TENANT,
    claims,
    jwks,
    token,
    unsigned,
)
from tests.flows.entra.tenancy import Tenancy, asked, at_home, binary
from tests.flows.home import ADMIN, Home

from lenskeep.base.errors import Refusal, Refused
from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.device.proving.dispatch import prove
from lenskeep.flows.device.proving.entra import prove_entra
from lenskeep.flows.entrance import Way
from lenskeep.flows.entry.tenants import TenantDraft, change_tenant
from lenskeep.flows.records import Principal, PrincipalKind

USERLESS = claims(upn=None, unique_name=None, scp=None)
PACKAGE_USER = "package_24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1@example.org"


@pytest.fixture
async def tenancy(home: Home) -> Tenancy:
    """A house that knows one tenant."""
    found = at_home(home)
    await found.add()
    return found


async def refused(tenancy: Tenancy, text: str, context: dict[str, str] | None = None) -> Refusal:
    """Return how a token is refused."""
    with pytest.raises(Refused) as caught:
        await prove_entra(tenancy.house, asked(text, context), binary(text))
    return caught.value.kind


async def test_a_join_proves_its_user(tenancy: Tenancy) -> None:
    """By tenant and object id; the name is for people."""
    found = await prove(tenancy.house, asked())

    assert found == Proven(
        principal=Principal(PrincipalKind.ENTRA, f"{TENANT}/{OID}", "ada@example.org"),
        way=Way.ENTRA_JOIN,
        user="ada@example.org",
        tenant=TENANT,
        user_id=OID,
        entra_device=DEVICE,
    )


@pytest.mark.parametrize(
    ("payload", "context", "way", "principal"),
    [
        (claims(deviceid=None), {"EnrollmentType": "Full"}, Way.ENTRA_ACCOUNT, OID),
        (USERLESS, {"ZeroTouchProvisioning": "z"}, Way.AUTOPILOT, f"device/{DEVICE}"),
        (USERLESS, {"BulkAADJ": "True"}, Way.BULK_TOKEN, f"device/{DEVICE}"),
        (claims(upn=PACKAGE_USER), {}, Way.BULK_TOKEN, f"device/{DEVICE}"),
    ],
    ids=["an added account", "autopilot", "a package without a user", "a package's user"],
)
async def test_each_way_has_its_principal(
    tenancy: Tenancy, payload: dict[str, object], context: dict[str, str], way: Way, principal: str
) -> None:
    """A headset without a person of its own is known by its Entra device."""
    found = await prove(tenancy.house, asked(token(payload), context))

    assert (way, f"{TENANT}/{principal}") == (found.way, found.principal.id)
    assert found.user_id == (OID if principal == OID else "")


async def test_at_get_policies_the_token_is_enough(tenancy: Tenancy) -> None:
    """The headset describes itself later."""
    request = asked(issuing=False)

    assert (await prove(tenancy.house, request)).way is Way.ENTRA_JOIN


@pytest.mark.parametrize(
    ("text", "context"),
    [
        (unsigned(), {}),
        (token(key="evil", kid="one"), {}),
        (token(claims(aud="https://evil.example.net")), {}),
        (token(claims(tid=OTHER_TENANT)), {}),
        (token(claims(deviceid=None)), {"EnrollmentType": "Device"}),
        (token(USERLESS), {"EnrollmentType": "Full"}),
        ("not a token", {}),
        ("", {}),
    ],
    ids=[
        "not signed",
        "another's signature",
        "another audience",
        "another tenant",
        "a join without a device",
        "a user's enrollment without a user",
        "no token",
        "nothing",
    ],
)
async def test_whatever_is_wrong_looks_alike(
    tenancy: Tenancy, text: str, context: dict[str, str]
) -> None:
    """One refusal for all."""
    assert await refused(tenancy, text, context) is Refusal.AUTHENTICATION


async def test_where_no_tenant_is_set_up_the_kind_of_token_is_not_accepted(home: Home) -> None:
    """As for every kind that is never accepted; so it is with one that is switched off."""
    bare = at_home(home)
    none = await refused(bare, token())
    await bare.add(jwks=jwks("one"))
    await change_tenant(bare.house, ADMIN, TENANT, TenantDraft(enabled=False))

    assert none is Refusal.SECURITY_HEADER
    assert await refused(bare, token()) is Refusal.SECURITY_HEADER
