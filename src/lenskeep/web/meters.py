"""Numbers for a monitoring system, in Prometheus' text form."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest
from starlette.requests import Request
from starlette.responses import Response

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Meters:
    """The meters of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "lenskeep_requests_total",
            "Requests answered",
            ["door", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "lenskeep_request_seconds",
            "Seconds from the request's headers to the end of its answer",
            ["door"],
            buckets=_SECONDS,
            registry=self._registry,
        )

    def count(self, door: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(door, str(status)).inc()
        self._seconds.labels(door).observe(seconds)

    async def page(self, _request: Request) -> Response:
        """Answer GET /metrics."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
