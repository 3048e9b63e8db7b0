"""Builds of HoloLens and of desktop Windows: two number series, each with its branches."""

import re
from collections.abc import Iterable
from typing import Final

from lenskeep.tree.catalog.record import Build

_BRANCHES: Final = (14393, 17134, 17763, 18362, 19041, 20346, 22621)
"""First builds of the branches that HoloLens had. 20346 and 20348 are one: 21H1 to 22H2."""
_AT_21H1: Final = 1146
"""The revision of 19041 in May 2021, when 20346.1002 was released: what 19041 got later, the next
branch got with 20348.1007 in June 2021."""
_LATE: Final = (20348, 1007)
_SERVICED_AS_ONE: Final = ((18362, 18363), (19041, 19045), (22621, 22631))
"""First and last builds of desktop branches whose revisions are one series."""
_VERSION: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}")


def numbers(text: str) -> tuple[int, ...]:
    """Return `1.10` as (1, 10); nothing where it is no version."""
    if not _VERSION.fullmatch(text):
        return ()
    return tuple(int(each) for each in text.split("."))


def pair(build: str) -> tuple[int, int]:
    """Return build and revision of `22621.1244`, zeros where it is none."""
    found = numbers(build.removeprefix("10.0."))
    return (found[0], found[1] if len(found) > 1 else 0) if found else (0, 0)


def branch_of(build: int) -> int:
    """Return the branch that the build is of: the last that began at or before it."""
    return max((each for each in _BRANCHES if each <= build), default=0)


def has_hololens_build(build: str, needed: str) -> bool:
    """Return whether a HoloLens of this build has what came with the needed one.

    Within a branch by build and revision; a later branch has what earlier ones had when it began.
    """
    here, wanted = pair(build), pair(needed)
    branch, origin = branch_of(here[0]), branch_of(wanted[0])
    if branch == origin:
        return here >= wanted
    if origin == 19041 and wanted[1] > _AT_21H1 and branch == 20346:
        return here >= _LATE
    return branch > origin


def has_windows_build(build: str, needed: Iterable[Build]) -> bool:
    """Return whether a desktop build has what came with any of the needed ones.

    A build without revision began a release, and all later ones have it. One with a revision is a
    backport within its branch; the newest of them also stands for the branches after it.
    """
    entries = tuple(needed)
    newest = max(entries, key=lambda each: each.number, default=None)
    here = pair(build)
    return any(_has_entry(here, each, is_newest=each is newest) for each in entries)


def _has_entry(here: tuple[int, int], entry: Build, *, is_newest: bool) -> bool:
    if entry.revision is None:
        return here[0] >= entry.number
    low, high = next(
        (each for each in _SERVICED_AS_ONE if each[0] <= entry.number <= each[1]),
        (entry.number, entry.number),
    )
    if low <= here[0] <= high:
        return here[0] >= entry.number and here[1] >= entry.revision
    return is_newest and here[0] > high
