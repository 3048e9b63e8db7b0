"""Print the part of requirements.lock that a server needs, hashes and all; no tests, no tools.

Run with the interpreter in which the whole lock is installed: what needs what is asked of the
installed packages. `python tools/runtime_lock.py [EXTRA...] > runtime.lock`
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parent.parent
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==")


def blocks(lock: str) -> Mapping[str, str]:
    """Return the lines of each package of a lock, by its name."""
    found: dict[str, str] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        if pinned := _PINNED.match(line):
            name = canonicalize_name(pinned[1])
            found[name] = ""
        if name and not line.startswith("#"):
            found[name] += line
    return found


def closure(wanted: Iterable[str]) -> set[str]:
    """Return the names of these requirements, and of all that they need."""
    found: set[str] = set()
    waiting = [Requirement(each) for each in wanted]
    while waiting:
        requirement = waiting.pop()
        key = f"{canonicalize_name(requirement.name)}[{','.join(sorted(requirement.extras))}]"
        if key not in found:
            found.add(key)
            waiting += _needs(requirement)
    return {each.partition("[")[0] for each in found}


def _needs(requirement: Requirement) -> Iterator[Requirement]:
    try:
        needed = requires(requirement.name) or []
    except PackageNotFoundError:  # for another platform than this one
        return
    for text in needed:
        each = Requirement(text)
        extras = ["", *requirement.extras]
        if each.marker is None or any(each.marker.evaluate({"extra": e}) for e in extras):
            yield each


def runtime_lock(*extras: str) -> str:
    """Return the lock of what a server needs, with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    names = closure(wanted)
    locked = blocks((ROOT / "requirements.lock").read_text("utf-8"))
    return "".join(text for name, text in locked.items() if name in names)


if __name__ == "__main__":
    sys.stdout.write(runtime_lock(*sys.argv[1:]))
