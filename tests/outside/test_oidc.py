"""Signing in with a provider that answers well, badly, or somebody else's answers."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.outside import bad_provider
from tests.outside.bad_provider import NOW, OTHER_KEY, Answer, BadProvider

from lenskeep.base.errors import Invalid, Refusal, Refused, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemRandomness
from lenskeep.flows.ports.outside import Begun, ProviderSettings, Vouched
from lenskeep.outside.oidc import FAILURE_LIFE, KEYS_PAUSE, OpenIdSignIn
from lenskeep.outside.openid.fetching import MAX_BYTES

CALLBACK = "https://mdm.example/EnrollmentServer/Authenticate/callback"


@dataclass
class SetClock:
    """A clock that a test moves."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class Bench:
    """Our side and the provider's."""

    provider: BadProvider
    clock: SetClock
    ours: OpenIdSignIn

    def settings(self, **changed: Any) -> ProviderSettings:
        usual: dict[str, Any] = {
            "issuer": self.provider.issuer,
            "client_id": "lenskeep",
            "client_secret": Secret(""),
            "scopes": ("openid", "profile"),
        }
        return ProviderSettings(**(usual | changed))

    async def begin(self, **changed: Any) -> Begun:
        begun = await self.ours.begin(self.settings(**changed), CALLBACK)
        self.provider.nonce = begun.nonce
        return begun

    async def finish(self, **changed: Any) -> Vouched:
        begun = await self.begin(**changed)
        return await self.ours.finish(self.settings(**changed), CALLBACK, begun, Secret("code"))


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A provider and an adapter that has heard nothing of it."""
    clock = SetClock()
    with bad_provider.serving() as provider:
        yield Bench(provider, clock, OpenIdSignIn(clock, SystemRandomness()))


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_the_browser_is_sent_with_pkce_state_and_nonce(bench: Bench) -> None:
    """Fresh ones each time; what the provider's address already asks for stays."""
    settings = bench.settings(acr_values="phr phrh", prompt="login")

    begun = await bench.ours.begin(settings, CALLBACK, "ana@clinic.example")
    again = await bench.ours.begin(settings, CALLBACK)

    asked = query_of(begun.url)
    assert begun.url.startswith(f"{bench.provider.issuer}/auth?")
    assert asked.pop("code_challenge") not in ("", begun.verifier.reveal())
    assert asked == {
        "tenant": "1",
        "response_type": "code",
        "client_id": "lenskeep",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge_method": "S256",
        "acr_values": "phr phrh",
        "prompt": "login",
        "login_hint": "ana@clinic.example",
    }
    assert not {begun.state, begun.nonce, begun.verifier.reveal()} & {again.state, again.nonce}
    assert len(begun.verifier.reveal()) == 43


async def test_a_good_answer_vouches_for_somebody(bench: Bench) -> None:
    """What userinfo adds is there; what the ID token says counts."""
    bench.provider.claims = {"groups": ["a"], "acr": "phr"}
    bench.provider.userinfo = {"sub": "subject", "preferred_username": "ana", "acr": "x"}

    vouched = await bench.finish()

    assert vouched.subject == "subject"
    assert vouched.claims["preferred_username"] == "ana"
    assert vouched.claims["acr"] == "phr"


async def test_a_public_client_shows_its_verifier_and_no_secret(bench: Bench) -> None:
    """[RFC 7636] 4.5."""
    await bench.finish()

    token = next(each for each in bench.provider.asked if each.path == "/token")
    assert "Authorization" not in token.headers
    assert token.form["client_id"] == "lenskeep"
    assert len(token.form["code_verifier"]) == 43
    assert token.form["redirect_uri"] == CALLBACK
    assert token.form["code"] == "code"


