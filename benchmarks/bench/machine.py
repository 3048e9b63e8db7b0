"""What it was measured on, in one line."""

import os
import platform
import shutil
import sqlite3
import subprocess
from pathlib import Path

from tools.postgres_cluster import NoServer, _programs


def describe() -> str:
    """Return processor, memory, system, Python and the databases."""
    parts = (
        f"{os.cpu_count()} × {_field('/proc/cpuinfo', 'model name') or platform.machine()}",
        _memory(),
        _field("/etc/os-release", "PRETTY_NAME", "=").strip('"') or platform.system(),
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        _postgresql(),
    )
    return ", ".join(each for each in parts if each)


def _field(path: str, name: str, mark: str = ":") -> str:
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except OSError:
        return ""
    pairs = (line.partition(mark) for line in lines)
    return next((value.strip() for key, _, value in pairs if key.strip() == name), "")


def _memory() -> str:
    words = _field("/proc/meminfo", "MemTotal").split()
    return f"{int(words[0]) / 1024**2:.0f} GiB" if words else ""


def _postgresql() -> str:
    program = shutil.which("postgres")
    if program is None:
        try:
            program = str(_programs() / "postgres")
        except NoServer:
            return ""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    return f"PostgreSQL {words[2]}" if len(words) > 2 else ""
