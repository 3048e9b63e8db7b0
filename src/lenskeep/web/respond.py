"""THE table: family of trouble to HTTP status, JSON problem, SOAP fault and exit code.

Nothing else in the house decides how an error looks to the outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import JSONResponse, Response

from lenskeep.base.errors import (
    Conflict,
    Invalid,
    LenskeepError,
    Missing,
    Refusal,
    Refused,
    Unavailable,
)
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.soap import ErrorType, Fault, Subcode

PROBLEM_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Face:
    """How one family looks outside."""

    status: int
    title: str
    exit_code: int


FACES: Final[tuple[tuple[type[Exception], Face], ...]] = (
    (Invalid, Face(422, "The input cannot be accepted", 2)),
    (Refused, Face(403, "This is not allowed", 6)),
    (Missing, Face(404, "There is no such thing", 7)),
    (Conflict, Face(409, "The state is not what was assumed", 8)),
    (Unavailable, Face(503, "Something is not available at the moment", 3)),
    (BadMessage, Face(400, "The message breaks the protocol", 2)),
    (LenskeepError, Face(500, "Something went wrong", 1)),
)
"""The first family that fits counts."""

_UNEXPECTED: Final = Face(500, "Something went wrong on our side", 1)

_REFUSED_STATUS: Final = {
    Refusal.AUTHENTICATION: 401,
    Refusal.TOO_MANY_ATTEMPTS: 429,
}

_FAULTS: Final[dict[Refusal, tuple[Subcode, ErrorType | None]]] = {
    Refusal.AUTHENTICATION: (Subcode.AUTHENTICATION, None),
    Refusal.TOO_MANY_ATTEMPTS: (Subcode.AUTHENTICATION, None),
    Refusal.AUTHORIZATION: (Subcode.AUTHORIZATION, None),
    Refusal.SECURITY_HEADER: (Subcode.INVALID_SECURITY, None),
    Refusal.CERTIFICATE_REQUEST: (Subcode.CERTIFICATE_REQUEST, None),
    Refusal.ENROLLMENT_DATA: (Subcode.MESSAGE_FORMAT, ErrorType.INVALID_ENROLLMENT_DATA),
    Refusal.NOT_SUPPORTED: (Subcode.ENROLLMENT_SERVER, ErrorType.NOT_SUPPORTED),
    Refusal.NOT_ELIGIBLE_TO_RENEW: (
        Subcode.CERTIFICATE_REQUEST,
        ErrorType.NOT_ELIGIBLE_TO_RENEW,
    ),
    Refusal.DEVICE_CAP: (Subcode.AUTHORIZATION, ErrorType.DEVICE_CAP_REACHED),
    Refusal.DEVICE_NOT_SUPPORTED: (Subcode.AUTHORIZATION, ErrorType.DEVICE_NOT_SUPPORTED),
    Refusal.IN_MAINTENANCE: (Subcode.ENROLLMENT_SERVER, ErrorType.IN_MAINTENANCE),
    Refusal.USER_LICENSE: (Subcode.AUTHORIZATION, ErrorType.USER_LICENSE),
    Refusal.CUSTOM: (Subcode.AUTHORIZATION, ErrorType.CUSTOM_SERVER_ERROR),
}

_TOO_MANY_REQUESTS: Final = 0x8018_0033
"""What HTTP 429 is to a headset, whatever the fault says."""

_WORDS: Final = {
    Refusal.AUTHENTICATION: "The user name, password or code is not right.",
    Refusal.TOO_MANY_ATTEMPTS: "Too many wrong attempts. Wait a minute and try again.",
    Refusal.AUTHORIZATION: "This user may not enroll this headset.",
    Refusal.SECURITY_HEADER: "The security header is missing or of a kind that is not accepted.",
    Refusal.CERTIFICATE_REQUEST: "The certificate request cannot be accepted.",
    Refusal.ENROLLMENT_DATA: "The headset's description of itself is incomplete.",
    Refusal.NOT_SUPPORTED: "This way of enrolling is not offered here.",
    Refusal.NOT_ELIGIBLE_TO_RENEW: "This certificate cannot be renewed.",
    Refusal.DEVICE_CAP: "This user has as many headsets as are allowed.",
    Refusal.DEVICE_NOT_SUPPORTED: "This kind of headset, or its version, cannot enroll here.",
    Refusal.IN_MAINTENANCE: "Enrollment is closed for maintenance. Try again later.",
    Refusal.USER_LICENSE: "This user has no license to enroll a headset.",
    Refusal.CUSTOM: "This headset cannot enroll here.",
}


def face(error: Exception) -> Face:
    """Return how this error looks outside; an unknown one looks like our own fault."""
    found = next((each for family, each in FACES if isinstance(error, family)), _UNEXPECTED)
    if isinstance(error, Refused) and error.kind in _REFUSED_STATUS:
        return Face(_REFUSED_STATUS[error.kind], found.title, found.exit_code)
    return found


def exit_code(error: Exception) -> int:
    """Return the command line's exit code for this error."""
    return face(error).exit_code


