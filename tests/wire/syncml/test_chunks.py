"""Large objects: cut so that each piece fits and nothing is lost."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.wire import xml
from lenskeep.wire.errors import CannotEncode
from lenskeep.wire.syncml.chunks import Chunk, chunk_at, size_of

TEXTS = st.text(st.sampled_from("ab<&>\r\n \u00e9\u20ac\U0001f600"), max_size=80)


def split(value: str, *, budget: int, format_: str | None = None) -> tuple[Chunk, ...]:
    """All pieces of the value, each begun where the one before ends."""
    pieces = [chunk_at(value, 0, budget=budget, format_=format_)]
    while pieces[-1].more:
        pieces.append(chunk_at(value, pieces[-1].end, budget=budget, format_=format_))
    return tuple(pieces)


def test_a_value_that_fits_goes_whole_and_states_no_size() -> None:
    assert split("abc", budget=3) == (Chunk("abc", 3, None, more=False),)


def test_an_empty_value_is_one_piece() -> None:
    assert split("", budget=0) == (Chunk("", 0, None, more=False),)


def test_the_first_piece_states_the_size_and_all_but_the_last_announce_more() -> None:
    assert split("abcde", budget=2) == (
        Chunk("ab", 2, 5, more=True),
        Chunk("cd", 4, None, more=True),
        Chunk("e", 5, None, more=False),
    )


def test_a_piece_can_be_cut_anywhere_in_the_value() -> None:
    assert chunk_at("abcde", 2, budget=2) == Chunk("cd", 4, None, more=True)
    assert chunk_at("abcde", 4, budget=2) == Chunk("e", 5, None, more=False)


def test_escapes_and_utf8_count_against_the_budget() -> None:
    assert [piece.data for piece in split("<\u20acab", budget=4)] == ["<", "\u20aca", "b"]


def test_base64_is_cut_between_groups() -> None:
    value = b64encode(b"twelve bytes").decode()

    pieces = split(value, budget=6, format_="b64")

    assert pieces[0].size == 12
    assert [len(piece.data) for piece in pieces] == [4, 4, 4, 4]
    assert b"".join(b64decode(piece.data) for piece in pieces) == b"twelve bytes"


@pytest.mark.parametrize(
    ("value", "budget", "format_"),
    [("<a", 3, None), ("ab", 0, "chr"), ("ab", -5, "chr"), ("AAAAAAAA", 3, "b64")],
)
def test_a_budget_for_nothing_is_refused(value: str, budget: int, format_: str | None) -> None:
    with pytest.raises(CannotEncode, match="octets"):
        split(value, budget=budget, format_=format_)


@pytest.mark.parametrize(
    ("value", "format_", "octets"),
    [
        ("abc", None, 3),
        ("\u00e9\u20ac", "chr", 5),
        ("<a/>", "xml", 4),
        ("AAAA", "chr", 4),
        ("AAAA", "b64", 3),
        ("AAA=", "B64", 2),
        ("AA==", "bin", 1),
        ("AA\r\n A=", " b64 ", 2),
        ("", "b64", 0),
    ],
)
def test_the_size_is_that_of_the_decoded_object(
    value: str, format_: str | None, octets: int
) -> None:
    assert size_of(value, format_) == octets


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(6, 30))
def test_pieces_fit_and_join_to_the_value(value: str, budget: int) -> None:
    pieces = split(value, budget=budget, format_="chr")

    assert all(xml.octets(piece.data) <= budget for piece in pieces)
    assert value == "".join(piece.data for piece in pieces)
    assert pieces[0].size in (None, size_of(value))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(4, 30), st.sampled_from(["b64", "bin"]))
def test_base64_pieces_join_to_the_value(value: bytes, budget: int, format_: str) -> None:
    pieces = split(b64encode(value).decode(), budget=budget, format_=format_)

    assert value == b"".join(b64decode(piece.data) for piece in pieces)
    assert pieces[0].size in (None, len(value))


def test_pieces_are_not_shown() -> None:
    assert "hunter2" not in repr(chunk_at("hunter2", 0, budget=9))
