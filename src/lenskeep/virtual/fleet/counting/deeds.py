"""One headset's own book: which changes it carried out, and whether any of them twice.

An Exec with the same content that is carried out a second time is doubled. So is a value that is
set again although nothing changed it since - unless the headset lost power before it could say
that it had set it: the server cannot know, and setting it again harms nothing. An Exec is never
excused.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lenskeep.virtual.session.commands import Done

FILE: Final = "deeds.json"
_CHANGES: Final = ("add", "replace", "delete")
_EXEC: Final = "exec"
_MARK_BYTES: Final = 6


@dataclass(slots=True)
class Deeds:
    """What was carried out, as marks of contents; `doubled` names what happened twice."""

    last: dict[str, str] = field(default_factory=dict)
    """Of each node, by the mark of its LocURI: the mark of the last change."""
    executed: dict[str, int] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    excused: int = 0
    carried_out: int = 0
    untold: set[str] = field(default_factory=set)
    """Nodes changed in the session under way: the server may not have heard of them."""
    pardoned: set[str] = field(default_factory=set)
    """Nodes that may be set once more, for the server never heard of it."""

    def note(self, done: Iterable[Done]) -> None:
        """Write down what one message made the headset do; what failed was not done."""
        for each in done:
            verb = each.verb.lower()
            if each.status >= 300 or verb not in (*_CHANGES, _EXEC):
                continue
            self.carried_out += 1
            if verb == _EXEC:
                self._execute(each)
            else:
                self._change(each, verb)

    def _execute(self, done: Done) -> None:
        key = f"{_mark(done.uri)} {_mark(done.value or '')}"
        self.executed[key] = self.executed.get(key, 0) + 1
        if self.executed[key] > 1:
            self.doubled.append(f"Exec {done.uri}")

    def _change(self, done: Done, verb: str) -> None:
        node, content = _mark(done.uri), _mark(verb, done.value or "")
        if self.last.get(node) == content:
            if node in self.pardoned:
                self.excused += 1
            else:
                self.doubled.append(f"{verb.capitalize()} {done.uri}")
        self.pardoned.discard(node)
        self.last[node] = content
        self.untold.add(node)

    def times(self, uri: str) -> int:
        """Return how often an Exec of that node was carried out, whatever its content."""
        return sum(count for key, count in self.executed.items() if key.startswith(_mark(uri)))

    def told(self) -> None:
        """The session has ended well: the server knows."""
        self.untold.clear()
        self.pardoned.clear()

    def forgot(self) -> None:
        """The session was lost with the headset's memory of it."""
        self.pardoned |= self.untold
        self.untold.clear()

    def dump(self) -> bytes:
        """Return it for a vault."""
        kept = {
            "last": self.last,
            "executed": self.executed,
            "pardoned": sorted(self.pardoned | self.untold),
        }
        return json.dumps(kept, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes | None) -> "Deeds":
        """Return the book as it was kept; what it complained of then is not told again."""
        if not data:
            return cls()
        raw = json.loads(data)
        return cls(raw["last"], raw["executed"], pardoned=set(raw["pardoned"]))


def _mark(*parts: str) -> str:
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=_MARK_BYTES)
    return digest.hexdigest()
