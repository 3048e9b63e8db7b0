"""Loading, searching and asking the shipped catalog, against the standard library's bare work.

Baselines, measured in turn in this process: unzipping and parsing the same file as JSON, which
any catalog of this form has to do; and one walk over all texts for one word, which any full-text
search without an index has to do. The ratios are what counts; the times are this machine's.

    python benchmarks/catalog.py
"""

import gzip
import json
import statistics
import sys
import time
from collections.abc import Callable

from lenskeep.files.catalog import shipped_catalog
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.tree.catalog.record import Build
from lenskeep.tree.catalog.search import Query, SearchIndex

ROUNDS = 25
BUILD = Build(20348, 1528)
QUERIES = (
    Query("camera"),
    Query("wifi proxy"),
    Query("kiosk", BUILD),
    Query(""),
    Query("a", everything=True),
    Query("policy a", BUILD, everything=True),
)
"""From the usual to the widest: nearly every node has an `a`."""
CONCRETE = (
    "./Device/Vendor/MSFT/Policy/Config/MixedReality/AutoLogonUser",
    "./Vendor/MSFT/WiFi/Profile/lab/WlanXml",
    "./Device/Vendor/MSFT/Policy/Result/Update/ActiveHoursStart",
)


def milliseconds(work: Callable[[], object]) -> float:
    """Return the time of one call."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1e3


def main() -> int:
    """Print times and ratios."""
    body = shipped_catalog()
    catalog = load_catalog(body)
    index = SearchIndex(catalog)
    texts = [json.dumps(row).casefold() for row in catalog.rows]

    def load() -> object:
        return SearchIndex(load_catalog(body))

    def bare() -> object:
        return json.loads(gzip.decompress(body))

    def walk() -> object:
        return [text for text in texts if "camera" in text]

    print(f"{len(body)} bytes, {len(catalog)} nodes; median of {ROUNDS} rounds")
    pairs: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("load and make ready for search / gunzip + json.loads", load, bare)
    ]
    for query in QUERIES:
        name = f"search {query.words!r}{' everywhere' if query.everything else ''} / one walk"
        pairs.append((name, lambda query=query: index.find(query), walk))  # type: ignore[misc]
    pairs.append(("find three LocURIs / one walk", lambda: [*map(catalog.find, CONCRETE)], walk))
    for name, ours, baseline in pairs:
        rows = [(milliseconds(ours), milliseconds(baseline)) for _ in range(ROUNDS)]
        mine = statistics.median(row[0] for row in rows)
        theirs = statistics.median(row[1] for row in rows)
        print(f"{name}: {mine:.3f} ms / {theirs:.3f} ms = {mine / theirs:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
