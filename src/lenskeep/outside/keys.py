"""Fetches the public keys of a token issuer, once for all who ask at the same time.

The address is the one an administrator gave for that issuer; no token can name another, and no
answer can lead elsewhere.
"""

import asyncio
import json
from urllib.parse import urlsplit

from lenskeep.base.errors import Invalid, Unavailable
from lenskeep.enrollment.entra.keys import is_fetchable


class FetchedKeys:
    """The `KeySource` port over HTTPS."""

    def __init__(self) -> None:
        self._asking: dict[str, asyncio.Task[str]] = {}

    async def fetch(self, url: str) -> str:
        """Return the list at this address. Raises Unavailable, and Invalid for an unfit address.

        Headsets that come together after a rotation wait for the same answer.
        """
        if not is_fetchable(url):
            raise Invalid.field("keys_url", "keys are not fetched from such an address", "https")
        task = self._asking.get(url)
        if task is None:
            task = asyncio.create_task(_fetch(url))
            self._asking[url] = task
            task.add_done_callback(lambda done: self._answered(url, done))
        return await asyncio.shield(task)

    def _answered(self, url: str, done: asyncio.Task[str]) -> None:
        self._asking.pop(url, None)
        if not done.cancelled():
            done.exception()  # looked at: all who waited may have gone away


async def _fetch(url: str) -> str:
    from lenskeep.outside.openid.fetching import Question, ask

    host = urlsplit(url).hostname
    try:
        reply = await ask(Question(url))
    except Unavailable as error:
        raise Unavailable(f"the keys at {host} cannot be fetched: {error}") from None
    if reply.status != 200:
        raise Unavailable(f"the keys at {host} cannot be fetched: status {reply.status}")
    return json.dumps(dict(reply.body))
