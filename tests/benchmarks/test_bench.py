"""The benchmarks work from end to end; what they measure is nobody's to assert."""

import json
from pathlib import Path

import pytest
from benchmarks.__main__ import main
from benchmarks.bench.rows import IDLE, KEPT, Row, Sample
from benchmarks.bench.table import Found, Memory, Size, markdown, plain, verdicts


@pytest.mark.journey
def test_an_idle_check_in_is_measured_against_the_floor(tmp_path: Path) -> None:
    """Both sides answer every message, and the status says whether every target was kept."""
    told = tmp_path / "found.json"

    status = main(
        ["--tiny", "--quiet", "--database", "sqlite", "--only", "idle", "--json", str(told)]
    )

    found = json.loads(told.read_text("utf-8"))
    rows = {(each["name"], each["connection"]): each for each in found["rows"]}
    idle = rows[IDLE, KEPT]
    assert 1 == idle["messages"]
    assert all(each["sessions_s"] > 0 for each in (*idle["floor"], *idle["ours"]))
    assert status == (1 if any(each["kept"] is False for each in found["verdicts"]) else 0)


def sample(rate: float) -> Sample:
    """A round at this rate."""
    return Sample(rate, 1.0, 0.0, 0.1, 1.0, 2.0)


def test_the_ratio_is_the_middle_of_the_rounds_own() -> None:
    """One round in which the machine was busy moves nothing."""
    row = Row(IDLE, "SQLite", 1, KEPT)
    row.floor += [sample(100), sample(100), sample(10)]
    row.ours += [sample(80), sample(70), sample(1)]

    assert 0.7 == row.ratio


def test_a_missed_target_is_named_with_the_worst_that_was_found() -> None:
    """Of several databases the worst counts; what was not measured is neither kept nor missed."""
    found = Found()
    for database, rate in (("SQLite", 80), ("PostgreSQL", 60)):
        row = Row(IDLE, database, 1, KEPT)
        row.floor.append(sample(100))
        row.ours.append(sample(rate))
        found.rows.append(row)
    found.sizes += [
        Size("SQLite", "devices", 1000, 10, 1.0, (1.0, 1.0), 1.0, 1.0),
        Size("SQLite", "devices", 100_000, 10, 1.2, (1.2, 1.2), 1.2, 1.2),
        Size("SQLite", "settings", 1000, 1000, 9.0, (9.0, 9.0), 9.0, 9.0),
    ]
    found.memory.append(Memory("SQLite", 1, "the load", 121.0, 90.0))

    words = [(each.kept, each.found) for each in verdicts(found)]

    assert [
        (False, "PostgreSQL, 1 worker: 0.60"),
        (True, "SQLite: 1.20"),
        (None, ""),
        (False, "SQLite, the load: 121 MB"),
    ] == words
    assert "MISSED" in plain(found)
    assert "| SQLite | 1 | the load | 121 | 90 |" in markdown(found)
