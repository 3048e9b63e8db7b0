"""Every way in, from its first message to the account, against a server that keeps what it saw."""

import base64

import pytest
from tests.virtual import gate as pages
from tests.virtual.double import Call, Double, Reply, fault
from tests.virtual.gate import Gate

from lenskeep.virtual.builds import PROFILES, find_profile
from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.proof import JWT_TOKEN
from lenskeep.virtual.enrollment.ways import (
    AnyWay,
    Autopilot,
    BulkToken,
    EntraAccount,
    EntraJoin,
    Entrance,
    Federated,
    Local,
    Spelling,
    Terms,
    entrances_of,
)
from lenskeep.virtual.enrollment.web.broker import APP
from lenskeep.virtual.enrollment.web.person import Filled, Page, WebPerson
from lenskeep.virtual.entra.issuer import Shape, TokenIssuer
from lenskeep.virtual.headset import Habits, Network, VirtualHeadset
from lenskeep.virtual.transport import Patience
from lenskeep.virtual.trouble import Breach, WrongState
from lenskeep.wire.security import USER_TOKEN, BinaryToken, UsernameToken

Server = tuple[Gate, Double]
HABITS = Habits(style=Style.WINDOWS_11, patience=Patience(retries=0))
ANNA = "anna@contoso.example"
BLOB = "opaque+/= one"


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer.create()


async def enrolled(server: Server, way: AnyWay, build: str = "HL2-20348.1503") -> VirtualHeadset:
    headset = VirtualHeadset.create(build=build)
    await headset.enroll_as(way, server[1].authority.pem, habits=HABITS)
    return headset


def test_which_build_has_which_way() -> None:
    for profile in PROFILES:
        ways = entrances_of(profile)
        assert {Entrance.LOCAL, Entrance.FEDERATED, Entrance.ENTRA_JOIN} <= ways
        assert (profile.generation == 2 and profile.version >= (19041, 1128)) == (
            Entrance.AUTOPILOT in ways
        )
        assert (Entrance.BULK_TOKEN in ways) == (profile.edition == 136)
        assert (Entrance.PACKAGE in ways) == (
            profile.version >= (19041, 1103) or profile.name == "HL1-17763-Business"
        )


def test_autopilot_came_to_the_network_cable_first() -> None:
    profile = find_profile("19041.1103")

    assert Entrance.AUTOPILOT not in entrances_of(profile)
    assert Entrance.AUTOPILOT in entrances_of(profile, by_cable=True)


async def test_a_way_that_the_build_lacks_is_refused_before_anything_is_sent(
    gate: Server, issuer: TokenIssuer
) -> None:
    for build, words in (
        ("HL1 17763 Business", "cannot enroll by autopilot"),
        ("19041.1103", "network cable alone"),
    ):
        with pytest.raises(WrongState, match=words):
            await enrolled(gate, Autopilot(issuer.device(), gate[0].base), build)

    assert gate[1].calls == []


async def test_a_cable_makes_autopilot_possible(gate: Server, issuer: TokenIssuer) -> None:
    headset = VirtualHeadset.create(build="19041.1103")
    headset.use_network(Network(ethernet=True))

    way = Autopilot(issuer.device(), gate[0].base)
    await headset.enroll_as(way, gate[1].authority.pem, habits=HABITS)

    assert headset.is_enrolled


async def test_by_hand_the_password_goes_with_both_messages(gate: Server) -> None:
    found, _ = gate

    await enrolled(gate, Local(ANNA, "hold", found.base))

    assert [(ANNA, "hold")] * 2 == [
        (token.username, token.password.reveal())
        for token in found.tokens
        if isinstance(token, UsernameToken)
    ]
    assert found.discovered is not None
    assert found.discovered.auth_policies == ("OnPremise", "Federated")


# -- the sign-in page


async def test_a_sign_in_page_is_walked_to_its_token(gate: Server) -> None:
    found, running = gate
    found.policy, found.pages = "Federated", pages.sign_in_page()

    headset = await enrolled(gate, Federated(ANNA, WebPerson("anna", "pw"), found.base))

    first = next(call for call in running.calls if call.path == "/Sign")
    assert first.target.startswith("/Sign?os=10&appru=ms-app%3A%2F%2F")
    assert pages.query(first)["login_hint"] == ANNA
    sent = {token.data for token in found.tokens if isinstance(token, BinaryToken)}
    assert {pages.WRESULT} == {base64.b64decode(each).decode() for each in sent}
    assert {USER_TOKEN} == {t.value_type for t in found.tokens if isinstance(t, BinaryToken)}
    assert len(found.tokens) == 2
    assert headset.account is not None
    assert headset.account.user == ANNA


