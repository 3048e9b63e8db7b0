"""GET /metrics: who may read it, and what it says."""

import re

import pytest
from tests.flows.home import ADMIN
from tests.web.watching.conftest import FAR, NEAR, Site

from lenskeep.base.errors import Unavailable
from lenskeep.flows.people import new_token, revoke_token
from lenskeep.web.watching import fleet, page


async def token_of(site: Site, scope: str = "read") -> tuple[str, str]:
    """Return a token's id and what is sent."""
    token, secret = await new_token(site.home.house, ADMIN, f"scraper {scope}", scope)
    return token.id, f"Bearer {secret.reveal()}"


def value(text: str, name: str) -> float:
    """Return the value of this line."""
    (found,) = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.M)
    return float(found)


async def test_this_machine_reads_without_a_token(site: Site) -> None:
    for address in (NEAR, "::1", "127.0.0.2"):
        assert (await site.get("/metrics", address)).status_code == 200


async def test_another_machine_needs_one_of_any_scope(site: Site) -> None:
    assert (await site.get("/metrics", FAR)).status_code == 401
    assert (await site.get("/metrics", FAR, Authorization="Bearer lk_wrong")).status_code == 401
    assert (await site.get("/metrics", FAR, Authorization="Basic x")).status_code == 401
    for scope in ("read", "admin"):
        _, given = await token_of(site, scope)
        assert (await site.get("/metrics", FAR, Authorization=given)).status_code == 200


async def test_a_revoked_token_opens_nothing(site: Site) -> None:
    token, given = await token_of(site)
    await site.get("/metrics", FAR, Authorization=given)
    await revoke_token(site.home.house, ADMIN, token)

    assert (await site.get("/metrics", FAR, Authorization=given)).status_code == 401


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "Via", "X_Real_IP"])
async def test_what_somebody_passed_on_does_not_come_from_this_machine(
    site: Site, header: str
) -> None:
    """A proxy on this machine that the settings do not name lets no stranger in."""
    assert (await site.get("/metrics", NEAR, **{header: NEAR})).status_code == 401


async def test_behind_a_named_proxy_the_client_counts(site: Site) -> None:
    house = site.home.house
    named = {"trusted_proxies": (NEAR,), "metrics_networks": ("127.0.0.1", "10.0.0.0/8")}
    object.__setattr__(house, "settings", house.settings.model_copy(update=named))

    assert (await site.get("/metrics", NEAR, X_Forwarded_For="10.1.2.3")).status_code == 200
    assert (await site.get("/metrics", NEAR, X_Forwarded_For=FAR)).status_code == 401
    assert (await site.get("/metrics", NEAR, X_Forwarded_For=f"10.1.2.3, {FAR}")).status_code == 401
    assert (await site.get("/metrics", NEAR)).status_code == 401  # it did not say who asks


async def test_who_was_believed_is_believed_while_the_database_is_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, given = await token_of(site)
    _, unknown = await token_of(site, "operate")
    await site.get("/metrics", FAR, Authorization=given)

    async def away(_digest: bytes) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(type(site.home.house.people), "token_by_digest", lambda _s, d: away(d))
    site.store.away = True

    assert (await site.get("/metrics", FAR, Authorization=given)).status_code == 200
    assert (await site.get("/metrics", FAR, Authorization=unknown)).status_code == 503
    site.home.clock.moment += page.BELIEVED
    assert (await site.get("/metrics", FAR, Authorization=given)).status_code == 503


async def test_the_fleet_is_told(site: Site) -> None:
    for number in (1, 2, 3):
        await site.home.enroll(number)

    text = (await site.get("/metrics")).text

    assert value(text, 'lenskeep_devices{state="enrolled"}') == 3
    assert value(text, 'lenskeep_devices_standing{worst="nothing is wanted"}') == 3
    assert value(text, "lenskeep_fleet_read") == 1


async def test_numbers_that_cannot_be_read_are_left_out(site: Site) -> None:
    """What the process knows of itself is told all the same."""
    site.store.away = True

    text = (await site.get("/metrics")).text

    assert value(text, "lenskeep_fleet_read") == 0
    assert "lenskeep_devices" not in text
    assert "lenskeep_store_seconds" in text


async def test_the_fleet_is_counted_once_for_all_who_ask(site: Site) -> None:
    for _ in range(5):
        await site.get("/metrics")

    assert site.store.counts == 1


async def test_and_again_when_the_numbers_are_old(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "KEEP_S", 0)
    monkeypatch.setattr(fleet, "SHARE", 0)

    for _ in range(3):
        await site.get("/metrics")

    assert site.store.counts == 3


async def test_requests_are_counted_by_door_and_status(site: Site) -> None:
    await site.get("/livez")
    await site.get("/nothing")

    text = (await site.get("/metrics")).text

    assert value(text, 'lenskeep_requests_total{door="health",status="200"}') == 1
    assert value(text, 'lenskeep_requests_total{door="console",status="404"}') == 1
    assert value(text, 'lenskeep_request_seconds_count{door="console"}') == 1


async def test_our_own_certificates_are_told(site: Site) -> None:
    ends = site.home.clock.now()
    site.watched.ends = lambda: {"server": ends}

    text = (await site.get("/metrics")).text

    name = 'lenskeep_certificate_ends_timestamp_seconds{certificate="server"}'
    assert value(text, name) == ends.timestamp()
