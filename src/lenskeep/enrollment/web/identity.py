"""Whom a provider told us about: the name that counts, and whether that person may enroll.

The claims are the provider's word, proved before they come here. A person is who the issuer and
its `sub` say ([OIDC Core] 5.7: nothing else is unique and stays); the name is for people to read.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.web.callback import domain_of
from lenskeep.enrollment.web.provider import Provider, serves

MAX_SUBJECT: Final = 255
"""[OIDC Core] 2: `sub` has at most 255 ASCII characters."""
MAX_NAME: Final = 256
USUAL_NAMES: Final = ("preferred_username", "upn", "email", "sub")
"""Where user names are found, the most telling first."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a provider vouches for."""

    id: str
    """Of issuer and subject; stays the same if the provider is described anew."""
    name: str


def judge_claims(provider: Provider, claims: Mapping[str, object]) -> Person | Refused:
    """Return who it is, or why that person may not enroll here."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        return _refused("the provider names no subject")
    if provider.acr_values and claims.get("acr") not in provider.acr_values:
        return _refused("the sign-in was not of a kind that is asked for (acr)")
    if provider.required_claim and not _holds(claims, provider):
        return _refused(f"claim {provider.required_claim} does not hold the value asked for")
    name = user_name(provider, claims)
    if not name:
        return _refused("the provider tells no user name")
    domain = domain_of(name)
    if domain and provider.domains and not serves(provider, domain):
        return _refused("the user name is of a domain that this provider does not serve")
    return Person(person_id(provider.issuer, subject), name)


def person_id(issuer: str, subject: str) -> str:
    """Return our short name for a subject of an issuer."""
    octets = issuer.encode() + b"\x00" + subject.encode("utf-8", "surrogatepass")
    return f"web_{hashlib.sha256(octets).hexdigest()[:32]}"


def user_name(provider: Provider, claims: Mapping[str, object]) -> str:
    """Return the user name: of the claim that was chosen, else of the first usual one."""
    wanted = (provider.user_claim,) if provider.user_claim else USUAL_NAMES
    return next(filter(None, (_name(claims, each) for each in wanted)), "")


def _name(claims: Mapping[str, object], claim: str) -> str:
    """Return what can be shown of a claim; an e-mail address that nobody verified is none."""
    value = claims.get(claim)
    if claim == "email" and claims.get("email_verified") in (False, "false"):
        return ""
    if not isinstance(value, str) or len(value.strip()) > MAX_NAME:
        return ""
    unfit = any(unicodedata.category(each)[0] == "C" for each in value)
    return "" if unfit else value.strip()


def _holds(claims: Mapping[str, object], provider: Provider) -> bool:
    """Return whether the claim is the value asked for, or a list that holds it."""
    value = _claim(claims, provider.required_claim)
    return value == provider.required_value or (
        isinstance(value, list) and provider.required_value in value
    )


def _claim(claims: Mapping[str, object], path: str) -> object:
    """Return a claim by its name, or by a path as `realm_access.roles`."""
    if path in claims:
        return claims[path]
    value: object = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _refused(reason: str) -> Refused:
    return Refused(Refusal.AUTHORIZATION, reason)
