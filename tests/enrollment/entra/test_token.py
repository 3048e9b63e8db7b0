"""Which tokens are believed, and why the others are not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.enrollment.entra.issuer import (
    AUDIENCE,
    CLIENT_ID,
    DEVICE,
    NOW,
    OID,
    OTHER_TENANT,
    TENANT,
    b64,
    claims,
    hmac_signed,
    jwk,
    public_forms,
    signing_input,
    token,
    trust,
    unsigned,
    v2_claims,
)

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.entra.claims import SKEW
from lenskeep.enrollment.entra.keys import LONGEST_AGE, read_jwks
from lenskeep.enrollment.entra.tenant import Cloud, ScopeRule, Tenant, Trust
from lenskeep.enrollment.entra.token import EntraIdentity, checks, judge, read_token

AT = int(NOW.timestamp())
SKEW_S = int(SKEW.total_seconds())
USERLESS = {"upn": None, "unique_name": None, "scp": None, "oid": None}


def judged(
    text: str, trusted: Trust | None = None, now: datetime = NOW, *, needs_user: bool = False
) -> EntraIdentity | Refused:
    """Read and judge a token."""
    unproven = read_token(text)
    assert unproven is not None
    return judge(unproven, trusted or trust(), now, needs_user=needs_user)


def believed(payload: Mapping[str, object], trusted: Trust | None = None) -> EntraIdentity:
    """Return whom a token with these claims vouches for."""
    found = judged(token(payload), trusted)
    assert isinstance(found, EntraIdentity), found
    return found


def refused(text: str, trusted: Trust | None = None, now: datetime = NOW) -> str:
    """Return why a token is not believed, having looked that nothing of it is repeated."""
    found = judged(text, trusted, now)
    assert isinstance(found, Refused), found
    assert found.kind is Refusal.AUTHENTICATION
    for secret in ("ada", TENANT, OTHER_TENANT, DEVICE, OID, "evil", "example.org"):
        assert secret not in found.reason
    return found.reason


# --- believed -----------------------------------------------------------------------------


def test_a_token_of_version_1_is_believed() -> None:
    """It names tenant, user and device."""
    identity = believed(claims())

    assert identity == EntraIdentity(TENANT, OID, "ada@example.org", DEVICE)


def test_a_token_of_version_2_is_believed() -> None:
    """Its audience is the client id, its user `preferred_username`."""
    identity = believed(v2_claims())

    assert identity == EntraIdentity(TENANT, OID, "ada@example.org", DEVICE)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": AUDIENCE + "/"}, id="the URI with a slash"),
        pytest.param({"aud": CLIENT_ID}, id="the client id in version 1"),
        pytest.param({"aud": CLIENT_ID.upper()}, id="the client id in capitals"),
        pytest.param({"tid": TENANT.upper()}, id="the tenant in capitals"),
        pytest.param({"scp": "openid mdm_delegation profile"}, id="one scope of several"),
        pytest.param({"nbf": None, "iat": None}, id="no start"),
        pytest.param({"exp": AT + 3600.5}, id="a fraction of a second"),
        pytest.param({"deviceid": None}, id="no device"),
        pytest.param({"amr": ["pwd"], "xms_ft": "x", "groups": ["g"] * 200}, id="more claims"),
    ],
)
def test_a_token_may_differ(changed: dict[str, object]) -> None:
    """What real tokens differ in does no harm."""
    assert believed(claims(**changed)).user == "ada@example.org"


def test_an_audience_configured_with_a_slash_fits_one_without() -> None:
    """The last slash means nothing on either side."""
    assert believed(claims(), trust(audiences=(AUDIENCE + "/",))).tenant == TENANT


def test_a_guest_is_named_by_the_unique_name() -> None:
    """Where there is no upn, the next claim counts."""
    identity = believed(claims(upn=None, unique_name="live.com#eve@example.net"))

    assert identity.user == "live.com#eve@example.net"


def test_a_headset_without_a_user_is_believed_by_its_device() -> None:
    """A self-deploying headset has neither user nor scope."""
    identity = believed(claims(**USERLESS))

    assert identity == EntraIdentity(TENANT, "", "", DEVICE)


def test_the_object_id_of_a_device_is_not_taken_for_a_user() -> None:
    """Without a user name there is no user id."""
    identity = believed(claims(**{**USERLESS, "oid": OID}))

    assert identity.user_id == ""


def test_identifiers_are_kept_in_lower_case() -> None:
    """The same user is the same principal however the token spells it."""
    identity = believed(claims(oid=OID.upper(), deviceid=DEVICE.upper()))

    assert identity == EntraIdentity(TENANT, OID, "ada@example.org", DEVICE)


def test_a_name_that_cannot_be_shown_is_cleaned() -> None:
    """Control characters do not reach a page or a log."""
    assert believed(claims(upn="ada\n\x1b[1m@example.org")).user == "ada[1m@example.org"


# --- the signature ------------------------------------------------------------------------


FORGED = {
    "algorithm none": unsigned(),
    "algorithm None": unsigned(algorithm="None"),
    "algorithm NONE, without a key id": f"{signing_input({'alg': 'NONE'}, claims())}.",
    "no algorithm": f"{signing_input({'kid': 'one'}, claims())}.AA",
    "RS256 without a signature": unsigned(algorithm="RS256"),
    "RS384": token(alg="RS384", digest=hashes.SHA384()),
    "RS512": token(alg="RS512", digest=hashes.SHA512()),
    "PS256 in name": token(alg="PS256"),
    "rs256 in small letters": token(alg="rs256"),
    "an algorithm that is a list": token(alg=["RS256"]),
    "another key under the same id": token(key="evil", kid="one"),
    "another key under its own id": token(key="evil"),
    "no key id": token(kid=" "),
    "no key id at all": f"{signing_input({'alg': 'RS256'}, claims())}.{token().split('.')[2]}",
    "a key in the header": token(key="evil", jwk=jwk("evil")),
    "a key in the header, under our id": token(key="evil", kid="one", jwk=jwk("evil")),
    "a key elsewhere": token(key="evil", kid="one", jku="https://evil.example.net/keys"),
    "a certificate elsewhere": token(key="evil", kid="one", x5u="https://evil.example.net/c"),
    "a certificate in the header": token(key="evil", kid="one", x5c=["AAAA"]),
    "critical extensions": token(crit=["b64"], b64=True),
    "an unencoded payload": token(b64=False),
    "a signature of nothing": f"{signing_input({'alg': 'RS256', 'kid': 'one'}, claims())}.AAAA",
    "another header over the same signature": ".".join(
        (b64(b'{"alg":"RS256","kid":"one","typ":"x"}'), *token().split(".")[1:])
    ),
    "other claims over the same signature": ".".join(
        (token().split(".")[0], b64(json.dumps(claims(upn="evil")).encode()), token().split(".")[2])
    ),
    **{f"HS256 with the public key {n}": hmac_signed(s) for n, s in enumerate(public_forms())},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused(forged: str) -> None:
    """CVE-2026-23518's class: only RS256 by a key of the tenant's list counts."""
    reason = refused(forged)

    assert any(word in reason for word in ("algorithm", "key", "signature", "header"))


def test_an_unknown_header_parameter_is_passed_over() -> None:
    """[RFC 7515] 4: what is not understood and not critical is ignored."""
    assert isinstance(judged(token(x5t="abc", nonce="n")), EntraIdentity)


def test_a_key_of_the_consumer_service_signs_for_no_tenant() -> None:
    """Entra's lists hold keys that are for another issuer alone."""
    own = "https://login.microsoftonline.com/{tenantid}/v2.0"
    consumer = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"
    listed = {"keys": [jwk("one", issuer=own), jwk("evil", issuer=consumer)]}
    trusted = trust()
    trusted = replace(trusted, ring=replace(trusted.ring, keys=read_jwks(json.dumps(listed))))

    assert isinstance(judged(token(), trusted), EntraIdentity)
    assert "another issuer" in refused(token(key="evil"), trusted)


