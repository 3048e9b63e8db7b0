"""A large fleet takes a change while a worker is killed, the database restarts, a backup runs.

    python -m benchmarks.ten_thousand [--devices 10000]

A PostgreSQL server of its own, two workers, real TLS. All headsets enroll; then a profile of ten
settings and a lock (an Exec) for everybody. While the fleet takes them: a backup, SIGKILL to one
worker, an immediate restart of the database. Afterwards every headset must have every setting,
verified on the server, and have carried out nothing twice, by its own book. Then the backup is
restored into another folder and another database, a server starts there under the same name, and
the fleet goes on with another change. Status 1 where any of that does not hold.
"""

import argparse
import asyncio
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

import httpx2
import uvloop
from benchmarks.rig.logbook import Logbook
from benchmarks.rig.site import CODE_USES, Site, own_folder
from benchmarks.rig.sites import clustered
from tools.postgres_cluster import Cluster

from lenskeep.virtual.enrollment.keys import SharedPrimes
from lenskeep.virtual.fleet import Fleet, FleetPlan, Load, Tally, patience, read_arrivals, read_mix

CONFIG: Final = "./Device/Vendor/MSFT/Policy/Config/"
LOCK: Final = "./Device/Vendor/MSFT/RemoteLock/Lock"
LENGTH: Final = "DeviceLock/MinDevicePasswordLength"
SETTINGS: Final = {
    "MixedReality/BrightnessButtonDisabled": "1",
    "MixedReality/VolumeButtonDisabled": "1",
    "MixedReality/MicrophoneDisabled": "1",
    "Experience/AllowCortana": "0",
    "Browser/AllowPopups": "1",
    "Browser/AllowSmartScreen": "1",
    "Privacy/LetAppsAccessLocation": "2",
    "Settings/AllowDateTime": "0",
    "System/AllowLocation": "1",
    LENGTH: "6",
}
EVERYBODY: Final = "grp_all"
BULK: Final = 1000
"""Devices that one order of operations is for, at most."""
BACKUP_AT, KILL_AT, RESTART_AT = 0.15, 0.35, 0.6
"""Parts of the fleet that have the change when something happens."""
ROUNDS: Final = 6
"""How often those that are not verified yet are asked to call again."""


