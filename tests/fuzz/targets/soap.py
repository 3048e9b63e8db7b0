"""Enrollment's SOAP: the three services' requests, as a server, and responses, as a headset."""

from collections.abc import Callable
from typing import Any, Final

from tests.fuzz.harness import Target, attempt, demand, same, written
from tests.fuzz.mutators import markup

from lenskeep.wire import discover, soap, wstep, xcep
from lenskeep.wire.errors import BadMessage

_BOTH_WAYS: Final[tuple[tuple[Callable[..., Any], Callable[..., bytes]], ...]] = (
    (discover.read_discover, discover.write_discover),
    (discover.read_discover_response, discover.write_discover_response),
    (xcep.read_get_policies, xcep.write_get_policies),
    (xcep.read_policies, xcep.write_policies),
    (wstep.read_request, wstep.write_request),
    (wstep.read_response, wstep.write_response),
)


def run(data: bytes) -> None:
    """Read a message as each of the services would; at most one of them takes it."""
    action = attempt(BadMessage, soap.read_action, data)
    identifier = soap.read_message_id(data)
    demand(identifier == identifier.strip(), "an identifier without white space around it")
    takers = 0
    for read, write in _BOTH_WAYS:
        found = attempt(BadMessage, read, data)
        if found is not None:
            takers += 1
            demand(found[0].action == action, "the action is the message's")
            _again(found, read, write)
    demand(takers <= 1, "one message is one of the six")
    _fault(data)


def _again(found: tuple[Any, Any], read: Callable[..., Any], write: Callable[..., bytes]) -> None:
    body = written(write, *found)
    if body is None or len(body) > 1 << 20:
        return
    again = read(body)
    same(_steady(found), _steady(again), "what is written reads the same")
    same(body, write(*again), "same value, same bytes")


def _steady(found: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return a message without the times, which are written in whole milliseconds, if at all."""
    header, value = found
    times = {"created": None, "expires": None}
    if hasattr(header, "created"):
        header = type(header)(**{**_fields(header), **times})
    if hasattr(value, "created"):
        value = type(value)(**{**_fields(value), **times})
    return header, value


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _fault(data: bytes) -> None:
    fault = soap.read_fault(data)
    if fault is None:
        return
    header = soap.ResponseHeader("urn:fault", "", "")
    if fault.error_type is None:
        fault = soap.Fault(fault.subcode, fault.reason)
    body = written(soap.write_fault, header, fault)
    if body is not None and len(body) <= 1 << 20:
        same(fault, soap.read_fault(body), "a fault reads the same")


TARGET: Final = Target(
    name="soap",
    covers=(
        "lenskeep.wire.envelope:read_action",
        "lenskeep.wire.envelope:read_message_id",
        "lenskeep.wire.envelope:read_request",
        "lenskeep.wire.envelope:read_response",
        "lenskeep.wire.soap:read_fault",
        "lenskeep.wire.discover:read_discover",
        "lenskeep.wire.discover:read_discover_response",
        "lenskeep.wire.xcep:read_get_policies",
        "lenskeep.wire.xcep:read_policies",
        "lenskeep.wire.wstep:read_request",
        "lenskeep.wire.wstep:read_response",
        "lenskeep.wire.security:read_token",
        "lenskeep.wire.security:read_timestamp",
        "lenskeep.wire.security:decode_base64",
        "lenskeep.wire.security:salvage_base64",
    ),
    run=run,
    mutate=markup.mutate,
    max_bytes=(1 << 20) + 1024,
)
