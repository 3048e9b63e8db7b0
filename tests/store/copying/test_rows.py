"""Rows go from one database into another as they are, at one moment, whole or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.postgres import empty_database
from tests.store.copying.furnished import BY_NAME, copy, furnished, insert, made, sums

from lenskeep.base.errors import Invalid, Missing
from lenskeep.store.copying import (
    Shape,
    filling,
    is_empty,
    load_row,
    moment_of,
)
from lenskeep.store.copying.reading import connected


async def test_every_row_arrives_as_it_was(tmp_path: Path) -> None:
    """Texts, bytes, numbers and empty ones; a row may refer to one that comes after it."""
    source, target = furnished(tmp_path / "a.db"), made(tmp_path / "b.db")

    await copy(source, target)

    assert await sums(source) == await sums(target)
    assert (await sums(target))["certificate"][0] == 2


async def test_one_moment_is_read_while_others_write(tmp_path: Path) -> None:
    """What is committed after the reading began is not in it."""
    path = furnished(tmp_path / "a.db")

    async with moment_of(path) as moment:
        insert(path, "audit", at=1, action="later")
        seen = await moment.count(BY_NAME["audit"])

    assert seen == 1
    assert (await sums(path))["audit"][0] == 2


async def test_large_rows_come_in_small_batches(tmp_path: Path) -> None:
    """Memory stays flat: a batch ends with the row that goes beyond a megabyte."""
    path = furnished(tmp_path / "a.db")
    for number in range(4):
        insert(path, "wanted_tree", id=str(number), sealed="x" * 800_000)

    async with moment_of(path) as moment:
        sizes = [len(batch) async for batch in moment.rows(BY_NAME["wanted_tree"])]

    assert sizes == [2, 2]


async def test_rows_that_refer_to_nothing_leave_nothing(tmp_path: Path) -> None:
    """The transaction is undone as a whole, and the table is named."""
    target = made(tmp_path / "b.db")
    row = ("dev_x", "dev_x", "profile", 0, "", 0, 0, 0)
    shape = BY_NAME["progress"]

    with pytest.raises(Invalid, match="progress"):
        async with filling(target) as there:
            await there.put(shape, [row[: len(shape.columns)]])

    assert await is_empty(target)


async def test_what_is_empty(tmp_path: Path) -> None:
    """A database that is not made, or only made, is; one with a single row is not."""
    path = tmp_path / "a.db"
    assert await is_empty(path)
    made(path)
    assert await is_empty(path)
    insert(path, "audit", at=1, action="something")
    assert not await is_empty(path)


async def test_a_database_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """And no file is made by looking."""
    with pytest.raises(Missing):
        async with moment_of(tmp_path / "a.db"):
            pass
    assert not (tmp_path / "a.db").exists()


async def test_rows_go_to_the_other_kind_of_database_and_back(tmp_path: Path) -> None:
    """The same rows, in the same order, with the same digests; numbers are counted on."""
    source, back = furnished(tmp_path / "a.db"), made(tmp_path / "b.db")
    with empty_database() as there:
        assert await is_empty(there)
        await copy(source, there)
        assert not await is_empty(there)
        await copy(there, back)
        async with connected(there) as connection:
            number = await connection.fetchval("SELECT nextval('timeline_id_seq')")
            text = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable"
            deferrable = await connection.fetchval(text)

        assert await sums(source) == await sums(there) == await sums(back)
        assert (number, deferrable) == (4, 0)


async def test_a_row_that_refers_to_nothing_leaves_nothing_on_postgresql(tmp_path: Path) -> None:
    """Within the table too, where it is looked at last."""
    source = furnished(tmp_path / "a.db")
    with closing(sqlite3.connect(source)) as damaged, damaged:
        damaged.execute("UPDATE certificate SET replaces = 'crt_404'")
    with empty_database() as there:
        with pytest.raises(Invalid, match="refers"):
            await copy(source, there)
        assert await is_empty(there)


async def test_one_moment_of_postgresql_is_read(tmp_path: Path) -> None:
    """What is committed after the reading began is not in it."""
    with empty_database() as there:
        await copy(furnished(tmp_path / "a.db"), there)
        async with moment_of(there) as moment, connected(there) as connection:
            await connection.execute("UPDATE device SET name = 'later'")
            rows = [row async for batch in moment.rows(BY_NAME["device"]) for row in batch]
    assert "later" not in rows[0]


@pytest.mark.parametrize("line", [b"", b"[1]", b'["a", "b", true]', b'["a", 3, "?"]', b"{}"])
def test_a_line_that_is_no_row_is_refused(line: bytes) -> None:
    """Named by its table, without what is in it."""
    shape = Shape("some", ("text", "number", "bytes"), frozenset({"bytes"}), ("text",))
    with pytest.raises(Invalid, match="some"):
        load_row(shape, line)
