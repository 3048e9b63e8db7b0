"""A backup is made beside a running server and brought back whole, or not at all."""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, MetaData, create_engine
from tests.postgres import cluster, empty_database
from tests.store.copying.furnished import copy, furnished, insert, sums

from lenskeep import app as house_app
from lenskeep.app.keeping import BackupOrder, Restored, RestoreOrder
from lenskeep.app.keeping.contents import start_of
from lenskeep.app.keeping.restoring import with_database
from lenskeep.base.errors import Conflict, Invalid, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemRandomness
from lenskeep.certificates.keyring import Keyring
from lenskeep.config import load_settings
from lenskeep.files.archive import (
    ArchiveReader,
    ArchiveWriter,
    End,
    Manifest,
    PassphraseLock,
    PassphraseOpener,
    StoredFile,
    TableEnd,
    TableRows,
)
from lenskeep.store.copying import Shape, Sum, dump_row, moment_of
from lenskeep.store.migrating import HEAD, migrate

WORDS = Secret("a passphrase for the tests")
LOCKS = (PassphraseLock(WORDS, cost=4),)
NOWHERE = Secret("")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a few rows; never changed."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    house_app.initialize(folder, hostname="mdm.example.org:443")
    (folder / "lenskeep.db").unlink()
    furnished(folder / "lenskeep.db")
    insert(folder / "lenskeep.db", "conversation", enrollment_id="enr_1", session="{}", nonce="old")
    for number, (verb, state) in enumerate(
        [("exec", "queued"), ("exec", "sent"), ("exec", "done"), ("replace", "queued")]
    ):
        row = {"id": f"op_{number}", "device_id": "dev_1", "enrollment_id": "enr_1"}
        insert(folder / "lenskeep.db", "operation", **row, verb=verb, state=state, session_id="7")
    return folder


@pytest.fixture
def prepared(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("copy") / "data"))


@pytest.fixture
def archive(prepared: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    return backed_up(prepared, tmp_path / "a.lenskeep")


def backed_up(data: Path, target: Path, *, with_master_key: bool = True) -> Path:
    """Make a backup; return its file."""
    order = BackupOrder(target, LOCKS, with_master_key=with_master_key)
    return asyncio.run(house_app.back_up(data, order)).path


def bring_back(archive: Path, folder: Path, database: Secret = NOWHERE) -> Restored:
    """Restore a backup."""
    order = RestoreOrder(archive, PassphraseOpener(WORDS), folder, database, keeps_database=True)
    return asyncio.run(house_app.restore(order))


def rows(path: Path, text: str) -> list[tuple[object, ...]]:
    """Return what a question brings."""
    with closing(sqlite3.connect(path)) as there:
        return there.execute(text).fetchall()


def changed(archive: Path, target: Path, change: object) -> Path:
    """Write an archive again, with other entries; whoever has the key can."""
    assert callable(change)
    with archive.open("rb") as source, target.open("wb") as out:
        writer = ArchiveWriter(out, LOCKS, SystemRandomness())
        for entry in change(list(ArchiveReader(source, PassphraseOpener(WORDS)))):
            writer.put(entry)
        writer.close()
    return target


def test_a_backup_is_one_private_file_that_shows_nothing(archive: Path, prepared: Path) -> None:
    """For its owner's eyes; neither names nor keys can be read in it."""
    content = archive.read_bytes()

    assert archive.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in archive.parent.iterdir()] == ["a.lenskeep"]
    for word in (b"mdm.example.org", b"Empfang", (prepared / "master.key").read_bytes().strip()):
        assert word not in content


