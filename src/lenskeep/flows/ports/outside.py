"""What flows ask of the world outside: keys of token issuers, sign-in providers, names in DNS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lenskeep.base.secret import Secret


class KeySource(Protocol):
    """Fetches the public keys of a token issuer."""

    async def fetch(self, url: str) -> str:
        """Return the JWKS at this URL, unread. Raises Unavailable, Invalid for an unfit URL."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What is needed to sign somebody in with an OpenID provider."""

    issuer: str
    client_id: str
    client_secret: Secret
    """Empty: a public client."""
    scopes: tuple[str, ...]
    acr_values: str = ""
    """Kinds of sign-in that are asked for, separated by blanks."""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was sent to the provider: where to, and what its answer must fit."""

    url: str
    state: str
    nonce: str
    verifier: Secret
    """Of PKCE."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for."""

    subject: str
    claims: Mapping[str, object] = field(repr=False)


class SignIn(Protocol):
    """Signs somebody in with an OpenID provider (authorization code with PKCE)."""

    async def begin(self, provider: ProviderSettings, redirect_uri: str, hint: str = "") -> Begun:
        """Ask the provider how it works, and make the address of its page; `hint`: the user name
        that was typed before. Raises Unavailable where the provider cannot be asked, and Invalid
        where it is no such.
        """
        ...

    async def finish(
        self, provider: ProviderSettings, redirect_uri: str, begun: Begun, code: Secret
    ) -> Vouched:
        """Raises Refused(AUTHENTICATION) where the answer proves nothing, and Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found at a name."""

    host: str
    addresses: tuple[str, ...]
    canonical: str
    """The name that a CNAME leads to; empty for none."""
    reachable: bool
    trusted: str
    """By whom the certificate is trusted: `public`, `lenskeep`, or empty for nobody."""
    names_match: bool
    not_after: str
    """ISO 8601; empty where no certificate was seen."""
    status: int
    """HTTP status of the discovery probe; 0 where it got none."""
    trouble: str = ""
    """In words; empty where all is well."""


class NameProbe(Protocol):
    """Looks at a name as a headset does: DNS, TLS, the discovery probe."""

    async def look(self, host: str, port: int, roots: tuple[bytes, ...]) -> Looked:
        """Return what was found; `roots` (DER) are ours. Never raises."""
        ...
