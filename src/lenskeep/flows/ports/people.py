"""Serves accounts, codes, administrators, sign-ins and tokens, and hashes passwords."""

from dataclasses import dataclass, field
from typing import Protocol

from lenskeep.base.identifiers import (
    AccountId,
    AdminId,
    CodeId,
    TokenId,
)
from lenskeep.base.secret import Secret
from lenskeep.flows.records import (
    Account,
    Admin,
    Audit,
    Code,
    Page,
    SignIn,
    Token,
)


@dataclass(frozen=True, slots=True)
class AdminChange:
    """What changes of an administrator; None stays as it is."""

    role: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    """With a new password every sign-in ends: the old one may be known to somebody."""
    disabled: bool = False
    """Every sign-in ends, and there is no new one."""


class PeopleStore(Protocol):
    """Serves accounts, codes, administrators, sign-ins and tokens.

    `add_*` raise Conflict where the name is taken.
    """

    async def add_account(self, account: Account, audit: Audit) -> None: ...

    async def accounts(self, after: str | None, limit: int) -> Page[Account]: ...

    async def disable_account(self, account_id: AccountId, audit: Audit) -> None: ...

    async def add_code(self, code: Code, audit: Audit) -> None: ...

    async def codes(self, after: str | None, limit: int) -> Page[Code]: ...

    async def end_code(self, code_id: CodeId, audit: Audit) -> None: ...

    async def add_admin(self, admin: Admin, audit: Audit) -> None: ...

    async def admin_by_name(self, name: str) -> Admin | None: ...

    async def admins(self, after: str | None, limit: int) -> Page[Admin]: ...

    async def change_admin(self, admin_id: AdminId, change: AdminChange, audit: Audit) -> Admin:
        """Change the person; Conflict where no active administrator would be left."""
        ...

    async def add_sign_in(self, sign_in: SignIn, audit: Audit) -> None: ...

    async def sign_in_by_digest(self, digest: bytes) -> SignIn | None: ...

    async def end_sign_in(self, digest: bytes, audit: Audit) -> None: ...

    async def add_token(self, token: Token, audit: Audit) -> None: ...

    async def token_by_digest(self, digest: bytes) -> Token | None: ...

    async def tokens(self, after: str | None, limit: int) -> Page[Token]: ...

    async def revoke_token(self, token_id: TokenId, audit: Audit) -> None: ...


class PasswordHasher(Protocol):
    """Hashes passwords off the event loop, as many at once as there are cores."""

    async def hash(self, secret: Secret) -> str:
        """Return the argon2id hash in PHC form."""
        ...

    async def verify(self, password_hash: str, secret: Secret, *, suspicion: int = 0) -> bool:
        """Return whether it is the secret; the less suspicion, the sooner it is its turn."""
        ...

    @property
    def dummy_hash(self) -> str:
        """A hash of nothing known, checked for unknown names so that they cost the same."""
        ...
