"""`lenskeep virtual`: play a HoloLens - enroll it, sync it, look at it, let it leave.

Exit codes: 0 done, 1 the server broke a rule or refused (or this asks for something impossible),
3 the server cannot be reached.
"""

from lenskeep.cli.virtual.room import app

__all__ = ["app"]
