"""LocURIs, formats and values, as an administrator types them and as devices tell them."""

from typing import Final

from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import text

from lenskeep.base.errors import Invalid
from lenskeep.tree.operation import make_operation
from lenskeep.tree.uri import MAX_LENGTH, node_key, parse_uri, same_node
from lenskeep.tree.value import Format, check_value
from lenskeep.wire import xml

_VERBS: Final = ("get", "replace", "add", "delete", "exec")


def run(data: bytes) -> None:
    """Read the first line as a LocURI, the rest as a value of each format."""
    given = data.decode("utf-8", "replace")
    line, _, value = given.partition("\n")
    key = node_key(line)
    same(key, node_key(key), "a key is its own")
    uri = attempt(Invalid, parse_uri, line)
    if uri is not None:
        demand(len(uri.text) <= MAX_LENGTH, "no longer than it says")
        same(uri.path, parse_uri(uri.path).path, "a canonical path is its own")
        same(uri, parse_uri(f" {uri.text}\t"), "white space around it says nothing")
        demand(same_node(uri.text, uri.path + uri.query), "both spellings are one node")
        xml.write(xml.Out("LocURI", uri.text))
    for form in Format:
        found = attempt(Invalid, check_value, form, value)
        if found is not None:
            same(found, check_value(form, found), "a checked value is its own")
            xml.write(xml.Out("Data", found))
    verb = (*_VERBS, value[:10])[len(data) % 6]
    for form_ in (None, "int", line[:5]):
        attempt(Invalid, make_operation, verb, line, form_, value)


TARGET: Final = Target(
    name="uri",
    covers=(
        "lenskeep.tree.uri:parse_uri",
        "lenskeep.tree.uri:node_key",
        "lenskeep.tree.value:check_value",
        "lenskeep.tree.value:parse_format",
        "lenskeep.tree.operation:make_operation",
    ),
    run=run,
    mutate=text.mutate,
    max_bytes=1 << 16,
)
