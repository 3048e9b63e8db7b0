"""LocURIs: parsing, the rules they obey, and when two spellings name the same node."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from lenskeep.base.errors import Invalid, shown

MAX_LENGTH: Final = 2048
"""Characters. `assumed:` no limit is published; the longest known Windows LocURI has about 600."""

_QUERY: Final = re.compile(
    r"\?(list=(Struct|StructData)|prop=(ACL|Format|Name|Size|Title|TStamp|Type|VerNo))"
)
_SEGMENT: Final = re.compile(r"[^/?*#\s\x00-\x20\x7f\ud800-\udfff\ufffe\uffff]+")


class Scope(Enum):
    """Whose part of the tree a LocURI addresses."""

    DEVICE = "device"
    USER = "user"


@dataclass(frozen=True, slots=True)
class LocUri:
    """A LocURI as written, and the canonical form by which nodes are compared.

    `text` is what goes on the wire. `path` starts with `./Device/...`, `./User/...` or, for the
    standard objects, `./DevInfo`, `./DevDetail` and their like; the query is not part of it.
    """

    text: str
    path: str
    scope: Scope
    query: str = ""

    @property
    def key(self) -> str:
        """The form by which two LocURIs are the same node: names compare without case."""
        return self.path.casefold()

    @property
    def segments(self) -> tuple[str, ...]:
        """The node names after the leading dot of the canonical path."""
        return tuple(self.path.split("/")[1:])


def parse_uri(text: str) -> LocUri:
    """Return the LocURI. Raises Invalid with what is wrong ([OMA-DM-TND 1.2.1] 5.3).

    `./Vendor/...` is the same node as `./Device/Vendor/...`; white space around it is cut.
    """
    text = text.strip()
    if not text:
        raise _wrong("it is empty")
    if len(text) > MAX_LENGTH:
        raise _wrong(f"it has {len(text)} characters", f"at most {MAX_LENGTH}")
    address, mark, rest = text.partition("?")
    if mark and not _QUERY.fullmatch(mark + rest):
        raise _wrong("the part after ? is unknown", "?list=Struct, ?list=StructData, ?prop=NAME")
    if address == ".":
        return LocUri(text, ".", Scope.DEVICE, mark + rest)
    if not address.startswith("./"):
        raise _wrong(
            "it does not start with ./", "./Device/..., ./User/..., ./Vendor/..., ./DevInfo/..."
        )
    names = address[2:].split("/")
    for name in names:
        if name in ("", ".", "..") or not _SEGMENT.fullmatch(name):
            raise _wrong(
                f"the node name {shown(name)} is not allowed", "non-empty names, percent-encoded"
            )
    if names[0].casefold() == "vendor":
        names.insert(0, "Device")
    path = "./" + "/".join(names)
    if len(path) > MAX_LENGTH:
        raise _wrong(f"it has {len(path)} characters, written in full", f"at most {MAX_LENGTH}")
    scope = Scope.USER if names[0].casefold() == "user" else Scope.DEVICE
    return LocUri(text, path, scope, mark + rest)


def same_node(one: str, other: str) -> bool:
    """Return whether two LocURI texts name the same node; unparsable ones compare as text."""
    return node_key(one) == node_key(other)


def node_key(text: str) -> str:
    """Return the comparison key of a LocURI text; an unparsable one is its own key."""
    return _usual_key(text) if len(text) <= _USUAL else _key(text)


def _key(text: str) -> str:
    try:
        uri = parse_uri(text)
    except Invalid:
        return text.strip().casefold()
    return uri.key


_USUAL: Final = 256
_usual_key: Final = lru_cache(maxsize=4096)(_key)
"""Kept: a message about 100 settings asks some 3,000 times, for the same few. At most 4 MiB."""


def _wrong(message: str, allowed: str | None = None) -> Invalid:
    return Invalid.field("uri", message, allowed)