async def test_a_password_alone_opens_no_sign_in_page(gate: Server) -> None:
    gate[0].policy = "Federated"

    with pytest.raises(EnrollmentRefused) as refused:
        await enrolled(gate, Local(ANNA, "pw", gate[0].base))

    assert refused.value.hresult is Hresult.WEB_SIGN_IN


async def test_a_person_without_a_password_does_not_get_past_a_password(gate: Server) -> None:
    with pytest.raises(EnrollmentRefused) as refused:
        await enrolled(gate, Federated(ANNA, WebPerson("anna", "pw"), gate[0].base))

    assert refused.value.hresult is Hresult.PASSWORD_NEEDED


async def test_a_person_can_answer_a_page_in_his_own_way(gate: Server) -> None:
    found, _ = gate
    found.policy, found.pages = "Federated", pages.sign_in_page()
    seen: list[Page] = []

    def answer(page: Page) -> Filled:
        seen.append(page)
        return Filled({"username": "anna", "pw": "pw"}, button="sign in")

    await enrolled(gate, Federated(ANNA, WebPerson(answer=answer), found.base))

    assert [(page.title, page.text) for page in seen] == [("Gate", "Sign in Sign in Cancel")]


APP_POLICY = "script-src 'nonce-n1'; form-action ms-app:"


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(status=500), EnrollmentRefused, "HTTP 500"),
        (Reply(b"{}", kind="application/json"), EnrollmentRefused, "application/json"),
        (pages.page("no form at all"), EnrollmentRefused, "leads nowhere: no form"),
        (pages.redirect("http://127.0.0.1/"), EnrollmentRefused, "http scheme"),
        (pages.redirect("javascript:alert(1)"), EnrollmentRefused, "javascript scheme"),
        (pages.redirect("/Sign"), EnrollmentRefused, "circle"),
        (pages.redirect(f"{APP}?wresult=x"), Breach, "reached by GET"),
        (pages.page(pages.self_posting(APP, "")), EnrollmentRefused, "no wresult"),
        (pages.page(pages.self_posting(APP, "x" * 5000)), Breach, "5000 characters"),
        (pages.page(pages.self_posting("ms-app://other", "x")), EnrollmentRefused, "ms-app scheme"),
        (
            pages.page(pages.self_posting(APP, "x"), "form-action 'self'"),
            Breach,
            "forbids its form to go to ms-app",
        ),
        (
            pages.page(pages.self_posting(APP, "x", 'nonce="n2"'), APP_POLICY),
            Breach,
            "forbids the script",
        ),
        (
            pages.page(pages.self_posting(APP, "x"), "default-src 'self'"),
            Breach,
            "forbids the script",
        ),
    ],
)
async def test_a_sign_in_that_goes_wrong_is_no_sign_in(
    gate: Server, reply: Reply, error: type[Exception], words: str
) -> None:
    found, _ = gate
    found.policy, found.pages = "Federated", lambda _: reply

    with pytest.raises(error, match=words):
        await enrolled(gate, Federated(ANNA, WebPerson("anna", "pw"), found.base))

    assert found.tokens == []


# -- Entra


@pytest.mark.parametrize("policy", ["OnPremise", "Federated"])
async def test_a_join_passes_over_the_sign_in_that_discovery_names(
    gate: Server, issuer: TokenIssuer, policy: str
) -> None:
    found, running = gate
    found.policy = policy
    token = issuer.join(ANNA)

    headset = await enrolled(gate, EntraJoin(token, f"{found.base}/", ANNA))

    assert [call.method for call in running.calls] == ["GET", "POST", "POST", "POST"]
    assert all(isinstance(t, BinaryToken) and t.value_type == JWT_TOKEN for t in found.tokens)
    assert "Device" == found.item("EnrollmentType")
    assert found.item("EnrollmentData") == ""
    assert headset.account is not None
    assert (headset.account.store, headset.account.tenant) == ("System", issuer.tenant)
    root = "./Device/Vendor/MSFT/DMClient/Provider/Double/"
    assert headset.value(f"{root}EnrollmentType") == "Device"
    assert headset.value(f"{root}AADDeviceID") == issuer.device_of(ANNA)


