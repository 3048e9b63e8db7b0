"""Serves the list of the processes that serve, as they last said themselves."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from lenskeep.flows.ports import Serving
from lenskeep.store.rows import moment
from lenskeep.store.sql import Call, Executor, Row, Work
from lenskeep.store.statements import operating

_MICROSECOND: Final = timedelta(microseconds=1)


class Workers:
    """The WorkerStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def seen(self, serving: Serving) -> None:
        """Note that this process serves."""
        values = {
            "id": serving.id,
            "host": serving.host,
            "pid": serving.pid,
            "version": serving.version,
            "schema": serving.schema,
            "master_keys": serving.master_keys,
        }
        await self._executor.write(partial(_seen, values))

    async def gone(self, worker_id: str) -> None:
        """Note that it serves no more."""
        await self._executor.write(partial(_gone, worker_id))

    async def workers(self, silence: timedelta) -> tuple[Serving, ...]:
        """Return those that said so within this time."""
        return await self._executor.read(partial(_workers, silence // _MICROSECOND))

    async def sweep(self, silence: timedelta, window: timedelta) -> Mapping[str, int]:
        """Forget who was silent for so long, and wrong secrets older than the window."""
        sweeps = {
            "workers": operating.SWEEP_WORKERS.only(silence=silence // _MICROSECOND),
            "stumbles": operating.SWEEP_STUMBLES.only(window=window // _MICROSECOND),
        }
        return {
            name: await self._executor.write(partial(_sweep, call)) for name, call in sweeps.items()
        }


def _sweep(call: Call) -> Work[int]:
    gone = yield call
    return len(gone)


def _seen(values: Mapping[str, object]) -> Work[None]:
    found = yield operating.SEEN(worker_id=values["id"], new_master_keys=values["master_keys"])
    if not found:
        yield operating.ADD_WORKER(**values)


def _gone(worker_id: str) -> Work[None]:
    yield operating.WORKER_GONE.only(worker_id=worker_id)


def _workers(silence: int) -> Work[tuple[Serving, ...]]:
    found = yield operating.WORKERS(silence=silence)
    return tuple(map(_serving, found))


def _serving(row: Row) -> Serving:
    return Serving(
        id=row["id"],
        host=row["host"],
        pid=row["pid"],
        version=row["version"],
        schema=row["schema"],
        started_at=moment(row["started_at"]),
        seen_at=moment(row["seen_at"]),
        master_keys=row["master_keys"],
    )
