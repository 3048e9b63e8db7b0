"""One table decides how every family of trouble looks outside."""

import inspect
import json

import pytest

from lenskeep.base import errors
from lenskeep.base.errors import (
    Complaint,
    Conflict,
    Invalid,
    Missing,
    Refusal,
    Refused,
    Unavailable,
)
from lenskeep.web import respond
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.soap import Subcode

FAMILIES = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, errors.LenskeepError)
]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_face(family: type[errors.LenskeepError]) -> None:
    """None falls through to "something went wrong on our side"."""
    assert any(issubclass(family, each) for each, _ in respond.FACES)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Invalid.field("a", "b"), 422, 2),
        (Refused(Refusal.AUTHORIZATION, "x"), 403, 6),
        (Refused(Refusal.AUTHENTICATION, "x"), 401, 6),
        (Refused(Refusal.TOO_MANY_ATTEMPTS, "x", retry_after_s=7), 429, 6),
        (Missing("device", "d"), 404, 7),
        (Conflict("x"), 409, 8),
        (Unavailable("x"), 503, 3),
        (BadMessage("x"), 400, 2),
        (KeyError("x"), 500, 1),
    ],
)
def test_the_table(error: Exception, status: int, code: int) -> None:
    """Status and exit code of each."""
    assert (status, code) == (respond.problem(error).status_code, respond.exit_code(error))


def test_all_complaints_are_told() -> None:
    """A form can put each at its field."""
    error = Invalid(Complaint("uri", "empty"), Complaint("verb", "unknown", "get, add"))

    body = json.loads(bytes(respond.problem(error).body))

    assert [each["field"] for each in body["complaints"]] == ["uri", "verb"]
    assert body["complaints"][1]["allowed"] == "get, add"


@pytest.mark.parametrize("kind", Refusal)
def test_the_reason_of_a_refusal_stays_in_the_house(kind: Refusal) -> None:
    """Neither JSON nor SOAP shows it."""
    error = Refused(kind, "account acc_7 is disabled")

    outside = bytes(respond.problem(error).body).decode() + repr(respond.fault(error, "t"))

    assert "acc_7" not in outside


@pytest.mark.parametrize("kind", Refusal)
def test_every_refusal_has_a_fault(kind: Refusal) -> None:
    """A headset is never answered with an internal fault for a refusal."""
    fault = respond.fault(Refused(kind, "x"), "trace")

    assert fault.subcode is not Subcode.INTERNAL_SERVICE_FAULT
    assert fault.trace_id == "trace"


def test_too_many_attempts_are_told_when_to_come_back() -> None:
    """429 with Retry-After, for JSON and for SOAP."""
    error = Refused(Refusal.TOO_MANY_ATTEMPTS, "x", retry_after_s=42)

    assert respond.problem(error).headers["Retry-After"] == "42"
    assert (respond.fault_status(error), respond.retry_headers(error)) == (
        429,
        {"Retry-After": "42"},
    )


def test_other_faults_are_http_500() -> None:
    """[SOAP 1.2] binding; 200 would be stored as 0x801900C8 by a headset."""
    assert respond.fault_status(Refused(Refusal.AUTHENTICATION, "x")) == 500


def test_an_unexpected_error_shows_nothing_of_itself() -> None:
    """Its text may hold anything."""
    error = ValueError("secret path")

    outside = bytes(respond.problem(error).body).decode() + repr(respond.fault(error, "t"))

    assert "secret" not in outside
