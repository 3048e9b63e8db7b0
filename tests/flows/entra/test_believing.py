"""Whom a token vouches for, with the tenants and keys that are kept."""

import asyncio
import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.enrollment.entra.issuer import (
    OTHER_TENANT,
    TENANT,
    claims,
    jwks,
    token,
    v2_claims,
)
from tests.flows.entra.tenancy import Tenancy, at_home
from tests.flows.home import ADMIN, Home

from lenskeep.base.errors import Refused
from lenskeep.enrollment.entra.keys import LONGEST_AGE, PAUSE, ROUTINE_AGE
from lenskeep.enrollment.entra.token import EntraIdentity
from lenskeep.flows.entra.believing import believe, find, renew_keys
from lenskeep.flows.entry.tenants import (
    TenantDraft,
    change_tenant,
    list_tenants,
    refresh_keys,
    remove_tenant,
)


@pytest.fixture
async def tenancy(home: Home) -> Tenancy:
    """A house that knows one tenant."""
    found = at_home(home)
    await found.add()
    return found


async def good(tenancy: Tenancy, text: str) -> bool:
    """Return whether a token is believed."""
    return isinstance(await believe(tenancy.house, text), EntraIdentity)


async def test_a_token_of_a_known_tenant_is_believed(tenancy: Tenancy) -> None:
    """In either version, packed or not; the keys are those fetched when it was added."""
    packed = base64.b64encode(token().encode()).decode()

    assert await good(tenancy, packed)
    assert await good(tenancy, token(v2_claims()))
    assert len(tenancy.web.asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("no token", id="something else"),
        pytest.param(token(claims(tid=OTHER_TENANT)), id="an unknown tenant"),
        pytest.param(token(claims(tid=None)), id="no tenant"),
    ],
)
async def test_a_token_of_nobody_is_refused(tenancy: Tenancy, text: str) -> None:
    """And nothing is fetched for it."""
    assert isinstance(await believe(tenancy.house, text), Refused)
    assert len(tenancy.web.asked) == 1


async def test_a_rotated_key_is_fetched_at_once(tenancy: Tenancy) -> None:
    """The first headset with the new key comes in; the old key counts no more."""
    tenancy.web.keys = jwks("two")
    tenancy.home.clock.advance(minutes=2)

    assert await good(tenancy, token(key="two"))
    assert not await good(tenancy, token(key="one"))
    assert len(tenancy.web.asked) == 2


async def test_a_made_up_key_is_looked_for_once_a_minute(tenancy: Tenancy) -> None:
    """Strangers do not make us ask at their pace."""
    tenancy.home.clock.advance(minutes=2)

    for number in range(20):
        assert not await good(tenancy, token(key="evil", kid=f"made up {number}"))
    within = len(tenancy.web.asked)
    tenancy.home.clock.moment += PAUSE
    await good(tenancy, token(key="evil", kid="made up again"))

    assert within == 2
    assert len(tenancy.web.asked) == 3


async def test_keys_are_fetched_anew_once_a_day(tenancy: Tenancy) -> None:
    """Also where the key is known: it may have been withdrawn."""
    tenancy.home.clock.moment += ROUTINE_AGE

    await good(tenancy, token())

    assert len(tenancy.web.asked) == 2


async def test_without_an_answer_the_old_keys_stay_good_for_a_week(tenancy: Tenancy) -> None:
    """A line that is cut stops nobody at once; and not for ever goes it unnoticed."""
    tenancy.web.keys = None
    tenancy.home.clock.moment += LONGEST_AGE
    long = claims(exp=int(tenancy.home.clock.moment.timestamp()) + 600)

    still = await good(tenancy, token(long))
    tenancy.home.clock.advance(seconds=1)
    later = await good(tenancy, token(long))

    assert (still, later) == (True, False)
    shown = await list_tenants(tenancy.house, ADMIN)
    assert "nobody answers" in shown[0].keys_trouble


async def test_a_refusal_says_that_keys_could_not_be_fetched(tenancy: Tenancy) -> None:
    """An administrator who reads of an unknown key has to know that."""
    tenancy.web.keys = None
    tenancy.home.clock.advance(minutes=2)

    refused = await believe(tenancy.house, token(key="two"))

    assert isinstance(refused, Refused)
    assert "not one of the tenant's (keys: nobody answers)" in refused.reason


async def test_an_offline_copy_is_never_fetched(home: Home) -> None:
    """Not for an unknown key, not after a year."""
    tenancy = at_home(home)
    await tenancy.add(jwks=jwks("one"))
    home.clock.advance(days=365)
    long = claims(exp=int(home.clock.moment.timestamp()) + 600)

    assert await good(tenancy, token(long))
    assert not await good(tenancy, token(long, key="two"))
    assert tenancy.web.asked == []


