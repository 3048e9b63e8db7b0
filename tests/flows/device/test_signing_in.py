"""From our sign-in page to a certificate: what a token is good for, and for how long."""

import asyncio
import base64
from dataclasses import replace
from typing import Any

import pytest
from tests.flows.device.renewer import new_key, request
from tests.flows.home import ADMIN, OPERATOR, Home
from tests.flows.vouching import ISSUER, Vouching, described, vouched

from lenskeep.base.errors import Missing, Refusal, Refused, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.certificates.keyring import Keyring, new_master_key
from lenskeep.enrollment.credentials import REPEAT_WINDOW
from lenskeep.enrollment.web.identity import person_id
from lenskeep.enrollment.web.round_trip import ROUND_TRIP_LIFE
from lenskeep.enrollment.web.ticket import TICKET_LIFE
from lenskeep.flows.device import signing_in
from lenskeep.flows.device.enrolling.headers import (
    ENROLLMENT_PATH,
    POLICY_PATH,
    SIGN_IN_PATH,
)
from lenskeep.flows.device.enrolling.issue import enroll
from lenskeep.flows.device.enrolling.policy import policies
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.device.signing_in import HandOver, Return, Visit
from lenskeep.flows.entrance import TicketKind
from lenskeep.flows.entry import providers
from lenskeep.flows.entry.providers import remove_provider
from lenskeep.flows.people import add_account, disable_account, end_code, new_code
from lenskeep.flows.records import DeviceFilter, DeviceRow
from lenskeep.wire import soap, wstep, xcep
from lenskeep.wire.security import BASE64_BINARY, USER_TOKEN, BinaryToken

APPRU = "ms-app://windows.immersivecontrolpanel"
VISIT = Visit(APPRU, "ana@clinic.example", "192.0.2.7")
VISITOR = Visitor("192.0.2.7", None)
PASSWORD = Secret("gaze-and-commit-7")


def token_of(wresult: Secret) -> BinaryToken:
    data = base64.b64encode(wresult.reveal().encode()).decode()
    return BinaryToken(USER_TOKEN, BASE64_BINARY, data)


async def ask_policies(home: Home, wresult: Secret) -> None:
    """Show the token at GetPolicies. Raises Refused."""
    address = f"https://localhost{POLICY_PATH}"
    header = soap.RequestHeader(
        soap.ACTION_GET_POLICIES, soap.MESSAGE_ID_GET_POLICIES, address, token_of(wresult)
    )
    await policies(home.house, xcep.write_get_policies(header, xcep.GetPolicies()), VISITOR)


def rst(wresult: Secret, csr: bytes, number: int = 1) -> bytes:
    """Return a token request with this token and certificate request."""
    address = f"https://localhost{ENROLLMENT_PATH}"
    header = soap.RequestHeader(soap.ACTION_RST, soap.MESSAGE_ID_RST, address, token_of(wresult))
    context = (
        ("DeviceID", f"{number:032X}"),
        ("HWDevID", f"{number:064X}"),
        ("EnrollmentType", "Full"),
    )
    asked = wstep.SecurityTokenRequest(
        wstep.RequestType.ISSUE, wstep.TOKEN_TYPE, wstep.PKCS10, csr, context
    )
    return wstep.write_request(header, asked)


async def ask_certificate(home: Home, wresult: Secret, csr: bytes, number: int = 1) -> bytes:
    """Show the token with a certificate request; return the provisioning. Raises Refused."""
    answer = await enroll(home.house, rst(wresult, csr, number), VISITOR)
    return wstep.read_response(answer)[1].provisioning


async def devices(home: Home) -> tuple[DeviceRow, ...]:
    return (await home.house.fleet.devices(DeviceFilter(), None, 50)).items


