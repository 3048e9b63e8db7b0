"""What a process counts of itself, as Prometheus takes it.

With several processes on one port each writes its numbers where all can read them
(`watching.shared`), so that one scrape shows the whole whoever answers it. Hot paths keep the
children of a metric: looking one up costs more than counting.
"""

import os
from functools import cache
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from lenskeep.web.watching.shared import is_shared

REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STORE_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)
LAG_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
COMMIT_UNITS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

REQUESTS: Final = "lenskeep_requests_total"
SECONDS: Final = "lenskeep_request_seconds"
MESSAGES: Final = "lenskeep_messages_total"
SESSIONS: Final = "lenskeep_sessions_total"
STEPS: Final = "lenskeep_enrollment_steps_total"
AGAIN: Final = "lenskeep_decided_again_total"
HELD_BACK: Final = "lenskeep_held_back_total"
LANE: Final = "lenskeep_lane_requests"
CONNECTIONS: Final = "lenskeep_connections"
CUT: Final = "lenskeep_connections_cut_total"
STORE: Final = "lenskeep_store_seconds"
UNITS: Final = "lenskeep_store_units"
FAILED: Final = "lenskeep_store_failures_total"
COMMITS: Final = "lenskeep_commit_units"
POOL: Final = "lenskeep_database_connections"
BEGUN_AGAIN: Final = "lenskeep_units_begun_again_total"
HASHINGS: Final = "lenskeep_hashings_waiting"
LAG: Final = "lenskeep_loop_lag_seconds"
RESIDENT: Final = "lenskeep_resident_bytes"
PROCESSOR: Final = "lenskeep_processor_seconds_total"
STARTED: Final = "lenskeep_started_timestamp_seconds"
DUTY: Final = "lenskeep_duty_seconds"
DUTY_FAILED: Final = "lenskeep_duty_failures_total"


class Meters:
    """The meters of one process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # twice as many lines
        self.registry = None if is_shared() else CollectorRegistry()
        self.worker = str(os.getpid())
        self._requests = self._counter(REQUESTS, "Requests answered", "door", "status")
        self._seconds = self._histogram(
            SECONDS, "Seconds from the headers to the end of the answer", REQUEST_SECONDS, "door"
        )
        self.messages = self._counter(MESSAGES, "Management messages by outcome", "outcome")
        self.sessions = self._counter(SESSIONS, "Management sessions that ended", "outcome")
        self.steps = self._counter(STEPS, "Steps of enrollments", "step", "outcome")
        self.again = self._counter(AGAIN, "Messages decided again: the record had changed")
        self.held_back = self._counter(HELD_BACK, "Requests answered 429", "lane", "reason")
        self.lane = self._gauge(LANE, "Requests inside, by lane", "lane", "state")
        self.connections = self._gauge(CONNECTIONS, "Open connections", "kind")
        self.cut = self._counter(CUT, "Connections that we ended", "reason")
        self._store = self._histogram(
            STORE, "Seconds of one unit of work, waiting included", STORE_SECONDS, "kind"
        )
        self._units = self._gauge(UNITS, "Units of work begun and not ended", "kind")
        self._failed = self._counter(FAILED, "Units of work that failed", "kind", "reason")
        self._commits = self._histogram(COMMITS, "Units that shared one commit", COMMIT_UNITS)
        self.pool = self._gauge(POOL, "Connections to the database", "state")
        self.begun_again = self._counter(BEGUN_AGAIN, "Units of work that were begun again")
        self.hashings = self._gauge(HASHINGS, "Passwords that wait to be checked")
        self.lag = self._histogram(LAG, "Seconds by which the event loop is late", LAG_SECONDS)
        self.resident = self._gauge(RESIDENT, "Memory in use", "worker")
        self.processor = self._counter(PROCESSOR, "Processor time used", "worker")
        self.started = self._gauge(STARTED, "When the process began", "worker")
        self.duty = self._histogram(DUTY, "Seconds of one background duty", REQUEST_SECONDS, "duty")
        self.duty_failed = self._counter(DUTY_FAILED, "Background duties that failed", "duty")
        self._request = cache(self._requests.labels)
        self._second = cache(self._seconds.labels)
        self._kinds = {
            kind: (self._store.labels(kind), self._units.labels(kind)) for kind in ("read", "write")
        }

    # --- hot paths ------------------------------------------------------------------------

    def count(self, door: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._request(door, str(status)).inc()
        self._second(door).observe(seconds)

    def began(self, kind: str) -> None:
        """Count a unit of work that is handed to the store: `read` or `write`."""
        self._kinds[kind][1].inc()

    def ended(self, kind: str, seconds: float, failed: str = "") -> None:
        """Count its end."""
        timed, open_ = self._kinds[kind]
        open_.dec()
        timed.observe(seconds)
        if failed:
            self._failed.labels(kind, failed).inc()

    def committed(self, units: int) -> None:
        """Count one commit and how many shared it; any thread may call it."""
        self._commits.observe(units)

    # --- making ---------------------------------------------------------------------------

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=self.registry, multiprocess_mode="livesum")

    def _histogram(
        self, name: str, words: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(name, words, labels, buckets=buckets, registry=self.registry)
