"""A house that knows an Entra tenant, whose keys come from a stand-in for Entra's web server."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from tests.enrollment.entra.issuer import AUDIENCE, CLIENT_ID, NOW, TENANT, jwks, token
from tests.flows.home import ADMIN, Home

from lenskeep.base.errors import Unavailable
from lenskeep.flows.device.proving.asked import Asked, Visitor
from lenskeep.flows.entry.tenants import TenantDraft, TenantView, add_tenant
from lenskeep.flows.house import House
from lenskeep.wire.security import JWT_TOKEN
from lenskeep.wire.soap import BASE64_BINARY, BinaryToken


@dataclass
class Web:
    """What Entra's web server has to say."""

    keys: str | None = field(default_factory=lambda: jwks("one"))
    """None: nobody answers."""
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None
    """What happens here while a fetch is under way."""

    async def fetch(self, url: str) -> str:
        """Answer a fetch."""
        self.asked.append(url)
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        if self.keys is None:
            raise Unavailable("nobody answers")
        return self.keys


@dataclass
class Tenancy:
    """The house and the web around it."""

    home: Home
    house: House
    web: Web

    async def add(self, tenant: str = TENANT, **draft: object) -> TenantView:
        """Set a tenant up."""
        wanted = {"audiences": (AUDIENCE,), "client_id": CLIENT_ID, **draft}
        return await add_tenant(self.house, ADMIN, tenant, TenantDraft(**wanted))  # type: ignore[arg-type]


def at_home(home: Home) -> Tenancy:
    """Return the house with a web of its own; its clock stands where the tokens are good."""
    web = Web()
    home.clock.moment = NOW
    home.house = replace(home.house, entry=replace(home.house.entry, keys=web))
    return Tenancy(home, home.house, web)


def binary(text: str) -> BinaryToken:
    """Return the element that carries a token."""
    return BinaryToken(JWT_TOKEN, BASE64_BINARY, text)


def asked(
    text: str | None = None, context: Mapping[str, str] | None = None, *, issuing: bool = True
) -> Asked:
    """Return a request with a token, and context items."""
    items = {"EnrollmentType": "Device", **(context or {})}
    carried = binary(token() if text is None else text)
    return Asked(carried, Visitor("192.0.2.7"), b"", issuing, tuple(items.items()))