async def refused(home: Home, wresult: Secret) -> Refusal:
    """Return how both doors refuse a token: alike, with nothing stored."""
    before = await devices(home)
    with pytest.raises(Refused) as at_policies:
        await ask_policies(home, wresult)
    with pytest.raises(Refused) as at_enrollment:
        await ask_certificate(home, wresult, request(new_key()))
    assert at_policies.value.kind is at_enrollment.value.kind
    assert before == await devices(home)
    return at_policies.value.kind


async def typed(home: Home, name: str, secret: Secret) -> HandOver:
    return await signing_in.sign_in_here(home.house, VISIT, name, secret)


async def sent(home: Home) -> tuple[str, Return]:
    """Set out to the first provider; return the cookie and the way back."""
    (choice, *_) = await signing_in.choices(home.house)
    out = await signing_in.set_out(home.house, VISIT, choice.id)
    return out.cookie, Return(out.cookie, "state-1", Secret("code-1"), ISSUER, "")


async def account(home: Home, name: str = "ana@clinic.example") -> str:
    made, _ = await add_account(home.house, ADMIN, name, PASSWORD)
    return made.id


# --- here ---------------------------------------------------------------------------------


async def test_a_password_typed_on_the_page_enrolls(home: Home) -> None:
    """The token is good at GetPolicies again and again, and for one certificate."""
    await account(home)
    done = await typed(home, "Ana@Clinic.example", PASSWORD)

    for _ in range(3):
        await ask_policies(home, done.wresult)
    await ask_certificate(home, done.wresult, request(new_key()))

    (row,) = await devices(home)
    assert (row.user, done.user, done.appru) == ("ana@clinic.example", "ana@clinic.example", APPRU)


async def test_a_token_is_spent_with_its_certificate(home: Home) -> None:
    """Another key gets nothing; the same key gets the same answer, for minutes."""
    await account(home)
    done = await typed(home, "ana@clinic.example", PASSWORD)
    csr = request(new_key())
    first = await ask_certificate(home, done.wresult, csr)

    again = await ask_certificate(home, done.wresult, csr)
    with pytest.raises(Refused) as other_key:
        await ask_certificate(home, done.wresult, request(new_key()), number=2)
    home.clock.moment += REPEAT_WINDOW
    with pytest.raises(Refused) as later:
        await ask_certificate(home, done.wresult, csr)

    assert first == again
    assert Refusal.AUTHENTICATION is other_key.value.kind is later.value.kind
    assert len(await devices(home)) == 1


async def test_two_at_once_with_one_token_are_one_device(home: Home) -> None:
    """The store spends it for one of them."""
    await account(home)
    done = await typed(home, "ana@clinic.example", PASSWORD)

    results = await asyncio.gather(
        *(ask_certificate(home, done.wresult, request(new_key()), each) for each in range(1, 5)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, bytes) for each in results) == 1
    assert len(await devices(home)) == 1


async def test_a_token_ends(home: Home) -> None:
    """After ten minutes nobody takes it."""
    await account(home)
    done = await typed(home, "ana@clinic.example", PASSWORD)
    home.clock.moment += TICKET_LIFE

    assert await refused(home, done.wresult) is Refusal.AUTHENTICATION


async def test_made_up_tokens_are_refused_like_expired_ones(home: Home) -> None:
    """Of our form and of none; and of another house with other keys."""
    await account(home)
    done = await typed(home, "ana@clinic.example", PASSWORD)
    keyring = Keyring.from_text(new_master_key(home.house.randomness))
    elsewhere = replace(home.house, tools=replace(home.house.tools, keyring=keyring))

    assert await refused(home, Secret("A" * 32)) is Refusal.AUTHENTICATION
    assert await refused(home, Secret("<script>")) is Refusal.AUTHENTICATION
    home.house = elsewhere
    assert await refused(home, done.wresult) is Refusal.AUTHENTICATION


