"""A sign-in provider as the administrator describes it: any that speaks OpenID Connect."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from lenskeep.base.errors import Complaint, shown
from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.callback import read_domain

MAX_URL: Final = 512
MAX_TEXT: Final = 200
MAX_SECRET: Final = 1024
MAX_DOMAINS: Final = 50
PROMPTS: Final = ("", "login", "consent", "select_account")
"""[OIDC Core] 3.1.2.1; `none` would never show a page."""
_SCOPES: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
"""[RFC 6749] 3.3: one scope."""
_PLAIN: Final = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Provider:
    """Where wearers sign in, and what of the answer counts."""

    name: str
    """What wearers read on the button."""
    issuer: str
    client_id: str
    client_secret: Secret | None = None
    domains: tuple[str, ...] = ()
    """E-mail domains it serves: whoever types such a name is sent there, and names it tells us
    are of these domains; empty: nobody is sent there by name, and any name counts.
    """
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    user_claim: str = ""
    """Which claim is the user name; empty: the first of the usual ones."""
    required_claim: str = ""
    required_value: str = ""
    """Whom it is for: a claim (`groups`, or `realm_access.roles`) that holds this value."""
    acr_values: tuple[str, ...] = ()
    """Which kinds of sign-in are asked for, one of which it must have been."""
    prompt: str = ""
    id: str = ""
    """Ours, of the record; empty before there is one."""


def provider_complaints(provider: Provider) -> list[Complaint]:
    """Return everything that is wrong with a description; whether it answers is another matter."""
    return [*_address_complaints(provider), *_list_complaints(provider), *_claims(provider)]


def is_acceptable_url(url: str) -> bool:
    """Return whether the house speaks to this address: https, or http on this very machine.

    What goes over loopback leaves the machine nowhere, so that a laboratory needs no certificate
    and nobody a switch that could be left on.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_plain = len(url) <= MAX_URL and url.isascii() and not re.search(r"[\s\x00-\x1f\x7f\\]", url)
    if not is_plain or not host or parts.username is not None or port == 0:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Return whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serves(provider: Provider, domain: str) -> bool:
    """Return whether names of this domain sign in there."""
    return bool(domain) and domain in provider.domains


def _address_complaints(provider: Provider) -> Iterator[Complaint]:
    issuer, secret = provider.issuer, provider.client_secret
    if not is_acceptable_url(issuer) or "?" in issuer or "#" in issuer:
        allowed = "https://HOST/PATH as the provider spells it (http only on this machine)"
        yield Complaint("issuer", f"{shown(issuer)} is no issuer", allowed)
    if not provider.client_id or not _is_text(provider.client_id):
        yield Complaint("client_id", "it is empty or cannot be sent", f"1 to {MAX_TEXT} characters")
    if secret is not None and not _is_text(secret.reveal(), MAX_SECRET):
        yield Complaint("client_secret", "it cannot be sent", f"1 to {MAX_SECRET} characters")


def _list_complaints(provider: Provider) -> Iterator[Complaint]:
    if len(provider.domains) > MAX_DOMAINS:
        yield Complaint("domains", "there are too many", f"at most {MAX_DOMAINS}")
    for each in provider.domains:
        if read_domain(each) != each:
            yield Complaint("domains", f"{shown(each)} is no domain", "example.org")
    if "openid" not in provider.scopes:
        yield Complaint("scopes", "`openid` is missing", "openid, and what tells the user name")
    for field, values in (("scopes", provider.scopes), ("acr_values", provider.acr_values)):
        if len(values) > 20 or not all(_SCOPES.fullmatch(each) for each in values):
            yield Complaint(field, "not a list of words without blanks", "at most 20")


def _claims(provider: Provider) -> Iterator[Complaint]:
    for field in ("user_claim", "required_claim", "required_value"):
        if not _is_text(getattr(provider, field)):
            yield Complaint(field, "it is too long or not plain text", f"{MAX_TEXT} characters")
    if bool(provider.required_claim) != bool(provider.required_value):
        yield Complaint("required_value", "claim and value belong together", "both or neither")
    if provider.prompt not in PROMPTS:
        allowed = ", ".join(each or "(nothing)" for each in PROMPTS)
        yield Complaint("prompt", f"{shown(provider.prompt)} is not known", allowed)


def _is_text(text: str, most: int = MAX_TEXT) -> bool:
    return len(text) <= most and bool(_PLAIN.fullmatch(text))
