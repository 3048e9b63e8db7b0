"""What a device's row says of it, and the text by which lists find it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from lenskeep.flows.ports import DeviceHead
from lenskeep.store.rows import dump, strings
from lenskeep.store.sql import Row
from lenskeep.tree.identity import Identity

_WORDS: Final = ("name", "serial", "dev_id", "user_name", "model")
"""Looked through as they are, and the MAC addresses."""
_MAC_PART: Final = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2})+[:-]?")


def identified(head: DeviceHead, identity: Identity) -> Mapping[str, object] | None:
    """Return the identity columns after the device told this, None where nothing is new.

    What the device left empty stays as it was; a name that an administrator gave stays.
    """
    before = head.identity
    told = {name: getattr(identity, name) or getattr(before, name) for name in Identity.__slots__}
    if head.is_renamed:
        told["name"] = before.name
    after = Identity(**told)
    return None if after == before else columns_of(head, after)


def columns_of(head: DeviceHead, identity: Identity) -> Mapping[str, object]:
    """Return the identity columns of a device that is this."""
    columns = {name: getattr(identity, name) for name in Identity.__slots__}
    columns["macs"] = dump(identity.macs)
    around = {"dev_id": head.dev_id, "user_name": head.user}
    return {**columns, "search": searchable(columns | around)}


def renamed_search(row: Row, name: str) -> str:
    """Return the row's search text under another name."""
    return searchable(_searched(row) | {"name": name})


def searchable(columns: Mapping[str, Any]) -> str:
    """Return the text that a list's filter looks through, MAC addresses bare of separators too.

    `columns` are those of the device as they are stored.
    """
    macs = strings(columns["macs"])
    bare = (mac.replace(":", "").replace("-", "") for mac in macs)
    return "\n".join((*(columns[name] for name in _WORDS), *macs, *bare)).casefold()


def _searched(row: Row) -> dict[str, Any]:
    return {column: row[f"device_{column}"] for column in (*_WORDS, "macs")}


def looked_for(text: str) -> str:
    """Return the LIKE pattern for this text; its own wild cards stand for themselves."""
    wanted = text.strip().casefold()
    if _MAC_PART.fullmatch(wanted):
        wanted = wanted.replace(":", "").replace("-", "")
    return f"%{_escaped(wanted)}%"


def containing(text: str) -> str:
    """Return the LIKE pattern for case-folded texts with this one in them; it may be empty."""
    return f"%{_escaped(text.strip().casefold())}%"


def tagged(tag: str) -> str:
    """Return the LIKE pattern for this tag in a stored list of tags."""
    return f"%{_escaped(dump((tag,))[1:-1])}%"


def _escaped(text: str) -> str:
    for character in ("\\", "%", "_"):
        text = text.replace(character, "\\" + character)
    return text
