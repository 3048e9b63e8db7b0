"""Serves the sweeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


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