async def test_a_code_typed_on_the_page_is_used_by_the_certificate(home: Home) -> None:
    """The page and GetPolicies consume nothing; the second headset finds no use left."""
    code, secret = await new_code(home.house, OPERATOR)
    first, second = await typed(home, "x@y", secret), await typed(home, "", secret)
    await ask_policies(home, first.wresult)
    csr = request(new_key())

    made = await ask_certificate(home, first.wresult, csr)

    assert made == await ask_certificate(home, first.wresult, csr)
    with pytest.raises(Refused) as gone:
        await ask_certificate(home, second.wresult, request(new_key()), number=2)
    assert gone.value.kind is Refusal.AUTHENTICATION
    found = await home.house.people.codes(None, 10)
    assert [(code.id, 0)] == [(each.id, each.uses_left) for each in found.items]


async def test_a_code_that_was_ended_meanwhile_gets_no_certificate(home: Home) -> None:
    """At GetPolicies it passes for the minutes in which a lost answer is repeated, as codes do."""
    code, secret = await new_code(home.house, OPERATOR)
    done = await typed(home, "x@y", secret)
    await end_code(home.house, OPERATOR, code.id)

    await ask_policies(home, done.wresult)
    with pytest.raises(Refused) as gone:
        await ask_certificate(home, done.wresult, request(new_key()))

    assert gone.value.kind is Refusal.AUTHENTICATION
    assert await devices(home) == ()


async def test_a_code_that_expires_takes_its_token_along(home: Home) -> None:
    """A code of one minute is not made longer by signing in with it, but for repetitions."""
    _, secret = await new_code(home.house, OPERATOR, minutes=1)
    home.clock.advance(seconds=55)
    done = await typed(home, "x@y", secret)
    home.clock.advance(seconds=6)

    with pytest.raises(Refused) as gone:
        await ask_certificate(home, done.wresult, request(new_key()))

    assert gone.value.kind is Refusal.AUTHENTICATION


async def test_an_account_that_was_disabled_meanwhile_is_refused(home: Home) -> None:
    """And one of that name that was made instead is somebody else."""
    account_id = await account(home)
    done = await typed(home, "ana@clinic.example", PASSWORD)
    await disable_account(home.house, ADMIN, account_id)

    assert await refused(home, done.wresult) is Refusal.AUTHENTICATION


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("ana@clinic.example", "wrong password"),
        ("nobody@clinic.example", "gaze-and-commit-7"),
        ("", ""),
        ("ana@clinic.example", "x" * 5000),
    ],
)
async def test_a_wrong_secret_gives_no_token(home: Home, name: str, secret: str) -> None:
    """Unknown and wrong look alike."""
    await account(home)

    with pytest.raises(Refused) as found:
        await typed(home, name, Secret(secret))

    assert found.value.kind is Refusal.AUTHENTICATION


async def test_wrong_secrets_are_counted_with_those_of_headsets(home: Home) -> None:
    """More than ten a minute for one name are answered with "later"; the right one never is."""
    await account(home)
    kinds = []
    for _ in range(12):
        with pytest.raises(Refused) as found:
            await typed(home, "ana@clinic.example", Secret("wrong password"))
        kinds.append(found.value.kind)

    assert kinds[0] is Refusal.AUTHENTICATION
    assert kinds[-1] is Refusal.TOO_MANY_ATTEMPTS
    assert (await typed(home, "ana@clinic.example", PASSWORD)).user == "ana@clinic.example"


# --- with a provider ----------------------------------------------------------------------


async def test_whom_a_provider_vouches_for_is_enrolled(home: Home) -> None:
    """Under the name that it tells; the person is issuer and subject."""
    vouched(home, Vouching({"preferred_username": "ana@clinic.example"}))
    await described(home)
    _, back = await sent(home)

    done = await signing_in.come_back(home.house, back)
    await ask_policies(home, done.wresult)
    await ask_certificate(home, done.wresult, request(new_key()))

    (row,) = await devices(home)
    enrollments = (await home.house.fleet.device(row.id)).enrollments
    assert row.user == "ana@clinic.example"
    assert enrollments[0].principal.id == person_id(ISSUER, "subject-1")
    assert enrollments[0].way == "web sign-in"
    assert done.appru == APPRU