def test_everything_comes_back(archive: Path, prepared: Path, tmp_path: Path) -> None:
    """Files as they were, rows as they were but for what is doubted."""
    found = bring_back(archive, tmp_path / "b")

    for name in ("master.key", "ca/root.key", "ca/devices.pem", "lenskeep.toml", "tls/server.pem"):
        assert (prepared / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert (prepared / name).stat().st_mode == (tmp_path / "b" / name).stat().st_mode
    before, after = (asyncio.run(sums(each / "lenskeep.db")) for each in (prepared, tmp_path / "b"))
    differ = {name for name in before if before[name] != after[name]}
    assert {"operation", "device", "timeline", "audit", "conversation"} == differ
    assert found.counted.tables["timeline"] == 3
    assert (tmp_path / "b" / "lenskeep.db").stat().st_mode & 0o777 == 0o600
    assert not [path.name for path in (tmp_path / "b").iterdir() if path.name.startswith(".")]


def test_no_exec_is_sent_again(archive: Path, tmp_path: Path) -> None:
    """Queued or sent, its outcome is unknown; the others are sent again; it is told and audited."""
    found = bring_back(archive, tmp_path / "b")

    path = tmp_path / "b" / "lenskeep.db"
    states = rows(path, "SELECT state FROM operation ORDER BY id")
    assert [("unknown",), ("unknown",), ("done",), ("queued",)] == states
    assert found.execs == 2
    assert [(1, 2)] == rows(path, "SELECT operations_open, operations_unknown FROM device")
    told = rows(path, "SELECT detail FROM timeline WHERE kind = 'restored' ORDER BY id")
    assert ["op_0", "op_1"] == [json.loads(str(each[0]))["operation"] for each in told]
    ((detail,),) = rows(path, "SELECT detail FROM audit WHERE action = 'house.restore'")
    assert json.loads(str(detail))["execs_in_doubt"] == "2"


def test_old_answers_to_challenges_count_no_more(archive: Path, tmp_path: Path) -> None:
    """The session is over and the nonce is another one."""
    bring_back(archive, tmp_path / "b")

    ((session, nonce),) = rows(
        tmp_path / "b" / "lenskeep.db", "SELECT session, nonce FROM conversation"
    )
    assert session is None
    assert len(str(nonce)) == 24


@asynccontextmanager
async def on_postgresql(prepared: Path, folder: Path, database: Secret) -> AsyncIterator[Path]:
    """The same house with its rows in PostgreSQL."""
    await copy(prepared / "lenskeep.db", database)
    for path in prepared.rglob("*"):
        target = folder / path.relative_to(prepared)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.name != "lenskeep.db":
            target.write_bytes(path.read_bytes())
    toml = folder / "lenskeep.toml"
    toml.write_text(with_database(toml.read_text(), database.reveal()))
    yield folder


def test_it_comes_back_on_the_other_kind_of_database(prepared: Path, tmp_path: Path) -> None:
    """From PostgreSQL to a file and from a file to PostgreSQL; the settings say which."""
    with empty_database() as first, empty_database() as second:

        async def make() -> Path:
            async with on_postgresql(prepared, tmp_path / "a", first) as folder:
                order = BackupOrder(tmp_path / "a.lenskeep", LOCKS)
                return (await house_app.back_up(folder, order)).path

        archive = asyncio.run(make())
        to_file = bring_back(archive, tmp_path / "b")
        again = backed_up(tmp_path / "b", tmp_path / "b.lenskeep")
        to_server = bring_back(again, tmp_path / "c", second)

        assert to_file.manifest.database == "postgresql"
        assert to_file.execs == 2
        assert (to_server.manifest.database, to_server.execs) == ("sqlite", 0)
        assert load_settings(tmp_path / "b").database == NOWHERE
        assert load_settings(tmp_path / "c").database == second
        there = asyncio.run(sums(second))
        assert (
            there["certificate"] == asyncio.run(sums(tmp_path / "b" / "lenskeep.db"))["certificate"]
        )
        with pytest.raises(Conflict, match="database is not empty"):
            bring_back(archive, tmp_path / "d", first)


def test_a_damaged_archive_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    """Cut off, or changed: it says where, and the folder stays empty."""
    content = archive.read_bytes()
    for damaged in (content[:-20], content[:3000] + b"X" + content[3001:]):
        archive.write_bytes(damaged)
        with pytest.raises(Invalid, match="at byte"):
            bring_back(archive, tmp_path / "b")
        assert list((tmp_path / "b").iterdir()) == []


def test_a_damaged_archive_leaves_nothing_on_postgresql(archive: Path, tmp_path: Path) -> None:
    """And the same database takes a sound one afterwards."""
    content = archive.read_bytes()
    archive.write_bytes(content[:-20])
    with empty_database() as there:
        with pytest.raises(Invalid):
            bring_back(archive, tmp_path / "b", there)
        archive.write_bytes(content)
        assert bring_back(archive, tmp_path / "b", there).counted.rows


def test_rows_that_are_not_those_put_in_are_refused(archive: Path, tmp_path: Path) -> None:
    """By whoever could seal an archive: counts and digests are held to what came."""

    def lacking(entries: list[object]) -> list[object]:
        last = max(n for n, each in enumerate(entries) if isinstance(each, TableRows))
        return entries[:last] + entries[last + 1 :]

    with pytest.raises(Invalid, match="not those that were put in"):
        bring_back(changed(archive, tmp_path / "x", lacking), tmp_path / "b")
    with pytest.raises(Invalid, match="its end is missing"):
        bring_back(changed(archive, tmp_path / "y", lambda entries: entries[:-1]), tmp_path / "b")


@pytest.mark.parametrize(
    "name", ["../escape", "/etc/passwd", "ca/../../x", ".ssh/key", "a\\b", "lenskeep.db"]
)
def test_no_file_is_written_elsewhere(archive: Path, tmp_path: Path, name: str) -> None:
    """Whatever name an archive gives it."""

    def sneaking(entries: list[object]) -> list[object]:
        return [entries[0], StoredFile(name, 0o600, b"x"), *entries[1:]]

    with pytest.raises(Invalid, match="unsound name"):
        bring_back(changed(archive, tmp_path / "x", sneaking), tmp_path / "b")


def test_a_newer_backup_is_refused_in_plain_words(archive: Path, tmp_path: Path) -> None:
    """It says which version to use."""

    def newer(entries: list[object]) -> list[object]:
        first = entries[0]
        assert isinstance(first, Manifest)
        there = {each: getattr(first, each) for each in first.__dataclass_fields__}
        return [Manifest(**there | {"schema": "0099", "version": "9.1"}), *entries[1:]]

    with pytest.raises(Conflict, match=r"made by Lenskeep 9\.1"):
        bring_back(changed(archive, tmp_path / "x", newer), tmp_path / "b")


def test_only_into_an_empty_place(archive: Path, tmp_path: Path) -> None:
    """Neither over a data folder nor over anything else; what a broken restore left is cleared."""
    (tmp_path / "b" / ".restoring-1").mkdir(parents=True)
    bring_back(archive, tmp_path / "b")

    with pytest.raises(Conflict, match="not empty"):
        bring_back(archive, tmp_path / "b")


def test_a_backup_without_the_master_key_needs_it(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the key; with it, it comes back; another one is refused."""
    archive = backed_up(prepared, tmp_path / "a", with_master_key=False)
    with pytest.raises(Conflict, match=r"master key [0-9a-f]{12} is needed"):
        bring_back(archive, tmp_path / "b")
    (tmp_path / "other").write_text("A" * 43 + "=\n")
    monkeypatch.setenv("LENSKEEP_MASTER_KEY_FILE", str(tmp_path / "other"))
    with pytest.raises(Conflict, match="is needed"):
        bring_back(archive, tmp_path / "b")

    monkeypatch.setenv("LENSKEEP_MASTER_KEY_FILE", str(prepared / "master.key"))
    bring_back(archive, tmp_path / "b")

    assert not (tmp_path / "b" / "master.key").exists()


def test_a_backup_does_not_write_over_anything(prepared: Path, tmp_path: Path) -> None:
    """A file that is there stays; a folder gets a file with a name of its own."""
    (tmp_path / "there").write_text("mine")
    with pytest.raises(Conflict, match="there already"):
        backed_up(prepared, tmp_path / "there")

    made = backed_up(prepared, tmp_path)

    assert made.name.startswith("mdm.example.org-")
    assert (tmp_path / "there").read_text() == "mine"


def test_a_backup_that_cannot_be_written_leaves_nothing(prepared: Path, tmp_path: Path) -> None:
    """It says so in plain words."""
    with pytest.raises(Unavailable, match="cannot be written"):
        backed_up(prepared, tmp_path / "missing" / "a")
    assert os.listdir(tmp_path) == []


async def test_what_is_written_meanwhile_is_not_in_it(prepared: Path, tmp_path: Path) -> None:
    """The rows are of one moment, the server goes on."""
    folder = prepared
    wrote: list[str] = []

    def tell(what: str, _done: int, _of: int) -> None:
        if not wrote:
            insert(folder / "lenskeep.db", "audit", at=1, action="later")
            wrote.append(what)

    made = await house_app.back_up(folder, BackupOrder(tmp_path / "a", LOCKS), tell)

    assert made.counted.tables["audit"] == 1
    actions = rows(folder / "lenskeep.db", "SELECT action FROM audit ORDER BY id")
    assert [("something",), ("later",), ("house.backup",)] == actions


def test_a_check_reads_it_through(archive: Path) -> None:
    """And counts; a cut one is told."""
    found = house_app.check_archive(archive, PassphraseOpener(WORDS))

    assert found.counted.tables["operation"] == 4
    assert found.counted.files >= 10
    archive.write_bytes(archive.read_bytes()[:-1])
    with pytest.raises(Invalid, match="at byte"):
        house_app.check_archive(archive, PassphraseOpener(WORDS))


def shapes_of(path: Path) -> list[Shape]:
    """Return the tables of a database of whatever version, each after those it refers to."""
    engine = create_engine(f"sqlite:///{path}")
    there = MetaData()
    there.reflect(engine)
    engine.dispose()
    return [
        Shape(
            name=table.name,
            columns=tuple(column.name for column in table.columns),
            blobs=frozenset(c.name for c in table.columns if isinstance(c.type, LargeBinary)),
            key=tuple(column.name for column in table.primary_key.columns),
        )
        for table in there.sorted_tables
        if table.name != "alembic_version"
    ]


async def older(prepared: Path, target: Path, database: Path) -> Path:
    """Write a backup as a version with an older schema made it."""
    with target.open("wb") as out:
        writer = ArchiveWriter(out, LOCKS, SystemRandomness())
        keyring = Keyring.from_text((prepared / "master.key").read_text())
        writer.put(Manifest("2026-01-01", "0.0.9", "0003", "sqlite", "a:1", keyring.ids, True))
        names = ["master.key", "lenskeep.toml"]
        names += [f"ca/{each}.{end}" for each in ("root", "devices") for end in ("pem", "key")]
        for name in names:
            writer.put(StoredFile(name, 0o600, (prepared / name).read_bytes()))
        counts = []
        async with moment_of(database) as moment:
            for shape in shapes_of(database):
                writer.put(start_of(shape, await moment.count(shape)))
                total = Sum()
                async for batch in moment.rows(shape):
                    lines = tuple(dump_row(shape, row) for row in batch)
                    for line in lines:
                        total.add(line)
                    writer.put(TableRows(lines))
                writer.put(TableEnd(total.rows, total.digest))
                counts.append(total.rows)
        writer.put(End(len(names), len(counts), sum(counts)))
        writer.close()
    return target


def test_an_older_backup_is_brought_up_to_date(prepared: Path, tmp_path: Path) -> None:
    """Its own schema is made first and filled, then migrated; on PostgreSQL too."""
    database = tmp_path / "old.db"
    migrate(database, "0003")
    insert(database, "device", id="dev_1", name="kept", state="active")
    insert(database, "audit", at=1, action="something")
    archive = asyncio.run(older(prepared, tmp_path / "a", database))

    bring_back(archive, tmp_path / "b")

    path = tmp_path / "b" / "lenskeep.db"
    assert rows(path, "SELECT name FROM device") == [("kept",)]
    assert rows(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    bare = Secret(cluster().create("bare"))
    assert bring_back(archive, tmp_path / "c", bare).counted.tables["device"] == 1
    cluster().drop("bare")
    with empty_database() as there, pytest.raises(Conflict, match="nothing was made in yet"):
        bring_back(archive, tmp_path / "d", there)
