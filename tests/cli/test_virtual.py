"""The headset's command line: names, plain words, exit codes."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from tests.virtual import double
from tests.virtual.double import Reply
from tests.virtual.manager import SECRET, Manager
from typer.testing import CliRunner, Result

from lenskeep.cli.virtual import app

LOCATION = "./Vendor/MSFT/Policy/Config/System/AllowLocation"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    """A double that runs in a thread of its own: the command line brings its own loop."""
    folder = tmp_path_factory.mktemp("server")
    manager = Manager(double.make_authority())
    loop = asyncio.new_event_loop()
    ready, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with double.serve(manager.authority, manager, folder) as running:
            manager.base = running.base
            ready.set()
            await done.wait()

    thread = Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    asyncio.run_coroutine_threadsafe(ready.wait(), loop).result(10)
    (folder / "ca.pem").write_bytes(manager.authority.pem)
    manager.folder = folder
    yield manager
    loop.call_soon_threadsafe(done.set)
    thread.join(10)
    loop.close()


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def enroll(server: Manager, state: Path, *more: object) -> Result:
    server.batches, server.twist = [], lambda _, reply: reply
    return call(
        "enroll", "--server", server.base, "--user", "anna@example.com", "--secret", SECRET,
        "--ca", server.folder / "ca.pem", "--build", "22621.1244", "--state", state, *more,
    )  # fmt: skip


def test_enroll_tells_each_step_and_runs_the_first_session(server: Manager, tmp_path: Path) -> None:
    result = enroll(server, tmp_path / "one")

    assert result.exit_code == 0, result.output
    assert "Looking for the server" in result.stdout
    assert "Enrolled with Double MDM." in result.stdout
    assert "Session 1: 1 messages." in result.stdout


def test_sync_prints_what_was_done(server: Manager, tmp_path: Path) -> None:
    enroll(server, tmp_path / "one", "--no-sync")
    server.batches = [double.change("Replace", "9", LOCATION, "2", "int")]

    result = call("sync", "--state", tmp_path / "one", "--json")

    told = json.loads(result.stdout)
    assert told["ended"] == "nothing_more"
    assert told["commands"] == [{"verb": "replace", "uri": LOCATION, "status": 200, "value": "2"}]


def test_a_node_is_told_to_fail(server: Manager, tmp_path: Path) -> None:
    enroll(server, tmp_path / "one", "--no-sync")
    server.batches = [double.change("Replace", "9", LOCATION, "2", "int")]

    result = call("sync", "--state", tmp_path / "one", "--fail", f"{LOCATION}=425")

    assert f"replace {LOCATION} -> 425" in result.stdout


def test_a_breach_is_told_and_ends_with_1(server: Manager, tmp_path: Path) -> None:
    enroll(server, tmp_path / "one", "--no-sync")
    server.twist = lambda _, __: Reply(b"<SyncML/>")

    result = call("sync", "--state", tmp_path / "one")

    assert result.exit_code == 1
    assert "The server breaks a rule" in result.stderr


def test_show_has_the_settings_page_and_the_tree(server: Manager, tmp_path: Path) -> None:
    enroll(server, tmp_path / "one")

    result = call("show", "--state", tmp_path / "one")

    assert "Connected: to Double MDM, as anna@example.com" in result.stdout
    assert "./DevDetail/SwV = 10.0.22621.1244" in result.stdout
    assert SECRET not in result.stdout


def test_unenroll_leaves(server: Manager, tmp_path: Path) -> None:
    enroll(server, tmp_path / "one")

    left = call("unenroll", "--state", tmp_path / "one")
    again = call("sync", "--state", tmp_path / "one")

    assert left.exit_code == 0
    assert "left management" in left.stdout
    assert again.exit_code == 1
    assert "not enrolled" in again.stderr


def test_a_wrong_secret_ends_with_1_and_the_headsets_number(
    server: Manager, tmp_path: Path
) -> None:
    result = enroll(server, tmp_path / "one", "--secret", "wrong")

    assert result.exit_code == 1
    assert "0x80180002" in result.stderr


def test_an_absent_server_ends_with_3(server: Manager, tmp_path: Path) -> None:
    result = enroll(server, tmp_path / "one", "--server", "127.0.0.1:9")

    assert result.exit_code == 3
    assert "Not reachable" in result.stderr


def test_a_fleet_is_told_as_a_whole(server: Manager, tmp_path: Path) -> None:
    server.batches = []

    result = call(
        "fleet", "--count", "2", "--server", server.base, "--secret", SECRET,
        "--ca", server.folder / "ca.pem", "--build", "22621.1244", "--json",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [row["number"] for row in told["headsets"]] == [1, 2]
    assert told["fleet"]["well"]


def test_builds_are_listed() -> None:
    result = call("builds")

    assert "HL2-19041.1128" in result.stdout
    assert "HL1-17763-Business" in result.stdout
