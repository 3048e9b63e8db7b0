"""What the descriptions' texts mean."""

import re

import pytest
from tests.tree.descriptions import (
    HOLOGRAPHIC,
    allows,
    applies,
    area,
    choice,
    ddf,
    node,
    policy,
    policy_shell,
    value,
)

from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.record import Build, Conflict, Naming, Record
from lenskeep.tree.catalog.sources.compile import (
    compile_nodes,
    read_builds,
    read_editions,
    read_pattern,
    schema_id,
)
from lenskeep.tree.ddf import read_ddf
from lenskeep.tree.operation import Verb
from lenskeep.wire.errors import BadMessage


def compiled(*files: bytes) -> dict[str, Record]:
    """Return the records of some files, by LocURI."""
    nodes = [each for body in files for each in read_ddf(body)]
    return {record.uri: record for record in compile_nodes(nodes).records}


def box(properties: str, format_: str = "chr") -> Record:
    """Return the record of one node."""
    file = ddf(node("Box", properties, path="./Device/Vendor/MSFT", format_=format_))
    return compiled(file)["./Device/Vendor/MSFT/Box"]


def test_builds_are_sorted_and_keep_their_revisions() -> None:
    found = read_builds("10.0.22000, 10.0.19043.1202, 10.0.19041.1202")

    assert found == ((Build(19041, 1202), Build(19043, 1202), Build(22000)), False)


@pytest.mark.parametrize("sentinel", ["99.9.99999", "99.9.9999", "88.8.88888"])
def test_builds_that_were_not_released_are_no_builds(sentinel: str) -> None:
    assert read_builds(sentinel) == ((), True)
    assert read_builds(f"{sentinel}, 10.0.22621.2361") == ((Build(22621, 2361),), True)


def test_editions_keep_their_asterisk() -> None:
    assert read_editions("0x87;0x88*;") == {"0x87", "0x88*"}


def test_an_asterisk_is_holographic_as_well() -> None:
    assert box(applies("10.0.1", "1.0", "0x4;0x88*")).is_holographic
    assert not box(applies("10.0.1", "1.0", "0x4;")).is_holographic


def test_patterns_of_other_dialects_are_understood() -> None:
    assert read_pattern("/^https?:\\/\\/a$/") == "^https?:\\/\\/a$"
    assert read_pattern("a(?i)b") == "(?i)ab"
    assert read_pattern("(open") is None


def test_a_pattern_that_cannot_be_read_is_no_pattern() -> None:
    assert box(allows("RegEx", value("(open"))).allowed.kind is Kind.ANY


def test_a_comma_where_a_list_was_meant() -> None:
    assert box(allows("None", value(","))).allowed.delimiter == ","


def test_an_empty_delimiter_is_no_list() -> None:
    assert not box(allows("None", '<MSFT:List Delimiter=""/>')).allowed.is_list


def test_an_enumeration_that_calls_itself_a_range() -> None:
    found = box(allows("Range", choice("1") + choice("2")), "int").allowed

    assert (found.kind, found.values) == (Kind.ENUM, ("1", "2"))


def test_a_schema_is_known_by_its_digest_and_kept_beside() -> None:
    body = ddf(node("Box", allows("XSD", value("<![CDATA[<a/>]]>")), path=".", format_="chr"))
    found = compile_nodes(read_ddf(body))

    assert found.records[0].allowed.xsd_id == schema_id("<a/>")
    assert found.schemas == {schema_id("<a/>"): "<a/>"}


def test_a_dynamic_node_keeps_its_pattern_for_its_name() -> None:
    inside = (
        "<DFTitle>Shelf</DFTitle><MSFT:DynamicNodeNaming><MSFT:UniqueName>Prose.</MSFT:UniqueName>"
        "</MSFT:DynamicNodeNaming>" + allows("RegEx", value("[0-9]+"))
    )
    file = ddf(node("Box", "", node("", inside, node("Lid")), path="./Vendor/MSFT"))
    found = compiled(file)["./Device/Vendor/MSFT/Box/{Shelf}/Lid"]

    (shelf,) = found.placeholders
    assert (shelf.name, shelf.naming, shelf.pattern) == ("Shelf", Naming.SERVER, "[0-9]+")
    above = compiled(file)["./Device/Vendor/MSFT/Box/{Shelf}"]
    assert above.allowed.kind is Kind.UNSTATED


