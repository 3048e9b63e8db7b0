"""Fuzz the readers: `python -m tools.fuzz --minutes 10`; exit status 1 when something was found."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Final

from tests.fuzz import registry
from tools.fuzz.growing import steep_inputs
from tools.fuzz.keeping import keep
from tools.fuzz.running import FOLDER, Run

_EVERY_S: Final = 15
"""Between two lines of progress."""


def main(arguments: list[str] | None = None) -> int:
    """Run the targets that were asked for; return the exit status."""
    asked = _asked(arguments)
    names = asked.targets or list(registry.NAMES)
    if asked.keep:
        return _kept(names, asked.folder)
    waiting = [Run(each, asked.folder, asked.seed, asked.minutes * 60) for each in names]
    done: list[Run] = []
    running: list[Run] = []
    found = [each for name in names for each in steep_inputs(name, asked.folder, asked.growth)]
    print(f"{len(names)} targets, {asked.minutes:g} minutes each, {asked.jobs} at a time")
    try:
        while waiting or running:
            while waiting and len(running) < asked.jobs:
                running.append(waiting.pop(0))
                running[-1].start()
            _wait(running)
            done += [each for each in running if each.is_over]
            running = [each for each in running if not each.is_over]
    except KeyboardInterrupt:
        for each in running:
            each.stop()
        done += running
    return _told(done, found)


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    reader.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(registry.NAMES))
    reader.add_argument("--minutes", type=float, default=10, help="for each target (10)")
    reader.add_argument("--jobs", type=int, default=1, help="how many at a time (1)")
    reader.add_argument("--seed", type=int, default=0, help="of the dice; 0: another each time")
    reader.add_argument("--folder", type=Path, default=FOLDER, help=f"to work in ({FOLDER})")
    growing = "pieces of each input that are repeated, to see whether time grows straight (5)"
    reader.add_argument("--growth", type=int, default=5, help=growing)
    keeping = "instead of running: take over what earlier runs found worth keeping"
    reader.add_argument("--keep", action="store_true", help=keeping)
    asked = reader.parse_args(arguments)
    for each in set(asked.targets) - set(registry.NAMES):
        reader.error(f"there is no target {each}")
    return asked


def _wait(running: list[Run]) -> None:
    """Return when one is over; tell how they stand meanwhile."""
    told = time.monotonic()
    while not any(each.is_over for each in running):
        time.sleep(0.5)
        if time.monotonic() - told >= _EVERY_S:
            told = time.monotonic()
            for each in running:
                print(each.line, flush=True)
    for each in running:
        if each.is_over:
            print(each.line, flush=True)


def _told(done: list[Run], found: list[Path]) -> int:
    found += [finding for each in done for finding in each.findings]
    print("\n" + "\n".join(each.line for each in done))
    for each in found:
        print(f"found: {os.path.relpath(each)}")
    print(f"{len(found)} findings" if found else "nothing was found")
    return 1 if found else 0


def _kept(names: list[str], folder: Path) -> int:
    for each in names:
        print(keep(each, folder / each / "corpus"), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
