"""`lenskeep virtual fleet` as it is typed: what it refuses, shows and says in the end."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lenskeep.cli.main import make_app
from lenskeep.cli.virtual.fleet.progress import progress_for
from lenskeep.cli.virtual.fleet.verdict import print_verdict
from lenskeep.virtual.fleet import FleetPlan, FleetRow, Shelf, Tally
from lenskeep.virtual.headset import VirtualHeadset

ROWS = (FleetRow(1, "HOLOLENS-1", "HL2-22621.1244"), FleetRow(2, "HOLOLENS-2", "x", problem="no"))


def call(*arguments: str) -> tuple[int, str]:
    """Run a command of `virtual`; return its status and what it said."""
    result = CliRunner().invoke(make_app(), ["virtual", *arguments])
    return result.exit_code, result.output


def counted() -> Tally:
    """Return what a run has counted."""
    tally = Tally()
    tally.begun["idle"] = tally.finished["idle"] = 3
    tally.messages = 1234
    for seconds in (0.01, 0.011, 0.2):
        tally.took("first message", seconds)
    tally.happened("held back")
    return tally


@pytest.mark.parametrize(
    ("option", "text"),
    [("--mix", "sleep=1"), ("--arrivals", "never"), ("--faults", "fire=1%")],
)
def test_what_is_asked_wrongly_is_refused_before_anything_is_done(option: str, text: str) -> None:
    more = () if option == "--mix" else ("--mix", "idle=1")

    status, said = call("fleet", "--count", "1", "--secret", "x", *more, option, text)

    assert status == 1
    assert option.removeprefix("--") in said


def test_app_installs_need_somebody_who_orders_them() -> None:
    arguments = ("--count", "1", "--secret", "x", "--server", "127.0.0.1:9", "--mix", "app=1")

    status, said = call("fleet", *arguments)

    assert status == 1
    assert "administrator's token" in said


def test_a_run_that_held_is_drawn_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict(ROWS[:1], counted(), 1.5)

    said = capsys.readouterr().out
    assert "idle: 3 begun, 3 finished" in said
    assert "first message: 3; p50 12, p95 200, p99 200, longest 200 ms" in said
    assert "██████" in said
    assert "held back 1" in said
    assert "Verdict: it held." in said


def test_a_run_that_did_not_hold_says_what_and_how_often(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tally = counted()
    tally.blame(tally.doubled, "Exec ./Lock", 2)
    tally.blame(tally.lost, "the answer was lost", 2)

    print_verdict(ROWS, tally, 1.5)

    said = capsys.readouterr()
    assert "1 of 2 headsets are well" in said.out
    assert "Doubled: 1\n  1 x Exec ./Lock" in said.out
    assert "Verdict: it did not hold, 2 times." in said.out
    assert "headset 2: the answer was lost" in said.err


def test_progress_is_a_line_of_json_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_for(FleetPlan(1, "", "")) as progress:
        progress.show(counted())

    told = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (told["sessions"], told["messages"], told["held_back"]) == (3, 1234, 1)


def test_a_headset_is_unpacked_for_the_other_commands(tmp_path: Path) -> None:
    with closing(Shelf(tmp_path / "fleet")) as shelf:
        name = VirtualHeadset.living_in(shelf.slot(7)).device.state.hardware.name

    status, _ = call("unpack", str(tmp_path / "fleet"), "7", "--to", str(tmp_path / "one"))
    _, shown = call("show", "--state", str(tmp_path / "one"))

    assert status == 0
    assert name in shown


def test_a_folder_without_a_packed_fleet_is_not_unpacked(tmp_path: Path) -> None:
    status, said = call("unpack", str(tmp_path), "1", "--to", str(tmp_path / "one"))

    assert status == 1
    assert "no packed fleet" in said
