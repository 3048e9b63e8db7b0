"""`lenskeep`, with its clock so many days away from the real one: `shifted.py DAYS ARGUMENTS...`.

Only the house's own clock moves; TLS keeps the machine's. A server that ran in the past issues
certificates that are good today and near their end.
"""

import sys
from datetime import datetime, timedelta

from lenskeep.__main__ import main
from lenskeep.base import system

_days = timedelta(days=float(sys.argv.pop(1)))
_real = system.SystemClock.now


def _shifted(clock: system.SystemClock) -> datetime:
    return _real(clock) + _days


if __name__ == "__main__":
    system.SystemClock.now = _shifted  # type: ignore[assignment, method-assign]
    sys.exit(main())
