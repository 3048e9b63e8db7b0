"""Two hosts on one database behind a balancer that gives every connection to the other one.

Whatever takes two steps takes them on two hosts: nothing is in one's memory that the other needs.
"""

import asyncio
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from tests.journeys.conftest import Headset
from tests.journeys.hosts import Crewed, Fleet, balanced
from tests.journeys.openid import SECRET, OpenIdProvider, present, providing
from tests.journeys.test_federated import SIGN_IN, Window, log_in, sign_in_url

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.enrollment.ways import EntraJoin, Terms
from lenskeep.virtual.entra.issuer import Shape, TokenIssuer
from lenskeep.virtual.headset import SyncOptions, VirtualHeadset
from lenskeep.virtual.transport import Patience
from lenskeep.virtual.transport.line import Line

pytestmark = pytest.mark.journey

LOCK = "./Vendor/MSFT/RemoteLock/Lock"
VERSION = "./DevDetail/SwV"
TERMS = "/EnrollmentServer/TermsOfUse"
TENANT = "2c1f1d0e-5b0c-4a51-9d1c-3f0c8f5f2b11"
CLIENT = "1b0b6a52-7a86-4a4c-8a3e-7c5c1d2e3f40"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Two hosts, for the tests of this module."""
    with balanced() as running:
        yield running


@pytest.fixture
def server(fleet: Fleet) -> Iterator[Crewed]:
    """The hosts as those see them who know but one name."""
    yield fleet.front
    print(fleet.front.log())


@pytest.fixture(autouse=True)
def each_message_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let headsets keep no connection, so that each message goes to the other host."""
    request = Line.request

    async def once(self: Line, *arguments: Any, **more: Any) -> Any:
        try:
            return await request(self, *arguments, **more)
        finally:
            self.close()

    monkeypatch.setattr(Line, "request", once)


def browser(server: Crewed) -> httpx2.Client:
    """A browser that keeps no connection either."""
    limits = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.Client(verify=server.tls(), timeout=60, limits=limits, base_url=server.url)


def alternated(fleet: Fleet, since: int) -> bool:
    """Return whether the connections since then went to one host after the other."""
    taken = fleet.balancer.taken[since:]
    return len(taken) > 2 and all(a != b for a, b in pairwise(taken))


@pytest.mark.parametrize("certificate", [True, False], ids=["certificate", "digest"])
def test_a_session_goes_on_at_the_other_host(
    fleet: Fleet, server: Crewed, certificate: bool
) -> None:
    """Enrolled and managed by messages that alternate, with either proof; everything once."""
    headset = server.enroll_virtual()
    device = server.device_of(headset)["id"]
    queued = [server.queue(device, verb, uri) for verb, uri in (("exec", LOCK), ("get", VERSION))]
    before = len(fleet.balancer.taken)

    report = headset.sync(client_certificate=certificate, patience=Patience())

    assert report.messages > 2
    assert alternated(fleet, before), fleet.balancer.taken[before:]
    assert [server.operation(device, each["id"])["state"] for each in queued] == ["done"] * 2
    assert sum(done.uri == LOCK for done in report.commands) == 1
    assert report.challenged is not certificate


def test_the_console_is_one(fleet: Fleet, server: Crewed) -> None:
    """Signed in at one, looked at the other, a form of one sent to the other, signed out."""
    before = len(fleet.balancer.taken)
    with browser(server) as visitor:
        proof = _proof(visitor.get("/sign-in").text)
        fields = {**proof, "name": server.admin_name, "password": server.admin_password}
        assert visitor.post("/sign-in", data=fields).status_code == 303
        page = visitor.get("/codes")
        assert page.status_code == 200
        made = visitor.post("/codes", data={**_proof(page.text), "uses": "1", "minutes": "15"})
        assert made.status_code in (200, 303), made.text
        left = visitor.post("/sign-out", data=_proof(visitor.get("/").text))
        assert left.status_code == 303
        assert visitor.get("/").headers.get("location", "").endswith("/sign-in")
    assert alternated(fleet, before), fleet.balancer.taken[before:]


