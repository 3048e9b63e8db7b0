"""Connections to a PostgreSQL server: where it is, and how each is set."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

import asyncpg

from lenskeep.base.errors import Invalid, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.store.postgresql.errors import Failure, wrap

CONNECT_TIMEOUT_S: Final = 10.0
"""Seconds a new connection may take: a server in the same building answers in a hundredth."""
STATEMENT_TIMEOUT_S: Final = 20
"""Seconds a statement may run: the longest of ours, on 100,000 headsets, takes about two."""
LOCK_TIMEOUT_S: Final = 5
"""Seconds it may wait for a row that another unit holds: units are over in a fraction of that."""
IDLE_TIMEOUT_S: Final = 30
"""Seconds a transaction may wait for us: a process that was stopped must not keep its locks."""
ANSWER_TIMEOUT_S: Final = STATEMENT_TIMEOUT_S + 5.0
"""Seconds we wait for any answer: a server whose machine is gone says nothing at all."""
KEEP_ALIVE_S: Final = 60
"""Seconds of silence after which the server looks whether we are still there."""
STATEMENTS: Final = 400
"""Prepared statements that a connection keeps: all of the house's, and some put together."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is."""

    url: Secret

    def __str__(self) -> str:
        """Return server and name, without user and password."""
        try:
            parts = urlsplit(self.url.reveal())
            at = parts.netloc.rpartition("@")[2]
        except ValueError:
            return "PostgreSQL"
        return f"{at or 'PostgreSQL'}{parts.path}"


if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection


async def connect(place: Place, *, patient: bool = False) -> Connection:
    """Return a new connection. Raises Unavailable, and Invalid where the address is none.

    `patient`: a statement may take as long as it needs; for those who move or migrate all.
    """
    try:
        return await asyncpg.connect(
            place.url.reveal(),
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=None if patient else ANSWER_TIMEOUT_S,
            statement_cache_size=STATEMENTS,
            max_cacheable_statement_size=0,  # several statements in one are long, and frequent
            max_cached_statement_lifetime=0,  # they do not change while we run
            server_settings=_settings(patient=patient),
        )
    except (asyncpg.ClientConfigurationError, ValueError):
        message = "it is no address that can be understood"
        raise Invalid.field("database", message, "postgresql://USER:PASSWORD@HOST/NAME") from None
    except OSError as error:
        raise Unavailable(f"no connection to {place}: {_why(error)}") from None
    except Failure as error:
        raise wrap(error) from None


def _why(error: OSError) -> str:
    """Return the system's words, and the file they are about where it is one."""
    words = os.strerror(error.errno) if error.errno else type(error).__name__
    return f"{words} ({error.filename})" if error.filename else words


def _settings(*, patient: bool) -> dict[str, str]:
    limits_s = {
        "statement_timeout": STATEMENT_TIMEOUT_S,
        "lock_timeout": LOCK_TIMEOUT_S,
        "idle_in_transaction_session_timeout": IDLE_TIMEOUT_S,
    }
    return {
        "application_name": f"lenskeep {os.getpid()}",
        "tcp_keepalives_idle": str(KEEP_ALIVE_S),
        "jit": "off",  # it takes longer than any statement of ours
        "plan_cache_mode": "force_generic_plan",  # planning a message's load takes 3 ms, each time
        "synchronous_commit": "on",  # what is acknowledged is on the disk
        **{name: "0" if patient else f"{limit}s" for name, limit in limits_s.items()},
    }
