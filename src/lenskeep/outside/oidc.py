"""Signs somebody in with an OpenID provider: authorization code with PKCE, the ID token proved.

Authlib knows the protocol's messages and claims, joserfc the signatures; what goes over the wire
is ours to bound. What providers say of themselves is remembered for minutes, a failure to hear
from one for seconds, so that strangers cannot make us ask at their pace.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from lenskeep.base.ambient import Clock, Randomness
from lenskeep.base.errors import Invalid, LenskeepError, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.flows.ports.outside import Begun, ProviderSettings, Vouched
from lenskeep.outside.openid.fetching import Question, Reply, ask
from lenskeep.outside.openid.id_token import Expected, UnknownKey, read_id_token, refused
from lenskeep.outside.openid.metadata import Metadata, fetch_keys, fetch_metadata

METADATA_LIFE: Final = timedelta(minutes=10)
FAILURE_LIFE: Final = timedelta(seconds=5)
KEYS_PAUSE: Final = timedelta(minutes=1)
"""Between two looks for a key that nobody knows: whoever makes up key names learns to wait."""
MAX_REMEMBERED: Final = 64
"""Providers; more than one installation has."""

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_CHARACTERS: Final = 43
"""of 62: 256 bits, and the shortest verifier that [RFC 7636] 4.1 takes."""
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class _Remembered:
    """What was heard last from one provider."""

    heard: Metadata | LenskeepError
    until: datetime
    keys_at: datetime


class OpenIdSignIn:
    """The `SignIn` port over HTTP."""

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._remembered: dict[str, _Remembered] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def begin(self, provider: ProviderSettings, redirect_uri: str, hint: str = "") -> Begun:
        """Return whither to send the browser. Raises Unavailable, and Invalid with the reason."""
        metadata = await self._metadata(provider.issuer)
        state, nonce, verifier = (self._random() for _ in range(3))
        client = OAuth2Client(
            session=None,
            client_id=provider.client_id,
            scope=" ".join(provider.scopes),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        url, _ = client.create_authorization_url(
            metadata.authorization_endpoint,
            state=state,
            code_verifier=verifier,
            nonce=nonce,
            acr_values=provider.acr_values or None,
            prompt=provider.prompt or None,
            login_hint=hint or None,
        )
        return Begun(url, state, nonce, Secret(verifier))

    async def finish(
        self, provider: ProviderSettings, redirect_uri: str, begun: Begun, code: Secret
    ) -> Vouched:
        """Return whom the provider vouches for. Raises Refused (AUTHENTICATION), Unavailable."""
        try:
            metadata = await self._metadata(provider.issuer)
        except Invalid as invalid:
            raise Unavailable(str(invalid)) from None
        reply = await ask(_token_question(provider, metadata, redirect_uri, begun, code))
        tokens = _tokens(reply)
        access_token = tokens.get("access_token")
        expected = Expected(
            issuer=provider.issuer,
            client_id=provider.client_id,
            nonce=begun.nonce,
            access_token=access_token if isinstance(access_token, str) else "",
            now=self._clock.now(),
        )
        claims = await self._proved(provider.issuer, metadata, tokens.get("id_token"), expected)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise refused("ID token: no subject")
        more = await _userinfo(metadata, expected.access_token, subject)
        return Vouched(subject, {**more, **claims})

    async def _proved(
        self, issuer: str, metadata: Metadata, text: object, expected: Expected
    ) -> dict[str, object]:
        """Return the claims; keys are fetched anew where the provider may have rotated them."""
        try:
            return dict(read_id_token(text, metadata.keys, expected))
        except UnknownKey:
            metadata = await self._with_fresh_keys(issuer, metadata)
        try:
            return dict(read_id_token(text, metadata.keys, expected))
        except UnknownKey:
            raise refused("ID token: signed with a key that is not the provider's") from None

    async def _metadata(self, issuer: str) -> Metadata:
        """Return what the provider says of itself, heard lately or asked now."""
        async with self._turns.setdefault(issuer, asyncio.Lock()):
            known = self._remembered.get(issuer)
            if known is None or known.until <= self._clock.now():
                known = await self._hear(issuer)
        if isinstance(known.heard, LenskeepError):
            raise known.heard
        return known.heard

    async def _hear(self, issuer: str) -> _Remembered:
        heard: Metadata | LenskeepError
        try:
            heard = await fetch_metadata(issuer)
        except (Invalid, Unavailable) as error:
            heard = error
        now = self._clock.now()
        life = METADATA_LIFE if isinstance(heard, Metadata) else FAILURE_LIFE
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[issuer] = _Remembered(heard, now + life, now)
        return self._remembered[issuer]

    async def _with_fresh_keys(self, issuer: str, metadata: Metadata) -> Metadata:
        known = self._remembered.get(issuer)
        now = self._clock.now()
        if known is not None and now < known.keys_at + KEYS_PAUSE:
            return metadata
        try:
            keys = await fetch_keys(metadata.jwks_uri)
        except Invalid as invalid:
            raise Unavailable(str(invalid)) from None
        fresh = replace(metadata, keys=keys)
        if known is not None:
            known.heard, known.keys_at = fresh, now
        return fresh

    def _random(self) -> str:
        return self._randomness.choice(_ALPHABET, _CHARACTERS)


def _token_question(
    provider: ProviderSettings, metadata: Metadata, redirect_uri: str, begun: Begun, code: Secret
) -> Question:
    """[RFC 6749] 4.1.3, [RFC 7636] 4.5; the client proves itself where it has a secret."""
    body = prepare_token_request(
        "authorization_code",
        redirect_uri=redirect_uri,
        code=code.reveal(),
        code_verifier=begun.verifier.reveal(),
    )
    secret = provider.client_secret.reveal()
    method = metadata.auth_method if secret else "none"
    names = (provider.client_id, secret)
    if method == "client_secret_basic":  # [RFC 6749] 2.3.1: form-encoded first
        names = (quote_plus(provider.client_id), quote_plus(secret))
    url, headers, content = ClientAuth(*names, method).prepare(  # type: ignore[no-untyped-call]
        "POST", metadata.token_endpoint, dict(_FORM), body
    )
    return Question(url, headers, content)


def _tokens(reply: Reply) -> dict[str, object]:
    """Return the tokens; an OAuth error is a refusal with its code, e.g. `invalid_grant`."""
    if reply.status >= 500:
        raise Unavailable(f"the sign-in provider answers with {reply.status}")
    if reply.status != 200:
        error = str(reply.body.get("error", ""))[:40]
        code = error if error.replace("_", "").isalnum() else "no error code"
        raise refused(f"the provider gives no token: {reply.status} {code}")
    return dict(reply.body)


async def _userinfo(metadata: Metadata, access_token: str, subject: str) -> dict[str, object]:
    """Return what the provider tells beside the ID token ([OIDC Core] 5.3); nothing if it does not.

    [OIDC Core] 5.4: asked for by scope, a user name comes from here rather than in the token.
    """
    if not metadata.userinfo_endpoint or not _is_sendable(access_token):
        return {}
    headers = {"Authorization": f"Bearer {access_token}"}
    try:
        reply = await ask(Question(metadata.userinfo_endpoint, headers))
    except Unavailable:
        return {}
    if reply.status != 200:
        return {}
    if reply.body.get("sub") != subject:  # [OIDC Core] 5.3.2: a MUST
        raise refused("the provider tells of somebody else than the ID token")
    return dict(reply.body)


def _is_sendable(access_token: str) -> bool:
    return bool(access_token) and access_token.isascii() and access_token.isprintable()
