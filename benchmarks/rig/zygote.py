"""Starts the server again and again without reading its source anew: what is killed is its child.

Reads lines from standard input, each a JSON list of words for `lenskeep`; forks for each one,
and prints the child's process id. Importing takes seconds, and nobody's kill is better for them.
"""

import json
import os
import signal
import sys

import lenskeep.app
import lenskeep.cli.local
from lenskeep.cli.main import run


def main() -> None:
    """Fork until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that were killed
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setpgid(0, 0)
            os._exit(run(json.loads(line)))
        print(child, flush=True)


if __name__ == "__main__":
    assert lenskeep.app.__name__
    assert lenskeep.cli.local.__name__
    main()
