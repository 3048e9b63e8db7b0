"""The master key is exchanged: everything is sealed anew, and nothing is lost on the way."""

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.postgres import empty_database
from tests.store.copying.furnished import copy, furnished, insert

from lenskeep import app as house_app
from lenskeep.app.keeping import KeyStatus, MasterKeys
from lenskeep.app.keeping.restoring import with_database
from lenskeep.app.keeping.sealed import SEALED_COLUMNS
from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.certificates.keyring import Keyring, Stage
from lenskeep.store.copying import Place, moment_of, shapes

AT_ONCE = timedelta(seconds=1)
ENROLLMENT: dict[str, object] = {"enrollment_id": "enr_1"}
KEYS: dict[str, dict[str, object]] = {
    "provisioning": ENROLLMENT,
    "renewal": {"certificate_id": "crt_1"},
    "known": ENROLLMENT,
    "conversation": ENROLLMENT,
    "reply": ENROLLMENT,
}
SRC = Path(house_app.__file__).parents[2]


def as_stored(table: str, seal: Callable[[], str]) -> str | bytes:
    """Return sealed texts in the form in which the table has them."""
    if table == "known":
        plain = [1, [["./a", 200, 0, "chr", None, seal()], ["./b", 200, 0, "chr", "ä", seal()]]]
        return zlib.compress(json.dumps(plain, ensure_ascii=False).encode(), 6)
    if table == "conversation":
        return json.dumps({"incoming": {"data": seal()}})
    return b"sealed:" + seal().encode() if table == "reply" else seal()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with something sealed in every place where that may be; never changed."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    house_app.initialize(folder)
    path = folder / "lenskeep.db"
    path.unlink()
    furnished(path)
    insert(path, "profile", id="pro_1")
    keyring = Keyring.from_text((folder / "master.key").read_text())
    for (table, column), purposes in SEALED_COLUMNS.items():
        for number, purpose in enumerate(purposes):
            value = as_stored(table, partial(keyring.seal, purpose, b"secret"))
            if table == "enrollment":
                with closing(sqlite3.connect(path)) as there, there:
                    there.execute(f"UPDATE enrollment SET {column} = ?", (value,))
                continue
            own: dict[str, dict[str, object]] = {
                "item": {"id": purpose, "name_key": purpose},
                "revision": {"profile_id": "pro_1", "number": number + 1},
                "wanted_tree": {"id": "tree"},
            }
            insert(path, table, **{column: value}, **own.get(table, KEYS.get(table, {})))
    for number in range(2, 250):  # more than two pages
        value = keyring.seal("profile.revision", b"secret")
        insert(path, "revision", profile_id="pro_1", number=number, sealed=value)
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))


def rotate(folder: Path) -> KeyStatus:
    """Rotate."""
    return asyncio.run(MasterKeys(folder).rotate(AT_ONCE))


def drop(folder: Path) -> KeyStatus:
    """Drop the old key."""
    return asyncio.run(MasterKeys(folder).drop(AT_ONCE))


async def opened(place: Place, keyring: Keyring) -> int:
    """Open all that is sealed, with this keyring alone; return how many there were."""
    count = 0
    async with moment_of(place) as moment:
        for shape in shapes():
            async for batch in moment.rows(shape):
                for row in batch:
                    for name, value in zip(shape.columns, row, strict=True):
                        if value:
                            count += opened_in(keyring, shape.name, name, value)
    return count


def opened_in(keyring: Keyring, table: str, column: str, value: object) -> int:
    """Open what is sealed in one value."""
    if isinstance(value, bytes):
        plain = zlib.decompress(value) if value[:1] == b"\x78" else value
        value = plain.decode("utf-8", "replace")
    found = re.findall(r"lk1:[^\"]+", str(value))
    for sealed in found:
        purposes = SEALED_COLUMNS[table, column]
        plains = [keyring.open(each, sealed) for each in purposes if opens(keyring, each, sealed)]
        assert [b"secret"] == plains
    return len(found)


