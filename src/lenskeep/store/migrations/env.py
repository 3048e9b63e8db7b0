"""Where Alembic runs the migrations: `store.migrating` calls it, with a URL or a connection."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from lenskeep.store.schema import METADATA


def _configure(**values: Any) -> None:
    context.configure(
        target_metadata=METADATA,
        render_as_batch=True,  # SQLite changes a column by copying its table
        transactional_ddl=True,
        **values,
    )


def _run_offline(url: str) -> None:
    dialect = make_url(url).get_backend_name()
    _configure(dialect_name=dialect, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def _begin_immediate(connection: Connection) -> None:
    """Lock before the version is read: two processes that start at once migrate once."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _run_online(url: str) -> None:
    is_sqlite = url.startswith("sqlite")
    timeout_s = context.config.attributes.get("busy_timeout_s", 15)
    arguments = {"timeout": timeout_s, "isolation_level": None} if is_sqlite else {}
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
    if is_sqlite:
        event.listen(engine, "begin", _begin_immediate)
    with engine.begin() as connection:
        _configure(connection=connection)
        context.run_migrations()
    engine.dispose()


def _run_on(connection: Connection) -> None:
    """Run on a connection whose transaction and locks are somebody else's care."""
    _configure(connection=connection)
    context.run_migrations()


_url: str = context.config.attributes.get("url", "")
if "connection" in context.config.attributes:
    _run_on(context.config.attributes["connection"])
elif context.is_offline_mode():
    _run_offline(_url)
else:
    _run_online(_url)