async def test_the_same_person_comes_back_to_the_same_record(home: Home) -> None:
    """The same hardware under another name of the same subject goes on; another subject not."""
    vouching = Vouching({"preferred_username": "ana@clinic.example"})
    vouched(home, vouching)
    await described(home)
    for number, (subject, name) in enumerate(
        (("s1", "ana@clinic.example"), ("s1", "anna@clinic.example"), ("s2", "bo@clinic.example")),
        start=1,
    ):
        vouching.subject, vouching.claims = subject, {"preferred_username": name}
        cookie, _ = await sent(home)
        back = Return(cookie, f"state-{number}", Secret(f"code-{number}"), "", "")
        done = await signing_in.come_back(home.house, back)
        await ask_certificate(home, done.wresult, request(new_key()))

    assert len(await devices(home)) == 2


async def test_a_way_back_is_good_once(home: Home) -> None:
    """Cookie, state and code again give no second token; two at once give one."""
    vouching = Vouching({"preferred_username": "ana"})
    vouched(home, vouching)
    await described(home)
    _, back = await sent(home)
    await signing_in.come_back(home.house, back)

    vouching.given["code-1"] = "verifier-1"  # even of a provider that forgets what it gave
    with pytest.raises(Refused) as again:
        await signing_in.come_back(home.house, back)

    assert again.value.kind is Refusal.AUTHENTICATION


WAYS_BACK: tuple[dict[str, Any], ...] = (
    {"cookie": ""},
    {"cookie": "lk1:000000000000:AAAA"},
    {"cookie": "x" * 5000},
    {"state": ""},
    {"state": "state-2"},
    {"state": "\ud800"},
    {"code": Secret("")},
    {"code": Secret("x" * 5000)},
    {"issuer": "https://evil.example"},
    {"code": Secret(""), "error": "access_denied"},
    {"code": Secret("another")},
)


async def test_another_way_back_gives_no_token(home: Home) -> None:
    """Without the cookie of that browser, its state, its code, from another provider."""
    vouched(home, Vouching({"preferred_username": "ana"}))
    await described(home)
    _, back = await sent(home)

    for changed in WAYS_BACK:
        with pytest.raises(Refused) as found:
            await signing_in.come_back(home.house, replace(back, **changed))
        assert found.value.kind is Refusal.AUTHENTICATION, changed

    assert (await signing_in.come_back(home.house, back)).user == "ana"


async def test_whoever_makes_up_codes_is_stopped_before_the_provider_is_asked(home: Home) -> None:
    """At more than a hundred a minute from an address; another address is not slowed."""
    vouching = Vouching({"preferred_username": "ana"})
    vouched(home, vouching)
    await described(home)
    _, back = await sent(home)
    made_up = replace(back, code=Secret("made up"), address="192.0.2.66")
    for _ in range(101):
        with pytest.raises(Refused):
            await signing_in.come_back(home.house, made_up)
    vouching.trouble = Unavailable("it would have been asked")

    with pytest.raises(Refused) as stopped:
        await signing_in.come_back(home.house, made_up)
    vouching.trouble = None

    assert stopped.value.kind is Refusal.TOO_MANY_ATTEMPTS
    assert (await signing_in.come_back(home.house, back)).user == "ana"


async def test_the_cookie_of_one_visit_does_not_fit_another(home: Home) -> None:
    """Two browsers that swap their ways back get nothing."""
    vouched(home, Vouching({"preferred_username": "ana"}))
    await described(home)
    first, _ = await sent(home)
    second, _ = await sent(home)

    with pytest.raises(Refused):
        await signing_in.come_back(
            home.house, Return(first, "state-2", Secret("code-2"), ISSUER, "")
        )
    with pytest.raises(Refused):
        await signing_in.come_back(
            home.house, Return(second, "state-2", Secret("code-1"), ISSUER, "")
        )