@pytest.mark.parametrize("spelling", Spelling)
async def test_a_token_is_spelled_as_asked_for(
    gate: Server, issuer: TokenIssuer, spelling: Spelling
) -> None:
    found, _ = gate
    token = issuer.account(ANNA, Shape(changes={"name": "ÿÿÿ?" * 3}))

    await enrolled(gate, EntraAccount(token, found.base, spelling=spelling))

    data = next(t.data for t in found.tokens if isinstance(t, BinaryToken))
    match spelling:
        case Spelling.TWICE:
            plain = base64.b64decode(base64.b64decode(data, validate=True), validate=True)
        case Spelling.URL_SAFE:
            plain = base64.urlsafe_b64decode(data)
        case _:
            plain = base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
    assert plain.decode() == token
    assert (spelling is Spelling.UNPADDED) <= ("=" not in data)


@pytest.mark.parametrize(
    ("kind", "items"),
    [
        ("join", {"EnrollmentType": "Device", "UXInitiated": "true"}),
        ("account", {"EnrollmentType": "Full", "TargetedUserLoggedIn": "true"}),
        (
            "autopilot",
            {
                "EnrollmentType": "Device",
                "UXInitiated": "false",
                "TargetedUserLoggedIn": "false",
                "ZeroTouchProvisioning": "ztd-1",
                "OfflineAutoPilotEnrollmentCorrelator": "corr-1",
            },
        ),
        ("bulk", {"EnrollmentType": "Device", "BulkAADJ": "true", "UXInitiated": "false"}),
    ],
)
async def test_each_way_says_what_it_is(
    gate: Server, issuer: TokenIssuer, kind: str, items: dict[str, str]
) -> None:
    found, _ = gate
    ways: dict[str, AnyWay] = {
        "join": EntraJoin(issuer.join(ANNA), found.base),
        "account": EntraAccount(issuer.account(ANNA), found.base),
        "autopilot": Autopilot(issuer.device(), found.base, "ztd-1", "corr-1"),
        "bulk": BulkToken(issuer.bulk(), found.base),
    }

    headset = await enrolled(gate, ways[kind])

    assert items == {name: found.item(name) for name in items}
    assert headset.account is not None
    expected = {"join": ANNA, "account": ANNA, "autopilot": ""}
    assert headset.account.user == expected.get(kind, headset.account.user)


async def test_a_certificate_in_the_wrong_store_fails_the_enrollment(
    gate: Server, issuer: TokenIssuer
) -> None:
    found, _ = gate
    found.document = lambda text: text.replace('type="System"', 'type="User"', 2).replace(
        'type="User"', 'type="System"', 1
    )

    with pytest.raises(Breach, match=r"0x8018001E.*My/User.*My/System"):
        await enrolled(gate, EntraJoin(issuer.join(ANNA), found.base))


# -- the terms of use


def terms_page(found: Gate, **query: str) -> None:
    """Let the gate have a page of terms that ends with these parameters."""

    def serve(call: Call) -> Reply:
        if call.method == "GET":
            target = pages.query(call)["redirect_uri"]
            return pages.page(
                "<p>Be kind.</p><form method=post action='/Terms?x=1'>"
                f"<input type=hidden name=to value='{target}'>"
                "<button name=decision value=accept>Accept</button>"
                "<button name=decision value=decline>Decline</button></form>",
                "default-src 'none'; form-action 'self' ms-appx-web:; frame-ancestors ms-appx-web:",
            )
        sent = pages.query(call)
        extra = query or {"IsAccepted": "true", "OpaqueBlob": "opaque%2B%2F%3D+one"}
        if sent["decision"] == "decline" and not query:
            extra = {"IsAccepted": "false"}
        tail = "&".join(f"{name}={value}" for name, value in extra.items())
        return pages.redirect(f"{sent['to']}?{tail}")

    found.pages = serve


@pytest.mark.parametrize("build", ["HL2-20348.1503", "HL2-22621.1244"])
async def test_accepted_terms_travel_with_the_certificate_request(
    gate: Server, issuer: TokenIssuer, build: str
) -> None:
    found, running = gate
    terms_page(found)
    token = issuer.terms(ANNA)

    terms = Terms(f"{found.base}/Terms", token)
    way = EntraJoin(issuer.join(ANNA), found.base, terms=terms)
    await enrolled(gate, way, build)

    shown = running.calls[0]
    asked = pages.query(shown)
    assert found.item("EnrollmentData") == BLOB
    assert shown.headers["authorization"] == f"Bearer {token}"
    assert shown.headers["cxh-host"] == "FRX"
    assert (asked["api-version"], asked["mode"]) == ("1.0", "azureadjoin")
    assert asked["redirect_uri"].startswith("ms-appx-web://")
    assert len(asked["client-request-id"]) == 36


