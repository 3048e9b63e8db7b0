"""Ten thousand messages lost, doubled, reordered and cut short, while a fleet is at work.

    python -m benchmarks.accidents --messages 10000 [--database sqlite|postgresql]

Nearly every session of every headset meets with an accident: its request or its answer is lost,
a message comes twice, breaks off half-way, or an earlier message comes once more, late, behind
those that followed it. Afterwards nothing may be lost and no Exec be done twice: status 1 where
something is.
"""

import argparse
import asyncio
import random
import sys
import time
from contextlib import ExitStack
from typing import Final

from benchmarks.rig.site import own_folder
from benchmarks.rig.sites import make_site
from benchmarks.rig.trial import Trial, say

from lenskeep.virtual.transport import NO_ACCIDENTS, Accidents

KINDS: Final = ("lose_request", "lose_answer", "double", "truncate")
LONGEST: Final = 3
"""The message that it happens to, at most: sessions are short."""
CALM: Final = 0.15
"""Part of the sessions that nothing happens to."""
LATE: Final = 0.5
"""Part of the sessions after which one of their messages comes once more."""


def misfortune(dice: random.Random) -> Accidents:
    """Return what happens to the next session."""
    if dice.random() < CALM:
        return NO_ACCIDENTS
    return Accidents(**{dice.choice(KINDS): dice.randint(1, LONGEST)})


async def until_enough(trial: Trial, messages: int, started: float) -> None:
    """Wait until so many accidents have happened."""
    told = 0
    while (happened := trial.counts.accidents.total()) < messages:
        await asyncio.sleep(0.5)
        if happened // 1000 > told:
            told = happened // 1000
            say(started, f"{happened} accidents: {dict(trial.counts.accidents)}")


async def main() -> int:
    """Run the trial; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--devices", type=int, default=40)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    started = time.monotonic()
    with ExitStack() as stack:
        folder = stack.enter_context(own_folder("accidents"))
        site = make_site(stack, folder, chosen.database)
        site.start()
        stack.callback(site.stop)
        trial = Trial(site, chosen.devices, chosen.seed, misfortune, pause_s=0.05, late=LATE)
        say(started, f"{chosen.devices} headsets, {chosen.messages} accidents, {chosen.database}")
        await trial.run(lambda each: until_enough(each, chosen.messages, started))
        say(started, "at rest")
        return trial.verdict()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
