"""What is wrong with a document, gathered while it is read on."""

from collections.abc import Iterable
from difflib import get_close_matches

from lenskeep.base.errors import Complaint, shown
from lenskeep.desired.document.nodes import Entry


class Wrongs:
    """Complaints so far. `under` names a part of the document; they all gather in one list."""

    def __init__(self, place: str = "", found: list[Complaint] | None = None) -> None:
        self._place = place
        self.found: list[Complaint] = [] if found is None else found

    def under(self, part: str) -> "Wrongs":
        """Return the place of a part."""
        return Wrongs(self._place + part, self.found)

    def add(self, field: str, line: int, problem: str, allowed: str | None = None) -> None:
        """Note one more; `field` goes on from the place."""
        self.found.append(Complaint(self._place + field, f"line {line}: {problem}", allowed))

    def unknown(self, before: str, entries: Iterable[Entry], keys: tuple[str, ...]) -> None:
        """Note every key that is none of these, with the one that was probably meant."""
        for each in entries:
            if each.key in keys:
                continue
            near = get_close_matches(each.key[:40], keys, n=1, cutoff=0.6)
            allowed = f"{near[0]}?" if near else ", ".join(keys)
            key = "".join(one if one.isprintable() else "?" for one in each.key[:40])
            self.add(f"{before}{key}", each.line, f"no key is {shown(each.key)}", allowed)
