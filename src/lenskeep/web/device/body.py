"""Reading a request's body within limits of size and time."""

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

from lenskeep.base.errors import LenskeepError

BODY_TIMEOUT_S: Final = 30
"""Seconds for the whole body: 8 MiB over a poor hospital Wi-Fi of 3 Mbit/s takes 22 s."""


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
