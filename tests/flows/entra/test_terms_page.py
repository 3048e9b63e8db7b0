"""The page with the terms of use: shown to a user, answered once, asked for at enrollment."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.enrollment.entra.issuer import OID, OTHER_TENANT, TENANT, claims, jwks, token
from tests.flows.entra.tenancy import Tenancy, asked, at_home
from tests.flows.home import ADMIN, Home

from lenskeep.base.errors import Refusal, Refused
from lenskeep.flows.device.enrolling.terms import accepted_terms
from lenskeep.flows.device.proving.dispatch import prove
from lenskeep.flows.entra.agreed import blob_digest
from lenskeep.flows.entra.terms_page import (
    ACCEPT,
    DECLINE,
    GoTo,
    Nowhere,
    Shown,
    answer_terms,
    open_terms,
    server_error,
)
from lenskeep.flows.entrance import TicketKind
from lenskeep.flows.entry.terms import acceptances, end_terms, set_terms
from lenskeep.flows.reading import PageRequest

REDIRECT = "ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS"
QUERY = {
    "redirect_uri": REDIRECT,
    "client-request-id": "24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1",
    "api-version": "1.0",
    "mode": "azureadjoin",
}
TERMS_TOKEN = token(claims(deviceid=None))


@pytest.fixture
async def tenancy(home: Home) -> Tenancy:
    """A house that knows one tenant and has terms."""
    found = at_home(home)
    await found.add()
    await set_terms(found.house, ADMIN, "Terms", "Be kind.")
    return found


async def opened(tenancy: Tenancy, text: str = TERMS_TOKEN, **changed: str | None) -> object:
    """Open the page with this token; names are written with underscores."""
    query = {**QUERY, **{name.replace("__", "-"): value for name, value in changed.items()}}
    pairs = [(name, value) for name, value in query.items() if value is not None]
    return await open_terms(tenancy.house, pairs, [f"Bearer {text}"])


async def shown(tenancy: Tenancy, text: str = TERMS_TOKEN, **changed: str | None) -> Shown:
    """Open the page, which is shown."""
    found = await opened(tenancy, text, **changed)
    assert isinstance(found, Shown), found
    return found


async def accepted(tenancy: Tenancy, text: str = TERMS_TOKEN) -> str:
    """Open the page and accept; return the blob."""
    page = await shown(tenancy, text)
    found = await answer_terms(tenancy.house, page.state.reveal(), ACCEPT)
    assert isinstance(found, GoTo)
    query = parse_qs(urlsplit(found.url).query)
    assert query["IsAccepted"] == ["true"]
    return query["OpaqueBlob"][0]


async def spent(tenancy: Tenancy, blob: str | None) -> tuple[bytes, ...]:
    """Enroll as far as the terms, with this blob."""
    more = {} if blob is None else {"EnrollmentData": blob}
    request = asked(context=more)
    proven = await prove(tenancy.house, request)
    return await accepted_terms(tenancy.house, proven, request.context)


async def refusal(tenancy: Tenancy, blob: str | None) -> Refused:
    """Return why an enrollment with this blob is refused."""
    with pytest.raises(Refused) as caught:
        await spent(tenancy, blob)
    assert caught.value.kind is Refusal.ENROLLMENT_DATA
    return caught.value


# --- the page -----------------------------------------------------------------------------


async def test_the_terms_are_shown_to_a_user(tenancy: Tenancy) -> None:
    """A join has nothing to decline; an added account may."""
    join = await shown(tenancy)
    added = await shown(tenancy, mode=None)

    assert (join.text.title, join.user, join.version) == ("Terms", "ada@example.org", 1)
    assert (join.may_decline, added.may_decline) == (False, True)
    assert join.state != added.state


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"api__version": "2.0"}, "invalid_request"),
        ({"client__request__id": None}, "invalid_request"),
        ({"client__request__id": "<script>alert(1)</script>"}, "invalid_request"),
        ({"text": token(claims(tid=OTHER_TENANT))}, "unauthorized_client"),
        ({"text": token(claims(aud="https://evil.example.net"))}, "unauthorized_client"),
        ({"text": token(claims(exp=1))}, "unauthorized_client"),
        ({"text": token(key="evil", kid="one")}, "unauthorized_client"),
        ({"text": token(claims(upn=None, unique_name=None, scp=None))}, "unauthorized_client"),
        ({"text": "<script>"}, "unauthorized_client"),
        ({"text": ""}, "unauthorized_client"),
    ],
    ids=[
        "version",
        "no request id",
        "markup in the request id",
        "tenant",
        "audience",
        "expired",
        "signature",
        "no user",
        "markup for a token",
        "no token",
    ],
)
async def test_a_wrong_request_goes_back_with_an_error(
    tenancy: Tenancy, changed: dict[str, str | None], error: str
) -> None:
    """To where Windows waits, in words of ours; nothing is kept of it."""
    text = changed.pop("text", TERMS_TOKEN) or ""

    found = await opened(tenancy, text, **changed)

    assert isinstance(found, GoTo)
    query = parse_qs(urlsplit(found.url).query)
    assert found.url.startswith(REDIRECT + "?error=")
    assert query["error"] == [error]
    assert set(query) == {"error", "error_description"}
    assert "<script" not in found.url + found.reason
    assert "example" not in found.reason


@pytest.mark.parametrize("uri", ["https://evil.example.net/", "javascript:alert(1)", "", None])
async def test_a_redirect_elsewhere_gets_nothing(tenancy: Tenancy, uri: str | None) -> None:
    """Neither an answer there, nor a word of it."""
    found = await opened(tenancy, redirect_uri=uri)

    assert isinstance(found, Nowhere)
    assert "evil" not in found.reason
    assert server_error(uri or "") is None


async def test_without_terms_windows_goes_on_at_once(tenancy: Tenancy) -> None:
    """There is nothing to accept, but Windows wants a blob."""
    await end_terms(tenancy.house, ADMIN)

    found = await opened(tenancy)

    assert isinstance(found, GoTo)
    assert found.event == "none set"
    assert "IsAccepted=true&OpaqueBlob=" in found.url
    assert await spent(tenancy, "whatever") == ()


async def test_accepting_twice_gives_the_same_blob(tenancy: Tenancy) -> None:
    """A hand that trembles, or an answer that got lost."""
    page = await shown(tenancy)

    first = await answer_terms(tenancy.house, page.state.reveal(), ACCEPT)
    second = await answer_terms(tenancy.house, page.state.reveal(), ACCEPT)

    assert first == second
    assert len((await acceptances(tenancy.house, ADMIN, PageRequest())).items) == 1


async def test_who_declined_has_declined(tenancy: Tenancy) -> None:
    """The same page cannot be used to accept afterwards, nor the other way round."""
    page = await shown(tenancy, mode=None)

    declined = await answer_terms(tenancy.house, page.state.reveal(), DECLINE)
    after = await answer_terms(tenancy.house, page.state.reveal(), ACCEPT)

    assert isinstance(declined, GoTo)
    assert declined.url == REDIRECT + "?IsAccepted=false"
    assert isinstance(after, Nowhere)
    assert (await acceptances(tenancy.house, ADMIN, PageRequest())).items == ()


async def test_a_join_cannot_be_declined(tenancy: Tenancy) -> None:
    """Not even by a form that somebody else wrote."""
    page = await shown(tenancy)

    assert isinstance(await answer_terms(tenancy.house, page.state.reveal(), DECLINE), Nowhere)
    assert isinstance(await answer_terms(tenancy.house, page.state.reveal(), ACCEPT), GoTo)


@pytest.mark.parametrize("state", ["", "x", "x" * 9000, "<script>", "\ud800"])
async def test_a_made_up_state_gets_nothing(tenancy: Tenancy, state: str) -> None:
    """There is no page without a token."""
    assert isinstance(await answer_terms(tenancy.house, state, ACCEPT), Nowhere)


async def test_an_unknown_answer_gets_nothing(tenancy: Tenancy) -> None:
    """A page is answered with one of its two buttons."""
    page = await shown(tenancy)

    assert isinstance(await answer_terms(tenancy.house, page.state.reveal(), "perhaps"), Nowhere)


async def test_a_page_is_good_for_an_hour(tenancy: Tenancy) -> None:
    """Then it has to be opened again."""
    page = await shown(tenancy)
    tenancy.home.clock.advance(hours=1)

    assert isinstance(await answer_terms(tenancy.house, page.state.reveal(), ACCEPT), Nowhere)


# --- at enrollment ------------------------------------------------------------------------


async def test_the_blob_lets_its_user_enroll(tenancy: Tenancy) -> None:
    """The ticket is spent with the enrollment, not before."""
    blob = await accepted(tenancy)

    digests = await spent(tenancy, f" {blob}\n")
    again = await spent(tenancy, blob)

    assert digests == again == (blob_digest(tenancy.house, blob),)
    assert 20 < len(blob) < 64


async def test_a_blob_is_used_once(tenancy: Tenancy) -> None:
    """As soon as an enrollment was stored with it."""
    blob = await accepted(tenancy)
    digest = blob_digest(tenancy.house, blob)
    await tenancy.house.entry.tickets.use(
        TicketKind.TERMS, digest, tenancy.home.clock.moment, "enr_1"
    )

    assert "used before" in (await refusal(tenancy, blob)).reason


async def test_another_users_blob_is_refused(tenancy: Tenancy) -> None:
    """It is bound to tenant and object id."""
    other = claims(oid="99992222-3333-4444-8555-666677778888", upn="eve@example.org")
    theirs = await accepted(tenancy, token(other))
    tenancy.web.keys = jwks("one")
    await tenancy.add(OTHER_TENANT)
    same_oid = claims(tid=OTHER_TENANT, iss=f"https://sts.windows.net/{OTHER_TENANT}/", oid=OID)
    foreign = await accepted(tenancy, token(same_oid))

    assert "another user" in (await refusal(tenancy, theirs)).reason
    assert "another user" in (await refusal(tenancy, foreign)).reason


@pytest.mark.parametrize(
    "spoil",
    [
        lambda blob: None,
        lambda blob: "",
        lambda blob: "x" * 9000,
        lambda blob: blob[:-1] + ("A" if blob[-1] != "A" else "B"),
        lambda blob: blob.swapcase(),
        lambda blob: base64.b64encode(blob.encode()).decode(),
        lambda blob: f"<script>{blob}",
        lambda blob: TERMS_TOKEN,
    ],
    ids=["none", "empty", "long", "another letter", "other case", "base64", "markup", "the token"],
)
async def test_a_tampered_blob_is_refused(tenancy: Tenancy, spoil: object) -> None:
    """InvalidEnrollmentData, with a sentence for the wearer that says what to do."""
    assert callable(spoil)
    blob = await accepted(tenancy)

    refused = await refusal(tenancy, spoil(blob))

    assert "Accept the terms" in refused.words
    assert blob not in refused.reason


async def test_the_page_s_own_state_is_no_blob(tenancy: Tenancy) -> None:
    """Nobody skips the button."""
    page = await shown(tenancy)

    assert "no acceptance of ours" in (await refusal(tenancy, page.state.reveal())).reason


async def test_a_blob_is_good_for_a_day(tenancy: Tenancy) -> None:
    """A first run may be left lying overnight."""
    blob = await accepted(tenancy)
    tenancy.home.clock.advance(days=1)
    later = claims(exp=int(tenancy.home.clock.moment.timestamp()) + 60)

    request = asked(token(later), {"EnrollmentData": blob})
    proven = await prove(tenancy.house, request)
    with pytest.raises(Refused, match="too old"):
        await accepted_terms(tenancy.house, proven, request.context)


@pytest.mark.parametrize(
    "payload",
    [
        claims(upn=None, unique_name=None, scp=None),
        claims(upn="package_24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1@example.org"),
    ],
    ids=["autopilot", "a package"],
)
async def test_who_sees_no_page_is_not_asked(tenancy: Tenancy, payload: dict[str, object]) -> None:
    """A headset that joins by itself has nobody to press a button."""
    request = asked(token(payload))
    proven = await prove(tenancy.house, request)

    assert await accepted_terms(tenancy.house, proven, request.context) == ()


async def test_two_blobs_are_none(tenancy: Tenancy) -> None:
    """It would not be clear which of them counts."""
    blob = await accepted(tenancy)
    request = asked()
    proven = await prove(tenancy.house, request)
    context = (*request.context, ("EnrollmentData", blob), ("enrollmentdata", blob))

    with pytest.raises(Refused, match="no acceptance"):
        await accepted_terms(tenancy.house, proven, context)


async def test_an_acceptance_is_listed(tenancy: Tenancy) -> None:
    """Who, which version, when, and for which enrollment."""
    await set_terms(tenancy.house, ADMIN, "Terms", "Be kinder.")
    blob = await accepted(tenancy)
    digest = blob_digest(tenancy.house, blob)
    now = tenancy.home.clock.moment
    await tenancy.house.entry.tickets.use(TicketKind.TERMS, digest, now, "enr_1")

    found = (await acceptances(tenancy.house, ADMIN, PageRequest())).items

    assert [(each.user, each.tenant, each.user_id) for each in found] == [
        ("ada@example.org", TENANT, OID)
    ]
    assert (found[0].version, found[0].accepted_at, found[0].enrolled_at) == (2, now, now)
    assert found[0].enrollment == "enr_1"
