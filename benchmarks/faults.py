"""Faults on purpose, while a fleet is at work: afterwards nothing is lost or done twice.

    python -m benchmarks.faults [restart|starved|disk|disk-postgresql|clock] ...

restart          the database server crashes and comes back, twenty times
starved          other clients take every connection that the database has
disk             the disk of the data folder is full for a while (SQLite; needs root)
disk-postgresql  the disk of the tables is full for a while (needs root)
clock            the server's clock jumps forward and back by minutes, hours, days

Without a name: all of them, one after the other. Status 1 where something is wrong.
"""

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import asyncpg
from benchmarks.rig.site import Site, own_folder
from benchmarks.rig.sites import clustered
from benchmarks.rig.trial import Disturb, Trial, say

RESTARTS: Final = 20
SPELLS: Final = 4
"""How often connections, or the disk, run out."""
SPELL_S: Final = 6.0
CALM_S: Final = 4.0
DISK_MB: Final = 48
STEPS_S: Final = (300, -300, 7200, 0, 86_400, -86_400, 30 * 86_400, 0)
"""Where the clock is set to, against the real one, one after the other."""


async def restart(trial: Trial, crash: Callable[[], None]) -> None:
    """Let the database crash at random moments."""
    dice = random.Random(trial.seed)
    for _ in range(RESTARTS):
        await asyncio.sleep(dice.uniform(0.2, 2.5))
        await asyncio.to_thread(crash)
    await asyncio.sleep(CALM_S)


async def starve(_trial: Trial, url: str, cut: Callable[[], None]) -> None:
    """Cut the server's connections and take every one there is, again and again."""
    for _ in range(SPELLS):
        taken: list[asyncpg.Connection] = []
        await asyncio.to_thread(cut)
        end = time.monotonic() + SPELL_S
        while time.monotonic() < end:
            try:
                taken.append(await asyncpg.connect(url))
            except (asyncpg.PostgresError, OSError):
                await asyncio.sleep(0.1)
        for each in taken:
            await each.close()
        await asyncio.sleep(CALM_S)


async def fill(_trial: Trial, disk: Path) -> None:
    """Fill the disk to its last byte, and make room again."""
    filler = disk / "filler"
    for _ in range(SPELLS):
        with filler.open("ab", buffering=0) as file:
            end = time.monotonic() + SPELL_S
            while time.monotonic() < end:
                try:
                    file.write(bytes(65536))
                except OSError:
                    await asyncio.sleep(0.05)
        filler.unlink()
        await asyncio.sleep(CALM_S)


async def step(_trial: Trial, file: Path) -> None:
    """Set the clock forward and back."""
    for seconds in STEPS_S:
        file.write_text(str(seconds), "ascii")
        await asyncio.sleep(CALM_S)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Yield a disk of a few megabytes, in memory; only root may make one."""
    folder.mkdir()
    size = f"size={DISK_MB}m,mode=0777"
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def void(_: object) -> None:
    """Forget what was answered."""


# --- the trials ---------------------------------------------------------------------------


def restarting(stack: ExitStack, folder: Path) -> tuple[Site, Disturb]:
    """The database server crashes."""
    site, cluster = clustered(stack, folder)
    return site, lambda trial: restart(trial, lambda: cluster.restart("immediate"))


def starving(stack: ExitStack, folder: Path) -> tuple[Site, Disturb]:
    """Other clients take all connections."""
    site, cluster = clustered(stack, folder)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'lenskeep'"
    return site, lambda trial: starve(
        trial, site.database, lambda: void(cluster.sql(cut, "postgres"))
    )


def filling(stack: ExitStack, folder: Path) -> tuple[Site, Disturb]:
    """The disk of the data folder is full."""
    disk = stack.enter_context(small_disk(folder / "disk"))
    site = Site(disk / "data")
    site.make()
    return site, lambda trial: fill(trial, disk)


def filling_tables(stack: ExitStack, folder: Path) -> tuple[Site, Disturb]:
    """The disk of the tables is full."""
    folder.chmod(0o711)
    disk = stack.enter_context(small_disk(folder / "disk"))
    site, cluster = clustered(stack, folder)
    tables = disk / "tables"
    tables.mkdir()
    if os.geteuid() == 0:
        shutil.chown(tables, "postgres")
    cluster.sql(f"CREATE TABLESPACE small LOCATION '{tables}'", "postgres")
    cluster.sql("ALTER DATABASE lenskeep SET TABLESPACE small", "postgres")
    return site, lambda trial: fill(trial, disk)


def stepping(stack: ExitStack, folder: Path) -> tuple[Site, Disturb]:
    """The clock jumps."""
    file = folder / "step"
    file.write_text("0", "ascii")
    site, _ = clustered(stack, folder)
    here = str(Path(__file__).with_name("rig") / "stepping")
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    site.environment |= {"PYTHONPATH": path, "LENSKEEP_STEP_FILE": str(file)}
    return site, lambda trial: step(trial, file)


TRIALS: Final = {
    "restart": restarting,
    "starved": starving,
    "disk": filling,
    "disk-postgresql": filling_tables,
    "clock": stepping,
}


async def main() -> int:
    """Run the trials; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trial", nargs="*", choices=[*TRIALS, []], default=[])
    parser.add_argument("--devices", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    status = 0
    for name in chosen.trial or TRIALS:
        status |= await one(name, chosen.devices, chosen.seed)
    return status


async def one(name: str, devices: int, seed: int) -> int:
    """Run one trial; return the exit status."""
    started = time.monotonic()
    with ExitStack() as stack:
        folder = stack.enter_context(own_folder(name))
        site, disturb = TRIALS[name](stack, folder)
        site.start()
        stack.callback(site.stop)
        trial = Trial(site, devices, seed)
        say(started, f"{name}: {devices} headsets")
        await trial.run(disturb)
        say(started, f"{name}: at rest")
        return trial.verdict()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
