"""Is this the secret of an account, or a one-time code? Asked at GetPolicies and again at the RST.

A code goes where the password goes, with any user name. Right secrets are never slowed: wrong
ones are counted after the check, and hashing serves clean addresses first.
"""

from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.enrollment.credentials import (
    REPEAT_WINDOW,
    CodeStanding,
    code_digest,
    judge_code,
    normalize_code,
)
from lenskeep.enrollment.lifecycle import shown
from lenskeep.flows.device.proving.asked import Asked, Proven
from lenskeep.flows.entrance import Way
from lenskeep.flows.guarding.counting import ENROLLMENT, count_wrong
from lenskeep.flows.house import House
from lenskeep.flows.records import Account, Principal, PrincipalKind
from lenskeep.wire.soap import UsernameToken

__all__ = ["REPEAT_WINDOW", "principal_of", "prove_password", "wrong"]

MAX_NAME: Final = 256
"""Characters of a user name; a UPN has at most 113 ([MS-ADTS])."""
MAX_SECRET: Final = 1024
"""Characters; more is not hashed."""


async def prove_password(house: House, asked: Asked, token: UsernameToken) -> Proven:
    """Return who proved a secret. Raises Refused: the same for every wrong one."""
    address = asked.visitor.address
    principal = await _principal_of(house, token.username, token.password, address)
    bulk = principal.kind is PrincipalKind.BULK
    return Proven(principal, Way.PACKAGE if bulk else Way.LOCAL, principal.name)


async def principal_of(house: House, typed: str, secret: Secret, address: str) -> Principal:
    """Return whose secret this is, typed by a person. Raises Refused, and counts wrong ones.

    A bulk account is for packages alone: to a person its secret is wrong like any other.
    """
    principal = await _principal_of(house, typed, secret, address)
    if principal.kind is PrincipalKind.BULK:
        raise await wrong(house, principal.name, address, "a bulk account, typed by a person")
    return principal


async def _principal_of(house: House, typed: str, secret: Secret, address: str) -> Principal:
    name = typed.strip()
    if len(name) > MAX_NAME or len(secret.reveal()) > MAX_SECRET:
        raise await wrong(house, name, address, "a name or secret of absurd length")
    by_code = await _by_code(house, name, secret)
    if by_code is not None:
        return by_code
    account = await house.enrollments.account_by_name(name)
    if not await _is_right(house, name, account, secret, address) or account is None:
        raise await wrong(house, name, address, "wrong user name, password or code")
    if account.disabled_at is not None:
        raise Refused(Refusal.AUTHORIZATION, f"account {account.id} is disabled")
    if account.expires_at is not None and account.expires_at <= house.clock.now():
        raise Refused(Refusal.AUTHORIZATION, f"account {account.id} has expired")
    kind = PrincipalKind.BULK if account.bulk else PrincipalKind.ACCOUNT
    return Principal(kind, account.id, account.name)


async def _by_code(house: House, name: str, secret: Secret) -> Principal | None:
    letters = normalize_code(secret.reveal())
    if letters is None:
        return None
    digest = code_digest(house.keyring.digest, letters)
    code = await house.enrollments.code_by_digest(digest)
    if code is None:
        return None
    standing = CodeStanding(code.uses_left, code.expires_at, code.exhausted_at)
    if not judge_code(standing, house.clock.now()).accepted:
        return None
    return Principal(PrincipalKind.CODE, code.id, shown(name, MAX_NAME))


async def _is_right(
    house: House, name: str, account: Account | None, secret: Secret, address: str
) -> bool:
    """Check against the account's hash, or against a dummy that costs the same."""
    password_hash = account.password_hash if account else house.hasher.dummy_hash
    remembered = house.guard.remembered
    known = remembered.recall(name, password_hash, secret, house.clock.now())
    if known is not None:
        return known
    suspicion = house.guard.enrollment.suspicion(address, house.clock.now())
    right = await house.hasher.verify(password_hash, secret, suspicion=suspicion)
    right = right and account is not None
    remembered.remember(name, password_hash, secret, house.clock.now(), right=right)
    return right


async def wrong(house: House, name: str, address: str, reason: str) -> Refused:
    """Count a wrong proof and return the refusal; one too many is answered with "later"."""
    wait = await count_wrong(house, ENROLLMENT, name[:MAX_NAME], address)
    if wait is None:
        return Refused(Refusal.AUTHENTICATION, reason)
    return Refused(Refusal.TOO_MANY_ATTEMPTS, f"{reason}, again and again", retry_after_s=wait)
