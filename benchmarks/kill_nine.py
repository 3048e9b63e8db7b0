"""SIGKILL at random points, again and again, while a fleet is at work.

    python -m benchmarks.kill_nine --kills 1000 [--database sqlite|postgresql] [--devices 40]

The server process is killed and started anew (by a fork of one that has imported everything:
that saves seconds each time). One of several workers is killed in `benchmarks.ten_thousand`.
Afterwards nothing may be lost and no Exec be done twice: status 1 where something is.
"""

import argparse
import asyncio
import random
import sys
import time
from contextlib import ExitStack

from benchmarks.rig.site import own_folder
from benchmarks.rig.sites import make_site
from benchmarks.rig.trial import Trial, say

LONGEST_S = 1.5
"""Seconds from the moment that the server answers to the next kill, at most."""


async def kill_often(trial: Trial, kills: int, started: float) -> None:
    """Kill at random moments; start it anew as soon as it is dead."""
    dice = random.Random(trial.seed)
    for number in range(1, kills + 1):
        await asyncio.sleep(dice.uniform(0, LONGEST_S))
        trial.site.kill()
        await asyncio.to_thread(trial.site.start)
        if number % 50 == 0 or number == kills:
            counts = trial.counts
            say(started, f"{number} kills; {counts.sessions} sessions, {counts.broken} cut off")


async def main() -> int:
    """Run the trial; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--devices", type=int, default=40)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    started = time.monotonic()
    with ExitStack() as stack:
        folder = stack.enter_context(own_folder("kill"))
        site = make_site(stack, folder, chosen.database, workers=1)
        site.quick = True
        site.start()
        stack.callback(site.stop)
        trial = Trial(site, chosen.devices, chosen.seed)
        say(started, f"{chosen.devices} headsets, {chosen.kills} kills, {chosen.database}")
        await trial.run(lambda each: kill_often(each, chosen.kills, started))
        say(started, "at rest")
        return trial.verdict()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
