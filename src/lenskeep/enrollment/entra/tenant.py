"""A tenant of Entra as the administrator describes it: whom we believe, and about what."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.enrollment.entra.keys import KeyRing


class Cloud(Enum):
    """Which Entra: they are apart, and each has hosts of its own."""

    PUBLIC = "public"
    US_GOVERNMENT = "us government"
    CHINA = "china"


_HOSTS: Final = {
    Cloud.PUBLIC: ("sts.windows.net", "login.microsoftonline.com"),
    Cloud.US_GOVERNMENT: ("sts.windows.net", "login.microsoftonline.us"),
    Cloud.CHINA: ("sts.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
}
"""Who issues tokens of version 1 and of version 2. assumed: the last two rows."""


class ScopeRule(Enum):
    """Whose token has to carry the scope `mdm_delegation`."""

    USERS = "users"
    """Every token with a user. assumed: a headset that joins by itself is given none."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Tenant:
    """What the tokens of one tenant have to look like."""

    id: str
    """GUID, lower case."""
    audiences: tuple[str, ...]
    """App ID URIs of the MDM application."""
    client_id: str = ""
    """Its client id (GUID), which tokens of version 2 have for audience; empty: none of those."""
    cloud: Cloud = Cloud.PUBLIC
    scope: ScopeRule = ScopeRule.USERS

    @property
    def issuers(self) -> tuple[str, str]:
        """The issuer of version 1 and that of version 2."""
        first, second = _HOSTS[self.cloud]
        return f"https://{first}/{self.id}/", f"https://{second}/{self.id}/v2.0"

    @property
    def keys_url(self) -> str:
        """Where Entra publishes the keys of this tenant."""
        return f"https://{_HOSTS[self.cloud][1]}/{self.id}/discovery/v2.0/keys"


@dataclass(frozen=True, slots=True)
class Trust:
    """A tenant and the keys that its tokens are signed with."""

    tenant: Tenant
    ring: KeyRing
