"""Units of work are told of, and pass through unchanged."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.base.spans import NoSpans
from lenskeep.store import open_store
from lenskeep.store.sql import Work
from lenskeep.store.sqlite.executor import SqliteExecutor
from lenskeep.store.watching.counting import Watch
from lenskeep.store.watching.executor import WatchedExecutor


@dataclass
class Told:
    """What was told."""

    began_: list[str] = field(default_factory=list)
    ended_: list[tuple[str, str]] = field(default_factory=list)
    commits: list[int] = field(default_factory=list)

    def began(self, kind: str) -> None:
        self.began_.append(kind)

    def ended(self, kind: str, seconds: float, failed: str = "") -> None:
        assert seconds >= 0
        self.ended_.append((kind, failed))

    def committed(self, units: int) -> None:
        self.commits.append(units)


class Steps(NoSpans):
    """Remembers the names of steps."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.names.append(name)
        yield


def _gives(value: int) -> Work[int]:
    yield from ()
    return value


def _breaks(error: Exception) -> Work[int]:
    yield from ()
    raise error


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[SqliteExecutor]:
    """A real executor."""
    store = open_store(tmp_path / "lenskeep.db")
    assert isinstance(store.executor, SqliteExecutor)
    yield store.executor
    store.close()


async def test_a_unit_is_told_of_and_gives_what_it_gave(inner: SqliteExecutor) -> None:
    told, steps = Told(), Steps()
    watched = WatchedExecutor(inner, told, steps)

    assert await watched.write(partial(_gives, 7)) == 7
    await Watch(watched).probe()

    assert told.began_ == ["write", "read"]
    assert told.ended_ == [("write", ""), ("read", "")]
    assert steps.names == ["write test_a_unit_is_told_of_and_gives_what_it_gave", "read probe"]


@pytest.mark.parametrize(
    ("error", "failed"), [(Unavailable("x"), "unavailable"), (Conflict("x"), "")]
)
async def test_what_a_unit_raises_is_raised_and_only_trouble_is_a_failure(
    inner: SqliteExecutor, error: Exception, failed: str
) -> None:
    """A conflict is an answer."""
    told = Told()

    with pytest.raises(type(error)):
        await WatchedExecutor(inner, told).write(partial(_breaks, error))
    assert told.ended_ == [("write", failed)]


async def test_commits_tell_how_many_shared_them(inner: SqliteExecutor) -> None:
    told = Told()
    inner.committed = told.committed

    for number in range(3):
        await inner.write(partial(_gives, number))
    inner.close()

    assert told.commits == [1, 1, 1]
