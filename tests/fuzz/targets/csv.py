"""Tables: the file of hardware hashes, and the lists that the catalog's overlay is made of."""

from typing import Final

from tests.fuzz.harness import Target, attempt, check_words, demand, same
from tests.fuzz.mutators import text

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.autopilot.reading import MAX_CELL, MAX_COMPLAINTS, MAX_ROWS, read_hashes
from lenskeep.enrollment.autopilot.rows import wrongs
from lenskeep.enrollment.autopilot.writing import write_hashes
from lenskeep.tree.catalog.sources.overlay import OverlayFiles, read_overlay


def run(data: bytes) -> None:
    """Read the table; what is taken has nothing wrong, and survives writing."""
    attempt(Invalid, read_overlay, OverlayFiles(policies=data, csps=data))
    attempt(Invalid, read_overlay, OverlayFiles(supplement=data))
    try:
        rows = read_hashes(data)
    except Invalid as invalid:
        check_words(invalid)
        demand(len(invalid.complaints) <= MAX_COMPLAINTS + 1, "as many complaints as it says")
        return
    demand(0 < len(rows) <= MAX_ROWS, "as many rows as it says")
    demand(len({each.key for each in rows}) == len(rows), "each headset once")
    demand(not any(wrong for each in rows for wrong in wrongs(each)), "nothing wrong is taken")
    demand(max(len(each.hardware_hash) for each in rows) <= MAX_CELL, "short cells")
    body = write_hashes(rows)
    same(rows, read_hashes(body), "what is written reads the same")
    for line in body.decode("utf-8").splitlines():
        demand(line[:1] not in "=+-@" and ",=" not in line, "no formula begins a cell")


TARGET: Final = Target(
    name="csv",
    covers=(
        "lenskeep.enrollment.autopilot.reading:read_hashes",
        "lenskeep.tree.catalog.sources.overlay:read_overlay",
    ),
    run=run,
    mutate=text.mutate,
    max_bytes=1 << 18,
)
