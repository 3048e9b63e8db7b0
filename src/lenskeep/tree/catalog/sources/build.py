"""Descriptions and our layer -> the catalog's file."""

import hashlib
from collections.abc import Mapping

from lenskeep.base.errors import Invalid
from lenskeep.tree.catalog.bare import without_text
from lenskeep.tree.catalog.pack import Header, pack
from lenskeep.tree.catalog.sources.compile import compile_nodes
from lenskeep.tree.catalog.sources.evidence import overlaid
from lenskeep.tree.catalog.sources.overlay import Overlay
from lenskeep.tree.ddf import DdfNode, read_ddf
from lenskeep.wire.errors import BadMessage


def build_catalog(
    files: Mapping[str, bytes], overlay: Overlay, *, with_text: bool = False
) -> bytes:
    """Return the catalog's file of a set of descriptions, by file name; same input, same bytes.

    With text, Microsoft's descriptions, labels and schemas are in it: for an administrator's own
    import, not to be shipped. Raises Invalid, naming every file that cannot be read.
    """
    nodes = _read_all(files)
    try:
        compiled = compile_nodes(nodes)
    except BadMessage as bad:
        raise Invalid.field("source", str(bad)) from None
    facts = compiled.records if with_text else tuple(map(without_text, compiled.records))
    records = overlaid(facts, overlay)
    digest = digest_of(files)
    header = Header(
        label=overlay.labels.get(digest, ""),
        sha256=digest,
        files=len(files),
        nodes=len(facts),
        supplemented=len(records) - len(facts),
        has_text=with_text,
    )
    return pack(header, records, compiled.schemas if with_text else {})


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the digest by which a set of descriptions is known: over all names and bytes."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return whole.hexdigest()


def _read_all(files: Mapping[str, bytes]) -> list[DdfNode]:
    if not files:
        raise Invalid.field("source", "there is no description in it", "a folder or zip of .xml")
    complaints: list[Invalid] = []
    nodes: list[DdfNode] = []
    for name in sorted(files):
        try:
            nodes.extend(read_ddf(files[name]))
        except BadMessage as bad:
            complaints.append(Invalid.field(name, str(bad), "a DDF v2 file"))
    if complaints:
        raise Invalid(*(each for found in complaints for each in found.complaints))
    return nodes
