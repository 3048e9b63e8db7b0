"""What a node allows, by kind."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.validate.values import described, fitting, matches, plain_list
from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.value import Format

ENUM = Allowed(Kind.ENUM, values=("0", "1", "2"))
SWITCH = Allowed(Kind.ENUM, values=("false", "true"))
WORDS = Allowed(Kind.ENUM, values=("Off", "On"))
SPAN = Allowed(Kind.RANGE, ranges=((-1, 5), (9, 9)))
BITS = Allowed(Kind.FLAGS, values=("0x1", "0x2", "8"))
PORTS = Allowed(Kind.REGEX, pattern="^[0-9,-]+$", delimiter=";")
GUID = Allowed(Kind.REGEX, pattern=r"\{[0-9A-F]{4}\}")
F000 = Allowed(Kind.ANY, delimiter="\uf000")
FLAT = Allowed(Kind.ENUM, values=("a", "b"), delimiter="")


@pytest.mark.parametrize(
    ("allowed", "form", "value"),
    [
        (ENUM, Format.INT, "2"),
        (Allowed(Kind.ENUM, values=("0x2",)), Format.INT, "2"),
        (SWITCH, Format.BOOL, "true"),
        (Allowed(Kind.ENUM, values=("True",)), Format.BOOL, "true"),
        (WORDS, Format.CHR, "On"),
        (SPAN, Format.INT, "-1"),
        (SPAN, Format.INT, "5"),
        (SPAN, Format.CHR, "9"),
        (Allowed(Kind.RANGE, ranges=((0, 4294967295),)), Format.INT, "4294967295"),
        (BITS, Format.INT, "11"),
        (BITS, Format.CHR, "0xB"),
        (PORTS, Format.CHR, "80;443-445;"),
        (GUID, Format.CHR, "{00AF}"),
        (Allowed(Kind.JSON), Format.CHR, '{"a": 1}'),
        (Allowed(Kind.XSD, xsd_id="x"), Format.CHR, "<a/>"),
        (Allowed(Kind.ADMX), Format.CHR, "<disabled/>"),
        (Allowed(Kind.SDDL), Format.CHR, "O:BAG:BA"),
        (Allowed(), Format.CHR, "anything"),
        (FLAT, Format.CHR, "a"),
        (F000, Format.CHR, "a\uf000b"),
    ],
)
def test_a_legal_value_passes_unchanged(allowed: Allowed, form: Format, value: str) -> None:
    assert fitting(allowed, form, value) == (value, ())


@pytest.mark.parametrize(
    ("allowed", "form", "value", "words"),
    [
        (ENUM, Format.INT, "3", "0, 1, 2"),
        (ENUM, Format.CHR, "02", "0, 1, 2"),
        (WORDS, Format.CHR, "on", "On, exactly so"),
        (SPAN, Format.INT, "6", "-1 to 5 or 9"),
        (SPAN, Format.CHR, "six", "-1 to 5 or 9"),
        (BITS, Format.INT, "4", "a sum of 0x1, 0x2, 8"),
        (BITS, Format.INT, "-1", "a sum of 0x1, 0x2, 8"),
        (PORTS, Format.CHR, "80;http", "^[0-9,-]+$"),
        (GUID, Format.CHR, "x{00AF}x", r"\{[0-9A-F]{4}\}"),
        (Allowed(Kind.JSON), Format.CHR, "{", "a JSON document"),
        (Allowed(Kind.JSON), Format.CHR, "[" * 60_000, "a JSON document"),
        (Allowed(Kind.XSD), Format.CHR, "<a>", "a well-formed document"),
        (FLAT, Format.CHR, "ab", "a, b"),
    ],
)
def test_an_illegal_value_is_refused_with_what_is_allowed(
    allowed: Allowed, form: Format, value: str, words: str
) -> None:
    (finding,) = fitting(allowed, form, value)[1]

    assert finding.allowed == words


def test_choices_are_told_with_their_labels() -> None:
    assert described(Allowed(Kind.ENUM, values=("0", "1"), labels=("Off", ""))) == "0 (Off), 1"


@pytest.mark.parametrize("spelled", ["&#xF000;", "&#xf000;", "&#61440;", "\uf000"])
def test_the_private_delimiter_may_be_written_out(spelled: str) -> None:
    assert plain_list(F000, f"a{spelled}b") == "a\uf000b"
    assert plain_list(PORTS, f"a{spelled}b") == f"a{spelled}b"


def test_a_pattern_with_its_case_flag_in_the_midst_is_used() -> None:
    assert matches(r"^([^;]+(?i)(\.msix)([;]|$)){1,11}$", "https://a/B.MSIX")
    assert matches("/^https?:.*$/", "https://contoso.com")
    assert matches("(", "x") is None


def test_a_pattern_is_tried_on_short_texts_only() -> None:
    greedy = Allowed(Kind.REGEX, pattern=r"^(([^;]+(\.appinstaller)([;]|$)){1,11})$")
    started = time.process_time()

    short = fitting(greedy, Format.CHR, "x" * 2048)[1]
    long = fitting(greedy, Format.CHR, "x" * 1_000_000)[1]

    assert time.process_time() - started < 5
    assert [short[0].problem, long[0].problem] == ["does not fit its pattern", "is too long"]


def test_a_list_of_nothing_but_delimiters_is_bounded() -> None:
    (finding,) = fitting(PORTS, Format.CHR, ";" * 1_000_000)[1]

    assert finding.problem == "has too many items"


KINDS = [ENUM, SWITCH, WORDS, SPAN, BITS, PORTS, GUID, F000, FLAT, Allowed(Kind.JSON), Allowed()]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from(Format), st.text(max_size=60))
def test_no_text_breaks_a_kind_and_what_passes_passes_again(
    allowed: Allowed, form: Format, value: str
) -> None:
    wire, found = fitting(allowed, form, value)

    if not found:
        assert fitting(allowed, form, wire) == (wire, ())
