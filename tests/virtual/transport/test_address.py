"""Addresses that a server hands over are taken apart, or are none."""

import pytest

from lenskeep.virtual.enrollment.hresult import EnrollmentRefused
from lenskeep.virtual.enrollment.web.broker import sign_in_url
from lenskeep.virtual.transport.address import joined, parts_of


def test_an_address_has_its_parts() -> None:
    parts = parts_of("https://mdm.example:8443/a?b#c")

    assert ("https", "mdm.example", 8443, "b") == (
        parts.scheme,
        parts.hostname,
        parts.port,
        parts.query,
    )


@pytest.mark.parametrize("url", ["https://[", "https://[::1", "https://a:99999/", "//\u2100"])
def test_what_is_no_address_has_none(url: str) -> None:
    assert "" == parts_of(url).geturl()


def test_an_address_is_joined_where_it_is_one() -> None:
    assert "https://a.example/c" == joined("https://a.example/b", "c")
    assert "" == joined("https://a.example/b", "//[")


def test_a_sign_in_page_whose_address_is_none_is_refused() -> None:
    with pytest.raises(EnrollmentRefused):
        sign_in_url("https://[", "anna@example.com")
