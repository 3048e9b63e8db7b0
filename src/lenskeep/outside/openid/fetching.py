"""Asking a provider over HTTP: JSON, bounded in time and size, and never led elsewhere."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import httpx2

from lenskeep.base.errors import Unavailable

TIMEOUT_S: Final = 10
"""For one question, whole; a wearer waits in front of an empty page meanwhile."""
MAX_BYTES: Final = 256 * 1024
"""Discovery documents have 2 to 6 kB, key sets up to 20 kB."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a provider; a body makes it a POST."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What it said: a JSON object, whatever the status."""

    status: int
    body: Mapping[str, object] = field(repr=False)


async def ask(question: Question) -> Reply:
    """Return the answer. Raises Unavailable for everything that is none, a redirect included."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            status, content = await _exchange(question)
    except TimeoutError:
        raise Unavailable("the sign-in provider does not answer in time") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError) as error:
        raise Unavailable(f"the sign-in provider: {type(error).__name__}") from None
    if 300 <= status < 400:
        raise Unavailable(f"the sign-in provider answers with a redirect ({status})")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Unavailable(f"the sign-in provider answers with no JSON object ({status})")
    return Reply(status, body)


async def _exchange(question: Question) -> tuple[int, bytes]:
    method = "GET" if question.body is None else "POST"
    headers = {"Accept": "application/json", **question.headers}
    async with (
        httpx2.AsyncClient(verify=_trust(), timeout=TIMEOUT_S, follow_redirects=False) as client,
        client.stream(method, question.url, headers=headers, content=question.body) as response,
    ):
        content = bytearray()
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > MAX_BYTES:
                raise Unavailable("the sign-in provider answers at too great a length")
    return response.status_code, bytes(content)


@cache
def _trust() -> ssl.SSLContext:
    """Trust whom the machine trusts: a provider under a private root needs nothing of ours."""
    return ssl.create_default_context()
