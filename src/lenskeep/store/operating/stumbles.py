"""Serves the count of wrong secrets, which all processes keep together."""

from datetime import timedelta
from functools import partial
from typing import Final

from lenskeep.flows.ports import Stumble, Stumbled
from lenskeep.store.sql import Executor, Query, Work
from lenskeep.store.statements import operating

_MICROSECOND: Final = timedelta(microseconds=1)


class Stumbles:
    """The StumbleStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def add(self, stumble: Stumble, window: timedelta) -> Stumbled:
        """Count a wrong secret; return how long ago those of the window were, this one first."""
        return await self._executor.write(partial(_add, stumble, window // _MICROSECOND))


def _add(stumble: Stumble, window: int) -> Work[Stumbled]:
    yield operating.ADD_STUMBLE(
        purpose=stumble.purpose, account=stumble.account, address=stumble.address
    )
    latest = partial(_latest, stumble.purpose, window)
    account = yield from latest(operating.OF_ACCOUNT, stumble.account, stumble.most_of_account)
    address = yield from latest(operating.OF_ADDRESS, stumble.address, stumble.most_of_address)
    return Stumbled(account, address)


def _latest(
    purpose: str, window: int, query: Query, subject: str, most: int
) -> Work[tuple[timedelta, ...]]:
    found = yield query(purpose=purpose, subject=subject, window=window, most=most)
    return tuple(max(row["ago"], 0) * _MICROSECOND for row in found)