async def test_an_account_is_no_join_and_settings_say_so(gate: Server, issuer: TokenIssuer) -> None:
    found, running = gate
    terms_page(found)

    terms = Terms(f"{found.base}/Terms", issuer.terms(ANNA))
    await enrolled(gate, EntraAccount(issuer.account(ANNA), found.base, terms=terms))

    assert "mode" not in pages.query(running.calls[0])
    assert running.calls[0].headers["cxh-host"] == "MOSET"


async def test_declined_terms_end_the_enrollment(gate: Server, issuer: TokenIssuer) -> None:
    found, running = gate
    terms_page(found)
    terms = Terms(f"{found.base}/Terms", issuer.terms(ANNA), accept=False)

    with pytest.raises(EnrollmentRefused, match="declined") as refused:
        await enrolled(gate, EntraAccount(issuer.account(ANNA), found.base, terms=terms))

    assert refused.value.hresult is Hresult.USER_CANCELLED
    assert len(running.calls) == 2


@pytest.mark.parametrize(
    ("query", "error", "words"),
    [
        (
            {"error": "unauthorized_client", "error_description": "not+you"},
            EnrollmentRefused,
            "unauthorized_client: not you",
        ),
        ({"IsAccepted": "true"}, Breach, "OpaqueBlob is missing"),
        ({"IsAccepted": "perhaps"}, Breach, "neither true nor false"),
    ],
)
async def test_terms_that_end_otherwise_end_the_enrollment(
    gate: Server, issuer: TokenIssuer, query: dict[str, str], error: type[Exception], words: str
) -> None:
    found, _ = gate
    terms_page(found, **query)
    terms = Terms(f"{found.base}/Terms", issuer.terms(ANNA))

    with pytest.raises(error, match=words):
        await enrolled(gate, EntraJoin(issuer.join(ANNA), found.base, terms=terms))

    assert found.discovered is None


async def test_terms_that_forbid_their_frame_are_not_shown_on_windows_11(
    gate: Server, issuer: TokenIssuer
) -> None:
    found, _ = gate
    found.pages = lambda _: pages.page("<p>x", **{"X-Frame-Options": "DENY"})
    terms = Terms(f"{found.base}/Terms", issuer.terms(ANNA))
    way = EntraJoin(issuer.join(ANNA), found.base, terms=terms)

    with pytest.raises(Breach, match="frame"):
        await enrolled(gate, way, "22621.1244")
    with pytest.raises(EnrollmentRefused, match="leads nowhere"):
        await enrolled(gate, way)


async def test_a_locked_headset_takes_autopilot_of_its_own_tenant_alone(
    gate: Server, issuer: TokenIssuer
) -> None:
    found, running = gate
    headset = await enrolled(gate, Autopilot(issuer.device(), found.base))
    before = headset.device.state.hardware
    first_id = headset.device_id
    headset.tamper("./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE", "true")
    headset.reset()
    ca = running.authority.pem
    stranger = TokenIssuer.create(tenant="11111111-2222-4333-8444-555555555555")

    for way in (
        Local(ANNA, "x", found.base),
        EntraJoin(issuer.join(ANNA), found.base),
        Autopilot(stranger.device(), found.base),
    ):
        with pytest.raises(WrongState, match="Autopilot"):
            await headset.enroll_as(way, ca, habits=HABITS)
    await headset.enroll_as(Autopilot(issuer.device(), found.base), ca, habits=HABITS)

    assert headset.device.state.hardware == before
    assert headset.device_id != first_id


async def test_an_enrolled_headset_enrolls_nowhere_else(gate: Server, issuer: TokenIssuer) -> None:
    headset = await enrolled(gate, Local(ANNA, "x", gate[0].base))

    with pytest.raises(EnrollmentRefused, match="0x8018000A"):
        await headset.enroll_as(EntraAccount(issuer.account(ANNA), gate[0].base))


async def test_a_join_is_not_for_the_wearer_to_end(gate: Server, issuer: TokenIssuer) -> None:
    headset = await enrolled(gate, EntraJoin(issuer.join(ANNA), gate[0].base))

    with pytest.raises(WrongState, match="reset"):
        await headset.unenroll()

    assert headset.is_enrolled


async def test_the_server_s_reason_reaches_the_wearer(gate: Server, issuer: TokenIssuer) -> None:
    found, _ = gate
    found.refuse = [fault("/Enroll", "s:Authorization", "ask your administrator")]

    with pytest.raises(EnrollmentRefused, match=r"0x80180003.*ask your administrator"):
        await enrolled(gate, EntraJoin(issuer.join(ANNA), found.base))


def test_no_token_stands_in_what_is_printed_of_a_way() -> None:
    way = EntraJoin("token-1", "https://mdm.example", terms=Terms("https://x.example", "token-2"))

    assert "token-" not in repr(way)
