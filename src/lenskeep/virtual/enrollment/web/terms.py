"""The terms of use of an Entra enrollment, as the headset opens, shows and leaves them.

The page ends by leading to `redirect_uri`: with IsAccepted and OpaqueBlob, or with an error.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from lenskeep.virtual.builds import Profile
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.web.browser import Walk, walk
from lenskeep.virtual.enrollment.web.page import Page
from lenskeep.virtual.enrollment.web.person import Filled, WebPerson
from lenskeep.virtual.transport import Transport
from lenskeep.virtual.transport.address import parts_of
from lenskeep.virtual.trouble import Breach

REDIRECT: Final = "ms-appx-web://Microsoft.AAD.BrokerPlugin/termsofuse"
"""`assumed:` the package that asks; a server must take any package."""

_VERSION: Final = "1.0"
_RULE: Final = "Entra MDM integration: the terms end at redirect_uri"
_YES: Final = ("accept", "agree", "continue", "yes")
_NO: Final = ("decline", "disagree", "reject", "cancel", "no")


@dataclass(frozen=True, slots=True)
class Terms:
    """Where the terms are and with which token they are opened; what the wearer presses.

    `press` names a button by its label where it is none of the usual words.
    """

    url: str
    token: str = field(repr=False)
    accept: bool = True
    press: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When the terms are shown: by which headset, for a join or an account, and where."""

    profile: Profile
    joins: bool
    in_oobe: bool


def terms_url(url: str, occasion: Occasion, request_id: str) -> str:
    """Return the address with what Windows appends; `mode` only where the tenant is joined."""
    pairs = [
        ("redirect_uri", REDIRECT),
        ("client-request-id", request_id),
        ("api-version", _VERSION),
    ]
    if occasion.joins:
        pairs.append(("mode", "azureadjoin"))
    return f"{url}{'&' if parts_of(url).query else '?'}{urlencode(pairs)}"


async def accept_terms(
    transport: Transport, terms: Terms, occasion: Occasion, tell: Callable[[str], None]
) -> str:
    """Return the OpaqueBlob of accepted terms.

    Raises EnrollmentRefused where they were declined or the server says an error, Breach or
    NoConnection.
    """
    headers = (
        ("Authorization", f"Bearer {terms.token}"),
        ("CXH-HOST", "FRX" if occasion.in_oobe else "MOSET"),
    )
    # assumed: the Windows 11 family shows the page in a frame of its own
    embedder = REDIRECT if occasion.profile.is_windows_11_based else ""
    person = WebPerson(answer=lambda page: _pressed(page, terms))
    how = Walk(REDIRECT, person, headers, embedder, tell)
    landing = await walk(transport, terms_url(terms.url, occasion, str(uuid.uuid4())), how)
    return _outcome(landing.fields, accepted=terms.accept)


def _pressed(page: Page, terms: Terms) -> Filled | None:
    """Return the form with the button that says yes, or no."""
    wanted = (terms.press,) if terms.press else _YES if terms.accept else _NO
    for word in wanted:
        for number, form in enumerate(page.forms):
            for button in form.buttons:
                words = button.words.split()
                if terms.press.casefold() in button.words if terms.press else word in words:
                    return Filled(form=number, button=button.label or button.value)
    if not terms.accept:
        raise EnrollmentRefused(Hresult.USER_CANCELLED, "the page offers no way to decline")
    return None


def _outcome(fields: dict[str, str], *, accepted: bool) -> str:
    if error := fields.get("error"):
        words = fields.get("error_description", "")
        raise EnrollmentRefused(Hresult.UNKNOWN, f"{error}: {words}" if words else error)
    said = fields.get("IsAccepted", "").lower()
    if said == "false":
        raise EnrollmentRefused(Hresult.USER_CANCELLED, "the terms of use were declined")
    if said != "true":
        raise Breach(_RULE, "IsAccepted is neither true nor false")
    if not accepted:
        raise Breach(_RULE, "the terms count as accepted although they were declined")
    blob = fields.get("OpaqueBlob", "")
    if not blob:
        raise Breach(_RULE, "OpaqueBlob is missing although the terms were accepted")
    return blob
