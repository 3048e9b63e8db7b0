"""Starts the server again and again without reading its source anew: what is killed is its child.

Reads lines from standard input, each a JSON list of words for `lenskeep`; forks for each one,
and prints the child's process id. Importing takes seconds, and nobody's kill is better for them.
"""

import json
import os
import signal
import sys
from importlib import import_module

from lenskeep.cli.main import run

IMPORTED = (
    "lenskeep.app.serving",
    "lenskeep.cli.local",
    "lenskeep.store.postgresql.executor",
    "lenskeep.web.api.app",
)
"""What a server that is at work has imported, the parts that it imports late among them."""


def main() -> None:
    """Fork until standard input ends."""
    for each in IMPORTED:
        import_module(each)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that were killed
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setpgid(0, 0)
            os._exit(run(json.loads(line)))
        print(child, flush=True)


if __name__ == "__main__":
    main()
