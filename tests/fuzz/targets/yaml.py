"""Profiles as YAML: nodes, whole documents against the catalog, and what is written of them."""

from functools import cache
from importlib import resources
from typing import Final

from tests.fuzz.harness import Target, attempt, check_words, demand, same
from tests.fuzz.mutators import text

from lenskeep.base.errors import Invalid
from lenskeep.desired.document.nodes import MAX_DEPTH, Mapping, Node, Scalar, Sequence, read_nodes
from lenskeep.desired.document.read import MAX_DOCUMENTS, MAX_WRONGS, read_documents
from lenskeep.desired.document.write import write_documents
from lenskeep.tree.catalog.load import Catalog, load_catalog


@cache
def catalog() -> Catalog:
    """Return the catalog that came with us."""
    data = resources.files("lenskeep.tree").joinpath("data", "catalog.json.gz")
    return load_catalog(data.read_bytes())


def run(data: bytes) -> None:
    """Read the text as profiles; what is taken survives writing."""
    given = data.decode("utf-8", "replace")
    try:
        documents = read_documents(given, catalog())
    except Invalid as invalid:
        check_words(invalid)
        demand(len(invalid.complaints) <= MAX_WRONGS, "as many complaints as it says")
        if invalid.complaints[0].field != "document":
            _nodes(given)
        return
    demand(len(documents) <= MAX_DOCUMENTS, "as many documents as it says")
    body = write_documents(documents, catalog())
    again = read_documents(body, catalog())
    same(documents, again, "what is written reads the same")
    same(body, write_documents(again, catalog()), "same value, same bytes")
    write_documents(documents, catalog(), secrets=False)


def _nodes(given: str) -> None:
    for each in attempt(Invalid, read_nodes, given) or ():
        demand(_depth(each) <= MAX_DEPTH + 1, "no deeper than it says")


def _depth(node: Node) -> int:
    match node:
        case Scalar():
            return 1
        case Sequence():
            return 1 + max((_depth(each) for each in node.items), default=0)
        case Mapping():
            return 1 + max((_depth(each.value) for each in node.entries), default=0)


TARGET: Final = Target(
    name="yaml",
    covers=(
        "lenskeep.desired.document.nodes:read_nodes",
        "lenskeep.desired.document.read:read_documents",
        "lenskeep.desired.document.read:read_document",
    ),
    run=run,
    mutate=text.mutate,
    max_bytes=1 << 17,
    slow=6.0,  # the library takes some 20 us for each event without the fuzzer's counters
)