def test_keys_that_are_too_old_prove_nothing() -> None:
    """Not even a right signature."""
    trusted = trust()
    ring = replace(trusted.ring, fetched_at=NOW - LONGEST_AGE - timedelta(seconds=1))

    assert "too long" in refused(token(), replace(trusted, ring=ring))
    assert isinstance(judged(token(), replace(trusted, ring=replace(ring, url=""))), EntraIdentity)


def test_after_a_rotation_the_new_key_counts_and_the_old_one_no_more() -> None:
    """The list is the truth."""
    rotated = trust("two")

    assert isinstance(judged(token(key="two"), rotated), EntraIdentity)
    assert "key" in refused(token(key="one"), rotated)


# --- the claims ---------------------------------------------------------------------------


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "another tenant": ({"tid": OTHER_TENANT}, "tenant"),
    "no tenant": ({"tid": None}, "tenant"),
    "a tenant that is a list": ({"tid": [TENANT]}, "tenant"),
    "another tenant's issuer": ({"iss": f"https://sts.windows.net/{OTHER_TENANT}/"}, "issuer"),
    "an issuer without the slash": ({"iss": f"https://sts.windows.net/{TENANT}"}, "issuer"),
    "an issuer by http": ({"iss": f"http://sts.windows.net/{TENANT}/"}, "issuer"),
    "an issuer that only begins so": (
        {"iss": f"https://sts.windows.net/{TENANT}/.evil.net/"},
        "issuer",
    ),
    "another cloud's issuer": (
        {"iss": f"https://login.microsoftonline.us/{TENANT}/v2.0"},
        "issuer",
    ),
    "no issuer": ({"iss": None}, "issuer"),
    "an issuer that is a list": ({"iss": [f"https://sts.windows.net/{TENANT}/"]}, "issuer"),
    "another audience": ({"aud": "https://evil.example.net"}, "another application"),
    "an audience that only begins so": ({"aud": AUDIENCE + ".evil.net"}, "another application"),
    "an audience with a path": ({"aud": AUDIENCE + "/path"}, "another application"),
    "an audience with two slashes": ({"aud": AUDIENCE + "//"}, "another application"),
    "an audience in capitals": ({"aud": AUDIENCE.upper()}, "another application"),
    "an audience by http": ({"aud": "http://mdm.example.org"}, "another application"),
    "several audiences": ({"aud": [AUDIENCE, "https://evil.example.net"]}, "another application"),
    "no audience": ({"aud": None}, "another application"),
    "an empty audience": ({"aud": ""}, "another application"),
    "a slash for an audience": ({"aud": "/"}, "another application"),
    "Graph": ({"aud": "00000003-0000-0000-c000-000000000000"}, "another application"),
    "expired": ({"exp": AT - SKEW_S}, "expired"),
    "no expiry": ({"exp": None}, "expires"),
    "an expiry that is text": ({"exp": str(AT + 60)}, "expires"),
    "an expiry that is true": ({"exp": True}, "expires"),
    "an expiry beyond numbers": ({"exp": float("inf")}, "expires"),
    "an expiry that is no number": ({"exp": float("nan")}, "expires"),
    "not valid yet": ({"nbf": AT + SKEW_S + 1}, "not valid yet"),
    "issued in the future": ({"iat": AT + SKEW_S + 1}, "not valid yet"),
    "a start that is text": ({"nbf": "0"}, "not valid yet"),
    "a start in the year 10^300": ({"nbf": 10**300}, "not valid yet"),
    "a start of 4,000 digits": ({"nbf": 10**4000}, "not valid yet"),
    "another scope": ({"scp": "user_impersonation"}, "scope"),
    "no scope": ({"scp": None}, "scope"),
    "a scope that only begins so": ({"scp": "mdm_delegation_not"}, "scope"),
    "a scope that is a list": ({"scp": ["mdm_delegation"]}, "scope"),
    "a role for a scope": ({"scp": None, "roles": ["mdm_delegation"]}, "scope"),
    "a user without an object id": ({"oid": None}, "object id"),
    "an object id that is no GUID": ({"oid": "evil/../x"}, "object id"),
    "neither a user nor a device": ({**USERLESS, "deviceid": None}, "neither"),
    "a headset without a user, of another scope": ({**USERLESS, "scp": "evil"}, "scope"),
    "an application": ({**USERLESS, "idtyp": "app"}, "application"),
    "a device id that is no GUID": ({"deviceid": "evil"}, "device id"),
    "a device id that is a number": ({"deviceid": 7}, "device id"),
}


