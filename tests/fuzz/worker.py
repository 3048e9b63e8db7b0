"""One target under atheris: `python -m tests.fuzz.worker NAME FINDINGS -- ARGUMENTS OF LIBFUZZER`.

A finding does not end the run: it is kept once for each place it comes from, and the run goes on.
Only what the process cannot survive (memory, an endless loop, a crash of a C library) ends it;
libFuzzer keeps that input itself.
"""

import hashlib
import os
import sys
import traceback
from pathlib import Path
from random import Random

import atheris  # type: ignore[import-untyped]
from tests.fuzz import registry
from tests.fuzz.harness import Target, Violation, examine
from tests.fuzz.mutators import pool

_INSTRUMENTED = ("lenskeep", "ruamel", "joserfc", "authlib", "signxml")
_BYTES = 0.25
"""Share of mutations that libFuzzer makes by itself, with its dictionary."""

_LARGE = 8 * 1024
_SMALL_AGAIN = 0.97
"""Share of large inputs that are put back for a small one, since they take most of the time."""


class Worker:
    """Runs one target, and keeps what it finds."""

    def __init__(self, target: Target, findings: Path) -> None:
        self._target = target
        self._findings = findings
        self._seen: set[str] = set()

    def run(self, data: bytes) -> None:
        """Run the target once."""
        try:
            examine(self._target, data)
        except Exception as error:  # noqa: BLE001 - whatever comes out is the finding
            self._keep(data, error)

    def mutate(self, data: bytes, most: int, seed: int) -> bytes:
        """Return another input."""
        random = Random(seed)
        most = min(most, self._target.max_bytes)
        if len(data) > _LARGE and random.random() < _SMALL_AGAIN:
            data = pool.other(random, data)
        if random.random() < _BYTES:
            return bytes(atheris.Mutate(data, most))
        return self._target.mutate(bytes(data), random)[:most]

    def _keep(self, data: bytes, error: Exception) -> None:
        mark = _mark(error)
        if mark in self._seen:
            return
        self._seen.add(mark)
        name = f"{type(error).__name__}-{mark}"
        self._findings.mkdir(parents=True, exist_ok=True)
        (self._findings / name).write_bytes(data)
        told = "".join(traceback.format_exception(error))[-4000:]
        (self._findings / f"{name}.txt").write_text(told, "utf-8", "backslashreplace")
        print(f"FINDING {self._target.name} {name}: {str(error)[:300]!r}", flush=True)


def _mark(error: Exception) -> str:
    """Return what tells one finding from another: the kind, and the places nearest to it."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(each.filename).name}:{each.name}" for each in frames[-3:]]
    told = str(error.args[0]) if isinstance(error, Violation) and error.args else ""
    whole = "|".join((type(error).__name__, told, *places))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:12]


def main() -> None:
    """Fuzz."""
    name, findings, _, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=list(_INSTRUMENTED), enable_loader_override=False):
        target = registry.target(name)
    pool.fill([each.read_bytes() for each in registry.corpus(name)])
    worker = Worker(target, Path(findings))
    os.environ.setdefault("PYTHONHASHSEED", "0")
    atheris.Setup(
        [sys.argv[0], *arguments], worker.run, custom_mutator=worker.mutate, internal_libfuzzer=True
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
