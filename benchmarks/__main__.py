"""`make bench`: measure everything, print the tables and the verdict.

    python -m benchmarks [--quick] [--only PART,...] [--json FILE] [--markdown FILE]

Status 1 where a target was missed, or something could not be measured to its end. Nothing here is
part of `make test`.
"""

import argparse
import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path

import structlog
import uvloop
from benchmarks.bench.machine import describe
from benchmarks.bench.run import FULL, KINDS, PARTS, QUICK, TINY, Plan, measure
from benchmarks.bench.table import as_json, markdown, plain, put_in, verdicts


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the status."""
    asked = _asked(arguments)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(_plan(asked), _teller(quiet=asked.quiet)))
    found.machine = describe()
    print(f"\r\033[K{plain(found)}" if sys.stdout.isatty() else plain(found))
    if asked.json:
        asked.json.write_text(as_json(found), "utf-8")
    if asked.markdown:
        before = asked.markdown.read_text("utf-8") if asked.markdown.exists() else ""
        asked.markdown.write_text(put_in(before, markdown(found)), "utf-8")
    missed = any(each.kept is False for each in verdicts(found))
    return 1 if missed or found.broken else 0


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small fleets, short rounds")
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--database", default=",".join(KINDS), help=f"of {', '.join(KINDS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round")
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write the tables; between the marks of a page that has them",
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    asked = parser.parse_args(arguments)
    for name, known in (("only", PARTS), ("database", tuple(KINDS))):
        unknown = set(getattr(asked, name).split(",")) - set(known)
        if unknown:
            parser.error(f"--{name}: {', '.join(sorted(unknown))} is none of {', '.join(known)}")
    return asked


def _plan(asked: argparse.Namespace) -> Plan:
    plan = TINY if asked.tiny else QUICK if asked.quick else FULL
    kinds = tuple(KINDS[each] for each in asked.database.split(","))
    return replace(plan, parts=frozenset(asked.only.split(",")), kinds=kinds)


class _teller:  # noqa: N801 - called like a function
    """Shows what is being done: one line that changes on a terminal, a line each elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._started = time.monotonic()
        self._last = ""

    def __call__(self, words: str) -> None:
        if self._quiet:
            return
        at = int(time.monotonic() - self._started)
        line = f"{at // 60:3}:{at % 60:02}  {words}"
        if sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif words.partition(":")[0:2] != self._last.partition(":")[0:2] or "round" not in words:
            print(line, file=sys.stderr, flush=True)
        self._last = words


if __name__ == "__main__":
    raise SystemExit(main())