async def test_a_secret_is_form_encoded_before_it_is_basic(bench: Bench) -> None:
    """[RFC 6749] 2.3.1; else a secret with `%` or `+` is another one for the provider."""
    await bench.finish(client_secret=Secret("a+b %:c"))

    token = next(each for each in bench.provider.asked if each.path == "/token")
    sent = base64.b64decode(token.headers["Authorization"].removeprefix("Basic ")).decode()
    assert sent == "lenskeep:a%2Bb+%25%3Ac"
    assert "client_secret" not in token.form


async def test_a_secret_goes_in_the_form_where_the_provider_wants_it_there(bench: Bench) -> None:
    """`client_secret_post`."""
    bench.provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]

    await bench.finish(client_secret=Secret("a+b"))

    token = next(each for each in bench.provider.asked if each.path == "/token")
    assert token.form["client_secret"] == "a+b"


async def test_an_elliptic_signature_is_as_good(bench: Bench) -> None:
    """ES256 besides RSA."""
    bench.provider.sign = bad_provider.by_curve

    assert "subject" == (await bench.finish()).subject


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": ["another-client"]},
        {"aud": ["lenskeep", "another-client"]},
        {"aud": ["lenskeep", "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": float("nan")},
        {"iat": int(NOW.timestamp()) + 120},
        {"nbf": int(NOW.timestamp()) + 120},
        {"nonce": "another"},
        {"nonce": ""},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
async def test_an_answer_to_another_question_proves_nothing(
    bench: Bench, claims: dict[str, object]
) -> None:
    """Of another issuer, for another client, too old, from the future, of another visit."""
    bench.provider.claims = claims

    with pytest.raises(Refused) as refused:
        await bench.finish()

    assert refused.value.kind is Refusal.AUTHENTICATION


@pytest.mark.parametrize(
    "sign",
    [
        bad_provider.unsigned,
        bad_provider.by_hmac_of_public_key,
        bad_provider.by_hmac_of_client_secret,
        bad_provider.by_another_key,
        bad_provider.by_unknown_key,
        bad_provider.by_key_in_header,
        lambda _: "",
        lambda _: "a.b.c",
        lambda _: "x" * 5000,
        lambda _: "eyJhbGciOiJSUzI1NiJ9.W10.AAAA",
    ],
)
async def test_a_signature_that_is_not_the_providers_proves_nothing(
    bench: Bench, sign: Callable[[dict[str, Any]], str]
) -> None:
    """None, an HMAC with a public key, another key of that name, a key brought along, rubbish."""
    bench.provider.sign = sign

    with pytest.raises(Refused) as refused:
        await bench.finish(client_secret=Secret("a secret of more than enough bytes"))

    assert refused.value.kind is Refusal.AUTHENTICATION


async def test_a_token_with_two_audiences_names_us_as_its_party(bench: Bench) -> None:
    """`azp` is ours."""
    bench.provider.claims = {"aud": ["lenskeep", "other"], "azp": "lenskeep"}

    assert "subject" == (await bench.finish()).subject


async def test_rotated_keys_are_fetched_anew_once_a_minute(bench: Bench) -> None:
    """A provider may change its key between two sign-ins; nobody makes us ask at their pace."""
    await bench.begin()
    bench.provider.keys = [dict(OTHER_KEY.as_dict(private=False))]
    bench.provider.sign = bad_provider.by_unknown_key
    with pytest.raises(Refused):
        await bench.finish()
    bench.clock.moment += KEYS_PAUSE

    vouched = await bench.finish()

    assert vouched.subject == "subject"
    assert len([each for each in bench.provider.asked if each.path == "/jwks"]) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://id.example/auth"},
        {"token_endpoint": "http://169.254.169.254/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "http://id.example/keys"},
        {"response_types_supported": ["id_token"]},
        {"code_challenge_methods_supported": ["plain"]},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    ],
    ids=str,
)
async def test_a_provider_that_cannot_do_it_is_said_to_be_unfit(
    bench: Bench, changed: dict[str, object]
) -> None:
    """In words for the administrator, before a wearer is sent there."""
    bench.provider.metadata = changed

    with pytest.raises(Invalid) as invalid:
        await bench.begin()

    assert [each.field for each in invalid.value.complaints] == ["issuer"]


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}],
        [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "one"}],
        [{**bad_provider.KEY.as_dict(private=False), "use": "enc"}],
        ["not a key", 7, None],
    ],
    ids=["none", "symmetric", "short", "for encryption", "rubbish"],
)
async def test_a_provider_without_a_fit_key_is_unfit(bench: Bench, keys: list[Any]) -> None:
    """Symmetric, short or for encryption is no key to check a signature with."""
    bench.provider.keys = keys

    with pytest.raises(Invalid):
        await bench.begin()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", Answer({}, 302, {"Location": "http://127.0.0.1:1/"})),
        ("/.well-known/openid-configuration", Answer(b"<html>", 200)),
        ("/.well-known/openid-configuration", Answer([], 200)),
        ("/.well-known/openid-configuration", Answer(b" " * (MAX_BYTES + 1), 200)),
        ("/.well-known/openid-configuration", Answer(b"[" * 100_000, 200)),
        ("/jwks", Answer({}, 301, {"Location": "/elsewhere"})),
        ("/token", Answer({}, 307, {"Location": "http://127.0.0.1:1/"})),
        ("/token", Answer({}, 503)),
        ("/token", Answer(b"busy", 429)),
    ],
    ids=str,
)
async def test_what_is_no_answer_is_unavailable(bench: Bench, path: str, answer: Answer) -> None:
    """A redirect is not followed, a flood is not swallowed, mark-up is not JSON."""
    bench.provider.answers[path] = answer

    with pytest.raises(Unavailable):
        await bench.finish()

    assert "/elsewhere" not in [each.path for each in bench.provider.asked]


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"error": "invalid_grant"}, 400),
        Answer({"error": "<script>"}, 400),
        Answer({"error": "invalid_client"}, 401),
        Answer({"token_type": "Bearer", "access_token": "access"}),
        Answer({"id_token": ["a"]}),
    ],
    ids=str,
)
async def test_a_code_that_is_not_taken_proves_nothing(bench: Bench, answer: Answer) -> None:
    """A code used before, a wrong secret, no ID token."""
    bench.provider.answers["/token"] = answer

    with pytest.raises(Refused) as refused:
        await bench.finish()

    assert "<" not in refused.value.reason


