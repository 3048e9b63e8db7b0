"""The terms of use as Windows asks for them: whether a request is right, and how it is answered.

Windows opens the page itself and waits for a redirect to the URI that it gave. Everything but a
`redirect_uri` outside the allow-list is answered there; to such a one nobody is sent, and nothing
of it is repeated.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import quote, urlencode

API_VERSION: Final = "1.0"
JOIN_MODE: Final = "azureadjoin"
"""`mode` of a join, which cannot be declined; absent where an account is added."""

MAX_REDIRECT: Final = 1024
"""Characters. Real ones have about fifty: `ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS`."""

_REDIRECT: Final = re.compile(
    r"ms-appx-web://"
    r"[a-z0-9][a-z0-9._-]{0,126}"  # a package family name
    r"(/([a-z0-9._~!$&*+,;=:@/-]|%[0-9a-f]{2})*)?"
    r"(\?([a-z0-9._~!$&*+,;=:@/?-]|%[0-9a-f]{2})*)?",
    re.IGNORECASE | re.ASCII,
)
"""[RFC 3986] 3, less what quotes in markup: no user, no port, no fragment, nothing unescaped."""

_GUID: Final = re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_BEARER: Final = re.compile(r"bearer +(\S+) *", re.IGNORECASE)


class TermsError(Enum):
    """What Windows is told; the value is the spelling of `error`."""

    INVALID_REQUEST = "invalid_request"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    SERVER_ERROR = "server_error"


_DESCRIPTIONS: Final = {
    TermsError.INVALID_REQUEST: "The request for the terms of use is not right.",
    TermsError.UNAUTHORIZED_CLIENT: "This sign-in cannot be used with this server.",
    TermsError.SERVER_ERROR: "The terms of use cannot be shown at the moment.",
}
"""`error_description`: the same words for every reason, and none of the caller's own."""


@dataclass(frozen=True, slots=True)
class TermsRequest:
    """A request for the terms that is right as far as it can be seen."""

    redirect_uri: str
    may_decline: bool
    """Whether declining is offered: with an account that is added, not with a join."""
    token: str
    """What the authorization header carries; nothing of it is proved yet."""


@dataclass(frozen=True, slots=True)
class TermsRefused:
    """A request that is wrong, and where the answer goes."""

    redirect_uri: str
    """Empty: it may not be sent anywhere."""
    reason: str
    """For our log."""


def read_terms_request(
    query: Sequence[tuple[str, str]], authorizations: Sequence[str]
) -> TermsRequest | TermsRefused:
    """Return what is asked. A parameter that comes twice is wrong, one that nobody knows is passed
    over.
    """
    redirect_uri = _single(query, "redirect_uri") or ""
    if not is_redirect(redirect_uri):
        return TermsRefused("", "a redirect_uri that is not allowed")
    wrong = _wrong(query)
    if wrong:
        return TermsRefused(redirect_uri, wrong)
    bearer = _BEARER.fullmatch(authorizations[0]) if len(authorizations) == 1 else None
    mode = _single(query, "mode") or ""
    return TermsRequest(
        redirect_uri=redirect_uri,
        may_decline=mode.casefold() != JOIN_MODE,
        token=bearer.group(1) if bearer else "",
    )


def is_redirect(uri: str) -> bool:
    """Return whether Windows waits there: a page of an installed package, and nothing else."""
    return len(uri) <= MAX_REDIRECT and _REDIRECT.fullmatch(uri) is not None


def _wrong(query: Sequence[tuple[str, str]]) -> str:
    if _single(query, "api-version") != API_VERSION:
        return "an api-version that is not known"
    if not _GUID.fullmatch(_single(query, "client-request-id") or ""):
        return "a client-request-id that is no GUID"
    if _single(query, "mode") is None:
        return "a mode given twice"
    return ""


def _single(query: Sequence[tuple[str, str]], name: str) -> str | None:
    """Return the value, empty where it is missing; None where it comes more than once."""
    found = [value for key, value in query if key == name]
    return None if len(found) > 1 else (found or [""])[0]


# --- answers ------------------------------------------------------------------------------


def accepted(redirect_uri: str, blob: str) -> str:
    """Return where to go with an acceptance; Windows hands the blob to enrollment."""
    return _answer(redirect_uri, IsAccepted="true", OpaqueBlob=blob)


def declined(redirect_uri: str) -> str:
    """Return where to go with a refusal."""
    return _answer(redirect_uri, IsAccepted="false")


def failed(redirect_uri: str, error: TermsError) -> str:
    """Return where to go when the terms were not even shown."""
    return _answer(redirect_uri, error=error.value, error_description=_DESCRIPTIONS[error])


def _answer(redirect_uri: str, **parameters: str) -> str:
    joint = "&" if "?" in redirect_uri else "?"
    return f"{redirect_uri}{joint}{urlencode(parameters, quote_via=quote)}"