def _proof(page: str) -> dict[str, str]:
    """Return the field by which a form proves that it is ours."""
    (name, value) = re.findall(
        r'<input type="hidden" name="([a-z_-]+)" value="([0-9a-f]{64})"', page
    )[0]
    return {name: value}


def test_who_guesses_is_counted_by_both(server: Crewed) -> None:
    """The eleventh wrong password within a minute is told to wait, whichever host gets it."""
    with browser(server) as visitor:
        fields = {**_proof(visitor.get("/sign-in").text), "name": "nobody", "password": "x"}
        answers = [visitor.post("/sign-in", data=fields) for _ in range(11)]

    assert [each.status_code for each in answers] == [401] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_who_is_disabled_at_one_is_out_at_the_other(fleet: Fleet, server: Crewed) -> None:
    """A password that both had just found right opens nothing a moment later."""
    made = server.request("POST", "/api/v1/accounts", {"name": "ana@example.org"})
    assert made.status_code == 201, made.text
    account, secret = made.json()["id"], made.json()["password"]
    for _ in fleet.hosts:
        server.enroll_virtual(user="ana@example.org", secret=secret)

    ended = server.request("POST", f"/api/v1/accounts/{account}/disable")

    assert ended.is_success, ended.text
    for _ in fleet.hosts:
        with pytest.raises(LenskeepError):
            server.enroll_virtual(user="ana@example.org", secret=secret)


def test_terms_and_a_tenants_token_lead_in(fleet: Fleet, server: Crewed) -> None:
    """The page of the terms by one, the answer to the other, the enrollment by the next."""
    body = {"title": "Terms of use", "text": "Please be kind to this headset."}
    assert server.request("PUT", "/api/v1/terms", body).is_success
    issuer = TokenIssuer.create(tenant=TENANT, audience=server.url, client_id=CLIENT)
    tenant = {"tenant": issuer.tenant, "audiences": [server.url], "jwks": issuer.jwks}
    assert server.request("POST", "/api/v1/entra/tenants", tenant).is_success
    headset = VirtualHeadset.create(build="HL2-22621.1244")
    user = "ann@contoso.example"
    terms = Terms(f"{server.url}{TERMS}", issuer.terms(user))
    way = EntraJoin(issuer.join(user, Shape()), server.url, terms=terms)
    told: list[str] = []

    asyncio.run(headset.enroll_as(way, server.ca_path, tell=told.append))
    report = asyncio.run(headset.sync(SyncOptions()))

    assert report.messages > 1
    assert server.device_of(Headset(headset))["user"] == user
    assert any("terms" in each.casefold() for each in told), told


@pytest.fixture
def provider(fleet: Fleet, server: Crewed) -> Iterator[OpenIdProvider]:
    """A provider that both hosts trust."""
    with providing(f"{server.url}{SIGN_IN}/callback") as running:
        for each in fleet.hosts:  # one after the other: the balancer finds the one that is there
            each.stop()
            each.settings["SSL_CERT_FILE"] = str(running.certificate)
            each.start_host()
        body = {
            "name": "Clinic",
            "issuer": running.issuer,
            "client_id": "lenskeep",
            "client_secret": SECRET,
            "domains": ["clinic.example"],
        }
        answer = server.request("POST", "/api/v1/sign-in-providers", body)
        assert answer.status_code == 201, answer.text
        yield running


def test_a_web_sign_in_comes_back_to_the_other(
    fleet: Fleet, server: Crewed, provider: OpenIdProvider
) -> None:
    """Set out from one, come back to the other; the token is good once, at either."""
    with Window(server, provider) as window:
        window.open(sign_in_url(server, "ana@clinic.example"))
        log_in(window)
        token = window.token()
        again = window.client.get(window.seen[-1])

    assert again.status_code == 400
    assert all(present(server, token).status_code == 200 for _ in fleet.hosts)
