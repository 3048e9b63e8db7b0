"""Puts meters and spans around what is served: the one place that knows both sides."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from cryptography import x509

from lenskeep.config import Settings
from lenskeep.flows.house import House
from lenskeep.flows.ports import Lease
from lenskeep.outside.tracing import make_spans
from lenskeep.store import Store, serve
from lenskeep.store.sqlite.executor import SqliteExecutor
from lenskeep.store.watching.counting import Watch
from lenskeep.store.watching.executor import WatchedExecutor
from lenskeep.web.server import Front
from lenskeep.web.watching.meters import Meters
from lenskeep.web.watching.watched import Watched
from lenskeep.work.hashing import PasswordHasher
from lenskeep.work.rounds import Duty

if TYPE_CHECKING:
    from lenskeep.store.postgresql.executor import PostgresExecutor

ROOT: Final = "root"
DEVICES: Final = "devices"
SERVER: Final = "server"


def watch(watched: Watched, settings: Settings, store: Store, hasher: PasswordHasher) -> Store:
    """Return the store with everything told that happens in it."""
    watched.spans = make_spans(settings.traces_endpoint, settings.traces_ratio)
    inner = store.executor
    executor = WatchedExecutor(inner, watched.meters, watched.spans)
    watched.store = Watch(executor)
    if isinstance(inner, SqliteExecutor):
        inner.committed = watched.meters.committed
    watched.looks.append(lambda meters: meters.hashings.set(hasher.waiting))
    if hasattr(inner, "pool"):  # PostgreSQL's; its driver is loaded only where it is used
        watched.looks.append(_PostgresLook(cast("PostgresExecutor", inner)))
    return serve(executor)


class _PostgresLook:
    """Tells how the connections stand, and how many units were begun again since it last did."""

    def __init__(self, executor: "PostgresExecutor") -> None:
        self._executor = executor
        self._told = 0

    def __call__(self, meters: Meters) -> None:
        """Look."""
        pool, begun_again = self._executor.pool, self._executor.begun_again
        meters.pool.labels("busy").set(pool.busy)
        meters.pool.labels("waiting").set(pool.waiting)
        meters.begun_again.inc(begun_again - self._told)
        self._told = begun_again


def watch_duties(watched: Watched, duties: Sequence[Duty]) -> list[Duty]:
    """Return the duties with everything told that happens in them."""
    return [replace(each, do=partial(_do, watched, each)) for each in duties]


async def _do(watched: Watched, duty: Duty, lease: Lease) -> None:
    started = time.perf_counter()
    with watched.spans.request(f"duty {duty.name}", ""):
        try:
            await duty.do(lease)
        except Exception:
            watched.meters.duty_failed.labels(duty.name).inc()
            raise
        finally:
            watched.meters.duty.labels(duty.name).observe(time.perf_counter() - started)


def watch_certificates(watched: Watched, house: House, front: Front) -> None:
    """Tell when our own certificates end; asked again for every page of metrics."""

    def ends() -> dict[str, datetime]:
        root = x509.load_der_x509_certificate(house.trust.root_der)
        return {
            ROOT: root.not_valid_after_utc,
            DEVICES: house.trust.devices.certificate.not_valid_after_utc,
            SERVER: front.ends_at,
        }

    watched.ends = ends
