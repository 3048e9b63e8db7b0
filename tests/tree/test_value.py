"""Values are checked against their format before they are queued."""

from time import process_time

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.tree.value import Format, check_value, parse_format


@pytest.mark.parametrize(
    ("form", "text", "sent"),
    [
        (Format.INT, " 42 ", "42"),
        (Format.INT, "-1", "-1"),
        (Format.BOOL, "True", "true"),
        (Format.B64, "QU JD\n", "QUJD"),
        (Format.BIN, "", ""),
        (Format.CHR, " keeps its space ", " keeps its space "),
        (Format.CHR, "", ""),
        (Format.XML, "<a/>", "<a/>"),
        (Format.FLOAT, "1.5e3", "1.5e3"),
        (Format.NODE, None, None),
        (Format.NODE, "", None),
        (Format.NULL, None, None),
        (Format.DATE, "2026-05-04", "2026-05-04"),
    ],
)
def test_a_value_that_fits_goes_out_in_its_plain_form(
    form: Format, text: str | None, sent: str | None
) -> None:
    """Trimmed and spelled as the wire wants it."""
    assert sent == check_value(form, text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Format.INT, "12a"),
        (Format.INT, ""),
        (Format.INT, "٣"),
        (Format.BOOL, "1"),
        (Format.B64, "a"),
        (Format.B64, "ä"),
        (Format.FLOAT, "."),
        (Format.NODE, "x"),
        (Format.NULL, "x"),
        (Format.CHR, None),
        (Format.CHR, "a\x01"),
        (Format.CHR, "a\ud800"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(form: Format, text: str | None) -> None:
    """The complaint names the field and what is allowed."""
    with pytest.raises(Invalid) as caught:
        check_value(form, text)

    (complaint,) = caught.value.complaints
    assert complaint.field == "value"
    assert complaint.allowed


def test_formats_are_read_in_any_case() -> None:
    """And a word that is none is refused."""
    assert parse_format(" CHR ") is Format.CHR
    with pytest.raises(Invalid):
        parse_format("string")


def test_digits_that_are_almost_a_number_are_refused_in_time() -> None:
    began = process_time()

    with pytest.raises(Invalid):
        check_value(Format.FLOAT, "1" * 50_000 + "x")
    assert process_time() - began < 0.5  # CPU seconds; it took 10 when each cut was tried
