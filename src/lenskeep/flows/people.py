"""Who enrolls and which program asks: accounts, one-time codes, tokens.

A secret made here is returned once, beside its record, and kept as a hash or keyed digest only.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from lenskeep.access import (
    Caller,
    CallerKind,
    Permission,
    Scope,
    demand,
    parse_scope,
)
from lenskeep.base.errors import Complaint, Invalid, Missing, Refusal, Refused
from lenskeep.base.identifiers import AccountId, CodeId, TokenId
from lenskeep.base.secret import Secret
from lenskeep.enrollment import credentials
from lenskeep.flows.house import House
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import (
    Account,
    Actor,
    ActorKind,
    Audit,
    Code,
    Page,
    Token,
)
from lenskeep.tree.value import UNWRITABLE

MIN_PASSWORD: Final = 8
"""Characters ([NIST SP 800-63B] 5.1.1.1)."""
MAX_PASSWORD: Final = 256
MAX_NAME: Final = 128
MAX_USES: Final = 1000
MAX_CODE_MINUTES: Final = 43_200
"""30 days."""
TOKEN_MARK: Final = "lk_"  # noqa: S105 - by this mark scanners find a leaked one
TOKEN_PURPOSE: Final = "token"  # noqa: S105 - what the key is for, not a key
BASE62: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SECRET_CHARACTERS: Final = 43
"""of 62: 256 bits, so that a fast keyed digest is enough to keep it."""
_TYPABLE: Final = "bcdfghjkmnpqrstvwxz"
"""For passwords typed in the air: one keyboard page, no look-alikes, no words."""
_PASSWORD_GROUPS: Final = 5
"""of four letters: 85 bits."""
_ACCOUNT_NAME: Final = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Control characters, line ends, and what XML cannot carry: a name is one line of text."""

T = TypeVar("T")


def audit_line(
    house: House, caller: Caller, action: str, target: str, detail: dict[str, str] | None = None
) -> Audit:
    """Return the audit line of a change by this caller, now."""
    actor = Actor(ActorKind(caller.kind.value), caller.name, caller.address)
    return Audit(house.clock.now(), actor, action, target, detail or {})


# --- enrollment accounts ------------------------------------------------------------------


async def add_account(
    house: House, caller: Caller, name: str, password: Secret | None = None
) -> tuple[Account, Secret]:
    """Add an enrollment account; without a password one is made. Raises Conflict on the name."""
    demand(caller, Permission.ADMINISTER)
    name = name.strip()
    complaints = name_complaints(name)
    if not complaints and not _ACCOUNT_NAME.fullmatch(name):
        complaints.append(Complaint("name", f"{name!r} is not an account name", "user@domain"))
    complaints.extend(password_complaints(password))
    if complaints:
        raise Invalid(*complaints)
    secret = password or new_password(house)
    hashed = await house.hasher.hash(secret)
    account = Account(AccountId(house.ids.new("acc")), name, hashed, house.clock.now())
    line = audit_line(house, caller, "account.add", account.id, {"name": name})
    await house.people.add_account(account, line)
    return account, secret


async def list_accounts(house: House, caller: Caller, page: PageRequest) -> Page[Account]:
    """Return a page of the accounts, disabled ones too."""
    demand(caller, Permission.ADMINISTER)
    return await house.people.accounts(page.after, page.limit)


async def disable_account(house: House, caller: Caller, reference: str) -> None:
    """Disable the account of this id or name: it enrolls nothing more; devices stay managed."""
    demand(caller, Permission.ADMINISTER)
    account_id = AccountId(reference)
    if "@" in reference:
        account = await house.enrollments.account_by_name(reference.strip())
        if account is None:
            raise Missing("account", reference)
        account_id = account.id
    line = audit_line(house, caller, "account.disable", account_id)
    await house.people.disable_account(account_id, line)


# --- one-time codes -----------------------------------------------------------------------


async def new_code(
    house: House, caller: Caller, uses: int = 1, minutes: int = 60
) -> tuple[Code, Secret]:
    """Make a code that enrolls `uses` headsets within `minutes`."""
    demand(caller, Permission.ENROLL)
    complaints = [
        Complaint(field, f"{number} is out of range", f"1 to {most}")
        for field, number, most in (
            ("uses", uses, MAX_USES),
            ("minutes", minutes, MAX_CODE_MINUTES),
        )
        if not 1 <= number <= most
    ]
    if complaints:
        raise Invalid(*complaints)
    secret = credentials.new_code(house.randomness)
    digest = credentials.code_digest(house.keyring.digest, secret.reveal().replace("-", ""))
    now = house.clock.now()
    expires_at = now + timedelta(minutes=minutes)
    code = Code(CodeId(house.ids.new("cod")), digest, uses, uses, now, expires_at)
    detail = {"uses": str(uses), "minutes": str(minutes)}
    await house.people.add_code(code, audit_line(house, caller, "code.new", code.id, detail))
    return code, secret


