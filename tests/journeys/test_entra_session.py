"""Tokens of Entra in management sessions: looked at, written down, and never a key."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.journeys.conftest import FAST, Server, serving

from lenskeep.virtual.enrollment.ways import EntraJoin
from lenskeep.virtual.entra.issuer import Shape, TokenIssuer, Wrong
from lenskeep.virtual.headset import SyncOptions, VirtualHeadset

pytestmark = pytest.mark.journey

TENANT = "2c1f1d0e-5b0c-4a51-9d1c-3f0c8f5f2b11"
CLIENT = "1b0b6a52-7a86-4a4c-8a3e-7c5c1d2e3f40"
DEVICE = "5d5d5d5d-1111-4222-8333-444444444444"
"""What the tenant calls the headset."""
ANN, BEN = "ann@contoso.example", "ben@contoso.example"


@dataclass
class Joined:
    """A headset that Ann joined to her tenant."""

    server: Server
    issuer: TokenIssuer
    headset: VirtualHeadset
    device: str

    def told(self, token: str) -> list[dict[str, str]]:
        """Call with this token; return what the timeline says of it."""
        before = self._lines()
        report = asyncio.run(self.headset.sync(SyncOptions(entra_token=token, patience=FAST)))
        assert report.messages > 0
        return self._lines()[: len(self._lines()) - len(before)]

    def _lines(self) -> list[dict[str, str]]:
        items = self.server.get(f"/api/v1/devices/{self.device}/timeline?limit=200").json()["items"]
        return [each["detail"] for each in items if each["kind"] == "Entra user"]


@pytest.fixture(scope="module")
def joined() -> Iterator[Joined]:
    """One for all tests here."""
    with serving() as server:
        issuer = TokenIssuer.create(tenant=TENANT, audience=server.url, client_id=CLIENT)
        jwks = server.data / "jwks.json"
        jwks.write_text(issuer.jwks_json)
        jwks.chmod(0o644)
        server.command("entra", "add-tenant", TENANT, "--audience", server.url, "--jwks", str(jwks))
        headset = VirtualHeadset.create(build="HL2-22621.1244")
        way = EntraJoin(issuer.join(ANN, Shape(device_id=DEVICE)), server.url)
        asyncio.run(headset.enroll_as(way, server.ca_path))
        items = server.get(f"/api/v1/devices?text={headset.device_id}").json()["items"]
        yield Joined(server, issuer, headset, items[0]["id"])


def test_the_user_at_the_headset_is_told_by_a_good_token(joined: Joined) -> None:
    """Who enrolled it, somebody else of the tenant, and somebody at another headset."""
    [mine] = joined.told(joined.issuer.session(ANN, Shape(device_id=DEVICE)))
    [other] = joined.told(joined.issuer.session(BEN, Shape(device_id=DEVICE)))
    [elsewhere] = joined.told(joined.issuer.session(BEN, Shape()))

    assert mine == {"user": ANN, "who": "the user who enrolled it"}
    assert other == {"user": BEN, "who": "another user of the tenant"}
    assert elsewhere == {"user": BEN, "who": "a token of another headset"}


@pytest.mark.parametrize("wrong", [Wrong.EXPIRED, Wrong.ALGORITHM_NONE, Wrong.WRONG_KEY])
def test_a_wrong_token_is_written_down_and_the_session_goes_on(
    joined: Joined, wrong: Wrong
) -> None:
    """The certificate is who the headset is; the reason is there, the token nowhere."""
    token = joined.issuer.session(ANN, Shape(wrong=wrong))

    [line] = joined.told(token)

    assert line["who"] == "a token that is not believed"
    assert line["reason"]
    assert "user" not in line
    assert token.rpartition(".")[0] not in joined.server.log()
    assert joined.server.get(f"/api/v1/devices/{joined.device}").json()["state"] == "managed"
