"""How a headset proves itself to the policy and enrollment services: the security header.

[MS-MDE2] 3.3 and 3.4: the same token goes with GetPolicies and with the certificate request.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.base.secret import Secret
from lenskeep.virtual.enrollment.package.identity import Holder
from lenskeep.virtual.enrollment.package.signing import X509_TOKEN, sign_message
from lenskeep.virtual.enrollment.ways import Spelling
from lenskeep.wire.security import BASE64_BINARY, USER_TOKEN, BinaryToken, UsernameToken
from lenskeep.wire.soap import RequestHeader

JWT_TOKEN: Final = "urn:ietf:params:oauth:token-type:jwt"  # noqa: S105 - a kind, no secret

_GOOD_FOR: Final = timedelta(minutes=5)
"""`seen:` in the published samples, two and five minutes."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A token, and where it is a certificate, the key that signs and the time of signing."""

    token: UsernameToken | BinaryToken | None
    holder: Holder | None = None
    at: datetime | None = None

    def header(self, action: str, message_id: str, url: str) -> RequestHeader:
        """Return the header of one message."""
        expires = self.at + _GOOD_FOR if self.at else None
        return RequestHeader(action, message_id, url, self.token, self.at, expires)

    def seal(self, body: bytes) -> bytes:
        """Return the message as it is sent, signed where a certificate proves it."""
        return sign_message(body, self.holder.key) if self.holder else body


def by_password(user: str, secret: str) -> Proof:
    """Return the proof by name and password, or by one-time code."""
    return Proof(UsernameToken(user, Secret(secret)))


def by_sign_in(token: str) -> Proof:
    """Return the proof by the token that a sign-in page gave ([MS-MDE2] 3.2)."""
    data = base64.b64encode(token.encode("utf-8")).decode("ascii")
    return Proof(BinaryToken(USER_TOKEN, BASE64_BINARY, data))


def by_entra(token: str, spelling: Spelling) -> Proof:
    """Return the proof by an Entra token."""
    return Proof(BinaryToken(JWT_TOKEN, BASE64_BINARY, spelled(token, spelling)))


def by_certificate(holder: Holder, at: datetime) -> Proof:
    """Return the proof by a certificate whose key signs each message."""
    data = base64.b64encode(holder.der).decode("ascii")
    return Proof(BinaryToken(X509_TOKEN, BASE64_BINARY, data), holder, at)


def spelled(token: str, spelling: Spelling) -> str:
    """Return the base64 of a token as it stands in the header."""
    raw = token.encode("utf-8")
    once = base64.b64encode(raw)
    match spelling:
        case Spelling.ONCE:
            data = once
        case Spelling.TWICE:
            data = base64.b64encode(once)
        case Spelling.URL_SAFE:
            data = base64.urlsafe_b64encode(raw)
        case Spelling.UNPADDED:
            data = once.rstrip(b"=")
    return data.decode("ascii")
