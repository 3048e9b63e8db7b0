"""Reading and writing one management message, against the standard library's own way.

Baseline: `xml.etree` parses the same bytes into its tree, and writes the tree back; it checks
nothing and makes no values. Both run in turn in this process; the ratio is what counts.

    python benchmarks/message.py
"""

import statistics
import sys
import time
from collections.abc import Callable
from xml.etree import ElementTree

from lenskeep.wire.syncml.model import CommandName, Header, Item, Message, Meta, Request, Status
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message

ROUNDS = 15
REPEATS = 100


def message() -> Message:
    """Return a message of about 4 kB: ten statuses, ten operations."""
    statuses = [Status(str(n), "1", str(n), "Replace", 200) for n in range(1, 11)]
    meta = Meta(format="int", type="text/plain")
    requests = [
        Request(
            CommandName.REPLACE,
            str(n),
            (Item(target=f"./Vendor/MSFT/Policy/Config/Area{n}/Name", meta=meta, data="1"),),
        )
        for n in range(11, 21)
    ]
    header = Header("1", "2", "A" * 32, "https://mdm.example.org/ManagementServer/MDM.svc")
    return Message(header, (*statuses, *requests))


def microseconds(work: Callable[[], object]) -> float:
    """Return the time of one call, over REPEATS."""
    started = time.perf_counter()
    for _ in range(REPEATS):
        work()
    return (time.perf_counter() - started) / REPEATS * 1e6


def main() -> int:
    """Print times and ratios."""
    value = message()
    body = write_message(value)
    tree = ElementTree.fromstring(body)
    pairs: tuple[tuple[str, Callable[[], object], Callable[[], object]], ...] = (
        ("read", lambda: read_message(body), lambda: ElementTree.fromstring(body)),
        ("write", lambda: write_message(value), lambda: ElementTree.tostring(tree)),
    )
    print(f"{len(body)} bytes; median of {ROUNDS} rounds of {REPEATS}")
    for name, ours, baseline in pairs:
        rows = [(microseconds(ours), microseconds(baseline)) for _ in range(ROUNDS)]
        mine = statistics.median(row[0] for row in rows)
        theirs = statistics.median(row[1] for row in rows)
        ratio = statistics.median(row[0] / row[1] for row in rows)
        print(f"{name:6} lenskeep {mine:7.0f} us   xml.etree {theirs:7.0f} us   ratio {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
