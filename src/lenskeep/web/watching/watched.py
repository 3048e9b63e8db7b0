"""What `app` hands over for watching: the meters, the spans, and whom to ask for numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lenskeep.base.spans import NO_SPANS, Spans
from lenskeep.flows.ports.fleet import WatchStore
from lenskeep.web.watching.meters import Meters


@dataclass(slots=True)
class Watched:
    """All that is watched of one process. Everything has a default that watches little."""

    meters: Meters = field(default_factory=Meters)
    spans: Spans = NO_SPANS
    store: WatchStore | None = None
    """Counts the fleet; without it, health looks at nothing but the process."""
    looks: list[Callable[[Meters], None]] = field(default_factory=list)
    """Called every second: whoever knows a number that nobody tells sets it there."""
    ends: Callable[[], Mapping[str, datetime]] = dict
    """Says when our own certificates end, by what they are."""
    stopping: bool = False
    """Whether the process was told to stop: it is ready for nothing new."""
    wrong: dict[str, str] = field(default_factory=dict)
    """What else keeps this process from serving, by what it is; whoever put it takes it out."""
