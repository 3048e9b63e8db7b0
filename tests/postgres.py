"""A PostgreSQL server of this test process, and empty databases on it."""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count

import pytest
from tools.postgres_cluster import Cluster, NoServer, running

from lenskeep.base.secret import Secret
from lenskeep.store.migrating import bring_up_to_date

_TEMPLATE = "migrated"
_numbers = count(1)


@cache
def _start() -> Cluster | str:
    """Started when the first test asks, stopped when the process ends; a text says why not."""
    stack = ExitStack()
    try:
        cluster = stack.enter_context(running(locale="C.UTF-8", max_connections="60"))
    except NoServer as error:
        return str(error)
    atexit.register(stack.close)
    return cluster


def cluster() -> Cluster:
    """The server; the test is skipped where there can be none."""
    started = _start()
    if isinstance(started, str):
        pytest.skip(started)
    return started


@cache
def _migrated() -> str:
    """A database with every table and no rows, to be copied."""
    bring_up_to_date(Secret(cluster().create(_TEMPLATE)))
    return _TEMPLATE


@contextmanager
def empty_database() -> Iterator[Secret]:
    """The URL of a database that is up to date and empty; it is gone afterwards."""
    server, name = cluster(), f"test_{next(_numbers)}"
    url = server.create(name, _migrated())
    try:
        yield Secret(url)
    finally:
        server.drop(name)
