"""What REST takes and answers of sign-in providers."""

from datetime import datetime

from pydantic import Field

from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.provider import Provider
from lenskeep.flows.entry.providers import Listed
from lenskeep.web.api.inputs import Body
from lenskeep.web.api.models import Answer


class SignInProviderBody(Body):
    """A new sign-in provider: any that speaks OpenID Connect."""

    name: str = Field(description="What wearers read on the button.", examples=["Clinic"])
    issuer: str = Field(
        description="As the provider spells it, https.", examples=["https://id.example.org"]
    )
    client_id: str
    client_secret: str | None = Field(None, description="Left out: a public client.")
    domains: list[str] = Field(
        default_factory=list,
        description="E-mail domains it serves. Who types such a name is sent there at once, and "
        "the names it tells must be of them.",
    )
    scopes: list[str] = Field(default_factory=lambda: ["openid", "profile", "email"])
    user_claim: str = Field(
        "", description="Which claim is the user name; empty: the first of the usual ones."
    )
    required_claim: str = Field(
        "", description="Only for whom this claim, e.g. groups, holds `required_value`."
    )
    required_value: str = ""
    acr_values: list[str] = Field(
        default_factory=list,
        description="Kinds of sign-in that are asked for, e.g. with a passkey; it must be one.",
    )
    prompt: str = Field("", description="login, consent, select_account, or empty.")

    @property
    def provider(self) -> Provider:
        """The provider that was described."""
        return Provider(
            name=self.name,
            issuer=self.issuer,
            client_id=self.client_id,
            client_secret=Secret(self.client_secret) if self.client_secret else None,
            domains=tuple(self.domains),
            scopes=tuple(self.scopes),
            user_claim=self.user_claim,
            required_claim=self.required_claim,
            required_value=self.required_value,
            acr_values=tuple(self.acr_values),
            prompt=self.prompt,
        )


class SignInProvider(Answer):
    """A sign-in provider; its client secret is told to nobody."""

    id: str
    name: str
    issuer: str
    client_id: str
    has_secret: bool
    domains: list[str]
    scopes: list[str]
    user_claim: str
    required_claim: str
    required_value: str
    acr_values: list[str]
    prompt: str
    redirect_uri: str = Field(description="To be registered with the provider, letter by letter.")
    created_at: datetime

    @classmethod
    def of(cls, listed: Listed) -> "SignInProvider":
        """Make the answer."""
        provider = listed.provider
        return cls(
            id=listed.id,
            name=provider.name,
            issuer=provider.issuer,
            client_id=provider.client_id,
            has_secret=listed.has_secret,
            domains=list(provider.domains),
            scopes=list(provider.scopes),
            user_claim=provider.user_claim,
            required_claim=provider.required_claim,
            required_value=provider.required_value,
            acr_values=list(provider.acr_values),
            prompt=provider.prompt,
            redirect_uri=listed.redirect_uri,
            created_at=listed.created_at,
        )


class SignInProviderCheck(Answer):
    """Whether a provider can be used now."""

    ok: bool
    words: str
    redirect_uri: str
    page: str = Field(description="The host that wearers are sent to, or empty.")
