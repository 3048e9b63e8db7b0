"""What the house does for itself: sweeps, the leases they are done under, what processes share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lenskeep.base.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept (each a moment: older goes)."""

    replies_before: datetime
    timeline_before: datetime
    bodies_before: datetime
    sign_ins_before: datetime
    operations_before: datetime
    """Ended ones."""
    codes_before: datetime
    """Expired ones."""
    tickets_before: datetime
    """Expired ones, but for the terms of use that somebody enrolled with."""


class HousekeepingStore(Protocol):
    """Serves the sweeps."""

    async def lose_sessions(self, silent_since: datetime, at: datetime) -> int:
        """Turn SENT Exec operations of sessions silent since then to UNKNOWN, with a timeline
        line; the session itself stays, so that a late answer still finds its operation.
        Return how many.
        """
        ...

    async def sweep(self, retention: Retention) -> Mapping[str, int]:
        """Delete what is past its time; return how many rows of what."""
        ...


# --- leases -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lease:
    """Background work that one process does, until it gives it back or another one takes it."""

    duty: str
    holder: str
    term: int
    """Counts up with every holder: who held an earlier one does nothing more."""


class LeaseLost(Unavailable):
    """Another process has taken over."""

    def __init__(self, duty: str) -> None:
        super().__init__(f"another process does {duty!r} now")


class LeaseStore(Protocol):
    """Serves leases; time is the database's. Nobody's clock but its own is asked."""

    async def due(self, duties: Mapping[str, timedelta], life: timedelta) -> tuple[str, ...]:
        """Return which of these, each to be done so often, are due and held by nobody."""
        ...

    async def claim(
        self, duty: str, holder: str, every: timedelta, life: timedelta
    ) -> Lease | None:
        """Return the lease, held for `life`; None where another one was faster."""
        ...

    async def renew(self, lease: Lease, life: timedelta) -> bool:
        """Hold it for `life` from now on; False where another one has it."""
        ...

    async def finish(self, lease: Lease) -> bool:
        """Give it back, the duty done; False where another one has it."""
        ...

    async def let_go(self, lease: Lease) -> bool:
        """Give it back, the duty not done; False where another one has it."""
        ...


# --- processes ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Serving:
    """A process that serves, as it last said itself."""

    id: str
    host: str
    pid: int
    version: str
    schema: str
    """The newest migration it knows."""
    started_at: datetime | None = None
    seen_at: datetime | None = None
    """Both by the database's clock."""
    master_keys: str = ""
    """The names of the master keys that it has, the one that it seals with first, by commas."""


class WorkerStore(Protocol):
    """Serves the list of the processes that serve."""

    async def seen(self, serving: Serving) -> None:
        """Note that this process serves."""
        ...

    async def gone(self, worker_id: str) -> None:
        """Note that it serves no more."""
        ...

    async def workers(self, silence: timedelta) -> tuple[Serving, ...]:
        """Return those that said so within this time."""
        ...

    async def sweep(self, silence: timedelta, window: timedelta) -> Mapping[str, int]:
        """Forget who was silent for so long, and wrong secrets older than the window."""
        ...


@dataclass(frozen=True, slots=True)
class Stumble:
    """One wrong secret: for what, of whom, from where; names only as keyed digests."""

    purpose: str
    account: str
    address: str
    most_of_account: int
    most_of_address: int
    """How many of each are worth counting."""


@dataclass(frozen=True, slots=True)
class Stumbled:
    """The wrong secrets of the window, that one first: how long ago each was."""

    of_account: tuple[timedelta, ...]
    of_address: tuple[timedelta, ...]


class StumbleStore(Protocol):
    """Serves the count of wrong secrets that all processes keep together."""

    async def add(self, stumble: Stumble, window: timedelta) -> Stumbled:
        """Count one, and return those of the window."""
        ...
