"""Operations from outside: made whole, or refused with every complaint at once."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.tree.operation import OperationState, Verb, make_operation
from lenskeep.tree.value import Format

NODE = "./Vendor/MSFT/Policy/Config/Camera/AllowCamera"


@pytest.mark.parametrize(
    ("verb", "form", "value", "expected", "sent"),
    [
        ("get", None, None, None, None),
        ("delete", None, None, None, None),
        ("replace", None, "0", Format.INT, "0"),
        ("replace", None, "-5", Format.INT, "-5"),
        ("replace", None, "--5", Format.CHR, "--5"),
        ("replace", None, "0123", Format.CHR, "0123"),
        ("replace", None, "٣", Format.CHR, "٣"),
        ("replace", None, "TRUE", Format.BOOL, "true"),
        ("replace", None, "text", Format.CHR, "text"),
        ("replace", None, "", Format.CHR, ""),
        ("replace", "chr", "0", Format.CHR, "0"),
        ("add", None, None, Format.NODE, None),
        ("add", "xml", "<a/>", Format.XML, "<a/>"),
        ("exec", None, None, Format.NULL, None),
        ("exec", None, "1", Format.CHR, "1"),
        (" EXEC ", None, "Lenskeep", Format.CHR, "Lenskeep"),
    ],
)
def test_a_format_that_is_not_given_is_told_by_the_value(
    verb: str, form: str | None, value: str | None, expected: Format | None, sent: str | None
) -> None:
    """Numbers and truth values for Replace and Add; everything else is text."""
    operation = make_operation(verb, NODE, form, value)

    assert (expected, sent) == (operation.format, operation.value)


@pytest.mark.parametrize(
    ("verb", "uri", "form", "value", "fields"),
    [
        ("copy", "x", "string", None, ["verb", "uri", "format"]),
        ("get", NODE, None, "1", ["value"]),
        ("delete", NODE, "int", None, ["value"]),
        ("delete", NODE + "?list=Struct", None, None, ["uri"]),
        ("replace", NODE + "?prop=Type", None, "1", ["uri"]),
        ("replace", NODE, None, None, ["value"]),
        ("replace", NODE, "int", "x", ["value"]),
    ],
)
def test_what_cannot_be_asked_is_refused_with_every_complaint(
    verb: str, uri: str, form: str | None, value: str | None, fields: list[str]
) -> None:
    """All fields at once, so that an administrator corrects them in one go."""
    with pytest.raises(Invalid) as caught:
        make_operation(verb, uri, form, value)

    assert fields == [complaint.field for complaint in caught.value.complaints]


def test_only_exec_is_not_repeatable() -> None:
    """Delivering it twice may do more than delivering it once."""
    assert [verb for verb in Verb if not verb.is_repeatable] == [Verb.EXEC]


def test_open_is_queued_or_sent() -> None:
    """An unknown outcome is no longer awaited."""
    assert [s for s in OperationState if s.is_open] == [OperationState.QUEUED, OperationState.SENT]
