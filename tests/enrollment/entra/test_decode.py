"""The token comes out of whatever it was packed into."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.enrollment.entra.issuer import token

from lenskeep.enrollment.entra.decode import MAX_PACKED, MAX_TOKEN, token_text


def lines(text: str, width: int, end: str) -> str:
    """Return the text in lines."""
    return end.join(text[at : at + width] for at in range(0, len(text), width))


def std(text: str) -> str:
    """Return standard base64."""
    return base64.b64encode(text.encode()).decode()


def url(text: str) -> str:
    """Return base64url."""
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(lambda t: t, id="bare"),
        pytest.param(lambda t: f" \r\n{t}\n", id="bare, with white space around"),
        pytest.param(std, id="base64 once"),
        pytest.param(lambda t: std(t).rstrip("="), id="base64 once, not padded"),
        pytest.param(url, id="base64url once"),
        pytest.param(lambda t: url(t).rstrip("="), id="base64url once, not padded"),
        pytest.param(lambda t: std(std(t)), id="base64 twice"),
        pytest.param(lambda t: std(url(t).rstrip("=")).rstrip("="), id="both alphabets"),
        pytest.param(lambda t: url(std(t)), id="base64url of base64"),
        pytest.param(lambda t: lines(std(t), 64, "\r\n"), id="in lines of 64"),
        pytest.param(lambda t: lines(std(lines(std(t), 76, "\n")), 76, "\r"), id="twice in lines"),
        pytest.param(lambda t: std(t + "\0"), id="a C string"),
    ],
)
def test_a_token_is_found(pack: object) -> None:
    """However it is packed, the same token comes out."""
    assert callable(pack)
    text = token()

    assert text == token_text(pack(text))


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param("", id="nothing"),
        pytest.param("   ", id="white space"),
        pytest.param("a.b", id="two parts"),
        pytest.param("a.b.c.d", id="four parts"),
        pytest.param("a.b.c!", id="a foreign character"),
        pytest.param("....", id="dots"),
        pytest.param(std(std(std("a.b.c"))), id="base64 three times"),
        pytest.param(std("not a token"), id="something else"),
        pytest.param(base64.b64encode(b"\xff\xfe\x00").decode(), id="no text"),
        pytest.param("é.é.é", id="letters beyond ASCII"),
        pytest.param("a.b.c" * MAX_PACKED, id="too much"),
        pytest.param("a." * 2 + "c" * MAX_TOKEN, id="a token that is too long"),
        pytest.param("A", id="six bits"),
        pytest.param("QQ==Q", id="padding within"),
    ],
)
def test_what_is_no_token_is_none(packed: str) -> None:
    """Nothing that could be taken for a token comes out."""
    assert token_text(packed) is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_survived(text: str) -> None:
    """No text makes it fail, and only a compact token comes out."""
    found = token_text(text)

    assert found is None or found.count(".") == 2
