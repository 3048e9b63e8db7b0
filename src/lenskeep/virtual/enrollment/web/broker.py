"""The web authentication broker: the sign-in page of a Federated enrollment ([MS-MDE2] 3.2).

It ends with a form that a page sends to the address of the app; its field `wresult` is the token,
opaque to the headset.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.web.browser import Walk, walk
from lenskeep.virtual.enrollment.web.person import WebPerson
from lenskeep.virtual.transport import Transport
from lenskeep.virtual.transport.address import parts_of
from lenskeep.virtual.trouble import Breach

APP: Final = "ms-app://windows.immersivecontrolpanel"
"""The Settings app."""

_LARGEST: Final = 4096
"""`assumed:` characters of a token; no limit is published, and it travels in two headers."""


def sign_in_url(url: str, user: str) -> str:
    """Return the page's address: `appru` and `login_hint` behind whatever query it has."""
    parts = parts_of(url)
    if parts.scheme != "https" or not parts.hostname:
        raise EnrollmentRefused(Hresult.WEB_SIGN_IN, "the sign-in page is not https")
    joint = "&" if parts.query else "" if url.endswith("?") else "?"
    return f"{url}{joint}appru={quote(APP, safe='')}&login_hint={quote(user, safe='')}"


async def sign_in(
    transport: Transport, url: str, user: str, person: WebPerson, tell: Callable[[str], None]
) -> str:
    """Return the token. Raises EnrollmentRefused, Breach or NoConnection."""
    landing = await walk(transport, sign_in_url(url, user), Walk(APP, person, tell=tell))
    rule = "[MS-MDE2] 3.2: the last page posts wresult to appru"
    if landing.method != "POST":
        raise Breach(rule, f"the app's address was reached by {landing.method}")
    token = landing.fields.get("wresult", "")
    if not token:
        raise EnrollmentRefused(Hresult.WEB_SIGN_IN, "the last page brought no wresult")
    if len(token) > _LARGEST:
        raise Breach(rule, f"wresult has {len(token)} characters, at most {_LARGEST} are safe")
    return token
