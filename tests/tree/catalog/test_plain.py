"""A record in plain values: of every node, every field, and nothing lost on the way to JSON."""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.pack import Pools, from_row, to_row
from lenskeep.tree.catalog.plain import plain_allowed, plain_record
from lenskeep.tree.catalog.record import Record

FIELDS: Final = frozenset(
    (
        *("uri", "scope", "access", "format", "default", "allowed", "placeholders"),
        *("dependencies", "atomic_root", "conflict", "reboot", "deprecated", "deprecated_since"),
        *("builds", "insider", "csp_version", "editions", "holographic"),
        *("evidence", "confidence", "hl_min_build", "title", "explanation"),
    )
)
"""What has to be told of a node."""
ALLOWED: Final = frozenset(
    ("kind", "values", "labels", "ranges", "pattern", "xsd_id", "admx", "delimiter")
)


@cache
def catalog() -> Catalog:
    """Return the shipped catalog."""
    return load_catalog(files("lenskeep.tree").joinpath("data/catalog.json.gz").read_bytes())


def same(record: Record, told: dict[str, Any]) -> bool:
    """Return whether what is told is what the record holds."""
    first = str(record.hl_min_build) if record.hl_min_build else None
    return (
        told["uri"] == record.uri
        and told["scope"] in ("device", "user")
        and told["access"] == sorted(each.value for each in record.access)
        and told["format"] == record.format.value
        and told["default"] == record.default
        and told["allowed"] == plain_allowed(record.allowed)
        and told["allowed"]["delimiter"] == record.allowed.delimiter
        and [each["name"] for each in told["placeholders"]]
        == [each.name for each in record.placeholders]
        and len(told["dependencies"]) == len(record.dependencies)
        and told["atomic_root"] == record.atomic_root
        and told["conflict"] == record.conflict.value
        and told["reboot"] == record.reboot.value
        and told["deprecated"] is record.is_deprecated
        and told["builds"] == [str(each) for each in record.builds]
        and told["insider"] is record.is_insider
        and (told["csp_version"] or "") == record.csp_version
        and [each["source"] for each in told["evidence"]]
        == [each.source.value for each in record.evidence]
        and told["confidence"] == record.confidence.value
        and told["hl_min_build"] == first
    )


def test_every_node_tells_every_field() -> None:
    """What `lenskeep catalog show LOCURI --json` prints, of all nodes there are."""
    told = [(each, json.loads(json.dumps(plain_record(each)))) for each in catalog()]

    assert len(told) == len(catalog()) > 5000
    assert [] == [each.uri for each, body in told if not body.keys() >= FIELDS]
    assert [] == [each.uri for each, body in told if body["allowed"].keys() != ALLOWED]
    assert [] == [each.uri for each, body in told if not same(each, body)]


def test_every_open_name_says_who_gives_it() -> None:
    for record in catalog():
        opened = [each for each in record.uri.split("/") if each.startswith("{")]
        told = plain_record(record)["placeholders"]

        assert opened == [f"{{{each['name']}}}" for each in told], record.uri
        assert all(each["naming"] for each in told)


def test_every_node_is_found_by_its_own_address() -> None:
    lost = [each.uri for each in catalog() if catalog().find(each.uri) != each]

    assert lost == []


def test_a_row_is_its_record() -> None:
    """All but what the pools hold, which travels beside."""
    pools = Pools((), ())
    for record, row in zip(catalog(), catalog().rows, strict=True):
        bare = {key: value for key, value in row.items() if key not in ("editions", "evidence")}
        assert to_row(record) == bare, record.uri
        assert from_row(bare, pools).uri == record.uri


def test_what_documentation_names_has_our_words() -> None:
    """Of the policies that HoloLens documentation names, and of its CSPs."""
    named = [
        each
        for each in catalog()
        if each.confidence.is_yes and each.area and each.name != each.area
    ]
    roots = [
        each
        for each in catalog()
        if each.confidence.is_yes and each.name == each.csp and not each.uri.startswith("./User")
    ]

    silent = [each.uri for each in (*named, *roots) if not each.words.explanation]
    poor = [each.uri for each in (*named, *roots) if len(each.words.explanation.split()) < 4]
    titles = [each.uri for each in named if each.title == each.name]

    assert len(named) > 140
    assert len(roots) > 25
    assert (silent, poor, titles) == ([], [], [])