@pytest.mark.parametrize(
    "written",
    [
        "Vendor/MSFT/box/[Shelf]/Lid",
        "./Device/Vendor/MSFT/Box/{Other}/Lid",
        "Device/Vendor/MSFT/Box/[Shelf]/lid",
    ],
)
def test_loose_references_find_their_node(written: str) -> None:
    reference = (
        '<MSFT:DependencyBehavior><MSFT:DependencyGroup FriendlyId="G"><MSFT:Dependency '
        f'Type="DependsOn"><MSFT:DependencyUri>{written}</MSFT:DependencyUri></MSFT:Dependency>'
        "</MSFT:DependencyGroup></MSFT:DependencyBehavior>"
    )
    shelf = node("", "<DFTitle>Shelf</DFTitle>", node("Lid", reference))
    found = compiled(ddf(node("Box", "", shelf, path="./Vendor/MSFT")))
    lid = found["./Device/Vendor/MSFT/Box/{Shelf}/Lid"]

    assert lid.dependencies[0].dependencies[0].uri == lid.uri


def test_the_user_half_of_the_policy_csp_is_where_the_device_half_is() -> None:
    found = compiled(policy_shell())["./User/Vendor/MSFT/Policy/Config/{AreaName}"]

    assert found.is_holographic
    assert found.builds == (Build(10240),)


def test_a_policy_area_is_where_any_of_its_policies_is() -> None:
    one = policy("One", applies("10.0.1", "1.0", "0x4;"))
    two = policy("Two", applies("10.0.1", "1.0", "0x88;"))
    found = compiled(policy_shell(), area("Gadgets", one, two), area("Toys", one))

    assert found["./Device/Vendor/MSFT/Policy/Config/Gadgets"].editions == frozenset(
        {"0x4", "0x88"}
    )
    assert not found["./Device/Vendor/MSFT/Policy/Config/Toys"].is_holographic


def test_place_access_and_conflict_of_a_policy() -> None:
    properties = (
        applies("10.0.1", "1.0", HOLOGRAPHIC)
        + "<MSFT:ConflictResolution>HighestValueMostSecure</MSFT:ConflictResolution>"
    )
    found = compiled(policy_shell(), area("Gadgets", policy("One", properties)))[
        "./Device/Vendor/MSFT/Policy/Config/Gadgets/One"
    ]

    assert (found.csp, found.area, found.name) == ("Policy", "Gadgets", "One")
    assert found.access == {Verb.ADD, Verb.DELETE, Verb.GET, Verb.REPLACE}
    assert found.conflict is Conflict.HIGHEST
    assert found.is_settable


def test_no_conflict_rule_is_no_merge() -> None:
    assert box("").conflict is Conflict.NO_MERGE


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(BadMessage, match=re.escape("./Device/Vendor/MSFT/Box: the format 'blob'")):
        box("", "blob")


@pytest.mark.parametrize(
    "description",
    [
        ddf(node("", "<DFTitle>Kind/Name</DFTitle>", path="./Vendor/MSFT")),
        ddf(node("Box", path="./Vendor/MSFT/{Kind}")),
    ],
)
def test_an_open_place_that_no_node_describes_is_refused(description: bytes) -> None:
    with pytest.raises(BadMessage, match="an open place that no node describes"):
        compiled(description)


@pytest.mark.parametrize("spoiled", [node("Box", format_="b" * 5000), node("B" * 5000)])
def test_what_is_wrong_with_a_node_is_said_in_few_words(spoiled: str) -> None:
    with pytest.raises(BadMessage) as caught:
        compiled(ddf(spoiled))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("pattern", ["a{99999999999}", "(" * 5000 + ")" * 5000, "["])
def test_a_pattern_that_cannot_be_had_is_none(pattern: str) -> None:
    assert read_pattern(pattern) is None
