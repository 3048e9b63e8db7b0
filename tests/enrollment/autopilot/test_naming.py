"""The name template: what it takes, and which names come of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.autopilot.naming import MAX_NAME, parse_template


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("HL-%SERIAL%", "HL-003008"),
        ("HL-%RAND:4%", "HL-1234"),
        ("hl%rand:2%%serial%", "hl12003008"),
        ("WARD3", "WARD3"),
    ],
)
def test_a_template_is_filled_in(template: str, name: str) -> None:
    """Serial number and digits stand where the template has them, in any case."""
    assert parse_template(template).filled("003008", "123456") == name


def test_a_long_serial_number_loses_its_beginning() -> None:
    """Names end with what tells headsets apart."""
    assert parse_template("HL-%SERIAL%").filled("123456789012345678") == "HL-789012345678"


@pytest.mark.parametrize(
    "template",
    [
        *("", "  ", "a b", "HL_1", "%SERIAL%%SERIAL%", "%RAND:16%", "%RAND:0%"),
        *("ABCDEFGHIJKLMNOP", "12345", "%RAND:5%", "-HL", "HL-", "%NAME%", "HL-%SERIAL"),
        "ABCDEFGHIJKLMNO%SERIAL%",
    ],
)
def test_what_makes_no_name_is_refused(template: str) -> None:
    """Too long, digits alone, blanks, unknown places."""
    with pytest.raises(Invalid):
        parse_template(template)


@settings(max_examples=50, deadline=None)
@given(
    template=st.text("AB-%SERIAL:RND0123456789", max_size=20),
    serial=st.text(max_size=30),
)
def test_no_name_is_longer_than_a_headset_takes(template: str, serial: str) -> None:
    """Whatever the serial number is."""
    try:
        parsed = parse_template(template)
    except Invalid:
        return

    assert len(parsed.filled(serial, "0123456789" * 3)) <= MAX_NAME
