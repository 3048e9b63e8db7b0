"""The store: SQL serves the ports of `flows`, the same statements on SQLite and on PostgreSQL.

`open_store` is the way in; `app` alone uses it.
"""

from dataclasses import dataclass
from pathlib import Path

from lenskeep.store.conversations import Conversations
from lenskeep.store.desired.mandate import Mandates
from lenskeep.store.desired.rollouts import Rollouts
from lenskeep.store.desired.standings import Standings
from lenskeep.store.enrollments import Enrollments
from lenskeep.store.entry.autopilot import Autopilot
from lenskeep.store.entry.leaving import Leaving
from lenskeep.store.entry.texts import Documents, Items
from lenskeep.store.entry.tickets import Attempted, Tickets
from lenskeep.store.fleet import Fleet
from lenskeep.store.migrating import DatabasePlace, bring_up_to_date
from lenskeep.store.operating.housekeeping import Housekeeping
from lenskeep.store.operating.leases import Leases
from lenskeep.store.operating.stumbles import Stumbles
from lenskeep.store.operating.workers import Workers
from lenskeep.store.people import People
from lenskeep.store.sql import Executor
from lenskeep.store.sqlite.executor import SqliteExecutor


@dataclass(frozen=True, slots=True)
class Store:
    """Every port of `flows` that remembers something."""

    conversations: Conversations
    enrollments: Enrollments
    people: People
    fleet: Fleet
    housekeeping: Housekeeping
    mandate: Mandates
    standings: Standings
    rollouts: Rollouts
    documents: Documents
    items: Items
    tickets: Tickets
    attempts: Attempted
    autopilot: Autopilot
    leaving: Leaving
    leases: Leases
    workers: Workers
    stumbles: Stumbles
    executor: Executor

    def close(self) -> None:
        """Let go of the database; harmless a second time."""
        self.executor.close()

    async def aclose(self) -> None:
        """Finish what was begun and let go of the database; harmless a second time."""
        await self.executor.aclose()


def open_store(place: DatabasePlace, connections: int = 8) -> Store:
    """Open this database; make it, or bring it up to date, where it must be.

    A path is a SQLite file, a secret the URL of a PostgreSQL database, to which at most so many
    connections are kept, on the event loop that uses the store first. Raises Unavailable where it
    cannot be used, Conflict where a newer version made it that leaves this one behind.
    """
    bring_up_to_date(place)
    return attach(place, connections)


def attach(place: DatabasePlace, connections: int = 8) -> Store:
    """Open this database as it is. Raises Unavailable where a file cannot be used."""
    if isinstance(place, Path):
        return serve(SqliteExecutor(place))
    from lenskeep.store.postgresql.connection import Place
    from lenskeep.store.postgresql.executor import PostgresExecutor

    return serve(PostgresExecutor(Place(place), connections))


def serve(executor: Executor) -> Store:
    """Return the ports on this executor."""
    return Store(
        conversations=Conversations(executor),
        enrollments=Enrollments(executor),
        people=People(executor),
        fleet=Fleet(executor),
        housekeeping=Housekeeping(executor),
        mandate=Mandates(executor),
        standings=Standings(executor),
        rollouts=Rollouts(executor),
        documents=Documents(executor),
        items=Items(executor),
        tickets=Tickets(executor),
        attempts=Attempted(executor),
        autopilot=Autopilot(executor),
        leaving=Leaving(executor),
        leases=Leases(executor),
        workers=Workers(executor),
        stumbles=Stumbles(executor),
        executor=executor,
    )
