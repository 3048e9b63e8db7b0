"""What is different between two catalogs."""

from tests.tree.catalog.gadgets import EVERYWHERE, files, gadgets, overlay
from tests.tree.descriptions import allows, area, choice, policy

from lenskeep.tree.catalog.diff import Difference, compare, touched
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


def test_settings_in_use_that_are_gone_or_take_something_else_are_told() -> None:
    found = compare(gadgets(), newer())
    removed = found.removed[0].uri

    told = touched(
        found,
        [
            f"{AREA}/AutoSpin",
            "./Vendor/MSFT/policy/config/gadgets/autospin",
            f"{AREA}/AutoSpin",
            removed,
            f"{AREA}/Fresh",
            f"{AREA}/Nobody",
            "./DevInfo/DevId",
        ],
    )

    assert [(each.uri, each.fields, each.is_removed) for each in told] == [
        (f"{AREA}/AutoSpin", ("allowed",), False),
        ("./Vendor/MSFT/policy/config/gadgets/autospin", ("allowed",), False),
        (removed, (), True),
    ]


def test_names_in_a_setting_in_use_lead_to_their_template() -> None:
    """A node with an open name is taken out of the newer catalog."""
    opened = next(each for each in gadgets() if each.is_dynamic)
    found = Difference((), (opened,), (), gadgets())

    (told,) = touched(found, [opened.uri.replace(opened.uri.rpartition("/")[2], "Hall%20B")])

    assert told.is_removed


def test_where_nothing_is_different_nothing_is_touched() -> None:
    every = [record.uri for record in gadgets()]

    assert touched(compare(gadgets(), gadgets()), every) == ()
