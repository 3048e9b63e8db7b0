"""Pages for a headset: nothing is loaded from elsewhere, nothing runs but what we wrote.

One page may post itself to an address of Windows' own kind (`ms-app:`, `ms-appx-web:`), and the
terms of use are shown in a frame of Windows': the policy allows just that
([CSP3] 6.4.2 frame-ancestors, 6.4.1 form-action).
"""

import secrets
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

_NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Openness:
    """What a page may do beyond nothing."""

    form_action: tuple[str, ...] = ("'self'",)
    """Where its forms may lead, redirects included (Chromium follows them with this)."""
    frame_ancestors: tuple[str, ...] = ("'none'",)
    """Who may show it in a frame."""


def new_nonce() -> str:
    """Return what a page's own script and style name themselves by, anew for each answer."""
    return secrets.token_urlsafe(_NONCE_BYTES)


def page(html: str, nonce: str, openness: Openness | None = None, status: int = 200) -> Response:
    """Return a page whose one script and style carry the nonce."""
    openness = openness or Openness()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            "img-src 'self' data:",
            f"form-action {' '.join(openness.form_action)}",
            f"frame-ancestors {' '.join(openness.frame_ancestors)}",
            "base-uri 'none'",
        )
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(html, status, headers, media_type="text/html")
