"""What is different between two catalogs."""

from tests.tree.catalog.gadgets import EVERYWHERE, files, gadgets, overlay
from tests.tree.descriptions import allows, area, choice, policy

from lenskeep.tree.catalog.diff import compare
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.sources.build import build_catalog

AREA = "./Device/Vendor/MSFT/Policy/Config/Gadgets"


def newer() -> Catalog:
    """Return the gadgets with one policy more, some less, one changed."""
    spin = EVERYWHERE + allows("ENUM", choice("0") + choice("1") + choice("2"))
    changed = area("Gadgets", policy("AutoSpin", spin), policy("Fresh", EVERYWHERE))
    return load_catalog(build_catalog(files() | {"Gadgets.xml": changed}, overlay()))


def test_added_removed_and_changed_nodes_are_told_apart() -> None:
    found = compare(gadgets(), newer())

    assert [record.uri for record in found.added] == [f"{AREA}/Fresh"]
    assert [record.name for record in found.removed] == ["Coming", "Later", "Plan"]
    (change,) = (each for each in found.changed if each.after.name == "AutoSpin")
    assert change.fields == ("allowed",)
    before, after = change.values("allowed")
    assert (before.values, after.values) == (("0", "1"), ("0", "1", "2"))


def test_text_makes_no_difference() -> None:
    assert not compare(gadgets(), gadgets(with_text=True))