async def test_keys_survive_a_restart(tenancy: Tenancy) -> None:
    """They lie in the store, not in a process."""
    tenancy.web.keys = None

    found = await find(tenancy.house, TENANT)

    assert found is not None
    assert [each.kid for each in found.trust.ring.keys] == ["one"]
    assert await good(tenancy, token())


async def test_several_tenants_each_have_their_own_keys(tenancy: Tenancy) -> None:
    """One tenant's key makes no token of the other."""
    tenancy.web.keys = jwks("two")
    await tenancy.add(OTHER_TENANT)
    theirs = claims(tid=OTHER_TENANT, iss=f"https://sts.windows.net/{OTHER_TENANT}/")

    assert await good(tenancy, token(theirs, key="two"))
    assert await good(tenancy, token())
    assert not await good(tenancy, token(theirs, key="one"))
    assert not await good(tenancy, token(key="two"))


async def test_a_tenant_that_is_switched_off_or_removed_is_believed_no_more(
    tenancy: Tenancy,
) -> None:
    """At once."""
    await change_tenant(tenancy.house, ADMIN, TENANT, TenantDraft(enabled=False))
    off = await good(tenancy, token())
    await change_tenant(tenancy.house, ADMIN, TENANT, TenantDraft(enabled=True))
    on = await good(tenancy, token())
    await remove_tenant(tenancy.house, ADMIN, TENANT)

    assert (off, on) == (False, True)
    assert not await good(tenancy, token())


@pytest.mark.parametrize("how", ["removed", "switched off"])
async def test_a_tenant_that_goes_while_its_keys_are_fetched_is_believed_no_more(
    tenancy: Tenancy, how: str
) -> None:
    """A fetch may take ten seconds, and the answer comes too late."""

    async def goes() -> None:
        if how == "removed":
            await remove_tenant(tenancy.house, ADMIN, TENANT)
        else:
            await change_tenant(tenancy.house, ADMIN, TENANT, TenantDraft(enabled=False))

    tenancy.home.clock.moment += ROUTINE_AGE
    tenancy.web.meanwhile = goes
    long = claims(exp=int(tenancy.home.clock.moment.timestamp()) + 600)

    assert not await good(tenancy, token(long))
    assert [each.enabled for each in await list_tenants(tenancy.house, ADMIN)] in ([], [False])


async def test_a_change_made_while_keys_are_fetched_is_kept(tenancy: Tenancy) -> None:
    """The fetch puts in the keys and nothing else."""
    kept = await find(tenancy.house, TENANT)
    assert kept is not None
    await change_tenant(tenancy.house, ADMIN, TENANT, TenantDraft(label="Contoso"))

    await renew_keys(tenancy.house, kept)

    shown = await list_tenants(tenancy.house, ADMIN)
    assert shown[0].label == "Contoso"


async def test_keys_put_in_by_hand_while_others_are_fetched_stay(tenancy: Tenancy) -> None:
    """Whoever puts a copy in wants that one."""
    kept = await find(tenancy.house, TENANT)
    assert kept is not None
    await refresh_keys(tenancy.house, ADMIN, TENANT, jwks("two"))

    renewed = await renew_keys(tenancy.house, kept)

    assert renewed is not None
    assert [each.kid for each in renewed.trust.ring.keys] == ["two"]


async def test_a_failed_fetch_does_not_undo_a_good_one(tenancy: Tenancy) -> None:
    """Two processes may fetch at the same time, and one of them in vain."""
    kept = await find(tenancy.house, TENANT)
    assert kept is not None
    tenancy.web.keys = jwks("two")
    await renew_keys(tenancy.house, kept)
    tenancy.web.keys = None

    renewed = await renew_keys(tenancy.house, kept)

    assert renewed is not None
    assert [each.kid for each in renewed.trust.ring.keys] == ["two"]


async def test_a_classroom_comes_in_together_after_a_rotation(tenancy: Tenancy) -> None:
    """Nobody is refused because somebody else was first to ask."""
    tenancy.web.keys = jwks("two")
    tenancy.home.clock.advance(minutes=2)

    all_good = await asyncio.gather(*(good(tenancy, token(key="two")) for _ in range(20)))

    assert all(all_good)


async def test_a_list_that_is_none_changes_nothing(tenancy: Tenancy) -> None:
    """An error page with status 200 does not take the keys away."""
    tenancy.web.keys = "<html>"
    tenancy.home.clock.advance(minutes=2)

    assert not await good(tenancy, token(key="two"))
    assert await good(tenancy, token())
    found = await find(tenancy.house, TENANT)
    assert found is not None
    assert found.trust.ring.fetched_at == tenancy.home.clock.moment - timedelta(minutes=2)
    assert replace(found, trouble="") != found
