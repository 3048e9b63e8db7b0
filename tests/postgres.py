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
_LOCALE = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
"""One whose order is not that of bytes: what holds there holds in others."""
_CLEAN = """
CREATE SCHEMA seed;
CREATE PROCEDURE seed.keep() LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE seed.%I AS TABLE public.%I', name, name);
  END LOOP;
END $$;
CALL seed.keep();
CREATE PROCEDURE seed.restore() LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  SET LOCAL session_replication_role = replica;  -- neither foreign keys nor the audit's guard
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
    EXECUTE format('INSERT INTO public.%I SELECT * FROM seed.%I', name, name);
  END LOOP;
  FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
    PERFORM setval('public.' || quote_ident(name), 1, false);
  END LOOP;
END $$;
"""
"""Emptying a database takes a tenth of the time of making one."""
_numbers = count(1)
_free: list[str] = []


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


@contextmanager
def empty_database() -> Iterator[Secret]:
    """The URL of a database that is up to date and empty; others get it afterwards."""
    server, template = cluster(), _template()
    if _free:
        name = _free.pop()
        server.sql("CALL seed.restore()", name)
    else:
        name = f"test_{next(_numbers)}"
        server.create(name, template)
    yield Secret(server.url(name))
    _free.append(name)
