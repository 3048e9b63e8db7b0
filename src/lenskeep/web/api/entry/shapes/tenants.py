"""What REST takes and answers of Entra tenants and of the terms of use."""

import json
from datetime import datetime
from typing import Annotated

from pydantic import Field
from pydantic.types import JsonValue

from lenskeep.enrollment.entra.decode import MAX_PACKED
from lenskeep.enrollment.entra.tenant import Cloud, ScopeRule
from lenskeep.flows.entra.agreed import Terms
from lenskeep.flows.entry.tenants import TenantDraft, Tried
from lenskeep.web.api.inputs import Body
from lenskeep.web.api.models import Answer

_Jwks = Annotated[
    dict[str, JsonValue] | None,
    Field(None, description="The keys themselves (a JWKS); they are never fetched then."),
]
_KeysUrl = Annotated[
    str | None,
    Field(None, description="Where the keys are, where that is not where Entra has them."),
]


def _names(*choices: str) -> dict[str, JsonValue]:
    return {"enum": list(choices)}


_CLOUDS = _names(*(each.value for each in Cloud))
_SCOPES = _names(*(each.value for each in ScopeRule))


class TenantChange(Body):
    """What is to change of a tenant; what is left out stays."""

    audiences: list[str] | None = Field(
        None,
        description="Application ID URIs of the MDM application.",
        examples=[["https://mdm.example.org"]],
    )
    client_id: str | None = Field(
        None, description="Its client id: the audience of tokens of version 2."
    )
    label: str | None = Field(None, description="What people call the tenant.")
    cloud: str | None = Field(None, json_schema_extra=_CLOUDS)
    scope: str | None = Field(
        None,
        description="Whose tokens must have the scope mdm_delegation.",
        json_schema_extra=_SCOPES,
    )
    enabled: bool | None = Field(None, description="Whether its tokens are believed at all.")
    keys_url: _KeysUrl
    jwks: _Jwks

    @property
    def draft(self) -> TenantDraft:
        """The change that was described."""
        return TenantDraft(
            audiences=None if self.audiences is None else tuple(self.audiences),
            client_id=self.client_id,
            label=self.label,
            cloud=self.cloud,
            scope=self.scope,
            enabled=self.enabled,
            keys_url=self.keys_url,
            jwks=None if self.jwks is None else json.dumps(self.jwks),
        )


class TenantBody(TenantChange):
    """A new tenant; what is left out is as usual."""

    tenant: str = Field(description="Directory (tenant) ID of Entra, a GUID.")


class KeysBody(Body):
    """Keys to put in; without them they are fetched."""

    jwks: _Jwks

    @property
    def text(self) -> str | None:
        """The list as text."""
        return None if self.jwks is None else json.dumps(self.jwks)


class TokenToTry(Body):
    """A token to try; it is not kept."""

    token: str = Field(
        max_length=2 * MAX_PACKED, repr=False, description="A JWT, base64 once or twice or not."
    )


class Tenant(Answer):
    """An Entra tenant."""

    id: str
    tenant: str
    label: str
    audiences: list[str]
    client_id: str
    cloud: Cloud
    scope: ScopeRule
    enabled: bool
    created_at: datetime
    keys_url: str = Field(description="Empty: the keys were put in by hand and stay as they are.")
    keys: list[str] = Field(description="Ids of the keys that its tokens may be signed with.")
    keys_at: datetime | None
    keys_trouble: str = Field(description="Why they could not be fetched lately, or empty.")


class TokenCheck(Answer):
    """One thing that was asked of a token."""

    name: str
    passed: bool
    reason: str = Field(description="What is wrong, or empty.")
    found: str = Field(description="What the token says there.")


class TriedToken(Answer):
    """What would become of a token now."""

    believed: bool
    tenant: str = Field(description="The tenant that it was tried on; empty: it is of none.")
    checks: list[TokenCheck]

    @classmethod
    def of(cls, tried: Tried) -> "TriedToken":
        """Make the answer."""
        checks = [TokenCheck.model_validate(each) for each in tried.checks]
        return cls(believed=tried.believed, tenant=tried.tenant, checks=checks)


class TermsBody(Body):
    """A new text of the terms."""

    title: str
    text: str = Field(description="Plain text: `# ` headings, `- ` items, blank lines between.")
    base: int | None = Field(None, description="The version that it replaces; else whichever is.")


class TermsOfUse(Answer):
    """One version of the terms; version 0: none was ever written."""

    version: int
    on: bool = Field(description="Whether users have to accept it; off: nobody is asked.")
    title: str
    text: str
    at: datetime | None
    actor: str

    @classmethod
    def of(cls, terms: Terms | None) -> "TermsOfUse":
        """Make the answer."""
        if terms is None:
            return cls(version=0, on=False, title="", text="", at=None, actor="")
        text = terms.text
        return cls(
            version=terms.version,
            on=terms.on,
            title=text.title,
            text=text.text,
            at=terms.at,
            actor=terms.actor,
        )


class TermsAcceptance(Answer):
    """Somebody accepted the terms."""

    user: str
    tenant: str
    user_id: str = Field(description="Object id in Entra.")
    version: int
    accepted_at: datetime
    enrolled_at: datetime | None
    enrollment: str = Field(description="The enrollment that it was used for, or empty.")
