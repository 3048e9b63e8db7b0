"""A PostgreSQL server of this test process, and empty databases on it."""

import asyncio
import atexit
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from threading import Thread
from typing import Any, TypeVar

import asyncpg
import pytest
from tools.postgres_cluster import Cluster, NoServer, running

from lenskeep.base.secret import Secret
from lenskeep.store.migrating import bring_up_to_date

_TEMPLATE = "migrated"
_LOCALE = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
"""One whose order is not that of bytes: what holds there holds in others."""
_CLEAN = """
CREATE SCHEMA seed;
CREATE PROCEDURE seed.keep() LANGUAGE plpgsql AS $$
DECLARE name text; kept bool;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO kept;
    IF kept THEN
      EXECUTE format('CREATE TABLE seed.%I AS TABLE public.%I', name, name);
    END IF;
  END LOOP;
END $$;
CALL seed.keep();
CREATE PROCEDURE seed.restore() LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  SET LOCAL session_replication_role = replica;  -- neither foreign keys nor the audit's guard
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'seed' LOOP
    EXECUTE format('INSERT INTO public.%I SELECT * FROM seed.%I', name, name);
  END LOOP;
  FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
    PERFORM setval('public.' || quote_ident(name), 1, false);
  END LOOP;
END $$;
"""
"""Emptying a database takes a tenth of the time of making one."""
_numbers = count(1)
_free: "list[_Caretaker]" = []
T = TypeVar("T")


@cache
def _start() -> Cluster | str:
    """Started when the first test asks, stopped when the process ends; a text says why not."""
    stack = ExitStack()
    try:
        cluster = stack.enter_context(running(max_connections="60"))
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
def _template() -> str:
    """A database that is up to date, with what empties it, to be copied."""
    server = cluster()
    knows_it = int(server.sql("SHOW server_version_num")) >= 150_000
    url = server.create(_TEMPLATE, locale=_LOCALE if knows_it else "")
    bring_up_to_date(Secret(url))
    server.sql(_CLEAN, _TEMPLATE)
    return _TEMPLATE


class _Caretaker:
    """Empties one database, through a connection that it keeps, on a loop of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connection = self._connect()
        atexit.register(self._close)

    def empty(self) -> None:
        """Leave in it what migrations put there."""
        if self._connection.is_closed():  # a test that broke all of them
            self._connection = self._connect()
        self._wait(self._connection.execute("CALL seed.restore()"))

    def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return self._wait(asyncpg.connect(cluster().url(self.name, "postgres")))

    def _wait(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(60)

    def _close(self) -> None:
        self._loop.call_soon_threadsafe(self._connection.terminate)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextmanager
def empty_database() -> Iterator[Secret]:
    """The URL of a database that is up to date and empty; others get it afterwards."""
    server, template = cluster(), _template()
    if _free:
        caretaker = _free.pop()
        caretaker.empty()
    else:
        name = f"test_{next(_numbers)}"
        server.create(name, template)
        caretaker = _Caretaker(name)
    yield Secret(server.url(caretaker.name))
    _free.append(caretaker)
