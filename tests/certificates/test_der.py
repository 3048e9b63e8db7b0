"""The strict reader of DER."""

import pytest

from lenskeep.certificates import der


def test_a_nested_field_is_split_without_losing_a_byte() -> None:
    """Raw and content of each field are slices of what came."""
    outer = der.only(bytes.fromhex("3006 0201 05 0401 ff"), der.SEQUENCE)

    number, octets = der.fields(outer)

    assert (number.raw, number.content) == (bytes.fromhex("020105"), b"\x05")
    assert (octets.raw, octets.content) == (bytes.fromhex("0401ff"), b"\xff")


def test_long_lengths_are_read_in_their_shortest_form() -> None:
    """A field of 200 bytes has a length of two bytes."""
    assert len(der.only(b"\x04\x81\xc8" + bytes(200), der.OCTET_STRING).content) == 200


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="nothing"),
        pytest.param("30", id="a tag alone"),
        pytest.param("3001", id="content cut off"),
        pytest.param("3000 00", id="bytes left over"),
        pytest.param("0400", id="another tag"),
        pytest.param("3080 0000", id="indefinite length"),
        pytest.param("3081 01 00", id="length not in its shortest form"),
        pytest.param("3082 0080" + "00" * 128, id="length with a leading zero"),
        pytest.param("3084 00000001 00", id="length of four bytes"),
        pytest.param("30ff" + "ff" * 127, id="length of 127 bytes"),
        pytest.param("3082 01", id="length cut off"),
        pytest.param("3f 8110 00", id="tag of several bytes"),
    ],
)
def test_what_is_not_der_is_refused(data: str) -> None:
    """Every way to write a length or a tag but one is refused."""
    with pytest.raises(der.BadDer):
        der.only(bytes.fromhex(data), der.SEQUENCE)


def test_a_field_longer_than_its_parent_is_refused() -> None:
    """An inner field cannot reach beyond the outer one, even where bytes follow."""
    outer = der.only(bytes.fromhex("3003 0402 aa"), der.SEQUENCE)

    with pytest.raises(der.BadDer):
        list(der.fields(outer))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("06 05 2b0e03021d", "1.3.14.3.2.29"),
        ("06 0a 2b06010401823742 0100", "1.3.6.1.4.1.311.66.1.0"),
        ("06 03 883703", "2.999.3"),
        ("06 01 7f", "2.47"),
    ],
)
def test_object_identifiers_read_as_text(data: str, text: str) -> None:
    """[X.690] 8.19: base 128, the first two numbers in one."""
    assert der.oid(der.only(bytes.fromhex(data), der.OID)) == text


@pytest.mark.parametrize("data", ["0600", "0601 80", "0602 2b80", "060b 2b" + "ff" * 9 + "7f"])
def test_an_unfinished_or_endless_object_identifier_is_refused(data: str) -> None:
    """Numbers must end, and below 64 bits."""
    with pytest.raises(der.BadDer):
        der.oid(der.only(bytes.fromhex(data), der.OID))


def test_an_object_identifier_of_many_numbers_is_refused_in_few_words() -> None:
    field = der.only(b"\x06\x82\x10\x00" + b"\x2a" * 0x1000, der.OID)

    with pytest.raises(der.BadDer, match="an object identifier of 4096 bytes"):
        der.oid(field)
