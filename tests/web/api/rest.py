"""A REST client on a house, without a network in between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from starlette.applications import Starlette
from tests.flows.home import ADMIN, Home

from lenskeep.access import Scope
from lenskeep.flows.people import new_token
from lenskeep.web.api.app import API_PATH
from lenskeep.web.application import make_application


@dataclass
class Rest:
    """REST of a house, as callers of each scope."""

    home: Home
    client: httpx2.AsyncClient
    tokens: dict[Scope, str] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, body: object = None, scope: Scope | None = Scope.ADMIN
    ) -> httpx2.Response:
        """Send a request with a token of this scope, or with none."""
        headers = {"Authorization": f"Bearer {self.tokens[scope]}"} if scope else {}
        return await self.client.request(method, path, json=body, headers=headers)

    async def ask_raw(self, method: str, path: str, body: str) -> httpx2.Response:
        """Send a body as it is: what JSON can say and Python's encoders would not."""
        headers = {
            "Authorization": f"Bearer {self.tokens[Scope.ADMIN]}",
            "Content-Type": "application/json",
        }
        return await self.client.request(method, path, content=body, headers=headers)

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Return the body of a list or thing that must be there."""
        headers = {"Authorization": f"Bearer {self.tokens[Scope.READ]}"}
        answer = await self.client.get(path, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def mounted(home: Home) -> Starlette:
    """Return the API where it is mounted in the house."""
    return make_application(home.house)


@asynccontextmanager
async def open_rest(home: Home) -> AsyncIterator[Rest]:
    """Yield REST on this house, with a token of each scope."""
    transport = httpx2.ASGITransport(app=mounted(home), raise_app_exceptions=False)
    base_url = f"http://localhost{API_PATH}"
    async with httpx2.AsyncClient(transport=transport, base_url=base_url) as client:
        rest = Rest(home, client)
        for scope in Scope:
            _, secret = await new_token(home.house, ADMIN, f"a {scope.value} token", scope.value)
            rest.tokens[scope] = secret.reveal()
        yield rest