@pytest.mark.parametrize(("changed", "word"), WRONG.values(), ids=WRONG.keys())
def test_a_claim_that_is_wrong_is_refused(changed: dict[str, object], word: str) -> None:
    """CVE-2026-24899's class: tenant, issuer, audience, times, scope and user all count."""
    assert word in refused(token(claims(**changed)))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": AUDIENCE}, id="the URI in version 2"),
        pytest.param({"aud": OTHER_TENANT}, id="another client id"),
    ],
)
def test_version_2_takes_the_client_id_alone(changed: dict[str, object]) -> None:
    """Its audience is always the application's id."""
    assert "another application" in refused(token(v2_claims(**changed)))


def test_without_a_client_id_no_token_of_version_2_is_believed() -> None:
    """An empty setting fits no audience."""
    assert "another application" in refused(token(v2_claims(aud="")), trust(client_id=""))
    assert "another application" in refused(token(v2_claims()), trust(client_id=""))


@pytest.mark.parametrize(
    ("changed", "good"),
    [
        ({"exp": AT - SKEW_S + 1}, True),
        ({"exp": AT - SKEW_S}, False),
        ({"nbf": AT + SKEW_S}, True),
        ({"nbf": AT + SKEW_S + 1}, False),
        ({"iat": AT + SKEW_S}, True),
    ],
    ids=["just not expired", "just expired", "just valid", "just not valid", "just issued"],
)
def test_clocks_may_differ_by_five_minutes(changed: dict[str, object], good: bool) -> None:
    """The edges of the skew."""
    assert good == isinstance(judged(token(claims(**changed))), EntraIdentity)


