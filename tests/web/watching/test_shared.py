"""Several processes, one page: counters add up, and what ended leaves its counts."""

import os
import subprocess
import sys
from pathlib import Path

from lenskeep.web.watching.shared import FOLDER, Shared, is_shared, shared_numbers

COUNT = """
import sys
from lenskeep.web.watching.meters import Meters
meters = Meters()
meters.count("management", 200, 0.01)
meters.committed(3)
meters.connections.labels("known").set(int(sys.argv[1]))
print(meters.worker)
"""
SHOW = """
from prometheus_client.exposition import generate_latest
from lenskeep.web.watching.shared import all_numbers
print(generate_latest(all_numbers()).decode())
"""


def run(shared: Shared, script: str, *arguments: str) -> str:
    """Run a script in a process of its own that shares its numbers."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, **shared.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_one_page_shows_all_processes() -> None:
    with shared_numbers() as shared:
        first, second = (int(run(shared, COUNT, size)) for size in ("5", "7"))
        before = run(shared, SHOW)
        shared.forget(first)
        after = run(shared, SHOW)

    for text in (before, after):
        assert 'lenskeep_requests_total{door="management",status="200"} 2.0' in text
        assert 'lenskeep_request_seconds_bucket{door="management",le="0.01"} 2.0' in text
        assert "lenskeep_commit_units_sum 6.0" in text
    assert 'lenskeep_connections{kind="known"} 12.0' in before
    assert 'lenskeep_connections{kind="known"} 7.0' in after
    assert second != first


def test_nothing_is_left_behind() -> None:
    with shared_numbers() as shared:
        run(shared, COUNT, "1")
        folder = Path(shared.folder)
        assert list(folder.iterdir())

    assert not folder.exists()


def test_a_process_alone_shares_nothing() -> None:
    assert FOLDER not in os.environ
    assert not is_shared()
