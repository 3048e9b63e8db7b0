"""What the house does for itself, as duties that one process at a time does under a lease."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from lenskeep.app.opening import on_store
from lenskeep.enrollment.credentials import ATTEMPTS_WINDOW
from lenskeep.flows.desired.casting.renewing import renew
from lenskeep.flows.house import House
from lenskeep.flows.housekeeping import TASKS, Task
from lenskeep.flows.ports import Lease
from lenskeep.store import Store, serve
from lenskeep.store.operating.leases import Fenced
from lenskeep.work.rounds import Duty

log = structlog.get_logger()

KEEP_WORKERS: Final = timedelta(days=1)
"""So long a process that fell silent stays on the list, for whoever looks for a reason."""
_RENEW_EVERY: Final = timedelta(hours=1)
"""While processes are exchanged one by one, an old one may make a tree with the old catalog
after a new one has looked."""
_FORGET_EVERY: Final = timedelta(minutes=1)


def duties(house: House, store: Store) -> tuple[Duty, ...]:
    """Return what is to be done, all of it on a store that writes under the lease alone."""

    def below(lease: Lease) -> Store:
        return serve(Fenced(store.executor, lease))

    async def forget(lease: Lease) -> None:
        await below(lease).workers.sweep(KEEP_WORKERS, 2 * ATTEMPTS_WINDOW)

    async def renewal(lease: Lease) -> None:
        await _renew(on_store(house, below(lease)))

    return (
        Duty("wanted trees", _RENEW_EVERY, renewal, at_start=True),
        *(_duty(task, lambda lease: on_store(house, below(lease))) for task in TASKS),
        Duty("wrong secrets", _FORGET_EVERY, forget),
    )


def _duty(task: Task, house_of: Callable[[Lease], House]) -> Duty:
    return Duty(task.name, task.every, lambda lease: task.do(house_of(lease)))


async def _renew(house: House) -> None:
    """Make the wanted trees anew where the catalog, or we, changed since they were made."""
    found = await renew(house)
    if found.cohorts or found.kept:
        log.info("wanted_trees_renewed", cohorts=found.cohorts, kept=found.kept)
