"""One thing that the server itself wants of a headset. A value; it decides nothing."""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from lenskeep.base.identifiers import OperationId
from lenskeep.tree.operation import Operation, Verb
from lenskeep.tree.uri import LocUri, parse_uri
from lenskeep.tree.value import Format

HOUSE: Final = "want|house|"
"""How the ids of its commands begin; those of profiles begin with `want|` and a verb."""
_MARK: Final = 16
"""Hexadecimal digits of a mark: two different wishes of one headset never share it."""


@dataclass(frozen=True, slots=True)
class HouseWish:
    """A node and what it shall hold, or that it shall go."""

    uri: str
    """A concrete LocURI."""
    verb: Verb
    """ADD, REPLACE or DELETE."""
    format: Format | None
    value: str | None = field(repr=False)
    reason: str
    """In words: why it is sent."""
    insists: bool = False
    """Asked once in every session until the headset takes it; otherwise one refusal ends it."""
    turns: bool = False
    """Whether a Replace of what is not there becomes an Add, and the reverse."""

    @property
    def place(self) -> LocUri:
        """The node."""
        return parse_uri(self.uri)

    @property
    def mark(self) -> str:
        """What makes it the same wish, by whichever verb; it tells nothing of the value."""
        goes = self.verb is Verb.DELETE
        form = "" if goes or self.format is None else self.format.value
        text = "\n".join((self.place.key, str(goes), form, self.value or ""))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]

    @property
    def operation(self) -> Operation:
        """The command."""
        return Operation(self.verb, self.place, self.format, self.value)

    @property
    def id(self) -> OperationId:
        """The id under which it travels: `want|house|replace|./device/...`."""
        return OperationId(f"{HOUSE}{self.verb.value}|{self.place.key}")


def is_house(operation: OperationId) -> bool:
    """Return whether an id is that of a command of the server's own."""
    return operation.startswith(HOUSE)
