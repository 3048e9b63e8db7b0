"""docs/reference/errors.md, from the tables of web.respond."""

from collections.abc import Iterator
from typing import Final

from tools.pages.source import MADE, assemble, code, table

from lenskeep.base.errors import Refusal, Refused
from lenskeep.virtual.enrollment.hresult import Hresult
from lenskeep.web import respond
from lenskeep.wire.errors import BadMessage

_BEFORE: Final = """
Everything that can go wrong belongs to one of a few families. The family decides how it looks: over
REST, on the command line, and in the answer that a headset gets.

What a stranger reads never says why a proof was refused. The reason is in the server's log, under
the trace number that the answer carries ([events.md](events.md)).

## Families
"""
_FAMILY_WORDS: Final = {
    "Invalid": "an input is wrong; all complaints come at once",
    "Refused": "identity or permission; 401 where nothing was proved, 429 where it was too often",
    "Missing": "the thing named does not exist",
    "Conflict": "the state is not what the request assumed: look again, then decide",
    "Unavailable": "something the server needs is not there; `Retry-After` says when to come back",
    "BadMessage": "bytes that break the protocol",
    "LenskeepError": "all else, and our own mistakes",
}
_REFUSALS: Final = """
## Refusals

What a headset is told when it enrolls. The fault's name stands for one number (HRESULT) on the
headset; where there is an error type, that one's. [When enrollment
fails](../how-to/when-enrollment-fails.md) says what to do about each.
"""
_REST: Final = """
## What else REST answers

| status | when |
| --- | --- |
| 400 | the body is not JSON |
| 405 | the path does not know the method |
| 413 | the body is over 3 MiB |

## What a headset gets on the management port

| what came | answer |
| --- | --- |
| bytes that are no SyncML message | HTTP 400, nothing in it |
| another content type | HTTP 415 |
| over 1 MiB, or over 8 MiB with a certificate of ours | HTTP 413 |
| a body that takes over 30 s | HTTP 408 |
| no proof of identity at all | HTTP 200, header status 407, a challenge, no operation |
| a wrong proof, whatever is wrong | HTTP 200, header status 401, a challenge, no operation |
"""


def page() -> str:
    """Return the page."""
    families = (
        (family.__name__, _FAMILY_WORDS[family.__name__], str(face.status), str(face.exit_code))
        for family, face in respond.FACES
    )
    refusals = table(
        ("refusal", "REST", "HTTP", "fault", "error type", "headset shows", "it says"), _refusals()
    )
    return assemble(
        "# Errors",
        MADE,
        _BEFORE,
        table(("family", "when", "HTTP status", "exit code"), families),
        _REFUSALS,
        refusals,
        _message_fault(),
        _REST,
    )


def _refusals() -> Iterator[tuple[str, ...]]:
    for kind in Refusal:
        error = Refused(kind, "")
        fault = respond.fault(error, "")
        yield (
            kind.value,
            str(respond.face(error).status),
            str(respond.fault_status(error)),
            code(fault.subcode.value),
            code(fault.error_type.value if fault.error_type else ""),
            code(f"0x{_shown(error):08X}"),
            fault.reason,
        )


def _shown(error: Refused) -> int:
    """Return the headset's number: a status of 429 speaks louder than the fault in it."""
    if respond.fault_status(error) == 429:
        return Hresult.TOO_MANY_REQUESTS.code
    return respond.fault(error, "").hresult


def _message_fault() -> str:
    unreadable = respond.fault(BadMessage("what is wrong"), "")
    ours = respond.fault(RuntimeError(), "TRACE")
    return (
        f"A message that cannot be read gets `{unreadable.subcode.value}` "
        f"(`0x{unreadable.hresult:08X}`) with what is wrong in words; a mistake of ours gets "
        f"`{ours.subcode.value}` (`0x{ours.hresult:08X}`). Both come with HTTP 500."
    )
