"""Reading a request's body within limits of size and time."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lenskeep.base.errors import LenskeepError

BODY_TIMEOUT_S: Final = 30
"""Seconds for the whole body: 8 MiB over a poor hospital Wi-Fi of 3 Mbit/s takes 22 s."""

LINGER_S: Final = 5
LINGER_BYTES: Final = 8 * 1024 * 1024
"""How long, and how much, a refused sender is still listened to."""


class TooLarge(LenskeepError):
    """The body is larger than this sender may send."""


class TooSlow(LenskeepError):
    """The body did not arrive in time, or the sender went away."""


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Return the body. Raises TooLarge and TooSlow."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > max_bytes:
        raise TooLarge(f"{stated} bytes, at most {max_bytes}")
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for piece in request.stream():
                size += len(piece)
                if size > max_bytes:
                    raise TooLarge(f"more than {max_bytes} bytes")
                pieces.append(piece)
    except (TimeoutError, ClientDisconnect):
        raise TooSlow("the body did not arrive in time") from None
    return b"".join(pieces)


class Farewell(Response):
    """The last answer on a connection whose sender may still be sending.

    Many clients read only when all is sent: a connection that is closed under them takes the
    answer with it. So what still comes is thrown away for a while before the end.
    """

    def __init__(self, status_code: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(b"", status_code, {**(headers or {}), "Connection": "close"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once, listen, end."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        if not any(name == b"expect" for name, _ in scope["headers"]):  # it waits to be asked
            await _throw_away(receive)
        await send({"type": "http.response.body", "body": b""})


async def _throw_away(receive: Receive) -> None:
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while size < LINGER_BYTES:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                size += len(message.get("body", b""))
