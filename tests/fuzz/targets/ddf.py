"""Device descriptions (DDF), read and compiled into the catalog's records."""

from typing import Final

from tests.fuzz.harness import Target, attempt, demand
from tests.fuzz.mutators import markup

from lenskeep.base.errors import Invalid
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.tree.catalog.sources.build import build_catalog
from lenskeep.tree.catalog.sources.compile import compile_nodes
from lenskeep.tree.catalog.sources.overlay import Overlay
from lenskeep.tree.ddf import read_ddf
from lenskeep.wire.errors import BadMessage


def run(data: bytes) -> None:
    """Read a description, compile it, and build a catalog of it."""
    nodes = attempt(BadMessage, read_ddf, data)
    if nodes is not None:
        compiled = attempt(BadMessage, compile_nodes, nodes)
        if compiled is not None:
            uris = [each.uri for each in compiled.records]
            demand(len(set(uris)) == len(uris), "each node once")
    made = attempt(Invalid, build_catalog, {"a.xml": data}, Overlay(), with_text=True)
    if made is not None:
        catalog = load_catalog(made)
        for each in list(catalog)[:50]:
            catalog.match(each.uri)


TARGET: Final = Target(
    name="ddf",
    covers=(
        "lenskeep.tree.ddf:read_ddf",
        "lenskeep.tree.catalog.sources.compile:compile_nodes",
        "lenskeep.tree.catalog.sources.build:build_catalog",
    ),
    run=run,
    mutate=markup.mutate,
    max_bytes=(1 << 20) + 1024,
)
