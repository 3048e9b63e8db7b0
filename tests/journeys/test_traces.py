"""Traces, from a request to the collector that an administrator named."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.app import initialize
from lenskeep.app.opening import open_both
from lenskeep.flows.people import new_token
from lenskeep.outside.spans import TracedSpans
from lenskeep.web.application import make_application
from lenskeep.web.watching.watched import Watched

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@dataclass
class Collector:
    """A collector of OTLP over HTTP."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def spans(self) -> list[Span]:
        """Return every span that came."""
        found: list[Span] = []
        for body in self.bodies:
            read = ExportTraceServiceRequest.FromString(body)
            for resource in read.resource_spans:
                for scope in resource.scope_spans:
                    found.extend(scope.spans)
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    """It listens on loopback."""
    made = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


async def _ask(data: Path, url: str) -> str:
    watched = Watched()
    chosen: dict[str, Any] = {"traces_endpoint": url, "traces_ratio": 1.0}
    async with open_both(data, watched, **chosen) as (house, _store):
        caller = Caller(CallerKind.CONSOLE, "test", Role.ADMIN)
        _, secret = await new_token(house, caller, "traced", "read")
        transport = httpx2.ASGITransport(make_application(house, watched))
        async with httpx2.AsyncClient(transport=transport, base_url="https://x") as client:
            headers = {"Authorization": f"Bearer {secret.reveal()}", "traceparent": PARENT}
            answer = await client.get("/api/v1/devices", headers=headers)
            assert answer.status_code == 200
            await client.post("/ManagementServer/MDM.svc", headers={"traceparent": PARENT})
            await client.get("/healthz")
        assert isinstance(watched.spans, TracedSpans)
        await asyncio.to_thread(watched.spans.close)
    assert secret.reveal() not in repr(answer.headers)
    return secret.reveal()


def test_a_request_is_a_trace_with_its_units_of_work(tmp_path: Path, collector: Collector) -> None:
    """A program's own trace goes on; what a device says of one is not looked at."""
    initialize(tmp_path)

    secret = asyncio.run(_ask(tmp_path, collector.url))

    spans = collector.spans()
    of_program = {each.name: each for each in spans if each.trace_id.hex() == TRACE}
    assert {"api", "read token_by_digest", "read devices"} <= set(of_program)
    whole = of_program["api"]
    assert of_program["read devices"].parent_span_id == whole.span_id
    said = {each.key: each.value for each in whole.attributes}
    assert said["http.request.method"].string_value == "GET"
    assert said["http.response.status_code"].int_value == 200
    assert len(said["lenskeep.request"].string_value) == 16
    (device,) = [each for each in spans if each.name == "management"]
    assert device.trace_id.hex() != TRACE
    assert not [each for each in spans if each.name == "health"]
    assert secret.encode() not in b"".join(collector.bodies)


def test_without_a_collector_nothing_waits(tmp_path: Path) -> None:
    """Spans are dropped, requests are answered."""
    initialize(tmp_path)

    asyncio.run(asyncio.wait_for(_ask(tmp_path, "http://127.0.0.1:9/v1/traces"), 60))