class Voyage:
    """One run: the fleet, the site it is on, and what was found wrong."""

    def __init__(self, site: Site, cluster: Cluster, folder: Path, chosen: Any) -> None:
        self.site = site
        self.cluster = cluster
        self.folder = folder
        self.size: int = chosen.devices
        self.tally = Tally()
        self.log = Logbook(self._messages)
        self.wrong: list[str] = []
        self.profile = ""
        self.archive = folder
        self._over = False
        self._base = 0
        """Changes carried out before the one that this is about."""
        codes = [site.code() for _ in range(-(-self.size // CODE_USES))]
        plan = FleetPlan(
            self.size,
            site.url,
            "\n".join(codes),
            site.ca,
            builds=("HL2-22621.1244",),
            at_once=chosen.at_once,
            starts_per_s=1000,
            patience=patience(180),
            keep=chosen.keep_alive,
        )
        self.fleet = Fleet(plan, SharedPrimes(), self.tally)

    def _messages(self) -> int:
        return sum(each.total for kind, each in self.tally.times.items() if kind in _COUNTED)

    # --- the stages ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Do all of it."""
        sampling = asyncio.create_task(self._sample())
        try:
            await self._enroll()
            await self._change()
            await self._judge("after the trouble")
            await self._restore()
            await self._judge("after the restore", {**SETTINGS, LENGTH: "8"})
        finally:
            sampling.cancel()
            with suppress(asyncio.CancelledError):
                await sampling
            self.log.sample()

    def stop(self) -> None:
        """Stop the server that is running now."""
        self.site.stop()

    async def _sample(self) -> None:
        while True:
            self.log.sample()
            await asyncio.sleep(0.5)

    async def _enroll(self) -> None:
        self.log.mark(f"{self.size:,} headsets begin to enroll")
        started = time.monotonic()
        rows = await self.fleet.muster()
        seconds = time.monotonic() - started
        bad = Counter(row.problem for row in rows if row.problem)
        self.log.mark(f"{self.tally.headsets:,} enrolled, {self.tally.headsets / seconds:.1f}/s")
        for reason, count in bad.most_common(5):
            self.wrong.append(f"{count} did not enroll: {reason}")

    async def _change(self) -> None:
        """Order the change; let the fleet take it while things go wrong."""
        await asyncio.to_thread(self._order)
        self._base = self.tally.carried_out
        trouble = asyncio.create_task(self._trouble())
        await self.fleet.sail(Load(read_mix("change=1"), read_arrivals("burst")))
        self.log.mark("all have called; " + self._books())
        self._over = True
        await trouble
        await self._until_verified()

    def _order(self) -> None:
        site = self.site
        body = {"name": "ten settings", "settings": _settings(SETTINGS)}
        self.profile = site.ask("POST", "/api/v1/profiles", body)["profile"]["id"]
        wish = {"profile": self.profile, "group": EVERYBODY, "accept_conflicts": True}
        started = time.monotonic()
        site.ask("POST", "/api/v1/assignments", wish)
        self.log.mark(f"ten settings are assigned, in {time.monotonic() - started:.2f} s")
        devices = [row["id"] for row in site.devices()]
        for first in range(0, len(devices), BULK):
            some = devices[first : first + BULK]
            site.ask("POST", "/api/v1/operations", {"verb": "exec", "uri": LOCK, "devices": some})
        self.log.mark(f"a lock is queued for {len(devices):,}")

    def _books(self) -> str:
        tally = self.tally
        books = {"lost": tally.lost, "refused": tally.refused, "doubled": tally.doubled}
        told = [f"{name} {dict(book.most_common(3))}" for name, book in books.items() if book]
        return "; ".join(told) or "nothing lost, refused or doubled"

    async def _trouble(self) -> None:
        """Back up, kill, restart, each at its part of the way."""
        whole = self.size * (len(SETTINGS) + 1)
        backing: asyncio.Task[None] | None = None
        for part, does in ((BACKUP_AT, "backup"), (KILL_AT, "kill"), (RESTART_AT, "restart")):
            while not self._over and self.tally.carried_out - self._base < part * whole:
                await asyncio.sleep(0.05)
            match does:
                case "backup":
                    backing = asyncio.create_task(asyncio.to_thread(self._back_up))
                case "kill":
                    victim = self.site.processes()[0]
                    os.kill(victim, signal.SIGKILL)
                    self.log.mark("KILL -9 of one worker")
                case _:
                    self.log.mark("RESTART of the database, immediate")
                    await asyncio.to_thread(self.cluster.restart, "immediate")
                    self.log.mark("the database is back")
        assert backing is not None
        await backing

    def _back_up(self) -> None:
        """Back up; once more where the restart of the database caught it."""
        (self.folder / "passphrase").write_text("correct horse battery staple, and more\n")
        for attempt in (1, 2, 3):
            part = (self.tally.carried_out - self._base) / (self.size * (len(SETTINGS) + 1))
            self.log.mark(f"BACKUP begins: {part:.0%} of the change is carried out")
            try:
                self.site.command("backup", str(self._archive(attempt)), *self._passphrase)
            except RuntimeError as error:
                self.log.mark(f"the backup broke off: {str(error).split()[-1]}")
                continue
            size = self._archive(attempt).stat().st_size / 1e6
            self.archive = self._archive(attempt)
            self.log.mark(f"BACKUP done, {size:.1f} MB")
            return
        self.wrong.append("no backup came to its end")

    def _archive(self, attempt: int) -> Path:
        return self.folder / f"during-{attempt}.lkb"

    @property
    def _passphrase(self) -> tuple[str, str]:
        return ("--passphrase-file", str(self.folder / "passphrase"))

    async def _until_verified(self) -> None:
        """Let those call again that the server has not seen through."""
        for _ in range(ROUNDS):
            counts = await asyncio.to_thread(self._rollout)
            if counts.get("verified", 0) == self.size:
                return
            self.log.mark(f"not all verified yet: {counts}")
            await self.fleet.sail(Load(read_mix("idle=1"), read_arrivals("burst")))

    def _rollout(self) -> dict[str, int]:
        """Return how many devices stand how to the profile."""
        for pause_s in (1, 5, 15):
            try:
                line = self.site.ask("GET", f"/api/v1/profiles/{self.profile}")
                break
            except (httpx2.HTTPError, RuntimeError) as error:
                self.log.mark(f"the administrator is not answered: {type(error).__name__}")
                time.sleep(pause_s)
        else:
            line = self.site.ask("GET", f"/api/v1/profiles/{self.profile}")
        found: dict[str, int] = line["rollout"]["by_state"]
        return {name: count for name, count in found.items() if count}

    async def _restore(self) -> None:
        """Go on with the backup, in another folder and another database."""
        ahead = await asyncio.to_thread(self._rollout)
        await asyncio.to_thread(self.site.stop)
        self.log.mark("the server is stopped; RESTORE begins")
        await asyncio.to_thread(self._restored)
        behind = await asyncio.to_thread(self._rollout)
        self.log.mark(f"RESTORED: verified {behind.get('verified', 0)}, were {ahead}")
        self.fleet_restored()
        body = {"settings": _settings({**SETTINGS, LENGTH: "8"}), "base": 1}
        await asyncio.to_thread(
            self.site.ask, "POST", f"/api/v1/profiles/{self.profile}/revisions", body
        )
        self.log.mark("another change is ordered")
        await self.fleet.sail(Load(read_mix("change=1"), read_arrivals("burst")))
        await self._until_verified()

    def _restored(self) -> None:
        old = self.site
        database = self.cluster.create("restored")
        self.site = Site(self.folder / "restored", database, old.workers, old.port, token=old.token)
        said = self.site.command("restore", str(self.archive), *self._passphrase)
        print(said)
        self.site.start()

    def fleet_restored(self) -> None:
        """What a headset has may be set once more: the restored server cannot know of it."""
        for berth in self.fleet.berths:
            berth.deeds.pardoned |= set(berth.deeds.last)

    # --- the judgment -------------------------------------------------------------------------

    async def _judge(self, when: str, settings: dict[str, str] | None = None) -> None:
        """Hold every headset to what was ordered, and the server to every headset."""
        wanted = settings or SETTINGS
        counts = await asyncio.to_thread(self._rollout)
        if counts != {"verified": self.size}:
            self.wrong.append(f"{when}: the server says {counts}")
        missing: Counter[str] = Counter()
        locked: Counter[int] = Counter()
        for berth in self.fleet.berths:
            for path, value in wanted.items():
                if berth.headset.value(CONFIG + path) != value:
                    missing[path] += 1
            locked[berth.deeds.times(LOCK)] += 1
        for path, count in missing.items():
            self.wrong.append(f"{when}: {count} headsets lack {path}")
        if locked != {1: self.size}:
            self.wrong.append(f"{when}: locks carried out, times -> headsets: {dict(locked)}")
        self._judge_timeline(when, len(SETTINGS) + (settings is not None))
        self.log.mark(f"judged {when}: {len(self.wrong)} things wrong")

    def _judge_timeline(self, when: str, changes: int) -> None:
        """No timeline says that more was sent than was ordered; no Exec was sent twice."""
        database = "restored" if self.site.data.name == "restored" else "lenskeep"
        often = self.cluster.sql(_SENT_TWICE.format(changes), database).strip()
        if often != "0":
            self.wrong.append(f"{when}: {often} timelines show settings that were sent twice")
        often = self.cluster.sql(_EXEC_TWICE, database).strip()
        if often != "0":
            self.wrong.append(f"{when}: {often} Execs were sent twice")

    def verdict(self) -> int:
        """Print all of it; return the exit status."""
        tally = self.tally
        print()
        print(self.log.picture("messages"))
        print()
        for kind in ("handshake", "enroll", "first message", "later message"):
            if kind in tally.times:
                times = tally.times[kind]
                quantiles = ", ".join(
                    f"p{part * 100:.0f} {times.quantile(part) * 1e3:,.0f}"
                    for part in (0.5, 0.95, 0.99)
                )
                print(f"{kind}: {times.total:,}; {quantiles}, longest {times.longest_s:,.1f} s")
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(
            f"the fleet's own process: {used.ru_maxrss / 1e3:,.0f} MB, "
            f"{used.ru_utime + used.ru_stime:,.0f} s of processor"
        )
        print(f"on the way: {dict(tally.happenings)}")
        print(
            f"{tally.carried_out:,} changes carried out, {tally.excused:,} set again as they must"
        )
        for name, book in (
            ("lost", tally.lost),
            ("doubled", tally.doubled),
            ("refused", tally.refused),
            ("not finished", tally.unfinished),
        ):
            for reason, count in book.most_common(10):
                self.wrong.append(f"{name}: {count} x {reason}")
        for each in self.wrong:
            print(f"WRONG: {each}")
        if self.wrong:
            self._save_logs()
        print("Verdict: " + ("it did not hold." if self.wrong else "it held."))
        return 1 if self.wrong else 0

    def _save_logs(self) -> None:
        """Keep what the servers said; the folder is about to go."""
        kept = Path(tempfile.mkdtemp(prefix="ten-thousand-"))
        for log in self.folder.glob("*.log"):
            shutil.copy(log, kept)
        shutil.copy(self.cluster.log, kept / "postgresql.log")
        print(f"the servers' logs are in {kept}")


_COUNTED: Final = ("enroll", "first message", "later message")
_SENT_TWICE: Final = """
SELECT count(*) FROM (
  SELECT device_id FROM timeline WHERE kind = 'settings' GROUP BY device_id
  HAVING sum(coalesce((detail::json ->> 'sent')::int, 0)) > {}) AS twice
"""
_EXEC_TWICE: Final = "SELECT count(*) FROM operation WHERE verb = 'exec' AND deliveries > 1"


def _settings(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"uri": CONFIG + path, "value": value} for path, value in values.items()]


async def sail(stack: ExitStack, chosen: Any) -> int:
    """Run all of it; return the exit status."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    folder = stack.enter_context(own_folder("voyage"))
    site, cluster = clustered(stack, folder)
    await asyncio.to_thread(site.start)
    voyage = Voyage(site, cluster, folder, chosen)
    stack.callback(voyage.stop)
    try:
        await voyage.run()
    finally:
        await voyage.fleet.close()
    return voyage.verdict()


def main() -> int:
    """Read what was chosen, and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=48, help="headsets at work")
    parser.add_argument("--keep-alive", type=int, default=0, help="connections kept open")
    chosen = parser.parse_args()
    with ExitStack() as stack, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(sail(stack, chosen))


if __name__ == "__main__":
    sys.exit(main())