async def test_userinfo_about_somebody_else_is_refused(bench: Bench) -> None:
    """[OIDC Core] 5.3.2."""
    bench.provider.userinfo = {"sub": "another", "preferred_username": "admin"}

    with pytest.raises(Refused):
        await bench.finish()


@pytest.mark.parametrize("access_token", [None, "", 7, "a\r\nX: y", "é"], ids=str)
async def test_without_an_access_token_userinfo_is_not_asked(
    bench: Bench, access_token: object
) -> None:
    """The ID token alone vouches; nothing strange becomes a header."""
    bench.provider.access_token = access_token

    assert "subject" == (await bench.finish()).subject
    assert "/me" not in [each.path for each in bench.provider.asked]


async def test_a_provider_that_is_away_is_not_asked_by_every_stranger(bench: Bench) -> None:
    """A failure is remembered for seconds, then asked again."""
    path = "/.well-known/openid-configuration"
    bench.provider.answers[path] = Answer({}, 500)
    for _ in range(3):
        with pytest.raises(Invalid):
            await bench.begin()
    del bench.provider.answers[path]
    bench.clock.moment += FAILURE_LIFE + timedelta(seconds=1)

    await bench.begin()

    assert len([each for each in bench.provider.asked if each.path == path]) == 2


async def test_nobody_there_is_unavailable() -> None:
    """A port at which nobody listens."""
    ours = OpenIdSignIn(SetClock(), SystemRandomness())
    settings = ProviderSettings("http://127.0.0.1:9", "lenskeep", Secret(""), ("openid",))

    with pytest.raises(Unavailable):
        await ours.begin(settings, CALLBACK)
