"""Taking units that fuzzing grew into the corpus: few, small, each for lines that no other runs.

What a unit runs is traced by hand, line by line of our own source, so that the choice does not
depend on the fuzzer: those that reach most that is new, the small before the large.
"""

import hashlib
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

from tests.fuzz import registry
from tests.fuzz.harness import Target, examine

MOST: Final = 10
"""Units that one target takes over at a time."""
MOST_BYTES: Final = 1500
MOST_TRIED: Final = 1500
_OURS: Final = str(Path("src") / "lenskeep")

Lines = set[tuple[str, int, int]]


def keep(name: str, grown: Path) -> str:
    """Copy what is worth it; return what was done, in words."""
    target = registry.target(name)
    known: Lines = set()
    for each in registry.corpus(name):
        known |= _lines(target, each.read_bytes())
    before, taken = len(known), 0
    tried = {each: _lines(target, each) - known for each in _small(grown)}
    while taken < MOST:
        best = max(tried, key=lambda each: (len(tried[each] - known), -len(each)), default=b"")
        if not tried or tried[best] <= known:
            break
        known |= tried.pop(best)
        taken += 1
        mark = hashlib.sha256(best).hexdigest()[:12]
        (registry.CORPUS / name / f"grown-{mark}").write_bytes(best)
    return f"{name:12} {taken:3} units taken: {before} steps of our source became {len(known)}"


def _small(grown: Path) -> list[bytes]:
    units = sorted(grown.iterdir(), key=lambda each: each.stat().st_size) if grown.exists() else []
    return [each.read_bytes() for each in units[:MOST_TRIED] if each.stat().st_size <= MOST_BYTES]


def _lines(target: Target, data: bytes) -> Lines:
    """Return the steps from line to line that an input makes."""
    found: Lines = set()

    def step(frame: FrameType, _event: str, _: Any) -> Any:
        if _OURS not in frame.f_code.co_filename:
            return None
        before = frame.f_lineno

        def inner(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal before
            if event == "line":
                found.add((frame.f_code.co_filename, before, frame.f_lineno))
                before = frame.f_lineno
            return inner

        return inner

    sys.settrace(step)
    try:
        examine(target, data)
    except Exception:  # noqa: BLE001 - a finding is kept by hand, with its test
        return set()
    finally:
        sys.settrace(None)
    return found
