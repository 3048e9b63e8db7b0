"""The families of trouble; everything raised in the house belongs to one of them.

    LenskeepError
    ├── Invalid        an administrator's input is wrong; carries every complaint at once
    ├── Refused        identity or permission; the reason is for our log, not for the caller
    ├── Conflict       the state is not what the caller assumed
    │   └── Missing    the thing named does not exist
    └── Unavailable    the world is not there (database, queue, network); retry later

The wire adds its own two (wire.errors). `web.respond` maps each family once: to HTTP, to a
SOAP fault, to a JSON problem and to an exit code.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

_MAX_SHOWN: Final = 80
"""Characters of a name that came from outside and is repeated to whoever sent it."""


def shown(text: str) -> str:
    """Return a name that came from outside as an error repeats it: quoted, and not at length."""
    return repr(text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "...")


class LenskeepError(Exception):
    """Something went wrong in a way the house has a name for."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with an input: the field, what came, what is allowed."""

    field: str
    message: str
    allowed: str | None = None


class Invalid(LenskeepError):
    """The input cannot be accepted."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__("; ".join(f"{c.field}: {c.message}" for c in complaints))
        self.complaints = complaints

    @classmethod
    def field(cls, field: str, message: str, allowed: str | None = None) -> "Invalid":
        """Make the error for a single field."""
        return cls(Complaint(field, message, allowed))


class Refusal(Enum):
    """Why an identity or permission was refused, as far as a peer may know."""

    AUTHENTICATION = "authentication"
    AUTHORIZATION = "authorization"
    SECURITY_HEADER = "security header"
    CERTIFICATE_REQUEST = "certificate request"
    ENROLLMENT_DATA = "enrollment data"
    NOT_SUPPORTED = "not supported"
    NOT_ELIGIBLE_TO_RENEW = "not eligible to renew"
    TOO_MANY_ATTEMPTS = "too many attempts"
    DEVICE_CAP = "device cap reached"
    DEVICE_NOT_SUPPORTED = "device not supported"
    IN_MAINTENANCE = "in maintenance"
    USER_LICENSE = "user license"
    CUSTOM = "custom"
    """None of the others fits: the sentence that comes with it says it all."""


class Refused(LenskeepError):
    """The caller may not do this. Also used as a value: `Allowed | Refused`.

    `reason` is for our log; `kind` is what a peer may learn, and so is `words`, a sentence for
    whoever wears the headset, where there is a better one than that of the kind; `retry_after_s`
    (seconds) is set where waiting helps.
    """

    def __init__(
        self, kind: Refusal, reason: str, *, retry_after_s: int | None = None, words: str = ""
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.words = words


class Conflict(LenskeepError):
    """The state is not what the request assumed."""


class Missing(Conflict):
    """The thing named does not exist."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {shown(name)}")
        self.kind = kind
        self.name = name


class Unavailable(LenskeepError):
    """Something the house depends on is not there at the moment."""

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
