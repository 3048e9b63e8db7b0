"""DDF v2 files become flat nodes; texts as written, what needs the tree worked out."""

import pytest
from tests.tree.descriptions import access, allows, applies, choice, ddf, node, value

from lenskeep.tree.ddf import (
    Applicability,
    DdfAllowed,
    DdfChoice,
    DdfNode,
    canonical_path,
    read_ddf,
)
from lenskeep.tree.uri import Scope
from lenskeep.wire.errors import BadMessage


def only(*tops: str) -> DdfNode:
    """Return the last node of a file: the deepest of a chain."""
    return read_ddf(ddf(*tops))[-1]


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("./Vendor/MSFT", "./Device/Vendor/MSFT"),
        ("./Vendor/MSFT/", "./Device/Vendor/MSFT"),
        ("./Device/Vendor/MSFT", "./Device/Vendor/MSFT"),
        ("./User/Vendor/MSFT/Policy/Config", "./User/Vendor/MSFT/Policy/Config"),
        (".", "."),
        ("./SyncML", "./SyncML"),
        ("Vendor/MSFT/X", "./Device/Vendor/MSFT/X"),
    ],
)
def test_paths_have_one_spelling(path: str, canonical: str) -> None:
    assert canonical_path(path) == canonical


def test_a_locuri_is_the_path_and_the_names_below() -> None:
    found = read_ddf(ddf(node("Box ", "", node("Lid", path=""), path="./Vendor/MSFT")))

    assert [each.uri for each in found] == [
        "./Device/Vendor/MSFT/Box",
        "./Device/Vendor/MSFT/Box/Lid",
    ]


def test_both_halves_of_a_file_keep_their_scopes() -> None:
    found = read_ddf(
        ddf(node("Box", path="./User/Vendor/MSFT"), node("Box", path="./Device/Vendor/MSFT"))
    )

    assert [each.scope for each in found] == [Scope.USER, Scope.DEVICE]


def test_a_node_without_a_name_takes_its_title_as_placeholder() -> None:
    found = only(node("Box", "", node("", "<DFTitle>Shelf Name</DFTitle>"), path="./Vendor/MSFT"))

    assert found.is_dynamic
    assert found.uri == "./Device/Vendor/MSFT/Box/{Shelf Name}"


def test_each_element_of_applicability_is_inherited_by_itself() -> None:
    found = only(
        node(
            "Box",
            applies("10.0.1", "1.0", "0x4;"),
            node("Lid", applies("10.0.2", "2.0")),
            path="./Vendor/MSFT",
        )
    )

    assert found.applicability == Applicability("10.0.2", "2.0", "0x4;")


def test_an_empty_edition_list_is_a_statement_and_silence_is_none() -> None:
    said = only(node("Box", applies("10.0.1", "1.0", ""), path="./Vendor/MSFT"))
    silent = only(node("Box", path="./Vendor/MSFT"))

    assert said.applicability.editions == ""
    assert silent.applicability.editions is None


def test_deprecation_and_atomicity_reach_down() -> None:
    properties = '<MSFT:Deprecated OsBuildDeprecated="10.0.22000"/><MSFT:AtomicRequired/>'
    found = only(node("Box", properties, node("Lid"), path="./Vendor/MSFT"))

    assert found.deprecated == "10.0.22000"
    assert found.atomic_root == "./Device/Vendor/MSFT/Box"


def test_deprecation_without_a_build_is_deprecation() -> None:
    assert only(node("Box", "<MSFT:Deprecated/>", path=".")).deprecated == ""


def test_allowed_values_come_with_their_labels_and_delimiter() -> None:
    inside = choice("0", "No") + choice("1") + '<MSFT:List Delimiter="0xF000"/>'
    found = only(node("Box", allows("ENUM", inside), path=".", format_="int"))

    assert found.allowed == DdfAllowed(
        "ENUM", (DdfChoice("0", "No"), DdfChoice("1", "")), delimiter="0xF000"
    )


def test_an_admx_backed_node_names_its_rule() -> None:
    inside = '<MSFT:AdmxBacked Area="A~B" Name="Rule" File="a.admx"/>'
    found = only(node("Box", allows("ADMX", inside), path=".", format_="chr"))

    assert found.allowed is not None
    assert found.allowed.admx == ("a.admx", "A~B", "Rule")


def test_schemas_in_cdata_are_kept_whole() -> None:
    body = "<xs:schema><!-- kept --></xs:schema>"
    found = only(node("Box", allows("XSD", value(f"<![CDATA[{body}]]>")), path="."))

    assert found.allowed is not None
    assert found.allowed.text == body


def test_dependencies_are_read_as_written() -> None:
    found = only(
        node(
            "Box",
            '<MSFT:DependencyBehavior><MSFT:DependencyGroup FriendlyId="G">'
            '<MSFT:DependencyChangedAllowedValues ValueType="Range"><MSFT:Value>[1-2]</MSFT:Value>'
            "</MSFT:DependencyChangedAllowedValues>"
            '<MSFT:Dependency Type="Not"><MSFT:DependencyUri>Vendor/MSFT/X</MSFT:DependencyUri>'
            '<MSFT:DependencyAllowedValue ValueType="Range"><MSFT:Value>[0]</MSFT:Value>'
            "</MSFT:DependencyAllowedValue></MSFT:Dependency></MSFT:DependencyGroup>"
            "</MSFT:DependencyBehavior>",
            path=".",
        )
    )

    (group,) = found.dependencies
    assert group.then_allowed == DdfAllowed("Range", text="[1-2]")
    assert group.dependencies[0].type == "Not"
    assert group.dependencies[0].uri == "Vendor/MSFT/X"


def test_the_order_of_elements_does_not_matter() -> None:
    late = "<DefaultValue>7</DefaultValue>" + access("Get", "Exec") + "<Scope><Permanent/></Scope>"
    found = only(node("Box", late, path="."))

    assert found.access == ("Get", "Exec")
    assert found.default == "7"
    assert found.is_permanent


def test_another_document_is_refused() -> None:
    with pytest.raises(BadMessage, match="not a device description"):
        read_ddf(b"<Html/>")


def test_a_node_without_properties_is_refused() -> None:
    with pytest.raises(BadMessage, match="DFProperties"):
        read_ddf(ddf("<Node><NodeName>Box</NodeName><Path>.</Path></Node>"))


def test_locuris_are_bounded_since_every_node_below_repeats_them() -> None:
    deep = node("Lid")
    for _ in range(30):
        deep = node("B" * 100, "", deep)

    with pytest.raises(BadMessage, match="a LocURI of more than 2048 characters"):
        read_ddf(ddf(deep))


def test_what_is_no_description_is_named_in_few_words() -> None:
    with pytest.raises(BadMessage) as caught:
        read_ddf(f"<{'a' * 5000}/>".encode())
    assert len(str(caught.value)) < 200


def test_a_path_without_end_is_refused_in_few_words() -> None:
    with pytest.raises(BadMessage, match="a path of more than") as caught:
        read_ddf(ddf(f"<Node><NodeName>A</NodeName><Path>./{'a' * 9000}</Path></Node>"))
    assert len(str(caught.value)) < 200
