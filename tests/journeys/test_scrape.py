"""One scrape shows all workers; and a server that is told to stop says so first."""

import re
import time
from collections.abc import Iterator

import pytest
from tests.journeys.conftest import Server
from tests.journeys.hosts import Crewed, crewed, end

pytestmark = pytest.mark.journey

SCRAPES = 6
"""On connections of their own: with two workers, all by the same one happens once in thirty."""
SYNCS = 3


@pytest.fixture(scope="module")
def crew() -> Iterator[Crewed]:
    """Two workers."""
    with crewed() as running:
        yield running


def values(text: str, name: str) -> dict[str, float]:
    """Return a metric's values by its labels."""
    found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.M)
    return {labels: float(value) for labels, value in found}


def test_whoever_answers_tells_of_all(crew: Crewed) -> None:
    headset = crew.enroll_virtual()
    sent = sum(headset.sync().messages for _ in range(SYNCS))
    time.sleep(1.5)  # each process looks at itself once a second

    pages = [crew.get("/metrics").text for _ in range(SCRAPES)]

    answered = [sum(values(page, "lenskeep_messages_total").values()) for page in pages]
    assert answered == [sent] * SCRAPES
    scraped = [sum(values(page, "lenskeep_request_seconds_count").values()) for page in pages]
    assert scraped == sorted(scraped)
    assert scraped[-1] - scraped[0] == SCRAPES - 1
    for page in pages:
        assert len(values(page, "lenskeep_resident_bytes")) == 2
        assert values(page, "lenskeep_devices") == {'state="managed"': 1}
        assert sum(values(page, "lenskeep_workers").values()) in (1, 2)


def test_what_a_dead_worker_counted_stays_and_its_gauges_go(crew: Crewed) -> None:
    before = crew.get("/metrics").text
    victim = crew.workers()[0]
    end(victim)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        after = crew.get("/metrics").text
        resident = values(after, "lenskeep_resident_bytes")
        if len(resident) == 2 and f'worker="{victim}"' not in resident:
            break
        time.sleep(0.2)

    assert len(resident) == 2
    assert f'worker="{victim}"' not in resident
    for name in ("lenskeep_messages_total", "lenskeep_request_seconds_count"):
        total = sum(values(after, name).values())
        assert total >= sum(values(before, name).values()), name


def test_told_to_stop_it_says_so_and_serves_on_for_the_notice(own_server: Server) -> None:
    """A balancer has the time to look away; a headset that comes meanwhile is served."""
    own_server.stop()
    own_server.settings["LENSKEEP_STOP_NOTICE_SECONDS"] = "8"
    own_server.start()
    headset = own_server.enroll_virtual()
    assert own_server.process is not None
    assert own_server.get("/readyz").status_code == 200

    own_server.process.terminate()
    deadline = time.monotonic() + 3
    while (answer := own_server.get("/readyz")).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert own_server.get("/livez").status_code == 200
    assert headset.sync().messages >= 2
    assert own_server.process.wait(25) == 0
