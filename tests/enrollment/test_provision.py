"""Negotiation, the policy answer and the provisioning document."""

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.secret import Secret
from lenskeep.enrollment.provision import (
    PROVIDER_ID,
    Endpoints,
    Provision,
    enrollment_version,
    negotiate,
    policies_answer,
    provisioning,
)
from lenskeep.wire.discover import Discover, DiscoverResult
from lenskeep.wire.wap import read_provisioning, write_provisioning

ASKED = Discover(
    email_address="ann@example.org",
    request_version="4.0",
    device_type="CIMClient_Windows",
    application_version="10.0.22621.1244",
    os_edition="136",
    auth_policies=("OnPremise", "Federated"),
)
ENDPOINTS = Endpoints(
    "https://mdm.example/policy", "https://mdm.example/enroll", "https://mdm.example/sign-in"
)
GIVEN = Provision(
    root=b"root",
    intermediate=b"intermediate",
    client=b"client",
    kind="Full",
    provider_id=PROVIDER_ID,
    display_name="Example & Sons",
    management_url="https://mdm.example/ManagementServer/MDM.svc",
    auth_name="enr_1",
    auth_secret=Secret("device secret"),
    auth_nonce=base64.b64encode(b"a" * 16).decode(),
    server_secret=Secret("server secret"),
    server_nonce=base64.b64encode(b"b" * 16).decode(),
    upn="ann@example.org",
    device_name="HOLO-7",
    ent_dm_id="enr_1",
    renew_days=60,
)


def test_a_headset_is_told_where_to_go() -> None:
    """The answer names one way of signing in and our URLs."""
    assert negotiate(ASKED, "OnPremise", ENDPOINTS) == DiscoverResult(
        auth_policy="OnPremise",
        enrollment_version="4.0",
        policy_url="https://mdm.example/policy",
        enrollment_url="https://mdm.example/enroll",
    )


def test_our_page_is_named_where_it_is_to_be_opened_and_only_there() -> None:
    """AuthenticationServiceUrl goes with Federated ([MS-MDE2] 3.1.4.1.3.2)."""
    federated = negotiate(ASKED, "Federated", ENDPOINTS)
    certificate = negotiate(ASKED, "Certificate", ENDPOINTS)

    assert "https://mdm.example/sign-in" == federated.authentication_url
    assert certificate.authentication_url is None


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("1.0", None),
        ("2.9", None),
        ("3.0", "3.0"),
        ("3.5", "3.0"),
        ("4.0", "4.0"),
        ("4", "4.0"),
        ("5.0", "4.0"),
        ("9.0", "4.0"),
        ("10.0", "4.0"),
        ("10.0.1.2", "4.0"),
        (" 4.0 ", "4.0"),
        ("", "3.0"),
        ("new", "3.0"),
        ("-4.0", "3.0"),
        ("9" * 50, "3.0"),
    ],
)
def test_versions_are_compared_as_numbers(asked: str, answered: str | None) -> None:
    """9.0 and 10.0 are newer than 4.0; below 3.0 there is no version in the answer."""
    assert enrollment_version(asked) == answered


@given(st.text(max_size=12))
@settings(max_examples=50, deadline=None)
def test_any_version_gets_a_legal_answer(asked: str) -> None:
    """Nothing, 3.0 or 4.0, whatever is asked."""
    assert enrollment_version(asked) in (None, "3.0", "4.0")


def test_the_policy_asks_for_a_tpm_key_and_sha_256() -> None:
    """2048 bits, the TPM first, a year, renewed in its last sixty days."""
    policies = policies_answer(365, 60)

    assert policies.minimal_key_length == 2048
    assert policies.hash_oid == "2.16.840.1.101.3.4.2.1"
    assert policies.crypto_providers[0] == "Microsoft Platform Crypto Provider"
    assert (policies.validity_s, policies.renewal_s) == (365 * 86400, 60 * 86400)


@pytest.mark.parametrize(("days", "renew"), [(30, 60), (2, 2), (2, 1)])
def test_the_renewal_period_stays_below_the_validity(days: int, renew: int) -> None:
    """A headset refuses a policy that renews before it begins."""
    policies = policies_answer(days, renew)

    assert 0 < policies.renewal_s < policies.validity_s


def test_the_document_survives_being_written_and_read() -> None:
    """What is given is what a headset finds, in a form that it takes."""
    document = provisioning(GIVEN)

    assert read_provisioning(write_provisioning(document)) == document


def test_the_document_holds_both_digests_with_nonces() -> None:
    """Windows 11 fails the enrollment without AAUTHDATA in both."""
    document = provisioning(GIVEN)

    client, server = document.client_auth, document.server_auth
    assert (client.level, client.name, client.scheme) == ("APPSRV", "enr_1", "DIGEST")
    assert (client.secret, client.nonce) == (Secret("device secret"), GIVEN.auth_nonce)
    assert (server.level, server.scheme) == ("CLIENT", "DIGEST")
    assert (server.secret, server.nonce) == (Secret("server secret"), GIVEN.server_nonce)


@pytest.mark.parametrize(("kind", "store"), [("Full", "User"), ("Device", "System")])
def test_the_certificate_goes_where_the_enrollment_lives(kind: str, store: str) -> None:
    """With a user into the user's store, else into the machine's, keyed by its thumbprint."""
    written = write_provisioning(provisioning(replace(GIVEN, kind=kind))).decode()

    assert provisioning(replace(GIVEN, kind=kind)).store == store
    assert hashlib.sha1(b"client").hexdigest().upper() in written


def test_polling_starts_dense_and_goes_on_for_ever() -> None:
    """Five in fifteen minutes, eight in two hours, then every eight hours; exactly one set is
    endless.
    """
    poll = provisioning(GIVEN).poll

    assert poll.sets() == ((3, 5), (15, 8), (480, 0))
    assert [count for _, count in poll.sets()].count(0) == 1
    assert (poll.on_login, poll.all_users_on_first_login) == (True, True)


@pytest.mark.parametrize("days", [60, 3, 1])
def test_renewal_is_retried_within_its_period(days: int) -> None:
    """The interval between attempts is never longer than the period."""
    renewal = provisioning(replace(GIVEN, renew_days=days)).renewal

    assert renewal.renew_period_days == days
    assert 1 <= renewal.retry_interval_days <= min(4, days)


def test_secrets_are_not_shown() -> None:
    """The text form of what is given holds no secret and no nonce."""
    for value in (GIVEN, provisioning(GIVEN)):
        assert "device secret" not in repr(value)
        assert "server secret" not in repr(value)
    assert GIVEN.auth_nonce not in repr(GIVEN)