def problem(error: Exception) -> Response:
    """Return the JSON problem ([RFC 9457]) for this error, every complaint in it."""
    shown = face(error)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": shown.title,
        "status": shown.status,
        "detail": detail(error),
        "complaints": [
            {"field": each.field, "message": each.message, "allowed": each.allowed}
            for each in (error.complaints if isinstance(error, Invalid) else ())
        ],
    }
    headers = retry_headers(error)
    if shown.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="lenskeep"'
    return JSONResponse(body, shown.status, headers, media_type=PROBLEM_TYPE)


_BARE_DETAILS: Final = {
    400: "The request could not be read.",
    404: "There is nothing under this path.",
    405: "This path does not know this method.",
    413: "The body is too large.",
}
_BARE_TITLES: Final = {
    400: "The request could not be read",
    404: "There is no such thing",
    405: "This method is not offered",
    413: "The body is too large",
}


def plain_problem(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return the problem for a status that no family of ours stands for."""
    body = {
        "type": "about:blank",
        "title": _BARE_TITLES.get(status, "The request cannot be answered"),
        "status": status,
        "detail": _BARE_DETAILS.get(status, "The request cannot be answered."),
        "complaints": [],
    }
    return JSONResponse(body, status, dict(headers or {}), media_type=PROBLEM_TYPE)


def detail(error: Exception) -> str:
    """Return what the caller may read of this error: never the reason of a refusal."""
    if isinstance(error, Refused):
        return _PUBLIC.get(error.kind, "The credentials given do not allow this.")
    if isinstance(error, LenskeepError | BadMessage):
        return str(error)
    return "The error was logged."


_PUBLIC: Final = {
    Refusal.AUTHENTICATION: "No valid proof of identity was given.",
    Refusal.TOO_MANY_ATTEMPTS: "Too many wrong attempts. Wait a minute and try again.",
}


def retry_headers(error: Exception) -> dict[str, str]:
    """Return `Retry-After` (seconds) where waiting helps."""
    if isinstance(error, Refused | Unavailable) and error.retry_after_s is not None:
        return {"Retry-After": str(error.retry_after_s)}
    return {}


def fault(error: Exception, trace_id: str) -> Fault:
    """Return the SOAP fault for this error ([MS-MDE2] 2.2.10): opaque words and a trace number."""
    if isinstance(error, Refused):
        subcode, error_type = _FAULTS[error.kind]
        words = error.words or _WORDS[error.kind]
        return Fault(subcode, words, error_type, words if error_type else "", trace_id)
    if isinstance(error, BadMessage):
        words = f"The message breaks the protocol: {error.problem}"
        return Fault(Subcode.MESSAGE_FORMAT, words, None, "", trace_id)
    words = f"The server could not answer. Its log has the reason under {trace_id}."
    return Fault(Subcode.INTERNAL_SERVICE_FAULT, words, None, "", trace_id)


def fault_hresult(error: Exception) -> int:
    """Return the number that a headset shows for this error ([MS-MDE2] 2.2.10)."""
    return _TOO_MANY_REQUESTS if face(error).status == 429 else fault(error, "").hresult


def fault_status(error: Exception) -> int:
    """Return the HTTP status that goes with the fault: 500 ([SOAP 1.2] binding), 429 to slow down.

    seen: a fault with 200 on renewal is stored by Windows as 0x801900C8.
    """
    return 429 if face(error).status == 429 else 500
