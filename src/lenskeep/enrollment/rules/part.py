"""One object of a JSON document while it is read: strictly, and what is wrong is gathered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, TypeVar

from lenskeep.base.errors import Complaint, shown

MAX_ENTRIES: Final = 10_000
"""Of one list: the largest fleets of HoloLens known have thousands."""
MAX_TEXT: Final = 256
"""Characters of one text."""

T = TypeVar("T")


@dataclass(slots=True)
class Part:
    """One object of the document while it is read, and all complaints so far."""

    place: str
    values: Mapping[str, object]
    wrongs: list[Complaint] = field(default_factory=list)

    def wrong(self, key: str, message: str, allowed: str | None = None) -> None:
        """Complain about a key of this object."""
        self.wrongs.append(Complaint(f"{self.place}{key}", message, allowed))

    def only(self, *keys: str) -> None:
        """Complain about every other key."""
        for key in self.values:
            if key not in keys:
                near = get_close_matches(str(key)[:40], keys, n=1)
                allowed = f"{near[0]}?" if near else ", ".join(keys)
                self.wrong(shown(str(key)).strip("'\""), "there is no such key", allowed)

    def part(self, key: str) -> "Part | None":
        """Return an object within this one; None where nothing stands."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.wrong(key, "an object is expected", "{ ... }")
            return None
        return Part(f"{self.place}{key}.", value, self.wrongs)

    def texts(
        self, key: str, take: Callable[[str], str | None], allowed: str, *, may_be_empty: bool
    ) -> frozenset[str] | None:
        """Return a list of texts, each as `take` makes it; None where nothing stands."""
        found = self._list(key, may_be_empty=may_be_empty)
        if found is None:
            return None
        taken: set[str] = set()
        for index, each in enumerate(found):
            one = take(each) if isinstance(each, str) and len(each) <= MAX_TEXT else None
            if one is None:
                name = shown(each) if isinstance(each, str) else "this"
                self.wrong(f"{key}[{index}]", f"{name} cannot stand here", allowed)
            else:
                taken.add(one)
        return frozenset(taken)

    def numbers(self, key: str, low: int, high: int) -> frozenset[int] | None:
        """Return a list of numbers; None where nothing stands."""
        found = self._list(key, may_be_empty=False)
        if found is None:
            return None
        taken: set[int] = set()
        for index, each in enumerate(found):
            if isinstance(each, int) and not isinstance(each, bool) and low <= each <= high:
                taken.add(each)
            else:
                self.wrong(f"{key}[{index}]", "a number is expected", f"{low} to {high}")
        return frozenset(taken)

    def _list(self, key: str, *, may_be_empty: bool) -> list[object] | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            self.wrong(key, "a list is expected", "[ ... ]")
            return None
        if len(value) > MAX_ENTRIES:
            self.wrong(key, f"{len(value)} entries are too many", f"at most {MAX_ENTRIES}")
            return None
        if not value and not may_be_empty:
            self.wrong(key, "an empty list would let nobody in", "leave the key out for no rule")
        return list(value)

    def flag(self, key: str) -> bool:
        """Return true or false; false where nothing stands."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return value or False
        self.wrong(key, "true or false is expected", "true, false")
        return False

    def number(self, key: str, low: int, high: int) -> int | None:
        """Return a number; None where nothing stands."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(key, "a whole number is expected", f"{low} to {high}")
            return None
        return value

    def text(self, key: str, read: Callable[[str], T | None], allowed: str) -> T | None:
        """Return what `read` makes of a text; None where nothing stands."""
        value = self.values.get(key)
        if value is None:
            return None
        one = read(value) if isinstance(value, str) and len(value) <= MAX_TEXT else None
        if one is None:
            self.wrong(key, "this cannot be read", allowed)
        return one
