"""An OpenID provider on loopback that a test makes say whatever it wants."""

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "two"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})


@dataclass
class Asked:
    """A request that reached the provider."""

    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Answer:
    """What it answers with."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class BadProvider:
    """A provider that behaves, until a test changes what it says."""

    issuer: str
    client_id: str = "lenskeep"
    metadata: dict[str, object] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    """By path, in the place of the usual ones."""
    asked: list[Asked] = field(default_factory=list)
    claims: dict[str, object] = field(default_factory=dict)
    """Change those of the ID token; None leaves one out."""
    nonce: str = ""
    sign: Callable[[dict[str, Any]], str] | None = None
    access_token: object = "access"
    userinfo: dict[str, object] = field(default_factory=lambda: {"sub": "subject"})

    def id_token(self) -> str:
        """Return the ID token as it would be given now."""
        usual: dict[str, object] = {
            "iss": self.issuer,
            "sub": "subject",
            "aud": self.client_id,
            "iat": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 300,
            "nonce": self.nonce,
        }
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        if self.sign is not None:
            return self.sign(claims)
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)

    def answer(self, path: str) -> Answer:
        """Return the answer for a path."""
        if path in self.answers:
            return self.answers[path]
        usual: dict[str, object] = {
            "/.well-known/openid-configuration": self._metadata(),
            "/jwks": {"keys": self.keys},
            "/me": self.userinfo,
        }
        if path == "/token":
            body = {"token_type": "Bearer", "access_token": self.access_token}
            return Answer(body | {"id_token": self.id_token()})
        return Answer(usual[path]) if path in usual else Answer({"error": "unknown"}, 404)

    def _metadata(self) -> dict[str, object]:
        usual: dict[str, object] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/me",
            "response_types_supported": ["code"],
        }
        return {name: value for name, value in (usual | self.metadata).items() if value is not None}


@contextmanager
def serving() -> Iterator[BadProvider]:
    """Run it on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            self._answer(self.rfile.read(length).decode())

        def _answer(self, body: str) -> None:
            form = {name: values[0] for name, values in parse_qs(body).items()}
            path = self.path.partition("?")[0]
            provider.asked.append(Asked(path, dict(self.headers), form))
            answer = provider.answer(path)
            raw = answer.body
            content = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = BadProvider(f"http://127.0.0.1:{server.server_address[1]}")
    provider.keys = [{**KEY.as_dict(private=False)}, {**CURVE.as_dict(private=False)}]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def unsigned(claims: dict[str, Any]) -> str:
    """Return a token with algorithm `none`."""
    return f"{_signed_part({'alg': 'none'}, claims)}."


def by_hmac_of_public_key(claims: dict[str, Any]) -> str:
    """Return a token whose HMAC key is the provider's public key, in PEM."""
    return _by_hmac(claims, KEY.as_pem(private=False))


def by_hmac_of_client_secret(claims: dict[str, Any]) -> str:
    """Return a token whose HMAC key is the client's secret."""
    return _by_hmac(claims, b"a secret of more than enough bytes")


def _by_hmac(claims: dict[str, Any], key: bytes) -> str:
    signed = _signed_part({"alg": "HS256", "kid": "one"}, claims)
    return f"{signed}.{_base64url(hmac.digest(key, signed.encode(), 'sha256'))}"


def _signed_part(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(_base64url(json.dumps(each).encode()) for each in (header, claims))


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def by_another_key(claims: dict[str, Any]) -> str:
    """Return a token of a key of the same name."""
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER_KEY)


def by_unknown_key(claims: dict[str, Any]) -> str:
    """Return a token of a key that the provider does not list."""
    return jwt.encode({"alg": "RS256", "kid": "two"}, claims, OTHER_KEY)


def by_key_in_header(claims: dict[str, Any]) -> str:
    """Return a token that brings its own key along."""
    header = {"alg": "RS256", "jwk": OTHER_KEY.as_dict(private=False)}
    return jwt.encode(header, claims, OTHER_KEY)


def by_curve(claims: dict[str, Any]) -> str:
    """Return a token of the elliptic key."""
    return jwt.encode({"alg": "ES256", "kid": "curve"}, claims, CURVE)