async def test_a_visit_takes_a_quarter_of_an_hour_at_most(home: Home) -> None:
    """Then the wearer begins again."""
    vouched(home, Vouching({"preferred_username": "ana"}))
    await described(home)
    _, back = await sent(home)
    home.clock.moment += ROUND_TRIP_LIFE

    with pytest.raises(Refused):
        await signing_in.come_back(home.house, back)


async def test_strangers_who_set_out_leave_nothing_behind(home: Home) -> None:
    """A visit lives in the browser's cookie until somebody is vouched for."""
    vouched(home, Vouching({"preferred_username": "ana"}))
    await described(home)

    for _ in range(5):
        await sent(home)

    for kind in TicketKind:
        assert (await home.house.entry.tickets.of_kind(kind, None, 50)).items == ()


async def test_the_cookie_tells_nothing(home: Home) -> None:
    """Neither verifier nor state nor nonce can be read from it."""
    vouched(home, Vouching())
    await described(home)
    cookie, _ = await sent(home)

    plain = base64.urlsafe_b64decode(cookie.rpartition(":")[2])
    assert not [each for each in (b"verifier-1", b"state-1", b"nonce-1") if each in plain]


async def test_who_does_not_fit_gets_no_token(home: Home) -> None:
    """A group is asked for and not there."""
    vouched(home, Vouching({"preferred_username": "ana", "groups": ["wearers"]}))
    await described(home, required_claim="groups", required_value="enrollers")
    _, back = await sent(home)

    with pytest.raises(Refused) as found:
        await signing_in.come_back(home.house, back)

    assert found.value.kind is Refusal.AUTHORIZATION


async def test_a_provider_that_was_removed_vouches_for_nobody(home: Home) -> None:
    """Neither for who is on the way back, nor for who has a token already."""
    vouched(home, Vouching({"preferred_username": "ana"}))
    await described(home)
    _, back = await sent(home)
    done = await signing_in.come_back(home.house, back)
    cookie, _ = await sent(home)
    await remove_provider(home.house, ADMIN, "Clinic")

    with pytest.raises(Refused):
        await signing_in.come_back(
            home.house, Return(cookie, "state-2", Secret("code-2"), ISSUER, "")
        )
    assert await refused(home, done.wresult) is Refusal.AUTHENTICATION


async def test_a_provider_that_is_away_is_no_fault_of_the_wearer(home: Home) -> None:
    """Unavailable on the way there and on the way back; the way back works when it is there."""
    vouching = Vouching({"preferred_username": "ana"})
    vouched(home, vouching)
    listed = await described(home)
    _, back = await sent(home)
    vouching.trouble = Unavailable("nobody answers")

    with pytest.raises(Unavailable):
        await signing_in.set_out(home.house, VISIT, listed.id)
    with pytest.raises(Unavailable):
        await signing_in.come_back(home.house, back)
    vouching.trouble = None
    assert (await signing_in.come_back(home.house, back)).user == "ana"


async def test_an_unknown_provider_is_missing(home: Home) -> None:
    """Whatever the link said."""
    with pytest.raises(Missing):
        await signing_in.set_out(home.house, VISIT, "prv_unknown")


async def test_what_is_configured_is_told_to_discovery(home: Home) -> None:
    """A provider for everybody, and one for a domain."""
    assert not await providers.active_providers(home.house)
    await described(home, domains=("clinic.example",))

    assert await providers.active_providers(home.house)
    assert await providers.provider_for(home.house, "ana@clinic.example") is not None
    assert await providers.provider_for(home.house, "ana@other.example") is None
    direct = await signing_in.direct_choice(home.house, "ana@clinic.example")
    assert direct is not None
    assert direct.name == "Clinic"
    assert (
        home.house.settings.url(SIGN_IN_PATH)
        == "https://localhost:8443/EnrollmentServer/Authenticate"
    )
