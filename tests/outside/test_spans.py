"""Traces: what a span is part of, what it says, and what it never says."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lenskeep.base.spans import NO_SPANS
from lenskeep.outside.spans import TracedSpans
from lenskeep.outside.tracing import make_spans

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


class Kept:
    """Spans that stay in memory."""

    def __init__(self, ratio: float = 1.0) -> None:
        self._exporter = InMemorySpanExporter()
        self.spans = TracedSpans(SimpleSpanProcessor(self._exporter), ratio)

    @property
    def finished(self) -> dict[str, ReadableSpan]:
        """By name."""
        return {each.name: each for each in self._exporter.get_finished_spans()}


@pytest.fixture
def kept() -> Iterator[Kept]:
    """All of them."""
    made = Kept()
    yield made
    made.spans.close()


def test_steps_are_parts_of_their_request(kept: Kept) -> None:
    with kept.spans.request("management", ""), kept.spans.step("decide"), kept.spans.step("deep"):
        pass

    whole, decide, deep = (kept.finished[name] for name in ("management", "decide", "deep"))
    assert whole.parent is None
    assert decide.parent is not None
    assert deep.parent is not None
    assert decide.parent.span_id == whole.context.span_id
    assert deep.parent.span_id == decide.context.span_id


def test_what_is_noted_deep_within_is_said_of_the_request(kept: Kept) -> None:
    with kept.spans.request("management", ""), kept.spans.step("decide"):
        kept.spans.note(device="dev_1", session="", status=200)

    assert dict(kept.finished["management"].attributes or {}) == {
        "lenskeep.device": "dev_1",
        "http.response.status_code": 200,
    }
    assert not kept.finished["decide"].attributes


def test_a_program_may_name_its_trace(kept: Kept) -> None:
    with kept.spans.request("api", PARENT):
        pass

    assert f"{kept.finished['api'].context.trace_id:032x}" == TRACE


@pytest.mark.parametrize("parent", ["", "nonsense", f"00-{'0' * 32}-{'0' * 16}-01", "00-x" * 99])
def test_nonsense_begins_a_trace_of_its_own(kept: Kept, parent: str) -> None:
    with kept.spans.request("api", parent):
        pass

    assert kept.finished["api"].parent is None


def test_nobody_can_make_us_take_more_traces() -> None:
    """The flag that a caller sets counts only as a wish for none."""
    kept = Kept(ratio=0)

    with kept.spans.request("api", PARENT), kept.spans.step("decide"):
        kept.spans.note(device="dev_1")

    assert kept.finished == {}


def test_a_step_outside_of_a_request_is_none(kept: Kept) -> None:
    with kept.spans.step("read probe"):
        kept.spans.note(device="dev_1")

    assert kept.finished == {}


def test_trouble_is_marked_without_its_words(kept: Kept) -> None:
    """What an exception says may come from a stranger."""
    with pytest.raises(ValueError, match="hunter2"), kept.spans.request("api", ""):
        raise ValueError("hunter2")

    span = kept.finished["api"]
    assert (span.status.is_ok, span.status.description, span.events) == (False, "ValueError", ())


def test_one_request_ends_where_the_next_begins(kept: Kept) -> None:
    for number in (1, 2):
        with kept.spans.request(f"request {number}", ""):
            kept.spans.note(device=f"dev_{number}")
    kept.spans.note(device="nobody")

    said = [each.attributes for each in kept.finished.values()]
    assert [dict(each or {})["lenskeep.device"] for each in said] == ["dev_1", "dev_2"]


def test_without_an_endpoint_nothing_is_loaded() -> None:
    """A server without the extra runs, and one that does not ask for traces pays nothing."""
    script = (
        "import sys; import lenskeep.app; from lenskeep.outside.tracing import make_spans;"
        "make_spans('', 1.0); print(any(m.startswith('opentelemetry.sdk') for m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"
    assert make_spans("", 1.0) is NO_SPANS
