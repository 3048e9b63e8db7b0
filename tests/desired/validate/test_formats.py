"""The format step."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.validate.formats import on_wire
from lenskeep.tree.value import Format


@pytest.mark.parametrize(
    ("form", "value", "wire"),
    [
        (Format.INT, " 007 ", "7"),
        (Format.INT, "-2147483648", "-2147483648"),
        (Format.INT, "4294967295", "4294967295"),
        (Format.BOOL, "True", "true"),
        (Format.BOOL, "1", "1"),
        (Format.B64, "AQ\nID", "AQID"),
        (Format.BIN, "", ""),
        (Format.CHR, " as it is ", " as it is "),
        (Format.XML, "<a/>", "<a/>"),
        (Format.FLOAT, "1.5e3", "1.5e3"),
        (Format.TIME, "2026-03-31T10:00:00Z", "2026-03-31T10:00:00Z"),
        (Format.DATE, "2026-03-31", "2026-03-31"),
        (Format.NULL, None, None),
        (Format.NODE, "", None),
    ],
)
def test_a_fitting_value_goes_out_in_its_plain_form(
    form: Format, value: str | None, wire: str | None
) -> None:
    assert on_wire(form, value) == (wire, ())


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Format.INT, "0x10"),
        (Format.INT, "4294967296"),
        (Format.INT, "-2147483649"),
        (Format.INT, "٣"),
        (Format.INT, None),
        (Format.BOOL, "yes"),
        (Format.B64, "A"),
        (Format.CHR, "a\0b"),
        (Format.CHR, "\ud800"),
        (Format.CHR, "a" * (4 * 1024 * 1024 + 1)),
        (Format.XML, "<a>"),
        (Format.FLOAT, "1.2.3"),
        (Format.TIME, "noon"),
        (Format.NULL, "something"),
        (Format.NODE, "something"),
    ],
)
def test_an_unfitting_value_is_refused(form: Format, value: str | None) -> None:
    assert len(on_wire(form, value)[1]) == 1


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(Format), st.text(max_size=40))
def test_what_went_through_goes_through_again_unchanged(form: Format, value: str | None) -> None:
    wire, found = on_wire(form, value)

    if not found:
        assert on_wire(form, wire) == (wire, ())
