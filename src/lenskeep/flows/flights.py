"""One check at a time for the same question: who asks meanwhile waits for the same answer.

Two hundred headsets that enroll with one account in the same second cost one hashing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable


class Flights:
    """Checks under way."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[bool]] = {}

    async def once(self, question: Hashable, check: Callable[[], Awaitable[bool]]) -> bool:
        """Return the answer of the check that runs for this question, started now or before."""
        flight = self._under_way.get(question)
        if flight is None:
            flight = asyncio.ensure_future(check())
            self._under_way[question] = flight
            flight.add_done_callback(lambda _: self._under_way.pop(question, None))
        return await asyncio.shield(flight)
