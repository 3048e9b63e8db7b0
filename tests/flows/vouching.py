"""A sign-in provider that vouches for whom a test says, in the place of one that is reached."""

from dataclasses import dataclass, field, replace
from typing import Any

from tests.flows.home import ADMIN, Home

from lenskeep.base.errors import LenskeepError, Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.provider import Provider
from lenskeep.flows.entry.providers import Listed, add_provider
from lenskeep.flows.ports import Begun, ProviderSettings, Vouched

ISSUER = "https://id.example"


@dataclass
class Vouching:
    """Knows which codes it gave; each is good once, for the visit that it was given to."""

    claims: dict[str, object] = field(default_factory=dict)
    subject: str = "subject-1"
    trouble: LenskeepError | None = None
    """Raised by whatever is asked, while it is set."""
    given: dict[str, str] = field(default_factory=dict)
    """Codes that were not used, and the verifier that each is good for."""
    hints: list[str] = field(default_factory=list)
    begun: int = 0

    async def begin(self, provider: ProviderSettings, redirect_uri: str, hint: str = "") -> Begun:
        """Give the code at once: the wearer is quick."""
        if self.trouble is not None:
            raise self.trouble
        self.begun += 1
        self.hints.append(hint)
        verifier = f"verifier-{self.begun}"
        self.given[f"code-{self.begun}"] = verifier
        url = f"{provider.issuer}/auth?redirect_uri={redirect_uri}"
        return Begun(url, f"state-{self.begun}", f"nonce-{self.begun}", Secret(verifier))

    async def finish(
        self, provider: ProviderSettings, redirect_uri: str, begun: Begun, code: Secret
    ) -> Vouched:
        """Vouch for the subject against an unused code and its verifier."""
        if self.trouble is not None:
            raise self.trouble
        if self.given.pop(code.reveal(), None) != begun.verifier.reveal():
            raise Refused(Refusal.AUTHENTICATION, "invalid_grant")
        return Vouched(self.subject, self.claims)


def vouched(home: Home, provider: Vouching) -> Home:
    """Let this one answer for all providers of the house."""
    entry = replace(home.house.entry, sign_in=provider)
    home.house = replace(home.house, entry=entry)
    return home


async def described(home: Home, name: str = "Clinic", **changed: Any) -> Listed:
    """Describe a provider to the house."""
    made = Provider(name, ISSUER, "lenskeep", Secret("hunter2"))
    return await add_provider(home.house, ADMIN, replace(made, **changed))
