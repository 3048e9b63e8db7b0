"""By which way of Entra a headset comes."""

import pytest

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.entra.token import EntraIdentity
from lenskeep.enrollment.entra.way import EntraWay, first_way, way_of

USER = EntraIdentity("t", "o", "ada@example.org", "d")
ADDED = EntraIdentity("t", "o", "ada@example.org", "")
ALONE = EntraIdentity("t", "", "", "d")
BULK = EntraIdentity("t", "o", "package_24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1@example.org", "d")


def items(**values: str) -> tuple[tuple[str, str], ...]:
    """Return context items."""
    return tuple(values.items())


@pytest.mark.parametrize(
    ("identity", "context", "way"),
    [
        (USER, items(EnrollmentType="Device"), EntraWay.JOIN),
        (USER, items(ENROLLMENTTYPE="device"), EntraWay.JOIN),
        (USER, (("EnrollmentType", "Full"), ("EnrollmentType", "Device")), EntraWay.ACCOUNT),
        (USER, items(EnrollmentType="Full"), EntraWay.ACCOUNT),
        (ADDED, items(EnrollmentType="Full"), EntraWay.ACCOUNT),
        (ALONE, items(EnrollmentType="Device"), EntraWay.AUTOPILOT),
        (ALONE, items(EnrollmentType="Device", ZeroTouchProvisioning="x"), EntraWay.AUTOPILOT),
        (ALONE, items(EnrollmentType="Device", BulkAADJ="True"), EntraWay.BULK_TOKEN),
        (
            ALONE,
            items(EnrollmentType="Device", BulkAADJ="true", ZeroTouchProvisioning="x"),
            EntraWay.AUTOPILOT,
        ),
        (BULK, items(EnrollmentType="Device"), EntraWay.BULK_TOKEN),
    ],
)
def test_the_token_decides_and_the_context_narrows(
    identity: EntraIdentity, context: tuple[tuple[str, str], ...], way: EntraWay
) -> None:
    """Each way by what proves it."""
    assert way_of(identity, context) is way


@pytest.mark.parametrize("item", ["ZeroTouchProvisioning", "BulkAADJ"])
def test_a_user_stays_a_user_whatever_the_headset_claims(item: str) -> None:
    """Nobody gets rid of the user of a token by an item of the context."""
    assert way_of(USER, items(EnrollmentType="Device", **{item: "true"})) is EntraWay.JOIN


@pytest.mark.parametrize(
    ("identity", "kind"),
    [(ADDED, "Device"), (ALONE, "Full"), (ALONE, "")],
    ids=["a join without a device", "a user's enrollment without a user", "no kind"],
)
def test_claims_against_the_token_are_refused(identity: EntraIdentity, kind: str) -> None:
    """Like every wrong token."""
    found = way_of(identity, items(EnrollmentType=kind))

    assert isinstance(found, Refused)
    assert found.kind is Refusal.AUTHENTICATION


@pytest.mark.parametrize(
    ("identity", "way"),
    [
        (USER, EntraWay.JOIN),
        (ADDED, EntraWay.ACCOUNT),
        (ALONE, EntraWay.AUTOPILOT),
        (BULK, EntraWay.BULK_TOKEN),
    ],
)
def test_before_the_context_is_known_the_token_tells_the_way(
    identity: EntraIdentity, way: EntraWay
) -> None:
    """At GetPolicies there is nothing but the token."""
    assert first_way(identity) is way
