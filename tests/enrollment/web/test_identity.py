"""Whom a provider's claims stand for, and who is turned away."""

from dataclasses import replace
from typing import Any

import pytest

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.web.identity import Person, judge_claims, person_id
from lenskeep.enrollment.web.provider import Provider

PROVIDER = Provider("Clinic", "https://id.example", "lenskeep")
CLAIMS = {"sub": "248289761001", "preferred_username": "ana@example.org"}


@pytest.mark.parametrize(
    ("claims", "claim", "name"),
    [
        ({"preferred_username": "ana", "email": "a@b.example"}, "", "ana"),
        ({"upn": "ana@b.example", "email": "a@b.example"}, "", "ana@b.example"),
        ({"email": "a@b.example"}, "", "a@b.example"),
        ({"email": "a@b.example", "email_verified": True}, "", "a@b.example"),
        ({"email": "a@b.example", "email_verified": False}, "", "subject"),
        ({"preferred_username": "a\nb", "email": "a@b.example"}, "", "a@b.example"),
        ({"preferred_username": ["ana"]}, "", "subject"),
        ({"preferred_username": "x" * 300}, "", "subject"),
        ({}, "", "subject"),
        ({"preferred_username": "ana", "employee": "E17"}, "employee", "E17"),
    ],
)
def test_the_user_name_is_the_most_telling_claim(
    claims: dict[str, Any], claim: str, name: str
) -> None:
    """Or the one that was chosen; an address that nobody verified is none."""
    found = judge_claims(replace(PROVIDER, user_claim=claim), {"sub": "subject", **claims})

    assert isinstance(found, Person)
    assert name == found.name


@pytest.mark.parametrize(
    ("provider", "claims"),
    [
        ({}, {"sub": ""}),
        ({}, {"sub": 7}),
        ({}, {"sub": "x" * 256}),
        ({"user_claim": "employee"}, {}),
        ({"acr_values": ("phr",)}, {}),
        ({"acr_values": ("phr",)}, {"acr": "pwd"}),
        ({"acr_values": ("phr",)}, {"acr": ["phr"]}),
        ({"required_claim": "groups", "required_value": "hl"}, {}),
        ({"required_claim": "groups", "required_value": "hl"}, {"groups": ["hlx"]}),
        ({"required_claim": "groups", "required_value": "hl"}, {"groups": "xhlx"}),
        ({"required_claim": "a.b", "required_value": "hl"}, {"a": "hl"}),
        ({"domains": ("clinic.example",)}, {}),
    ],
)
def test_who_does_not_fit_is_turned_away(provider: dict[str, Any], claims: dict[str, Any]) -> None:
    """Without what was asked for, or with a name of a domain that is not the provider's."""
    found = judge_claims(replace(PROVIDER, **provider), {**CLAIMS, **claims})

    assert isinstance(found, Refused)
    assert found.kind is Refusal.AUTHORIZATION


@pytest.mark.parametrize(
    ("provider", "claims"),
    [
        ({"acr_values": ("phr", "phrh")}, {"acr": "phrh"}),
        ({"required_claim": "groups", "required_value": "hl"}, {"groups": ["a", "hl"]}),
        ({"required_claim": "role", "required_value": "hl"}, {"role": "hl"}),
        ({"required_claim": "a.b", "required_value": "hl"}, {"a": {"b": ["hl"]}}),
        (
            {"required_claim": "https://x.example/r", "required_value": "y"},
            {"https://x.example/r": "y"},
        ),
        ({"domains": ("example.org",)}, {}),
        ({"domains": ("clinic.example",)}, {"preferred_username": "ana"}),
    ],
)
def test_who_fits_comes_in(provider: dict[str, Any], claims: dict[str, Any]) -> None:
    """A value alone or in a list, at a path or under a name with dots."""
    assert isinstance(judge_claims(replace(PROVIDER, **provider), {**CLAIMS, **claims}), Person)


def test_a_person_is_an_issuer_and_a_subject() -> None:
    """Not a name: it may change, and another provider may use it for somebody else."""
    renamed = judge_claims(PROVIDER, {**CLAIMS, "preferred_username": "anna@example.org"})

    assert isinstance(renamed, Person)
    assert renamed.id == person_id("https://id.example", "248289761001")
    assert renamed.id != person_id("https://id.example", "248289761002")
    assert renamed.id != person_id("https://id2.example", "248289761001")
    assert len(renamed.id) == 36
