"""What a value that came means: whose it is, in which form, whether it is whole."""

import json
from datetime import datetime

from lenskeep.base.errors import Invalid
from lenskeep.session.state import Awaited, Pieces, Read
from lenskeep.tree.fact import Fact
from lenskeep.tree.uri import LocUri, node_key, parse_uri
from lenskeep.tree.value import Format, parse_format
from lenskeep.wire.syncml.chunks import size_of
from lenskeep.wire.syncml.model import Item, Results


def fact_of(
    now: datetime, uri: str, status: int, read: Read | None = None, query: str = ""
) -> Fact:
    """Return the fact that an answer is; `query` is what was asked of the node."""
    node = _parsed(uri)
    name = uri.strip() if node is None else node.path + node.query
    if read is None:
        return Fact(name, int(status), now)
    if query.startswith("?prop=") and "?" not in name:
        name += query
    form = read_format(read.format)
    value = read.value
    if value is None and form is not Format.NODE:
        value = ""  # seen: an empty value is 200 and no Data
    return Fact(name, int(status), now, form, value)


def read_format(text: str | None) -> Format | None:
    """Return the format; `chr` where none is said (seen: Windows 11 omits it), None if strange."""
    if text is None:
        return Format.CHR
    try:
        return parse_format(text)
    except Invalid:
        return None


def place_of(results: Results, item: Item, found: Awaited) -> str:
    """Return the node a value belongs to: as the item says, or the only one asked for; empty
    where several were asked for and none is named.
    """
    said = item.source or item.target
    if said is None and results.source_refs:
        said = results.source_refs[0]
    if said is None and results.target_refs:
        said = results.target_refs[0]
    if said is None:
        said = found.uris[0] if len(found.uris) == 1 else ""
    return said.strip()


def is_below(key: str, above: str) -> bool:
    """Return whether a node is below another, by their comparison keys."""
    return key.startswith(above + "/") or above == "."


def query_of(found: Awaited) -> str:
    """Return the query of the one node that was asked for, empty for several."""
    node = _parsed(found.uris[0]) if len(found.uris) == 1 else None
    return node.query if node is not None else ""


def _parsed(uri: str) -> LocUri | None:
    try:
        return parse_uri(uri)
    except Invalid:
        return None


def continues_object(pieces: Pieces, found: Awaited, read: Read, size: int | None) -> bool:
    """Return whether the item goes on with the object; one with a Size begins another."""
    same = (pieces.msg_ref, pieces.cmd_ref) == (found.msg_ref, found.cmd_ref)
    return (
        same
        and node_key(pieces.uri) == node_key(read.uri)
        and (size is None or size == pieces.size)
    )


def has_size_announced(pieces: Pieces) -> bool:
    """Compare with the Size announced: octets of what is meant, or (leniently) of its text."""
    return pieces.size in (None, size_of(pieces.data), size_of(pieces.data, pieces.format))


def single_value(found: Awaited) -> tuple[str, str]:
    """Return the value and format of the node itself, else of the first node that came."""
    key = node_key(found.uris[0])
    read = next((each for each in found.reads if node_key(each.uri) == key), found.reads[0])
    return read.value or "", (read.format or Format.CHR.value).strip()


def subtree_value(found: Awaited) -> tuple[str, str]:
    """Return the nodes of a `?list=` as a JSON object: LocURI to value, null for interior ones."""
    values = {each.uri: _leaf(each) for each in found.reads}
    return json.dumps(values, ensure_ascii=False), Format.NODE.value


def _leaf(read: Read) -> str | None:
    if read.value is None and read_format(read.format) is not Format.NODE:
        return ""
    return read.value
