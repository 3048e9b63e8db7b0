"""Who has which line: one for every session as headsets do, or kept between them.

Most of what a handshake costs is the client's and the server's arithmetic; a fleet that keeps its
connections measures the messages alone.
"""

from collections import OrderedDict

from lenskeep.virtual.transport.line import Line
from lenskeep.virtual.transport.message import Trust, Watch


class Switchboard:
    """Gives out lines and takes them back. Keeps at most `keep` of them open, 0 none."""

    def __init__(self, keep: int = 0, watch: Watch | None = None) -> None:
        self.watch = watch or Watch()
        self._keep = keep
        self._kept: OrderedDict[Trust, Line] = OrderedDict()

    def take(self, trust: Trust) -> Line:
        """Return a line for this headset: the one that it had, where that is still open."""
        return self._kept.pop(trust, None) or Line(trust, self.watch)

    def give_back(self, line: Line) -> None:
        """Take a line back, to be kept or closed."""
        if not self._keep or not line.is_open:
            line.close()
            return
        self._kept[line.trust] = line
        while len(self._kept) > self._keep:
            self._kept.popitem(last=False)[1].close()

    def close(self) -> None:
        """Close all lines that were kept."""
        while self._kept:
            self._kept.popitem()[1].close()
