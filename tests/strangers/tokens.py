"""Tokens as Entra makes them, and all the wrong ones, with a hammer and `cryptography` alone."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

JWT = "urn:ietf:params:oauth:token-type:jwt"
USER = (
    "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentUserToken"
)
X509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"

Json = dict[str, Any]


def url64(data: bytes) -> str:
    """Return base64url without padding ([RFC 7515] 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a fresh RSA key."""
    return rsa.generate_private_key(65537, bits)


def jwk(key: rsa.RSAPrivateKey, kid: str) -> Json:
    """Return the public key as [RFC 7517] has it."""
    numbers = key.public_key().public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": kid,
        "n": url64(modulus),
        "e": url64(numbers.e.to_bytes(3, "big")),
    }


@dataclass
class Issuer:
    """One tenant's token issuer."""

    tenant: str
    audience: str
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    kid: str = "one"

    @property
    def jwks(self) -> str:
        """The published keys."""
        return json.dumps({"keys": [jwk(self.key, self.kid)]})

    def claims(self, user: str = "ann@contoso.example") -> Json:
        """Return what a right token of a joining user says (v1)."""
        now = int(time.time())
        return {
            "aud": self.audience,
            "iss": f"https://sts.windows.net/{self.tenant}/",
            "tid": self.tenant,
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + 3600,
            "oid": "11111111-2222-3333-4444-555555555555",
            "upn": user,
            "unique_name": user,
            "scp": "mdm_delegation",
            "deviceid": "99999999-8888-7777-6666-555555555555",
            "ver": "1.0",
        }

    def header(self) -> Json:
        """Return the header of a right token."""
        return {"alg": "RS256", "typ": "JWT", "kid": self.kid}

    def token(self, header: Json, claims: Json, key: rsa.RSAPrivateKey | None = None) -> str:
        """Return a token, signed with RSA and SHA-256 whatever its header says."""
        signed = f"{url64(json.dumps(header).encode())}.{url64(json.dumps(claims).encode())}"
        signature = (key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{url64(signature)}"

    def right(self, **changes: Any) -> str:
        """Return a good token, but for these claims; None takes one away."""
        claims = {**self.claims(), **changes}
        return self.token(self.header(), {k: v for k, v in claims.items() if v is not None})


def in_soap(token: str) -> tuple[str, str]:
    """Return ValueType and text of the binary token that carries it."""
    return JWT, base64.b64encode(token.encode()).decode()


# --- the wrong ones -----------------------------------------------------------------------


def _headed(**changes: Any) -> Callable[[Issuer], str]:
    return lambda issuer: issuer.token({**issuer.header(), **changes}, issuer.claims())


def _claiming(**changes: Any) -> Callable[[Issuer], str]:
    return lambda issuer: issuer.right(**changes)


def _unsigned(issuer: Issuer) -> str:
    header = {**issuer.header(), "alg": "none"}
    return f"{issuer.token(header, issuer.claims()).rpartition('.')[0]}."


def _shouted_none(issuer: Issuer) -> str:
    header = {**issuer.header(), "alg": "nOnE"}
    return f"{issuer.token(header, issuer.claims()).rpartition('.')[0]}."


def _confused(issuer: Issuer) -> str:
    """HS256 with the public key as the secret: CVE-2015-9235 and its many children."""
    header = {**issuer.header(), "alg": "HS256"}
    signed = issuer.token(header, issuer.claims()).rpartition(".")[0]
    public = issuer.key.public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return f"{signed}.{url64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def _foreign(issuer: Issuer) -> str:
    return issuer.token(issuer.header(), issuer.claims(), new_key())


def _own_key_inside(issuer: Issuer) -> str:
    own = new_key()
    header = {**issuer.header(), "jwk": jwk(own, issuer.kid)}
    return issuer.token(header, issuer.claims(), own)


def _own_key_elsewhere(issuer: Issuer) -> str:
    header = {**issuer.header(), "jku": "https://127.0.0.1:9/keys", "x5u": "https://127.0.0.1:9/x"}
    return issuer.token(header, issuer.claims(), new_key())


def _tampered(issuer: Issuer) -> str:
    head, _, signature = issuer.right().split(".")
    changed = {**issuer.claims(), "upn": "boss@contoso.example"}
    return f"{head}.{url64(json.dumps(changed).encode())}.{signature}"


def _cut(issuer: Issuer) -> str:
    return issuer.right().rpartition(".")[0] + "."


def _two_parts(issuer: Issuer) -> str:
    return issuer.right().rpartition(".")[0]


def _five_parts(issuer: Issuer) -> str:
    return issuer.right() + ".e30.e30"


_OTHER = "00000000-0000-4000-8000-000000000001"
_HOUR = 3600

WRONG: dict[str, Callable[[Issuer], str]] = {
    "algorithm none": _unsigned,
    "algorithm nOnE": _shouted_none,
    "HS256 with the public key": _confused,
    "RS512 in the header": _headed(alg="RS512"),
    "PS256 in the header": _headed(alg="PS256"),
    "no algorithm": _headed(alg=None),
    "wrong key": _foreign,
    "unknown key id": _headed(kid="two"),
    "a key of its own inside": _own_key_inside,
    "a key of its own elsewhere": _own_key_elsewhere,
    "critical header": _headed(crit=["exp"]),
    "signature cut off": _cut,
    "two parts": _two_parts,
    "five parts": _five_parts,
    "claims tampered with": _tampered,
    "expired": lambda i: i.right(exp=int(time.time()) - _HOUR, nbf=int(time.time()) - 2 * _HOUR),
    "no expiry": _claiming(exp=None),
    "expiry is text": _claiming(exp="tomorrow"),
    "not yet valid": lambda i: i.right(nbf=int(time.time()) + _HOUR),
    "wrong audience": _claiming(aud="https://other.example"),
    "audience with ours inside": _claiming(aud="https://mdm.contoso.example.evil.example"),
    "no audience": _claiming(aud=None),
    "wrong issuer": _claiming(iss="https://sts.evil.example/"),
    "issuer of another tenant": _claiming(iss=f"https://sts.windows.net/{_OTHER}/"),
    "another tenant": _claiming(tid=_OTHER, iss=f"https://sts.windows.net/{_OTHER}/"),
    "no tenant": _claiming(tid=None),
    "wrong scope": _claiming(scp="user_impersonation"),
    "scope with ours inside": _claiming(scp="not_mdm_delegation"),
    "no scope": _claiming(scp=None),
    "nobody's": _claiming(oid=None, upn=None, unique_name=None, deviceid=None),
}
"""Each is wrong in one thing."""
