"""WS-Security as enrollment uses it: the token that proves who asks, and a timestamp.

Tokens are carried, never judged: whether a password is right, or a kind of token acceptable, is
decided elsewhere. Signatures of a security header are passed over.
"""

import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.base.secret import Secret
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage, CannotEncode
from lenskeep.wire.xml import Out

_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
UTILITY: Final = _WSS + "wssecurity-utility-1.0.xsd"
SECURITY: Final = _WSS + "wssecurity-secext-1.0.xsd"

BASE64_BINARY: Final = SECURITY + "#base64binary"
USER_TOKEN: Final = (
    "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentUserToken"  # noqa: S105 - a kind, no secret
)
"""ValueType of the token that a web sign-in page gave ([MS-MDE2] 3.4)."""

JWT_TOKEN: Final = "urn:ietf:params:oauth:token-type:jwt"  # noqa: S105 - a kind, no secret
"""ValueType of a token of Entra ([MS-MDE2] 3.4)."""

X509_TOKEN: Final = _WSS + "x509-token-profile-1.0#X509v3"
"""ValueType of a certificate that signs the message ([MS-MDE2] 3.4)."""

_PASSWORD_TEXT: Final = _WSS + "username-token-profile-1.0#PasswordText"
_USERNAME_TOKEN_ID: Final = "uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4"  # noqa: S105 - seen: a constant, too
_XML_SPACE: Final = " \t\r\n"
_FOREIGN: Final = re.compile("[^A-Za-z0-9+/]")
_DER_SEQUENCE: Final = "MII"
"""Base64 of `30 82 0`: how a certificate of 256 bytes or more begins, and no text does."""


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """A user name and the password (or one-time code) typed with it, in clear text."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class BinaryToken:
    """A token of another service: what kind, and its base64 text, which is not decoded here."""

    value_type: str
    encoding_type: str
    data: str = field(repr=False)


def read_token(security: Element | None) -> UsernameToken | BinaryToken | None:
    """Return the first token of a kind that we read; anything else is passed over."""
    for element in () if security is None else security:
        if element.tag == f"{{{SECURITY}}}UsernameToken":
            return _read_username_token(element)
        if element.tag == f"{{{SECURITY}}}BinarySecurityToken":
            return _read_binary_token(element)
    return None


def _read_binary_token(element: Element) -> BinaryToken:
    """Return the token, a certificate as one whatever kind it is said to be.

    seen: the published samples of certificate enrollment say `X509v3` alone, and at the token
    request the kind of a web token, as [MS-MDE2] 3.4.4.1.1.1.2 does too.
    """
    kind, data = uri_attribute(element, "ValueType"), uri(element)
    if kind == "X509v3" or (kind == USER_TOKEN and data.startswith(_DER_SEQUENCE)):
        kind = X509_TOKEN
    return BinaryToken(kind, uri_attribute(element, "EncodingType"), data)


def _read_username_token(element: Element) -> UsernameToken | None:
    """Return the token; None for a password that is not clear text, which we cannot check."""
    password = xml.child(element, SECURITY, "Password")
    kind = "" if password is None else uri_attribute(password, "Type")
    if kind and not kind.endswith("#PasswordText"):
        return None
    typed = "" if password is None else _typed(password.text or "")
    return UsernameToken(xml.text(xml.child(element, SECURITY, "Username")), Secret(typed))


def _typed(text: str) -> str:
    """Return a password as it was typed: every character, also blanks before and after it.

    Only white space around it that holds a line break is cut, for that is pretty-printing (seen:
    published samples); nobody types a line break into the enrollment page.
    """
    start = len(text) - len(text.lstrip(_XML_SPACE))
    if not _breaks(text[:start]):
        start = 0
    end = len(text.rstrip(_XML_SPACE))
    if not _breaks(text[end:]):
        end = len(text)
    return text[start:end]


def _breaks(space: str) -> bool:
    return "\n" in space or "\r" in space


def _moment(text: str) -> datetime | None:
    """Return an xs:dateTime in UTC; one without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_timestamp(security: Element | None) -> tuple[datetime | None, datetime | None]:
    """Return Created and Expires of a security header, None for what is absent or unreadable."""
    stamp = None if security is None else xml.child(security, UTILITY, "Timestamp")
    if stamp is None:
        return None, None
    created, expires = (xml.text(xml.child(stamp, UTILITY, n)) for n in ("Created", "Expires"))
    return _moment(created), _moment(expires)


def uri(element: Element | None) -> str:
    """Return a URI without any white space (seen: samples that break one over two lines)."""
    return "".join(xml.text(element).split())


def uri_attribute(element: Element, local: str) -> str:
    """Return an attribute that holds a URI, qualified or not, without any white space."""
    return "".join((xml.attribute(element, local) or "").split())


def decode_base64(text: str, *, where: str) -> bytes:
    """Return the bytes; line breaks and missing padding are forgiven. Raises BadMessage."""
    bare = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        raise BadMessage("base64 is expected", where=where, section="[RFC 4648] 4") from None


def salvage_base64(text: str) -> bytes:
    """Return what can be decoded, passing over foreign characters as [RFC 2045] 6.8 says."""
    bare = _FOREIGN.sub("", text)
    if len(bare) % 4 == 1:  # six bits are no byte
        bare = bare[:-1]
    return base64.b64decode(bare + "=" * (-len(bare) % 4))


def encode_base64(data: bytes) -> str:
    """Return base64 in one line, padded."""
    return base64.b64encode(data).decode("ascii")


def write_security(
    token: UsernameToken | BinaryToken | None,
    created: datetime | None,
    expires: datetime | None,
) -> Out:
    """Return a request's security header: the timestamp, where there is one, then the token."""
    pieces: list[Out] = []
    if created is not None and expires is not None:
        pieces.append(write_timestamp(created, expires))
    match token:
        case UsernameToken():
            pieces.append(_write_username_token(token))
        case BinaryToken():
            pieces.append(write_binary("wsse:BinarySecurityToken", token))
        case None:
            pass
    return Out("wsse:Security", tuple(pieces), (("s:mustUnderstand", "1"),))


def _write_username_token(token: UsernameToken) -> Out:
    password = Out("wsse:Password", token.password.reveal(), (("wsse:Type", _PASSWORD_TEXT),))
    pieces = (Out("wsse:Username", token.username), password)
    return Out("wsse:UsernameToken", pieces, (("u:Id", _USERNAME_TOKEN_ID),))


def write_binary(name: str, token: BinaryToken, *names: tuple[str, str]) -> Out:
    """Return a BinarySecurityToken under that name, with namespace declarations before."""
    kinds = (("ValueType", token.value_type), ("EncodingType", token.encoding_type))
    return Out(name, token.data, (*names, *kinds))


def _iso(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise CannotEncode("a time without a zone")
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def write_timestamp(created: datetime, expires: datetime) -> Out:
    """Return a `u:Timestamp`, in UTC and whole milliseconds."""
    stamps = (Out("u:Created", _iso(created)), Out("u:Expires", _iso(expires)))
    return Out("u:Timestamp", stamps, (("u:Id", "_0"),))
