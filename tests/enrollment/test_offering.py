"""What discovery offers: a table of what the client can, what is set up, and the domain."""

import itertools

import pytest

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.offering import SetUp, offer, offer_renewing

ALL = ("OnPremise", "Federated", "Certificate")
BOTH = ("OnPremise", "Federated")
HERE, ELSEWHERE = "ann@example.org", "ann@example.com"
DOMAIN = frozenset({"example.org"})
NO_PASSWORD = frozenset({"web sign-in", "package", "package certificate", "entra join"})


@pytest.mark.parametrize(
    ("offered", "email", "set_up", "expected"),
    [
        # nothing set up: OnPremise whenever the client can
        ((), "", SetUp(), "OnPremise"),
        (("OnPremise",), HERE, SetUp(), "OnPremise"),
        (BOTH, HERE, SetUp(), "OnPremise"),
        (ALL, "", SetUp(), "OnPremise"),
        (("onpremise",), HERE, SetUp(), "OnPremise"),
        (("Federated",), HERE, SetUp(), "Federated"),  # our own page takes accounts and codes
        (("Certificate",), HERE, SetUp(), None),
        (("Magic",), HERE, SetUp(), None),
        # a provider for a domain
        (BOTH, HERE, SetUp(provider_domains=DOMAIN), "Federated"),
        (BOTH, "ANN@Example.ORG", SetUp(provider_domains=DOMAIN), "Federated"),
        (BOTH, ELSEWHERE, SetUp(provider_domains=DOMAIN), "OnPremise"),
        (BOTH, "ann@sub.example.org", SetUp(provider_domains=DOMAIN), "OnPremise"),
        (BOTH, "", SetUp(provider_domains=DOMAIN), "OnPremise"),
        (("OnPremise",), HERE, SetUp(provider_domains=DOMAIN), "OnPremise"),
        (BOTH, ELSEWHERE, SetUp(provider=True), "Federated"),
        (BOTH, "", SetUp(provider=True), "Federated"),
        # certificates of packages
        (("Certificate",), HERE, SetUp(bulk_certificates=True), "Certificate"),
        (ALL, HERE, SetUp(bulk_certificates=True, provider=True), "Certificate"),
        (("Certificate",), HERE, SetUp(bulk_passwords=True), None),
        (
            ("Certificate",),
            HERE,
            SetUp(ways=frozenset({"typed password"}), bulk_certificates=True),
            None,
        ),
        # closed by the rules
        (BOTH, HERE, SetUp(ways=NO_PASSWORD), "Federated"),
        (("OnPremise",), HERE, SetUp(ways=NO_PASSWORD), None),
        (("OnPremise",), HERE, SetUp(ways=NO_PASSWORD, bulk_passwords=True), "OnPremise"),
        (BOTH, HERE, SetUp(ways=NO_PASSWORD, bulk_passwords=True), "Federated"),
        (("OnPremise",), HERE, SetUp(ways=frozenset({"package"})), None),
        (BOTH, HERE, SetUp(ways=frozenset({"typed password"}), provider=True), "OnPremise"),
        (("Federated",), HERE, SetUp(ways=frozenset({"typed password"}), provider=True), None),
        # Entra alone: its clients need the addresses
        (BOTH, HERE, SetUp(ways=frozenset({"entra join"}), tenants=True), "OnPremise"),
        (("Federated",), "", SetUp(ways=frozenset({"autopilot"}), tenants=True), "Federated"),
        (BOTH, HERE, SetUp(ways=frozenset({"entra join"}), tenants=False), None),
        (BOTH, HERE, SetUp(ways=frozenset({"package"}), tenants=True), None),
    ],
)
def test_the_table(
    offered: tuple[str, ...], email: str, set_up: SetUp, expected: str | None
) -> None:
    """One row, one answer; None: refused as not supported."""
    found = offer(offered, email, set_up)

    if expected is None:
        assert isinstance(found, Refused)
        assert Refusal.NOT_SUPPORTED is found.kind
    else:
        assert expected == found


def test_never_more_than_the_client_offers_and_never_what_would_be_refused() -> None:
    """Every combination of what clients offer, what is open and what is set up."""
    policies = [set(each) for size in (1, 2, 3) for each in itertools.combinations(ALL, size)]
    ways = ("typed password", "web sign-in", "package", "package certificate", "entra join")
    opened = [frozenset(each) for size in range(6) for each in itertools.combinations(ways, size)]
    needs = {
        "OnPremise": {"typed password", "package", "entra join"},
        "Federated": {"web sign-in", "entra join"},
        "Certificate": {"package certificate", "entra join"},
    }
    for offered, open_ways, flags in itertools.product(
        policies, opened, itertools.product((False, True), repeat=4)
    ):
        tenants, provider, passwords, certificates = flags
        set_up = SetUp(open_ways, tenants, provider, frozenset(), passwords, certificates)
        found = offer(tuple(sorted(offered)), HERE, set_up)
        if isinstance(found, Refused):
            continue
        assert found in offered
        assert needs[found] & open_ways


@pytest.mark.parametrize("offered", [(), ("OnPremise",), ("Federated",), ("Certificate",), ("X",)])
def test_who_renews_always_gets_an_answer(offered: tuple[str, ...]) -> None:
    """One that the client offers, where it offers one that we know."""
    found = offer_renewing(offered)

    assert found in offered or offered in {(), ("X",)}
    assert found in ALL