@pytest.mark.parametrize(
    ("rule", "payload", "good"),
    [
        (ScopeRule.USERS, claims(**USERLESS), True),
        (ScopeRule.ALWAYS, claims(**USERLESS), False),
        (ScopeRule.ALWAYS, claims(), True),
        (ScopeRule.NEVER, claims(scp=None), True),
    ],
    ids=["users: device", "always: device", "always: user", "never: user"],
)
def test_the_scope_is_asked_for_as_the_tenant_says(
    rule: ScopeRule, payload: dict[str, object], good: bool
) -> None:
    """Users by default; always or never where an administrator wants it."""
    assert good == isinstance(judged(token(payload), trust(scope=rule)), EntraIdentity)


def test_where_a_user_is_needed_a_device_is_not_enough() -> None:
    """The terms are accepted by people."""
    found = judged(token(claims(**USERLESS)), needs_user=True)

    assert isinstance(found, Refused)
    assert "no user" in found.reason


def test_tokens_of_one_tenant_say_nothing_to_another() -> None:
    """Neither with that tenant's keys nor with its own."""
    other = trust("two", tenant=OTHER_TENANT)

    assert "key" in refused(token(), other)
    assert "tenant" in refused(token(), trust("one", tenant=OTHER_TENANT))


def test_each_cloud_has_its_own_issuers() -> None:
    """A government tenant's token is believed where the tenant is said to be one."""
    issuer = f"https://login.microsoftonline.us/{TENANT}/v2.0"
    trusted = trust()
    tenant = Tenant(TENANT, (AUDIENCE,), CLIENT_ID, Cloud.US_GOVERNMENT)

    found = judged(token(v2_claims(iss=issuer)), replace(trusted, tenant=tenant))

    assert isinstance(found, EntraIdentity)
    assert tenant.keys_url == f"https://login.microsoftonline.us/{TENANT}/discovery/v2.0/keys"


# --- what is no token, and trying one -----------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "a.b.c",
        f"{b64(b'[]')}.{b64(b'{}')}.AA",
        f"{b64(b'{}')}.{b64(b'[]')}.AA",
        f"{b64(b'{}')}.{b64(b'7' * 9000)}.AA",
        f"{b64(b'{}')}.{b64(b'[' * 9000)}.AA",
        f"{b64(b'{}')}.{b64(bytes([0xFF]))}.AA",
        f"{b64(b'{}')}.{b64('{}'.encode('utf-16'))}.AA",
        "a" * 20_000 + ".a.a",
    ],
    ids=["", "dots", "letters", "list", "claims", "digits", "deep", "bytes", "utf-16", "long"],
)
def test_what_is_no_token_is_not_read(text: str) -> None:
    """Nothing fails over it."""
    assert read_token(text) is None


def test_trying_a_token_says_every_check() -> None:
    """All are asked, also after the first that fails, and each says what it found."""
    unproven = read_token(token(claims(aud="https://other.example.net", exp=AT - 9999)))
    assert unproven is not None

    found = {each.name: each for each in checks(unproven, trust(), NOW)}

    failed = {name for name, each in found.items() if not each.passed}
    assert failed == {"audience", "time"}
    assert found["audience"].found == "https://other.example.net"
    assert list(found)[:4] == ["algorithm", "header", "key", "signature"]


def test_a_token_does_not_show_itself() -> None:
    """Neither the token nor a check shows in a log what the token says."""
    text = token()
    unproven = read_token(text)
    assert unproven is not None

    shown = repr(unproven) + repr(tuple(checks(unproven, trust(), NOW)))

    assert text not in shown
    assert "ada" not in shown


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["aud", "iss", "tid", "exp", "nbf", "iat", "scp", "oid", "upn", "deviceid"]
        ),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    )
)
def test_any_claim_is_survived(changed: dict[str, object]) -> None:
    """Whatever stands in a claim, there is an answer."""
    assert isinstance(judged(token(claims(**changed))), EntraIdentity | Refused)
