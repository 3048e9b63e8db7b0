"""What a rule sees of a device: plain values, put together by whoever asks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lenskeep.desired.known import Known
from lenskeep.wire.syncml.codes import is_success

Inventory = Callable[[str], str | None]
"""Return what a device told of a node, None where it told nothing."""


def nothing(_: str) -> str | None:
    """Return what is known of any node of a device that has told nothing."""
    return None


def inventory_of(known: Known) -> Inventory:
    """Return the inventory of a device: the value of each node that answered with one."""

    def told(uri: str) -> str | None:
        fact = known.get(uri)
        return fact.value if fact is not None and is_success(fact.status) else None

    return told


@dataclass(frozen=True, slots=True)
class Portrait:
    """One device. An empty text, and None, are things that nobody has told yet."""

    generation: str = ""
    build: str = ""
    """Build and revision, `22621.1244`."""
    edition: str = ""
    model: str = ""
    manufacturer: str = ""
    architecture: str = ""
    name: str = ""
    serial: str = ""
    macs: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    user: str = ""
    owner: str = ""
    enrollment: str = ""
    state: str = ""
    group_tag: str = ""
    """Of its Autopilot record."""
    last_seen: datetime | None = None
    inventory: Inventory = field(default=nothing, repr=False)
