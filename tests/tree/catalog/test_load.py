"""A record is found by its LocURI, concrete or template."""

import gzip
import json

import pytest
from tests.tree.catalog.gadgets import gadgets

from lenskeep.base.errors import Invalid
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.tree.operation import Verb

BOX = "./Device/Vendor/MSFT/Box"
AREA = "./Device/Vendor/MSFT/Policy/Config/Gadgets"


def found(uri: str) -> str | None:
    """Return the LocURI of the record found."""
    record = gadgets().find(uri)
    return record.uri if record else None


@pytest.mark.parametrize("number", range(len(gadgets())))
def test_every_template_finds_itself(number: int) -> None:
    record = gadgets().record(number)

    assert gadgets().find(record.uri) is record


@pytest.mark.parametrize(
    "spelling",
    [
        f"{AREA}/AutoSpin",
        f"{AREA}/AutoSpin".lower(),
        "./Vendor/MSFT/Policy/Config/Gadgets/AutoSpin",
        f"{AREA}/AutoSpin?prop=Format",
        f"  {AREA}/AutoSpin ",
    ],
)
def test_spellings_of_a_node_find_it(spelling: str) -> None:
    assert found(spelling) == f"{AREA}/AutoSpin"


def test_a_name_in_an_open_place_is_told() -> None:
    match = gadgets().match(f"{BOX}/00ff/lid")

    assert match is not None
    assert match.record.uri == f"{BOX}/{{Shelf Id}}/Lid"
    assert [(each.name, name) for each, name in match.names] == [("Shelf Id", "00ff")]
    assert match.misnamed == ()


@pytest.mark.parametrize("name", ["{00ff}", "%7B00ff%7D"])
def test_a_name_in_braces_is_a_name(name: str) -> None:
    assert found(f"{BOX}/{name}/Lid") == f"{BOX}/{{Shelf Id}}/Lid"


def test_a_name_that_breaks_the_rule_is_not_found_but_matched() -> None:
    match = gadgets().match(f"{BOX}/kitchen/Lid")

    assert gadgets().find(f"{BOX}/kitchen/Lid") is None
    assert match is not None
    assert [each.name for each in match.misnamed] == ["Shelf Id"]


def test_a_fixed_name_wins_over_an_open_one() -> None:
    assert found(f"{BOX}/First") == f"{BOX}/First"


@pytest.mark.parametrize(
    "uri",
    ["", ".", "./Device", "./Device/Vendor/MSFT", f"{BOX}/", f"{BOX}x", f"{BOX}/00ff/Lid/More"],
)
def test_what_is_no_node_is_not_found(uri: str) -> None:
    assert found(uri) in (None, BOX)
    assert (found(uri) == BOX) == (uri == f"{BOX}/")


def test_a_policy_that_nobody_described_is_the_open_one() -> None:
    generic = "./Device/Vendor/MSFT/Policy/Config/{AreaName}/{PolicyName}"

    assert found("./Vendor/MSFT/Policy/Config/Vendor~Area/Rule") == generic


def test_a_result_follows_from_its_configuration() -> None:
    record = gadgets().find("./Vendor/MSFT/Policy/Result/gadgets/autospin")
    config = gadgets().find(f"{AREA}/AutoSpin")

    assert record is not None
    assert config is not None
    assert record.uri == "./Device/Vendor/MSFT/Policy/Result/Gadgets/AutoSpin"
    assert record.access == {Verb.GET}
    assert record.is_synthesized
    assert (record.format, record.allowed) == (config.format, config.allowed)


def test_the_described_shell_of_results_is_itself() -> None:
    shell = gadgets().find("./User/Vendor/MSFT/Policy/Result")

    assert shell is not None
    assert not shell.is_synthesized


def test_children_are_those_right_below() -> None:
    names = [record.name for record in gadgets().children(BOX)]

    assert names == ["First", "{Shelf Id}"]


def test_the_atomic_root_is_told_below_it() -> None:
    record = gadgets().find(f"{BOX}/00ff/Lid")

    assert record is not None
    assert record.atomic_root == f"{BOX}/{{Shelf Id}}"


@pytest.mark.parametrize("rows", [[[]], [{}], [{"uri": 1}], 7])
def test_records_that_are_none_of_ours_are_refused(rows: object) -> None:
    header = {"label": "", "sha256": "", "files": 0, "nodes": 0}
    whole = {"format": 1, "header": header, "editions": [], "evidence": [], "schemas": {}}

    with pytest.raises(Invalid, match="none of ours"):
        load_catalog(gzip.compress(json.dumps({**whole, "records": rows}).encode()))