def opens(keyring: Keyring, purpose: str, sealed: str) -> bool:
    """Say whether it was sealed for this purpose."""
    try:
        keyring.open(purpose, sealed)
    except Unavailable:
        return False
    return True


def keyring_of(folder: Path) -> Keyring:
    """Return the keyring of a folder as it is now."""
    return Keyring.from_text((folder / "master.key").read_text())


def test_everything_is_sealed_anew_and_the_old_key_goes(folder: Path) -> None:
    """In every column, and the private keys in the folder; digests stay as they were."""
    before = keyring_of(folder)
    total = asyncio.run(opened(folder / "lenskeep.db", before))

    rotated = rotate(folder)
    dropped = drop(folder)

    assert (rotated.stage, dropped.stage) == (Stage.SWITCHED, Stage.AT_REST)
    assert rotated.sealed_with(before.current_id) == 0
    assert rotated.sealed_with(rotated.keys[0]) == total + 4  # ca: three, tls: one
    after = keyring_of(folder)
    assert after.ids == (rotated.keys[0],)
    assert total == asyncio.run(opened(folder / "lenskeep.db", after))
    assert before.digest("p", b"x") == after.digest("p", b"x")
    assert (folder / "master.key").stat().st_mode & 0o777 == 0o600
    asyncio.run(_open_house(folder))


async def _open_house(folder: Path) -> None:
    async with house_app.open_house(folder) as house:
        assert (await house.fleet.audit_lines(None, 1)).items[0].action == "master_key.drop"


def test_it_goes_on_postgresql_too(prepared: Path, folder: Path) -> None:
    """Byte for byte the same steps."""
    with empty_database() as there:
        asyncio.run(copy(prepared / "lenskeep.db", there))
        toml = folder / "lenskeep.toml"
        toml.write_text(with_database(toml.read_text(), there.reveal()))
        (folder / "lenskeep.db").unlink()
        total = asyncio.run(opened(there, keyring_of(folder)))

        rotate(folder)
        drop(folder)

        assert total == asyncio.run(opened(there, keyring_of(folder)))


class BrokenOff(BaseException):
    """Ends a rotation in the middle."""


@pytest.mark.parametrize("at", [1, 4, 7, 11])
def test_broken_off_anywhere_it_goes_on(folder: Path, at: int) -> None:
    """Nothing is unreadable in between, and running it again finishes it."""
    total = asyncio.run(opened(folder / "lenskeep.db", keyring_of(folder)))
    told = 0

    def tell(_what: str, _done: int, _of: int) -> None:
        nonlocal told
        told += 1
        if told == at:
            raise BrokenOff

    with pytest.raises(BrokenOff):
        asyncio.run(MasterKeys(folder, tell).rotate(AT_ONCE))
    assert total == asyncio.run(opened(folder / "lenskeep.db", keyring_of(folder)))
    with pytest.raises(Conflict, match="lenskeep keys rotate"):
        drop(folder)
    first = keyring_of(folder).ids

    rotate(folder)
    drop(folder)

    assert keyring_of(folder).ids == first[:1], "it is the same rotation, not another one"
    assert total == asyncio.run(opened(folder / "lenskeep.db", keyring_of(folder)))


KILLED = """
import asyncio, os, signal, sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from lenskeep.app.keeping import MasterKeys
told = 0
def tell(what, done, of):
    global told
    told += 1
    if told == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(MasterKeys(Path(sys.argv[1]), tell).rotate(timedelta(seconds=1)))
"""


def test_killed_in_the_middle_it_goes_on(folder: Path) -> None:
    """By SIGKILL, between two pages of a table."""
    total = asyncio.run(opened(folder / "lenskeep.db", keyring_of(folder)))

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), "8"],
        check=False,
        env=os.environ | {"PYTHONPATH": str(SRC)},
    )

    assert killed.returncode == -signal.SIGKILL
    assert len(keyring_of(folder).ids) == 2
    assert total == asyncio.run(opened(folder / "lenskeep.db", keyring_of(folder)))
    rotate(folder)
    drop(folder)
    assert total == asyncio.run(opened(folder / "lenskeep.db", keyring_of(folder)))


