"""Old and new version side by side across a migration, on PostgreSQL: the fleet notices nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests import postgres
from tests.journeys.balancing import Balancer, balancing
from tests.journeys.conftest import ROOT, Headset, Server, free_port
from tests.journeys.wishes import assign, made, profile, states, wish

from lenskeep.store.migrating import HEAD

pytestmark = pytest.mark.journey

MICROPHONE = "MixedReality/MicrophoneDisabled"
CORTANA = "Experience/AllowCortana"
ADDITIVE = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{number}", "{before}", None, None

def upgrade():
    op.create_table("novelty", sa.Column("id", sa.Text(), primary_key=True))
    op.add_column("device", sa.Column("novelty", sa.Text(), nullable=True))
    op.add_column("operation", sa.Column("weight", sa.Integer(), server_default="0"))
    op.create_index("ix_device_novelty", "device", ["novelty"])
"""
BREAKING = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "{number}", "{before}", None, None

def upgrade():
    op.execute("UPDATE era SET oldest = '{number}'")
    op.drop_column("device", "novelty")
"""


def newer(folder: Path, number: str, before: str, migration: str) -> Path:
    """Make a version with one more migration; return its source folder."""
    shutil.copytree(
        (ROOT if before == HEAD else folder.parent / before) / "src" / "lenskeep",
        folder / "src" / "lenskeep",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    store = folder / "src" / "lenskeep" / "store"
    (store / "migrations" / "versions" / f"{number}_more.py").write_text(
        migration.format(number=number, before=before)
    )
    migrating = store / "migrating.py"
    text = migrating.read_text()
    assert f'HEAD: Final = "{before}"' in text
    migrating.write_text(text.replace(f'HEAD: Final = "{before}"', f'HEAD: Final = "{number}"'))
    return folder / "src"


@dataclass
class Installation:
    """Two servers on one database and data folder, behind one public name."""

    old: Server
    new: Server
    public: Server
    balancer: Balancer
    folder: Path


@contextmanager
def installation() -> Iterator[Installation]:
    """Make the data folder with the old version; nothing runs yet."""
    number = f"{int(HEAD) + 1:04}"
    folder = Path(tempfile.mkdtemp(prefix="lenskeep-rolling-"))
    folder.chmod(0o711)
    source = newer(folder / number, number, HEAD, ADDITIVE)
    for path in (folder / number, *(folder / number).rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    public = free_port()
    with _database() as address, balancing(public, []) as balancer:
        settings = {"LENSKEEP_DATABASE": address}
        door = Server(folder / "data", public, settings=settings)
        door.make()
        old = replace(door, port=free_port(), settings=_on(settings, None))
        new = replace(door, port=free_port(), settings=_on(settings, source))
        for server in (old, new):
            server.settings["LENSKEEP_LISTEN"] = f"127.0.0.1:{server.port}"
        try:
            yield Installation(old, new, door, balancer, folder)
        finally:
            old.stop()
            new.stop()
            shutil.rmtree(folder)


@contextmanager
def _database() -> Iterator[str]:
    """An empty database that any user reaches: the servers are nobody's."""
    server = postgres.cluster()
    server.create("rolling")
    try:
        yield server.tcp_url("rolling")
    finally:
        server.drop("rolling")


def _on(settings: dict[str, str], source: Path | None) -> dict[str, str]:
    return {**settings, "PYTHONPATH": str(source)} if source else dict(settings)


def refused(server: Server, *arguments: str) -> str:
    """What `lenskeep` says when it will not."""
    done = subprocess.run(
        [sys.executable, "-m", "lenskeep", *arguments, "--data", str(server.data)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=os.environ | server.settings,
        **server.drop,
    )
    assert done.returncode == 8, f"{done.returncode}: {done.stdout}{done.stderr}"
    said: str = done.stderr
    return said


def test_a_rolling_upgrade() -> None:
    """One after the other: old alone, both, old restarted while the schema is ahead, new alone."""
    with installation() as house:
        old, new, public, balancer = house.old, house.new, house.public, house.balancer
        old.start()
        balancer.ports[:] = [old.port]
        fleet = [public.enroll_virtual() for _ in range(3)]
        assign(public, profile(public, "quiet", wish(MICROPHONE, 1)))
        sync_all(fleet)

        new.start()  # it migrates, beside the old one
        assert f'"schema": "{int(HEAD) + 1:04}"' in new.command("database", "status", "--json")
        balancer.ports[:] = [old.port, new.port]
        assign(public, profile(public, "no assistant", wish(CORTANA, 0)))
        before = dict(balancer.used)
        for _ in range(3):
            sync_all(fleet)
        assert all(balancer.used[port] > before.get(port, 0) for port in balancer.ports)
        verified(public, fleet)

        old.stop()
        old.start()  # the schema is ahead of it, which the migration allows
        fleet.append(public.enroll_virtual())
        for _ in range(3):
            sync_all(fleet)
        verified(public, fleet)

        old.stop()
        balancer.ports[:] = [new.port]
        sync_all(fleet)
        verified(public, fleet)
        assert all(once(public, each) for each in fleet)

        new.stop()
        leaves_behind(house)


def sync_all(fleet: list[Headset]) -> None:
    """Let each headset run a session."""
    for headset in fleet:
        headset.sync()


def verified(server: Server, fleet: list[Headset]) -> None:
    """Every setting of every headset was read back."""
    for headset in fleet:
        assert {MICROPHONE: "verified", CORTANA: "verified"} == states(server, headset)


def once(server: Server, headset: Headset) -> bool:
    """Whether the headset enrolled, and was given its settings, one time."""
    device = server.device_of(headset)["id"]
    lines = made(server, "GET", f"/devices/{device}/timeline?limit=200")["items"]
    told: list[str] = [each["kind"] for each in lines]
    return told.count("enrolled") == 1


def leaves_behind(house: Installation) -> None:
    """A migration that older code cannot live with says so, and older code says it plainly."""
    before, number = f"{int(HEAD) + 1:04}", f"{int(HEAD) + 2:04}"
    source = newer(house.folder / number, number, before, BREAKING)
    for path in (house.folder / number, *(house.folder / number).rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    newest = replace(house.new, settings=_on(house.new.settings, source))

    assert f"-> {number}" in newest.command("database", "migrate")

    for server in (house.old, house.new):
        words = refused(server, "serve")
        assert "made by a newer version" in words
        assert "install the newer version here too" in words
