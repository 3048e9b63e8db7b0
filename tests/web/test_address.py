"""Where a request comes from: a proxy's word counts as far as named proxies wrote it."""

from pathlib import Path

import pytest

from lenskeep.config import Settings
from lenskeep.web.address import client_address, is_proxy

PROXIES = ("10.0.0.1", "192.0.2.0/24", "2001:db8::/32")


def came(client: str | None, *forwarded: str, named: tuple[str, ...] = PROXIES) -> str:
    """Return the address of a request over this connection with these headers."""
    settings = Settings(data=Path("none"), trusted_proxies=named)
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    peer = (client, 4711) if client is not None else None
    return client_address(settings, {"type": "http", "client": peer, "headers": headers})


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("198.51.100.7", (), "198.51.100.7"),
        ("198.51.100.7", ("203.0.113.9",), "198.51.100.7"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("203.0.113.9",), "203.0.113.9"),
        ("10.0.0.1", ("6.6.6.6, 203.0.113.9",), "203.0.113.9"),
        ("10.0.0.1", ("6.6.6.6", "203.0.113.9"), "203.0.113.9"),
        ("10.0.0.1", ("6.6.6.6, 203.0.113.9, 192.0.2.8",), "203.0.113.9"),
        ("10.0.0.1", ("192.0.2.8",), "192.0.2.8"),
        ("10.0.0.1", ("203.0.113.9:50123",), "203.0.113.9"),
        ("::ffff:10.0.0.1", ("[2001:db9::7]:443",), "2001:db9::7"),
        ("2001:db8::1", ("203.0.113.9",), "203.0.113.9"),
        ("10.0.0.1", ("203.0.113.9, unknown",), "10.0.0.1"),
        ("10.0.0.1", ("203.0.113.9, unknown, 192.0.2.8",), "192.0.2.8"),
        ("testclient", ("203.0.113.9",), "testclient"),
        (None, ("203.0.113.9",), ""),
    ],
)
def test_the_address_is_the_first_from_the_right_that_no_named_proxy_has(
    client: str | None, forwarded: tuple[str, ...], address: str
) -> None:
    assert came(client, *forwarded) == address


def test_where_no_proxy_is_named_the_header_is_air() -> None:
    assert came("10.0.0.1", "203.0.113.9", named=()) == "10.0.0.1"


def test_a_proxy_is_one_that_is_named() -> None:
    settings = Settings(data=Path("none"), trusted_proxies=PROXIES)

    found = [is_proxy(settings, each) for each in ("192.0.2.77", "192.0.3.1", "", "x")]

    assert found == [True, False, False, False]
