"""A test issuer: keeps a key, makes tokens like Entra's, publishes its key set as a file.

For rehearsals and tests alone: whoever adds its key set to a server lets its tokens in.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lenskeep.virtual.enrollment.keys import encode_key
from lenskeep.virtual.entra.claims import Kind, Shape, Tenant, claims_of, issuer_of, made_id
from lenskeep.virtual.entra.signing import Signer, new_signer, sign, thumbprint
from lenskeep.virtual.entra.wrong import Wrong
from lenskeep.virtual.state import Folder, Memory, Vault

ISSUER_FILE: Final = "issuer.json"
JWKS_FILE: Final = "jwks.json"
TENANT: Final = "5f0c8a3e-2d1b-4c6f-9a7e-0b1c2d3e4f50"
AUDIENCE: Final = "https://mdm.example"
CLIENT_ID: Final = "c0ffee00-1111-4222-8333-444455556666"

_ANOTHER_TENANT: Final = "0badf00d-0000-4000-8000-00000000dead"
_FOREIGN_SCOPE: Final = "User.Read"
_LONG_AGO: Final = timedelta(days=2)
"""Far beyond any forgiveness for clocks that differ."""


def _system_now() -> datetime:
    return datetime.now(UTC)


class TokenIssuer:
    """Makes tokens of one tenant for one application. Made by `create` or `open`."""

    def __init__(
        self,
        tenant: Tenant,
        vault: Vault,
        signers: tuple[Signer, ...] = (),
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._tenant = tenant
        self._vault = vault
        self._now = now or _system_now
        self._signers = signers or (new_signer(),)
        self._keep()

    @classmethod
    def create(
        cls,
        tenant: str = TENANT,
        audience: str = AUDIENCE,
        client_id: str = CLIENT_ID,
        now: Callable[[], datetime] | None = None,
    ) -> "TokenIssuer":
        """Return an issuer that is kept nowhere."""
        return cls(Tenant(tenant, audience, client_id), Memory(), now=now)

    @classmethod
    def open(
        cls,
        folder: Path,
        tenant: str = "",
        audience: str = "",
        client_id: str = "",
        now: Callable[[], datetime] | None = None,
    ) -> "TokenIssuer":
        """Return the issuer of that folder, made anew where there is none.

        What is left empty is as it was before, or the default of `create`.
        """
        vault = Folder(folder)
        kept: dict[str, Any] = json.loads(vault.read(ISSUER_FILE) or b"{}")
        wanted = Tenant(
            tenant or kept.get("tenant", TENANT),
            audience or kept.get("audience", AUDIENCE),
            client_id or kept.get("client_id", CLIENT_ID),
        )
        return cls(wanted, vault, tuple(_load(pem) for pem in kept.get("keys", ())), now)

    @property
    def tenant(self) -> str:
        """The tenant's identifier."""
        return self._tenant.id

    @property
    def audience(self) -> str:
        """The App ID URI that v1 tokens are for."""
        return self._tenant.audience

    @property
    def client_id(self) -> str:
        """The application that v2 tokens are for."""
        return self._tenant.client_id

    @property
    def jwks(self) -> dict[str, Any]:
        """The published keys."""
        return {"keys": [each.jwk for each in self._signers]}

    @property
    def jwks_json(self) -> str:
        """The published keys as the text of a file."""
        return json.dumps(self.jwks, indent=1)

    def issuer(self, version: int = 1) -> str:
        """Return the `iss` of tokens of that version."""
        return issuer_of(self.tenant, version)

    def oid_of(self, user: str) -> str:
        """Return the object id of a user."""
        return made_id(self.tenant, "user", user)

    def device_of(self, user: str = "") -> str:
        """Return the device id that tokens of this user have where the shape gives none."""
        return made_id(self.tenant, "device", user)

    def rotate(self, *, keep_old: bool = True) -> None:
        """Sign with a new key from now on; the old ones stay published only if kept."""
        self._signers = (new_signer(), *(self._signers if keep_old else ()))
        self._keep()

    def join(self, user: str, shape: Shape | None = None) -> str:
        """Return the token with which a user's headset enrolls as it joins the tenant."""
        return self.token(Kind.JOIN, user, shape)

    def account(self, user: str, shape: Shape | None = None) -> str:
        """Return the token with which a work account enrolls the headset."""
        return self.token(Kind.ACCOUNT, user, shape)

    def terms(self, user: str, shape: Shape | None = None) -> str:
        """Return the token that the terms of use are opened with; it names no device."""
        return self.token(Kind.TERMS, user, shape)

    def device(self, shape: Shape | None = None) -> str:
        """Return the token of a headset that enrolls by itself; it names no user."""
        return self.token(Kind.DEVICE, "", shape)

    def bulk(self, shape: Shape | None = None) -> str:
        """Return the token of a provisioning package; its user is the package."""
        return self.token(Kind.BULK, "", shape)

    def session(self, user: str, shape: Shape | None = None) -> str:
        """Return the token that goes with a session while that user is signed in."""
        return self.token(Kind.SESSION, user, shape)

    def token(self, kind: Kind, user: str = "", shape: Shape | None = None) -> str:
        """Return a token, as good or as wrong as its shape says."""
        shape = shape or Shape()
        claims = claims_of(kind, user, self._tenant, shape, self._now())
        claims |= self._spoilt(claims, shape)
        claims |= shape.changes
        named = {name: value for name, value in claims.items() if value is not None}
        return sign(named, self._signers[0], shape.wrong)

    def _spoilt(self, claims: dict[str, Any], shape: Shape) -> dict[str, Any]:
        """Return the claims that a wrong token has otherwise."""
        ago, ahead = -_LONG_AGO.total_seconds(), _LONG_AGO.total_seconds()
        foreign = issuer_of(_ANOTHER_TENANT, shape.version)
        match shape.wrong:
            case Wrong.EXPIRED:
                return {name: int(claims[name] + ago) for name in ("iat", "nbf", "exp")}
            case Wrong.NOT_YET_VALID:
                return {name: int(claims[name] + ahead) for name in ("iat", "nbf", "exp")}
            case Wrong.NO_EXPIRY:
                return {"exp": None}
            case Wrong.WRONG_AUDIENCE:
                return {"aud": "https://somebody-else.example"}
            case Wrong.WRONG_ISSUER:
                return {"iss": "https://issuer.invalid/"}
            case Wrong.ISSUER_OF_ANOTHER_TENANT:
                return {"iss": foreign}
            case Wrong.WRONG_TENANT:
                return {"iss": foreign, "tid": _ANOTHER_TENANT}
            case Wrong.WRONG_SCOPE:
                return {"scp": _FOREIGN_SCOPE}
            case Wrong.NO_SCOPE:
                return {"scp": None}
            case Wrong.NO_DEVICE:
                return {"deviceid": None}
            case _:
                return {}

    def _keep(self) -> None:
        kept = {
            "tenant": self.tenant,
            "audience": self.audience,
            "client_id": self.client_id,
            "keys": [encode_key(each.key).decode("ascii") for each in self._signers],
        }
        self._vault.write(ISSUER_FILE, json.dumps(kept, indent=1).encode())
        self._vault.write(JWKS_FILE, self.jwks_json.encode())


def _load(pem: str) -> Signer:
    key = serialization.load_pem_private_key(pem.encode("ascii"), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Signer(key, thumbprint(key))


__all__ = ["Kind", "Shape", "TokenIssuer", "Wrong"]
