"""A running server is backed up, lost, and brought back; the fleet goes on, and nothing twice."""

import asyncio
import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.journeys import wishes
from tests.journeys.conftest import Headset, Server
from tests.postgres import cluster, empty_database

from lenskeep import app as house_app
from lenskeep.app.keeping import BackupOrder, Restored, RestoreOrder
from lenskeep.base.secret import Secret
from lenskeep.files.archive import PassphraseLock, PassphraseOpener
from lenskeep.virtual.session.commands import Executor
from lenskeep.virtual.trouble import SessionRefused

pytestmark = pytest.mark.journey

WORDS = Secret("a passphrase for the tests")
LOCK = "./Vendor/MSFT/RemoteLock/Lock"
CORTANA, CAMERA = "Experience/AllowCortana", "Camera/AllowCamera"


@pytest.fixture
def done_by_headset(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what headsets really carried out, by verb and node; changes nothing."""
    counted: Counter[str] = Counter()
    carry_out = Executor.carry_out

    def counting(self: Executor, *arguments: Any, **more: Any) -> Any:
        execution = carry_out(self, *arguments, **more)
        counted.update(f"{done.verb} {done.uri}" for done in execution.done)
        return execution

    monkeypatch.setattr(Executor, "carry_out", counting)
    return counted


def back_up(server: Server, archive: Path) -> None:
    """Make a backup beside the running server."""
    order = BackupOrder(archive, (PassphraseLock(WORDS, cost=4),))
    asyncio.run(house_app.back_up(server.data, order))


def bring_back(archive: Path, folder: Path, database: str = "") -> Restored:
    """Restore it."""
    opener = PassphraseOpener(WORDS)
    order = RestoreOrder(archive, opener, folder, Secret(database), keeps_database=True)
    return asyncio.run(house_app.restore(order))


@contextmanager
def restored(lost: Server, archive: Path, database: str = "") -> Iterator[tuple[Server, Restored]]:
    """Run a server on what was restored, where the lost one was."""
    folder = Path(tempfile.mkdtemp(prefix="lenskeep-journey-"))
    folder.chmod(0o711)
    home = {"HOME": str(folder)}  # where the database driver looks for keys: not at root's
    server = Server(folder / "data", lost.port, api_token=lost.api_token, settings=home)
    try:
        found = bring_back(archive, server.data, database)
        if server.drop:
            for path in (server.data, *server.data.rglob("*")):
                os.chown(path, server.drop["user"], server.drop["group"])
        server.start()
        yield server, found
    finally:
        server.stop()
        print(server.log())
        shutil.rmtree(folder)


def sync_until_settled(server: Server, headset: Headset) -> dict[str, str]:
    """Sync a few times; return how its settings stand."""
    for _ in range(4):
        headset.sync()
        states = wishes.states(server, headset)
        if set(states.values()) == {"verified"}:
            break
    return states


def test_a_fleet_goes_on_after_its_server_was_lost(
    own_server: Server, done_by_headset: Counter[str], tmp_path: Path
) -> None:
    """What was open is not done twice; what was changed since is put back, and read back."""
    server, archive = own_server, tmp_path / "a.lenskeep"
    profile = wishes.profile(server, "base", wishes.wish(CORTANA, 0))
    wishes.assign(server, profile)
    first, second, late = (server.enroll_virtual() for _ in range(3))
    for each in (first, second):
        assert sync_until_settled(server, each) == {CORTANA: "verified"}
    locks = [server.queue(server.device_of(each)["id"], "exec", LOCK) for each in (first, second)]
    get = server.queue(server.device_of(first)["id"], "get", "./DevDetail/SwV")

    talking = threading.Thread(target=late.sync)  # a session is under way meanwhile
    talking.start()
    back_up(server, archive)
    talking.join()
    first.sync()  # does what was open when the backup was made
    wishes.save(server, profile, 1, wishes.wish(CORTANA, 1), wishes.wish(CAMERA, 0))
    sync_until_settled(server, first)
    unheard = server.enroll_virtual()
    unheard.sync()
    server.kill()
    assert done_by_headset[f"exec {LOCK}"] == 1

    with restored(server, archive) as (after, found):
        assert (found.execs, found.headsets) == (2, 3)
        device = after.device_of(first)["id"]
        for each in (first, second, late):
            assert sync_until_settled(after, each) == {CORTANA: "verified"}
        for headset, lock in zip((first, second), locks, strict=True):
            operation = after.operation(after.device_of(headset)["id"], lock["id"])
            assert (operation["state"], operation["status"]) == ("unknown", None)
            assert "queue it again" in operation["status_text"]
        assert after.operation(device, get["id"])["state"] == "done"
        assert done_by_headset[f"exec {LOCK}"] == 1
        timeline = after.get(f"/api/v1/devices/{device}/timeline").json()["items"]
        assert "restored" in [each["kind"] for each in timeline]
        with pytest.raises(SessionRefused):
            unheard.sync()
        assert "certificate is unknown" in after.log()


def test_a_server_moves_to_postgresql_by_a_backup(own_server: Server, tmp_path: Path) -> None:
    """A headset without a certificate, too: its nonce has gone further than the backup, so it is
    challenged, and goes on.
    """
    profile = wishes.profile(own_server, "base", wishes.wish(CORTANA, 0))
    wishes.assign(own_server, profile)
    headset = own_server.enroll_virtual()
    headset.sync(client_certificate=False)
    back_up(own_server, tmp_path / "a.lenskeep")
    headset.sync(client_certificate=False)
    own_server.kill()

    with empty_database() as there:
        name = there.reveal().partition("@/")[2].partition("?")[0]
        address = cluster().tcp_url(name)
        with restored(own_server, tmp_path / "a.lenskeep", address) as (after, found):
            assert (found.execs, found.headsets) == (0, 1)
            assert headset.sync(client_certificate=False).messages
            assert sync_until_settled(after, headset) == {CORTANA: "verified"}
