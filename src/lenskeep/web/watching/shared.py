"""One scrape shows all processes: each writes its numbers into a folder that all can read.

The way of prometheus-client: a file mapped into memory for each process, named by an environment
variable that must stand before a process imports the library. So the process that starts the
others makes the folder and hands it down; counting costs a process no more than a lock and a
store to memory. The folder lies in memory where there is such a place: nothing in it outlives
the server.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""What prometheus-client looks for."""
_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@dataclass(frozen=True, slots=True)
class Shared:
    """The numbers of several processes, as the one that starts them sees it."""

    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process must find in its environment before it starts."""
        return {FOLDER: str(self.folder)}

    def forget(self, pid: int) -> None:
        """Say that this process has ended: its gauges go, what it counted stays."""
        mark_process_dead(pid, str(self.folder))  # type: ignore[no-untyped-call]


@contextmanager
def shared_numbers() -> Iterator[Shared]:
    """Yield the folder for as long as there are processes to share it."""
    where = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="lenskeep-numbers-", dir=where))
    try:
        yield Shared(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_shared() -> bool:
    """Return whether this process shares its numbers."""
    return FOLDER in os.environ


def all_numbers() -> CollectorRegistry:
    """Return what holds the numbers of all processes at this moment."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
