"""The load client against a real server: a mix of sessions with everything going wrong at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys.conftest import Server

from lenskeep.virtual.headset import VirtualHeadset

pytestmark = pytest.mark.journey

COUNT = 30
FAULTS = "lose-answer=3%,lose-request=3%,double=3%,truncate=3%,reorder=3%,drop=3%"
LOCATION = "./Device/Vendor/MSFT/Policy/Config/System/AllowLocation"


def fleet(server: Server, folder: Path, *arguments: str) -> tuple[int, dict[str, object], str]:
    """Run `lenskeep virtual fleet`; return its status, its report and its progress."""
    token = folder / "token"
    token.write_text(server.api_token)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "lenskeep", "virtual", "fleet", "--count", str(COUNT)),
            *("--server", server.url, "--ca", str(server.ca_path), "--json"),
            *("--admin-token-file", str(token), *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_mixed_load_with_faults_loses_nothing_and_doubles_nothing(
    running_server: Server, tmp_path: Path
) -> None:
    """Idle calls, changes and app installs by 30 headsets; a second command goes on with them."""
    state, code = str(tmp_path / "fleet"), running_server.new_code(uses=COUNT)

    status, report, progress = fleet(
        running_server,
        tmp_path,
        *("--state", state, "--secret", code, "--mix", "idle=60,change=25,app=15"),
        *("--arrivals", "steady:40", "--sessions", "2", "--faults", FAULTS, "--seed", "5"),
    )

    told = report["fleet"]
    assert isinstance(told, dict)
    assert (status, told["examples"]) == (0, []), progress
    assert told["headsets"] == COUNT
    assert sum(told["finished"].values()) == sum(told["begun"].values()) == 2 * COUNT
    assert told["happenings"]["retried"] > 0, "things did go wrong on the way"
    assert set(told["times"]) >= {"handshake", "enroll", "first message", "later message"}
    assert json.loads(progress.splitlines()[-1])["sessions"] == 2 * COUNT

    status, report, _ = fleet(running_server, tmp_path, "--state", state, "--mix", "idle=1")

    again = report["fleet"]
    assert isinstance(again, dict)
    assert (status, again["finished"]) == (0, {"idle": COUNT})
    assert "enroll" not in again["times"], "they were enrolled before"
    changed = [
        headset
        for number in range(1, COUNT + 1)
        if (headset := VirtualHeadset.open(tmp_path / "fleet" / f"{number:04d}")).value(LOCATION)
        == "1"
    ]
    assert 0 < len(changed) < COUNT, "only those whose turn it was got the change"


def test_a_fleet_renews_over_the_wire(own_server: Server, tmp_path: Path) -> None:
    """After a rotation began every headset may renew, once; then it checks in."""
    state, code = tmp_path / "fleet", own_server.new_code(uses=COUNT)
    fleet(own_server, tmp_path, "--state", str(state), "--secret", code)
    before = certificates(state)
    begun = own_server.request("POST", "/api/v1/authority/rotate", {"renew_now": False})
    assert begun.status_code == 200, begun.text

    status, report, progress = fleet(
        own_server, tmp_path, "--state", str(state), "--mix", "renewal=1", "--sessions", "2"
    )

    told = report["fleet"]
    assert isinstance(told, dict)
    assert (status, told["examples"]) == (0, []), progress
    assert told["finished"] == {"renewal": COUNT, "idle": COUNT}
    assert not before & certificates(state)


def certificates(state: Path) -> set[bytes]:
    """Return the certificates of a fleet that is kept."""
    folders = (state / f"{number:04d}" for number in range(1, COUNT + 1))
    return {VirtualHeadset.open(each).identity().certificate for each in folders}


def test_a_refusal_is_counted_and_ends_with_1(running_server: Server, tmp_path: Path) -> None:
    """A code for 29 lets 29 in; one is refused, which the verdict says."""
    code = running_server.new_code(uses=COUNT - 1)

    status, report, _ = fleet(running_server, tmp_path, "--secret", code, "--processes", "2")

    told = report["fleet"]
    assert isinstance(told, dict)
    assert status == 1
    assert told["headsets"] == COUNT - 1
    assert sum(told["refused"].values()) == 1