def serving(folder: Path, keys: str) -> None:
    """Note a process that serves, with these keys."""
    with closing(sqlite3.connect(folder / "lenskeep.db")) as there, there:
        there.execute("DELETE FROM worker")
        there.execute(
            "INSERT INTO worker VALUES ('w', 'other-host', 7, '1', '0004', ?, 1, "
            "(julianday('now') - 2440587.5) * 86400000000.0)",
            (keys,),
        )


def test_nothing_is_sealed_with_a_key_that_a_process_lacks(folder: Path) -> None:
    """The rotation waits for it, names it, and goes on when it follows; so does dropping."""
    old = keyring_of(folder).current_id
    serving(folder, old)

    with pytest.raises(Conflict, match=r"other-host \(process 7\)"):
        rotate(folder)
    assert keyring_of(folder).current_id == old
    new = keyring_of(folder).ids[1]
    serving(folder, f"{old},{new}")
    with pytest.raises(Conflict, match="not in use everywhere"):
        rotate(folder)
    assert keyring_of(folder).current_id == new
    serving(folder, f"{new},{old}")
    rotate(folder)
    serving(folder, f"{old},{new}")
    with pytest.raises(Conflict, match="not in use everywhere"):
        drop(folder)


def test_what_a_newer_version_sealed_elsewhere_keeps_the_old_key(folder: Path) -> None:
    """The look goes through every column of every table, not only those that are known."""
    sealed = keyring_of(folder).seal("something new", b"secret")
    insert(folder / "lenskeep.db", "item", id="x", name_key="x", body=json.dumps({"a": sealed}))

    with pytest.raises(Conflict, match="again"):
        rotate(folder)
    with pytest.raises(Conflict, match=r"item\.body still needs"):
        drop(folder)


def test_a_key_in_the_environment_is_exchanged_by_hand(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`next` prints what to put there, step by step."""
    keyring, text = keyring_of(folder), (folder / "master.key").read_text()
    (folder / "master.key").unlink()
    monkeypatch.setenv("LENSKEEP_MASTER_KEY", text)
    with pytest.raises(Conflict, match="lenskeep keys next"):
        rotate(folder)

    for _ in range(2):
        monkeypatch.setenv("LENSKEEP_MASTER_KEY", asyncio.run(MasterKeys(folder).next_text()))
    with pytest.raises(Conflict, match="still needs"):
        asyncio.run(MasterKeys(folder).next_text())
    rotate(folder)
    last = Keyring.from_text(asyncio.run(MasterKeys(folder).next_text()))

    assert keyring.current_id not in last.ids
    assert asyncio.run(opened(folder / "lenskeep.db", last))


def test_every_purpose_is_known_here() -> None:
    """Whoever seals something new must say where, or an old key could never be dropped."""
    known = {each for purposes in SEALED_COLUMNS.values() for each in purposes}
    written = {"enrollment.web round trip"}  # a cookie: it is not kept
    constants: dict[str, str] = {}
    sealing: set[str] = set()
    for path in (SRC / "lenskeep" / "flows").rglob("*.py"):
        text = path.read_text()
        own = dict(re.findall(r"^(_?[A-Z_]+): Final = \"([^\"]+)\"", text, re.MULTILINE))
        constants |= {name: own[name] for name in own if not name.startswith("_")}
        for name in re.findall(r"keyring\.seal\((\w+),", text):
            sealing.add(own.get(name, name))
    named = {constants.get(each, each) for each in sealing} - {"ROUND_TRIP_PURPOSE"}
    assert named <= known | written
    assert len(named) >= 9
