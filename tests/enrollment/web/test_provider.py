"""How an administrator may describe a provider."""

from dataclasses import replace
from typing import Any

import pytest

from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.provider import (
    Provider,
    is_acceptable_url,
    provider_complaints,
    serves,
)

GOOD = Provider("Clinic", "https://id.example/realms/clinic", "lenskeep")


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"client_secret": Secret("s3cret+/=%")},
        {"issuer": "http://127.0.0.1:3000"},
        {"issuer": "http://localhost:3000/op"},
        {"issuer": "http://[::1]:3000"},
        {"domains": ("example.org", "b.example"), "prompt": "login", "acr_values": ("phr",)},
        {"required_claim": "realm_access.roles", "required_value": "headsets"},
        {"user_claim": "https://claims.example/name"},
    ],
)
def test_a_good_description_has_no_complaints(changed: dict[str, Any]) -> None:
    """Plain http is for this very machine."""
    assert provider_complaints(replace(GOOD, **changed)) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"issuer": ""}, "issuer"),
        ({"issuer": "http://id.example"}, "issuer"),
        ({"issuer": "http://127.0.0.1.evil.example"}, "issuer"),
        ({"issuer": "http://localhost.evil.example"}, "issuer"),
        ({"issuer": "https://user:pass@id.example"}, "issuer"),
        ({"issuer": "https://id.example?x=y"}, "issuer"),
        ({"issuer": "https://id.example#x"}, "issuer"),
        ({"issuer": "https://id.example\\@evil.example"}, "issuer"),
        ({"issuer": "https://id.example/\r\nX: y"}, "issuer"),
        ({"issuer": "https://[id.example"}, "issuer"),
        ({"issuer": "https://id.example:99999"}, "issuer"),
        ({"issuer": "file:///etc/passwd"}, "issuer"),
        ({"issuer": "https://id.example/" + "a" * 600}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": "a\nb"}, "client_id"),
        ({"client_secret": Secret("a\nb")}, "client_secret"),
        ({"domains": ("Example.org",)}, "domains"),
        ({"domains": ("@example.org",)}, "domains"),
        ({"domains": tuple(f"d{n}.example" for n in range(51))}, "domains"),
        ({"scopes": ("profile",)}, "scopes"),
        ({"scopes": ("openid", "a b")}, "scopes"),
        ({"acr_values": ('"',)}, "acr_values"),
        ({"user_claim": "x" * 300}, "user_claim"),
        ({"required_claim": "groups"}, "required_value"),
        ({"required_value": "headsets"}, "required_value"),
        ({"prompt": "none"}, "prompt"),
    ],
)
def test_each_mistake_is_said_with_its_field(changed: dict[str, Any], field: str) -> None:
    """One complaint, at the field to correct."""
    assert [field] == [each.field for each in provider_complaints(replace(GOOD, **changed))]


def test_a_bad_secret_is_not_repeated() -> None:
    """A complaint goes to screens and logs."""
    complaints = provider_complaints(replace(GOOD, client_secret=Secret("hunter2\n")))

    assert "hunter2" not in repr(complaints)


def test_http_is_acceptable_on_loopback_alone() -> None:
    """By address, not by what a name may resolve to."""
    assert is_acceptable_url("http://127.9.9.9/x")
    assert not is_acceptable_url("http://10.0.0.1/x")
    assert not is_acceptable_url("ftp://127.0.0.1/x")


def test_a_provider_serves_its_domains_only() -> None:
    """Not their subdomains, and nobody without a domain."""
    provider = replace(GOOD, domains=("example.org",))

    assert serves(provider, "example.org")
    assert not serves(provider, "sub.example.org")
    assert not serves(GOOD, "")
