"""Serves accounts, codes, administrators, sign-ins and tokens."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import AccountId, AdminId, CodeId, TokenId
from lenskeep.flows.ports import AdminChange
from lenskeep.flows.records import Account, Admin, Audit, Code, Page, SignIn, Token
from lenskeep.store import rows
from lenskeep.store.rows import maybe_micros, micros, moment
from lenskeep.store.sql import Call, Executor, Query, Row, Work
from lenskeep.store.statements import people
from lenskeep.store.units.journal import record
from lenskeep.store.units.paging import listed
from lenskeep.store.units.persons import change_admin

T = TypeVar("T")


class People:
    """The PeopleStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def add_account(self, account: Account, audit: Audit) -> None:
        """Add it. Raises Conflict where the name is taken, in whatever case."""
        call = people.ADD_ACCOUNT(
            id=account.id,
            name=account.name,
            name_key=account.name.casefold(),
            password_hash=account.password_hash,
            created_at=micros(account.created_at),
            disabled_at=maybe_micros(account.disabled_at),
            bulk=int(account.bulk),
            uses_left=account.uses_left,
            expires_at=maybe_micros(account.expires_at),
            certificate_sha256=account.certificate_sha256,
        )
        taken = f"there is an account {account.name!r} already"
        if account.certificate_sha256:
            taken += ", or one that this certificate proves"
        await self._executor.write(partial(_add, call, audit, taken))

    async def accounts(self, after: str | None, limit: int) -> Page[Account]:
        """Return a page of all accounts, by name."""
        call = people.ACCOUNTS_AFTER(after=after or "", limit=limit + 1)
        return await self._executor.read(partial(listed, call, limit, rows.account, "name_key"))

    async def disable_account(self, account_id: AccountId, audit: Audit) -> None:
        """Let nobody enroll with it any more; nothing happens where it is so already."""
        change = people.DISABLE_ACCOUNT(account_id=account_id, now=micros(audit.at))
        look = people.ACCOUNT_STANDS(account_id=account_id)
        missing = Missing("account", account_id)
        await self._executor.write(partial(_change, change, look, audit, missing))

    async def add_code(self, code: Code, audit: Audit) -> None:
        """Add it. Raises Conflict where the same code stands already."""
        call = people.ADD_CODE(
            id=code.id,
            digest=code.digest,
            uses_total=code.uses_total,
            uses_left=code.uses_left,
            created_at=micros(code.created_at),
            expires_at=micros(code.expires_at),
            exhausted_at=maybe_micros(code.exhausted_at),
        )
        await self._executor.write(partial(_add, call, audit, "there is such a code already"))

    async def codes(self, after: str | None, limit: int) -> Page[Code]:
        """Return a page of all codes, newest first."""
        call = _from(people.CODES, people.CODES_AFTER, after, limit)
        return await self._executor.read(partial(listed, call, limit, rows.code, "code_id"))

    async def end_code(self, code_id: CodeId, audit: Audit) -> None:
        """Let it expire now; nothing happens where it has."""
        change = people.END_CODE(code_id=code_id, now=micros(audit.at))
        look = people.CODE_STANDS(code_id=code_id)
        await self._executor.write(partial(_change, change, look, audit, Missing("code", code_id)))

    async def add_admin(self, admin: Admin, audit: Audit) -> None:
        """Add the person. Raises Conflict where the name is taken, in whatever case."""
        call = people.ADD_ADMIN(
            id=admin.id,
            name=admin.name,
            name_key=admin.name.casefold(),
            role=admin.role,
            password_hash=admin.password_hash,
            created_at=micros(admin.created_at),
            disabled_at=maybe_micros(admin.disabled_at),
        )
        taken = f"there is an administrator {admin.name!r} already"
        await self._executor.write(partial(_add, call, audit, taken))

    async def admin_by_name(self, name: str) -> Admin | None:
        """Return the administrator of that name (compared without case), disabled ones too."""
        call = people.ADMIN_BY_KEY(name_key=name.casefold())
        return await self._executor.read(partial(_one, call, rows.admin))

    async def admins(self, after: str | None, limit: int) -> Page[Admin]:
        """Return a page of all administrators, by name, disabled ones too."""
        call = people.ADMINS_AFTER(after=after or "", limit=limit + 1)
        return await self._executor.read(partial(listed, call, limit, rows.admin, "name_key"))

    async def change_admin(self, admin_id: AdminId, change: AdminChange, audit: Audit) -> Admin:
        """Change the person; Conflict where no active administrator would be left."""
        return await self._executor.write(partial(change_admin, admin_id, change, audit))

    async def add_sign_in(self, sign_in: SignIn, audit: Audit) -> None:
        """Add the console session."""
        call = people.ADD_SIGN_IN(
            digest=sign_in.digest,
            admin_id=sign_in.admin.id,
            created_at=micros(sign_in.created_at),
            expires_at=micros(sign_in.expires_at),
        )
        await self._executor.write(partial(_add, call, audit, "there is such a sign-in already"))

    async def sign_in_by_digest(self, digest: bytes) -> SignIn | None:
        """Return the console session, expired and of a disabled administrator too."""
        call = people.SIGN_IN_BY_DIGEST(digest=digest)
        return await self._executor.read(partial(_one, call, _sign_in))

    async def end_sign_in(self, digest: bytes, audit: Audit) -> None:
        """Forget the console session; nothing happens where it is forgotten."""
        await self._executor.write(partial(_end_sign_in, digest, audit))

    async def add_token(self, token: Token, audit: Audit) -> None:
        """Add it. Raises Conflict where a token that stands has the name."""
        call = people.ADD_TOKEN(
            id=token.id,
            name=token.name,
            scope=token.scope,
            digest=token.digest,
            created_at=micros(token.created_at),
            revoked_at=maybe_micros(token.revoked_at),
        )
        taken = f"there is a token {token.name!r} already"
        await self._executor.write(partial(_add, call, audit, taken))

    async def token_by_digest(self, digest: bytes) -> Token | None:
        """Return the token, a revoked one too."""
        call = people.TOKEN_BY_DIGEST(digest=digest)
        return await self._executor.read(partial(_one, call, rows.token))

    async def tokens(self, after: str | None, limit: int) -> Page[Token]:
        """Return a page of all tokens, newest first."""
        call = _from(people.TOKENS, people.TOKENS_AFTER, after, limit)
        return await self._executor.read(partial(listed, call, limit, rows.token, "token_id"))

    async def revoke_token(self, token_id: TokenId, audit: Audit) -> None:
        """Let it open nothing any more; nothing happens where it is so already."""
        change = people.REVOKE_TOKEN(token_id=token_id, now=micros(audit.at))
        look = people.TOKEN_STANDS(token_id=token_id)
        missing = Missing("token", token_id)
        await self._executor.write(partial(_change, change, look, audit, missing))


# --- units of work ------------------------------------------------------------------------


def _add(call: Call, audit: Audit, taken: str) -> Work[None]:
    try:
        yield call
    except Conflict:
        raise Conflict(taken) from None
    yield record((audit,))


def _change(change: Call, look: Call, audit: Audit, missing: Missing) -> Work[None]:
    """Change what is still to be changed; raise where there is nothing at all."""
    found = yield look
    if not found:
        raise missing
    changed = yield change
    if changed:
        yield record((audit,))


def _one(call: Call, read: Callable[[Row], T]) -> Work[T | None]:
    found = yield call
    return read(found[0]) if found else None


def _from(first: Query, following: Query, after: str | None, limit: int) -> Call:
    if after is None:
        return first(limit=limit + 1)
    return following(after=after, limit=limit + 1)


def _end_sign_in(digest: bytes, audit: Audit) -> Work[None]:
    ended = yield people.END_SIGN_IN(digest=digest)
    if ended:
        yield record((audit,))


def _sign_in(row: Row) -> SignIn:
    return SignIn(
        digest=row["sign_in_digest"],
        admin=rows.admin(row),
        created_at=moment(row["sign_in_created_at"]),
        expires_at=moment(row["sign_in_expires_at"]),
    )
