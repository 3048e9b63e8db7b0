"""Documents against schemas. The schemas here were written by hand for the tests."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.validate.content.schema import MAX_COMPLAINTS, against_schema, is_usable
from lenskeep.files.catalog import read_descriptions, shipped_overlay
from lenskeep.tree.catalog.load import load_catalog
from lenskeep.tree.catalog.sources.build import build_catalog
from lenskeep.tree.catalog.sources.overlay import read_overlay

DATA = Path(__file__).parents[4].parent / "shared" / "data" / "ddf"
HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:toys">'
TOYS = f"""{HEAD}
 <xs:element name="toys"><xs:complexType><xs:sequence>
  <xs:element name="name" type="xs:string"/>
  <xs:element name="size" minOccurs="0" maxOccurs="30"><xs:simpleType>
   <xs:restriction base="xs:string"><xs:enumeration value="big"/><xs:enumeration value="small"/>
   </xs:restriction></xs:simpleType></xs:element>
 </xs:sequence><xs:attribute name="kind" type="xs:int" use="required"/></xs:complexType>
 </xs:element>
</xs:schema>"""


def toys(inside: str, attributes: str = 'kind="1"') -> str:
    return f'<t:toys xmlns:t="urn:toys" {attributes}>{inside}</t:toys>'


def test_a_document_by_its_schema_is_fine() -> None:
    assert against_schema(TOYS, toys("<name>a</name><size>big</size>")) == ()
    assert against_schema(TOYS, '<?xml version="1.0"?>' + toys("<name>ä</name>")) == ()


@pytest.mark.parametrize(
    ("value", "came", "allowed"),
    [
        ("<other/>", "other", None),
        (toys(""), "toys", "name"),
        (toys("<name>a</name><hue/>"), "hue", "size"),
        (toys("<name>a</name><size>huge</size>"), "size", "big, small"),
        (toys("<name>a</name>", ""), "kind", None),
        (toys("<name>a</name>", 'kind="x"'), "kind", None),
        (toys("<name>a</name>", 'kind="1" hue="red"'), "hue", None),
    ],
)
def test_a_document_that_breaks_it_is_told_where(value: str, came: str, allowed: str) -> None:
    [found] = against_schema(TOYS, value)

    assert (came, allowed) == (found.came, found.allowed)


def test_a_value_is_never_repeated() -> None:
    """A document may hold keys."""
    [found] = against_schema(TOYS, toys("<name>a</name><size>hunter2</size>"))

    assert "hunter2" not in repr(found)


def test_all_complaints_come_at_once_and_not_too_many() -> None:
    many = "".join(f"<size>{number}</size>\n" for number in range(25))

    found = against_schema(TOYS, toys("<name>a</name>" + many, 'kind="x"'))

    assert len(found) == MAX_COMPLAINTS
    assert {"kind", "size"} == {each.came for each in found}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no schema",
        "<a/>",
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a" type="b"/>'
        "</xs:schema>",
        f"{HEAD}<xs:element/></xs:schema>",
        f"<!DOCTYPE a [<!ENTITY b 'c'>]>{TOYS}",
        *(
            f'{HEAD}<xs:{name} namespace="urn:b" schemaLocation="{place}"/></xs:schema>'
            for name in ("import", "include", "redefine")
            for place in ("file:///etc/hostname", "http://localhost/b.xsd")
        ),
    ],
)
def test_a_schema_that_cannot_be_used_says_nothing(body: str) -> None:
    assert not is_usable(body)
    assert against_schema(body, "<a/>") == ()


def test_what_cannot_be_read_is_left_to_others() -> None:
    entity = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><toys>&b;</toys>"
    deep = "<a>" * 300 + "</a>" * 300

    for value in ("", "<toys", entity, deep):
        assert against_schema(TOYS, value) == ()


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.integers(0, 60))
def test_no_text_breaks_it(text: str, at: int) -> None:
    whole = toys("<name>a</name>")
    against_schema(TOYS, text)
    against_schema(TOYS, whole[:at] + text + whole[at:])
    against_schema(text, whole)


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="the descriptions are not here")
def test_of_the_published_schemas_one_cannot_be_used() -> None:
    """VPNv2/ProfileXML imports a schema that nobody publishes with it."""
    overlay = read_overlay(shipped_overlay())
    catalog = load_catalog(build_catalog(read_descriptions(DATA), overlay, with_text=True))

    unusable = {name for name, body in catalog.schemas.items() if not is_usable(body)}

    names = {each.name for each in catalog if each.allowed.xsd_id in unusable}
    assert {"ProfileXML"} == names
    assert len(catalog.schemas) > 5
