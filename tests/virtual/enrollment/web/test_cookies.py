"""Cookies go back to whom they came from, and to nobody else."""

import pytest

from lenskeep.virtual.enrollment.web.cookies import Cookies

HOME = "https://sign.example.org/walk/one"


def header(given: str, url: str, since: str = HOME) -> str:
    """Return what is sent to a page after a server gave something."""
    cookies = Cookies()
    cookies.take(since, [given])
    return "".join(value for _, value in cookies.header(url))


@pytest.mark.parametrize(
    ("given", "url", "sent"),
    [
        ("a=1; Path=/; Secure; HttpOnly", "https://sign.example.org/", "a=1"),
        ("a=1; Path=/walk", "https://sign.example.org/walk/two?x=1", "a=1"),
        ("a=1; Path=/walk", "https://sign.example.org/walking", ""),
        ("a=1", "https://sign.example.org/walk/two", "a=1"),
        ("a=1", "https://sign.example.org/other", ""),
        ("a=1; Path=/", "https://other.example.org/", ""),
        ("a=1; Path=/; Domain=example.org", "https://other.example.org/", "a=1"),
        ("a=1; Path=/; Domain=example.com", "https://www.example.com/", ""),
        ("a=1; Path=/; Expires=Wed, 21 Oct 2099 07:28:00 GMT", "https://sign.example.org/", "a=1"),
    ],
)
def test_a_cookie_is_for_its_host_and_path(given: str, url: str, sent: str) -> None:
    assert header(given, url) == sent


def test_a_cookie_is_replaced_and_taken_back() -> None:
    cookies = Cookies()
    cookies.take(HOME, ["a=1; Path=/", "b=2; Path=/"])

    cookies.take(HOME, ["a=3; Path=/"])
    both = cookies.header(HOME)
    cookies.take(HOME, ["b=; Path=/; Max-Age=0"])

    assert both == (("Cookie", "a=3; b=2"),)
    assert cookies.header(HOME) == (("Cookie", "a=3"),)
