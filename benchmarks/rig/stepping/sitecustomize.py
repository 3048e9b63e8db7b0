"""Python imports this first where its folder is on the path: the house's clock can be stepped.

The file that LENSKEEP_STEP_FILE names holds how many seconds the clock is away from the real
one; it is read at every look. TLS keeps the machine's own clock.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from lenskeep.base import system

_FILE = Path(os.environ["LENSKEEP_STEP_FILE"])
_real = system.SystemClock.now


def _stepped(clock: system.SystemClock) -> datetime:
    return _real(clock) + timedelta(seconds=float(_FILE.read_text("ascii") or "0"))


system.SystemClock.now = _stepped  # type: ignore[assignment, method-assign]
