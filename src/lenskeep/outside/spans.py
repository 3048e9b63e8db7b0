"""Spans as OpenTelemetry has them. Needs the extra `traces`; loaded by `tracing` alone.

A trace begins at our own door, and there it is decided by lot whether it is taken; a program that
uses REST may name the trace it works on, which then goes on here, but it cannot make us take
more of them. What a span holds are names, identifiers and outcomes: no message of an exception.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from lenskeep import __version__
from lenskeep.base.spans import Noted

_NAMES: Final = {"method": "http.request.method", "status": "http.response.status_code"}
"""What OpenTelemetry has names of its own for; everything else is `lenskeep.NAME`."""
_EMPTY: Final = Context()
_NOTHING: Final = nullcontext()
_request: ContextVar[Span | None] = ContextVar("request", default=None)


def exported(endpoint: str, ratio: float) -> "TracedSpans":
    """Return spans that go to this collector in batches, from a thread of their own."""
    return TracedSpans(BatchSpanProcessor(OTLPSpanExporter(endpoint)), ratio)


class TracedSpans:
    """Hears of steps and makes spans of them."""

    def __init__(self, processor: SpanProcessor, ratio: float) -> None:
        chosen = TraceIdRatioBased(ratio)
        resource = Resource(
            {
                "service.name": "lenskeep",
                "service.version": __version__,
                "service.instance.id": str(os.getpid()),
            }
        )
        sampler = ParentBased(
            chosen, remote_parent_sampled=chosen, remote_parent_not_sampled=ALWAYS_OFF
        )
        self._provider = TracerProvider(sampler=sampler, resource=resource)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("lenskeep", __version__)

    def step(self, name: str) -> AbstractContextManager[object]:
        """Return a span within the request's; nothing where that is not taken."""
        if not trace.get_current_span().is_recording():
            return _NOTHING
        return _lasting(self._tracer.start_span(name))

    def request(self, name: str, parent: str) -> AbstractContextManager[object]:
        """Return the span of a whole request, part of the trace `parent` where that is one."""
        before = _EMPTY
        if parent:
            carrier = {"traceparent": parent}
            before = TraceContextTextMapPropagator().extract(carrier, _EMPTY)
        return _whole(self._tracer.start_span(name, before, SpanKind.SERVER))

    def note(self, **noted: Noted) -> None:
        """Say this of the request's span."""
        span = _request.get()
        if span is None or not span.is_recording():
            return
        for name, value in noted.items():
            if value != "":
                span.set_attribute(_NAMES.get(name, f"lenskeep.{name}"), value)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


@contextmanager
def _whole(span: Span) -> Iterator[None]:
    token = _request.set(span)
    try:
        with _lasting(span):
            yield
    finally:
        _request.reset(token)


@contextmanager
def _lasting(span: Span) -> Iterator[None]:
    with trace.use_span(
        span, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
