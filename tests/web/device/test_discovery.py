"""Discovery at the door: what it names, in maintenance too, and for those who renew."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.flows.device.renewer import enrolled
from tests.flows.home import ADMIN, Home, open_home
from tests.web.device.knocking import Street, discovering, open_street

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.provider import Provider
from lenskeep.flows.device.enrolling.discovery import discover
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.entry.admission.rules import set_maintenance
from lenskeep.flows.entry.providers import add_provider
from lenskeep.wire.discover import DiscoverResult, read_discover_response
from lenskeep.wire.soap import ErrorType, read_fault

UNTIL = {"until": "2027-01-01T00:00:00Z", "words": "Moving house."}
SIGN_IN = "https://localhost:8443/EnrollmentServer/Authenticate"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house on an empty store."""
    with open_home(tmp_path) as opened:
        yield opened


@pytest.fixture
async def street(home: Home) -> AsyncIterator[Street]:
    """The doors of that house."""
    async with open_street(home) as opened:
        yield opened


async def found(street: Street, *offered: str, email: str = "ann@example.org") -> DiscoverResult:
    """Return what discovery names."""
    answer = await street.discover(*offered, email=email)
    assert 200 == answer.status_code, answer.text
    return read_discover_response(answer.content)[1]


async def provider(street: Street, *domains: str) -> None:
    """Add a sign-in provider."""
    await add_provider(
        street.home.house,
        ADMIN,
        Provider(
            name=f"Clinic {len(domains)}",
            issuer="https://id.example.org",
            client_id="lenskeep",
            client_secret=Secret("s" * 20),
            domains=domains,
        ),
    )


async def test_unconfigured_it_names_on_premise_and_both_services(street: Street) -> None:
    """Policy and enrollment on our host, no page to sign in on."""
    named = await found(street, "OnPremise", "Federated")

    assert ("OnPremise", None) == (named.auth_policy, named.authentication_url)
    assert "https://localhost:8443/EnrollmentServer/Policy.svc" == named.policy_url
    assert "https://localhost:8443/EnrollmentServer/Enrollment.svc" == named.enrollment_url


async def test_a_domain_with_a_provider_is_sent_to_our_page_and_others_are_not(
    street: Street,
) -> None:
    """By what was typed, in whatever case."""
    await provider(street, "example.org")

    theirs = await found(street, "OnPremise", "Federated", email="Ann@Example.ORG")
    others = await found(street, "OnPremise", "Federated", email="ann@example.com")
    cannot = await found(street, "OnPremise")

    assert ("Federated", SIGN_IN) == (theirs.auth_policy, theirs.authentication_url)
    assert ("OnPremise", None) == (others.auth_policy, others.authentication_url)
    assert "OnPremise" == cannot.auth_policy


async def test_a_provider_for_everybody_is_for_every_domain(street: Street) -> None:
    """One without domains."""
    await provider(street)

    assert "Federated" == (await found(street, "OnPremise", "Federated", email="")).auth_policy


async def test_a_closed_way_is_not_named(street: Street) -> None:
    """Passwords closed: the page; the page closed too: a fault, and why in the attempt."""
    await street.rule(ways=["web sign-in"])
    page = await found(street, "OnPremise", "Federated")
    await street.rule(ways=["package"])

    fault = read_fault((await street.discover("OnPremise", "Federated")).content)

    assert "Federated" == page.auth_policy
    assert fault is not None
    assert ErrorType.NOT_SUPPORTED is fault.error_type
    attempt = (await street.attempts())[0]
    assert ("discovery", "refused", 0x80180015) == (
        attempt.phase,
        attempt.outcome,
        attempt.hresult,
    )
    assert "Federated, OnPremise" in attempt.reason


async def test_maintenance_is_told_at_once(street: Street) -> None:
    """InMaintenance, with the administrator's words."""
    await set_maintenance(street.home.house, ADMIN, UNTIL)

    fault = read_fault((await street.discover("OnPremise")).content)

    assert fault is not None
    assert (ErrorType.IN_MAINTENANCE, "Moving house.") == (fault.error_type, fault.message)


@pytest.mark.parametrize("offered", [("OnPremise",), ("Federated",), ("Certificate",), ()])
async def test_who_renews_is_answered_in_maintenance_and_whatever_is_closed(
    street: Street, offered: tuple[str, ...]
) -> None:
    """By its certificate; a stranger, and one whose certificate is of somebody else, are not."""
    headset = await enrolled(street.home)
    house = street.home.house
    await street.rule(ways=["package"], hours={"zone": "UTC", "days": ["sun"]})
    await set_maintenance(house, ADMIN, UNTIL)
    body = discovering(*offered)

    answer = await discover(house, body, Visitor("192.0.2.7", headset.papers.der))

    _, named = read_discover_response(answer)
    assert named.auth_policy in (offered or ("OnPremise",))
    for stranger in (None, headset.roots[0]):
        with pytest.raises(Refused) as caught:
            await discover(house, body, Visitor("192.0.2.7", stranger))
        assert Refusal.IN_MAINTENANCE is caught.value.kind


async def test_renewal_itself_asks_no_rule(street: Street) -> None:
    """In maintenance, outside the hours, with every way closed but one: it gets its certificate."""
    headset = await enrolled(street.home)
    await street.rule(ways=["package"], hours={"zone": "UTC", "days": ["sun"]})
    street.home.clock.advance(days=320)
    await set_maintenance(street.home.house, ADMIN, {"until": "2028-01-01T00:00:00Z"})

    document = await headset.renew()

    assert document.client != headset.papers.der
