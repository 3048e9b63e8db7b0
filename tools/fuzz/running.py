"""One target being fuzzed in a process of its own, begun again where it died before its time."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Final

from tests.fuzz import registry

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "build" / "fuzz"
TIMEOUT_S: Final = 120
"""One input, by the clock: an endless loop. What is merely slow is told by the CPU's."""
MEMORY_MB: Final = 1024
_DONE: Final = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/(\S+)", re.MULTILINE)
_RUNS: Final = re.compile(r"^stat::number_of_executed_units: (\d+)", re.MULTILINE)
_TAIL: Final = 20_000


class Run:
    """Fuzzes one target for a while."""

    def __init__(self, name: str, folder: Path, seed: int, seconds: float) -> None:
        self.name = name
        self._folder = folder / name
        self._seed = seed
        self._seconds = seconds
        self._left = seconds
        self._runs = 0
        self._spent = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._began = 0.0
        self._since = 0.0

    # --- where things lie -------------------------------------------------------------------------

    @property
    def _findings(self) -> Path:
        return self._folder / "findings"

    @property
    def findings(self) -> list[Path]:
        """The inputs that this run found, whether or not an earlier one did."""
        found = [
            each
            for each in self._findings.glob("*")
            if each.suffix != ".txt" and each.name != ".began"
        ]
        return sorted(each for each in found if each.stat().st_mtime >= self._since)

    # --- running ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        (self._folder / "corpus").mkdir(parents=True, exist_ok=True)
        self._findings.mkdir(parents=True, exist_ok=True)
        (self._folder / "log").unlink(missing_ok=True)
        mark = self._findings / ".began"
        mark.touch()
        self._since = mark.stat().st_mtime
        self._begin()

    def _begin(self) -> None:
        self._began = time.monotonic()
        self._log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.fuzz.worker"),
                *(self.name, str(self._findings), "--"),
                *self._arguments(),
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )

    def _arguments(self) -> list[str]:
        given = [
            f"-max_total_time={max(1, int(self._left))}",
            f"-max_len={registry.target(self.name).max_bytes}",
            f"-timeout={TIMEOUT_S}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-artifact_prefix={self._findings}/",
            "-len_control=0",
            f"-report_slow_units={TIMEOUT_S}",
            "-print_final_stats=1",
        ]
        if self._seed:
            given.append(f"-seed={self._seed}")
        if words := registry.words(self.name):
            given.append(f"-dict={words}")
        return [*given, str(self._folder / "corpus"), str(registry.CORPUS / self.name)]

    def stop(self) -> None:
        """End it before its time."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
            self._account()

    @property
    def is_over(self) -> bool:
        """Whether its time is over; a process that died before begins again."""
        if self._process is None:
            return self._left <= 0
        if self._process.poll() is None:
            return False
        self._account()
        if self._left > 5:
            self._begin()
            return False
        return True

    def _account(self) -> None:
        self._spent += time.monotonic() - self._began
        self._left = self._seconds - self._spent
        self._runs += self._count(self._tail())
        self._process = None
        if self._log is not None:
            self._log.close()

    # --- telling ----------------------------------------------------------------------------------

    def _tail(self) -> str:
        log = self._folder / "log"
        return log.read_bytes()[-_TAIL:].decode("utf-8", "replace") if log.exists() else ""

    def _count(self, tail: str) -> int:
        whole, last = _RUNS.findall(tail), _DONE.findall(tail)
        return int(whole[-1]) if whole else int(last[-1][0]) if last else 0

    @property
    def line(self) -> str:
        """How it stands, in one line."""
        tail = self._tail()
        lives = self._process is not None
        spent = self._spent + (time.monotonic() - self._began if lives else 0)
        runs = self._runs + (self._count(tail) if lives else 0)
        last = _DONE.findall(tail)
        _, coverage, features, units, size = last[-1] if last else ("0", "0", "0", "0", "0b")
        return (
            f"{self.name:12} {spent / 60:5.1f} min {runs:>10,} runs  cov {coverage:>5}"
            f"  ft {features:>6}  corpus {units:>5} {size:>8}  findings {len(self.findings)}"
        )