async def list_codes(house: House, caller: Caller, page: PageRequest) -> Page[Code]:
    """Return a page of the codes; what they read is known to nobody any more."""
    demand(caller, Permission.ENROLL)
    return await house.people.codes(page.after, page.limit)


async def end_code(house: House, caller: Caller, code_id: CodeId) -> None:
    """End a code before its time."""
    demand(caller, Permission.ENROLL)
    await house.people.end_code(code_id, audit_line(house, caller, "code.end", code_id))


# --- tokens -------------------------------------------------------------------------------


async def new_token(house: House, caller: Caller, name: str, scope: str) -> tuple[Token, Secret]:
    """Make a REST token of this scope. Raises Conflict on the name."""
    demand(caller, Permission.ADMINISTER)
    name = name.strip()
    complaints = name_complaints(name)
    try:
        checked = parse_scope(scope)
    except Invalid as invalid:
        raise Invalid(*complaints, *invalid.complaints) from None
    if complaints:
        raise Invalid(*complaints)
    secret = Secret(TOKEN_MARK + house.randomness.choice(BASE62, SECRET_CHARACTERS))
    digest = token_digest(house, secret)
    now = house.clock.now()
    token = Token(TokenId(house.ids.new("tok")), name, checked.value, digest, now)
    detail = {"name": name, "scope": checked.value}
    await house.people.add_token(token, audit_line(house, caller, "token.new", token.id, detail))
    return token, secret


async def list_tokens(house: House, caller: Caller, page: PageRequest) -> Page[Token]:
    """Return a page of the tokens, revoked ones too."""
    demand(caller, Permission.ADMINISTER)
    return await house.people.tokens(page.after, page.limit)


async def revoke_token(house: House, caller: Caller, reference: str) -> None:
    """Revoke the token of this id or name, at once and for good."""
    demand(caller, Permission.ADMINISTER)
    token_id = await _token_id(house.people.tokens, reference)
    await house.people.revoke_token(token_id, audit_line(house, caller, "token.revoke", token_id))


def token_digest(house: House, secret: Secret) -> bytes:
    """Return the keyed digest by which a token is kept."""
    return house.keyring.digest(TOKEN_PURPOSE, secret.reveal().encode("utf-8", "replace"))


async def _token_id(
    tokens: Callable[[str | None, int], Awaitable[Page[Token]]], reference: str
) -> TokenId:
    """Tokens are few, so a name is looked for page by page."""
    if reference.startswith("tok_"):
        return TokenId(reference)
    after: str | None = None
    while True:
        page = await tokens(after, 200)
        for token in page.items:
            if token.name == reference and token.revoked_at is None:
                return token.id
        if page.next is None:
            raise Missing("token", reference)
        after = page.next


# --- who is it ----------------------------------------------------------------------------


async def who_has_token(house: House, secret: Secret, address: str = "") -> Caller:
    """Return the caller whose token this is. Raises Refused (AUTHENTICATION)."""
    if not secret.reveal().startswith(TOKEN_MARK):
        raise Refused(Refusal.AUTHENTICATION, "not a token of ours")
    token = await house.people.token_by_digest(token_digest(house, secret))
    if token is None or token.revoked_at is not None:
        raise Refused(Refusal.AUTHENTICATION, "unknown or revoked token")
    return Caller(CallerKind.TOKEN, token.name, Scope(token.scope).role, address)


# --- rules --------------------------------------------------------------------------------


def name_complaints(name: str) -> list[Complaint]:
    """Return what is wrong with the name of an account, a person or a token."""
    if not 0 < len(name) <= MAX_NAME:
        return [Complaint("name", f"it has {len(name)} characters", f"1 to {MAX_NAME}")]
    if _UNFIT.search(name):
        return [Complaint("name", "it holds a control character", "letters, digits, signs")]
    return []


def password_complaints(password: Secret | None) -> list[Complaint]:
    """Return what is wrong with a password that somebody chose; None: one will be made."""
    if password is None:
        return []
    text = password.reveal()
    if UNWRITABLE.search(text):
        return [Complaint("password", "it holds a control character", "letters, digits, signs")]
    if MIN_PASSWORD <= len(text) <= MAX_PASSWORD:
        return []
    allowed = f"{MIN_PASSWORD} to {MAX_PASSWORD}"
    return [Complaint("password", f"it has {len(text)} characters", allowed)]


def new_password(house: House) -> Secret:
    """Return a password that can be typed in the air."""
    letters = house.randomness.choice(_TYPABLE, 4 * _PASSWORD_GROUPS)
    return Secret("-".join(letters[start : start + 4] for start in range(0, len(letters), 4)))
